"""By when is a task promised, and by when is it safe? The target clock and the safety deadline."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.domain.kinds import Kind
from hub.domain.rota import Interval, clip, union
from hub.domain.vocabulary import FactAnswer, RequestedUrgency
from hub.domain.worktime import WorkCalendar, in_utc, nice_discharge_deadline

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Request:
    """What the practice said, as far as the rules weigh it.

    `answers` maps a safety fact's code to its answer; a code that is missing was not
    told. `stopped_minutes` are the working minutes for which the target clock stood
    still (while the task waited on practice or patient).
    """

    kind: Kind
    subtype: str
    requested: RequestedUrgency
    answers: Mapping[str, FactAnswer]
    receipt_on: date
    raised_at: datetime
    next_issue_on: date | None = None
    chases: int = 0
    stopped_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Clocks:
    """By when: moments in UTC.

    `due_at` is the target promised to the practice, `deadline_at` the safety deadline
    (None where the kind has none; `deadline_why` is its sentence, or ""). `working_due_at`
    is when the work must be under way to keep the deadline with the people on the rota;
    without a deadline it is `due_at`. `late_on_arrival`: target or deadline had passed
    before the hub was asked.
    """

    due_at: datetime
    deadline_at: datetime | None
    deadline_why: str
    working_due_at: datetime
    late_on_arrival: bool


def clocks(
    request: Request,
    practice_calendar: WorkCalendar,
    hub_calendar: WorkCalendar,
    staffed: Iterable[Interval] | None,
    second_stage_minutes: int,
) -> Clocks:
    """Return by when the request is promised and by when it is safe.

    A target in working days ends at the close of the Nth working day after receipt in
    the practice's calendar; one in minutes runs in hub hours from raising. Stopped
    minutes move the target in the same calendar, the deadline never. The working due
    of a deadline is the last staffed minute before it, less `second_stage_minutes` of
    staffed time. `staffed` is when anyone who may do it is at work (for many tasks, pass
    `rota.union` of it, made once); None, the rota being unknown, stands for the hub's
    hours. If even the moment of raising is too late, the working due is that moment.

    Raises:
        ValueError: the kind names a deadline rule that does not exist.
    """
    target = request.kind.target
    if target.working_days is not None:
        calendar = practice_calendar
        promised_at = calendar.after_working_days(request.receipt_on, target.working_days)
    else:
        calendar = hub_calendar
        promised_at = calendar.add_minutes(request.raised_at, target.hub_minutes or 0)
    due_at = calendar.add_minutes(promised_at, request.stopped_minutes)
    deadline_at, why = _deadline(request)
    working_due_at = due_at
    if deadline_at is not None:
        working_due_at = _latest_start(
            request.raised_at, deadline_at, second_stage_minutes, hub_calendar, staffed
        )
    late = request.raised_at > min(promised_at, deadline_at or promised_at)
    return Clocks(due_at, deadline_at, why, working_due_at, late)


def _deadline(request: Request) -> tuple[datetime | None, str]:
    rule = request.kind.target.deadline_rule
    if not rule:
        return None, ""
    if rule == "nice_discharge":
        return nice_discharge_deadline(request.receipt_on, request.next_issue_on)
    raise ValueError(f"{request.kind.code} names a deadline rule that does not exist: {rule}.")


def _latest_start(
    raised_at: datetime,
    deadline: datetime,
    minutes: int,
    hub_calendar: WorkCalendar,
    staffed: Iterable[Interval] | None,
) -> datetime:
    """Return the latest moment that leaves `minutes` of staffed time before `deadline`."""
    if staffed is None:
        return _back_in_hub_hours(raised_at, deadline, minutes, hub_calendar)
    return _back_in_staffed_time(raised_at, deadline, minutes, union(staffed))


def _back_in_hub_hours(
    raised_at: datetime, deadline: datetime, minutes: int, hub_calendar: WorkCalendar
) -> datetime:
    last = hub_calendar.previous_working_minute(deadline)
    back = range(max((last - raised_at) // _MINUTE + 1, 0))
    found = bisect_left(back, minutes, key=lambda m: hub_calendar.minutes_between(last - m * _MINUTE, last))
    return last - found * _MINUTE if found < len(back) else in_utc(raised_at)


def _back_in_staffed_time(
    raised_at: datetime, deadline: datetime, minutes: int, staffed: Sequence[Interval]
) -> datetime:
    left = minutes * _MINUTE
    for interval in reversed(clip(staffed, raised_at, deadline)):
        if interval.length >= left:
            return interval.end - left
        left -= interval.length
    return in_utc(raised_at)
