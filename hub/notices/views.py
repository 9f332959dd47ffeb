"""The inbox: what one is told of, newest first; reading it, and leading to what it is about."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from hub import web
from hub.domain import notices as domain
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.imports import news_queries
from hub.notices import actions, presenters, queries
from hub.protocols.queries import current_kinds
from hub.security import current_actor, roles

bp = Blueprint("notices", __name__)
ADDRESSED = frozenset({Role.REQUESTER, Role.CLINICIAN, Role.LEAD})  # administrators see nothing of practices

# What a notice leads to: the endpoint, and the name of the reference in its address.
PLACES = {
    "request": ("conversation.request_page", "ref"),
    "task": ("worklist.task", "ref"),
    "decisions": ("balancing.decisions", ""),
    "import": ("imports.run", "ref"),
    "recall": ("recalls.recall", "recall_id"),
}


@bp.get("/inbox")
@roles(*ADDRESSED)
def inbox() -> Response:
    """List what this person is told of: the unread, or all of it."""
    by = current_actor()
    sorts = domain.sorts_for(by.roles)
    chosen, unread_only = _chosen(), request.args.get("show") != "all"
    codes = domain.codes_of([chosen] if chosen else [one.name for one in sorts])
    found = queries.inbox(by, codes, unread_only=unread_only, page=request.args.get("page", 1, type=int))
    to_decide = queries.to_decide() if Role.LEAD in by.roles else 0
    kinds = {kind.code: kind.name for kind in current_kinds()}
    about = [one.Notice.about for one in found.rows if one.Notice.code == domain.Code.IMPORT_OVER]
    files = news_queries.by_ref(about)
    rows = [presenters.row(one, kinds, to_decide, files) for one in found.rows]
    return web.page(
        "notices/inbox.html",
        partial="notices/_tabs.html",
        found=found,
        seen=request.args.get("seen", found.newest, type=int),
        rows=[(one, _address(one.place, one.ref)) for one in rows],
        options=presenters.filters(sorts, chosen),
        chosen=chosen,
        unread_only=unread_only,
        words=presenters.count_words(found.total, unread_only),
        nothing=presenters.nothing_words(chosen, unread_only),
        query={
            name: value for name, value in (("sort", chosen), ("show", request.args.get("show"))) if value
        },
    )


@bp.post("/inbox/<int:notice_id>/read")
@roles(*ADDRESSED)
def read(notice_id: int) -> Response:
    """Mark one as read; one that is not theirs, or is read, stays as it is."""
    actions.read_one(notice_id, by=current_actor())
    db.session.commit()
    return redirect(_back())


@bp.post("/inbox/read")
@roles(*ADDRESSED)
def read_all() -> Response:
    """Mark as read whatever stood in the list that was shown."""
    by = current_actor()
    chosen = request.form.get("sort", "")
    chosen = chosen if chosen in domain.SORTS else ""
    codes = domain.codes_of([chosen] if chosen else list(domain.SORTS))
    count = actions.read_all(codes, before=request.form.get("newest", 0, type=int), by=by)
    db.session.commit()
    flash(f"{count} marked as read." if count else "Nothing was unread.")
    return redirect(_back())


def _chosen() -> str:
    names = {one.name for one in domain.sorts_for(current_actor().roles)}
    wanted = request.args.get("sort", "")
    return wanted if wanted in names else ""


def _back() -> str:
    query: dict[str, Any] = {
        name: request.form[name] for name in ("sort", "show", "page") if request.form.get(name)
    }
    return url_for("notices.inbox", **query)


def _address(place: str, ref: str) -> str:
    """Return where a notice leads, or "" if this installation has no such page."""
    endpoint, name = PLACES[place]
    if endpoint not in current_app.view_functions or (name and not ref):
        return ""
    address: dict[str, Any] = {name: ref} if name else {}
    return url_for(endpoint, **address)


@bp.app_context_processor
def _inbox_link() -> dict[str, Any]:
    return {"inbox_link": inbox_link}


def inbox_link() -> presenters.InboxLink | None:
    """Return the inbox's link for whoever is signed in; None for administrators, who get no notices.

    One statement, made once per page where its navigation is written, never for a fragment.
    """
    by = current_user.actor
    if not ADDRESSED & by.roles:
        return None
    here = request.endpoint == "notices.inbox"
    return presenters.inbox_link(url_for("notices.inbox"), queries.unread(by), here=here)
