"""A waiting task always comes back: on a day when someone works, and before its hard deadline."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.chasing import chase_moments
from hub.domain.promises import local_day
from hub.domain.rota import Interval
from hub.domain.worktime import LONDON, WorkCalendar

START_OF_2026 = datetime(2026, 1, 1, tzinfo=UTC)
MONDAY_TEN = datetime(2026, 11, 23, 10, 0, tzinfo=LONDON)


def moments(
    now: datetime = MONDAY_TEN,
    *,
    deadline: datetime | None = None,
    working_due: datetime | None = None,
    staffed: Sequence[Interval] | None = None,
    most: int = 10,
) -> tuple[datetime, ...]:
    return chase_moments(
        now,
        deadline_at=deadline,
        working_due_at=working_due or deadline or now + timedelta(days=30),
        staffed=staffed,
        hub_calendar=WorkCalendar(),
        most_working_days=most,
    )


def days(found: Iterable[datetime]) -> list[date]:
    return [local_day(moment) for moment in found]


def at_work(*the_days: date, start: int = 9, end: int = 17) -> list[Interval]:
    return [
        Interval(
            datetime(day.year, day.month, day.day, start, tzinfo=LONDON),
            datetime(day.year, day.month, day.day, end, tzinfo=LONDON),
        )
        for day in the_days
    ]


def test_today_in_two_hours_then_ten_working_days() -> None:
    found = moments()
    assert found[0] == datetime(2026, 11, 23, 12, 0, tzinfo=LONDON)
    assert len(found) == 11
    assert days(found)[-1] == date(2026, 12, 7)
    assert not any(day.weekday() >= 5 for day in days(found))


def test_bank_holidays_are_not_offered_and_do_not_count() -> None:
    found = moments(datetime(2026, 12, 23, 10, 0, tzinfo=LONDON), most=2)
    assert days(found) == [date(2026, 12, 23), date(2026, 12, 24), date(2026, 12, 29)]


def test_today_is_not_offered_when_nobody_is_there_in_two_hours() -> None:
    assert days(moments(MONDAY_TEN.replace(hour=17)))[0] == date(2026, 11, 24)


def test_only_days_when_someone_works() -> None:
    tuesday, friday = date(2026, 11, 24), date(2026, 11, 27)
    found = moments(staffed=at_work(tuesday, friday))
    assert days(found) == [tuesday, friday]
    assert found[0].astimezone(LONDON).hour == 9


def test_nothing_comes_back_at_midnight_where_somebody_works_all_night() -> None:
    tuesday, saturday = date(2026, 11, 24), date(2026, 11, 28)
    whole = [
        Interval(one.start, one.start + timedelta(days=1)) for one in at_work(tuesday, saturday, start=0)
    ]
    assert [one.astimezone(LONDON).hour for one in moments(staffed=whole)] == [8, 8]


def test_a_saturday_shift_counts_as_a_day_when_someone_works() -> None:
    saturday = date(2026, 11, 28)
    assert days(moments(staffed=at_work(saturday))) == [saturday]


def test_before_the_working_due_of_a_deadline() -> None:
    deadline = datetime(2026, 11, 26, 0, 0, tzinfo=LONDON)
    found = moments(deadline=deadline, working_due=datetime(2026, 11, 25, 17, 0, tzinfo=LONDON))
    assert days(found) == [date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)]


def test_when_the_working_due_leaves_nothing_the_deadline_itself_is_the_limit() -> None:
    deadline = datetime(2026, 11, 23, 23, 59, tzinfo=LONDON)
    found = moments(deadline=deadline, working_due=MONDAY_TEN)
    assert found == (datetime(2026, 11, 23, 12, 0, tzinfo=LONDON),)


def test_a_passed_deadline_leaves_only_the_soonest_moment() -> None:
    found = moments(deadline=MONDAY_TEN - timedelta(days=1))
    assert found == (datetime(2026, 11, 23, 12, 0, tzinfo=LONDON),)


@pytest.mark.parametrize(
    ("minute", "hour", "rounded"), [(1, 12, 15), (15, 12, 15), (16, 12, 30), (50, 13, 0)]
)
def test_today_is_rounded_up_to_a_quarter_of_an_hour(minute: int, hour: int, rounded: int) -> None:
    assert moments(MONDAY_TEN.replace(minute=minute))[0] == MONDAY_TEN.replace(hour=hour, minute=rounded)


@given(
    st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: START_OF_2026 + timedelta(minutes=minutes)),
    st.none() | st.integers(-5000, 40000),
    st.integers(1, 10),
)
def test_always_later_than_now_in_order_and_never_beyond_the_limit(
    now: datetime, minutes: int | None, most: int
) -> None:
    deadline = None if minutes is None else now + timedelta(minutes=minutes)
    calendar = WorkCalendar()
    found = moments(now, deadline=deadline, most=most)
    assert list(found) == sorted(set(found))
    assert found, "a task can always wait until some moment"
    assert all(moment > now for moment in found)
    assert all(calendar.is_open(moment) for moment in found)
    assert local_day(found[-1]) <= local_day(calendar.after_working_days(local_day(now), most))
    if len(found) > 1 and deadline is not None:
        assert found[-1] < deadline
