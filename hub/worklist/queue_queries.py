"""The queues: how much waits in each, and its tasks one by one, filtered in SQL so that counts agree."""

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, or_, select

from hub.domain.actor import Actor
from hub.domain.eligibility import Person
from hub.domain.vocabulary import Role, Status
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Practice, PracticeAccess, Task
from hub.placing import mark_queries, order_queries, staff_queries
from hub.worklist.queries import WITH_PATIENT, Listed, in_reach, last_call, listed, mark_columns

PAGE = 25


@dataclass(frozen=True)
class Load:
    """What waits in one queue."""

    queue: str
    waiting: int
    minutes: int
    soon: int
    late: int
    oldest: dt.datetime


@dataclass(frozen=True)
class Filters:
    """How a queue is narrowed; None and "" mean not at all. `fits` keeps what this person could do."""

    practice_id: int | None = None
    kind: str = ""
    band: int | None = None
    fits: Person | None = None


@dataclass(frozen=True)
class Page:
    """One page of a queue: its rows, how many match in all, and where it stands (pages from 1)."""

    rows: list[Listed]
    total: int
    number: int
    pages: int

    @property
    def first_position(self) -> int:
        """Return the place of the first row in the whole list, from 1."""
        return (self.number - 1) * PAGE + 1


def loads(by: Actor) -> dict[str, Load]:
    """Return what waits in each queue, as far as this person may see; queues with nothing are absent."""
    now = clock.now()
    late = or_(Task.due_at <= now, Task.deadline_at <= now)
    query = (
        select(
            Task.queue,
            func.count().label("waiting"),
            func.sum(Task.minutes).label("minutes"),
            func.count().filter(Task.effective_band <= 2).label("soon"),
            func.count().filter(late).label("late"),
            func.min(Task.raised_at).label("oldest"),
        )
        .where(Task.status == Status.QUEUED, in_reach(by))
        .group_by(Task.queue)
    )
    return {row.queue: Load(**row._mapping) for row in db.session.execute(query)}


def waiting_in(queue: str, filters: Filters, *, by: Actor, page: int) -> Page:
    """Return one page of the queue's waiting tasks in order; a page out of range is the first."""
    where = (Task.queue == queue, Task.status == Status.QUEUED, in_reach(by), *_conditions(filters))
    total = db.session.scalar(select(func.count()).select_from(Task).where(*where)) or 0
    pages = max(-(-total // PAGE), 1)
    number = page if 1 <= page <= pages else 1
    whole = (
        select(Task, Practice, last_call(), *mark_columns())
        .join(Practice, Practice.id == Task.practice_id)
        .options(*WITH_PATIENT)
    )  # fmt: skip
    query = order_queries.first_rows(whole, *where, limit=PAGE, offset=(number - 1) * PAGE)
    found = db.session.execute(query).all()
    rows = [
        replace(one, escalated=row[2], marks=mark_queries.Names(row[3] or "", row[4] or ""))
        for one, row in zip(listed(found), found, strict=True)
    ]
    return Page(rows, total, number, pages)


def kinds_in(queue: str, *, by: Actor) -> set[str]:
    """Return the codes of the kinds that wait in this queue now, as far as this person may see."""
    query = select(Task.kind).where(Task.queue == queue, Task.status == Status.QUEUED, in_reach(by))
    return set(db.session.scalars(query.distinct()))


def could_do(person: Person) -> ColumnElement[bool]:
    """Return the hard rungs of `domain.eligibility` as a condition on tasks, for counting and paging."""
    return staff_queries.hard_rungs(person, clock.now().astimezone(LONDON).date())


def practices(by: Actor) -> list[Practice]:
    """Return the practices whose queues this person may see, by name."""
    query = select(Practice).where(Practice.served)
    if not by.has(Role.LEAD):
        query = query.join(PracticeAccess, PracticeAccess.practice_id == Practice.id).where(
            PracticeAccess.user_id == by.user_id, PracticeAccess.role == Role.CLINICIAN
        )
    return list(db.session.scalars(query.order_by(Practice.name, Practice.id)))


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.practice_id is not None:
        conditions.append(Task.practice_id == filters.practice_id)
    if filters.kind:
        conditions.append(Task.kind == filters.kind)
    if filters.band is not None:
        conditions.append(Task.effective_band == filters.band)
    if filters.fits is not None:
        conditions.append(could_do(filters.fits))
    return conditions
