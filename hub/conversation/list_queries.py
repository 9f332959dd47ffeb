"""A practice's list of requests: filters whose counts are exactly their rows, in the order of its page."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from hub.domain.vocabulary import OPEN_STATUSES, Status
from hub.extensions import db
from hub.models import Message, Patient, Practice, Task, ToDo, User

PAGE = 25
SHOWS = ("open", "needs", "done", "stopped", "all")


def counts(practice_ids: Collection[int], kind: str = "") -> dict[str, int]:
    """Return how many requests each of `SHOWS` lists, and of the open ones how many were sent back
    ("sent_back") and how many are done but for the practice's to-dos ("to_do"); one statement."""
    columns = [func.count().filter(_shown(show, practice_ids)).label(show) for show in SHOWS]
    left = Task.status.not_in(OPEN_STATUSES), Task.id.in_(_with_open_to_do(practice_ids))
    columns.append(func.count().filter(*left).label("to_do"))
    columns.append(func.count().filter(Task.status == Status.SENT_BACK).label("sent_back"))
    query = select(*columns).select_from(Task).where(_whose(practice_ids, kind))
    return dict(db.session.execute(query).one()._mapping)


def listed(practice_ids: Collection[int], show: str, kind: str, page: int) -> list[Any]:
    """Return one page of requests as rows (task, flags, names), what needs the practice first.

    Each row's task has its patient and keys loaded; one statement, however many rows.
    """
    needs = _shown("needs", practice_ids)
    query = _rows(practice_ids).where(_whose(practice_ids, kind), _shown(show, practice_ids))
    query = query.order_by(*_order(show, needs)).limit(PAGE).offset((page - 1) * PAGE)
    return list(db.session.execute(query))


def matching(practice_ids: Collection[int], fits: ColumnElement[bool], *, limit: int) -> list[Any]:
    """Return rows as `listed` does of the requests that fit, open ones first, then the newest."""
    closed = Task.status.not_in(OPEN_STATUSES)
    query = _rows(practice_ids).where(_whose(practice_ids, ""), fits).limit(limit)
    return list(db.session.execute(query.order_by(closed, Task.raised_at.desc(), Task.id.desc())))


def _rows(practice_ids: Collection[int]) -> Select[Any]:
    needs = _shown("needs", practice_ids)
    return (
        select(
            Task,
            needs.label("needs_you"),
            Task.id.in_(_with_open_question(practice_ids)).label("has_question"),
            _open_to_dos().label("to_dos"),
            User.name.label("assignee"),
            User.profession,
            Practice.name.label("practice"),
            Practice.held_since,
        )
        .outerjoin(Task.patient)
        .outerjoin(User, User.id == Task.assignee_id)
        .join(Practice, Practice.id == Task.practice_id)
        .options(contains_eager(Task.patient).joinedload(Patient.data_key), joinedload(Task.data_key))
    )


def _whose(practice_ids: Collection[int], kind: str) -> ColumnElement[bool]:
    mine = Task.practice_id.in_(practice_ids)
    return and_(mine, Task.kind == kind) if kind else mine


def _with_open_question(practice_ids: Collection[int]) -> Select[Any]:
    return select(Message.task_id).where(
        Message.practice_id.in_(practice_ids), Message.from_hub, Message.answered_at.is_(None)
    )


def _with_open_to_do(practice_ids: Collection[int]) -> Select[Any]:
    return select(ToDo.task_id).where(ToDo.practice_id.in_(practice_ids), ToDo.ticked_at.is_(None))


def _open_to_dos() -> Any:
    query = select(func.count()).where(ToDo.task_id == Task.id, ToDo.ticked_at.is_(None))
    return query.correlate(Task).scalar_subquery()


def _shown(show: str, practice_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition of one filter. Open, done and stopped share out all requests.

    A completed request with something left for the practice to do counts as open: it is not over for them.
    """
    is_open = Task.status.in_(OPEN_STATUSES)
    to_do = Task.id.in_(_with_open_to_do(practice_ids))
    conditions: dict[str, ColumnElement[bool]] = {
        "open": or_(is_open, to_do),
        "needs": or_(
            Task.status == Status.SENT_BACK,
            and_(is_open, Task.id.in_(_with_open_question(practice_ids))),
            to_do,
        ),
        "done": and_(Task.status == Status.COMPLETED, ~to_do),
        "stopped": and_(Task.status == Status.CANCELLED, ~to_do),
        "all": Task.id.is_not(None),
    }
    return conditions[show]


def _order(show: str, needs: ColumnElement[bool]) -> Sequence[Any]:
    if show in ("done", "stopped"):
        return (Task.closed_at.desc(), Task.id.desc())
    if show == "all":
        return (Task.raised_at.desc(), Task.id.desc())
    return (case((needs, 0), else_=1), Task.due_at, Task.id)
