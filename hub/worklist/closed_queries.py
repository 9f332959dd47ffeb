"""What is completed or stopped, by day, person and practice, newest first."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.sql.selectable import LateralFromClause

from hub.domain.actor import Actor
from hub.domain.lifecycle import Act
from hub.domain.vocabulary import Role
from hub.domain.worktime import start_of_day
from hub.extensions import db
from hub.models import Event, Practice, Task, User, UserRole
from hub.worklist.queries import WITH_PATIENT, Listed, in_reach, listed

PAGE = 25


@dataclass(frozen=True)
class Filters:
    """Which closed tasks: those of the days from `first` to `last`, perhaps of one person or practice."""

    first: dt.date
    last: dt.date
    person: int | None = None
    practice: int | None = None


@dataclass(frozen=True)
class Closed:
    """A closed task and who closed it (a process of the hub: "")."""

    listed: Listed
    who: str


@dataclass(frozen=True)
class ClosedPage:
    """One page of the list, how many match in all, and where it stands (pages from 1)."""

    rows: list[Closed]
    total: int
    number: int
    pages: int


def closed(filters: Filters, *, by: Actor, page: int) -> ClosedPage:
    """Return one page; a page out of range is the first. Two statements.

    A person's are those that they completed or stopped, and those that were stopped while on
    their worklist. Whoever is no lead is shown their own only.
    """
    end = _the_end()
    where = _conditions(filters, end, by)
    joined = select(func.count()).select_from(Task)
    if _person(filters, by) is not None:
        joined = joined.join(end, true())
    total = db.session.scalar(joined.where(*where)) or 0
    pages = max(-(-total // PAGE), 1)
    number = page if 1 <= page <= pages else 1
    query = (
        select(Task, Practice, User.name)
        .join(Practice, Practice.id == Task.practice_id)
        .join(end, true())
        .outerjoin(User, User.id == end.c.actor_id)
        .where(*where)
        .options(*WITH_PATIENT)
        .order_by(Task.closed_at.desc(), Task.id.desc())
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    )
    found = db.session.execute(query).all()
    rows = [Closed(one, row[2] or "") for one, row in zip(listed(found), found, strict=True)]
    return ClosedPage(rows, total, number, pages)


def people() -> Sequence[Any]:
    """Return (id, name) of everyone who is or was a clinician of the hub, by name."""
    query = select(User.id, User.name).join(UserRole, UserRole.user_id == User.id)
    return db.session.execute(query.where(UserRole.role == Role.CLINICIAN).order_by(User.name, User.id)).all()


def _the_end() -> LateralFromClause:
    """Return the event that closed a row's task: the last one, as a task may have been opened again."""
    last = select(Event.actor_id, Event.data).where(
        Event.task_id == Task.id, Event.kind.in_((Act.COMPLETED, Act.CANCELLED))
    )
    return last.order_by(Event.seq.desc()).limit(1).correlate(Task).lateral("the_end")


def _person(filters: Filters, by: Actor) -> int | None:
    return filters.person if by.has(Role.LEAD) else by.user_id


def _conditions(filters: Filters, end: LateralFromClause, by: Actor) -> list[ColumnElement[bool]]:
    found = [
        Task.closed_at >= start_of_day(filters.first),
        Task.closed_at < start_of_day(filters.last + dt.timedelta(days=1)),
        in_reach(by),
    ]
    person = _person(filters, by)
    if person is not None:
        found.append(or_(end.c.actor_id == person, end.c.data["from"].astext == str(person)))
    if filters.practice is not None:
        found.append(Task.practice_id == filters.practice)
    return found
