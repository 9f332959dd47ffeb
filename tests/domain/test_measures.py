"""What a report counts, by hand and against the definition."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.measures import (
    Bought,
    Done,
    Turnaround,
    share_of_month,
    turnarounds,
    within,
    working_days,
)
from hub.domain.worktime import england_bank_holidays

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("received", "done", "days"),
    [
        ("2026-11-20", "2026-11-20", 0),  # the day of receipt does not count
        ("2026-11-20", "2026-11-22", 0),  # a weekend
        ("2026-11-20", "2026-11-23", 1),
        ("2026-12-24", "2026-12-29", 1),  # Christmas Day, a weekend, and Boxing Day's substitute
        ("2026-12-31", "2027-01-04", 1),  # across the year
        ("2026-11-24", "2026-11-20", 0),  # received after it was done: a date put in wrongly
    ],
)
def test_working_days_by_hand(received: str, done: str, days: int) -> None:
    assert working_days(dt.date.fromisoformat(received), dt.date.fromisoformat(done)) == days


@settings(max_examples=50)
@given(st.dates(dt.date(2024, 1, 1), dt.date(2027, 12, 1)), st.integers(0, 60))
def test_working_days_are_those_a_calendar_shows(first: dt.date, length: int) -> None:
    between = (first + DAY * n for n in range(1, length + 1))
    plain = sum(day.weekday() < 5 and day not in england_bank_holidays(day.year) for day in between)
    assert working_days(first, first + DAY * length) == plain


@settings(max_examples=50)
@given(st.lists(st.integers(0, 30), min_size=1), st.sampled_from([0.5, 0.9]))
def test_that_share_really_was_done_within(days: list[int], share: float) -> None:
    found = within({day: days.count(day) for day in days}, share)
    assert found in days
    assert sum(day <= found for day in days) >= share * len(days)
    assert sum(day < found for day in days) < share * len(days), "and no fewer days would do"


def test_what_was_late_on_arrival_counts_in_nothing_else() -> None:
    day = dt.date(2026, 11, 16)
    done = [
        Done("MEDQ", day, day + DAY, "no", 3),
        Done("MEDQ", day, day + 3 * DAY, "late", 1),
        Done("MEDQ", day - 90 * DAY, day, "arrival", 5),
        Done("SMR", day - 90 * DAY, day, "arrival", 1),
    ]
    query, review = turnarounds(done)
    assert query == Turnaround("MEDQ", in_time=3, late=1, arrival=5, half=1, nine_of_ten=3)
    assert (query.done, query.share_in_time) == (9, 0.75)
    assert (review.half, review.share_in_time, review.done) == (None, None, 1)


def test_a_months_share_of_a_contract() -> None:
    year = dt.date(2026, 4, 1), dt.date(2027, 4, 1)
    whole = Bought(36_500, *year, dt.date(2026, 4, 1), None, 4)
    november = dt.date(2026, 11, 1), dt.date(2026, 12, 1)
    assert share_of_month([whole], *november) == pytest.approx(36_500 / 365 * 30 / 4)
    joined = Bought(36_500, *year, dt.date(2026, 11, 16), None, 4)
    assert share_of_month([joined], *november) == pytest.approx(36_500 / 365 * 15 / 4)
    left = Bought(36_500, *year, dt.date(2026, 4, 1), dt.date(2026, 11, 1), 4)
    assert share_of_month([left], *november) == 0
    assert share_of_month([whole], dt.date(2027, 4, 1), dt.date(2027, 5, 1)) == 0
