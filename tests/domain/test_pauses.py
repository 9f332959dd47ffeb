"""Breaks at set times and meetings: time on shift that counts neither as work nor as minutes."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.pauses import BREAK, Pause, Working, pauses, working
from hub.domain.rota import Interval, WeeklyShift, break_minutes_on, union, working_intervals
from hub.domain.worktime import LONDON

MONDAY = date(2026, 3, 2)
TUESDAY = MONDAY + timedelta(days=1)
LONG_AGO = date(2026, 1, 1)


def at(text: str) -> time:
    return time.fromisoformat(text)


def london(day: date, text: str) -> datetime:
    return datetime.combine(day, at(text), LONDON)


def shift(start: str, end: str, minutes: int = 0, *breaks: tuple[str, str], weekday: int = 0) -> WeeklyShift:
    timed = tuple((at(first), at(last)) for first, last in breaks)
    return WeeklyShift(weekday, at(start), at(end), minutes, LONG_AGO, breaks=timed)


def meeting(start: str, end: str, *, weekday: int = 0, only_on: date | None = None) -> WeeklyShift:
    if only_on is None:
        return WeeklyShift(weekday, at(start), at(end), 0, LONG_AGO)
    return WeeklyShift(only_on.weekday(), at(start), at(end), 0, only_on, only_on)


def worked(weekly: list[WeeklyShift], meetings: list[WeeklyShift], day: date = MONDAY) -> Working:
    on_shift = working_intervals(weekly, [], [], day, day)
    return working(on_shift, pauses(weekly, meetings, day, day))


def hours(intervals: tuple[Interval, ...]) -> list[str]:
    local = [(one.start.astimezone(LONDON), one.end.astimezone(LONDON)) for one in intervals]
    return [f"{start:%H:%M}-{end:%H:%M}" for start, end in local]


def test_breaks_and_meetings_are_taken_out_of_the_time_at_work_and_of_the_minutes() -> None:
    weekly = [shift("09:00", "17:00", 0, ("10:30", "10:45"), ("13:00", "13:30"))]
    found = worked(weekly, [meeting("14:00", "15:00")])
    assert hours(found.on_shift) == ["09:00-17:00"]
    assert hours(found.at_work) == ["09:00-10:30", "10:45-13:00", "13:30-14:00", "15:00-17:00"]
    assert found.minutes_on(MONDAY) == 8 * 60 - 15 - 30 - 60


def test_a_break_at_no_set_time_comes_off_as_well_and_nothing_is_counted_twice() -> None:
    weekly = [shift("09:00", "17:00", 30, ("13:00", "13:30"))]
    found = worked(weekly, [meeting("13:00", "14:00")])
    untimed = break_minutes_on(weekly, found.on_shift, MONDAY)
    assert found.minutes_on(MONDAY, untimed) == 8 * 60 - 60 - 30, "the break lies within the meeting"


@pytest.mark.parametrize(
    ("now", "busy"),
    [
        ("10:29", ""),
        ("10:30", "on a break until 10:45"),
        ("14:30", "in a meeting until 15:00"),
        ("15:00", ""),
        ("17:00", ""),
        ("18:10", ""),
    ],
)
def test_someone_who_pauses_is_busy_and_has_not_gone_home(now: str, busy: str) -> None:
    weekly = [shift("09:00", "17:00", 0, ("10:30", "10:45"))]
    found = worked(weekly, [meeting("14:00", "15:00"), meeting("18:00", "18:30")])
    day = found.day(london(MONDAY, now))
    assert day.busy == busy
    assert day.at_work is (not busy and now < "17:00")


def test_a_weekly_meeting_rests_on_a_bank_holiday_and_one_on_a_single_day_does_not() -> None:
    both = [meeting("10:00", "11:00"), meeting("12:00", "13:00", only_on=MONDAY)]
    open_day = pauses([], both, MONDAY, MONDAY)
    holiday = pauses([], both, MONDAY, MONDAY, bank_holidays={MONDAY})
    assert [hours((one.when,)) for one in open_day] == [["10:00-11:00"], ["12:00-13:00"]]
    assert [hours((one.when,)) for one in holiday] == [["12:00-13:00"]]
    assert pauses([], both, TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2)) == ()


def test_a_break_after_midnight_belongs_to_the_night_shift() -> None:
    night = [shift("22:00", "06:00", 0, ("02:00", "02:30"))]
    (pause,) = pauses(night, [], TUESDAY, TUESDAY)
    assert pause == Pause(Interval(london(TUESDAY, "02:00"), london(TUESDAY, "02:30")), BREAK)


@pytest.mark.parametrize(
    ("breaks", "minutes", "says"),
    [
        ([("08:00", "09:30")], 0, "within the shift"),
        ([("16:30", "17:30")], 0, "within the shift"),
        ([("12:00", "12:00")], 0, "within the shift"),
        ([("12:30", "12:00")], 0, "within the shift"),
        ([("12:00", "12:30"), ("12:15", "12:45")], 0, "Two breaks overlap"),
        ([("09:00", "13:00"), ("13:00", "16:00")], 60, "together must be shorter"),
    ],
)
def test_breaks_that_cannot_be_are_refused(breaks: list[tuple[str, str]], minutes: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        shift("09:00", "17:00", minutes, *breaks)


def test_a_break_in_the_hour_skipped_in_spring_is_not_taken() -> None:
    sunday = date(2026, 3, 29)
    night = [shift("22:00", "06:00", 0, ("01:10", "01:50"), weekday=5)]
    assert pauses(night, [], sunday, sunday) == ()


CLOCK = st.integers(0, 47).map(lambda n: time(n // 2, n % 2 * 30))
MEETINGS = st.builds(
    lambda start, end, day: WeeklyShift(day, start, end, 0, LONG_AGO), CLOCK, CLOCK, st.integers(0, 6)
)


@settings(max_examples=60, deadline=None)
@given(
    CLOCK,
    CLOCK,
    st.integers(0, 29),
    st.lists(MEETINGS, max_size=6),
    st.integers(0, 24 * 60 - 1),
)
def test_minutes_lost_never_go_below_zero_and_a_meeting_never_adds_any(
    start: time, end: time, break_minutes: int, meetings: list[WeeklyShift], minute: int
) -> None:
    weekly = [WeeklyShift(0, start, end, break_minutes, LONG_AGO)]
    now = london(MONDAY, "00:00") + timedelta(minutes=minute)
    before, after = worked(weekly, []), worked(weekly, meetings)
    untimed = break_minutes_on(weekly, after.on_shift, MONDAY)
    free, left = before.day(now, untimed), after.day(now, untimed)
    assert 0 <= after.minutes_on(MONDAY, untimed) <= before.minutes_on(MONDAY, untimed)
    assert 0 <= left.minutes <= free.minutes
    assert 0 <= left.minutes_left <= left.minutes
    assert not (left.at_work and left.busy)
    assert left.at_work <= free.at_work
    assert union((*after.at_work, *(one.when for one in after.pauses))) == union(
        (*before.at_work, *(one.when for one in after.pauses))
    ), "only pauses are taken out"
