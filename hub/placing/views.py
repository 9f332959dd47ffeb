"""Pages on which a task changes hands: take, next task, release, send back, hand to a pharmacist."""

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import task_forms
from hub.domain.actor import Actor
from hub.domain.lifecycle import Act, status_after
from hub.domain.sending_back import REASONS
from hub.domain.vocabulary import Role, Status
from hub.extensions import db
from hub.models import Task
from hub.placing import actions, forms, presenters
from hub.security import current_actor, roles
from hub.task_forms import Refused
from hub.worklist import queries as worklist

bp = Blueprint("placing", __name__)


@bp.post("/worklist/next")
@roles(Role.CLINICIAN)
def next_task() -> Response:
    """Lead to the task in progress, else to the first of my list, else to one pulled from the queues."""
    by = current_actor()
    assert by.user_id is not None
    task = worklist.first_of(by.user_id) or actions.next_task(by=by)
    if task is None:
        db.session.rollback()
        flash("No waiting task is one that you may do now. Your list says how many wait.")
        return redirect(url_for("worklist.mine"))
    target = url_for("worklist.task", ref=task.ref)
    db.session.commit()
    return redirect(target)


@bp.post("/tasks/<ref>/take")
@roles(Role.CLINICIAN)
def take(ref: str) -> Response:
    """Put a waiting task on my own worklist."""

    def act(task: Task, by: Actor) -> str:
        actions.take(task, by=by)
        flash(f"{task.ref} is on your worklist.")
        return url_for("worklist.task", ref=task.ref)

    return task_forms.send("take", ref, act=act, again=task_forms.refuse)


@bp.get("/tasks/<ref>/release")
@roles(Role.CLINICIAN, Role.LEAD)
def release(ref: str) -> Response:
    """Ask why the task is released."""
    return _release_page(_open(ref, Act.RELEASED))


@bp.post("/tasks/<ref>/release")
@roles(Role.CLINICIAN, Role.LEAD)
def release_now(ref: str) -> Response:
    """Put the task back into its queue."""

    def act(task: Task, by: Actor) -> str:
        reason = forms.read_words(request.form, "Say why you release it, so that the next person knows.")
        task_forms.check_seen(task, by=by)
        actions.release(task, reason=reason, by=by)
        flash(f"{task.ref} is back in its queue, with its age.")
        return task_forms.back() or _home(by)

    return task_forms.send("release", ref, act=act, again=_release_page)


def _release_page(task: Task, refused: Refused | None = None) -> Response:
    return task_forms.page("placing/release.html", task, refused)


@bp.get("/tasks/<ref>/send-back")
@roles(Role.CLINICIAN, Role.LEAD)
def send_back(ref: str) -> Response:
    """Ask why the task goes back to its practice."""
    return _send_back_page(_open(ref, Act.SENT_BACK))


@bp.post("/tasks/<ref>/send-back")
@roles(Role.CLINICIAN, Role.LEAD)
def send_back_now(ref: str) -> Response:
    """Return the task to its practice."""

    def act(task: Task, by: Actor) -> str:
        typed = forms.read_send_back(request.form)
        task_forms.check_seen(task, by=by)
        actions.send_back(task, reason_code=typed.code, reason=typed.words, by=by)
        flash(f"{task.ref} is sent back. The practice sees your reason.")
        return task_forms.back() or _home(by)

    return task_forms.send("send-back", ref, act=act, again=_send_back_page)


def _send_back_page(task: Task, refused: Refused | None = None) -> Response:
    reasons = presenters.reason_options(REASONS)
    return task_forms.page("placing/send_back.html", task, refused, reasons=reasons)


@bp.get("/tasks/<ref>/hand-over")
@roles(Role.CLINICIAN)
def hand_over(ref: str) -> Response:
    """Ask what the pharmacist must know."""
    return _hand_over_page(_open(ref, Act.HANDED_OVER))


@bp.post("/tasks/<ref>/hand-over")
@roles(Role.CLINICIAN)
def hand_over_now(ref: str) -> Response:
    """Hand the task to its next stage."""

    def act(task: Task, by: Actor) -> str:
        note = forms.read_words(request.form, "Say what you did and what is left, for the pharmacist.")
        task_forms.check_seen(task, by=by)
        actions.hand_over(task, note=note, by=by)
        flash(f"{task.ref} is handed on; it goes to the next pharmacist who is free.")
        return _home(by)

    return task_forms.send("hand-over", ref, act=act, again=_hand_over_page)


def _hand_over_page(task: Task, refused: Refused | None = None) -> Response:
    return task_forms.page("placing/hand_over.html", task, refused)


def _open(ref: str, act: Act) -> Task:
    """Return a task whose status allows `act` now; Conflict otherwise."""
    task = worklist.visible(ref, by=current_actor())
    status_after(Status(task.status), act)
    return task


def _home(by: Actor) -> str:
    return url_for("worklist.mine" if by.has(Role.CLINICIAN) else "worklist.queues")
