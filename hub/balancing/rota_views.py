"""The pages of the rota: the week, and one person's shifts and absence. For leads."""

import datetime as dt
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.balancing import released_presenters, released_queries
from hub.balancing import rota_actions as actions
from hub.balancing import rota_duty_queries as duty
from hub.balancing import rota_forms as forms
from hub.balancing import rota_presenters as presenters
from hub.balancing import rota_queries as queries
from hub.balancing.rota_drafts import ABSENCE_REASONS
from hub.domain.errors import Invalid
from hub.domain.vocabulary import Role
from hub.extensions import clock, db
from hub.forms import date_values
from hub.models import Absence, User, WeeklyShift
from hub.people.queries import log_of
from hub.protocols.queries import current_kinds
from hub.security import current_actor, roles

bp = Blueprint("rota", __name__)
_leads = roles(Role.LEAD)
A_WEEK = dt.timedelta(days=7)


@bp.get("/rota")
@_leads
def week() -> Response:
    """Show who works when, and how many minutes, in one week."""
    today = queries.today()
    asked = request.args.get("week")
    found = queries.week(forms.parse_week(asked, today))
    is_coming_week = not asked and queries.is_weekend_off(found, today)
    if is_coming_week:
        found = queries.week(found.monday + A_WEEK)
    return web.page(
        "rota/week.html",
        week=found,
        show=presenters,
        today=today,
        on_call=[presenters.on_call_line(row.OnCall, row.name, clock.now()) for row in duty.on_call()],
        totals=[sum(row.days[n].minutes for row in found.rows) for n in range(7)],
        before=found.monday - A_WEEK,
        after=found.monday + A_WEEK,
        is_this_week=found.monday <= today < found.monday + A_WEEK,
        is_coming_week=is_coming_week,
    )


@bp.get("/rota/<int:user_id>")
@_leads
def person(user_id: int) -> Response:
    """Show one person's shifts and absence, and offer to add to them. Polled while work is given out anew."""
    if request.args.get("poll") and not web.is_fragment():
        # The address of a poll keeps no session awake, so a person must not stay on it.
        return redirect(url_for(".person", user_id=user_id))
    return _person_page(queries.clinician(user_id), {}, {})


@bp.post("/rota/<int:user_id>/weekly")
@_leads
def add_weekly(user_id: int) -> Response:
    """Add a shift that repeats each week."""
    user = queries.clinician(user_id)
    try:
        draft = forms.parse_weekly(request.form, request.form.getlist("weekdays"))
        claim = web.claim_form("weekly")
        if not claim.ref:
            claim.ref = str(actions.add_weekly(user, draft, by=current_actor()))
    except Invalid as error:
        return _person_page(user, request.form, error.problems)
    return _saved(user, "The weekly shift is saved.")


@bp.get("/rota/<int:user_id>/weekly/<int:shift_id>")
@_leads
def weekly(user_id: int, shift_id: int) -> Response:
    """Show one weekly shift: give it a last day, or remove it."""
    user = queries.clinician(user_id)
    shift = queries.weekly(user, shift_id)
    return _weekly_page(user, shift, date_values("valid_to", shift.valid_to), {})


@bp.post("/rota/<int:user_id>/weekly/<int:shift_id>")
@_leads
def end_weekly(user_id: int, shift_id: int) -> Response:
    """Give a weekly shift a last day."""
    user = queries.clinician(user_id)
    shift = queries.weekly(user, shift_id)
    try:
        actions.end_weekly(user, shift, forms.parse_last_day(request.form), by=current_actor())
    except Invalid as error:
        return _weekly_page(user, shift, request.form, error.problems)
    return _saved(user, "The last day is saved.")


@bp.post("/rota/<int:user_id>/weekly/<int:shift_id>/remove")
@_leads
def remove_weekly(user_id: int, shift_id: int) -> Response:
    """Remove a weekly shift that was a mistake."""
    user = queries.clinician(user_id)
    actions.remove_weekly(user, queries.weekly(user, shift_id), by=current_actor())
    return _saved(user, "The weekly shift is removed.")


@bp.post("/rota/<int:user_id>/extra")
@_leads
def add_extra(user_id: int) -> Response:
    """Add a shift on one day."""
    user = queries.clinician(user_id)
    try:
        draft = forms.parse_extra(request.form)
        claim = web.claim_form("extra")
        if not claim.ref:
            actions.add_extra(user, draft, by=current_actor())
            claim.ref = "added"
    except Invalid as error:
        return _person_page(user, request.form, error.problems)
    return _saved(user, "The shift is saved.")


@bp.post("/rota/<int:user_id>/extra/<int:shift_id>/remove")
@_leads
def remove_extra(user_id: int, shift_id: int) -> Response:
    """Remove a shift on one day."""
    user = queries.clinician(user_id)
    actions.remove_extra(user, shift_id, by=current_actor())
    return _saved(user, "The shift is removed.")


@bp.post("/rota/<int:user_id>/absence")
@_leads
def add_absence(user_id: int) -> Response:
    """Record that someone is away."""
    user = queries.clinician(user_id)
    try:
        draft = forms.parse_absence(request.form)
        claim = web.claim_form("absence")
        if not claim.ref:
            actions.add_absence(user, draft, by=current_actor())
            claim.ref = "added"
    except Invalid as error:
        return _person_page(user, request.form, error.problems)
    if draft.starts_at <= clock.now() < draft.ends_at:
        return _saved(user, "The absence is saved. What went back to its queues stands below.")
    return _saved(user, "The absence is saved. When it begins, what they have not started goes back.")


@bp.post("/rota/<int:user_id>/away")
@_leads
def away(user_id: int) -> Response:
    """Record that someone has gone, from this moment on."""
    user = queries.clinician(user_id)
    try:
        draft = forms.parse_away(request.form, clock.now(), queries.shift_over_midnight(user))
        claim = web.claim_form("away")
        if not claim.ref:
            actions.add_absence(user, draft, by=current_actor())
            claim.ref = "added"
    except Invalid as error:
        return _person_page(user, request.form, error.problems)
    return _saved(
        user,
        f"{user.name} is away from now on. What they had not started is back in its queues, with its age, "
        "and stands below; what they had started stands on the leads' list of decisions.",
    )


@bp.post("/rota/<int:user_id>/absence/<int:absence_id>/remove")
@_leads
def remove_absence(user_id: int, absence_id: int) -> Response:
    """Remove an absence."""
    user = queries.clinician(user_id)
    actions.remove_absence(user, absence_id, by=current_actor())
    return _saved(user, "The absence is removed.")


def _saved(user: User, sentence: str) -> Response:
    db.session.commit()
    flash(sentence)
    return redirect(url_for(".person", user_id=user.id))


def _person_page(user: User, values: Any, problems: dict[str, str]) -> Response:
    today, absences = queries.today(), queries.absences_of(user)
    return web.page(
        "rota/person.html",
        partial="rota/_back.html",
        user=user,
        show=presenters,
        weekly=queries.weekly_of(user),
        extra=queries.extra_of(user),
        absences=absences,
        back=_back(user, absences),
        passes_midnight=queries.shift_over_midnight(user) is not None,
        reasons=[{"value": one, "text": one} for one in ABSENCE_REASONS],
        meetings=[presenters.meeting_line(row.Meeting, row.name) for row in duty.meetings(user.id)],
        on_call=[presenters.on_call_line(row.OnCall, row.name, clock.now()) for row in duty.on_call(user.id)],
        log=log_of(user_id=user.id),
        values=values or date_values("valid_from", today) | {"break_minutes": "0"},
        problems=problems,
        status=422 if problems else 200,
    )


def _back(user: User, absences: list[Absence]) -> released_presenters.Back | None:
    now = clock.now()
    since = released_queries.away_since(absences, now)
    if since is None:
        return None
    kinds = {kind.code: kind.name for kind in current_kinds()}
    found = released_queries.released(user.id, since)
    return released_presenters.back(found, kinds, request.args.get("back", ""), now)


def _weekly_page(user: User, shift: WeeklyShift, values: Any, problems: dict[str, str]) -> Response:
    return web.page(
        "rota/weekly.html",
        user=user,
        shift=shift,
        show=presenters,
        values=values,
        problems=problems,
        status=422 if problems else 200,
    )
