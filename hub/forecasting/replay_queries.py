"""The last days again: what was open and what came, by its events, for a run under another policy."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlalchemy import Integer, func, select
from sqlalchemy.orm import aliased

from hub.domain import order
from hub.domain.deadlines import Request, clocks
from hub.domain.eligibility import Person
from hub.domain.forecast.state import NEVER, People, Snapshot, Work
from hub.domain.hub_time import HubTime
from hub.domain.lifecycle import Act
from hub.domain.policy import Policy
from hub.domain.promises import local_day
from hub.domain.rota import Interval
from hub.domain.routing import route
from hub.domain.targets import set_length
from hub.domain.vocabulary import Band, RequestedUrgency
from hub.domain.worktime import WorkCalendar, calendar_from
from hub.extensions import clock, db
from hub.forecasting.columns_queries import Numbers
from hub.forecasting.snapshot_queries import axis, rule_of, stretches_of
from hub.models import Event, Practice, Task
from hub.placing import queries
from hub.protocols.queries import kind_of

Rota = Mapping[int, Sequence[Interval]]


@dataclass(frozen=True)
class Window:
    """The days that are run again: their time axis (0 at the start), the tasks in it, and who worked when."""

    time: HubTime
    rows: list[Any]
    people: list[Person]
    stretches: People
    ends: float

    @property
    def due(self) -> Any:
        """When each task was due, in minutes from the start."""
        return np.array([self.time.minute(row.due_at) for row in self.rows], float)

    @property
    def done(self) -> Any:
        """When each task was completed in fact, in minutes from the start; inf if it was not."""
        return np.array([self.time.minute(row.completed_at) for row in self.rows], float)


def window(days: int, rota: Rota | None = None) -> Window:
    """Return the last `days` working days of the hub, today not included.

    In it is every task that was open at its start or came since, but for what was cancelled: that took
    nobody's time. When each came, its band and when it was completed are told by its events. `rota`
    replaces the times at work of those it names, by their ids.

    Raises:
        ValueError: fewer than one day.
    """
    now = clock.now()
    start = _opening(days, local_day(now))
    people = queries.people()
    time = axis(people, start, days, rota or {})
    stretches = stretches_of(people, time, rota or {})
    return Window(
        time, _rows(start, time.moment(time.day_ends[-1]) or now), people, stretches, time.day_ends[-1]
    )


def _opening(days: int, today: dt.date) -> dt.datetime:
    calendar, day, left = queries.hub_calendar(), today, days
    if days < 1:
        raise ValueError("Run at least one day again.")
    while left:
        day -= dt.timedelta(days=1)
        left -= calendar.is_working_day(day)
    return calendar.open_on(day)[0][0]


def _rows(start: dt.datetime, end: dt.datetime) -> list[Any]:
    placed, completed = aliased(Event), aliased(Event)
    first = select(func.min(Event.seq)).where(Event.task_id == Task.id, Event.kind == Act.PLACED)
    cancelled = select(Event.seq).where(Event.task_id == Task.id, Event.kind == Act.CANCELLED)
    query = (
        select(
            Task.id, Task.kind, Task.kind_version, Task.subtype, Task.stage, Task.signals, Task.requested,
            Task.minutes, Task.practice_id, Task.raised_at, Task.due_at, Task.deadline_at,
            Task.target_length, Task.answers, Task.receipt_on, Task.next_issue_on, Task.chases,
            Task.stopped_minutes, Task.practice_hours, Practice.opening_hours,
            Practice.name.label("practice_name"), completed.at.label("completed_at"),
            placed.data["band"].astext.cast(Integer).label("band"),
            completed.data["minutes"].astext.cast(Integer).label("took"),
        )
        .join(Practice, Practice.id == Task.practice_id)
        .join(placed, (placed.task_id == Task.id) & (placed.seq == first.correlate(Task).scalar_subquery()))
        .outerjoin(completed, (completed.task_id == Task.id) & (completed.kind == Act.COMPLETED))
        .where(Task.raised_at < end, ~cancelled.correlate(Task).exists())
        .where(completed.at.is_(None) | (completed.at >= start))
        .order_by(Task.id)
    )  # fmt: skip
    return list(db.session.execute(query))


def under(found: Window, policy: Policy) -> tuple[Snapshot, Any]:
    """Return the window's snapshot under a policy, and the minutes that each task takes in fact.

    Each task is due as if the policy's targets had been in force when it was raised. What was completed
    takes the minutes that were recorded; anything else its planned ones.
    """
    numbers = Numbers(found.people, local_day(found.time.now))
    rows = [_row(row, policy, numbers, found.time) for row in found.rows]
    names = (
        "ids", "kind", "band", "weight", "due", "deadline", "target", "minutes", "practice", "group",
        "raised", "since",
    )  # fmt: skip
    work = Work.of(**{name: np.array([row[name] for row in rows], float) for name in names})
    took = np.array(
        [float(old.took or new["minutes"]) for old, new in zip(found.rows, rows, strict=True)], float
    )
    return Snapshot(
        work, found.stretches, numbers.may(), np.asarray(found.time.day_ends), rule_of(policy),
        np.asarray(found.time.beyond).reshape(-1, 2),
    ), took  # fmt: skip


def _timing(row: Any, policy: Policy, time: HubTime) -> tuple[dt.datetime, int]:
    """Return when a task is due under the policy's targets, and its target in minutes of the axis.

    A promise of bands 1 and 2 stands: the policy sets none. A target in a practice's hours is as long
    as the hub's minutes in it, because the slack that it is compared with is counted in these.
    """
    request, due_at = queries.request_of(row), row.due_at
    length = set_length(request.kind, row.subtype, policy.targets)
    if length != request.target_length:
        other = replace(request, target_length=length)
        own, new = (_due(one, row) for one in (request, other))
        request, due_at = other, new if row.due_at >= own else min(row.due_at, new)
    return due_at, order.target_minutes(request.target, row.receipt_on, time.calendar)


def _due(request: Request, row: Any) -> dt.datetime:
    hours = calendar_from(row.opening_hours or None) or WorkCalendar()
    return clocks(request, hours, queries.hub_calendar(), (), 0).due_at


def _row(row: Any, policy: Policy, numbers: Numbers, time: HubTime) -> dict[str, Any]:
    band = Band(row.band or int(Band.PLANNED))
    needs = route(
        kind_of(row), subtype=row.subtype, practice_id=row.practice_id, practice_name=row.practice_name,
        signals=row.signals, stage=1, band=band, policy=policy,
    ).needs  # fmt: skip
    fixed = order.fixed_weight(
        signals=row.signals,
        requested=RequestedUrgency(row.requested),
        minutes=needs.minutes,
        policy=policy.order,
    )
    came, (due_at, target) = time.minute(row.raised_at), _timing(row, policy, time)
    return {
        "ids": row.id,
        "kind": numbers.kinds(row.kind),
        "band": int(band),
        "weight": policy.order.band_weights[band - 1] * math.exp(fixed / order.SCALE) * needs.minutes,
        "due": time.minute(due_at),
        "deadline": NEVER if row.deadline_at is None else time.minute(row.deadline_at),
        "target": target,
        "minutes": needs.minutes,
        "practice": numbers.practices(row.practice_id),
        "group": numbers.group_of(needs),
        "raised": came,
        "since": max(came, 0.0),
    }
