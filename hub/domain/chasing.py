"""Until when may a task wait? Always until a moment when someone is at work, and before any hard deadline."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from hub.domain.promises import local_day
from hub.domain.rota import Interval, clip
from hub.domain.vocabulary import CLOCK_STOPPERS
from hub.domain.worktime import WorkCalendar, start_of_day

_DAY = timedelta(days=1)
_SOONEST = timedelta(hours=2)  # whoever is asked needs some time, even on the day of a deadline
_CORE_OPENS = timedelta(hours=8)
_QUARTER = timedelta(minutes=15)


def chase_moments(
    now: datetime,
    *,
    deadline_at: datetime | None,
    working_due_at: datetime,
    staffed: Sequence[Interval] | None,
    hub_calendar: WorkCalendar,
    most_working_days: int,
) -> tuple[datetime, ...]:
    """Return the moments until which a task may wait, at most one per day, soonest first.

    Today's is two hours from now; any other day's is its first staffed minute in the hub's hours
    (in core hours on a day when it is closed), never one of the night before them. Days are
    those on which someone works (`staffed`; None, no rota being kept, stands for the
    hub's hours), at most `most_working_days` of the hub's working days ahead. With a
    deadline, only moments that leave time for the work (before `working_due_at`); if
    there is none, those before the deadline; if there is none either, the soonest moment
    of all, so that what is late already is looked at again as soon as can be.
    """
    moments = tuple(_moments(now, staffed, hub_calendar, most_working_days))
    if deadline_at is None:
        return moments
    for limit in (min(working_due_at, deadline_at), deadline_at):
        before = tuple(moment for moment in moments if moment < limit)
        if before:
            return before
    return moments[:1]


def _moments(
    now: datetime, staffed: Sequence[Interval] | None, hub_calendar: WorkCalendar, most: int
) -> Iterator[datetime]:
    today = local_day(now)
    soon = _rounded_up(now + _SOONEST)
    if any(interval.contains(soon) for interval in _on(today, staffed, hub_calendar)):
        yield soon
    day, left = today, most
    while left > 0:
        day += _DAY
        left -= hub_calendar.is_working_day(day)
        at_work = _on(day, staffed, hub_calendar)
        if at_work and (left > 0 or hub_calendar.is_working_day(day)):
            yield _first_minute(day, at_work, hub_calendar)


def _first_minute(day: date, at_work: Sequence[Interval], hub_calendar: WorkCalendar) -> datetime:
    """Return the first staffed minute from the opening on; of who works at night only, their first."""
    opens = hub_calendar.open_on(day)
    opening = opens[0][0] if opens else start_of_day(day) + _CORE_OPENS
    by_day = [max(interval.start, opening) for interval in at_work if interval.end > opening]
    return min(by_day or [interval.start for interval in at_work])


def _on(day: date, staffed: Sequence[Interval] | None, hub_calendar: WorkCalendar) -> Sequence[Interval]:
    if staffed is None:
        return _opening(hub_calendar.open_on(day))
    return clip(staffed, start_of_day(day), start_of_day(day + _DAY))


def _opening(spans: Iterable[tuple[datetime, datetime]]) -> Sequence[Interval]:
    return [Interval(start, end) for start, end in spans]


def _rounded_up(moment: datetime) -> datetime:
    beyond = (moment - start_of_day(local_day(moment))) % _QUARTER
    return moment + (_QUARTER - beyond if beyond else timedelta(0))


def target_judged_at(now: datetime, waiting_on: str | None, waiting_since: datetime | None) -> datetime:
    """Return the moment at which a task's target is judged: while its clock stands still, when it stopped.

    Only the target's clock stops, and only for practice or patient; a deadline is always judged now.
    """
    return waiting_since if waiting_since is not None and waiting_on in CLOCK_STOPPERS else now
