"""The pages of meetings and of who is on call. For leads."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.balancing import rota_duty_actions as actions
from hub.balancing import rota_duty_forms as forms
from hub.balancing import rota_duty_queries as queries
from hub.balancing import rota_presenters as presenters
from hub.domain.errors import Invalid
from hub.domain.vocabulary import Role
from hub.extensions import clock, db
from hub.people.queries import clinicians
from hub.security import current_actor, roles

bp = Blueprint("duty", __name__)
_leads = roles(Role.LEAD)


@bp.get("/rota/meetings")
@_leads
def meetings() -> Response:
    """Show the meetings that take minutes, and offer to add one."""
    return _meetings_page({}, {})


@bp.post("/rota/meetings")
@_leads
def add_meeting() -> Response:
    """Add a meeting, once or each week."""
    ids = [user.id for user in clinicians()]
    try:
        draft = forms.parse_meeting(request.form, request.form.getlist("weekdays"), ids)
        claim = web.claim_form("meeting")
        if not claim.ref:
            claim.ref = str(actions.add_meeting(draft, by=current_actor()))
    except Invalid as error:
        return _meetings_page(request.form, error.problems)
    return _saved("The meeting is saved. Its minutes are taken off those for work.", ".meetings")


@bp.post("/rota/meetings/<int:meeting_id>/remove")
@_leads
def remove_meeting(meeting_id: int) -> Response:
    """Take a meeting off the rota."""
    actions.remove_meeting(queries.meeting(meeting_id), by=current_actor())
    return _saved("The meeting is removed from today on.", ".meetings")


@bp.get("/rota/on-call")
@_leads
def on_call() -> Response:
    """Show who is on call now and next, and offer to put someone on call."""
    return _on_call_page({}, {})


@bp.post("/rota/on-call")
@_leads
def add_on_call() -> Response:
    """Put someone on call."""
    ids = [user.id for user in clinicians()]
    try:
        draft = forms.parse_on_call(request.form, ids, clock.now())
        claim = web.claim_form("on-call")
        if not claim.ref:
            actions.add_on_call(draft, by=current_actor())
            claim.ref = "added"
    except Invalid as error:
        return _on_call_page(request.form, error.problems)
    return _saved(
        "Saved. Tell them: what cannot wait comes to their worklist, and a telephone call.", ".on_call"
    )


@bp.post("/rota/on-call/<int:on_call_id>/remove")
@_leads
def remove_on_call(on_call_id: int) -> Response:
    """Take someone off call."""
    actions.remove_on_call(queries.on_call_row(on_call_id), by=current_actor())
    return _saved("They are no longer on call then.", ".on_call")


def _saved(sentence: str, endpoint: str) -> Response:
    db.session.commit()
    flash(sentence)
    return redirect(url_for(endpoint))


def _meetings_page(values: Any, problems: dict[str, str]) -> Response:
    return web.page(
        "rota/meetings.html",
        meetings=[presenters.meeting_line(row.Meeting, row.name) for row in queries.meetings()],
        people=[{"value": user.id, "text": user.name} for user in clinicians()],
        show=presenters,
        values=values,
        problems=problems,
        status=422 if problems else 200,
    )


def _on_call_page(values: Any, problems: dict[str, str]) -> Response:
    now = clock.now()
    return web.page(
        "rota/on_call.html",
        rows=[presenters.on_call_line(row.OnCall, row.name, now) for row in queries.on_call()],
        people=[{"value": user.id, "text": user.name} for user in clinicians()],
        values=values,
        problems=problems,
        status=422 if problems else 200,
    )
