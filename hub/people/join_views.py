"""Accepting an invitation: the page behind its link."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from hub import web
from hub.domain.errors import Invalid, NotFound
from hub.extensions import db, limiter
from hub.models import Invitation, Practice
from hub.people import invitation_actions as actions
from hub.people import invitation_forms
from hub.people import invitation_queries as queries
from hub.security import public

bp = Blueprint("join", __name__)


@bp.get("/join/<token>")
@public
@limiter.limit("30/minute")
def page(token: str) -> Response:
    """Say who invites to what, and ask for a password, or for a click of whoever has an account."""
    try:
        invitation, practice = queries.by_token(token)
    except NotFound:
        return web.page("people/join_gone.html", sentence=queries.GONE, status=404)
    return _form(invitation, practice, {}, {"name": invitation.name})


@bp.post("/join/<token>")
@public
@limiter.limit("10/minute")
def accept(token: str) -> Response:
    """Open the account, or add the practice to the one signed in."""
    try:
        invitation, practice = queries.by_token(token, lock=True)
    except NotFound:
        return web.page("people/join_gone.html", sentence=queries.GONE, status=404)
    if current_user.is_authenticated:
        who = current_user.who
        actions.accept(invitation, practice, by=who.actor, email=who.email)
        db.session.commit()
        flash(f"You may now raise requests for {practice.name}.")
        return redirect(url_for("own.practice", code=practice.ods_code))
    try:
        name, password = invitation_forms.parse_account(request.form, email=invitation.email)
    except Invalid as error:
        return _form(invitation, practice, error.problems, request.form)
    actions.open_account(invitation, practice, name, password)
    db.session.commit()
    flash(f"Your account is open. Sign in with {invitation.email} and the password you chose.")
    return redirect(url_for("sign_in.page"))


def _form(invitation: Invitation, practice: Practice, problems: dict[str, str], values: object) -> Response:
    return web.page(
        "people/join.html",
        invitation=invitation,
        practice=practice,
        known=queries.account_of(invitation.email) is not None,
        problems=problems,
        values=values,
        status=422 if problems else 200,
    )
