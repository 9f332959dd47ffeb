"""What waits and who could take it, read as the rules of `domain.assignment` want it."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on

from hub.domain.assignment import Waiting, Worklist
from hub.domain.eligibility import Person
from hub.domain.lifecycle import Act
from hub.domain.routing import Needs, what_words
from hub.domain.vocabulary import Band, Profession, Status
from hub.domain.worktime import LONDON, start_of_day
from hub.extensions import clock, db
from hub.models import Event, OutcomeRecord, Practice, Task
from hub.placing import order_queries, queries, staff_queries
from hub.protocols.queries import kind_of

# How many waiting tasks are read at once: for everybody, and for one person; and what counts as lately.
WINDOW = 5000
NARROW = 100
EVERYTHING = 1_000_000
LATELY = dt.timedelta(days=14)

WAITING_COLUMNS = (
    Task.id, Task.version, Task.practice_id, Task.patient_id, Task.queue, Task.professions,
    Task.needs_prescriber, Task.competences, Task.minutes, Task.effective_band, Task.deadline_at,
    Task.working_due_at, Task.due_at, Task.raised_at, Task.not_back_to, Task.kind, Task.kind_version,
    Task.subtype, Task.override_first, Task.reserved_for_id, Task.bundle,
    Practice.name.label("practice_name"),
)  # fmt: skip


def waiting(*conditions: ColumnElement[bool], limit: int | None = None) -> list[Any]:
    """Return the queued tasks of practices that are not held, first in order, as rows; `WINDOW` at most."""
    order = order_queries.Order()
    query = (
        _rows(order)
        .where(Task.status == Status.QUEUED, Practice.held_since.is_(None), *conditions)
        .limit(limit or WINDOW)
    )
    return list(db.session.execute(order.sorted(query)))


def _rows(order: order_queries.Order) -> Select[*tuple[Any, ...]]:
    columns = order.index.label("pool_index"), order.past_ceiling.label("past_ceiling")
    return select(*WAITING_COLUMNS, *columns).join(Practice, Practice.id == Task.practice_id)


def waiting_for(person: Person, today: dt.date, limit: int = NARROW) -> list[Any]:
    """Return what waits and could be for this person, first in order, as rows.

    Only narrows what is read, so that nobody's work hides behind thousands of tasks that
    are not for them; the rules in `domain.eligibility` still judge every row.
    """
    return waiting(
        staff_queries.might_be_for(person, today),
        or_(Task.minutes <= person.minutes_left - person.bound_minutes, Task.effective_band == Band.NOW),
        or_(
            Task.reserved_for_id.is_(None),
            Task.reserved_for_id == person.id,
            Task.effective_band == Band.NOW,
        ),
        limit=limit,
    )


def as_waiting(row: Any) -> Waiting:
    """Return a row of `WAITING_COLUMNS` as the rules see it; its place in the order where it was read."""
    needs = Needs(
        practice_id=row.practice_id,
        practice_name=row.practice_name,
        queue=row.queue,
        professions=tuple(Profession(one) for one in row.professions),
        needs_prescriber=row.needs_prescriber,
        competences=tuple(row.competences),
        minutes=row.minutes,
        band=Band(row.effective_band),
        kind=row.kind,
        subtype=row.subtype,
        what=what_words(kind_of(row), row.subtype),
    )
    return Waiting(
        id=row.id,
        needs=needs,
        band=Band(row.effective_band),
        deadline_at=row.deadline_at,
        working_due_at=row.working_due_at,
        due_at=row.due_at,
        raised_at=row.raised_at,
        patient_id=row.patient_id,
        practice_id=row.practice_id,
        held=False,
        excluded_ids=frozenset(row.not_back_to),
        index=getattr(row, "pool_index", 0),
        first=row.override_first,
        past_ceiling=getattr(row, "past_ceiling", 0),
        reserved_for=row.reserved_for_id,
        bundle=row.bundle,
    )


def worklists(user_ids: Collection[int]) -> list[Worklist]:
    """Return these clinicians with what they carry now, for giving them more."""
    held, done = _on_worklists(user_ids), _done_lately(user_ids)
    return [
        Worklist(
            person,
            person.bound_minutes,
            frozenset(row.practice_id for row in held[person.id]),
            frozenset(row.patient_id for row in held[person.id] if row.patient_id),
            *done.get(person.id, (None, 0)),
        )
        for person in staff_queries.people(user_ids)
    ]


def longest_overdue(limit: int = NARROW) -> list[Any]:
    """Return what is furthest past its age ceiling, as rows, for the reserve to draw on."""
    order = order_queries.Order()
    query = (
        _rows(order)
        .where(Task.status == Status.QUEUED, Practice.held_since.is_(None), order.past_ceiling > 0)
        .where(Task.effective_band > order.policy.hard_bands)
        .order_by(order.past_ceiling.desc(), Task.id)
        .limit(limit)
    )
    return list(db.session.execute(query))


def _done_lately(user_ids: Collection[int]) -> dict[int, tuple[int | None, int]]:
    """Return for each person the practice they last completed something for today, and how many unpleasant
    tasks they completed lately; whoever completed nothing is absent."""
    now = clock.now()
    today = start_of_day(now.astimezone(LONDON).date())
    unpleasant = Task.kind.in_(queries.policy().order.unpleasant_kinds)
    last_first = aggregate_order_by(OutcomeRecord.practice_id, OutcomeRecord.at.desc())
    practices = func.array_agg(last_first).filter(OutcomeRecord.at >= today)
    query = (
        select(OutcomeRecord.by_id, practices.label("practices"), func.count().filter(unpleasant))
        .join(Task, Task.id == OutcomeRecord.task_id)
        .where(OutcomeRecord.by_id.in_(user_ids), OutcomeRecord.at >= now - LATELY)
        .group_by(OutcomeRecord.by_id)
    )
    return {row[0]: (row[1][0] if row[1] else None, row[2]) for row in db.session.execute(query)}


def given_by_hand(task_ids: Collection[int]) -> set[int]:
    """Return which of these tasks a lead put on the list they stand on, with a reason."""
    gifts = (Act.ASSIGNED, Act.MOVED, Act.TAKEN, Act.WOKEN)
    newest = (
        select(Event.task_id, Event.kind, Event.actor_id)
        .where(Event.task_id.in_(task_ids), Event.kind.in_(gifts))
        .ext(distinct_on(Event.task_id))
        .order_by(Event.task_id, Event.seq.desc())
        .subquery()
    )
    query = (
        select(Task.id)
        .join(newest, newest.c.task_id == Task.id)
        .where(newest.c.kind.in_((Act.ASSIGNED, Act.MOVED)), newest.c.actor_id.is_not(None))
        .where(newest.c.actor_id != Task.assignee_id)
    )
    return set(db.session.scalars(query))


def _on_worklists(user_ids: Collection[int]) -> dict[int, list[Any]]:
    query = select(Task.assignee_id, Task.practice_id, Task.patient_id).where(
        Task.assignee_id.in_(user_ids), Task.status.in_(staff_queries.BOUND)
    )
    found: dict[int, list[Any]] = {user_id: [] for user_id in user_ids}
    for row in db.session.execute(query):
        found[row.assignee_id].append(row)
    return found
