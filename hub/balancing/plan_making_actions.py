"""Making a plan, in a job: read the hub as it stands, plan all of it together, store the moves."""

import logging
from typing import Any

from hub.balancing import plan_queries as queries
from hub.balancing.plan_problem_queries import Snapshot, snapshot
from hub.domain.rebalancing.outlook import Outlook
from hub.domain.rebalancing.plan import Plan as Made
from hub.extensions import clock, db
from hub.models import Plan, PlanMove

log = logging.getLogger(__name__)
_CHUNK = 1000


def make_plan(plan_id: int) -> int:
    """Work out a plan that a lead asked for. Returns how many moves it proposes."""
    from hub.domain.rebalancing.engine import make_plan as planned  # loads the solver and the compiler

    plan = queries.plan(plan_id, lock=True)
    if plan.status != "asked":
        return 0
    now = snapshot()
    if not now.problem.people:
        plan.status, plan.failed_why = "failed", "Nobody is at work now, so there is nobody to plan for."
        return 0
    try:
        made = planned(now.problem)
    except RuntimeError as error:
        log.warning("plan %s could not be worked out: %s", plan_id, error)
        plan.status, plan.failed_why = "failed", "The plan could not be worked out. Ask for a new one."
        return 0
    _store(plan, made, now)
    return len(made.moves)


def _store(plan: Plan, made: Made, now: Snapshot) -> None:
    plan.status, plan.ready_at, plan.summary = "ready", clock.now(), summary_of(made)
    rows = [
        {
            "plan_id": plan.id, "task_id": move.task_id, "practice_id": now.practices[move.task_id],
            "task_version": now.versions[move.task_id], "from_id": move.from_id, "to_id": move.to_id,
            "minutes": move.minutes, "reasons": list(move.reasons),
        }
        for move in made.moves
    ]  # fmt: skip
    for start in range(0, len(rows), _CHUNK):
        db.session.execute(db.insert(PlanMove), rows[start : start + _CHUNK])


def summary_of(made: Made) -> dict[str, Any]:
    """Return a plan's figures as they are stored."""
    return {
        "before": _figures(made.before),
        "after": _figures(made.after),
        "continuity_broken": made.continuity_broken,
        "gap": None if made.gap is None else round(made.gap, 6),
        "undone": len(made.undone),
        "people": [
            {"id": was.person_id, "minutes": was.minutes, "before": was.given, "after": now.given}
            for was, now in zip(made.before.loads, made.after.loads, strict=True)
        ],
    }


def _figures(outlook: Outlook) -> dict[str, float]:
    return {
        "done_minutes": outlook.given - outlook.overrun,
        "undone_minutes": outlook.undone + outlook.overrun,
        "breaches": round(outlook.breaches, 1),
    }
