"""Noting one attempt to reach the patient on their task."""

from flask import flash, request, url_for
from werkzeug.wrappers import Response

from hub import task_forms
from hub.domain.actor import Actor
from hub.domain.contact import WORDS, Contact
from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON
from hub.extensions import clock
from hub.forms import date_values
from hub.handouts import actions, forms
from hub.handouts.blueprint import bp
from hub.models import Task
from hub.security import current_actor, roles
from hub.task_forms import Refused
from hub.worklist import queries


@bp.get("/tasks/<ref>/contact")
@roles(Role.CLINICIAN, Role.LEAD)
def contact(ref: str) -> Response:
    """Ask what came of the attempt."""
    return _page(queries.visible(ref, by=current_actor()))


@bp.post("/tasks/<ref>/contact")
@roles(Role.CLINICIAN, Role.LEAD)
def contact_now(ref: str) -> Response:
    """Note it."""

    def act(task: Task, by: Actor) -> str:
        typed = forms.attempt(request.form)
        task_forms.check_seen(task, by=by)
        actions.note_contact(
            task, contact=typed.contact, on=typed.on, note=typed.note, time=typed.time, by=by
        )
        flash(f"{WORDS[typed.contact]}: noted on {task.ref}.")
        return url_for("worklist.task", ref=task.ref)

    return task_forms.send("contact", ref, act=act, again=_page)


def _page(task: Task, refused: Refused | None = None) -> Response:
    first = {} if refused else {"values": date_values("on", clock.now().astimezone(LONDON).date())}
    options = [{"value": one.value, "text": WORDS[one]} for one in Contact]
    return task_forms.page("handouts/contact.html", task, refused, options=options, **first)
