"""Changing a task: the one door through which status and event move together."""

import datetime as dt
from typing import Any

from hub.domain.actor import Actor
from hub.domain.lifecycle import Act, status_after
from hub.domain.vocabulary import Status
from hub.extensions import db
from hub.models.work import Event, Task


def begin(
    task: Task,
    *,
    by: Actor,
    at: dt.datetime,
    data: dict[str, Any] | None = None,
    reason_sealed: bytes | None = None,
) -> Event:
    """Add a new task with its first event, `raised`, and flush both."""
    task.status = Status.RAISED
    task.version = 1
    db.session.add(task)
    db.session.flush()
    return _add(task, Act.RAISED, by, at, data, reason_sealed)


def record(
    task: Task,
    act: Act,
    *,
    by: Actor,
    at: dt.datetime,
    data: dict[str, Any] | None = None,
    reason_sealed: bytes | None = None,
) -> Event:
    """Apply `act` to `task`: its status follows the lifecycle, its version grows, its event is written.

    Set the task's other columns first: everything goes to the database in one flush, because
    each version must have its own event.

    Raises:
        Conflict: the lifecycle does not allow it from the task's status.
    """
    after = status_after(Status(task.status), act)
    assert after is not None
    task.status = after
    task.version += 1
    return _add(task, act, by, at, data, reason_sealed)


def _add(
    task: Task,
    act: Act,
    by: Actor,
    at: dt.datetime,
    data: dict[str, Any] | None,
    reason_sealed: bytes | None,
) -> Event:
    event = Event(
        task_id=task.id,
        seq=task.version,
        practice_id=task.practice_id,
        at=at,
        actor_id=by.user_id,
        actor_system=by.system,
        kind=act.value,
        status=task.status,
        reason_sealed=reason_sealed,
        data=data or {},
    )
    db.session.flush()
    db.session.add(event)
    db.session.flush()
    return event
