"""Shifts, absences and breaks: tables for the days that go wrong, sets of minutes as oracle for the rest."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.rota import (
    Absence,
    Day,
    ExtraShift,
    Interval,
    WeeklyShift,
    break_minutes_on,
    day_of,
    subtract,
    union,
    working_intervals,
)
from hub.domain.worktime import LONDON, england_bank_holidays, start_of_day
from tests.domain.moments import EPOCH, MINUTE, at_minute, intervals, london, minutes_of, stretch

MONDAY = date(2026, 3, 2)
LONG_AGO = date(2020, 1, 1)


def shift(weekday: int, start: str, end: str, break_minutes: int = 0) -> WeeklyShift:
    return WeeklyShift(weekday, time.fromisoformat(start), time.fromisoformat(end), break_minutes, LONG_AGO)


def working(weekly: Sequence[WeeklyShift], first: date, last: date) -> tuple[Interval, ...]:
    return working_intervals(weekly, (), (), first, last)


# Weekly shifts


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (("weekday", 7), "0 .Monday. to 6 .Sunday."),
        (("weekday", -1), "0 .Monday. to 6 .Sunday."),
        (("break_minutes", -5), "break must be shorter"),
        (("break_minutes", 480), "break must be shorter"),
        (("valid_to", date(2019, 12, 31)), "cannot come before its first day"),
    ],
)
def test_a_shift_that_cannot_be_is_refused(one: tuple[str, object], sentence: str) -> None:
    fields: dict[str, object] = {
        "weekday": 0, "start": time(9), "end": time(17), "break_minutes": 30, "valid_from": LONG_AGO,
    }  # fmt: skip
    with pytest.raises(ValueError, match=sentence):
        WeeklyShift(**{**fields, one[0]: one[1]})  # type: ignore[arg-type]


def test_a_shift_takes_place_on_its_weekday_from_its_first_to_its_last_day() -> None:
    two_weeks = WeeklyShift(0, time(9), time(17), 30, MONDAY, MONDAY + timedelta(days=7))
    found = working([two_weeks], MONDAY - timedelta(days=20), MONDAY + timedelta(days=30))
    assert found == (
        stretch("2026-03-02 09:00", "2026-03-02 17:00"),
        stretch("2026-03-09 09:00", "2026-03-09 17:00"),
    )


@pytest.mark.parametrize(
    ("one", "day", "start", "end"),
    [
        (shift(0, "22:00", "06:00"), MONDAY, "2026-03-02 22:00", "2026-03-03 06:00"),
        (shift(0, "18:00", "00:00"), MONDAY, "2026-03-02 18:00", "2026-03-03 00:00"),
        (shift(0, "08:00", "08:00"), MONDAY, "2026-03-02 08:00", "2026-03-03 08:00"),
        (shift(5, "22:00", "06:00"), date(2026, 3, 28), "2026-03-28 22:00", "2026-03-29 06:00"),
    ],
)
def test_a_shift_may_run_past_midnight(one: WeeklyShift, day: date, start: str, end: str) -> None:
    assert working([one], day, day + timedelta(days=1)) == (stretch(start, end),)


def test_a_night_shift_is_an_hour_shorter_in_spring_and_longer_in_autumn() -> None:
    night = shift(5, "22:00", "06:00")
    for saturday, hours in ((date(2026, 3, 28), 7), (date(2026, 10, 24), 9), (date(2026, 7, 4), 8)):
        found = night.on(saturday)
        assert found is not None
        assert found.minutes == hours * 60


def test_a_shift_within_the_hour_skipped_in_spring_does_not_take_place() -> None:
    assert shift(6, "01:10", "01:50").on(date(2026, 3, 29)) is None
    assert working([shift(6, "01:10", "01:50")], date(2026, 3, 29), date(2026, 3, 29)) == ()


def test_the_night_before_the_first_day_is_at_work_in_its_morning() -> None:
    night = shift(0, "22:00", "06:00")
    tuesday = MONDAY + timedelta(days=1)
    assert working([night], tuesday, tuesday) == (stretch("2026-03-03 00:00", "2026-03-03 06:00"),)


def test_a_bank_holiday_stops_weekly_shifts_that_start_on_it_but_no_extra_ones() -> None:
    good_friday = date(2026, 4, 3)
    weekly = [shift(3, "22:00", "06:00"), shift(4, "09:00", "17:00")]
    extra = [ExtraShift(london("2026-04-03 10:00"), london("2026-04-03 12:00"))]
    found = working_intervals(
        weekly, extra, (), good_friday, good_friday, bank_holidays=england_bank_holidays(2026)
    )
    assert found == (
        stretch("2026-04-03 00:00", "2026-04-03 06:00"),
        stretch("2026-04-03 10:00", "2026-04-03 12:00"),
    )


def test_absence_wins_over_every_shift() -> None:
    found = working_intervals(
        [shift(0, "09:00", "17:00")],
        [ExtraShift(london("2026-03-02 16:00"), london("2026-03-02 20:00"))],
        [Absence(london("2026-03-02 12:00"), london("2026-03-02 13:00")),
         Absence(london("2026-03-02 19:00"), london("2026-03-09 00:00"))],
        MONDAY, MONDAY + timedelta(days=6),
    )  # fmt: skip
    assert found == (
        stretch("2026-03-02 09:00", "2026-03-02 12:00"),
        stretch("2026-03-02 13:00", "2026-03-02 19:00"),
    )


@pytest.mark.parametrize(("extra", "absences"), [(True, False), (False, True)])
def test_an_extra_shift_or_absence_that_ends_before_it_starts_is_refused(extra: bool, absences: bool) -> None:
    wrong = london("2026-03-02 16:00"), london("2026-03-02 15:00")
    with pytest.raises(ValueError, match="end after it starts"):
        working_intervals(
            (), [ExtraShift(*wrong)] if extra else (), [Absence(*wrong)] if absences else (), MONDAY, MONDAY
        )


QUARTERS = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
SHIFTS = st.builds(
    WeeklyShift,
    st.integers(0, 6),
    QUARTERS,
    QUARTERS,
    st.just(0),
    st.dates(date(2026, 3, 20), date(2026, 4, 2)),
)
FIRST_DAYS = st.dates(date(2026, 3, 23), date(2026, 4, 1))  # around the spring change


@settings(max_examples=60)
@given(st.lists(SHIFTS, max_size=4), FIRST_DAYS, st.integers(0, 4), st.integers(0, 4))
def test_two_periods_give_what_one_period_over_both_gives(
    weekly: list[WeeklyShift], first: date, more: int, yet_more: int
) -> None:
    middle, last = first + timedelta(days=more), first + timedelta(days=more + 1 + yet_more)
    both = working(weekly, first, middle) + working(weekly, middle + timedelta(days=1), last)
    assert union(both) == working(weekly, first, last)


@settings(max_examples=60)
@given(st.lists(SHIFTS, max_size=4), intervals(10_000), intervals(10_000), FIRST_DAYS)
def test_someone_is_at_work_when_a_shift_says_so_and_no_absence(
    weekly: list[WeeklyShift], extra: list[Interval], away: list[Interval], first: date
) -> None:
    found = working_intervals(
        weekly,
        [ExtraShift(one.start, one.end) for one in extra],
        [Absence(one.start, one.end) for one in away],
        first,
        first + timedelta(days=1),
    )
    moment, end = start_of_day(first), start_of_day(first + timedelta(days=2))
    while moment < end:
        wall = moment.astimezone(LONDON)
        expected = any(is_on(one, wall) for one in weekly) or any(one.contains(moment) for one in extra)
        expected = expected and not any(one.contains(moment) for one in away)
        assert any(one.contains(moment) for one in found) == expected, wall
        moment += 7 * MINUTE  # prime to 15, so that both sides of every edge are visited somewhere


def is_on(one: WeeklyShift, wall: datetime) -> bool:
    """Say the plain way, by the wall clock, whether the shift is on."""
    today, now = wall.date(), wall.time()
    overnight = one.end <= one.start

    def starts(day: date) -> bool:
        return day.weekday() == one.weekday and day >= one.valid_from

    if not overnight:
        return starts(today) and one.start <= now < one.end
    return (starts(today) and now >= one.start) or (starts(today - timedelta(days=1)) and now < one.end)


# A day


EIGHT_HOURS = [shift(0, "09:00", "17:00", break_minutes=30)]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("08:59", Day(450, False, None, 450, london("2026-03-02 09:00"))),
        ("09:00", Day(450, True, london("2026-03-02 17:00"), 450, london("2026-03-09 09:00"))),
        ("13:00", Day(450, True, london("2026-03-02 17:00"), 225, london("2026-03-09 09:00"))),
        ("16:59", Day(450, True, london("2026-03-02 17:00"), 0, london("2026-03-09 09:00"))),
        ("17:00", Day(450, False, None, 0, london("2026-03-09 09:00"))),
    ],
)
def test_a_day_with_a_break_spread_over_it(now: str, expected: Day) -> None:
    found = working(EIGHT_HOURS, MONDAY, MONDAY + timedelta(days=7))
    taken = break_minutes_on(EIGHT_HOURS, found, MONDAY)
    assert taken == 30
    assert day_of(found, london(f"2026-03-02 {now}"), break_minutes=taken) == expected


def test_a_day_off_has_no_minutes_and_names_the_next_start_if_there_is_one() -> None:
    found = working(EIGHT_HOURS, MONDAY, MONDAY + timedelta(days=7))
    assert day_of(found, london("2026-03-04 12:00")) == Day(0, False, None, 0, london("2026-03-09 09:00"))
    assert day_of((), london("2026-03-04 12:00"), break_minutes=30) == Day(0, False, None, 0, None)


def test_two_stretches_in_a_day() -> None:
    found = working([shift(0, "09:00", "12:00"), shift(0, "14:00", "18:00")], MONDAY, MONDAY)
    morning = day_of(found, london("2026-03-02 11:00"))
    assert morning == Day(420, True, london("2026-03-02 12:00"), 300, london("2026-03-02 14:00"))
    at_noon = day_of(found, london("2026-03-02 12:00"))
    assert at_noon == Day(420, False, None, 240, london("2026-03-02 14:00"))


def test_a_night_shift_belongs_to_both_days_and_ends_after_midnight() -> None:
    night = [shift(0, "22:00", "06:00", break_minutes=60)]
    found = working(night, MONDAY, MONDAY + timedelta(days=2))
    tuesday = MONDAY + timedelta(days=1)
    assert break_minutes_on(night, found, MONDAY) == 15  # a quarter of the shift
    assert break_minutes_on(night, found, tuesday) == 45
    monday = day_of(found, london("2026-03-02 23:00"), break_minutes=15)
    assert monday == Day(105, True, london("2026-03-03 06:00"), 52, None)
    morning = day_of(found, london("2026-03-03 05:00"), break_minutes=45)
    assert morning == Day(315, True, london("2026-03-03 06:00"), 52, None)


def test_the_local_day_counts_not_that_of_utc() -> None:
    found = [stretch("2026-07-01 22:00", "2026-07-02 02:00")]
    half_past_midnight = london("2026-07-02 00:30")
    assert half_past_midnight.date() == date(2026, 7, 1)
    assert day_of(found, half_past_midnight) == Day(120, True, london("2026-07-02 02:00"), 90, None)


def test_a_day_of_twenty_five_hours_has_them_all() -> None:
    found = [stretch("2026-10-24 12:00", "2026-10-26 12:00")]
    assert day_of(found, london("2026-10-25 00:00")).minutes == 25 * 60
    assert day_of(found, london("2026-10-25 12:00")).minutes_left == 12 * 60


@pytest.mark.parametrize(
    ("away", "expected"),
    [(("09:00", "13:00"), 15), (("09:00", "17:00"), 0), (("12:00", "12:10"), 30), (("13:00", "18:00"), 15)],
)
def test_a_break_shrinks_with_its_shift_and_is_rounded_up(away: tuple[str, str], expected: int) -> None:
    absence = stretch(f"2026-03-02 {away[0]}", f"2026-03-02 {away[1]}")
    found = subtract(working(EIGHT_HOURS, MONDAY, MONDAY), [absence])
    assert break_minutes_on(EIGHT_HOURS, found, MONDAY) == expected


def test_there_is_no_break_in_a_shift_that_a_bank_holiday_stops() -> None:
    friday = [shift(4, "09:00", "17:00", break_minutes=30)]
    extra = [stretch("2026-04-03 09:00", "2026-04-03 17:00")]
    days_off = england_bank_holidays(2026)
    assert break_minutes_on(friday, extra, date(2026, 4, 3), bank_holidays=days_off) == 0
    assert break_minutes_on(friday, extra, date(2026, 4, 3)) == 30


def test_a_break_longer_than_what_is_left_of_the_day_leaves_no_minutes() -> None:
    found = [stretch("2026-03-02 09:00", "2026-03-02 09:20")]
    assert day_of(found, london("2026-03-02 09:00"), break_minutes=30).minutes == 0
    assert day_of(found, london("2026-03-02 09:00"), break_minutes=30).minutes_left == 0


@given(intervals(3_000), st.integers(0, 3_500), st.integers(0, 90))
def test_a_day_s_minutes_agree_with_counting_them(
    some: list[Interval], minute: int, break_minutes: int
) -> None:
    now = at_minute(minute)
    found = day_of(some, now, break_minutes=break_minutes)
    today = now.astimezone(LONDON).date()
    all_day = {m for m in minutes_of(some) if at_minute(m).astimezone(LONDON).date() == today}
    net = max(len(all_day) - break_minutes, 0)

    assert found.minutes == net
    assert found.minutes_left == (
        len([m for m in all_day if m >= minute]) * net // len(all_day) if all_day else 0
    )
    assert 0 <= found.minutes_left <= found.minutes
    assert found.at_work == (minute in minutes_of(some)) == (found.current_ends_at is not None)
    if found.current_ends_at:
        assert set(range(minute, (found.current_ends_at - EPOCH) // MINUTE)) <= minutes_of(some)
        assert (found.current_ends_at - EPOCH) // MINUTE not in minutes_of(some)
    if found.next_starts_at:
        following = (found.next_starts_at - EPOCH) // MINUTE
        assert following > minute
        assert following in minutes_of(some)
        assert following - 1 not in minutes_of(some)
