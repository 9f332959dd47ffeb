"""Raising and correcting a request: choose a kind, fill in one form, check it, send it.

What is sent is kept and shown at an address of its own (redirect after post), so that Back,
Forward and reload show the filled form, with and without JavaScript.
"""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import records, web
from hub.conversation import actions as conversation
from hub.conversation import queries as conversation_queries
from hub.domain.errors import Conflict, Invalid, NotFound
from hub.domain.patient import Identity, is_another
from hub.domain.vocabulary import PatientStatus, Role, Status
from hub.extensions import db
from hub.forms import date_values
from hub.intake import (
    actions,
    draft_actions,
    draft_queries,
    forms,
    patients,
    presenters,
    queries,
    sheet_views,
)
from hub.intake.drafts import Draft
from hub.intake.sheet_views import Sheet, Values
from hub.models import Patient, Practice, Task
from hub.placing import queries as placing
from hub.protocols.queries import current_kinds, kind_of
from hub.security import current_actor, roles

bp = Blueprint("intake", __name__)

# Fields that belong to one sending of the form and are not kept with it.
_NOT_KEPT = frozenset({"csrf_token", "form_key", "step", "warned", "another_asked", "draft"})
_SENT = "sent"  # where the reference stands of what has become a request


@bp.get("/requests/new")
@roles(Role.REQUESTER)
def new() -> Response:
    """Show the kinds to choose from, or the form of the kind that was chosen."""
    practices = _raising_for()
    if not practices or not request.args.get("kind"):
        cards = presenters.cards(placing.all_as_promised(current_kinds()))
        return web.page("intake/choose.html", cards=cards, may_raise=bool(practices), practices=practices)
    return _show(_new_sheet(practices))


@bp.post("/requests/new")
@roles(Role.REQUESTER)
def send() -> Response:
    """Keep the form and show it once more, or send it; say meanwhile when someone will see it."""
    practices = _raising_for()
    if not practices:
        raise NotFound("There is no practice to raise for.")
    return _handle(_new_sheet(practices))


@bp.get("/requests/<ref>/correct")
@roles(Role.REQUESTER)
def correct(ref: str) -> Response:
    """Show the form of a request that was sent back, filled in with what was said before."""
    task = conversation_queries.get(ref, by=current_actor())
    if task.status != Status.SENT_BACK and request.args.get("draft"):
        return redirect(url_for("conversation.request_page", ref=task.ref))  # Back, after it was sent
    _check_sent_back(task)
    records.note_access(task, by=current_actor(), what="request opened to correct")
    page = _show(_correction_sheet(task))
    db.session.commit()
    return page


@bp.post("/requests/<ref>/correct")
@roles(Role.REQUESTER)
def send_correction(ref: str) -> Response:
    """Keep the correction and show it once more, or send it."""
    task = conversation_queries.get(ref, by=current_actor(), lock=True)
    _check_sent_back(task)
    return _handle(_correction_sheet(task))


def _raising_for() -> list[Practice]:
    """Return the practices this person may raise for now."""
    return queries.raising_for(current_actor())


def _new_sheet(practices: list[Practice]) -> Sheet:
    kind = queries.kind_named(request.args.get("kind", ""))
    if kind is None:
        raise NotFound("There is no such kind of request.")
    start = {"requested": "routine", **date_values("receipt", queries.today())}
    return Sheet(kind, practices, f"New request: {kind.name}", "Send request", start)


def _correction_sheet(task: Task) -> Sheet:
    kind = kind_of(task)
    practices = [one for one in queries.practices_of(current_actor()) if one.id == task.practice_id]
    start = forms.values_of(conversation_queries.draft_of(task))
    because = conversation_queries.sent_back_because(task)
    heading = f"Correct your request: {kind.name}"
    return Sheet(kind, practices, heading, "Send corrected request", start, task, because)


def _check_sent_back(task: Task) -> None:
    if task.status != Status.SENT_BACK:
        raise Conflict("Only a request that was sent back can be corrected. Open it to see where it stands.")


def _show(sheet: Sheet) -> Response:
    """Show what stands at this address: the form, as it was typed if it was, or the check."""
    draft_id = request.args.get("draft", "")
    if not draft_queries.is_id(draft_id):
        return redirect(sheet.at(draft_actions.new_id()))
    kept = draft_queries.find(draft_id, by=current_actor())
    if kept is not None and _SENT in kept:
        flash("You have sent this already. To ask for something else, raise a new request.")
        return redirect(url_for("conversation.request_page", ref=kept[_SENT]))
    step = request.args.get("step")
    if kept is None:
        if step:
            flash("What you typed is kept for a day, and that is over: fill in the form again.")
            return redirect(sheet.at(draft_id))
        return sheet_views.form(sheet, draft_id, sheet.start)
    if step == "check":
        return _check(sheet, draft_id, kept)
    problems = _problems(sheet, kept) if request.args.get("again") else {}
    if "update_stored" in problems:
        records.note_list_access(sheet.practice_ids, by=current_actor(), what="patient details compared")
        db.session.commit()
    return sheet_views.form(sheet, draft_id, kept, problems)


def _check(sheet: Sheet, draft_id: str, values: Values) -> Response:
    """Show the request once more; first, if there are any, the open ones for the same patient."""
    try:
        draft, already = _read(sheet, values)
    except Invalid:
        return redirect(sheet.at(draft_id, again=1))
    if already:
        asked = request.args.get("asked") == "1"
        return sheet_views.already(sheet, draft_id, values, draft, already, asked=asked)
    changed = request.args.get("changed") == "1"
    return sheet_views.check(sheet, draft_id, values, draft, changed=changed)


def _handle(sheet: Sheet) -> Response:
    """Keep what was typed, and lead to the address at which it stands; or send it."""
    step = request.form.get("step", "check")
    if step == "when":
        return web.page("intake/_when.html", panel=sheet_views.panel_so_far(sheet, request.form))
    draft_id = request.form.get("draft", "")
    if not draft_queries.is_id(draft_id):
        draft_id = draft_actions.new_id()
    if step == "send":
        return _send(sheet, draft_id)
    if step == "change":
        return _kept(sheet, draft_id)
    if _problems(sheet, _typed()):
        return _kept(sheet, draft_id, again=1)
    asked = request.form.get("another_asked") == "yes" and not request.form.get("another_because", "").strip()
    return _kept(sheet, draft_id, step="check", asked=1 if asked else None)


def _kept(sheet: Sheet, draft_id: str, **query: Any) -> Response:
    """Keep what was typed and lead to it; whatever else was begun is taken back."""
    values, ids, target = _typed(), sheet.practice_ids, sheet.at(draft_id, **query)
    chosen = values.get("practice", "")
    practice_id = int(chosen) if chosen in map(str, ids) else ids[0]
    db.session.rollback()
    draft_actions.keep(draft_id, practice_id, values, by=current_actor())
    db.session.commit()
    return redirect(target)


def _typed() -> dict[str, str]:
    return {name: value for name, value in request.form.items() if name not in _NOT_KEPT}


def _problems(sheet: Sheet, values: Values) -> dict[str, str]:
    try:
        _read(sheet, values)
    except Invalid as error:
        return error.problems
    return {}


def _read(sheet: Sheet, values: Values) -> tuple[Draft, list[Task]]:
    """Return the request that was typed, and the open ones for the same patient and kind.

    Raises:
        Invalid: with everything that is wrong.
    """
    draft = forms.parse(values, kind=sheet.kind, practice_ids=sheet.practice_ids, today=queries.today())
    if sheet.task is not None and forms.unchanged(draft, conversation_queries.draft_of(sheet.task)):
        raise Invalid({"ask": "You have changed nothing. Say in the text what you want us to know."})
    return draft, _already(sheet, draft)


def _send(sheet: Sheet, draft_id: str) -> Response:
    """Store it once, unless what was shown on the page before has changed meanwhile."""
    kept = draft_queries.find(draft_id, by=current_actor(), lock=True)
    if kept is not None and _SENT in kept:
        return redirect(url_for("conversation.request_page", ref=kept[_SENT]))
    claim = web.claim_form("correct" if sheet.task else "raise")
    if claim.ref:
        return redirect(url_for("conversation.request_page", ref=claim.ref))
    try:
        draft, already = _read(sheet, _typed())
        if draft.identity is not None and not already:
            patients.wait_for_twins(draft.practice_id, draft.identity)
            already = _already(sheet, draft)
        seen = sheet_views.foresee(draft).seen
        unwarned = not seen.in_time and request.form.get("warned") != "yes"
        if unwarned or already:
            return _kept(sheet, draft_id, step="check", changed=1 if unwarned else None)
        by, warning = current_actor(), None if seen.in_time else seen
        if sheet.task is None:
            task = actions.raise_request(draft, by=by, warning=warning)
        else:
            task = conversation.correct(sheet.task, draft, by=by, warning=warning)
    except Invalid:
        return _kept(sheet, draft_id, again=1)
    claim.ref = task.ref
    draft_actions.keep(draft_id, task.practice_id, {_SENT: task.ref}, by=by)
    db.session.commit()
    flash(f"Sent. Its reference is {task.ref}. This page shows where it stands.")
    return redirect(url_for("conversation.request_page", ref=task.ref))


def _already(sheet: Sheet, draft: Draft) -> list[Task]:
    """Return the open requests of this kind for this patient that the person has not been shown.

    Raises:
        Invalid: the patient cannot be used as typed.
    """
    if draft.identity is None:
        return []
    if sheet.task is not None:
        assert sheet.task.patient is not None
        patients.check_correction(sheet.task.patient, draft.identity, same_person=draft.update_stored)
        return []
    patient = patients.find(draft.practice_id, draft.identity)
    if patient is None:
        return []
    try:
        patients.check(patient, draft.identity, update_stored=draft.update_stored)
    except Invalid as error:
        raise Invalid(error.problems | _where_held(patient, draft.identity)) from error
    if draft.another_because:
        return []
    return queries.open_for(draft.practice_id, patient.id, draft.kind.code)


def _where_held(patient: Patient, typed: Identity) -> dict[str, str]:
    """Say on which request the practice can correct whom we hold under this number; {} if on none."""
    if patient.status != PatientStatus.REGISTERED or not is_another(records.identity_of(patient), typed):
        return {}
    ref = queries.newest_open(patient.id)
    return {"held_on": f"If what we hold is wrong, correct it on request {ref}"} if ref else {}
