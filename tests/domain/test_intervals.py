"""Stretches of time: their arithmetic is that of sets of minutes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.rota import Interval, clip, first_cover, last_staffed_minute_before, subtract, union
from hub.domain.worktime import LONDON
from tests.domain.moments import EPOCH, at_minute, intervals, london, minutes_of, stretch


def test_an_interval_is_kept_in_utc_and_half_open() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    interval = Interval(
        datetime(2026, 7, 1, 9, tzinfo=LONDON), datetime(2026, 7, 1, 20, 30, 30, tzinfo=tokyo)
    )
    assert interval.start.tzinfo is UTC
    assert interval.start == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert interval.minutes == 210
    assert interval.contains(interval.start)
    assert not interval.contains(interval.end)


def test_an_interval_needs_a_zone_and_a_length() -> None:
    with pytest.raises(ValueError, match="end after it starts"):
        Interval(EPOCH, EPOCH)
    with pytest.raises(ValueError, match="time zone"):
        Interval(datetime(2026, 7, 1, 9), EPOCH)  # noqa: DTZ001 - that is the point


def are_apart(found: Sequence[Interval]) -> bool:
    return all(a.end < b.start for a, b in pairwise(found))


@given(intervals())
def test_a_union_is_the_same_minutes_in_as_few_intervals_as_possible(some: list[Interval]) -> None:
    found = union(some)
    assert minutes_of(found) == minutes_of(some)
    assert are_apart(found)


@given(intervals(), intervals())
def test_subtracting_leaves_the_minutes_that_are_in_no_hole(
    some: list[Interval], holes: list[Interval]
) -> None:
    found = subtract(some, holes)
    assert minutes_of(found) == minutes_of(some) - minutes_of(holes)
    assert are_apart(found)


@given(intervals(), st.integers(0, 300), st.integers(0, 300))
def test_clipping_keeps_the_minutes_of_the_window(some: list[Interval], first: int, last: int) -> None:
    found = clip(some, at_minute(first), at_minute(last))
    assert minutes_of(found) == minutes_of(some) & set(range(first, last))


def test_cover_is_the_first_moment_when_anyone_is_at_work() -> None:
    one = (stretch("2026-03-02 09:00", "2026-03-02 17:00"), stretch("2026-03-03 09:00", "2026-03-03 17:00"))
    other = (stretch("2026-03-02 16:00", "2026-03-02 20:00"),)
    assert first_cover([one, other], london("2026-03-01 12:00")) == london("2026-03-02 09:00")
    assert first_cover([one, other], london("2026-03-02 18:00")) == london("2026-03-02 18:00")
    assert first_cover([one, other], london("2026-03-02 20:00")) == london("2026-03-03 09:00")
    assert first_cover([one, other], london("2026-03-03 17:00")) is None
    assert first_cover([], london("2026-03-03 17:00")) is None
    assert first_cover([()], london("2026-03-03 17:00")) is None


def test_the_last_staffed_minute_ends_at_the_moment_itself_or_when_the_last_one_leaves() -> None:
    team = [stretch("2026-03-02 09:00", "2026-03-02 17:00"), stretch("2026-03-02 08:00", "2026-03-02 12:00")]
    assert last_staffed_minute_before(team, london("2026-03-02 16:00")) == london("2026-03-02 16:00")
    assert last_staffed_minute_before(team, london("2026-03-02 17:00")) == london("2026-03-02 17:00")
    assert last_staffed_minute_before(team, london("2026-03-08 23:59")) == london("2026-03-02 17:00")
    assert last_staffed_minute_before(team, london("2026-03-02 08:00")) is None
    assert last_staffed_minute_before([], london("2026-03-02 08:00")) is None


@given(st.lists(intervals(), max_size=3), st.integers(0, 350))
def test_cover_and_last_staffed_minute_agree_with_walking_through_the_minutes(
    people: list[list[Interval]], minute: int
) -> None:
    everyone = [interval for one in people for interval in one]
    staffed = minutes_of(everyone)
    following = [m for m in staffed if m >= minute]
    earlier = [m for m in staffed if m < minute]
    assert first_cover(people, at_minute(minute)) == (at_minute(min(following)) if following else None)
    assert last_staffed_minute_before(everyone, at_minute(minute)) == (
        at_minute(max(earlier) + 1) if earlier else None
    )
