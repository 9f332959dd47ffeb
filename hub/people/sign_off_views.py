"""What a clinician is signed off for, and where they can sign in: forms of the person's page."""

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub.directory import queries as directory
from hub.domain.errors import Invalid
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.people import forms, queries
from hub.people import sign_off_actions as actions
from hub.people.views import person_page
from hub.security import current_actor, roles

bp = Blueprint("sign_offs", __name__)
_staff = roles(Role.LEAD, Role.ADMIN)


@bp.post("/people/<int:user_id>/kinds")
@_staff
def add(user_id: int) -> Response:
    """Record that somebody signed this person off for a kind of task."""
    user, names = queries.person(user_id), queries.sign_off_choices()
    supervisors = [one.id for one in queries.supervisors()]
    try:
        draft = forms.parse_sign_off(request.form, names, supervisors)
        actions.sign_off_kind(user, draft, by=current_actor())
    except Invalid as error:
        return person_page(user, request.form, error.problems)
    db.session.commit()
    flash(f"Signed off for {queries.choice_words(names, draft.kind, draft.subtype)}.")
    return redirect(url_for("people.person", user_id=user.id))


@bp.post("/people/<int:user_id>/kinds/remove")
@_staff
def remove(user_id: int) -> Response:
    """Take a sign-off away."""
    user = queries.person(user_id)
    kind, subtype = request.form.get("kind", ""), request.form.get("subtype", "")
    if actions.withdraw_sign_off(user, kind, subtype, by=current_actor()):
        words = queries.kind_words(kind, subtype)
        db.session.commit()
        flash(f"No longer signed off for {words}.")
    return redirect(url_for("people.person", user_id=user.id))


@bp.post("/people/<int:user_id>/access/<code>/sign-in")
@_staff
def sign_in(user_id: int, code: str) -> Response:
    """Say whether they can sign in to the clinical system of a practice."""
    user, practice = queries.person(user_id), directory.practice(code)
    works = request.form.get("works") == "yes"
    if actions.set_sign_in(user, practice, works, by=current_actor()):
        db.session.commit()
        can = "can" if works else "can no longer"
        flash(f"{user.name} {can} sign in to the clinical system of {practice.name}.")
    return redirect(url_for("people.person", user_id=user.id, _anchor="access"))
