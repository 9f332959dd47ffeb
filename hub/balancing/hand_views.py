"""What a lead does with one task by hand: assign it, move it, note a decision about it."""

from flask import flash, request, url_for
from werkzeug.wrappers import Response

from hub import records, task_forms
from hub.balancing import forms, presenters
from hub.balancing.blueprint import bp, leads
from hub.domain.actor import Actor
from hub.domain.eligibility import who_could
from hub.domain.lifecycle import Act, status_after
from hub.domain.vocabulary import Status
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Task
from hub.placing import actions, queries, shift_queries
from hub.security import current_actor
from hub.task_forms import Refused
from hub.worklist.queries import visible


@bp.get("/tasks/<ref>/assign")
@leads
def assign(ref: str) -> Response:
    """Ask to whom a waiting task is to be given, and why."""
    return _hand_page(_open(ref, Act.ASSIGNED))


@bp.post("/tasks/<ref>/assign")
@leads
def assign_now(ref: str) -> Response:
    """Give a waiting task to a person."""

    def act(task: Task, by: Actor) -> str:
        typed = forms.handing(request.form, [person.id for person in queries.people()])
        task_forms.check_seen(task, by=by)
        actions.assign_by_hand(task, to=typed.to, reason=typed.reason, by=by)
        return _handed(task, "is assigned to")

    return task_forms.send("assign", ref, act=act, again=_hand_page)


@bp.get("/tasks/<ref>/move")
@leads
def move(ref: str) -> Response:
    """Ask to whom an assigned task is to be moved, and why."""
    return _hand_page(_open(ref, Act.MOVED))


@bp.post("/tasks/<ref>/move")
@leads
def move_now(ref: str) -> Response:
    """Move a task to another person's worklist."""

    def act(task: Task, by: Actor) -> str:
        typed = forms.handing(request.form, [person.id for person in queries.people()])
        task_forms.check_seen(task, by=by)
        actions.move(task, to=typed.to, reason=typed.reason, by=by)
        return _handed(task, "is moved to")

    return task_forms.send("move", ref, act=act, again=_hand_page)


@bp.get("/tasks/<ref>/decide")
@leads
def decide(ref: str) -> Response:
    """Ask why a task on the needs-a-decision list is left where it is."""
    return _decide_page(visible(ref, by=current_actor()))


@bp.post("/tasks/<ref>/decide")
@leads
def decide_now(ref: str) -> Response:
    """Take the task off the needs-a-decision list, and leave it where it is."""

    def act(task: Task, by: Actor) -> str:
        reason = forms.decision(request.form)
        task_forms.check_seen(task, by=by)
        actions.decide(task, reason=reason, by=by)
        flash(f"{task.ref} is left where it is for three days; your reason is noted.")
        return task_forms.back() or url_for("balancing.decisions")

    return task_forms.send("decide", ref, act=act, again=_decide_page)


def _open(ref: str, act: Act) -> Task:
    """Return a task whose status allows `act` now; Conflict otherwise."""
    task = visible(ref, by=current_actor())
    if act is not Act.ASSIGNED or task.status != Status.RAISED:  # what workers are late with, a lead places
        status_after(Status(task.status), act)
    return task


def _handed(task: Task, words: str) -> str:
    names = queries.names([task.assignee_id])
    flash(f"{task.ref} {words} {names.get(task.assignee_id or 0, 'somebody')}.")
    return task_forms.back() or url_for("worklist.task", ref=task.ref)


def _hand_page(task: Task, refused: Refused | None = None) -> Response:
    needs, now = queries.needs_of(task), clock.now()
    judged = who_could(queries.people(), needs, now.astimezone(LONDON).date())
    holder = queries.names([task.assignee_id]).get(task.assignee_id or 0, "")
    people = presenters.candidates(judged, without=task.assignee_id, on_rota=shift_queries.on_the_rota())
    somebody_may = bool(people.ready or people.with_reason)
    verb = "move" if request.path.endswith("/move") else "assign"
    records.note_access(task, by=current_actor(), what=verb)  # the page names the patient
    db.session.commit()
    return task_forms.page(
        "balancing/hand.html",
        task,
        refused,
        moving=verb == "move",
        facts=presenters.task_facts(task, needs, holder, now, somebody_may=somebody_may),
        people=people,
    )


def _decide_page(task: Task, refused: Refused | None = None) -> Response:
    holder = queries.names([task.assignee_id]).get(task.assignee_id or 0, "")
    facts = presenters.task_facts(task, queries.needs_of(task), holder, clock.now())
    return task_forms.page("balancing/decide.html", task, refused, facts=facts)
