"""What jobs do with a plan: apply its moves one by one, each safe against changes since, and undo them.

Every move is an act of the lead who asked for it, with its own event. A move that does not fit
any more is left out, and says why.
"""

from hub import background, records
from hub.balancing import plan_queries as queries
from hub.balancing.plan_problem_queries import snapshot
from hub.domain.actor import Actor
from hub.domain.errors import Conflict, HubError
from hub.domain.lifecycle import Act
from hub.domain.rebalancing.applying import back, now_of, settle
from hub.domain.rebalancing.plan import Move
from hub.domain.vocabulary import OPEN_STATUSES, Role
from hub.extensions import clock
from hub.models import Plan, PlanMove, Task
from hub.models.history import record
from hub.placing import actions as placing
from hub.placing import booking
from hub.placing.queries import names
from hub.placing.system_actions import foresee_anew
from hub.placing.task_actions import give

ELSEWHERE = "It waits for someone by now, or stands with somebody who is away."
CHUNK = 200  # moves in one transaction


def apply_plan(plan_id: int, part: int = 0) -> int:
    """Apply the next chosen moves; a further job goes on. Returns how many were applied."""
    return _work(plan_id, part, "applying", "applied", "apply_plan")


def undo_plan(plan_id: int, part: int = 0) -> int:
    """Take back the next applied moves; a further job goes on. Returns how many were undone."""
    return _work(plan_id, part, "undoing", "undone", "undo_plan")


def _work(plan_id: int, part: int, doing: str, done: str, job: str) -> int:
    plan = queries.plan(plan_id, lock=True)
    if plan.status != doing:
        return 0
    undoing = doing == "undoing"
    moves = (queries.to_undo if undoing else queries.to_apply)(plan_id, CHUNK)
    tasks = queries.locked([move.task_id for move in moves])
    booking.lock_days({user for move in moves for user in (move.from_id, move.to_id) if user is not None})
    by = _lead_of(plan, doing)
    # Judged together, under the locks: what leaves a list makes room on it for what comes.
    problem = snapshot().problem
    settled = settle([_planned(move, undoing) for move in moves], now_of(problem))
    seen = {task.id for task in problem.tasks}
    refused = {move.task_id: why for move, why in settled.refused}
    count = 0
    for move in moves:
        try:
            if move.task_id in refused:
                elsewhere = move.task_id not in seen and tasks[move.task_id].status in OPEN_STATUSES
                raise Conflict(ELSEWHERE if elsewhere else refused[move.task_id])
            _step(move, tasks[move.task_id], by, undoing)
            count += 1
        except HubError as refusal:
            # Guards come before changes, so nothing of this move was done.
            move.refused = str(refusal)
    if len(moves) < CHUNK:
        plan.status = done
        foresee_anew()
    else:
        key = f"{job}:{plan_id}:{part + 1}"
        background.later(job, key=key, lane="planning", plan_id=plan_id, part=part + 1)
    background.later("top_up", key=f"top_up:{job}:{plan_id}:{part}")
    return count


def _planned(move: PlanMove, undoing: bool) -> Move:
    planned = Move(move.task_id, move.from_id, move.to_id, move.minutes, False, tuple(move.reasons))
    return back(planned) if undoing else planned


def _step(move: PlanMove, task: Task, by: Actor, undoing: bool) -> None:
    if undoing:
        _hand(task, move.to_id, move.from_id, f"Plan {move.plan_id} was undone.", move.plan_id, by)
        move.undone_at = clock.now()
        return
    _check_reserved(move, task)
    _hand(task, move.from_id, move.to_id, f"Plan {move.plan_id}: {' '.join(move.reasons)}", move.plan_id, by)
    move.applied_at, move.applied_version = clock.now(), task.version


def _check_reserved(move: PlanMove, task: Task) -> None:
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
    # Minutes were judged together with the other moves; by itself, one of a swap never fits.
    person = placing.check_eligible(task, to, "assign", lead_reason=why)
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
