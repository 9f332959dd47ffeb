"""A practice's own pages: its staff and deputies, its facts, who looked at its requests."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.directory import actions, forms, own_queries, presenters, staff_forms
from hub.domain.errors import Invalid
from hub.domain.identifiers import parse_reference
from hub.domain.vocabulary import ClinicalSystem, Role
from hub.extensions import clock, db
from hub.forms import Reader, date_values
from hub.people import invitation_actions as staff
from hub.people import invitation_queries as queries
from hub.people import queries as people
from hub.people.invitation_queries import OwnPractice
from hub.security import current_actor, roles

bp = Blueprint("own", __name__)
_requester = roles(Role.REQUESTER)
SYSTEMS = [{"value": one.value, "text": one.value} for one in ClinicalSystem]


@bp.get("/practice")
@_requester
def index() -> Response:
    """Choose among my practices; straight to it when there is only one."""
    found = queries.own_practices(current_actor())
    if len(found) == 1:
        return redirect(url_for("own.practice", code=found[0].practice.ods_code))
    return web.page("directory/own_index.html", practices=found)


@bp.get("/practice/<code>")
@_requester
def practice(code: str) -> Response:
    """Show the practice as its clinicians see it, its staff, and what was changed."""
    return _page(queries.own_practice(code, by=current_actor()), {"manages": "no"}, {})


@bp.get("/practice/<code>/facts")
@_requester
def facts(code: str) -> Response:
    """Show the form with what a practice says of itself."""
    own = _managed(code)
    one = own.practice
    names = ("clinical_system", "bypass_number", "how_to_get_in", "standing_instructions")
    values = {name: getattr(one, name) for name in (*names, "preferred_contact", "service_bought")}
    return _facts_page(own, values | presenters.hours_values(one.opening_hours), {})


@bp.post("/practice/<code>/facts")
@_requester
def save_facts(code: str) -> Response:
    """Save it; clinicians see it on every task at once."""
    own = _managed(code)
    try:
        draft = forms.parse_facts(request.form, served=own.practice.served)
    except Invalid as error:
        return _facts_page(own, request.form, error.problems)
    changed = actions.change_practice(own.practice, draft, by=current_actor())
    db.session.commit()
    flash(f"Saved: {', '.join(changed)}." if changed else "Nothing was changed.")
    return redirect(url_for("own.practice", code=own.practice.ods_code))


@bp.post("/practice/<code>/staff")
@_requester
def invite(code: str) -> Response:
    """Invite someone, and show the link once."""
    own = _managed(code)
    try:
        draft = staff_forms.parse_invitation(request.form)
        token = staff.invite(own, draft, by=current_actor())
    except Invalid as error:
        return _page(own, request.form, error.problems)
    db.session.commit()
    link = url_for("join.page", token=token, _external=True)
    return web.page(
        "directory/invited.html", own=own, draft=draft, link=link, until=clock.now() + staff.LASTS
    )


@bp.post("/practice/<code>/invitations/<int:invitation_id>/withdraw")
@_requester
def withdraw(code: str, invitation_id: int) -> Response:
    """Take an invitation back."""
    own = _managed(code)
    staff.withdraw(own, queries.invitation(invitation_id, own.practice.id), by=current_actor())
    db.session.commit()
    flash("The invitation is taken back. Its link opens nothing any more.")
    return redirect(url_for("own.practice", code=own.practice.ods_code), code=303)


@bp.get("/practice/<code>/staff/<int:user_id>/remove")
@_requester
def ask_remove(code: str, user_id: int) -> Response:
    """Say what taking someone off does, and ask."""
    own = _managed(code)
    row = next((row for row in queries.staff_of(own.practice.id) if row.User.id == user_id), None)
    if row is None:
        return redirect(url_for("own.practice", code=own.practice.ods_code))
    return web.page("directory/own_remove.html", own=own, user=row.User)


@bp.post("/practice/<code>/staff/<int:user_id>/remove")
@_requester
def remove(code: str, user_id: int) -> Response:
    """Take someone off the practice's staff."""
    own = _managed(code)
    name = staff.remove(own, user_id, by=current_actor())
    db.session.commit()
    flash(f"{name} has no access to {own.practice.name} any more.")
    return redirect(url_for("own.practice", code=own.practice.ods_code), code=303)


@bp.post("/practice/<code>/staff/<int:user_id>/manages")
@_requester
def let_manage(code: str, user_id: int) -> Response:
    """Make someone a manager of the practice, or no longer."""
    own = _managed(code)
    manages = request.form.get("manages") == "yes"
    name = staff.let_manage(own, user_id, manages=manages, by=current_actor())
    db.session.commit()
    flash(f"{name} {'may' if manages else 'may no longer'} let people in and change the facts.")
    return redirect(url_for("own.practice", code=own.practice.ods_code), code=303)


@bp.get("/practice/<code>/access")
@_requester
def access(code: str) -> Response:
    """Show who looked at the practice's requests, and when."""
    own = _managed(code)
    names = own_queries.who_looked(own.practice.id)
    typed = request.args.get("person", "")
    person = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None
    reader = Reader(request.args)
    day = reader.date("day", "the day", required=False)
    ref, task_id = _request_asked(own, reader)
    # At first the practice's own staff are left out: what they look for is who else it was.
    not_own = request.args.get("others") == "yes" or "asked" not in request.args
    number = request.args.get("page", "")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    found = own_queries.looked(
        own.practice.id, user_id=person, day=day, page=page, task_id=task_id, not_own=not_own
    )
    chosen = {"person": typed, "request": ref, "others": ["yes"] if not_own else []}
    return web.page(
        "directory/own_access.html",
        own=own,
        found=found,
        people=[{"value": "", "text": "Anyone"}, *({"value": r.id, "text": r.name} for r in names)],
        values=chosen | date_values("day", day) if not reader.problems else request.args,
        problems=reader.problems,
        status=422 if reader.problems else 200,
        kept={
            "person": person,
            "request": ref or None,
            "others": "yes" if not_own else None,
            "asked": "1",
            **date_values("day", day),
        },
    )


def _request_asked(own: OwnPractice, reader: Reader) -> tuple[str, int | None]:
    """Return the reference that was typed and its request's id; what is none of theirs is a problem."""
    typed = reader.text("request", longest=20)
    if not typed or "request" in reader.problems:
        return typed, None
    try:
        ref = parse_reference(typed)
    except ValueError as problem:
        reader.problem("request", str(problem))
        return typed, None
    task_id = own_queries.request_named(own.practice.id, ref)
    if task_id is None:
        reader.problem("request", f"No request of {own.practice.name} has the reference {ref}: check it.")
    return ref, task_id


def _managed(code: str) -> OwnPractice:
    own = queries.own_practice(code, by=current_actor())
    staff.check_manages(own)
    return own


def _page(own: OwnPractice, values: Any, problems: dict[str, str]) -> Response:
    one = own.practice
    return web.page(
        "directory/own_practice.html",
        own=own,
        practice=one,
        successor=own_queries.successor_of(one),
        hours=presenters.hours_lines(one.opening_hours),
        core_words=presenters.CORE_WORDS,
        staff=queries.staff_of(one.id),
        invitations=queries.open_invitations(one.id) if own.manages else [],
        now=clock.now(),
        me=current_actor().user_id,
        log=people.log_of(practice_id=one.id) if own.manages else [],
        values=values,
        problems=problems,
        status=422 if problems else 200,
    )


def _facts_page(own: OwnPractice, values: Any, problems: dict[str, str]) -> Response:
    return web.page(
        "directory/own_facts.html",
        own=own,
        practice=own.practice,
        systems=SYSTEMS,
        hour_fields=presenters.hour_fields(),
        values=values,
        problems=problems,
        status=422 if problems else 200,
    )
