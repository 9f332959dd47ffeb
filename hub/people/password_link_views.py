"""Forgotten passwords: asking for a link, making one for somebody, and the page behind it."""

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.domain.errors import Invalid, NotFound
from hub.domain.permissions import check_may_manage
from hub.domain.vocabulary import Role
from hub.extensions import clock, db, limiter
from hub.models import User
from hub.people import invitation_forms, queries
from hub.people import invitation_queries as practices
from hub.people import password_link_actions as actions
from hub.people import password_link_queries as links
from hub.people.invitation_actions import check_manages
from hub.security import current_actor, public, roles

bp = Blueprint("password_links", __name__)
_staff = roles(Role.LEAD, Role.ADMIN)
_requester = roles(Role.REQUESTER)
ON_ITS_WAY = "If an account has this address, a link is on its way. It works once, for an hour."


def _address_key() -> str:
    return "forgotten:" + request.form.get("email", "").strip().lower()


@bp.get("/sign-in/forgotten")
@public
def forgotten() -> Response:
    """Ask for the address, or say whom to ask where e-mail is off."""
    return web.page("people/forgotten.html", by_mail=actions.mail_is_on())


@bp.post("/sign-in/forgotten")
@public
@limiter.limit("10/minute")
@limiter.limit("5/hour", key_func=_address_key)
def ask() -> Response:
    """Have a link sent; the answer is the same whether an account has the address or not."""
    if not actions.mail_is_on():
        return redirect(url_for("password_links.forgotten"))
    email = request.form.get("email", "").strip()
    if not email:
        problems = {"email": "Enter the e-mail address that you sign in with."}
        return web.page("people/forgotten.html", by_mail=True, problems=problems, status=422)
    actions.ask_by_mail(email[:320].replace("\x00", ""))
    db.session.commit()
    return web.page("people/forgotten.html", by_mail=True, said=ON_ITS_WAY)


@bp.get("/password/<token>")
@public
@limiter.limit("30/minute")
def page(token: str) -> Response:
    """Ask for a new password."""
    try:
        _, user = links.by_token(token)
    except NotFound:
        return _gone()
    return web.page("people/set_password.html", user=user)


@bp.post("/password/<token>")
@public
@limiter.limit("10/minute")
def set_password(token: str) -> Response:
    """Set it, once, and lead to signing in."""
    try:
        link, user = links.by_token(token, lock=True)
    except NotFound:
        return _gone()
    try:
        password = invitation_forms.parse_new_password(request.form, own_words=(user.name, user.email))
    except Invalid as error:
        return web.page("people/set_password.html", user=user, problems=error.problems, status=422)
    actions.set_password(link, user, password)
    db.session.commit()
    flash(f"Your new password is set. Sign in with {user.email}.")
    return redirect(url_for("sign_in.page"))


@bp.get("/practice/<code>/staff/<int:user_id>/password-link")
@_requester
def ask_for_staff(code: str, user_id: int) -> Response:
    """Say what a link does, and ask whether to make one."""
    own = practices.own_practice(code, by=current_actor())
    check_manages(own)
    return _ask_page(links.staff_member(own, user_id), _to_practice(code))


@bp.post("/practice/<code>/staff/<int:user_id>/password-link")
@_requester
def make_for_staff(code: str, user_id: int) -> Response:
    """Make a link for somebody of the practice's staff, and show it once."""
    own = practices.own_practice(code, by=current_actor())
    check_manages(own)
    user = links.staff_member(own, user_id)
    token = actions.make_for_staff(own, user, by=current_actor())
    return _shown(user, token, _to_practice(code))


@bp.get("/people/<int:user_id>/password-link")
@_staff
def ask_for_account(user_id: int) -> Response:
    """Say what a link does, and ask whether to make one."""
    user = queries.person(user_id)
    check_may_manage(current_actor().roles, queries.roles_of(user))
    return _ask_page(user, url_for("people.person", user_id=user_id))


@bp.post("/people/<int:user_id>/password-link")
@_staff
def make_for_account(user_id: int) -> Response:
    """Make a link for any account that they may change, and show it once."""
    user = queries.person(user_id)
    token = actions.make_for_account(user, by=current_actor())
    return _shown(user, token, url_for("people.person", user_id=user_id))


def _to_practice(code: str) -> str:
    return url_for("own.practice", code=code)


def _ask_page(user: User, back: str) -> Response:
    return web.page("people/ask_link.html", user=user, back=back)


def _shown(user: User, token: str, back: str) -> Response:
    # No redirect here: the link must not be kept anywhere on the way to another page.
    db.session.commit()
    link = url_for("password_links.page", token=token, _external=True)
    until = clock.now() + actions.HANDED_LASTS
    return web.page("people/link.html", user=user, link=link, until=until, back=back)


def _gone() -> Response:
    return web.page("people/join_gone.html", sentence=links.GONE, forgotten=True, status=404)
