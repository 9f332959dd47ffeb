"""The axis of the forecast: the hub's hours, and shifts beyond them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.hub_time import HubTime
from hub.domain.rota import Interval
from hub.domain.worktime import WorkCalendar

CALENDAR = WorkCalendar()
SUNDAY = dt.datetime(2026, 11, 22, 10, tzinfo=dt.UTC)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.UTC)


def shift(day: int, start: int, end: int) -> Interval:
    return Interval(at(day, start), at(day, end))


def test_without_shifts_beyond_it_is_the_hubs_hours() -> None:
    plain, inside = HubTime(CALENDAR, SUNDAY, 2), HubTime(CALENDAR, SUNDAY, 2, [shift(23, 9, 17)])
    assert [*plain.beyond, *inside.beyond] == []
    assert plain.minute(at(23, 9)) == inside.minute(at(23, 9)) == 60
    assert plain.moment(60) == at(23, 9)
    assert plain.day_ends == (630, 1260)


def test_a_sunday_and_an_evening_on_which_somebody_works_count() -> None:
    shifts = [shift(22, 9, 13), shift(22, 12, 14), shift(23, 17, 20), shift(21, 9, 12), shift(28, 9, 12)]
    time = HubTime(CALENDAR, SUNDAY, 2, shifts)
    assert [one.day for one in time.days] == [23, 24]
    # Sunday until 14:00, then Monday 08:00 to 18:30, its evening until 20:00, and Tuesday.
    assert list(time.beyond) == [(-60, 240), (870, 960)]
    assert list(time.day_ends) == [870, 1590]
    assert [time.moment(m) for m in (0, 30, 240, 241, 870, 871, 961)] == [
        SUNDAY, at(22, 10, 30), at(22, 14), at(23, 8, 1), at(23, 18, 30), at(23, 18, 31), at(24, 8, 1),
    ]  # fmt: skip
    assert time.minute(at(22, 9, 20)) == -40, "what was begun on this shift"
    assert [time.open_minute(m) for m in (240, 300, 900, 1590)] == [0, 60, 630, 1260]
    assert [time.when_open(m) for m in (60, 630, 700)] == [300, 870, 1030]
    assert time.moment(float("inf")) is None


@given(
    st.lists(st.tuples(st.integers(22, 27), st.integers(0, 22), st.integers(1, 12)), max_size=6),
    st.integers(0, 6000),
)
def test_moments_and_minutes_are_each_others_inverse(drawn: list[tuple[int, int, int]], minute: int) -> None:
    shifts = [Interval(at(day, hour), at(day, hour) + dt.timedelta(hours=long)) for day, hour, long in drawn]
    time = HubTime(CALENDAR, SUNDAY, 5, shifts)
    found = time.moment(minute)
    assert time.minute(found) == minute
    assert 0 <= time.open_minute(minute) <= minute
    assert time.open_minute(time.when_open(minute)) == minute


def test_a_horizon_needs_a_day() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        HubTime(CALENDAR, SUNDAY, 0)
