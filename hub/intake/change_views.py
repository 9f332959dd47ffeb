"""Changing an open request: how soon it is wanted, what is told of it, who the patient is."""

from collections.abc import Mapping

from flask import Blueprint, request
from werkzeug.wrappers import Response

from hub import records, request_forms, web
from hub.conversation import change_actions
from hub.conversation import queries as conversation_queries
from hub.domain.actor import Actor
from hub.domain.errors import Conflict, NotFound
from hub.domain.vocabulary import OPEN_STATUSES, Role, Status
from hub.extensions import db
from hub.intake import forms, presenters, queries
from hub.models import Task
from hub.placing import queries as placing
from hub.protocols.queries import kind_of
from hub.security import current_actor, roles

bp = Blueprint("changes", __name__)


@bp.get("/requests/<ref>/change")
@roles(Role.REQUESTER)
def change(ref: str) -> Response:
    """Show how soon the request is wanted and what was answered, to be changed."""
    task = _changeable(ref)
    values = {"requested": task.requested} | {f"fact-{code}": answer for code, answer in task.answers.items()}
    records.note_access(task, by=current_actor(), what="request opened to change")
    page = _change_page(task, values)
    db.session.commit()
    return page


@bp.post("/requests/<ref>/change")
@roles(Role.REQUESTER)
def change_now(ref: str) -> Response:
    """Change it."""

    def act(task: Task, by: Actor) -> None:
        requested, answers = forms.parse_change(request.form, kind_of(task))
        wanted = change_actions.Change(requested, request.form.get("change_reason", ""), answers)
        change_actions.change(task, wanted, by=by)

    said = "Changed. The clinician who has it is told."
    return request_forms.send("change", ref, act=act, again=_change_page, said=said)


@bp.get("/requests/<ref>/identity")
@roles(Role.REQUESTER)
def identity(ref: str) -> Response:
    """Show the patient's details, to be corrected."""
    task = _changeable(ref)
    if task.patient is None:
        raise NotFound("This request is not about a patient.")
    records.note_access(task, by=current_actor(), what="patient's details opened to correct")
    page = _identity_page(task, forms.identity_values(records.identity_of(task.patient)))
    db.session.commit()
    return page


@bp.post("/requests/<ref>/identity")
@roles(Role.REQUESTER)
def identity_now(ref: str) -> Response:
    """Correct them."""

    def act(task: Task, by: Actor) -> None:
        if task.patient is None:
            raise NotFound("This request is not about a patient.")
        found = forms.parse_identity(request.form, queries.today())
        same = request.form.get("update_stored") == "yes"
        change_actions.correct_identity(task, found, by=by, same_person=same)

    said = "Corrected. Whoever works for this patient is told to check the details again."
    # The patient is locked before any of their requests.
    return request_forms.send("identity", ref, act=act, again=_identity_page, said=said, lock=False)


def _changeable(ref: str) -> Task:
    task = conversation_queries.get(ref, by=current_actor())
    if task.status not in OPEN_STATUSES:
        raise Conflict("This request is over, so it cannot be changed. Write to the hub, or raise a new one.")
    if task.status == Status.SENT_BACK:
        raise Conflict("This request was sent back to you: correct it, and it goes on.")
    return task


def _change_page(task: Task, values: Mapping[str, str], problems: dict[str, str] | None = None) -> Response:
    kind = kind_of(task)
    return web.page(
        "intake/change.html",
        task=task,
        kind=kind,
        practice=placing.practice(task.practice_id),
        identity=records.identity_of(task.patient) if task.patient else None,
        patient_status=task.patient.status if task.patient else "",
        today=queries.today(),
        values=values,
        problems=problems or {},
        urgencies=presenters.urgency_options(placing.kind_promised(task)),
        answers=presenters.ANSWER_OPTIONS,
        safety=presenters.safety_facts(kind),
        helpful=presenters.helpful_facts(kind),
        status=422 if problems else 200,
    )


def _identity_page(task: Task, values: Mapping[str, str], problems: dict[str, str] | None = None) -> Response:
    return web.page(
        "intake/identity.html",
        task=task,
        practice=placing.practice(task.practice_id),
        others=max(0, len(conversation_queries.open_of_patient(task.patient_id)) - 1),
        values=values,
        problems=problems or {},
        no_number_options=presenters.no_number_options(forms.NO_NUMBER),
        status=422 if problems else 200,
    )
