"""Finding a request of one's own practice, or a patient who has died or moved.

What is typed names a patient, so it never stands in an address: it is kept sealed under an
id of its own, at whose address the result can be read again (Back, reload) for a day.
"""

from flask import Blueprint, current_app, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import records, web
from hub.conversation import list_presenters, queries, search_queries
from hub.domain.vocabulary import Role
from hub.extensions import clock, db
from hub.intake import draft_actions, draft_queries
from hub.protocols.queries import current_kinds
from hub.security import current_actor, roles

bp = Blueprint("requests_found", __name__)
LONGEST = 100


@bp.get("/requests/find")
@roles(Role.REQUESTER)
def search() -> Response:
    """Ask what to find."""
    return web.page("conversation/found.html")


@bp.get("/requests/gone")
@roles(Role.REQUESTER)
def gone() -> Response:
    """Ask which patient has died or moved."""
    return web.page("conversation/found.html", gone=True)


@bp.post("/requests/find")
@roles(Role.REQUESTER)
def find() -> Response:
    """Keep what was typed, sealed, and lead to what it finds."""
    by = current_actor()
    practice_ids = queries.practice_ids_of(by)
    is_gone = request.form.get("purpose") == "gone"
    if not practice_ids:
        said = list_presenters.found_words(0, False, False, (0, 0))
        return web.page("conversation/found.html", said=said, gone=is_gone)
    typed = request.form.get("find", "").replace("\x00", "").strip()[:LONGEST]
    handle = draft_actions.new_id()
    kept = {"find": typed} | ({"purpose": "gone"} if is_gone else {})
    draft_actions.keep(handle, practice_ids[0], kept, by=by)
    db.session.commit()
    return redirect(url_for("requests_found.found", handle=handle))


@bp.get("/requests/found/<handle>")
@roles(Role.REQUESTER)
def found(handle: str) -> Response:
    """Show what was found."""
    by = current_actor()
    kept = draft_queries.find(handle, by=by)
    if kept is None or "find" not in kept:
        flash("What you looked for is kept for a day only. Type it once more.")
        return redirect(url_for("requests_found.search"))
    is_gone = kept.get("purpose") == "gone"
    try:
        what = search_queries.wanted(kept["find"])
    except ValueError as error:
        problems = {"find": str(error)}
        return web.page("conversation/found.html", values=kept, problems=problems, gone=is_gone, status=422)
    answer = search_queries.find(queries.practice_ids_of(by), what, user_id=by.user_id)
    kinds, now = {kind.code: kind.name for kind in current_kinds()}, clock.now()
    identities = [records.identity_of(one.Task.patient) if one.Task.patient else None for one in answer.rows]
    telephone = current_app.config["HUB_TELEPHONE"]
    rows = [
        list_presenters.row(one, kinds.get(one.Task.kind, one.Task.kind), identity, now, telephone)
        for one, identity in zip(answer.rows, identities, strict=True)
    ]
    most = search_queries.MOST_FOUND, search_queries.MOST_PATIENTS
    records.note_list_access((one.Task.practice_id for one in answer.rows), by=by, what="requests found")
    page = web.page(
        "conversation/found.html",
        values=kept,
        gone=is_gone,
        rows=rows,
        people=list_presenters.people(answer.rows, identities),
        said=list_presenters.found_words(len(rows), answer.more, answer.not_all_names, most),
        many_practices=len({one.Task.practice_id for one in answer.rows}) > 1,
    )
    db.session.commit()
    return page
