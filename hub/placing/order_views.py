"""Pages on which people overrule the order: set a place, pin, reserve, and take each of these back."""

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response

from hub import task_forms
from hub.domain.actor import Actor
from hub.domain.eligibility import hard_refusals
from hub.domain.errors import Conflict
from hub.domain.lifecycle import STATUS_IN_A_SENTENCE
from hub.domain.promises import when_words
from hub.domain.vocabulary import Band, Role, Status
from hub.domain.worktime import LONDON
from hub.extensions import clock
from hub.models import Task
from hub.placing import forms, keeping_actions, order_forms, order_presenters, override_actions, queries
from hub.security import current_actor, roles
from hub.task_forms import Refused
from hub.worklist import queries as worklist

bp = Blueprint("order", __name__)


@bp.get("/tasks/<ref>/set-place")
@roles(Role.CLINICIAN, Role.LEAD)
def override(ref: str) -> Response:
    """Ask where the task should stand, until when and why."""
    task = worklist.visible(ref, by=current_actor())
    override_actions.check_may_set(task, by=current_actor())
    return _override_page(task)


@bp.post("/tasks/<ref>/set-place")
@roles(Role.CLINICIAN, Role.LEAD)
def override_now(ref: str) -> Response:
    """Set where the task stands."""

    def act(task: Task, by: Actor) -> str:
        typed = order_forms.read_override(request.form, clock.now())
        task_forms.check_seen(task, by=by)
        override_actions.set_override(
            task, band=typed.band, first=typed.first, until=typed.until, reason=typed.reason, by=by
        )
        first = "is set first; what is more urgent by rule still goes before it. That holds"
        where = first if typed.first else "stands where you set it"
        flash(f"{task.ref} {where} until {when_words(typed.until)}. Your reason is in its history.")
        return _to_task(task)

    return task_forms.send("set-place", ref, act=act, again=_override_page)


@bp.post("/tasks/<ref>/set-place/take-back")
@roles(Role.CLINICIAN, Role.LEAD)
def clear_override(ref: str) -> Response:
    """Let the rules alone say where the task stands."""

    def act(task: Task, by: Actor) -> str:
        override_actions.clear_override(task, by=by)
        flash(f"{task.ref} stands where the rules put it.")
        return _to_task(task)

    return task_forms.send("take-back-place", ref, act=act, again=task_forms.refuse)


def _override_page(task: Task, refused: Refused | None = None) -> Response:
    now = clock.now()
    return task_forms.page(
        "placing/set_place.html",
        task,
        refused,
        places=order_presenters.place_options(Band(task.band)),
        untils=order_presenters.until_options(now),
        example=order_presenters.day_example(now),
        stands=order_presenters.stands_now(task),
    )


@bp.get("/tasks/<ref>/pin")
@roles(Role.CLINICIAN, Role.LEAD)
def pin(ref: str) -> Response:
    """Ask why the task should stay with the person who has it."""
    task = worklist.visible(ref, by=current_actor())
    keeping_actions.check_may_pin(task, by=current_actor())
    return _pin_page(task)


@bp.post("/tasks/<ref>/pin")
@roles(Role.CLINICIAN, Role.LEAD)
def pin_now(ref: str) -> Response:
    """Pin the task."""

    def act(task: Task, by: Actor) -> str:
        reason = forms.read_words(request.form, "Say why it should stay with this person.")
        task_forms.check_seen(task, by=by)
        keeping_actions.pin(task, reason=reason, by=by)
        flash(f"{task.ref} is pinned: it stays with the person who has it.")
        return _to_task(task)

    return task_forms.send("pin", ref, act=act, again=_pin_page)


@bp.post("/tasks/<ref>/unpin")
@roles(Role.CLINICIAN, Role.LEAD)
def unpin(ref: str) -> Response:
    """Let the task be moved and released again."""

    def act(task: Task, by: Actor) -> str:
        keeping_actions.unpin(task, by=by)
        flash(f"{task.ref} is not pinned any more.")
        return _to_task(task)

    return task_forms.send("unpin", ref, act=act, again=task_forms.refuse)


def _pin_page(task: Task, refused: Refused | None = None) -> Response:
    holder = queries.names([task.assignee_id]).get(task.assignee_id or 0, "the person who has it")
    return task_forms.page("placing/pin.html", task, refused, holder=holder)


@bp.get("/tasks/<ref>/reserve")
@roles(Role.LEAD)
def reserve(ref: str) -> Response:
    """Ask for whom the task is to be kept, until when and why."""
    task = worklist.visible(ref, by=current_actor())
    if task.status != Status.QUEUED:
        raise Conflict(f"This task {STATUS_IN_A_SENTENCE[Status(task.status)]}, so it cannot be reserved.")
    return _reserve_page(task)


@bp.post("/tasks/<ref>/reserve")
@roles(Role.LEAD)
def reserve_now(ref: str) -> Response:
    """Keep the task for one person."""

    def act(task: Task, by: Actor) -> str:
        ids = [person.id for person in queries.people()]
        typed = order_forms.read_reservation(request.form, ids, clock.now())
        task_forms.check_seen(task, by=by)
        keeping_actions.reserve(task, to=typed.person_id, until=typed.until, reason=typed.reason, by=by)
        name = queries.names([typed.person_id]).get(typed.person_id, "them")
        flash(f"{task.ref} is kept for {name} until {when_words(typed.until)}.")
        return _to_task(task)

    return task_forms.send("reserve", ref, act=act, again=_reserve_page)


@bp.post("/tasks/<ref>/unreserve")
@roles(Role.LEAD)
def unreserve(ref: str) -> Response:
    """Let everybody have the task again."""

    def act(task: Task, by: Actor) -> str:
        keeping_actions.unreserve(task, by=by)
        flash(f"{task.ref} is not reserved any more: whoever may do it may have it.")
        return _to_task(task)

    return task_forms.send("unreserve", ref, act=act, again=task_forms.refuse)


def _reserve_page(task: Task, refused: Refused | None = None) -> Response:
    now, needs = clock.now(), queries.needs_of(task)
    today = now.astimezone(LONDON).date()
    able = [one for one in queries.people() if not hard_refusals(one, needs, today=today)]
    return task_forms.page(
        "placing/reserve.html",
        task,
        refused,
        people=order_presenters.people_options(able),
        untils=order_presenters.until_options(now),
        example=order_presenters.day_example(now),
    )


def _to_task(task: Task) -> str:
    return url_for("worklist.task", ref=task.ref, _anchor="why-this-place")
