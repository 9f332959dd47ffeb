"""A clinician's day and the queues, as staff name them: mine, done today, news, waiting."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, case, func, select
from sqlalchemy.orm import joinedload

from hub import records
from hub.domain.actor import Actor
from hub.domain.chasing import chase_moments
from hub.domain.errors import NotFound
from hub.domain.identifiers import parse_reference
from hub.domain.kinds import Kind
from hub.domain.lifecycle import Act
from hub.domain.patient import Identity
from hub.domain.vocabulary import Band, Role, Status
from hub.domain.worktime import LONDON, start_of_day
from hub.extensions import clock, db
from hub.models import Event, OutcomeRecord, Patient, Practice, PracticeAccess, Task, User
from hub.notices.queries import new_to
from hub.placing import mark_queries, order_queries, staff_queries
from hub.placing import queries as placing
from hub.protocols.queries import kind_of

MINE = (Status.IN_PROGRESS, Status.ASSIGNED, Status.WAITING)
CHASE_DAYS = 21  # ten working days, with Christmas among them, lie within three weeks
WITH_PATIENT = (joinedload(Task.data_key), joinedload(Task.patient).joinedload(Patient.data_key))
# What ended a task's waiting, last; whoever takes it up again has seen it.
_BACK = (Act.ANSWERED, Act.WOKEN, Act.STARTED, Act.RESUMED)
_TELLS_MORE = (Act.CHASED, Act.ANSWERED)
_COMINGS = (Act.ASSIGNED, Act.MOVED, Act.TAKEN)  # how a task comes to a list from elsewhere
_ARRIVALS = (Act.ASSIGNED, Act.MOVED, Act.WOKEN)


@dataclass(frozen=True)
class Listed:
    """One row of a list: the task, its kind, its practice, and whom it is about (None: the practice).

    `back` says what ended its waiting since somebody last worked on it: "answered" (by the
    practice), "chased" (by it), "chase" (the day to look at it again came), or "". `chase` is what the
    practice wrote when it last chased it, or "". `given_by` names who put it on its list by
    hand, "" if nobody did; `escalated` is the data of the last telephone call about it.
    `marks` names who set its place, and for whom it is kept; `news` counts what this person has not
    read of it yet.
    """

    task: Task
    practice: Practice
    kind: Kind
    identity: Identity | None
    back: str = ""
    chase: str = ""
    given_by: str = ""
    escalated: dict[str, Any] | None = None
    marks: mark_queries.Names = mark_queries.NOBODY
    news: int = 0


@dataclass(frozen=True)
class Done:
    """A task this person completed today."""

    listed: Listed
    outcome: str
    minutes: int
    at: dt.datetime


@dataclass(frozen=True)
class News:
    """What changed on a worklist since it was read: tasks that came to it, and how many stand on it now.

    `urgent` counts those among the arrivals that must be done now (band 1), `risen` those that
    must be done now because their practice told more.
    """

    arrived: int
    urgent: int
    standing: int
    risen: int = 0


def visible(ref: str, *, by: Actor, lock: bool = False) -> Task:
    """Return a task to hub staff: leads see all, clinicians those of practices they work in.

    `ref` may be in any case, with or without its dash.

    Raises:
        NotFound: there is none, or it is not theirs to see (the same sentence).
    """
    task = placing.get(_as_kept(ref), lock=lock)
    if not by.has(Role.LEAD) and not _works_in(by, task.practice_id):
        # Row-level security also shows the practices for which this person raises requests.
        raise NotFound(placing.GONE)
    return task


def _as_kept(ref: str) -> str:
    """Return a reference as we write it, however it was typed into the address."""
    try:
        return parse_reference(ref)
    except ValueError:
        return ref


def in_reach(by: Actor) -> ColumnElement[bool]:
    """Return the condition that a task's practice is one this person works in (leads: any)."""
    if by.has(Role.LEAD):
        return Task.practice_id.is_not(None)
    return Task.practice_id.in_(
        select(PracticeAccess.practice_id).where(
            PracticeAccess.user_id == by.user_id, PracticeAccess.role == Role.CLINICIAN
        )
    )


def mine(user_id: int) -> list[Listed]:
    """Return what stands on this person's worklist, in the one order that all lists share."""
    query = (
        select(
            Task,
            Practice,
            _back_since(),
            _last_chase(),
            _giver(),
            last_call(),
            *mark_columns(),
            new_to(user_id),
        )
        .join(Practice, Practice.id == Task.practice_id)
        .where(Task.assignee_id == user_id, Task.status.in_(MINE))
        .options(*WITH_PATIENT)
    )
    found = db.session.execute(order_queries.in_order(query)).all()
    return [
        replace(
            one,
            back=row[2] or "",
            chase=records.unsealed(one.task, row[3], records.REASON),
            given_by=row[4] or "",
            escalated=row[5],
            marks=mark_queries.Names(row[6] or "", row[7] or ""),
            news=row[8],
        )
        for one, row in zip(listed(found), found, strict=True)
    ]


def mark_columns() -> tuple[ColumnElement[str | None], ColumnElement[str | None]]:
    """Return the expressions of `Listed.marks` for a row's task."""
    return mark_queries.set_by(), mark_queries.kept_for()


def _last_chase() -> ScalarSelect[bytes | None]:
    """Return the expression of the reason, sealed, with which a row's task was last chased."""
    last = select(Event.reason_sealed).where(Event.task_id == Task.id, Event.kind == Act.CHASED)
    return last.order_by(Event.seq.desc()).limit(1).correlate(Task).scalar_subquery()


def _back_since() -> ScalarSelect[str]:
    """Return the expression of `Listed.back` for a row's task."""
    what = case(
        (Event.kind == Act.ANSWERED, "answered"),
        (Event.kind != Act.WOKEN, ""),
        (Event.actor_id.is_(None), "chase"),
        else_=func.coalesce(Event.data["after"].astext, "answered"),
    )
    last = select(what).where(Event.task_id == Task.id, Event.kind.in_(_BACK))
    return last.order_by(Event.seq.desc()).limit(1).correlate(Task).scalar_subquery()


def _giver() -> ScalarSelect[str]:
    """Return the expression of `Listed.given_by` for a row's task."""
    last = select(Event.actor_id).where(Event.task_id == Task.id, Event.kind.in_(_COMINGS))
    giver = last.order_by(Event.seq.desc()).limit(1).correlate(Task).scalar_subquery()
    named = select(User.name).where(User.id == giver, User.id != Task.assignee_id)
    return named.correlate(Task).scalar_subquery()


def last_call() -> ScalarSelect[Any]:
    """Return the expression of `Listed.escalated` for a row's task."""
    last = select(Event.data).where(Event.task_id == Task.id, Event.kind == Act.ESCALATED)
    return last.order_by(Event.seq.desc()).limit(1).correlate(Task).scalar_subquery()


def listed(rows: Iterable[Any]) -> list[Listed]:
    """Return rows of (task, practice) as a list shows them; patients and keys must be loaded."""
    return [
        Listed(task, practice, kind_of(task), records.identity_of(task.patient) if task.patient else None)
        for task, practice in (row[:2] for row in rows)
    ]


def done_today(user_id: int) -> list[Done]:
    """Return what this person completed since midnight in London, latest first."""
    since = start_of_day(clock.now().astimezone(LONDON).date())
    query = (
        select(Task, Practice, OutcomeRecord)
        .join(Practice, Practice.id == Task.practice_id)
        .join(OutcomeRecord, OutcomeRecord.task_id == Task.id)
        .where(OutcomeRecord.by_id == user_id, OutcomeRecord.at >= since)
        .options(*WITH_PATIENT)
        .order_by(OutcomeRecord.at.desc(), Task.id)
    )
    found = db.session.execute(query).unique().all()
    return [
        Done(one, one.kind.outcome(row[2].code).label, row[2].minutes, row[2].at)
        for one, row in zip(listed(found), found, strict=True)
    ]


def news(user_id: int, since: dt.datetime) -> News:
    """Return what others put on this worklist since `since`, and how many tasks stand on it now."""
    on_list = (Task.assignee_id == user_id, Task.status.in_(MINE))
    happened = select(Event.task_id).where(
        Event.task_id == Task.id, Event.at > since, Event.actor_id.is_distinct_from(user_id)
    )
    arrival = happened.where(Event.kind.in_(_ARRIVALS)).exists()
    lifted = Event.data["band"].as_integer() < Event.data["band_before"].as_integer()
    rise = happened.where(Event.kind.in_(_TELLS_MORE), lifted).exists()
    counts = (
        func.count().filter(arrival),
        func.count().filter(arrival, Task.effective_band == Band.NOW),
        func.count(),
        func.count().filter(rise, Task.effective_band == Band.NOW),
    )
    row = db.session.execute(select(*counts).select_from(Task).where(*on_list)).one()
    return News(arrived=row[0], urgent=row[1], standing=row[2], risen=row[3])


def in_progress(user_id: int, *, lock: bool = False) -> Task | None:
    """Return the one task this person has in progress, or None."""
    query = select(Task).where(Task.assignee_id == user_id, Task.status == Status.IN_PROGRESS)
    query = query.options(joinedload(Task.data_key))
    if lock:
        query = query.with_for_update(of=Task).execution_options(populate_existing=True)
    return db.session.scalars(query).unique().one_or_none()


def first_of(user_id: int) -> Task | None:
    """Return the task at the top of this person's list: the one in progress, else the first in order."""
    query = (
        select(Task)
        .where(Task.assignee_id == user_id, Task.status.in_((Status.IN_PROGRESS, Status.ASSIGNED)))
        .order_by(Task.status != Status.IN_PROGRESS)
        .limit(1)
    )
    return db.session.scalars(order_queries.in_order(query)).one_or_none()


def was_given_by_hand(task: Task) -> bool:
    """Say whether a lead put the task on the list it stands on, with a reason that outweighs soft rungs."""
    query = (
        select(Event.actor_id)
        .where(Event.task_id == task.id, Event.kind.in_(_COMINGS))
        .order_by(Event.seq.desc())
        .limit(1)
    )
    giver = db.session.scalar(query)
    return giver is not None and giver != task.assignee_id


def chase_times(task: Task) -> tuple[dt.datetime, ...]:
    """Return the moments until which this task may wait, soonest first (see `domain.chasing`)."""
    now = clock.now()
    today = now.astimezone(LONDON).date()
    staffed = staff_queries.staffed(today, today + dt.timedelta(days=CHASE_DAYS))
    return chase_moments(
        now,
        deadline_at=task.deadline_at,
        working_due_at=task.working_due_at,
        staffed=staffed or None,
        hub_calendar=placing.hub_calendar(),
        most_working_days=placing.policy().chase_working_days_max,
    )


def _works_in(by: Actor, practice_id: int) -> bool:
    query = select(PracticeAccess.practice_id).where(
        PracticeAccess.user_id == by.user_id,
        PracticeAccess.practice_id == practice_id,
        PracticeAccess.role == Role.CLINICIAN,
    )
    return db.session.scalar(query) is not None
