"""A practice that closes or merges: from when, who follows it, and what is still open."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.directory import actions, forms, own_queries, queries
from hub.domain.errors import Invalid
from hub.domain.lifecycle import STATUS_IN_A_SENTENCE
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.forms import date_values
from hub.models import Practice
from hub.protocols.queries import current_kinds
from hub.security import current_actor, roles

bp = Blueprint("closing", __name__)


@bp.get("/practices/<code>/closing")
@roles(Role.LEAD)
def closing(code: str) -> Response:
    """Show what is open for a practice, and ask from when it closes."""
    found = queries.practice(code)
    successor = own_queries.successor_of(found)
    values = date_values("closes_on", found.closes_on) | {
        "successor": successor.ods_code if successor else ""
    }
    return _page(found, values, {})


@bp.post("/practices/<code>/closing")
@roles(Role.LEAD)
def close(code: str) -> Response:
    """Save from when it closes, and who follows it."""
    found = queries.practice(code)
    try:
        typed = forms.parse_closing(request.form)
        successor = _successor(typed.successor) if typed.successor else None
        actions.close(found, typed, successor, by=current_actor())
    except Invalid as error:
        db.session.rollback()
        return _page(queries.practice(code), request.form, error.problems)
    db.session.commit()
    flash(f"{found.name} takes no new requests from {typed.closes_on:%d-%b-%Y}.")
    return redirect(url_for("closing.closing", code=found.ods_code), code=303)


@bp.post("/practices/<code>/closing/undo")
@roles(Role.LEAD)
def keep_open(code: str) -> Response:
    """Take it back."""
    found = queries.practice(code)
    actions.keep_open(found, by=current_actor())
    db.session.commit()
    flash(f"{found.name} takes requests as before.")
    return redirect(url_for("closing.closing", code=found.ods_code), code=303)


def _successor(code: str) -> Practice:
    try:
        return queries.practice_or_problem(code)
    except Invalid as error:
        raise Invalid({"successor": next(iter(error.problems.values()))}) from None


def _page(found: Practice, values: Any, problems: dict[str, str]) -> Response:
    return web.page(
        "directory/closing.html",
        practice=found,
        successor=own_queries.successor_of(found),
        work=own_queries.open_work(found.id),
        kinds={kind.code: kind.name for kind in current_kinds()},
        where=STATUS_IN_A_SENTENCE,
        values=values,
        problems=problems,
        status=422 if problems else 200,
    )
