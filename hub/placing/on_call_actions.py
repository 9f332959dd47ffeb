"""What cannot wait when nobody at work may do it: a meeting is interrupted, or whoever is on call gets it."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select

from hub import background
from hub.domain.assignment import Waiting
from hub.domain.eligibility import Person, may_do
from hub.domain.on_call import called_out, why_called
from hub.domain.vocabulary import Band, Status
from hub.extensions import clock, db
from hub.models import Task
from hub.placing import booking, bulk, queries, waiting_queries


def call_out() -> int:
    """Give each waiting task of band 1 that nobody at work may do to someone who can be reached for it.

    First to whoever sits in a meeting or takes a break, then to whoever is on call; the hard
    rungs of the ladder hold for them too. Returns how many were given.
    """
    rows = waiting_queries.waiting(Task.effective_band == Band.NOW)
    if not rows:
        return 0
    staff, today = queries.people(), booking.today()
    judged = ((one, _reached(one, staff, today)) for one in map(waiting_queries.as_waiting, rows))
    found = [(task, person) for task, person in judged if person is not None]
    booking.lock_days({person.id for _, person in found})  # days come before tasks, as everywhere
    return sum(_give(task, person) for task, person in found)


def ring() -> None:
    """Have `call_out` run at once if something that cannot wait is still in its queue."""
    if waiting_queries.waiting(Task.effective_band == Band.NOW, limit=1):
        background.later("call_out", key=f"call_out:{uuid.uuid4()}")


def _reached(task: Waiting, staff: Sequence[Person], today: dt.date) -> Person | None:
    able = [
        person
        for person in staff
        if person.id not in task.excluded_ids and may_do(person, task.needs, today=today)
    ]
    # Somebody at work: the ordinary way of giving out work is about to find them.
    return None if any(person.at_work for person in able) else called_out(able)


def _give(task: Waiting, person: Person) -> int:
    query = select(Task.id).where(Task.id == task.id, Task.status == Status.QUEUED)
    if db.session.scalar(query.with_for_update(skip_locked=True)) is None:
        return 0
    booking.book_minutes({person.id: task.needs.minutes})
    reasons = [why_called(person)]
    data = {"to": person.id, "reasons": reasons, "on_call": person.on_call and not person.on_shift}
    row = {"id": task.id, "person_id": person.id, "reasons": reasons, "data": data}
    bulk.assign([row], now=clock.now(), day=booking.today())
    return 1
