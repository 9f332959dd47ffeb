"""What people do with a task's place: take, release, send back, hand over, assign, move, hold, decide."""

import re

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from hub import background, records
from hub.domain.actor import Actor
from hub.domain.assignment import next_for
from hub.domain.errors import Conflict, Invalid, NotAllowed
from hub.domain.lifecycle import Act, status_after
from hub.domain.notices import Code
from hub.domain.vocabulary import Role, Status
from hub.extensions import clock, db
from hub.models import Practice, Task, admin
from hub.models.history import record
from hub.notices import actions as notices
from hub.placing import booking, minutes_queries, queries, waiting_queries
from hub.placing.booking import book, unbook
from hub.placing.keeping_actions import check_reserved
from hub.placing.task_actions import (
    NO_CLINICIAN,
    apply_route,
    check_eligible,
    count_stopped,
    flag,
    give,
    lock_lists,
    note_rise,
    off_list,
    place_by_hand,
    recompute,
    replace,
    ring,
    set_order,
    settle,
    unflag,
    wake_one,
)
from hub.protocols.queries import kind_of

__all__ = [
    "apply_route", "assign_by_hand", "book", "check_eligible", "count_stopped", "decide", "flag", "hand_over",
    "hold", "lock_lists", "move", "next_task", "note_rise", "off_list", "recompute", "release", "replace",
    "resume_practice", "send_back", "set_order", "settle", "take", "unbook", "unflag", "wake_one",
]  # fmt: skip


def take(task: Task, *, by: Actor) -> None:
    """Put a waiting task on one's own worklist.

    Raises:
        Conflict: someone else has it already (says who and since when), or it is not waiting.
        NotAllowed: a rung refuses, or it is reserved for somebody else.
    """
    assert by.user_id is not None
    _still_in_queue(task, Act.TAKEN)
    check_reserved(task, by=by)
    booking.lock_days([by.user_id])  # first, so that the minutes judged are the minutes booked
    check_eligible(task, by.user_id, "take")
    give(task, by.user_id, [f"{by.name} took it from the queue."])
    record(task, Act.TAKEN, by=by, at=clock.now(), data={"to": by.user_id})


def next_task(*, by: Actor) -> Task | None:
    """Give this clinician the first waiting task in order that they may do; None if there is none.

    A task that someone else is taking at this moment is passed over.

    Raises:
        NotAllowed: this person is no clinician.
    """
    assert by.user_id is not None
    booking.lock_days([by.user_id])
    worklist = next(iter(waiting_queries.worklists([by.user_id])), None)
    if worklist is None:
        raise NotAllowed(NO_CLINICIAN)
    rows = waiting_queries.waiting_for(worklist.person, booking.today())
    candidates, policy = [waiting_queries.as_waiting(row) for row in rows], queries.policy()
    while (choice := next_for(worklist, candidates, policy, booking.today())) is not None:
        task = _locked_if_free(choice.task_id)
        if task is not None:
            give(task, by.user_id, list(choice.reasons))
            record(task, Act.TAKEN, by=by, at=clock.now(), data={"to": by.user_id, "reasons": task.why_me})
            return task
        candidates = [one for one in candidates if one.id != choice.task_id]
    return None


def release(task: Task, *, reason: str, by: Actor) -> None:
    """Put the task back into its queue, with its age; it does not come back to the same person by itself.

    Raises:
        Invalid: no reason was given.
        NotAllowed: it is someone else's and this person is no lead.
        Conflict: it is on nobody's list.
    """
    status_after(Status(task.status), Act.RELEASED)
    _own_or_lead(task, by, "release")
    sealed = _reason(task, reason, "Say why you release it, so that the next person knows.")
    former, limit = task.assignee_id, queries.policy().released_limit
    now = clock.now()
    off_list(task, at=now)
    if former is not None and former not in task.not_back_to:
        task.not_back_to = [*task.not_back_to, former]
    task.released_count += 1
    if by.has(Role.LEAD):
        settle(task)  # a lead who releases it has decided
    else:
        _too_often(task, task.released_count, limit, "released")
    record(task, Act.RELEASED, by=by, at=now, reason_sealed=sealed, data={"from": former})
    if task.decide_since is not None:
        notices.tell_leads(Code.DECISION, task, by=by)
    ring(task)


def send_back(task: Task, *, reason_code: str, reason: str, by: Actor) -> None:
    """Return the task to its practice, with a reason they can act on.

    Raises:
        Invalid: no reason was given.
        NotAllowed: it is someone else's and this person is no lead.
        Conflict: it is closed, not placed yet, or sent back already.
    """
    status_after(Status(task.status), Act.SENT_BACK)
    if task.status != Status.QUEUED:
        _own_or_lead(task, by, "send back")
    sealed = _reason(task, reason, "Say what the practice must add or correct.")
    former, limit = task.assignee_id, queries.policy().sent_back_limit
    now = clock.now()
    off_list(task, at=now)
    settle(task)
    task.sent_back_count += 1
    _too_often(task, task.sent_back_count, limit, "sent back")
    data = {"code": reason_code, "from": former}
    record(task, Act.SENT_BACK, by=by, at=now, reason_sealed=sealed, data=data)
    notices.tell_practice(Code.SENT_BACK, task, by=by)
    if task.decide_since is not None:
        notices.tell_leads(Code.DECISION, task, by=by)


def hand_over(task: Task, *, note: str, by: Actor) -> None:
    """Hand the task to its next stage (a technician's to a pharmacist), inside the same task.

    Raises:
        Invalid: no note was given.
        NotAllowed: it is someone else's, or this is the last stage.
        Conflict: it is not in progress.
    """
    status_after(Status(task.status), Act.HANDED_OVER)
    _own_or_lead(task, by, "hand over")
    kind = kind_of(task)
    if task.stage >= len(kind.stages):
        raise NotAllowed(f"{kind.name} has no further stage to hand this to.")
    sealed = _reason(task, note, "Say what you did and what is left, for the pharmacist.")
    former = task.assignee_id
    off_list(task)
    settle(task)
    task.stage += 1
    task.not_back_to = []
    routed = apply_route(task, learn=True)
    data = {
        "from": former, "stage": task.stage, "route": list(routed.reasons), "policy": task.policy_version,
        **minutes_queries.told(routed),
    }  # fmt: skip
    record(task, Act.HANDED_OVER, by=by, at=clock.now(), reason_sealed=sealed, data=data)
    ring(task)


def assign_by_hand(task: Task, *, to: int, reason: str, by: Actor) -> None:
    """Give a waiting task to a person, as a lead; soft rungs yield to the reason.

    One that the workers have not placed yet is placed first, so that the hub can go on by
    hand while they stand still.

    Raises:
        Invalid: no reason was given.
        NotAllowed: a hard rung refuses.
        Conflict: it is not waiting any more; says who has it.
    """
    _lead(by)
    if task.status == Status.RAISED:
        place_by_hand(task, by=by)
    _still_in_queue(task, Act.ASSIGNED)
    sealed = _reason(task, reason, "Say why, so that the person and the record know.")
    booking.lock_days([to])
    person = check_eligible(task, to, "assign", lead_reason=reason)
    give(task, to, [f"{by.name} assigned it by hand."])
    settle(task)
    data = {"to": person.id, "by_hand": True}
    record(task, Act.ASSIGNED, by=by, at=clock.now(), reason_sealed=sealed, data=data)
    notices.given_urgent([task.id])


def move(task: Task, *, to: int, reason: str, by: Actor) -> None:
    """Move a task from one worklist to another, as a lead; soft rungs yield to the reason.

    Raises:
        Invalid: no reason was given, or it is on that worklist already.
        NotAllowed: a hard rung refuses.
        Conflict: it is on nobody's worklist, or waits for someone.
    """
    _lead(by)
    status_after(Status(task.status), Act.MOVED)
    if task.assignee_id == to:
        raise Invalid({"to": "It is on this person's worklist already."})
    sealed = _reason(task, reason, "Say why, so that both people and the record know.")
    former = task.assignee_id
    booking.lock_days([to, former] if former else [to])
    person = check_eligible(task, to, "assign", lead_reason=reason)
    off_list(task)
    give(task, to, [f"{by.name} moved it here by hand."])
    settle(task)
    data = {"from": former, "to": person.id, "by_hand": True}
    record(task, Act.MOVED, by=by, at=clock.now(), reason_sealed=sealed, data=data)
    notices.given_urgent([task.id])
    ring(task)


def hold(practice: Practice, *, reason: str, by: Actor) -> None:
    """Stop giving out this practice's work (its system is down). Its clocks run on.

    Raises:
        Invalid: no reason was given.
        Conflict: it is held already.
    """
    _lead(by)
    if practice.held_since is not None:
        raise Conflict(f"{practice.name} is held already.", when=practice.held_since)
    why = reason.strip()
    if not why:
        raise Invalid({"reason": "Say why, for example that its clinical system is down."})
    now = clock.now()
    practice.held_since, practice.held_reason, practice.held_by_id = now, why, by.user_id
    admin.note(f"Held: no work of this practice is given out. {why}", by=by, at=now, practice_id=practice.id)


def resume_practice(practice: Practice, *, by: Actor) -> None:
    """Give out this practice's work again; nothing happens if it is not held."""
    _lead(by)
    if practice.held_since is None:
        return
    now = clock.now()
    practice.held_since, practice.held_reason, practice.held_by_id = None, "", None
    admin.note("No longer held: its work is given out again.", by=by, at=now, practice_id=practice.id)
    background.later("top_up", key=f"top_up:practice:{practice.id}:{now.timestamp():.6f}")


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
    why = task.decide_why
    settle(task)
    record(task, Act.DECIDED, by=by, at=clock.now(), reason_sealed=sealed, data={"why": why})


def _locked_if_free(task_id: int) -> Task | None:
    query = select(Task).where(Task.id == task_id, Task.status == Status.QUEUED)
    query = query.options(joinedload(Task.data_key))
    query = query.with_for_update(skip_locked=True, of=Task).execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def _still_in_queue(task: Task, act: Act) -> None:
    if task.assignee_id is not None and task.status not in (Status.COMPLETED, Status.CANCELLED):
        name = queries.names([task.assignee_id]).get(task.assignee_id, "Someone")
        raise Conflict(f"This task is on {name}'s worklist already.", who=name, when=task.assigned_at)
    status_after(Status(task.status), act)


def _too_often(task: Task, count: int, limit: int, verb: str) -> None:
    if count >= limit:
        others = re.sub(rf" ?It has been {verb} \d+ times\.", "", task.decide_why)
        task.decide_why = f"{others} It has been {verb} {count} times.".strip()
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
