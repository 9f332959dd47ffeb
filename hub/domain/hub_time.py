"""The axis of plans and forecasts: minutes of the hub's working time from now, over the days ahead."""

from datetime import date, datetime, timedelta
from functools import cached_property
from math import inf, isinf

from hub.domain import order
from hub.domain.promises import local_day
from hub.domain.worktime import WorkCalendar

_DAY = timedelta(days=1)


class HubTime:
    """Working minutes of `calendar` counted from `now`, which is 0; what is past is negative.

    The horizon is the close of the last of `days` working days, the first of them the day that is
    under way or comes next.

    Raises:
        ValueError: fewer than one day.
    """

    def __init__(self, calendar: WorkCalendar, now: datetime, days: int) -> None:
        if days < 1:
            raise ValueError("A horizon needs at least one day.")
        self.calendar, self.now, self._count = calendar, now, days
        self._zero = order.number(calendar, now)

    def minute(self, at: datetime | None) -> float:
        """Return a moment as minutes from now, whole; inf for None (never)."""
        return inf if at is None else float(order.number(self.calendar, at) - self._zero)

    def moment(self, minute: float) -> datetime | None:
        """Return when so many minutes from now have passed; None for inf (not within the horizon)."""
        if isinf(minute):
            return None
        return self.calendar.add_minutes(self.now, max(round(minute), 0))

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The working days up to the horizon."""
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
