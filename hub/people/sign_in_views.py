"""The pages for signing in, signing out, and one's own sessions."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, session, url_for
from flask_login import current_user, login_user
from werkzeug.wrappers import Response

from hub import web
from hub.domain.errors import Invalid
from hub.domain.vocabulary import Role
from hub.extensions import db, limiter
from hub.people import account_presenters, invitation_queries, presenters, queries, sessions
from hub.security import SignedIn, anyone_signed_in, public, safe_return_path

bp = Blueprint("sign_in", __name__)
WRONG = "The e-mail address and password do not match an account. Check both and try again."


def _account_key() -> str:
    return "account:" + request.form.get("email", "").strip().lower()


@bp.get("/sign-in")
@public
def page() -> Response:
    """Show the sign-in form."""
    if current_user.is_authenticated:
        return redirect(url_for("operations.home"))
    return _form({})


@bp.post("/sign-in")
@public
@limiter.limit("20/minute")
@limiter.limit("5/minute", key_func=_account_key)
def sign_in() -> Response:
    """Check e-mail and password and open a session."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        user_id = _checked(email, password)
    except Invalid as refusal:
        return _form(refusal.problems, status=422)
    session.clear()  # a session id from before sign-in must not live on
    token = sessions.start(user_id, browser=request.user_agent.string)
    db.session.commit()
    settings = current_app.extensions["hub_settings"]
    known = sessions.find(token, idle=settings.session_idle, length=settings.session_length, touch=False)
    assert known is not None
    login_user(SignedIn(token, known))
    return redirect(safe_return_path(request.args.get("back")) or url_for("operations.home"))


def _checked(email: str, password: str) -> int:
    problems = {}
    if not email.strip():
        problems["email"] = "Enter your e-mail address."
    if not password:
        problems |= {"password": "Enter your password."}
    if problems:
        raise Invalid(problems)
    user_id = sessions.check_password(email, password)
    if user_id is None:
        current_app.logger.warning("sign-in refused")
        raise Invalid({"email": WRONG})
    return user_id


def _form(problems: dict[str, str], status: int = 200) -> Response:
    values = {"email": request.form.get("email", "")}
    return web.page("people/sign_in.html", problems=problems, values=values, status=status)


@bp.post("/sign-out")
@anyone_signed_in
def sign_out() -> Response:
    """End this session for good; the cookie opens nothing afterwards."""
    sessions.end(current_user.token)
    db.session.commit()
    session.clear()
    response = redirect(url_for("sign_in.page"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.get("/account")
@anyone_signed_in
def account() -> Response:
    """Show who I am here and where I am signed in."""
    who = current_user.who
    settings = current_app.extensions["hub_settings"]
    open_sessions = sessions.open_of(who.user_id, idle=settings.session_idle)
    return web.page(
        "people/account.html",
        who=who,
        roles=account_presenters.roles(
            who.roles,
            manages=Role.REQUESTER in who.roles
            and any(one.manages for one in invitation_queries.own_practices(who.actor)),
        ),
        **(_may(who.user_id) if Role.CLINICIAN in who.roles else {"user": None}),
        open_sessions=[
            {"session": one, "browser": account_presenters.browser_name(one.browser)} for one in open_sessions
        ],
    )


def _may(user_id: int) -> dict[str, Any]:
    """Return what a clinician is told of what they may do, and of what ends soon."""
    user, today, names = queries.person(user_id), queries.today(), queries.sign_off_choices()
    return {
        "user": user,
        "show": presenters,
        "ending": presenters.ending_lines(queries.ends_of([user])[user.id], today),
        "kinds": [
            presenters.signed_kind(
                one.SignOff,
                one.supervisor,
                queries.choice_words(names, one.SignOff.kind, one.SignOff.subtype),
                today,
            )
            for one in queries.sign_offs_of(user)
        ],
        "competences": [
            presenters.competence_row(one.code, one.expires_on, today) for one in queries.competences_of(user)
        ],
        "no_sign_in": queries.no_sign_in_of(user.id),
    }


@bp.post("/account/sessions/<int:session_id>/end")
@anyone_signed_in
def end_session(session_id: int) -> Response:
    """End another of my own sessions."""
    sessions.end_by_id(session_id, user_id=current_user.who.user_id)
    db.session.commit()
    flash("That session has been signed out.")
    return redirect(url_for("sign_in.account"))
