"""The pages of plans: ask for one, read its moves with their reasons, apply all, some or none, undo."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.balancing import plan_actions, plan_presenters
from hub.balancing import plan_queries as queries
from hub.balancing.blueprint import bp, leads
from hub.domain.errors import Conflict, HubError, Invalid
from hub.extensions import db
from hub.models import Plan
from hub.placing.queries import names
from hub.protocols.queries import current_kinds
from hub.security import current_actor


@bp.get("/board/rebalance")
@leads
def plans() -> Response:
    """List the newest plans, and offer to make one."""
    rows = [plan_presenters.plan_row(row) for row in queries.newest()]
    return web.page("balancing/plans.html", plans=rows, busy=queries.busy())


@bp.post("/board/rebalance")
@leads
def ask_plan() -> Response:
    """Have a plan made; while one is being worked on, lead to that one."""
    made = plan_actions.ask(by=current_actor())
    db.session.commit()
    return redirect(url_for(".plan", plan_id=made.id))


@bp.get("/board/rebalance/<int:plan_id>")
@leads
def plan(plan_id: int) -> Response:
    """Show a plan: what it proposes, or how far applying it is. Polled while a job is at work on it."""
    if request.args.get("poll") and not web.is_fragment():
        # The address of a poll keeps no session awake, so a person must not stay on it.
        return redirect(url_for(".plan", plan_id=plan_id))
    return _page(queries.plan(plan_id))


@bp.post("/board/rebalance/<int:plan_id>/apply")
@leads
def apply_plan(plan_id: int) -> Response:
    """Apply the ticked moves, or all of them."""
    found = queries.plan(plan_id, lock=True)
    ticked = [int(one) for one in request.form.getlist("move") if one.isdecimal() and len(one) < 19]
    try:
        plan_actions.apply(found, None if request.form.get("which") == "all" else ticked, by=current_actor())
    except (Invalid, Conflict) as refused:
        db.session.rollback()
        return _page(queries.plan(plan_id), refused)
    db.session.commit()
    return redirect(url_for(".plan", plan_id=plan_id))


@bp.post("/board/rebalance/<int:plan_id>/undo")
@leads
def undo_plan(plan_id: int) -> Response:
    """Take back what was applied, as far as nobody has worked on it since."""
    found = queries.plan(plan_id, lock=True)
    try:
        plan_actions.undo(found, by=current_actor())
    except Conflict as refused:
        db.session.rollback()
        return _page(queries.plan(plan_id), refused)
    db.session.commit()
    flash("Undoing began. What somebody has started or moved since stays where it is.")
    return redirect(url_for(".plan", plan_id=plan_id))


def _page(found: Plan, refused: HubError | None = None) -> Response:
    people = plan_presenters.person_ids(found.summary)
    who = names([found.asked_by_id, found.applied_by_id, found.undone_by_id, *people])
    kinds = {kind.code: kind.name for kind in current_kinds()}
    moves = queries.moves_of(found.id)
    return web.page(
        "balancing/plan.html",
        partial="balancing/_plan.html",
        status=web.STATUS_OF[type(refused)] if refused else 200,
        plan=found,
        busy=found.status in queries.BUSY,
        state=plan_presenters.state_words(found, who, moves),
        figures=plan_presenters.figures(found.summary),
        counted_how=plan_presenters.COUNTED_HOW,
        nearness=plan_presenters.NEARNESS_MEANS if found.summary.get("gap") is not None else "",
        people=plan_presenters.person_rows(found.summary, who),
        moves=[plan_presenters.move_row(row, kinds) for row in moves.rows],
        total=moves.total,
        changes=plan_presenters.what_changes(moves),
        # Without JavaScript, the address says whether the boxes begin ticked.
        ticked=request.form.getlist("move")
        if refused
        else []
        if request.args.get("tick") == "none"
        else None,
        conflict=str(refused) if isinstance(refused, Conflict) else "",
        problems=dict(refused.problems) if isinstance(refused, Invalid) else {},
    )


def _ticked() -> list[str] | None:
    """Return the boxes that begin ticked, None for all: the address says it, as that needs no JavaScript."""
    return [] if request.args.get("tick") == "none" else None
