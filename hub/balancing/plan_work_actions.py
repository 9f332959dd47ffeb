"""What jobs do with a plan: apply its moves one by one, each safe against changes since, and undo them.

Every move is an act of the lead who asked for it, with its own event. A move that does not fit
any more is left out, and says why.
"""

from collections.abc import Callable

from hub import background, records
from hub.balancing import plan_queries as queries
from hub.domain.actor import Actor
from hub.domain.errors import Conflict, HubError
from hub.domain.lifecycle import Act
from hub.domain.vocabulary import Role, Status
from hub.extensions import clock
from hub.models import Plan, PlanMove, Task
from hub.models.history import record
from hub.placing import actions as placing
from hub.placing import booking
from hub.placing.queries import names
from hub.placing.task_actions import give

CHUNK = 50  # moves in one transaction


def apply_plan(plan_id: int, part: int = 0) -> int:
    """Apply the next chosen moves; a further job goes on. Returns how many were applied."""
    return _work(plan_id, part, "applying", "applied", "apply_plan", _apply)


def undo_plan(plan_id: int, part: int = 0) -> int:
    """Take back the next applied moves; a further job goes on. Returns how many were undone."""
    return _work(plan_id, part, "undoing", "undone", "undo_plan", _undo)


def _work(
    plan_id: int, part: int, doing: str, done: str, job: str, step: Callable[[PlanMove, Task, Actor], None]
) -> int:
    plan = queries.plan(plan_id, lock=True)
    if plan.status != doing:
        return 0
    find = queries.to_apply if doing == "applying" else queries.to_undo
    moves = find(plan_id, CHUNK)
    tasks = queries.locked([move.task_id for move in moves])
    booking.lock_days({user for move in moves for user in (move.from_id, move.to_id) if user is not None})
    by, count = _lead_of(plan, doing), 0
    for move in moves:
        try:
            step(move, tasks[move.task_id], by)
            count += 1
        except HubError as refusal:
            # Guards come before changes, so nothing of this move was done.
            move.refused = str(refusal)
    if len(moves) < CHUNK:
        plan.status = done
    else:
        background.later(
            job, key=f"{job}:{plan_id}:{part + 1}", lane="upkeep", plan_id=plan_id, part=part + 1
        )
    background.later("top_up", key=f"top_up:{job}:{plan_id}:{part}")
    return count


def _apply(move: PlanMove, task: Task, by: Actor) -> None:
    _check_as_planned(move, task)
    _hand(task, move.from_id, move.to_id, f"Plan {move.plan_id}: {' '.join(move.reasons)}", move.plan_id, by)
    move.applied_at, move.applied_version = clock.now(), task.version


def _undo(move: PlanMove, task: Task, by: Actor) -> None:
    if task.assignee_id != move.to_id or task.started_at is not None or task.status not in _AT_REST:
        raise Conflict("It was not undone: somebody has worked on it or moved it since.")
    _hand(task, move.to_id, move.from_id, f"Plan {move.plan_id} was undone.", move.plan_id, by)
    move.undone_at = clock.now()


_AT_REST = (Status.QUEUED, Status.ASSIGNED)


def _check_as_planned(move: PlanMove, task: Task) -> None:
    """Raise Conflict unless the task stands as it stood when the plan was made, for all that matters here."""
    if task.status not in _AT_REST or task.assignee_id != move.from_id:
        who = names([task.assignee_id]).get(task.assignee_id or 0, "")
        where = f" It is on {who}'s worklist now." if who else ""
        raise Conflict(f"It has been moved or worked on since the plan was made.{where}")
    if task.started_at is not None:
        raise Conflict("It has been started since the plan was made.")
    if task.pinned_since is not None:
        raise Conflict("It has been pinned to its worklist since the plan was made.")
    if task.reserved_for_id not in (None, move.to_id):
        raise Conflict("It has been reserved for somebody else since the plan was made.")


def _hand(task: Task, former: int | None, to: int | None, why: str, plan_id: int, by: Actor) -> None:
    """Move the task to the worklist of `to`, or to its queue (None), with the event that says so."""
    now, data = clock.now(), {"from": former, "to": to, "plan": plan_id}
    sealed = records.sealed(task, why, records.REASON)
    if to is None:
        placing.off_list(task)
        record(task, Act.RELEASED, by=by, at=now, reason_sealed=sealed, data={**data, "because": "plan"})
        return
    person = placing.check_eligible(task, to, "assign")
    if former is not None:
        placing.off_list(task)
    give(task, person.id, [f"{by.name} put it here with plan {plan_id}.", why])
    act = Act.ASSIGNED if former is None else Act.MOVED
    record(task, act, by=by, at=now, reason_sealed=sealed, data={**data, "by_hand": True})


def _lead_of(plan: Plan, doing: str) -> Actor:
    user_id = plan.applied_by_id if doing == "applying" else plan.undone_by_id
    assert user_id is not None
    name = names([user_id]).get(user_id, "A lead")
    return Actor(user_id=user_id, name=name, roles=frozenset({Role.LEAD}))
