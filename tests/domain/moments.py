"""Moments and intervals that several tests of time need."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from hub.domain.rota import Interval
from hub.domain.worktime import LONDON

MINUTE = timedelta(minutes=1)
EPOCH = datetime(2026, 3, 28, tzinfo=UTC)  # the day before the spring change


def london(text: str) -> datetime:
    """Return the moment "2026-04-02 09:00" in Europe/London, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def stretch(start: str, end: str) -> Interval:
    return Interval(london(start), london(end))


def at_minute(number: int) -> datetime:
    return EPOCH + number * MINUTE


@st.composite
def intervals(draw: st.DrawFn, latest: int = 240) -> list[Interval]:
    """Return some intervals of whole minutes, in any order and overlapping."""
    pairs = draw(st.lists(st.tuples(st.integers(0, latest), st.integers(1, latest // 3)), max_size=6))
    return [Interval(at_minute(start), at_minute(start + length)) for start, length in pairs]


def minutes_of(found: Sequence[Interval]) -> set[int]:
    return {
        (interval.start - EPOCH) // MINUTE + n for interval in found for n in range(interval.length // MINUTE)
    }
