"""What a practice sees of itself: who looked at its requests, and what is open when it closes."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from hub.domain.vocabulary import OPEN_STATUSES, Role
from hub.domain.worktime import start_of_day
from hub.extensions import db
from hub.models import AccessLog, Practice, PracticeAccess, Task, User

PER_PAGE = 50
MOST_OPEN = 2000


@dataclass(frozen=True)
class Looked:
    """One page of the access log: rows of (AccessLog, who, reference or None), newest first."""

    rows: list[Row[Any]]
    total: int
    page: int
    pages: int


def request_named(practice_id: int, ref: str) -> int | None:
    """Return the id of this practice's request with this reference; None if it has none."""
    return db.session.scalar(select(Task.id).where(Task.practice_id == practice_id, Task.ref == ref))


def looked(
    practice_id: int,
    *,
    user_id: int | None,
    day: dt.date | None,
    page: int,
    task_id: int | None = None,
    not_own: bool = False,
) -> Looked:
    """Return who looked at a practice's requests (this person, on this day, at this one); two statements.

    `not_own` leaves out who raises requests for the practice today: its own staff and deputies.
    """
    where = [AccessLog.practice_id == practice_id]
    if user_id is not None:
        where.append(AccessLog.user_id == user_id)
    if day is not None:
        where += [
            AccessLog.at >= start_of_day(day),
            AccessLog.at < start_of_day(day + dt.timedelta(days=1)),
        ]
    if task_id is not None:
        where.append(AccessLog.task_id == task_id)
    if not_own:
        own = select(PracticeAccess.user_id).where(
            PracticeAccess.practice_id == practice_id, PracticeAccess.role == Role.REQUESTER
        )
        where.append(AccessLog.user_id.not_in(own))
    total = db.session.scalar(select(func.count()).select_from(AccessLog).where(*where)) or 0
    pages = max(1, -(-total // PER_PAGE))
    page = page if 1 <= page <= pages else 1
    query = (
        select(AccessLog, User.name, Task.ref)
        .join(User, User.id == AccessLog.user_id)
        .outerjoin(Task, Task.id == AccessLog.task_id)
        .where(*where)
        .order_by(AccessLog.at.desc(), AccessLog.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return Looked(list(db.session.execute(query)), total, page, pages)


def who_looked(practice_id: int) -> list[Row[Any]]:
    """Return who is in a practice's access log, by name: (id, name)."""
    seen = select(AccessLog.user_id).where(AccessLog.practice_id == practice_id)
    query = select(User.id, User.name).where(User.id.in_(seen)).order_by(User.name, User.id)
    return list(db.session.execute(query))


def open_work(practice_id: int) -> list[Task]:
    """Return a practice's open requests, what is due first first; `MOST_OPEN` at most."""
    query = (
        select(Task)
        .where(Task.practice_id == practice_id, Task.status.in_(OPEN_STATUSES))
        .order_by(Task.due_at, Task.id)
        .limit(MOST_OPEN)
    )
    return list(db.session.scalars(query))


def successor_of(practice: Practice) -> Practice | None:
    """Return who follows a practice that closes, or None."""
    return db.session.get(Practice, practice.successor_id) if practice.successor_id else None
