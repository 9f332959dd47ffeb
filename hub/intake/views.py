"""Pages of intake: choose a kind, fill in one form, check it, send it; correct what was sent back."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from hub import records, web
from hub.conversation import actions as conversation
from hub.conversation import queries as conversation_queries
from hub.domain.errors import Conflict, Invalid, NotFound
from hub.domain.kinds import Kind
from hub.domain.vocabulary import Role, Status
from hub.extensions import db
from hub.forms import date_values
from hub.intake import actions, forms, patients, presenters, queries
from hub.intake.drafts import Draft
from hub.models import Practice, Task
from hub.protocols.queries import current_kinds, kind_of
from hub.security import current_actor, roles

bp = Blueprint("intake", __name__)

# Fields that belong to one sending of the form and are never carried to the next page.
_NOT_CARRIED = frozenset({"csrf_token", "form_key", "step", "warned", "another_asked"})


@dataclass(frozen=True)
class _Sheet:
    """One form being filled in: a new request, or (with `task`) the correction of one sent back."""

    kind: Kind
    practices: list[Practice]
    action: str
    heading: str
    send_words: str
    task: Task | None = None
    sent_back_because: str = ""

    @property
    def practice_ids(self) -> list[int]:
        return [practice.id for practice in self.practices]

    def practice(self, practice_id: int) -> Practice:
        return next(one for one in self.practices if one.id == practice_id)


@bp.get("/requests/new")
@roles(Role.REQUESTER)
def new() -> Response:
    """Show the kinds to choose from, or the form of the kind that was chosen."""
    practices = _raising_for()
    if not practices or not request.args.get("kind"):
        cards = presenters.cards(current_kinds())
        return web.page("intake/choose.html", cards=cards, may_raise=bool(practices))
    sheet = _new_sheet(practices)
    start = {"requested": "routine", **date_values("receipt", queries.today())}
    return _form(sheet, start)


@bp.post("/requests/new")
@roles(Role.REQUESTER)
def send() -> Response:
    """Check the form and show it once more, or send it; say meanwhile when someone will see it."""
    practices = _raising_for()
    if not practices:
        raise NotFound("There is no practice to raise for.")
    return _handle(_new_sheet(practices))


@bp.get("/requests/<ref>/correct")
@roles(Role.REQUESTER)
def correct(ref: str) -> Response:
    """Show the form of a request that was sent back, filled in with what was said before."""
    task = conversation_queries.get(ref, by=current_actor())
    _check_sent_back(task)
    records.note_access(task, by=current_actor(), what="request opened to correct")
    sheet = _correction_sheet(task)
    page = _form(sheet, forms.values_of(conversation_queries.draft_of(task)))
    db.session.commit()
    return page


@bp.post("/requests/<ref>/correct")
@roles(Role.REQUESTER)
def send_correction(ref: str) -> Response:
    """Check the correction and show it once more, or send it."""
    task = conversation_queries.get(ref, by=current_actor(), lock=True)
    _check_sent_back(task)
    return _handle(_correction_sheet(task))


def _raising_for() -> list[Practice]:
    """Return the practices this person may raise for now: those the hub serves."""
    practices = queries.practices_of(current_actor())
    return [one for one in practices if one.served and one.status == "active"]


def _new_sheet(practices: list[Practice]) -> _Sheet:
    kind = queries.kind_named(request.args.get("kind", ""))
    if kind is None:
        raise NotFound("There is no such kind of request.")
    action = url_for("intake.send", kind=kind.code)
    return _Sheet(kind, practices, action, f"New request: {kind.name}", "Send request")


def _correction_sheet(task: Task) -> _Sheet:
    kind = kind_of(task)
    practices = [one for one in queries.practices_of(current_actor()) if one.id == task.practice_id]
    action = url_for("intake.send_correction", ref=task.ref)
    because = conversation_queries.sent_back_because(task)
    return _Sheet(
        kind, practices, action, f"Correct your request: {kind.name}", "Send corrected request", task, because
    )


def _check_sent_back(task: Task) -> None:
    if task.status != Status.SENT_BACK:
        raise Conflict("Only a request that was sent back can be corrected. Open it to see where it stands.")


def _handle(sheet: _Sheet) -> Response:
    step = request.form.get("step", "check")
    if step == "when":
        return web.page("intake/_when.html", panel=_panel_so_far(sheet, request.form))
    if step == "change":
        return _form(sheet, request.form)
    try:
        draft = forms.parse(
            request.form, kind=sheet.kind, practice_ids=sheet.practice_ids, today=queries.today()
        )
        _check_changed(sheet, draft)
        return _send(sheet, draft) if step == "send" else _check(sheet, draft)
    except Invalid as error:
        if "form_key" in error.problems:
            raise
        db.session.rollback()
        if "update_stored" in error.problems:
            records.note_list_access(sheet.practice_ids, by=current_actor(), what="patient details compared")
            db.session.commit()
        return _form(sheet, request.form, error.problems)


def _check_changed(sheet: _Sheet, draft: Draft) -> None:
    if sheet.task is not None and forms.unchanged(draft, conversation_queries.draft_of(sheet.task)):
        raise Invalid({"ask": "You have changed nothing. Say in the text what you want us to know."})


def _check(sheet: _Sheet, draft: Draft, *, changed: bool = False) -> Response:
    """Show the request once more; first, if there are any, the open ones for the same patient."""
    already = _already(sheet, draft)
    if already:
        return _ask_whether_another(sheet, draft, already)
    return _show_check(sheet, draft, changed=changed)


def _send(sheet: _Sheet, draft: Draft) -> Response:
    """Store it once, unless what was shown on the page before has changed meanwhile."""
    claim = web.claim_form("correct" if sheet.task else "raise")
    if claim.ref:
        return redirect(url_for("conversation.request_page", ref=claim.ref))
    if draft.identity is not None:
        patients.wait_for_twins(draft.practice_id, draft.identity)
    seen = _foresee(draft).seen
    unwarned = not seen.in_time and request.form.get("warned") != "yes"
    if unwarned or _already(sheet, draft):
        return _check(sheet, draft, changed=unwarned)
    warning = None if seen.in_time else seen
    by = current_actor()
    if sheet.task is None:
        task = actions.raise_request(draft, by=by, warning=warning)
    else:
        task = conversation.correct(sheet.task, draft, by=by, warning=warning)
    claim.ref = task.ref
    db.session.commit()
    flash(f"Sent. Its reference is {task.ref}. This page shows where it stands.")
    return redirect(url_for("conversation.request_page", ref=task.ref))


def _already(sheet: _Sheet, draft: Draft) -> list[Task]:
    """Return the open requests of this kind for this patient that the person has not been shown.

    Raises:
        Invalid: the patient cannot be used as typed.
    """
    if draft.identity is None:
        return []
    if sheet.task is not None:
        assert sheet.task.patient is not None
        patients.check_correction(sheet.task.patient, draft.identity)
        return []
    patient = patients.find(draft.practice_id, draft.identity)
    if patient is None:
        return []
    patients.check(patient, draft.identity, update_stored=draft.update_stored)
    if draft.another_because:
        return []
    return queries.open_for(draft.practice_id, patient.id, draft.kind.code)


def _ask_whether_another(sheet: _Sheet, draft: Draft, already: list[Task]) -> Response:
    for task in already:
        records.note_access(task, by=current_actor(), what="shown as open already")
    asked = request.form.get("another_asked") == "yes"
    problems = {"another_because": "Say why another one is needed."} if asked else {}
    names = queries.names(task.raised_by_id for task in already)
    texts = {task.id: queries.texts_of(task) for task in already}
    page = web.page(
        "intake/already.html",
        kind=sheet.kind,
        action=sheet.action,
        identity=draft.identity,
        today=queries.today(),
        already=[presenters.open_request(task, texts[task.id], names) for task in already],
        carried=_carried(drop={"another_because"}),
        values={"another_because": presenters.why_another(draft.document, texts.values())},
        problems=problems,
        status=422 if problems else 200,
    )
    db.session.commit()
    return page


def _show_check(sheet: _Sheet, draft: Draft, *, changed: bool) -> Response:
    return web.page(
        "intake/check.html",
        kind=sheet.kind,
        action=sheet.action,
        send_words=sheet.send_words,
        practice=sheet.practice(draft.practice_id),
        identity=draft.identity,
        today=queries.today(),
        panel=_panel(draft),
        late_receipt=presenters.late_receipt(draft.receipt_on, queries.today()),
        changed=changed,
        another_because=draft.another_because,
        request_lines=presenters.request_lines(draft),
        fact_lines=presenters.fact_lines(draft.kind, draft.answers),
        carried=_carried(),
        values={} if changed else request.form,
    )


def _form(
    sheet: _Sheet, values: MultiDict[str, str] | dict[str, str], problems: dict[str, str] | None = None
) -> Response:
    kind = sheet.kind
    return web.page(
        "intake/form.html",
        kind=kind,
        action=sheet.action,
        heading=sheet.heading,
        task=sheet.task,
        sent_back_because=sheet.sent_back_because,
        values=values,
        problems=problems or {},
        panel=_panel_so_far(sheet, values) if _told_anything(values) else None,
        practices=presenters.practice_options(sheet.practices),
        subtype_options=presenters.subtype_options(kind),
        no_number_options=presenters.no_number_options(forms.NO_NUMBER),
        safety=presenters.safety_facts(kind),
        helpful=presenters.helpful_facts(kind),
        answers=presenters.ANSWER_OPTIONS,
        urgencies=presenters.urgency_options(kind),
        longest_ask=forms.LONGEST_ASK,
        longest_reason=forms.LONGEST_REASON,
        status=422 if problems else 200,
    )


def _told_anything(values: Any) -> bool:
    return any(name.startswith("fact-") for name in values)


def _panel_so_far(sheet: _Sheet, values: Any) -> presenters.Panel | None:
    draft = forms.sketch(values, kind=sheet.kind, practice_ids=sheet.practice_ids, today=queries.today())
    return _panel(draft) if draft.practice_id else None


def _carried(drop: set[str] | None = None) -> list[tuple[str, str]]:
    """Return what was typed, for hidden fields: it never goes into an address."""
    left_out = _NOT_CARRIED | (drop or set())
    return [(name, value) for name, value in request.form.items(multi=True) if name not in left_out]


def _panel(draft: Draft) -> presenters.Panel:
    found = _foresee(draft)
    why = presenters.why_then(draft.kind, draft.requested, found.placement) if found.placement else ()
    return presenters.panel(found.seen, why)


def _foresee(draft: Draft) -> queries.Foreseen:
    return queries.foresee(draft, telephone=current_app.config["HUB_TELEPHONE"])
