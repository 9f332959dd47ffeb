"""A practice's list of requests: filters whose counts are exactly their rows, in the order of its page."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select, union_all
from sqlalchemy.orm import aliased, contains_eager, joinedload

from hub.conversation.wanted_queries import (
    IS_OPEN,
    Asked,
    conditions,
    was_stopped,
    with_open_question,
    with_open_to_do,
)
from hub.domain.request_list import SHOWS, Wanted
from hub.domain.vocabulary import OPEN_STATUSES, Status
from hub.extensions import db
from hub.models import Patient, Practice, Task, ToDo, User
from hub.notices.queries import new_to, tasks_new_to

PAGE = 25
# Made once: to make one takes longer than most queries that it is for.
_OTHER = aliased(Task)


def counts(wanted: Wanted, asked: Asked) -> dict[str, int]:
    """Return how many requests each of `SHOWS` lists, and of the open ones how many were sent back
    ("sent_back") and how many are done but for the practice's to-dos ("to_do"); one statement."""
    to_do = Task.id.in_(with_open_to_do(asked.practice_ids))
    each = {show: _shown(show, asked) for show in SHOWS}
    each |= {"to_do": and_(not_(IS_OPEN), to_do), "sent_back": Task.status == Status.SENT_BACK}
    if wanted.filters():
        columns = [func.count().filter(condition).label(name) for name, condition in each.items()]
        query = select(*columns).select_from(Task).where(*conditions(wanted, asked))
        return dict(db.session.execute(query).one()._mapping)
    return _counts_of_everything(wanted, asked, each, to_do)


def _counts_of_everything(
    wanted: Wanted, asked: Asked, each: dict[str, ColumnElement[bool]], to_do: ColumnElement[bool]
) -> dict[str, int]:
    """Return the same where nothing is filtered; an index tells how much is over, without reading it."""
    over = {"done": Status.COMPLETED, "stopped": Status.CANCELLED}
    columns: list[Any] = [
        func.count().filter(condition).label(name)
        for name, condition in each.items()
        if name not in (*over, "all")
    ]
    columns += [
        func.count().filter(and_(Task.status == one, to_do)).label(name) for name, one in over.items()
    ]
    for name, one in over.items():
        these = _OTHER.practice_id.in_(asked.practice_ids)
        number = select(func.count()).where(these, _OTHER.status == one)
        columns.append(number.scalar_subquery().label(f"{name}_in_all"))
    lively = Task.id.in_(union_all(*_ids_of_what_goes_on(asked), tasks_new_to(asked.user_id)))
    query = select(*columns).select_from(Task).where(*conditions(wanted, asked), lively)
    found = dict(db.session.execute(query).one()._mapping)
    for name in over:
        found[name] = found.pop(f"{name}_in_all") - found[name]
    return found | {"all": found["open"] + found["done"] + found["stopped"]}


def listed(wanted: Wanted, asked: Asked, page: int) -> list[Any]:
    """Return one page of requests as rows (task, flags, names), in the order that is wanted.

    Each row's task has its patient and keys loaded; one statement, however many rows.
    """
    order = _order(wanted, asked)
    # What a row shows is read for the rows of this page only.
    picked = _chosen(select(Task.id), wanted, asked).join(Practice, Practice.id == Task.practice_id)
    picked = picked.order_by(*order).limit(PAGE).offset((page - 1) * PAGE)
    return list(db.session.execute(_rows(asked).where(Task.id.in_(picked)).order_by(*order)))


def every(wanted: Wanted, asked: Asked, *, most: int, at_once: int = 500) -> Iterator[Any]:
    """Yield all rows that are wanted (at most `most`), as `listed` does, reading some at a time."""
    query = _chosen(_rows(asked), wanted, asked).order_by(*_order(wanted, asked)).limit(most)
    for rows in db.session.execute(query.execution_options(yield_per=at_once)).partitions():
        yield from rows
        for row in rows:
            db.session.expunge(row.Task)  # what has been written out need not be kept


def total(wanted: Wanted, asked: Asked) -> int:
    """Return how many requests are wanted."""
    shown = _shown(wanted.show, asked)
    query = select(func.count()).select_from(Task).where(*conditions(wanted, asked), shown)
    return db.session.scalar(query) or 0


def _chosen(query: Select[Any], wanted: Wanted, asked: Asked) -> Select[Any]:
    """Return the query with what is wanted of tasks."""
    found = query.where(*conditions(wanted, asked), _shown(wanted.show, asked))
    if wanted.show in ("open", "needs"):  # it says nothing more, but spares reading what is over
        found = found.where(Task.id.in_(union_all(*_ids_of_what_goes_on(asked))))
    return found


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


def _ids_of_what_goes_on(asked: Asked) -> tuple[Select[Any], Select[Any]]:
    """Return two queries of what is open, for the hub or for the practice, by indexes of that alone."""
    these = _OTHER.practice_id.in_(asked.practice_ids)
    still = select(_OTHER.id).where(these, _OTHER.status.in_(OPEN_STATUSES))
    return still, with_open_to_do(asked.practice_ids)


def _open_to_dos() -> Any:
    query = select(func.count()).where(ToDo.task_id == Task.id, ToDo.ticked_at.is_(None))
    return query.correlate(Task).scalar_subquery()


def _shown(show: str, asked: Asked) -> ColumnElement[bool]:
    """Return the condition of one filter. Open, done and stopped share out all requests.

    A completed request with something left for the practice to do counts as open: it is not over for them.
    """
    ids = asked.practice_ids
    if show in ("open", "needs", "done"):
        to_do = Task.id.in_(with_open_to_do(ids))
        if show == "open":
            return or_(IS_OPEN, to_do)
        if show == "done":
            return and_(Task.status == Status.COMPLETED, ~to_do)
        asks = and_(IS_OPEN, Task.id.in_(with_open_question(ids)))
        return or_(Task.status == Status.SENT_BACK, asks, to_do)
    if show == "new":
        return Task.id.in_(tasks_new_to(asked.user_id))
    return was_stopped(asked) if show == "stopped" else Task.id.is_not(None)


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
