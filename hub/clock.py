"""What time is it? The one clock of web, workers and (through their parameters) SQL.

HUB_NOW sets it to another moment, from which it ticks on. A program that starts others hands its offset on in
HUB_CLOCK_OFFSET, so that all agree. Production refuses both (see config.py). Tests set and tick it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from config import parse_moment

OFFSET_NAME = "HUB_CLOCK_OFFSET"


class Clock:
    """The machine's time plus an offset, or a moment that a test has set."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset
        self._set_to: datetime | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Clock:
        """A clock as HUB_CLOCK_OFFSET (seconds) or else HUB_NOW says."""
        environ = os.environ if environ is None else environ
        try:
            if offset := environ.get(OFFSET_NAME, "").strip():
                return cls(timedelta(seconds=float(offset)))
            if moment := environ.get("HUB_NOW", "").strip():
                return cls(parse_moment(moment) - _machine_time())
        except ValueError:
            # Not told here, while modules are imported: load_settings refuses the value with a sentence.
            pass
        return cls()

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        if self._set_to is not None:
            return self._set_to
        return _machine_time() + self.offset

    def environment(self) -> dict[str, str]:
        """What to add to the environment of a program that shall show the same time."""
        return {OFFSET_NAME: str(self.offset.total_seconds())} if self.offset else {}

    def set(self, moment: datetime) -> None:
        """Stand still at an aware moment (tests). Raises ValueError for a naive one."""
        if moment.tzinfo is None:
            raise ValueError("the clock needs a moment with a time zone")
        self._set_to = moment.astimezone(UTC)

    def tick(self, step: timedelta | None = None, **parts: float) -> datetime:
        """Move a clock that was set: `tick(minutes=5)`. Gives the new moment; RuntimeError if it runs."""
        if self._set_to is None:
            raise RuntimeError("set the clock before ticking it")
        self._set_to += step if step is not None else timedelta(**parts)
        return self._set_to

    def run(self) -> None:
        """Leave the set moment and tick by itself again."""
        self._set_to = None

    @contextmanager
    def at(self, moment: datetime) -> Iterator[Clock]:
        """Stand still at a moment within the block (tests)."""
        before = self._set_to
        self.set(moment)
        try:
            yield self
        finally:
            self._set_to = before


def _machine_time() -> datetime:
    return datetime.now(UTC)


clock = Clock.from_environment()
