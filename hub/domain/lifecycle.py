"""A task's life as one table: status, allowed next statuses, whose turn, the event written.

The diagram in the README is drawn from this table and a test compares them.
"""

from dataclasses import dataclass
from enum import StrEnum

from hub.domain.errors import Conflict
from hub.domain.vocabulary import Status


class Act(StrEnum):
    """Something that happens to a task. Its value is the event's kind.

    Acts in `TRANSITIONS` change the status; the others leave it as it is.
    """

    RAISED = "raised"
    PLACED = "placed"
    ASSIGNED = "assigned"
    TAKEN = "taken"
    MOVED = "moved"
    STARTED = "started"
    PAUSED = "paused"
    WAITED = "waited"
    WOKEN = "woken"
    RESUMED = "resumed"
    HANDED_OVER = "handed_over"
    RELEASED = "released"
    SENT_BACK = "sent_back"
    CORRECTED = "corrected"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    # The status stays:
    PROMOTED = "promoted"
    CHASED = "chased"
    ASKED = "asked"
    ANSWERED = "answered"
    WROTE = "wrote"  # one side wrote to the other without asking
    CHANGED = "changed"  # the practice changed its open request: urgency, facts, identity
    ESCALATED = "escalated"
    FLAGGED = "flagged"  # onto the lead's needs-a-decision list
    DECIDED = "decided"  # off it
    TO_DO_TICKED = "to_do_ticked"
    WARNED = "warned"  # the requester was told that nobody is at work in time
    UNPLACEABLE = "unplaceable"
    ROUTED_ANEW = "routed_anew"  # a policy was published that routes it otherwise
    RETIMED = "retimed"  # a policy was published that sets another target for such work
    WEIGHED = "weighed"  # what the order stands on was worked out anew: policy or opening hours changed
    OVERRIDDEN = "overridden"  # a person set its band, or set it first, for a time
    OVERRIDE_CLEARED = "override_cleared"
    OVERRIDE_EXPIRED = "override_expired"
    PINNED = "pinned"  # it stays with the person who has it
    UNPINNED = "unpinned"
    RESERVED = "reserved"  # kept in its queue for one person, for a time
    UNRESERVED = "unreserved"
    CONTACTED = "contacted"  # an attempt to reach the patient, and what came of it


@dataclass(frozen=True)
class Step:
    """One allowed change: from any of `before` to `after`."""

    before: frozenset[Status]
    after: Status


def _from(*before: Status, to: Status) -> Step:
    return Step(frozenset(before), to)


TRANSITIONS: dict[Act, Step] = {
    Act.RAISED: Step(frozenset(), Status.RAISED),
    Act.PLACED: _from(Status.RAISED, to=Status.QUEUED),
    Act.ASSIGNED: _from(Status.QUEUED, to=Status.ASSIGNED),
    Act.TAKEN: _from(Status.QUEUED, to=Status.ASSIGNED),
    Act.MOVED: _from(Status.ASSIGNED, Status.IN_PROGRESS, to=Status.ASSIGNED),
    Act.STARTED: _from(Status.ASSIGNED, to=Status.IN_PROGRESS),
    Act.PAUSED: _from(Status.IN_PROGRESS, to=Status.ASSIGNED),
    Act.WAITED: _from(Status.IN_PROGRESS, to=Status.WAITING),
    Act.WOKEN: _from(Status.WAITING, to=Status.ASSIGNED),
    Act.RESUMED: _from(Status.WAITING, to=Status.IN_PROGRESS),
    Act.HANDED_OVER: _from(Status.IN_PROGRESS, to=Status.QUEUED),
    Act.RELEASED: _from(Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING, to=Status.QUEUED),
    Act.SENT_BACK: _from(
        Status.QUEUED, Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING, to=Status.SENT_BACK
    ),
    Act.CORRECTED: _from(Status.SENT_BACK, to=Status.RAISED),
    Act.COMPLETED: _from(Status.IN_PROGRESS, to=Status.COMPLETED),
    Act.CANCELLED: _from(
        Status.RAISED,
        Status.QUEUED,
        Status.ASSIGNED,
        Status.IN_PROGRESS,
        Status.WAITING,
        Status.SENT_BACK,
        to=Status.CANCELLED,
    ),
    Act.REOPENED: _from(Status.CANCELLED, to=Status.RAISED),
}

TURN: dict[Status, str] = {
    Status.RAISED: "the hub, to place it",
    Status.QUEUED: "the hub, to give it to a clinician",
    Status.ASSIGNED: "the clinician, to start it",
    Status.IN_PROGRESS: "the clinician, to finish it",
    Status.WAITING: "whoever it waits on",
    Status.SENT_BACK: "the practice, to correct or stop it",
    Status.COMPLETED: "the practice, if it has to-dos",
    Status.CANCELLED: "nobody",
}

STATUS_IN_A_SENTENCE: dict[Status, str] = {
    Status.RAISED: "is being placed",
    Status.QUEUED: "is waiting in its queue",
    Status.ASSIGNED: "is on someone's worklist",
    Status.IN_PROGRESS: "has been started",
    Status.WAITING: "is waiting for someone",
    Status.SENT_BACK: "was sent back to the practice",
    Status.COMPLETED: "is already done",
    Status.CANCELLED: "was stopped",
}

_VERB: dict[Act, str] = {
    Act.RAISED: "raised again",
    Act.PLACED: "placed",
    Act.ASSIGNED: "assigned",
    Act.TAKEN: "taken",
    Act.MOVED: "moved",
    Act.STARTED: "started",
    Act.PAUSED: "paused",
    Act.WAITED: "made to wait",
    Act.WOKEN: "woken",
    Act.RESUMED: "resumed",
    Act.HANDED_OVER: "handed over",
    Act.RELEASED: "released",
    Act.SENT_BACK: "sent back",
    Act.CORRECTED: "corrected",
    Act.COMPLETED: "completed",
    Act.CANCELLED: "stopped",
    Act.REOPENED: "reopened",
}


def status_after(status: Status | None, act: Act) -> Status | None:
    """Return the status that `act` leaves behind.

    `status` is None for a task that does not exist yet.

    Raises:
        Conflict: the task is in no status from which `act` is allowed; the
            sentence says what the task is instead.
    """
    step = TRANSITIONS.get(act)
    if step is None:
        return status
    if (status is None and not step.before) or status in step.before:
        return step.after
    raise Conflict(
        f"This task {STATUS_IN_A_SENTENCE[status]}, so it cannot be {_VERB[act]}."
        if status is not None
        else "This task does not exist yet."
    )


def can(status: Status, act: Act) -> bool:
    """Say whether `act` is allowed from `status`."""
    step = TRANSITIONS.get(act)
    return step is None or status in step.before


def mermaid() -> str:
    """Return the life as a mermaid state diagram, one line per allowed change, sorted."""
    lines = []
    for act, step in TRANSITIONS.items():
        for before in sorted(step.before):
            lines.append(f"    {before} --> {step.after}: {act}")
        if not step.before:
            lines.append(f"    [*] --> {step.after}: {act}")
    for status in (Status.COMPLETED, Status.CANCELLED):
        lines.append(f"    {status} --> [*]")
    return "\n".join(["stateDiagram-v2", *sorted(lines)])
