"""The pages on which a draft's targets are set, and on which it is read what they would move."""

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.domain.errors import Conflict, HubError, Invalid
from hub.domain.policy import Policy, parse_policy
from hub.extensions import clock, db
from hub.models import PolicyDraft
from hub.policies import actions, forms, queries, target_presenters, target_queries
from hub.policies.blueprint import SHOWN, bp, leads, seen
from hub.protocols.queries import current_kinds
from hub.security import current_actor

_WHICH = {"moves": None, "late": target_queries.Keeps.LATE, "at_once": target_queries.Keeps.AT_ONCE}


@bp.get("/policies/drafts/<int:draft_id>/targets")
@leads
def targets(draft_id: int) -> Response:
    """Show every target of the draft in one form."""
    found = queries.draft(draft_id)
    return _form(found, target_presenters.target_values(parse_policy(found.body)))


@bp.post("/policies/drafts/<int:draft_id>/targets")
@leads
def save_targets(draft_id: int) -> Response:
    """Save every target of the draft."""
    found = queries.draft(draft_id, lock=True)
    try:
        typed = forms.targets(request.form, current_kinds())
        actions.put_targets(found, typed, seen=seen(), by=current_actor())
    except (Invalid, Conflict) as refused:
        db.session.rollback()
        return _form(queries.draft(draft_id), request.form, refused)
    db.session.commit()
    flash("The targets are saved in the draft. Nothing is in force until you publish it.")
    return redirect(url_for(".draft", draft_id=draft_id))


def _form(found: PolicyDraft, values: Any, refused: HubError | None = None) -> Response:
    return web.page(
        "policies/targets.html",
        status=web.STATUS_OF[type(refused)] if refused else 200,
        draft=found,
        groups=target_presenters.target_groups(current_kinds()),
        values=values,
        filled=[name for name, value in values.items() if value.strip()],
        problems=dict(refused.problems) if isinstance(refused, Invalid) else {},
        conflict=str(refused) if isinstance(refused, Conflict) else "",
    )


def would_move(policy: Policy) -> dict[str, Any]:
    """Return what publishing would do to open tasks' due times: what changes, and how many keep theirs."""
    kinds = current_kinds()
    found = list(target_queries.retimed(target_queries.candidates(policy), policy, clock.now()))
    moves = [one for one in found if one.keeps is None]
    return {
        "moves": len(moves),
        "due_alike": sum(one.due_at == one.was_due for one in moves),
        "summary": target_presenters.timed_summary(moves, policy, kinds),
        "late": sum(one.keeps == target_queries.Keeps.LATE for one in found),
        "at_once": sum(one.keeps == target_queries.Keeps.AT_ONCE for one in found),
    }


@bp.get("/policies/drafts/<int:draft_id>/targets/tasks")
@leads
def target_tasks(draft_id: int) -> Response:
    """List the open tasks whose due time publishing the draft would move, or would leave, and why."""
    found, kinds = queries.draft(draft_id), current_kinds()
    which = request.args.get("which", "")
    which = which if which in _WHICH else "moves"
    policy, phrase = parse_policy(found.body), request.args.get("change", "")
    rows = [
        one
        for one in target_queries.retimed(target_queries.candidates(policy), policy, clock.now())
        if one.keeps == _WHICH[which] and phrase in ("", target_presenters.timed_phrase(one, policy, kinds))
    ]
    return web.page(
        "policies/target_tasks.html",
        draft=found,
        which=which,
        phrase=phrase,
        listed=len(rows),
        rows=target_presenters.timed_rows(rows[:SHOWN], kinds),
        kind_names={kind.code: kind.name for kind in kinds},
    )
