"""A practice's list of requests: filters whose counts are exactly their rows, in the order of its page."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from hub.conversation.wanted_queries import (
    IS_OPEN,
    Asked,
    conditions,
    with_open_question,
    with_open_to_do,
)
from hub.domain.request_list import SHOWS, Wanted
from hub.domain.vocabulary import Status
from hub.extensions import db
from hub.models import Patient, Practice, Task, ToDo, User
from hub.notices.queries import new_to, tasks_new_to

PAGE = 25


def counts(wanted: Wanted, asked: Asked) -> dict[str, int]:
    """Return how many requests each of `SHOWS` lists, and of the open ones how many were sent back
    ("sent_back") and how many are done but for the practice's to-dos ("to_do"); one statement."""
    columns = [func.count().filter(_shown(show, asked)).label(show) for show in SHOWS]
    left = not_(IS_OPEN), Task.id.in_(with_open_to_do(asked.practice_ids))
    columns.append(func.count().filter(*left).label("to_do"))
    columns.append(func.count().filter(Task.status == Status.SENT_BACK).label("sent_back"))
    query = select(*columns).select_from(Task).where(*conditions(wanted, asked))
    return dict(db.session.execute(query).one()._mapping)


def listed(wanted: Wanted, asked: Asked, page: int) -> list[Any]:
    """Return one page of requests as rows (task, flags, names), in the order that is wanted.

    Each row's task has its patient and keys loaded; one statement, however many rows.
    """
    query = chosen(wanted, asked).order_by(*_order(wanted, asked))
    return list(db.session.execute(query.limit(PAGE).offset((page - 1) * PAGE)))


def every(wanted: Wanted, asked: Asked, *, most: int, at_once: int = 500) -> Iterator[Any]:
    """Yield all rows that are wanted (at most `most`), as `listed` does, reading some at a time."""
    query = chosen(wanted, asked).order_by(*_order(wanted, asked)).limit(most)
    for rows in db.session.execute(query.execution_options(yield_per=at_once)).partitions():
        yield from rows
        for row in rows:
            db.session.expunge(row.Task)  # what has been written out need not be kept


def total(wanted: Wanted, asked: Asked) -> int:
    """Return how many requests are wanted."""
    shown = _shown(wanted.show, asked)
    query = select(func.count()).select_from(Task).where(*conditions(wanted, asked), shown)
    return db.session.scalar(query) or 0


def chosen(wanted: Wanted, asked: Asked) -> Select[Any]:
    """Return the query of the rows that are wanted, in no order."""
    shown = _shown(wanted.show, asked)
    return _rows(asked).where(*conditions(wanted, asked), shown)


def matching(asked: Asked, fits: ColumnElement[bool], *, limit: int) -> list[Any]:
    """Return rows as `listed` does of the requests that fit, open ones first, then the newest."""
    query = _rows(asked).where(Task.practice_id.in_(asked.practice_ids), fits).limit(limit)
    return list(db.session.execute(query.order_by(not_(IS_OPEN), Task.raised_at.desc(), Task.id.desc())))


def _rows(asked: Asked) -> Select[Any]:
    needs = _shown("needs", asked)
    return (
        select(
            Task,
            needs.label("needs_you"),
            Task.id.in_(with_open_question(asked.practice_ids)).label("has_question"),
            new_to(asked.user_id).label("news"),
            _open_to_dos().label("to_dos"),
            User.name.label("assignee"),
            User.profession,
            Practice.name.label("practice"),
            Practice.ods_code,
            Practice.held_since,
        )
        .outerjoin(Task.patient)
        .outerjoin(User, User.id == Task.assignee_id)
        .join(Practice, Practice.id == Task.practice_id)
        .options(contains_eager(Task.patient).joinedload(Patient.data_key), joinedload(Task.data_key))
    )


def _open_to_dos() -> Any:
    query = select(func.count()).where(ToDo.task_id == Task.id, ToDo.ticked_at.is_(None))
    return query.correlate(Task).scalar_subquery()


def _shown(show: str, asked: Asked) -> ColumnElement[bool]:
    """Return the condition of one filter. Open, done and stopped share out all requests.

    A completed request with something left for the practice to do counts as open: it is not over for them.
    """
    to_do = Task.id.in_(with_open_to_do(asked.practice_ids))
    conditions: dict[str, ColumnElement[bool]] = {
        "open": or_(IS_OPEN, to_do),
        "needs": or_(
            Task.status == Status.SENT_BACK,
            and_(IS_OPEN, Task.id.in_(with_open_question(asked.practice_ids))),
            to_do,
        ),
        "new": Task.id.in_(tasks_new_to(asked.user_id)),
        "done": and_(Task.status == Status.COMPLETED, ~to_do),
        "stopped": and_(Task.status == Status.CANCELLED, ~to_do),
        "all": Task.id.is_not(None),
    }
    return conditions[show]


def _order(wanted: Wanted, asked: Asked) -> Sequence[Any]:
    """Return the order; what it leaves alike goes by id, so that no row stands on two pages."""
    if wanted.sort:
        column = _SORTED[wanted.sort.removeprefix("-")]
        falling = wanted.sort.startswith("-")
        return ((column.desc() if falling else column.asc()).nulls_last(), Task.id)
    if wanted.show in ("done", "stopped"):
        return (Task.closed_at.desc(), Task.id.desc())
    if wanted.show == "all":
        return (Task.raised_at.desc(), Task.id.desc())
    return (case((_shown("needs", asked), 0), else_=1), Task.due_at, Task.id)


_SORTED: dict[str, Any] = {
    "due": func.least(Task.due_at, Task.deadline_at), "raised": Task.raised_at, "closed": Task.closed_at,
    "kind": Task.kind, "practice": Practice.name,
}  # fmt: skip
