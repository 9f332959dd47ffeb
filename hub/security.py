"""Closed by default: who is acting, which pages they may open, and what every response carries."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response, current_app, redirect, request, session, url_for
from flask_login import UserMixin, current_user, logout_user
from werkzeug.wrappers import Response as AnyResponse

from hub.domain.actor import Actor
from hub.domain.errors import NotAllowed
from hub.domain.vocabulary import Role
from hub.extensions import login_manager
from hub.models.acting import act_as
from hub.people import sessions

View = TypeVar("View", bound=Callable[..., Any])

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PUBLIC = "public"
_ROLE_WORDS = {
    Role.REQUESTER: "practice staff",
    Role.CLINICIAN: "clinicians",
    Role.LEAD: "hub leads",
    Role.ADMIN: "administrators",
}


@dataclass
class SignedIn(UserMixin):
    """The person signed in for this request, as Flask-Login wants them."""

    token: str
    who: sessions.Known

    def get_id(self) -> str:
        """Return the session's token: the cookie names a session, never a person."""
        return self.token

    @property
    def actor(self) -> Actor:
        """Return this person as one who acts."""
        return self.who.actor


def public(view: View) -> View:
    """Let anyone open this page."""
    view.__hub_access__ = PUBLIC  # type: ignore[attr-defined]
    return view


def roles(*allowed: Role) -> Callable[[View], View]:
    """Let people with any of these roles open this page; nobody else."""

    def mark(view: View) -> View:
        view.__hub_access__ = frozenset(allowed)  # type: ignore[attr-defined]
        return view

    return mark


anyone_signed_in = roles(*Role)


def current_actor() -> Actor:
    """Return who is acting in this request. Only for pages that are not public."""
    actor: Actor = current_user.actor
    return actor


def access_of(app: Flask, endpoint: str) -> Any:
    """Return what `endpoint` was marked with: PUBLIC, a set of roles, or None if it was forgotten."""
    return getattr(app.view_functions[endpoint], "__hub_access__", None)


def init_app(app: Flask) -> None:
    """Guard every request and dress every response."""
    app.before_request(_guard)
    app.after_request(_dress)
    login_manager.user_loader(_load)
    app.context_processor(lambda: {"Role": Role})


def _load(token: str) -> SignedIn | None:
    settings = current_app.extensions["hub_settings"]
    polling = request.args.get("poll") == "1"
    known = sessions.find(
        token, idle=settings.session_idle, length=settings.session_length, touch=not polling
    )
    return SignedIn(token, known) if known else None


def _guard() -> AnyResponse | None:
    if request.endpoint is None:
        return None
    access = access_of(current_app, request.endpoint)
    if access == PUBLIC and request.endpoint.startswith("assets."):
        return None
    signed_in = current_user.is_authenticated
    act_as(current_user.actor if signed_in else None)
    if access == PUBLIC:
        return None
    if not signed_in:
        return _to_sign_in()
    if access is None:
        raise NotAllowed("This page has not been opened to anyone yet.")
    if not access & current_user.actor.roles:
        words = " and ".join(_ROLE_WORDS[role] for role in Role if role in access)
        raise NotAllowed(f"This page is for {words}. Your account does not have that role.")
    return None


def _to_sign_in() -> AnyResponse:
    logout_user()
    session.pop("_flashes", None)
    back = request.full_path.rstrip("?") if request.method == "GET" else request.path
    target = url_for("sign_in.page", back=back)
    if request.headers.get("HX-Request"):
        # A sign-in form must never land inside a fragment.
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def safe_return_path(path: str | None) -> str | None:
    """Return `path` if it leads to a page of this site, else None (no open redirects)."""
    if path and re.fullmatch(r"/(?![/\\])[^\\\r\n]*", path):
        return path
    return None


def _dress(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.vary.add("HX-Request")
    # Pages may show patients; only files that say otherwise are kept by a browser.
    response.headers.setdefault("Cache-Control", "no-store")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response
