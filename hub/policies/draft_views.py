"""The pages on which a draft is written: its rules one by one, its numbers in one form."""

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.domain.errors import Conflict, HubError, Invalid, NotFound
from hub.domain.policy import parse_policy
from hub.domain.policy_words import SETTINGS, differences
from hub.extensions import db
from hub.models import PolicyDraft
from hub.people.queries import known_competences
from hub.policies import actions, forms, presenters, queries, target_presenters
from hub.policies.blueprint import bp, leads, seen
from hub.protocols.queries import current_kinds
from hub.security import current_actor


@bp.get("/policies/drafts/<int:draft_id>")
@leads
def draft(draft_id: int) -> Response:
    """Show a draft: its rules in order, its numbers, what differs, and what may be done with it."""
    return draft_page(queries.draft(draft_id))


def draft_page(found: PolicyDraft, refused: HubError | None = None) -> Response:
    """Show a draft, or again with what was refused."""
    policy, names = parse_policy(found.body), queries.names()
    newest = queries.newest_version()
    in_force = parse_policy(queries.body_of(newest))
    problems = dict(refused.problems) if isinstance(refused, Invalid) else {}
    return web.page(
        "policies/draft.html",
        status=web.STATUS_OF[type(refused)] if refused else 200,
        draft=found,
        newest=newest,
        rules=presenters.rule_rows(policy, names, queries.matches(policy)),
        numbers=presenters.number_rows(policy, names.kinds),
        targets=target_presenters.target_rows(policy, current_kinds()),
        changed=differences(in_force, policy, names),
        conflict=str(refused) if isinstance(refused, Conflict) else "",
        problems=problems,
        values=request.form if refused else {},
    )


@bp.get("/policies/drafts/<int:draft_id>/rules/new")
@leads
def new_rule(draft_id: int) -> Response:
    """Ask for a new rule."""
    return _rule_form(queries.draft(draft_id), None, {"stages": ["1"]})


@bp.get("/policies/drafts/<int:draft_id>/rules/<int:place>")
@leads
def rule(draft_id: int, place: int) -> Response:
    """Show a rule's form."""
    found = queries.draft(draft_id)
    policy = parse_policy(found.body)
    if place >= len(policy.rules):
        raise NotFound("The draft has no such rule.")
    codes = {row.id: row.ods_code for row in queries.practices()}
    return _rule_form(found, place, presenters.rule_values(policy.rules[place], codes))


@bp.post("/policies/drafts/<int:draft_id>/rules/new")
@leads
def add_rule(draft_id: int) -> Response:
    """Add a rule at the end."""
    return _put_rule(draft_id, None)


@bp.post("/policies/drafts/<int:draft_id>/rules/<int:place>")
@leads
def save_rule(draft_id: int, place: int) -> Response:
    """Save a rule."""
    return _put_rule(draft_id, place)


def _put_rule(draft_id: int, place: int | None) -> Response:
    found = queries.draft(draft_id, lock=True)
    try:
        practices = {row.ods_code: row.id for row in queries.practices()}
        typed = forms.rule(request.form, current_kinds(), practices, known_competences())
        actions.put_rule(found, place, typed, seen=seen(), by=current_actor())
    except (Invalid, Conflict) as refused:
        db.session.rollback()
        return _rule_form(queries.draft(draft_id), place, request.form, refused)
    db.session.commit()
    flash(f"The rule “{typed.body['name']}” is saved in the draft. Nothing is in force until you publish it.")
    return redirect(url_for(".draft", draft_id=draft_id))


def _rule_form(
    found: PolicyDraft, place: int | None, values: Any, refused: HubError | None = None
) -> Response:
    return web.page(
        "policies/rule.html",
        status=web.STATUS_OF[type(refused)] if refused else 200,
        draft=found,
        place=place,
        options=presenters.rule_options(current_kinds(), known_competences()),
        practices=queries.practices(),
        values=values,
        problems=dict(refused.problems) if isinstance(refused, Invalid) else {},
        conflict=str(refused) if isinstance(refused, Conflict) else "",
    )


@bp.post("/policies/drafts/<int:draft_id>/rules/<int:place>/<any(sooner,later,remove):how>")
@leads
def change_rule(draft_id: int, place: int, how: str) -> Response:
    """Have a rule asked sooner or later, or take it out."""
    found, by = queries.draft(draft_id, lock=True), current_actor()
    try:
        if how == "remove":
            actions.remove_rule(found, place, seen=seen(), by=by)
        else:
            actions.move_rule(found, place, -1 if how == "sooner" else 1, seen=seen(), by=by)
    except (Invalid, Conflict) as refused:
        db.session.rollback()
        return draft_page(queries.draft(draft_id), refused)
    db.session.commit()
    return redirect(url_for(".draft", draft_id=draft_id))


@bp.get("/policies/drafts/<int:draft_id>/numbers")
@leads
def numbers(draft_id: int) -> Response:
    """Show every number of the draft in one form."""
    found = queries.draft(draft_id)
    return _numbers_form(found, presenters.order_values(parse_policy(found.body), _signals()))


@bp.post("/policies/drafts/<int:draft_id>/numbers")
@leads
def save_numbers(draft_id: int) -> Response:
    """Save every number of the draft."""
    found = queries.draft(draft_id, lock=True)
    try:
        typed = forms.numbers(request.form, _signals(), [kind.code for kind in current_kinds()])
        actions.put_numbers(found, typed, seen=seen(), by=current_actor())
    except (Invalid, Conflict) as refused:
        db.session.rollback()
        return _numbers_form(queries.draft(draft_id), request.form, refused)
    db.session.commit()
    flash("The numbers are saved in the draft. Nothing is in force until you publish it.")
    return redirect(url_for(".draft", draft_id=draft_id))


def _numbers_form(found: PolicyDraft, values: Any, refused: HubError | None = None) -> Response:
    return web.page(
        "policies/numbers.html",
        status=web.STATUS_OF[type(refused)] if refused else 200,
        draft=found,
        settings=SETTINGS,
        bands=presenters.BAND_FIELDS,
        bands_about=presenters.BANDS_ABOUT,
        signals=sorted(_signals()),
        kinds=[{"value": kind.code, "text": kind.name} for kind in current_kinds()],
        prices=presenters.price_rows(),
        values=values,
        problems=dict(refused.problems) if isinstance(refused, Invalid) else {},
        conflict=str(refused) if isinstance(refused, Conflict) else "",
    )


def _signals() -> set[str]:
    return {fact.signal for kind in current_kinds() for fact in kind.facts}
