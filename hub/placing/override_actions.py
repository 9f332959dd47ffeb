"""A person puts a task before others, with a reason and until a moment; a safety rule is never undone.

What a rule put into band 1 or 2 stays there at least; the override ends by itself, with an event.
"""

import datetime as dt

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from hub import records
from hub.domain.actor import Actor, process
from hub.domain.errors import Conflict, Invalid, NotAllowed
from hub.domain.lifecycle import STATUS_IN_A_SENTENCE, Act
from hub.domain.notices import Code
from hub.domain.order import override_refusal
from hub.domain.vocabulary import Band, Role, Status, SystemActor
from hub.extensions import clock, db
from hub.models import Task
from hub.models.history import record
from hub.notices import actions as notices
from hub.placing.task_actions import ring

TIMETABLE = process(SystemActor.TIMETABLE)
# Long enough for a bank holiday week; whoever still means it then says so again.
LONGEST = dt.timedelta(days=14)
_PLACED = (Status.QUEUED, Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING)


def set_override(
    task: Task, *, band: Band | None, first: bool, until: dt.datetime, reason: str, by: Actor
) -> None:
    """Set the band in which a task stands, or set it first there, until a moment. Replaces an earlier one.

    For a lead, and for the clinician who has the task. "First" is first of its hard band, or of all that
    stands in no hard band: what cannot wait goes before it all the same.

    Raises:
        NotAllowed: someone else's task, or a safety rule put it into a sooner band (says which).
        Conflict: it is closed, or not placed yet.
        Invalid: nothing was chosen, no reason was given, or the moment is not within two weeks ahead.
    """
    check_may_set(task, by=by)
    refusal = override_refusal(Band(task.band), band)
    if refusal is not None:
        raise NotAllowed(refusal)
    now = clock.now()
    problems = {}
    if band is None and not first:
        problems["band"] = "Choose a band, or “first in its queue”."
    if not now < until <= now + LONGEST:
        problems["until"] = f"Choose a moment within the next {LONGEST.days} days."
    if not reason.strip():
        problems["reason"] = "Say why, so that everyone who is passed over can read it."
    if problems:
        raise Invalid(problems)
    before = _told(task)
    task.override_band, task.override_first, task.override_until = band, first, until
    sealed = records.sealed(task, reason.strip(), records.REASON)
    data = _told(task) | {"before": before} if before else _told(task)
    record(task, Act.OVERRIDDEN, by=by, at=now, data=data, reason_sealed=sealed)
    notices.tell_raiser(Code.PLACE_SET, task, by=by)
    ring(task)


def check_may_set(task: Task, *, by: Actor) -> None:
    """Let pass whoever may set where this task stands, as it is now.

    Raises:
        NotAllowed: someone else's task.
        Conflict: it is closed, or not placed yet.
    """
    _lead_or_own(task, by)
    _check_placed(task)


def clear_override(task: Task, *, by: Actor) -> None:
    """Take an override back before it ends by itself.

    Raises:
        NotAllowed: someone else's task.
        Conflict: there is none any more.
    """
    _lead_or_own(task, by)
    if task.override_until is None:
        raise Conflict("Nobody has put this task before others any more.")
    _clear(task, Act.OVERRIDE_CLEARED, by)
    notices.tell_raiser(Code.PLACE_SET, task, by=by)


def expire_overrides() -> int:
    """End overrides and reservations whose time is over. Returns how many tasks were changed."""
    now = clock.now()
    over = _locked(Task.override_until <= now)
    for task in over:
        _clear(task, Act.OVERRIDE_EXPIRED, TIMETABLE)
    kept = _locked(Task.reserved_until <= now)
    for task in kept:
        data = {"for": task.reserved_for_id, "because": "expired"}
        task.reserved_for_id = task.reserved_until = None
        record(task, Act.UNRESERVED, by=TIMETABLE, at=now, data=data)
        ring(task)
    return len(over) + len(kept)


def _clear(task: Task, act: Act, by: Actor) -> None:
    before = _told(task)
    task.override_band, task.override_first, task.override_until = None, False, None
    record(task, act, by=by, at=clock.now(), data=before)


def _told(task: Task) -> dict[str, object]:
    """Return the override as its event tells it; empty without one."""
    if task.override_until is None:
        return {}
    return {
        "band": task.override_band,
        "first": task.override_first,
        "until": task.override_until.isoformat(),
        "rule": task.band,
    }


def _lead_or_own(task: Task, by: Actor) -> None:
    if not by.has(Role.LEAD) and (by.user_id is None or task.assignee_id != by.user_id):
        raise NotAllowed("Only a hub lead, or the clinician who has the task, can put it before others.")


def _check_placed(task: Task) -> None:
    status = Status(task.status)
    if status not in _PLACED:
        raise Conflict(f"This task {STATUS_IN_A_SENTENCE[status]}, so its order cannot be set.")


def _locked(*conditions: ColumnElement[bool]) -> list[Task]:
    query = (
        select(Task)
        .where(*conditions)
        .options(joinedload(Task.data_key))
        .order_by(Task.id)
        .with_for_update(of=Task, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query).unique())
