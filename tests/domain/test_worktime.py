"""Working time: tables for the dates that go wrong (`test_worktime_oracle` has the rest)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.hours import DAY_KEYS
from hub.domain.worktime import (
    CORE_HOURS,
    LONDON,
    Hours,
    WorkCalendar,
    england_bank_holidays,
    in_utc,
    nice_discharge_deadline,
    start_of_day,
    utc_of,
)
from tests.domain.moments import MINUTE, london

CORE = WorkCalendar()
EVERY_DAY_ALL_DAY = WorkCalendar(
    Hours.from_json({key: [["00:00", "24:00"]] for key in DAY_KEYS}),
    frozenset(),
)

SPRING = date(2026, 3, 29)  # 01:00 to 02:00 is skipped
AUTUMN = date(2026, 10, 25)  # 01:00 to 02:00 comes twice


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def on_days(**days: list[list[str]]) -> Hours:
    return Hours.from_json(days)


# Bank holidays


@pytest.mark.parametrize(
    ("year", "days"),
    [
        # As published on gov.uk, less the ones at a weekend that a weekday stands in for.
        (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),  # VE day moved the early May holiday
        (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),  # jubilee, state funeral
        (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),  # coronation
        (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
        (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
    ],
)
def test_england_s_bank_holidays_are_as_published(year: int, days: str) -> None:
    weekdays = sorted(day for day in england_bank_holidays(year) if day.weekday() < 5)
    assert [f"{day:%m-%d}" for day in weekdays] == days.split()


@pytest.mark.parametrize("year", [1899, 2101])
def test_years_without_known_holidays_are_refused_rather_than_taken_as_all_work(year: int) -> None:
    with pytest.raises(ValueError, match="1900 to 2100"):
        england_bank_holidays(year)
    with pytest.raises(ValueError, match="1900 to 2100"):
        CORE.add_minutes(datetime(year, 6, 1, 9, tzinfo=UTC), 10)
    with pytest.raises(ValueError, match="1900 to 2100"):
        CORE.after_working_days(date(year, 6, 1), 1)


# Working days


@pytest.mark.parametrize(
    ("start", "days", "close"),
    [
        ("2026-02-26", 1, "2026-02-27 18:30"),  # Thursday
        ("2026-02-27", 1, "2026-03-02 18:30"),  # Friday: over the weekend
        ("2026-02-28", 1, "2026-03-02 18:30"),  # Saturday
        ("2026-02-27", 0, "2026-02-27 18:30"),
        ("2026-02-28", 0, "2026-03-02 18:30"),
        ("2026-04-01", 2, "2026-04-07 18:30"),  # over Good Friday and Easter Monday
        ("2026-12-23", 1, "2026-12-24 18:30"),
        ("2026-12-24", 1, "2026-12-29 18:30"),  # Christmas, weekend, Boxing Day kept on Monday
        ("2026-12-24", 4, "2027-01-04 18:30"),  # and New Year
        ("2027-12-24", 1, "2027-12-29 18:30"),  # Christmas at a weekend: Monday and Tuesday off
        ("2028-02-28", 1, "2028-02-29 18:30"),  # leap day
        ("2028-02-28", 2, "2028-03-01 18:30"),
        ("2026-03-27", 1, "2026-03-30 18:30"),  # over the spring change: 17:30 UTC from here
        ("2026-10-23", 1, "2026-10-26 18:30"),  # over the autumn change: 18:30 UTC from here
    ],
)
def test_a_target_in_working_days_ends_at_the_close_of_the_last_one(
    start: str, days: int, close: str
) -> None:
    assert CORE.after_working_days(date.fromisoformat(start), days) == london(close)


def test_closing_time_is_that_of_the_wall_clock_on_both_sides_of_a_change() -> None:
    assert CORE.after_working_days(date(2026, 3, 26), 1) == utc("2026-03-27 18:30")
    assert CORE.after_working_days(date(2026, 3, 27), 1) == utc("2026-03-30 17:30")
    assert CORE.after_working_days(date(2026, 10, 22), 1) == utc("2026-10-23 17:30")
    assert CORE.after_working_days(date(2026, 10, 23), 1) == utc("2026-10-26 18:30")


def test_a_saturday_is_a_working_day_only_where_it_is_open() -> None:
    open_on_saturday = WorkCalendar(on_days(fri=[["08:00", "18:30"]], sat=[["09:00", "12:00"]]))
    assert open_on_saturday.after_working_days(date(2026, 2, 27), 1) == london("2026-02-28 12:00")
    assert not CORE.is_working_day(date(2026, 2, 28))
    assert not open_on_saturday.is_working_day(date(2026, 12, 26))  # Boxing Day on a Saturday


def test_an_own_set_of_holidays_is_used() -> None:
    training_day = WorkCalendar(CORE_HOURS, {date(2026, 2, 26)})
    assert not training_day.is_working_day(date(2026, 2, 26))
    assert training_day.is_working_day(date(2026, 12, 25))
    assert training_day.after_working_days(date(2026, 2, 25), 1) == london("2026-02-27 18:30")


def test_a_day_off_has_no_closing_time() -> None:
    assert CORE.close_of(date(2026, 12, 24)) == london("2026-12-24 18:30")
    with pytest.raises(ValueError, match="25-Dec-2026 is not a working day"):
        CORE.close_of(date(2026, 12, 25))


def test_the_close_of_a_day_with_a_break_is_the_last_one_even_at_midnight() -> None:
    split = WorkCalendar(on_days(sun=[["08:00", "12:00"], ["20:00", "24:00"]]))
    assert split.close_of(SPRING) == london("2026-03-30 00:00")


def test_working_days_are_not_counted_backwards_or_from_a_moment() -> None:
    with pytest.raises(ValueError, match="forwards"):
        CORE.after_working_days(date(2026, 2, 26), -1)
    with pytest.raises(TypeError, match="not from a moment"):
        CORE.after_working_days(utc("2026-02-26 23:30"), 1)


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(1, 40))
def test_working_days_after_a_day_are_counted_one_by_one(start: date, days: int) -> None:
    close = CORE.after_working_days(start, days)
    last = close.astimezone(LONDON).date()
    between = [start + timedelta(days=n) for n in range(1, (last - start).days + 1)]
    assert sum(CORE.is_working_day(day) for day in between) == days
    assert CORE.is_working_day(last)
    assert close == CORE.close_of(last)


# Working minutes


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-02-26 09:00", 0, "2026-02-26 09:00"),
        ("2026-02-28 09:00", 0, "2026-02-28 09:00"),  # 0 minutes pass at once, open or not
        ("2026-02-26 09:00", 60, "2026-02-26 10:00"),
        ("2026-02-26 17:30", 60, "2026-02-26 18:30"),  # at closing, not at the next opening
        ("2026-02-26 17:30", 61, "2026-02-27 08:01"),
        ("2026-02-27 18:00", 60, "2026-03-02 08:30"),
        ("2026-02-28 12:00", 1, "2026-03-02 08:01"),
        ("2026-02-26 07:00", 60, "2026-02-26 09:00"),
        ("2026-12-24 18:00", 60, "2026-12-29 08:30"),
        ("2026-12-31 18:00", 60, "2027-01-04 08:30"),
        ("2026-04-02 18:00", 60, "2026-04-07 08:30"),
        ("2028-02-28 18:00", 690, "2028-03-01 08:30"),
        ("2026-03-27 18:00", 60, "2026-03-30 08:30"),
        ("2026-10-23 18:00", 60, "2026-10-26 08:30"),
    ],
)
def test_working_minutes_are_added(start: str, minutes: int, end: str) -> None:
    assert CORE.add_minutes(london(start), minutes) == london(end)
    assert CORE.minutes_between(london(start), london(end)) == minutes


def test_minutes_between_are_none_backwards_and_whole_ones_forwards() -> None:
    nine, ten = london("2026-02-26 09:00"), london("2026-02-26 10:00")
    assert CORE.minutes_between(ten, nine) == 0
    assert CORE.minutes_between(nine, nine) == 0
    assert CORE.minutes_between(nine + timedelta(seconds=1), ten) == 59
    assert CORE.minutes_between(nine + timedelta(seconds=50), ten + timedelta(seconds=49)) == 59
    assert CORE.minutes_between(nine + timedelta(seconds=50), ten + timedelta(seconds=50)) == 60


def test_minutes_are_counted_over_several_years() -> None:
    working_days = sum(
        CORE.is_working_day(date(2024, 1, 1) + timedelta(days=n)) for n in range(366 + 365 + 365)
    )
    assert working_days == 254 + 253 + 253  # weekdays less the holidays on weekdays, by hand
    start, end = london("2024-01-01 00:00"), london("2027-01-01 00:00")
    assert CORE.minutes_between(start, end) == working_days * 630
    assert CORE.add_minutes(start, working_days * 630) == london("2026-12-31 18:30")


def test_the_night_of_a_clock_change_is_as_long_as_it_really_is() -> None:
    for day, hours in ((SPRING, 23), (AUTUMN, 25), (date(2026, 6, 1), 24)):
        start, end = start_of_day(day), start_of_day(day + timedelta(days=1))
        assert EVERY_DAY_ALL_DAY.minutes_between(start, end) == hours * 60


def test_hours_within_the_skipped_hour_never_happen() -> None:
    small_hours = WorkCalendar(on_days(sun=[["01:15", "01:45"], ["09:00", "10:00"]]), frozenset())
    start = start_of_day(SPRING)
    assert small_hours.minutes_between(start, start + timedelta(days=1)) == 60
    assert small_hours.next_open(start) == london("2026-03-29 09:00")


def test_opening_and_closing() -> None:
    opening, closing = london("2026-02-26 08:00"), london("2026-02-26 18:30")
    assert not CORE.is_open(opening - MINUTE)
    assert CORE.is_open(opening)
    assert CORE.is_open(closing - MINUTE)
    assert not CORE.is_open(closing)
    assert CORE.next_open(closing - MINUTE) == closing - MINUTE
    assert CORE.next_open(closing) == london("2026-02-27 08:00")
    assert CORE.next_open(london("2026-12-31 18:30")) == london("2027-01-04 08:00")


def test_the_last_working_minute_before_a_deadline() -> None:
    assert CORE.previous_working_minute(london("2026-02-26 12:00")) == london("2026-02-26 12:00")
    assert CORE.previous_working_minute(london("2026-02-26 08:00")) == london("2026-02-25 18:30")
    assert CORE.previous_working_minute(london("2026-03-01 23:59")) == london("2026-02-27 18:30")
    assert CORE.previous_working_minute(london("2027-01-03 12:00")) == london("2026-12-31 18:30")
    assert CORE.previous_working_minute(london("2026-12-28 12:00")) == london("2026-12-24 18:30")


@pytest.mark.parametrize(
    "ask",
    [
        CORE.is_open,
        CORE.next_open,
        CORE.previous_working_minute,
        lambda at: CORE.add_minutes(at, 1),
        lambda at: CORE.minutes_between(at, utc("2026-01-01")),
        in_utc,
    ],
)
def test_a_moment_without_a_time_zone_is_refused(ask: Callable[[datetime], object]) -> None:
    with pytest.raises(ValueError, match="needs its time zone"):
        ask(datetime(2026, 2, 26, 9))  # noqa: DTZ001 - that is the point


def test_working_minutes_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        CORE.add_minutes(london("2026-02-26 09:00"), -1)


def test_answers_are_in_utc_whatever_zone_was_asked_in() -> None:
    asked = london("2026-07-01 20:00").astimezone(ZoneInfo("Asia/Kolkata"))
    for answer in (
        CORE.next_open(asked),
        CORE.previous_working_minute(asked),
        CORE.add_minutes(asked, 5),
        CORE.add_minutes(asked, 0),
        CORE.close_of(date(2026, 7, 1)),
    ):
        assert answer.tzinfo is UTC


# Clock changes


@pytest.mark.parametrize(
    ("day", "at", "moment"),
    [
        (SPRING, "00:59", "2026-03-29 00:59"),
        (SPRING, "01:00", "2026-03-29 01:00"),
        (SPRING, "01:30", "2026-03-29 01:00"),  # skipped: the moment of the change
        (SPRING, "01:59", "2026-03-29 01:00"),
        (SPRING, "02:00", "2026-03-29 01:00"),
        (SPRING, "02:01", "2026-03-29 01:01"),
        (AUTUMN, "00:59", "2026-10-24 23:59"),
        (AUTUMN, "01:00", "2026-10-25 00:00"),  # twice: the first
        (AUTUMN, "01:30", "2026-10-25 00:30"),
        (AUTUMN, "02:00", "2026-10-25 02:00"),
    ],
)
def test_a_wall_clock_time_is_one_moment_even_in_the_night_of_a_change(
    day: date, at: str, moment: str
) -> None:
    assert utc_of(day, time.fromisoformat(at)) == utc(moment)


@given(
    st.sampled_from([SPRING, AUTUMN, date(2026, 6, 1)]),
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from([LONDON, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]),
)
def test_a_later_wall_clock_time_is_never_an_earlier_moment(
    day: date, a: int, b: int, zone: ZoneInfo
) -> None:
    first, second = (utc_of(day, time(m // 60, m % 60), zone) for m in sorted((a, b)))
    assert first <= second


# The discharge deadline


@pytest.mark.parametrize(
    ("receipt", "next_issue", "deadline", "sentence"),
    [
        (
            "2026-11-02",
            None,
            "2026-11-09 23:59:59",
            "By the end of 09-Nov-2026, the seventh day after receipt on 02-Nov-2026 (NICE",
        ),
        (
            "2026-11-02",
            "2026-11-05",
            "2026-11-05 00:00",
            "Before the next issue on 05-Nov-2026, which comes before the end of the seventh day "
            "after receipt on 02-Nov-2026 (NICE",
        ),
        ("2026-11-02", "2026-11-09", "2026-11-09 00:00", "Before the next issue on 09-Nov-2026"),
        ("2026-11-02", "2026-11-10", "2026-11-09 23:59:59", "By the end of 09-Nov-2026"),
        ("2026-11-02", "2026-11-02", "2026-11-02 00:00", "Before the next issue on 02-Nov-2026"),
        ("2026-03-25", None, "2026-04-01 23:59:59", "By the end of 01-Apr-2026"),  # over the spring change
        ("2026-10-20", None, "2026-10-27 23:59:59", "By the end of 27-Oct-2026"),  # over the autumn change
        ("2026-03-22", None, "2026-03-29 23:59:59", "By the end of 29-Mar-2026"),  # ends on the day of it
        ("2028-02-24", None, "2028-03-02 23:59:59", "By the end of 02-Mar-2028"),  # leap day
        ("2026-12-24", None, "2026-12-31 23:59:59", "By the end of 31-Dec-2026"),  # holidays do not help
    ],
)
def test_a_discharge_is_due_in_seven_calendar_days_or_before_the_next_issue(
    receipt: str, next_issue: str | None, deadline: str, sentence: str
) -> None:
    answer, why = nice_discharge_deadline(
        date.fromisoformat(receipt), date.fromisoformat(next_issue) if next_issue else None
    )
    assert answer == london(deadline)
    assert answer.tzinfo is UTC
    assert why.startswith(sentence)
    assert why.endswith("(NICE QS120, statement 5).")


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(-3, 20))
def test_a_next_issue_never_makes_a_discharge_due_later(receipt: date, days: int) -> None:
    alone, _ = nice_discharge_deadline(receipt, None)
    with_issue, _ = nice_discharge_deadline(receipt, receipt + timedelta(days=days))
    assert with_issue == min(alone, start_of_day(receipt + timedelta(days=days)))
