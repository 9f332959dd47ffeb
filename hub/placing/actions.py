"""What people do with a task's place: take, release, send back, hand over, assign, move, hold, decide."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from hub import background, records
from hub.domain.actor import Actor
from hub.domain.assignment import Worklist, next_for
from hub.domain.eligibility import ForAct, Person, check_may_do
from hub.domain.errors import Conflict, Invalid, NotAllowed
from hub.domain.lifecycle import Act
from hub.domain.routing import route
from hub.domain.urgency import band_of
from hub.domain.vocabulary import Band, Role, Status, WaitingOn
from hub.extensions import clock, db
from hub.models import Practice, Task
from hub.models.history import record
from hub.placing import booking, queries
from hub.placing.booking import book, unbook
from hub.protocols.queries import kind_of

__all__ = [
    "assign_by_hand", "book", "check_eligible", "decide", "flag", "hand_over", "hold", "move", "next_task",
    "off_list", "recompute", "release", "replace", "resume_practice", "send_back", "settle", "take", "unbook",
    "wake_one",
]  # fmt: skip

DECIDE_OFF_SHIFT = "Started, and then its clinician went off shift."

Given = ParamSpec("Given")
Result = TypeVar("Result")


def _in_one_piece(act: Callable[Given, Result]) -> Callable[Given, Result]:
    """Keep a half-changed task from the database until its event is written with it.

    Otherwise the next query sends it, and the database refuses a change without the next version.
    """

    @functools.wraps(act)
    def acting(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        with db.session.no_autoflush:
            return act(*args, **kwargs)

    return acting


def check_eligible(task: Task, user_id: int, for_act: ForAct, *, lead_reason: str = "") -> Person:
    """Return the person as the rules see them, if they may do this.

    Raises:
        NotAllowed: a rung of the ladder refuses; the sentence is that rung's.
    """
    person = queries.person(user_id)
    if person is None:
        raise NotAllowed("Only a clinician of the hub can do this.")
    check_may_do(
        person, queries.needs_of(task), today=booking.today(), for_act=for_act, lead_reason=lead_reason
    )
    return person


@_in_one_piece
def take(task: Task, *, by: Actor) -> None:
    """Put a waiting task on one's own worklist.

    Raises:
        Conflict: someone else has it already; says who and when.
        NotAllowed: a rung refuses.
    """
    assert by.user_id is not None
    _still_in_queue(task)
    booking.lock_days([by.user_id])  # first, so that the minutes judged are the minutes booked
    check_eligible(task, by.user_id, "take")
    _give(task, by.user_id, [f"{by.name} took it from the queue."])
    record(task, Act.TAKEN, by=by, at=clock.now(), data={"to": by.user_id})


@_in_one_piece
def next_task(*, by: Actor) -> Task | None:
    """Give this clinician the first waiting task in order that they may do; None if there is none.

    A task that someone else is taking at this moment is passed over.
    """
    assert by.user_id is not None
    booking.lock_days([by.user_id])
    worklist = _worklist(by.user_id)
    candidates = [queries.as_waiting(row) for row in queries.waiting()]
    while candidates:
        choice = next_for(worklist, candidates, booking.today())
        if choice is None:
            return None
        task = _locked_if_free(choice.task_id)
        if task is not None:
            _give(task, by.user_id, list(choice.reasons))
            record(task, Act.TAKEN, by=by, at=clock.now(), data={"to": by.user_id, "reasons": task.why_me})
            return task
        candidates = [one for one in candidates if one.id != choice.task_id]
    return None


@_in_one_piece
def release(task: Task, *, reason: str, by: Actor) -> None:
    """Put the task back into its queue, with its age; it does not come back to the same person by itself.

    Raises:
        Invalid: no reason was given.
        NotAllowed: it is someone else's and this person is no lead.
    """
    _own_or_lead(task, by, "release")
    sealed = _reason(task, reason, "Say why you release it, so that the next person knows.")
    former = task.assignee_id
    count_stopped(task)
    off_list(task)
    task.not_back_to = [*task.not_back_to, former] if former else task.not_back_to
    task.released_count += 1
    if by.has(Role.LEAD):
        settle(task)  # a lead who releases it has decided
    else:
        _too_often(task, task.released_count, queries.policy().released_limit, "released")
    record(task, Act.RELEASED, by=by, at=clock.now(), reason_sealed=sealed, data={"from": former})


@_in_one_piece
def send_back(task: Task, *, reason_code: str, reason: str, by: Actor) -> None:
    """Return the task to its practice, with a reason they can act on.

    Raises:
        Invalid: no reason was given.
        NotAllowed: it is someone else's and this person is no lead.
    """
    if task.status != Status.QUEUED:
        _own_or_lead(task, by, "send back")
    sealed = _reason(task, reason, "Say what the practice must add or correct.")
    count_stopped(task)
    off_list(task)
    task.sent_back_count += 1
    settle(task)
    _too_often(task, task.sent_back_count, queries.policy().sent_back_limit, "sent back")
    data = {"code": reason_code}
    record(task, Act.SENT_BACK, by=by, at=clock.now(), reason_sealed=sealed, data=data)


@_in_one_piece
def hand_over(task: Task, *, note: str, by: Actor) -> None:
    """Hand the task to its next stage (a technician's to a pharmacist), inside the same task.

    Raises:
        Invalid: no note was given.
        NotAllowed: it is someone else's, or this is the last stage.
    """
    _own_or_lead(task, by, "hand over")
    kind = kind_of(task)
    if task.stage >= len(kind.stages):
        raise NotAllowed(f"{kind.name} has no further stage to hand this to.")
    sealed = _reason(task, note, "Say what you did and what is left, for the pharmacist.")
    former = task.assignee_id
    off_list(task)
    task.stage += 1
    task.not_back_to = []
    apply_route(task)
    settle(task)
    data = {"from": former, "stage": task.stage}
    record(task, Act.HANDED_OVER, by=by, at=clock.now(), reason_sealed=sealed, data=data)
    _ring(task)


@_in_one_piece
def assign_by_hand(task: Task, *, to: int, reason: str, by: Actor) -> None:
    """Give a waiting task to a person, as a lead; soft rungs yield to the reason.

    Raises:
        Invalid: no reason was given.
        NotAllowed: a hard rung refuses.
        Conflict: it is not waiting any more.
    """
    _lead(by)
    _still_in_queue(task)
    sealed = _reason(task, reason, "Say why, so that the person and the record know.")
    booking.lock_days([to])
    person = check_eligible(task, to, "assign", lead_reason=reason)
    _give(task, to, [f"{by.name} assigned it by hand."])
    settle(task)
    data = {"to": person.id, "by_hand": True}
    record(task, Act.ASSIGNED, by=by, at=clock.now(), reason_sealed=sealed, data=data)


@_in_one_piece
def move(task: Task, *, to: int, reason: str, by: Actor) -> None:
    """Move a task from one worklist to another, as a lead; soft rungs yield to the reason.

    Raises:
        Invalid: no reason was given, or it is on that worklist already.
        NotAllowed: a hard rung refuses.
    """
    _lead(by)
    if task.assignee_id == to:
        raise Invalid({"to": "It is on this person's worklist already."})
    sealed = _reason(task, reason, "Say why, so that both people and the record know.")
    former = task.assignee_id
    booking.lock_days([to, former] if former else [to])
    person = check_eligible(task, to, "assign", lead_reason=reason)
    off_list(task)
    _give(task, to, [f"{by.name} moved it here by hand."])
    settle(task)
    data = {"from": former, "to": person.id}
    record(task, Act.MOVED, by=by, at=clock.now(), reason_sealed=sealed, data=data)


def hold(practice: Practice, *, reason: str, by: Actor) -> None:
    """Stop giving out this practice's work (its system is down). Its clocks run on.

    Raises:
        Invalid: no reason was given.
    """
    _lead(by)
    if not reason.strip():
        raise Invalid({"reason": "Say why, for example that its clinical system is down."})
    practice.held_since, practice.held_reason, practice.held_by_id = clock.now(), reason.strip(), by.user_id


def resume_practice(practice: Practice, *, by: Actor) -> None:
    """Give out this practice's work again."""
    _lead(by)
    practice.held_since, practice.held_reason, practice.held_by_id = None, "", None


def flag(task: Task, why: str, *, by: Actor) -> None:
    """Put the task on the lead's needs-a-decision list, once; `why` is a sentence without patient data."""
    if task.decide_since is None:
        task.decide_why, task.decide_since = why, clock.now()
        record(task, Act.FLAGGED, by=by, at=clock.now(), data={"why": why})


@_in_one_piece
def decide(task: Task, *, reason: str, by: Actor) -> None:
    """Take the task off the needs-a-decision list, saying what was decided.

    Raises:
        Invalid: no reason was given.
        Conflict: it is not on the list any more.
    """
    _lead(by)
    if task.decide_since is None:
        raise Conflict("Someone has decided about this task already.")
    sealed = _reason(task, reason, "Say what you decided.")
    settle(task)
    record(task, Act.DECIDED, by=by, at=clock.now(), reason_sealed=sealed)


@_in_one_piece
def wake_one(task: Task, *, by: Actor) -> None:
    """End a task's waiting: back to the same person if at work and still allowed, else to its queue."""
    if task.status != Status.WAITING:
        return
    now = clock.now()
    count_stopped(task)
    person = queries.person(task.assignee_id) if task.assignee_id else None
    if person and person.at_work and _fits(person, task):
        task.waiting_on = task.waiting_since = task.chase_at = None
        book(task, person.id)
        record(task, Act.WOKEN, by=by, at=now, data={"to": person.id})
    else:
        former = task.assignee_id
        off_list(task)
        record(task, Act.RELEASED, by=by, at=now, data={"from": former, "because": "woken"})
    _ring(task)


@_in_one_piece
def recompute(task: Task) -> None:
    """Set the task's clocks, band and reasons anew from its facts; the caller records the event."""
    request = queries.request_of(task)
    clocks = queries.clocks_of(request, queries.practice(task.practice_id), queries.staffed_soon())
    placement = band_of(request, clocks, clock.now(), queries.hub_calendar())
    task.due_at, task.deadline_at, task.deadline_why = clocks.due_at, clocks.deadline_at, clocks.deadline_why
    task.working_due_at, task.late_on_arrival = clocks.working_due_at, clocks.late_on_arrival
    task.band = placement.band
    task.signals, task.not_told = list(placement.signals), list(placement.not_told)
    task.not_sure = list(placement.not_sure)
    task.reasons = [reason.sentence for reason in placement.reasons]
    if task.assignee_id is None:
        apply_route(task)


def apply_route(task: Task) -> list[str]:
    """Set queue, profession, competences and minutes by the routing table; return its reasons."""
    routed = route(
        kind_of(task),
        subtype=task.subtype,
        practice_id=task.practice_id,
        practice_name=queries.practice(task.practice_id).name,
        signals=task.signals,
        stage=task.stage,
        band=Band(task.band),
        policy=queries.policy(),
    )
    needs = routed.needs
    task.queue, task.professions = needs.queue, [str(one) for one in needs.professions]
    task.needs_prescriber, task.competences = needs.needs_prescriber, list(needs.competences)
    task.minutes, task.policy_version = needs.minutes, queries.policy().version
    return list(routed.reasons)


@_in_one_piece
def count_stopped(task: Task) -> None:
    """Add the working minutes for which the target clock stood still to the task, and move its due time."""
    if task.waiting_since is None or WaitingOn(task.waiting_on or "results") not in (
        WaitingOn.PRACTICE,
        WaitingOn.PATIENT,
    ):
        return
    calendar = queries.practice_calendar(queries.practice(task.practice_id))
    task.stopped_minutes += calendar.minutes_between(task.waiting_since, clock.now())
    clocks = queries.clocks_of(
        queries.request_of(task), queries.practice(task.practice_id), queries.staffed_soon()
    )
    task.due_at, task.working_due_at = clocks.due_at, clocks.working_due_at


def off_list(task: Task) -> None:
    """Take the task off its worklist: its minutes are free again and it belongs to nobody."""
    unbook(task)
    task.assignee_id = task.assigned_at = task.started_at = None
    task.why_me = []
    task.waiting_on = task.waiting_since = task.chase_at = None


def settle(task: Task) -> None:
    """Take the task off the needs-a-decision list, because what is being done decides it."""
    task.decide_why, task.decide_since = "", None


def replace(task: Task) -> None:
    """Have a task that is `raised` again placed by a worker."""
    background.later("place", key=f"place:{task.id}:{task.version}", task_id=task.id)


def _give(task: Task, user_id: int, why: list[str]) -> None:
    task.assignee_id, task.assigned_at, task.why_me = user_id, clock.now(), why
    book(task, user_id)


def _worklist(user_id: int) -> Worklist:
    person = queries.person(user_id)
    if person is None:
        raise NotAllowed("Only a clinician of the hub can do this.")
    held = queries.on_worklists([user_id])[user_id]
    return Worklist(
        person,
        person.bound_minutes,
        frozenset(row.practice_id for row in held),
        frozenset(row.patient_id for row in held if row.patient_id),
    )


def _fits(person: Person, task: Task) -> bool:
    try:
        check_may_do(person, queries.needs_of(task), today=booking.today(), for_act="assign")
    except NotAllowed:
        return False
    return True


def _ring(task: Task) -> None:
    background.later("top_up", key=f"top_up:{task.id}:{task.version}")


def _locked_if_free(task_id: int) -> Task | None:
    query = select(Task).where(Task.id == task_id, Task.status == Status.QUEUED)
    query = query.options(joinedload(Task.data_key))
    query = query.with_for_update(skip_locked=True, of=Task).execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def _still_in_queue(task: Task) -> None:
    if task.status in (Status.ASSIGNED, Status.IN_PROGRESS) and task.assignee_id is not None:
        name = queries.names([task.assignee_id]).get(task.assignee_id, "Someone")
        raise Conflict(f"This task is on {name}'s worklist already.", who=name, when=task.assigned_at)


def _too_often(task: Task, count: int, limit: int, verb: str) -> None:
    if count >= limit:
        task.decide_why = f"It has been {verb} {count} times."
        task.decide_since = clock.now()


def _own_or_lead(task: Task, by: Actor, verb: str) -> None:
    if task.assignee_id != by.user_id and not by.has(Role.LEAD):
        raise NotAllowed(f"You can only {verb} what is on your own worklist; ask a lead for anything else.")


def _lead(by: Actor) -> None:
    if not by.has(Role.LEAD):
        raise NotAllowed("Only a hub lead can do this.")


def _reason(task: Task, text: str, missing: str) -> bytes | None:
    if not text.strip():
        raise Invalid({"reason": missing})
    return records.sealed(task, text.strip(), records.REASON)
