"""Work that is kept for one person: pinned to whoever has it, or reserved in its queue for a time.

Neither holds up what cannot wait: band 1 is nobody's to keep, and what is due before its person works
again goes back to its queue.
"""

import datetime as dt

from hub import records
from hub.domain.actor import Actor
from hub.domain.errors import Conflict, Invalid, NotAllowed
from hub.domain.lifecycle import STATUS_IN_A_SENTENCE, Act
from hub.domain.order import effective_band
from hub.domain.promises import when_words
from hub.domain.vocabulary import Band, Role, Status
from hub.extensions import clock
from hub.models import Task
from hub.models.history import record
from hub.placing import queries
from hub.placing.task_actions import check_eligible, ring

# A reservation holds others off: not longer than the longest leave from which one comes back to it.
LONGEST = dt.timedelta(days=14)


def pin(task: Task, *, reason: str, by: Actor) -> None:
    """Have the task stay with the person who has it: no plan moves it, and the end of a shift does not.

    For a lead, and for the clinician who has it.

    Raises:
        NotAllowed: it is someone else's and this person is no lead, or it cannot wait (band 1).
        Conflict: nobody has it, or it is pinned already.
        Invalid: no reason was given.
    """
    check_may_pin(task, by=by)
    sealed = _reason(task, reason, "Say why it should stay with this person.")
    task.pinned_since = clock.now()
    data = {"to": task.assignee_id}
    record(task, Act.PINNED, by=by, at=task.pinned_since, reason_sealed=sealed, data=data)


def check_may_pin(task: Task, *, by: Actor) -> None:
    """Let pass whoever may pin this task as it is now; raises as `pin` does."""
    _lead_or_own(task, by)
    if task.assignee_id is None or task.status not in (Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING):
        raise Conflict(f"This task {STATUS_IN_A_SENTENCE[Status(task.status)]}, so it cannot be pinned.")
    if task.pinned_since is not None:
        raise Conflict("This task is pinned already.", when=task.pinned_since)
    _check_can_wait(task, "pinned")


def unpin(task: Task, *, by: Actor) -> None:
    """Let the task be moved and released again.

    Raises:
        NotAllowed: it is someone else's and this person is no lead.
        Conflict: it is not pinned.
    """
    _lead_or_own(task, by)
    if task.pinned_since is None:
        raise Conflict("This task is not pinned any more.")
    task.pinned_since = None
    record(task, Act.UNPINNED, by=by, at=clock.now(), data={"to": task.assignee_id})


def reserve(task: Task, *, to: int, until: dt.datetime, reason: str, by: Actor) -> None:
    """Keep a waiting task in its queue for one person until a moment; nobody else is given it till then.

    Raises:
        NotAllowed: this person is no lead, it cannot wait (band 1), or a hard rung refuses the other.
        Conflict: it is not waiting in its queue.
        Invalid: no reason was given, or the moment is not ahead, too far, or after its due time.
    """
    if not by.has(Role.LEAD):
        raise NotAllowed("Only a hub lead can do this.")
    if task.status != Status.QUEUED:
        raise Conflict(f"This task {STATUS_IN_A_SENTENCE[Status(task.status)]}, so it cannot be reserved.")
    _check_can_wait(task, "reserved")
    now = clock.now()
    if not now < until <= now + LONGEST:
        raise Invalid({"until": f"Choose a moment within the next {LONGEST.days} days."})
    latest = min(task.due_at, task.working_due_at)
    if until > latest > now:
        raise Invalid({"until": "Choose a moment before it is due, so that somebody else still can."})
    check_eligible(task, to, "complete")  # the hard rungs
    sealed = _reason(task, reason, "Say why it should wait for this person.")
    task.reserved_for_id, task.reserved_until = to, until
    data = {"for": to, "until": until.isoformat()}
    record(task, Act.RESERVED, by=by, at=now, reason_sealed=sealed, data=data)
    ring(task)


def unreserve(task: Task, *, by: Actor) -> None:
    """Let everybody have the task again.

    Raises:
        NotAllowed: this person is no lead.
        Conflict: it is not reserved.
    """
    if not by.has(Role.LEAD):
        raise NotAllowed("Only a hub lead can do this.")
    if task.reserved_for_id is None:
        raise Conflict("This task is not reserved any more.")
    data = {"for": task.reserved_for_id, "because": "cleared"}
    task.reserved_for_id = task.reserved_until = None
    record(task, Act.UNRESERVED, by=by, at=clock.now(), data=data)
    ring(task)


def check_reserved(task: Task, *, by: Actor) -> None:
    """Let pass what is not reserved for somebody else.

    Raises:
        NotAllowed: it is, and can wait; says for whom and until when.
    """
    if task.reserved_for_id in (None, by.user_id) or task.reserved_until is None:
        return
    if task.reserved_until <= clock.now() or _stands_in(task) == Band.NOW:
        return
    name = queries.names([task.reserved_for_id]).get(task.reserved_for_id or 0, "somebody else")
    raise NotAllowed(
        f"This task is reserved for {name} until {when_words(task.reserved_until)}. "
        "A lead can give it to someone else."
    )


def _stands_in(task: Task) -> int:
    return effective_band(task.band, task.override_band)


def _check_can_wait(task: Task, kept: str) -> None:
    if _stands_in(task) == Band.NOW:
        raise NotAllowed(f"This task cannot wait, so it cannot be {kept}.")


def _lead_or_own(task: Task, by: Actor) -> None:
    if not by.has(Role.LEAD) and (by.user_id is None or task.assignee_id != by.user_id):
        raise NotAllowed("Only a hub lead, or the clinician who has the task, can do this.")


def _reason(task: Task, text: str, missing: str) -> bytes | None:
    if not text.strip():
        raise Invalid({"reason": missing})
    return records.sealed(task, text.strip(), records.REASON)
