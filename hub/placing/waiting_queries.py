"""What waits and who could take it, read as the rules of `domain.assignment` want it."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from hub.domain.assignment import Waiting, Worklist
from hub.domain.eligibility import Person
from hub.domain.lifecycle import Act
from hub.domain.routing import Needs, what_words
from hub.domain.vocabulary import Band, Profession, Status
from hub.extensions import db
from hub.models import Event, Practice, Task
from hub.placing import queries, staff_queries
from hub.protocols.queries import kind_of

# How many waiting tasks are read at once: for everybody, and for one person.
WINDOW = 5000
NARROW = 100

WAITING_COLUMNS = (
    Task.id, Task.version, Task.practice_id, Task.patient_id, Task.queue, Task.professions,
    Task.needs_prescriber, Task.competences, Task.minutes, Task.band, Task.deadline_at, Task.working_due_at,
    Task.due_at, Task.raised_at, Task.not_back_to, Task.kind, Task.kind_version, Task.subtype,
    Practice.name.label("practice_name"),
)  # fmt: skip


def waiting(*conditions: ColumnElement[bool], limit: int | None = None) -> list[Any]:
    """Return the queued tasks of practices that are not held, first in order, as rows; `WINDOW` at most."""
    query = (
        select(*WAITING_COLUMNS)
        .join(Practice, Practice.id == Task.practice_id)
        .where(Task.status == Status.QUEUED, Practice.held_since.is_(None), *conditions)
        .order_by(*queries.order_by())
        .limit(limit or WINDOW)
    )
    return list(db.session.execute(query))


def waiting_for(person: Person, today: dt.date, limit: int = NARROW) -> list[Any]:
    """Return what waits and could be for this person, first in order, as rows.

    Only narrows what is read, so that nobody's work hides behind thousands of tasks that
    are not for them; the rules in `domain.eligibility` still judge every row.
    """
    return waiting(
        staff_queries.might_be_for(person, today),
        or_(Task.minutes <= person.minutes_left - person.bound_minutes, Task.band == Band.NOW),
        limit=limit,
    )


def as_waiting(row: Any) -> Waiting:
    """Return a row of `WAITING_COLUMNS` as the rules see it."""
    needs = Needs(
        practice_id=row.practice_id,
        practice_name=row.practice_name,
        queue=row.queue,
        professions=tuple(Profession(one) for one in row.professions),
        needs_prescriber=row.needs_prescriber,
        competences=tuple(row.competences),
        minutes=row.minutes,
        band=Band(row.band),
        kind=row.kind,
        subtype=row.subtype,
        what=what_words(kind_of(row), row.subtype),
    )
    return Waiting(
        id=row.id,
        needs=needs,
        band=Band(row.band),
        deadline_at=row.deadline_at,
        working_due_at=row.working_due_at,
        due_at=row.due_at,
        raised_at=row.raised_at,
        patient_id=row.patient_id,
        practice_id=row.practice_id,
        held=False,
        excluded_ids=frozenset(row.not_back_to),
    )


def worklists(user_ids: Collection[int]) -> list[Worklist]:
    """Return these clinicians with what they carry now, for giving them more."""
    held = _on_worklists(user_ids)
    return [
        Worklist(
            person,
            person.bound_minutes,
            frozenset(row.practice_id for row in held[person.id]),
            frozenset(row.patient_id for row in held[person.id] if row.patient_id),
        )
        for person in staff_queries.people(user_ids)
    ]


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
