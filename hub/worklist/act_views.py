"""Small pages, one act each: start, pause, wait, resume, escalate, raised in error."""

from typing import Any

from flask import flash, request, url_for
from werkzeug.wrappers import Response

from hub import task_forms
from hub.conversation import actions as conversation
from hub.domain.actor import Actor
from hub.domain.lifecycle import Act, status_after
from hub.domain.vocabulary import OPEN_STATUSES, Role, Status
from hub.domain.worktime import LONDON
from hub.extensions import clock
from hub.forms import date_values
from hub.models import Task
from hub.placing import queries as placing
from hub.protocols.queries import kind_of
from hub.security import current_actor, roles
from hub.task_forms import Refused
from hub.worklist import actions, closing_presenters, forms, queries, sheet_presenters
from hub.worklist.blueprint import bp


def _own(ref: str, act: Act) -> Task:
    """Return a task on which this person may do `act` now; Conflict otherwise."""
    by = current_actor()
    task = queries.visible(ref, by=by)
    actions.check_own(task, act, by=by)
    return task


def _open(ref: str) -> Task:
    """Return a task that is not closed; Conflict otherwise."""
    task = queries.visible(ref, by=current_actor())
    status_after(Status(task.status), Act.CANCELLED)
    return task


def _to_task(task: Task) -> str:
    return url_for("worklist.task", ref=task.ref)


@bp.get("/tasks/<ref>/start")
@roles(Role.CLINICIAN)
def start(ref: str) -> Response:
    """Ask to check the identity before starting."""
    return _begin_page(_own(ref, Act.STARTED), resuming=False)


@bp.post("/tasks/<ref>/start")
@roles(Role.CLINICIAN)
def start_now(ref: str) -> Response:
    """Start."""

    def act(task: Task, by: Actor) -> str:
        task_forms.check_seen(task, by=by)
        _say_paused(actions.start(task, confirmed=task_forms.identity_ticked(task), by=by))
        return _to_task(task)

    def again(task: Task, refused: Refused) -> Response:
        return _begin_page(task, refused, resuming=False)

    return task_forms.send("start", ref, act=act, again=again)


@bp.get("/tasks/<ref>/resume")
@roles(Role.CLINICIAN)
def resume(ref: str) -> Response:
    """Ask to check the identity before going on."""
    return _begin_page(_own(ref, Act.RESUMED), resuming=True)


@bp.post("/tasks/<ref>/resume")
@roles(Role.CLINICIAN)
def resume_now(ref: str) -> Response:
    """Go on with a task that waited."""

    def act(task: Task, by: Actor) -> str:
        task_forms.check_seen(task, by=by)
        _say_paused(actions.resume(task, confirmed=task_forms.identity_ticked(task), by=by))
        return _to_task(task)

    def again(task: Task, refused: Refused) -> Response:
        return _begin_page(task, refused, resuming=True)

    return task_forms.send("resume", ref, act=act, again=again)


def _begin_page(task: Task, refused: Refused | None = None, *, resuming: bool) -> Response:
    user_id = current_actor().user_id
    assert user_id is not None
    other = queries.in_progress(user_id)
    person, kind = placing.person(user_id), kind_of(task)
    profession = person.profession if person else None
    return task_forms.page(
        "worklist/start.html",
        task,
        refused,
        cannot_finish=closing_presenters.cannot_finish(kind, task.answers, task.stage, profession),
        verb="Resume" if resuming else "Go on" if task.started_at else "Start",
        other=other if other is not None and other.id != task.id else None,
        other_kind=kind_of(other).name if other is not None else "",
    )


def _say_paused(paused: Task | None) -> None:
    if paused is not None:
        flash(f"{paused.ref} is paused. It stands on your worklist.")


@bp.post("/tasks/<ref>/pause")
@roles(Role.CLINICIAN)
def pause(ref: str) -> Response:
    """Lay the task aside; it stays on the same list."""

    def act(task: Task, by: Actor) -> str:
        actions.pause(task, by=by)
        flash(f"{task.ref} is paused. It stands on your worklist.")
        return url_for("worklist.mine")

    return task_forms.send("pause", ref, act=act, again=task_forms.refuse)


@bp.get("/tasks/<ref>/wait")
@roles(Role.CLINICIAN)
def wait(ref: str) -> Response:
    """Ask on whom to wait, and until when."""
    return _wait_page(_own(ref, Act.WAITED))


@bp.post("/tasks/<ref>/wait")
@roles(Role.CLINICIAN)
def wait_now(ref: str) -> Response:
    """Lay the task aside until someone has acted."""

    def act(task: Task, by: Actor) -> str:
        typed = forms.read_wait(request.form)
        task_forms.check_seen(task, by=by)
        actions.wait(task, on=typed.on, until=typed.until, words=typed.words, by=by)
        flash(f"{task.ref} waits. It comes back to you by itself.")
        return url_for("worklist.mine")

    return task_forms.send("wait", ref, act=act, again=_wait_page)


def _wait_page(task: Task, refused: Refused | None = None) -> Response:
    now, moments = clock.now(), queries.chase_times(task)
    return task_forms.page(
        "worklist/wait.html",
        task,
        refused,
        whom=sheet_presenters.WAIT_OPTIONS,
        clock_words=sheet_presenters.CLOCK_WORDS,
        days=sheet_presenters.day_options(moments, now),
        deadline=sheet_presenters.deadline_words(task.deadline_at, now),
    )


@bp.get("/tasks/<ref>/escalate")
@roles(Role.CLINICIAN, Role.LEAD)
def escalate(ref: str) -> Response:
    """Ask whom I telephoned."""
    today = clock.now().astimezone(LONDON).date()
    return task_forms.page("worklist/escalate.html", _open(ref), values=date_values("when", today))


@bp.post("/tasks/<ref>/escalate")
@roles(Role.CLINICIAN, Role.LEAD)
def escalate_now(ref: str) -> Response:
    """Note an escalation by telephone."""

    def act(task: Task, by: Actor) -> str:
        typed = forms.read_escalation(request.form)
        actions.escalate(
            task, whom=typed.whom, when=typed.when, reached=typed.reached, note=typed.note, by=by
        )
        flash(
            f"The escalation of {task.ref} is in its history."
            if typed.reached
            else f"Your attempt is in the history of {task.ref}, and the leads are asked to act. Keep trying."
        )
        return _to_task(task)

    def again(task: Task, refused: Refused) -> Response:
        return task_forms.page("worklist/escalate.html", task, refused)

    return task_forms.send("escalate", ref, act=act, again=again)


@bp.get("/tasks/<ref>/raised-in-error")
@roles(Role.CLINICIAN, Role.LEAD)
def raised_in_error(ref: str) -> Response:
    """Ask why the task should never have been raised."""
    return task_forms.page("worklist/raised_in_error.html", _open(ref))


@bp.post("/tasks/<ref>/raised-in-error")
@roles(Role.CLINICIAN, Role.LEAD)
def raised_in_error_now(ref: str) -> Response:
    """End the task as an error."""

    def act(task: Task, by: Actor) -> str:
        reason = forms.read_reason(
            request.form, "Say why this was an error, so that the practice understands."
        )
        task_forms.check_seen(task, by=by)
        actions.raised_in_error(task, reason=reason, by=by)
        flash(f"{task.ref} is ended: raised in error. The practice sees your reason.")
        return _to_task(task)

    def again(task: Task, refused: Refused) -> Response:
        return task_forms.page("worklist/raised_in_error.html", task, refused)

    return task_forms.send("raised-in-error", ref, act=act, again=again)


@bp.get("/tasks/<ref>/message")
@roles(Role.CLINICIAN, Role.LEAD)
def write(ref: str) -> Response:
    """Ask what to write to the practice."""
    return _write_page(queries.visible(ref, by=current_actor()))


@bp.post("/tasks/<ref>/message")
@roles(Role.CLINICIAN, Role.LEAD)
def write_now(ref: str) -> Response:
    """Write to the practice; the task goes on as it is."""

    def act(task: Task, by: Actor) -> str:
        typed = forms.read_message(request.form)
        if typed.asks:
            conversation.ask(task, typed.text, by=by)
        else:
            conversation.write(task, typed.text, by=by, from_hub=True)
        flash(f"Your message stands on the request {task.ref}; the practice is told.")
        return _to_task(task)

    return task_forms.send("write", ref, act=act, again=_write_page)


def _write_page(task: Task, refused: Refused | None = None) -> Response:
    first: dict[str, Any] = {"values": {"asks": "no"}} if refused is None else {}
    may_ask = Status(task.status) in OPEN_STATUSES
    return task_forms.page("worklist/write.html", task, refused, may_ask=may_ask, **first)
