"""What work takes at a practice: the figures placing plans with, and the outcomes behind each of them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import Integer, Row, and_, case, func, lateral, or_, select, text, true
from sqlalchemy.dialects.postgresql import aggregate_order_by

from hub.domain.errors import NotFound
from hub.domain.learning import Figure, Usual
from hub.domain.lifecycle import Act
from hub.domain.routing import Routed
from hub.extensions import db
from hub.models import Event, LearnedMinutes, OutcomeRecord, Practice, Task, User

PAGE = 50
PATIENCE = "set local statement_timeout = '5min'"  # half a year's outcomes, at night; a page may not wait
TELLS = "minutes"  # the key of an event's data under which a learned figure was used


# Events that say how many minutes are planned; routing anew does so only where it plans others.
_PLANS = or_(
    Event.kind.in_((Act.PLACED, Act.HANDED_OVER)),
    and_(Event.kind == Act.ROUTED_ANEW, Event.data.has_key(TELLS)),
)


class Sort(NamedTuple):
    """A sort of work at a practice: what its minutes are learned for."""

    practice_id: int
    kind: str
    subtype: str
    stage: int
    planned: int


_SORT = (
    LearnedMinutes.practice_id, LearnedMinutes.kind, LearnedMinutes.subtype, LearnedMinutes.stage,
    LearnedMinutes.planned,
)  # fmt: skip


class Figures:
    """Figures by sort of work, read once."""

    def __init__(self, rows: Iterable[LearnedMinutes]) -> None:
        self._known = {_sort_of(row): figure_of(row) for row in rows}

    def usual(self, practice_id: int, kind: str, subtype: str, stage: int) -> Usual:
        """Return what `routing.route` asks: given planned minutes, the figure, or None."""
        return lambda planned: self._known.get(Sort(practice_id, kind, subtype, stage, planned))


def figures(practice_id: int | None = None) -> Figures:
    """Return the figures of one practice, or of all."""
    query = select(LearnedMinutes)
    if practice_id is not None:
        query = query.where(LearnedMinutes.practice_id == practice_id)
    return Figures(db.session.scalars(query))


def figure_of(row: LearnedMinutes) -> Figure:
    """Return a stored figure as the rules see it."""
    return Figure(row.minutes, row.planned, row.done, Fraction(row.median))


def _sort_of(row: LearnedMinutes) -> Sort:
    return Sort(row.practice_id, row.kind, row.subtype, row.stage, row.planned)


def told(routed: Routed) -> dict[str, dict[str, int]]:
    """Return what the event that places a task so keeps of the figure it was planned with, if any."""
    return {TELLS: routed.figure.told} if routed.figure is not None else {}


def planned_of(task: Task) -> int:
    """Return the minutes that kind and rules planned when the task was placed last, before learning."""
    query = (
        select(Event.data[TELLS]["planned"].as_integer())
        .where(Event.task_id == task.id, _PLANS)
        .order_by(Event.seq.desc())
        .limit(1)
    )
    return db.session.scalar(query) or task.minutes


def outcomes(since: dt.datetime, until: dt.datetime) -> list[Row[Any]]:
    """Return what was done after `since` until `until`: each sort of work with its minutes, as a list."""
    db.session.execute(text(PATIENCE))
    placed = _placing()
    planned = _planned(placed)
    sort = (Task.practice_id, Task.kind, Task.subtype, Task.stage, planned.label("planned"))
    took = func.array_agg(aggregate_order_by(OutcomeRecord.minutes, OutcomeRecord.task_id))
    query = (
        select(*sort, took.label("took"))
        .select_from(OutcomeRecord)
        .join(Task, Task.id == OutcomeRecord.task_id)
        .outerjoin(placed, true())
        .where(OutcomeRecord.at > since, OutcomeRecord.at <= until)
        .group_by(*sort)
    )
    return list(db.session.execute(query))


def _placing() -> Any:
    """The data of the event by which each task was placed last, beside its row."""
    return lateral(
        select(Event.data).where(Event.task_id == Task.id, _PLANS).order_by(Event.seq.desc()).limit(1)
    )


def _planned(placed: Any) -> Any:
    return func.coalesce(placed.c.data[TELLS]["planned"].astext.cast(Integer), Task.minutes)


def stored() -> dict[Sort, LearnedMinutes]:
    """Return every stored figure, locked against another recomputation."""
    rows = db.session.scalars(select(LearnedMinutes).order_by(LearnedMinutes.id).with_for_update())
    return {_sort_of(row): row for row in rows}


@dataclass(frozen=True)
class Page:
    """One page of figures or of tasks."""

    rows: list[Any]
    total: int
    page: int
    pages: int


def listed(page: int = 1, practice_id: int | None = None, size: int = PAGE) -> Page:
    """Return one page of figures with their practices, the furthest from the plan first."""
    apart = case(
        (
            LearnedMinutes.minutes > LearnedMinutes.planned,
            LearnedMinutes.minutes * 100 / LearnedMinutes.planned,
        ),
        else_=LearnedMinutes.planned * 100 / LearnedMinutes.minutes,
    )
    query = select(LearnedMinutes, Practice.name).join(Practice, Practice.id == LearnedMinutes.practice_id)
    if practice_id is not None:
        query = query.where(LearnedMinutes.practice_id == practice_id)
    return _page(query.order_by(apart.desc(), Practice.name, *_SORT), page, size)


def figure(figure_id: int) -> tuple[LearnedMinutes, str]:
    """Return a figure and its practice's name.

    Raises:
        NotFound: there is none (any more).
    """
    query = select(LearnedMinutes, Practice.name).join(Practice, Practice.id == LearnedMinutes.practice_id)
    row = db.session.execute(query.where(LearnedMinutes.id == figure_id)).one_or_none()
    if row is None:
        raise NotFound("This figure is no longer kept: it was worked out anew. Open the list again.")
    return row[0], row[1]


def behind(row: LearnedMinutes, page: int = 1, size: int = PAGE) -> Page:
    """Return one page of the tasks that a figure stands on, the quickest first."""
    placed = _placing()
    query = (
        select(Task.ref, OutcomeRecord.minutes, OutcomeRecord.at, User.name)
        .join(Task, Task.id == OutcomeRecord.task_id)
        .join(User, User.id == OutcomeRecord.by_id)
        .outerjoin(placed, true())
        .where(
            and_(
                Task.practice_id == row.practice_id,
                Task.kind == row.kind,
                Task.subtype == row.subtype,
                Task.stage == row.stage,
                _planned(placed) == row.planned,
            ),
            OutcomeRecord.at > row.since,
            OutcomeRecord.at <= row.until,
        )
        .order_by(OutcomeRecord.minutes, OutcomeRecord.task_id)
    )
    return _page(query, page, size)


def _page(query: Any, page: int, size: int) -> Page:
    """Return a page of a query; one that does not exist is the first."""
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = max(-(-total // size), 1)
    page = page if 1 <= page <= pages else 1
    return Page(list(db.session.execute(query.limit(size).offset((page - 1) * size))), total, page, pages)
