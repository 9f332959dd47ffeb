"""Which open tasks another policy would promise otherwise, and by when each would then be due."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select

from hub.domain import deadlines
from hub.domain.deadlines import Clocks, Request
from hub.domain.kinds import Target
from hub.domain.policy import Policy
from hub.domain.targets import set_length, with_length
from hub.domain.vocabulary import CLOCK_STOPPERS, OPEN_STATUSES, Band
from hub.domain.worktime import WorkCalendar, calendar_from
from hub.extensions import clock, db
from hub.models import Practice, Task
from hub.placing import order_queries, queries
from hub.protocols.queries import kind_of

_COLUMNS = (
    Task.id, Task.version, Task.ref, Task.status, Task.practice_id, Task.kind, Task.kind_version,
    Task.subtype, Task.requested, Task.answers, Task.receipt_on, Task.next_issue_on, Task.raised_at,
    Task.chases, Task.stopped_minutes, Task.practice_hours, Task.band, Task.due_at, Task.deadline_at,
    Task.signals, Task.minutes, Task.waiting_on, Task.waiting_since, Task.target_length,
    Practice.opening_hours, Practice.name.label("practice_name"),
)  # fmt: skip


class Keeps(StrEnum):
    """Why an open task keeps its due time although a policy sets another target for such work."""

    LATE = "late"
    AT_ONCE = "at_once"


@dataclass(frozen=True)
class Retimed:
    """An open task that another policy promises otherwise: its targets and due times under both.

    `band` is the band it stands in; `stored` is what the order then stands on. `keeps` says why
    publishing leaves it as it is; None: it is moved.
    """

    id: int
    version: int
    ref: str
    kind: str
    subtype: str
    practice: str
    band: int
    before: Target
    after: Target
    length: int | None
    was_due: dt.datetime
    clocks: Clocks
    stored: order_queries.Stored
    keeps: Keeps | None

    @property
    def due_at(self) -> dt.datetime:
        """By when it would be due."""
        return self.clocks.due_at

    @property
    def columns(self) -> dict[str, Any]:
        """What a stored task would have in the columns that say when it is due."""
        working = {} if self.clocks.deadline_at else {"working_due_at": self.clocks.due_at}
        return {
            "due_at": self.clocks.due_at,
            "due_number": self.stored.due_number,
            "target_minutes": self.stored.target_minutes,
            **working,
        }

    @property
    def working_due_at(self) -> dt.datetime | None:
        """When it would have to be under way; None: as it is, because a deadline says so."""
        return None if self.clocks.deadline_at else self.clocks.due_at


def retimed(rows: Iterable[Any], policy: Policy, now: dt.datetime) -> Iterator[Retimed]:
    """Yield those of `candidates` that have another target than `policy` sets for such work.

    Publishing moves a due time from the future into the future only: what is late stays late, and
    nothing becomes late at a stroke.
    """
    for row in rows:
        found = _retimed(row, policy, now)
        if found is not None:
            yield found


def moved(policy: Policy) -> list[Retimed]:
    """Return the open tasks to which publishing `policy` would give another target, by id."""
    found = retimed(candidates(policy), policy, clock.now())
    return [one for one in found if one.keeps is None]


def candidates(policy: Policy, *, after_id: int = 0, limit: int | None = None) -> list[Any]:
    """Return the open tasks, by id, for which `policy` or an earlier one sets a target. One statement.

    Not those that are now or by tomorrow: they go by their band's promise, and keep it.
    """
    named = {rule.kind for rule in policy.targets}
    query = (
        select(*_COLUMNS)
        .join(Practice, Practice.id == Task.practice_id)
        .where(Task.status.in_(OPEN_STATUSES), Task.band > Band.BY_TOMORROW, Task.id > after_id)
        .where(or_(Task.target_length.is_not(None), Task.kind.in_(named)))
        .order_by(Task.id)
        .limit(limit)
    )
    return list(db.session.execute(query))


def _retimed(row: Any, policy: Policy, now: dt.datetime) -> Retimed | None:
    length = set_length(kind_of(row), row.subtype, policy.targets)
    if length == row.target_length:
        return None
    request = queries.request_of(row)
    running = _until(request, row, now)
    # Without a pause that goes on, what is stored is what its clocks give.
    was_due = row.due_at if running is request else _clocks(running, row).due_at
    request = running
    clocks = _clocks(replace(request, target_length=length), row)
    keeps = Keeps.LATE if was_due <= now else Keeps.AT_ONCE if clocks.due_at <= now else None
    return Retimed(
        row.id, row.version, row.ref, row.kind, row.subtype, row.practice_name, row.band,
        request.target, with_length(request.kind.target, length), length, was_due, clocks,
        _stored(replace(request, target_length=length), row, clocks, policy), keeps,
    )  # fmt: skip


def _until(request: Request, row: Any, now: dt.datetime) -> Request:
    """Return the request with the pause that goes on counted until now."""
    if row.waiting_since is None or row.waiting_on not in CLOCK_STOPPERS:
        return request
    calendar = deadlines.target_calendar(request, _hours(row), queries.hub_calendar())
    running = calendar.minutes_between(row.waiting_since, now)
    return replace(request, stopped_minutes=request.stopped_minutes + running)


def _clocks(request: Request, row: Any) -> Clocks:
    # What the rota makes of a deadline stays as it is: it does not hang on the target.
    return deadlines.clocks(request, _hours(row), queries.hub_calendar(), (), 0)


def _stored(request: Request, row: Any, clocks: Clocks, policy: Policy) -> order_queries.Stored:
    stands = row.waiting_on in CLOCK_STOPPERS
    return order_queries.worked_out(
        request,
        due_at=clocks.due_at,
        signals=row.signals,
        minutes=row.minutes,
        practice_hours=_hours(row),
        stands_since=row.waiting_since if stands else None,
        policy=policy.order,
    )


def _hours(row: Any) -> WorkCalendar:
    return calendar_from(row.opening_hours or None) or WorkCalendar()
