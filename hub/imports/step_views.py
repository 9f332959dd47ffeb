"""What a person does with a checked file: decide, approve, cancel, go on; and the way back."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.domain.actor import Actor
from hub.domain.errors import Conflict, Invalid
from hub.domain.import_words import AT_WORK, RunStatus
from hub.extensions import db
from hub.imports import (
    actions,
    queries,
    result_presenters,
    row_presenters,
    run_views,
    undo_queries,
)
from hub.imports.blueprint import bp, readers
from hub.models import ImportRun
from hub.security import current_actor


@bp.post("/imports/<ref>/decide")
@readers
def decide(ref: str) -> Response:
    """Keep what was decided about the close matches on the page."""

    def act(found: ImportRun, by: Actor) -> None:
        for number, part, decision in row_presenters.decisions_in(request.form):
            actions.decide(found, number, decision, by=by, part=part)
        if request.form.get("decide-beside"):
            actions.decide_beside(found, request.form["decide-beside"], by=by)

    return _act(ref, act, "Your decisions are kept.", anchor="close")


@bp.post("/imports/<ref>/approve")
@readers
def approve(ref: str) -> Response:
    """Have the requests raised, if they are still those that the page showed."""

    def act(found: ImportRun, by: Actor) -> None:
        if found.status == RunStatus.REVIEW and request.form.get("seen") != run_views.showed(
            found, queries.counts(found)
        ):
            raise Conflict(
                "This changed since you opened it. Look at what would be raised now, then approve it."
            )
        actions.approve(found, by=by)

    return _act(ref, act)


@bp.post("/imports/<ref>/cancel")
@readers
def cancel(ref: str) -> Response:
    """Stop here."""
    return _act(ref, lambda found, by: actions.cancel(found, by=by))


@bp.get("/imports/<ref>/undo")
@readers
def ask_undo(ref: str) -> Response:
    """Ask whether what was raised is to be taken back: that cannot be undone itself."""
    found = queries.get(ref)
    words = result_presenters.undo_words(found)
    if not words:
        flash("There is nothing of this file that can be taken back now.")
        return redirect(url_for(".run", ref=ref))
    foreseen = undo_queries.foreseen(found)
    return web.page(
        "imports/undo.html",
        ref=ref,
        about=run_views.about_of(found),
        heading=result_presenters.undo_heading(foreseen),
        stay=result_presenters.undo_stay(foreseen),
        words=words,
        button=result_presenters.undo_button(foreseen),
    )


@bp.post("/imports/<ref>/undo")
@readers
def undo(ref: str) -> Response:
    """Take back what nobody has acted on."""
    return _act(ref, lambda found, by: actions.undo(found, by=by))


@bp.post("/imports/<ref>/go-on")
@readers
def go_on(ref: str) -> Response:
    """Go on with what a fault of ours has stopped."""
    return _act(ref, lambda found, by: actions.go_on(found, by=by))


def _act(ref: str, act: Callable[[ImportRun, Actor], Any], said: str = "", *, anchor: str = "") -> Response:
    try:
        act(queries.get(ref, lock=True), current_actor())
    except (Conflict, Invalid) as refused:
        db.session.rollback()
        found = queries.get(ref)
        if found.status in AT_WORK or found.status == RunStatus.UPLOADED:
            flash(str(refused))  # somebody was quicker: where it stands says the rest
            return redirect(url_for(".run", ref=ref))
        return run_views.page_of(found, refused)
    db.session.commit()
    if said:
        flash(said)
    return redirect(url_for(".run", ref=ref, _anchor=anchor or None))
