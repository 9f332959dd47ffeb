"""The axis of plans and forecasts: minutes from now in which the hub is open, or somebody is on shift."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from math import inf, isinf

from hub.domain import order
from hub.domain.promises import local_day
from hub.domain.rota import Interval, subtract
from hub.domain.worktime import WorkCalendar, start_of_day

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


class HubTime:
    """Working minutes of `calendar`, and of `shifts` beyond it, from `now`, which is 0; the past is negative.

    The horizon is the close of the last of `days` working days of the calendar, the first of them the day
    that is under way or comes next. Of `shifts` counts what lies between the start of today and the horizon
    and outside opening hours: an evening, a Saturday. In such time people work, but no target runs.

    Raises:
        ValueError: fewer than one day.
    """

    def __init__(
        self, calendar: WorkCalendar, now: datetime, days: int, shifts: Iterable[Interval] = ()
    ) -> None:
        if days < 1:
            raise ValueError("A horizon needs at least one day.")
        self.calendar, self.now, self._count = calendar, now, days
        self._zero = order.number(calendar, now)
        beyond = self._beyond(shifts)
        self._starts = [one.start for one in beyond]
        self._ends = [one.end for one in beyond]
        self._before = [0, *accumulate(one.minutes for one in beyond)]
        self._extra = self._worked(now)

    def minute(self, at: datetime | None) -> float:
        """Return a moment as minutes from now, whole; inf for None (never)."""
        if at is None:
            return inf
        return float(order.number(self.calendar, at) - self._zero + self._worked(at) - self._extra)

    def moment(self, minute: float) -> datetime | None:
        """Return when so many minutes from now have passed; None for inf (not within the horizon)."""
        if isinf(minute):
            return None
        whole = max(round(minute), 0)
        for start, (first, last) in zip(self._starts, self.beyond, strict=True):
            if first < whole <= last:
                return start + (whole - first) * _MINUTE
        return self.calendar.add_minutes(self.now, round(self.open_minute(whole)))

    @cached_property
    def beyond(self) -> tuple[tuple[float, float], ...]:
        """The stretches outside opening hours, in minutes from now: in them no target runs."""
        return tuple(
            (self.minute(start), self.minute(end))
            for start, end in zip(self._starts, self._ends, strict=True)
        )

    def open_minute(self, minute: float) -> float:
        """Return how many of so many minutes from now lie in opening hours."""
        closed = sum(max(min(minute, last) - max(first, 0.0), 0.0) for first, last in self.beyond)
        return minute - closed

    def when_open(self, minute: float) -> float:
        """Return after how many minutes from now so many have passed in opening hours."""
        found = minute
        for first, last in self.beyond:
            if found > max(first, 0.0):
                found += max(last - max(first, 0.0), 0.0)
        return found

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The working days of the calendar up to the horizon."""
        found: list[date] = []
        day = local_day(self.now)
        while len(found) < self._count:
            if self.calendar.is_working_day(day) and self.calendar.close_of(day) > self.now:
                found.append(day)
            day += _DAY
        return tuple(found)

    @cached_property
    def day_ends(self) -> tuple[float, ...]:
        """When each of these days closes, in minutes from now."""
        return tuple(self.minute(self.calendar.close_of(day)) for day in self.days)

    def _worked(self, at: datetime) -> int:
        """Return the minutes outside opening hours that lie before a moment."""
        begun = bisect_right(self._starts, at)
        if not begun:
            return 0
        return self._before[begun - 1] + (min(at, self._ends[begun - 1]) - self._starts[begun - 1]) // _MINUTE

    def _beyond(self, shifts: Iterable[Interval]) -> tuple[Interval, ...]:
        """Return what of the shifts lies outside opening hours, from today's start to the horizon."""
        shifts = list(shifts)
        if not shifts:
            return ()
        first, last = start_of_day(local_day(self.now)), self.calendar.close_of(self.days[-1])
        near = [
            Interval(max(one.start, first), min(one.end, last))
            for one in shifts
            if one.start < last and one.end > first
        ]
        days, day = [], local_day(self.now)
        while day <= self.days[-1]:
            days += [Interval(start, end) for start, end in self.calendar.open_on(day)]
            day += _DAY
        return tuple(one for one in subtract(near, days) if one.minutes)
