"""A lead's plan: asked for, applied in part or whole, undone. What takes long is left to jobs."""

from collections.abc import Collection

from sqlalchemy import update

from hub import background
from hub.balancing import plan_queries as queries
from hub.domain.actor import Actor
from hub.domain.errors import Conflict, Invalid, NotAllowed
from hub.domain.vocabulary import Role
from hub.extensions import clock, db
from hub.models import Plan, PlanMove


def ask(*, by: Actor) -> Plan:
    """Have a plan worked out by a job; while one is being worked on, return that one instead.

    Raises:
        NotAllowed: this person is no lead.
    """
    _lead(by)
    if (found := queries.busy()) is not None:
        return found
    made = Plan(status="asked", asked_at=clock.now(), asked_by_id=by.user_id or 0)
    db.session.add(made)
    db.session.flush()
    background.later("make_plan", key=f"make_plan:{made.id}", lane="planning", plan_id=made.id)
    return made


def apply(plan: Plan, move_ids: Collection[int] | None, *, by: Actor) -> None:
    """Have these moves of the plan applied, or all of them (None).

    Raises:
        NotAllowed: this person is no lead.
        Invalid: no move was chosen.
        Conflict: the plan is not ready, or was applied already.
    """
    _lead(by)
    if plan.status != "ready":
        raise Conflict(_NOT_READY.get(plan.status, "This plan was applied already."))
    if move_ids is not None and not move_ids:
        raise Invalid({"move": "Tick the changes that you want, or apply all of them."})
    wanted = PlanMove.plan_id == plan.id
    if move_ids is not None:
        wanted &= PlanMove.id.in_(move_ids)
    db.session.execute(update(PlanMove).where(wanted).values(chosen=True))
    plan.status, plan.applied_by_id = "applying", by.user_id
    background.later("apply_plan", key=f"apply_plan:{plan.id}:0", lane="upkeep", plan_id=plan.id, part=0)


def undo(plan: Plan, *, by: Actor) -> None:
    """Have what was applied taken back, as far as nobody has worked on it since.

    Raises:
        NotAllowed: this person is no lead.
        Conflict: it was not applied, or is undone already.
    """
    _lead(by)
    if plan.status != "applied":
        raise Conflict(_NOT_READY.get(plan.status, "There is nothing to undo in this plan."))
    # What applying refused was never done; what undoing refuses is counted afresh.
    db.session.execute(
        update(PlanMove)
        .where(PlanMove.plan_id == plan.id, PlanMove.applied_at.is_not(None))
        .values(refused="")
    )
    plan.status, plan.undone_by_id = "undoing", by.user_id
    background.later("undo_plan", key=f"undo_plan:{plan.id}:0", lane="upkeep", plan_id=plan.id, part=0)


_NOT_READY = {
    "asked": "This plan is still being worked out.",
    "failed": "This plan could not be worked out. Ask for a new one.",
    "applying": "This plan is being applied already.",
    "undoing": "This plan is being undone already.",
    "undone": "This plan was undone. Ask for a new one.",
}


def _lead(by: Actor) -> None:
    if not by.has(Role.LEAD):
        raise NotAllowed("Only a hub lead can do this.")
