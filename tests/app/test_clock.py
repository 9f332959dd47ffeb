"""The one clock: started elsewhere by HUB_NOW, handed to other programs, set and ticked by tests."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.clock import Clock

MOMENT = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


def test_it_tells_aware_utc_and_runs() -> None:
    clock = Clock()
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert first <= second


def test_hub_now_without_an_offset_is_london_time() -> None:
    clock = Clock.from_environment({"HUB_NOW": "2026-07-01T09:00"})
    assert timedelta(0) <= clock.now() - datetime(2026, 7, 1, 8, 0, tzinfo=UTC) < timedelta(minutes=1)


def test_another_program_is_handed_the_same_time() -> None:
    clock = Clock.from_environment({"HUB_NOW": "2026-11-22T03:00"})
    other = Clock.from_environment({"HUB_NOW": "2001-01-01"} | clock.environment())
    assert abs(clock.now() - other.now()) < timedelta(seconds=5)
    assert Clock().environment() == {}


def test_a_set_clock_stands_and_ticks_when_told() -> None:
    clock = Clock()
    with clock.at(MOMENT):
        assert clock.now() == clock.now() == MOMENT
        assert clock.tick(hours=1, minutes=5) == MOMENT + timedelta(minutes=65) == clock.now()
        assert clock.tick(timedelta(days=1)) == clock.now()
    assert clock.now() > MOMENT + timedelta(days=30)


def test_it_refuses_a_naive_moment_and_a_tick_while_it_runs() -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="time zone"):
        clock.set(datetime(2026, 1, 1))  # noqa: DTZ001, the mistake itself
    with pytest.raises(RuntimeError, match="set the clock"):
        clock.tick(minutes=1)
