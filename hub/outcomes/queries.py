"""What is known of an outcome that was recorded."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from hub.domain.lifecycle import Act
from hub.extensions import db
from hub.models import Event, OutcomeRecord, Task, User


@dataclass(frozen=True)
class Completed:
    """Who completed a task, and when."""

    name: str
    at: dt.datetime


def asked_by(task: Task) -> Event | None:
    """Return the event by which the practice last said what it asks and knows: raised, or corrected."""
    query = (
        select(Event)
        .where(Event.task_id == task.id, Event.kind.in_((Act.RAISED, Act.CORRECTED)))
        .order_by(Event.seq.desc())
    )
    return db.session.scalars(query.limit(1)).one_or_none()


def completion_of(task: Task) -> Completed | None:
    """Return who completed the task and when, or None."""
    query = (
        select(User.name, OutcomeRecord.at)
        .join(User, User.id == OutcomeRecord.by_id)
        .where(OutcomeRecord.task_id == task.id)
    )
    row = db.session.execute(query).one_or_none()
    return Completed(row.name, row.at) if row else None
