"""By when is a task promised, and by when is it safe? The target clock, the deadline and the hard stop."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.domain.kinds import Kind, Target
from hub.domain.rota import Interval, clip, union
from hub.domain.targets import with_length
from hub.domain.vocabulary import FactAnswer, RequestedUrgency
from hub.domain.worktime import (
    WorkCalendar,
    contract_year_end,
    in_utc,
    nice_discharge_deadline,
    start_of_day,
)

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Request:
    """What the practice said, as far as the rules weigh it.

    `answers` maps a safety fact's code to its answer; a code that is missing was not
    told. `stopped_minutes` are the working minutes for which the target clock stood
    still (while the task waited on practice or patient). `calendar` is the practice's
    working time as it was when the request was raised, so that hours changed later move
    nothing; None where that was not kept. `target_length` is the target that a policy set for
    it, in the kind's unit; None: the kind's own.
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
    calendar: WorkCalendar | None = None
    target_length: int | None = None

    @property
    def target(self) -> Target:
        """Return the target that applies: the kind's, with the number that a policy set."""
        return with_length(self.kind.target, self.target_length)


@dataclass(frozen=True, slots=True)
class Clocks:
    """By when: moments in UTC.

    `due_at` is the target promised to the practice, `deadline_at` the safety deadline
    (None where the kind has none; `deadline_why` is its sentence, or ""). `working_due_at`
    is when the work must be under way to keep the deadline with the people on the rota;
    without a deadline it is `due_at`. `late_on_arrival`: target or deadline had passed
    before the hub was asked. `stop_at` is a hard stop, beyond which no pause moves the
    target (`stop_why` is its sentence); it is no deadline, so it lifts nothing.
    """

    due_at: datetime
    deadline_at: datetime | None
    deadline_why: str
    working_due_at: datetime
    late_on_arrival: bool
    stop_at: datetime | None = None
    stop_why: str = ""


def target_calendar(
    request: Request, practice_calendar: WorkCalendar, hub_calendar: WorkCalendar
) -> WorkCalendar:
    """Return the working time in which the request's target runs.

    For a target in working days the practice's own when it was raised, or
    `practice_calendar` where that was not kept; the hub's for one in minutes.
    """
    if request.kind.target.working_days is None:
        return hub_calendar
    return request.calendar or practice_calendar


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
    minutes move the target in the same calendar, though never beyond a hard stop, and
    the deadline never. A target that a policy set never lies beyond the deadline. The working due
    of a deadline is the last staffed minute before it, less `second_stage_minutes` of
    staffed time. `staffed` is when anyone who may do it is at work (for many tasks, pass
    `rota.union` of it, made once); None, the rota being unknown, stands for the hub's
    hours. If even the moment of raising is too late, the working due is that moment.

    Raises:
        ValueError: the kind names a deadline rule or a hard stop that does not exist.
    """
    calendar = target_calendar(request, practice_calendar, hub_calendar)
    target_at = _target(request, calendar)
    due_at = calendar.add_minutes(target_at, request.stopped_minutes)
    stop_at, stop_why = _stop(request, calendar)
    if stop_at is not None:
        target_at, due_at = min(target_at, stop_at), min(due_at, stop_at)
    deadline_at, why = _deadline(request)
    if deadline_at is not None and request.target_length is not None:
        target_at, due_at = min(target_at, deadline_at), min(due_at, deadline_at)
    working_due_at = due_at
    if deadline_at is not None:
        working_due_at = _latest_start(
            request.raised_at, deadline_at, second_stage_minutes, hub_calendar, staffed
        )
    late = request.raised_at > min(target_at, deadline_at or target_at)
    return Clocks(due_at, deadline_at, why, working_due_at, late, stop_at, stop_why)


def _target(request: Request, calendar: WorkCalendar) -> datetime:
    target = request.target
    if target.working_days is not None:
        return calendar.after_working_days(request.receipt_on, target.working_days)
    return calendar.add_minutes(request.raised_at, target.hub_minutes or 0)


def _stop(request: Request, calendar: WorkCalendar) -> tuple[datetime | None, str]:
    """Return the hard stop: the last working minute by 31 March, or that day's end if none is left."""
    rule = request.kind.target.stop_rule
    if not rule:
        return None, ""
    if rule != "contract_year_end":
        raise ValueError(f"{request.kind.code} names a hard stop that does not exist: {rule}.")
    last_day = contract_year_end(request.raised_at)
    end = start_of_day(last_day + timedelta(days=1)) - timedelta(seconds=1)
    last_minute = calendar.previous_working_minute(end)
    stop_at = last_minute if last_minute > request.raised_at else end
    return stop_at, f"The contract year ends on {last_day:%d-%b-%Y}: nothing moves the target beyond it."


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
