"""Plans as stored: the newest ones, one with its moves, and the tasks of moves as they stand now."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, joinedload

from hub.domain.errors import NotFound
from hub.extensions import db
from hub.models import Plan, PlanMove, Practice, Task, User

BUSY = ("asked", "applying", "undoing")
SHOWN = 500  # moves on one page; more are applied all together


@dataclass(frozen=True)
class Moves:
    """The moves of a plan, the first `SHOWN` of them, and how many there are in each state.

    `first` counts those of tasks that nobody had: they are first given to someone.
    """

    rows: list[Any]
    total: int
    first: int
    applied: int
    undone: int
    refused: int


def plan(plan_id: int, *, lock: bool = False) -> Plan:
    """Return a plan, locked if it is to be changed.

    Raises:
        NotFound: there is none.
    """
    query = select(Plan).where(Plan.id == plan_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is no such plan.")
    return found


def busy() -> Plan | None:
    """Return the plan that a job is at work on, or None."""
    query = select(Plan).where(Plan.status.in_(BUSY)).order_by(Plan.id.desc()).limit(1)
    return db.session.scalars(query).one_or_none()


def newest(limit: int = 20) -> list[Any]:
    """Return the newest plans with who asked for them and how many moves they have."""
    moves = select(func.count()).where(PlanMove.plan_id == Plan.id).correlate(Plan).scalar_subquery()
    query = (
        select(Plan.id, Plan.status, Plan.asked_at, User.name.label("by"), moves.label("moves"))
        .join(User, User.id == Plan.asked_by_id)
        .order_by(Plan.id.desc())
        .limit(limit)
    )
    return list(db.session.execute(query))


def moves_of(plan_id: int) -> Moves:
    """Return the plan's moves, in the order in which the plan gave them."""
    former, coming = aliased(User), aliased(User)
    query = (
        select(
            PlanMove.id, PlanMove.minutes, PlanMove.reasons, PlanMove.chosen, PlanMove.applied_at,
            PlanMove.undone_at, PlanMove.refused, PlanMove.from_id, PlanMove.to_id, Task.ref, Task.kind,
            Practice.name.label("practice"), former.name.label("from_name"), coming.name.label("to_name"),
        )
        .join(Task, Task.id == PlanMove.task_id)
        .join(Practice, Practice.id == PlanMove.practice_id)
        .outerjoin(former, former.id == PlanMove.from_id)
        .outerjoin(coming, coming.id == PlanMove.to_id)
        .where(PlanMove.plan_id == plan_id)
        .order_by(PlanMove.id)
        .limit(SHOWN)
    )  # fmt: skip
    undone = func.count().filter(PlanMove.undone_at.is_not(None))
    applied = func.count().filter(PlanMove.applied_at.is_not(None))
    refused = func.count().filter(PlanMove.refused != "")
    first = func.count().filter(PlanMove.from_id.is_(None))
    counted = select(func.count(), first, applied, undone, refused).where(PlanMove.plan_id == plan_id)
    return Moves(list(db.session.execute(query)), *db.session.execute(counted).one())


def to_apply(plan_id: int, limit: int) -> list[PlanMove]:
    """Return the next chosen moves that were neither applied nor refused."""
    query = select(PlanMove).where(
        PlanMove.plan_id == plan_id, PlanMove.chosen, PlanMove.applied_at.is_(None), PlanMove.refused == ""
    )
    return list(db.session.scalars(query.order_by(PlanMove.id).limit(limit)))


def to_undo(plan_id: int, limit: int) -> list[PlanMove]:
    """Return the next applied moves that are not undone, the last first."""
    query = select(PlanMove).where(
        PlanMove.plan_id == plan_id,
        PlanMove.applied_at.is_not(None),
        PlanMove.undone_at.is_(None),
        PlanMove.refused == "",
    )
    return list(db.session.scalars(query.order_by(PlanMove.id.desc()).limit(limit)))


def locked(task_ids: list[int]) -> dict[int, Task]:
    """Return these tasks by id, locked in the order of their ids, their keys loaded."""
    query = select(Task).where(Task.id.in_(task_ids)).order_by(Task.id).options(joinedload(Task.data_key))
    query = query.with_for_update(of=Task).execution_options(populate_existing=True)
    return {task.id: task for task in db.session.scalars(query).unique()}
