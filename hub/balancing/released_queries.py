"""What went back to its queues when somebody left, and where it is now."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub.balancing import queries
from hub.domain.eligibility import Person, may_do
from hub.domain.lifecycle import Act
from hub.domain.vocabulary import Status
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Absence, Event, Practice, Task
from hub.placing import staff_queries, waiting_queries
from hub.placing.queries import policy

# What somebody who left longer ago had not started stands in the tasks' own histories.
LATELY = dt.timedelta(days=2)


@dataclass(frozen=True)
class Released:
    """What went back since `since`: its rows in order; for those that wait still, who at work may do them.

    `buffer` is how many minutes of work the hub keeps ready on each list; `started` how many tasks the
    person had begun, which stay with them until a lead decides.
    """

    since: dt.datetime
    rows: list[Any]
    able: dict[int, list[Person]]
    buffer: int
    started: int


def away_since(absences: Sequence[Absence], now: dt.datetime) -> dt.datetime | None:
    """Return since when the person with these absences is away, or None if they are not, or not lately."""
    begun = [one.starts_at for one in absences if one.starts_at <= now < one.ends_at]
    return max(begun) if begun and max(begun) > now - LATELY else None


def released(user_id: int, since: dt.datetime) -> Released:
    """Return what went back to its queues because this person left. Statements do not grow with the tasks."""
    practices = list(db.session.scalars(select(Practice.id)))  # the index of events begins with the practice
    gone = select(Event.task_id).where(
        Event.practice_id.in_(practices),
        Event.at >= since,
        Event.kind == Act.RELEASED,
        Event.data["because"].as_string() == "off_shift",
        Event.data["from"].as_integer() == user_id,
    )
    rows = queries.tasks_of(list(db.session.scalars(gone.distinct())), clock.now())
    waits = [row.id for row in rows if row.status == Status.QUEUED]
    started = queries.tally_of(queries.selection("started", person=user_id), queries.Moment(clock.now(), ()))
    return Released(since, rows, _able(waits), policy().buffer_minutes, started.tasks)


def _able(task_ids: list[int]) -> dict[int, list[Person]]:
    """Return for each of these tasks whoever is at work now and may do it."""
    columns = waiting_queries.WAITING_COLUMNS
    query = select(*columns).join(Practice, Practice.id == Task.practice_id).where(Task.id.in_(task_ids))
    at_work = [person for person in staff_queries.people() if person.at_work]
    today = clock.now().astimezone(LONDON).date()
    return {
        row.id: [
            person
            for person in at_work
            if person.id not in row.not_back_to
            and may_do(person, waiting_queries.as_waiting(row).needs, today=today)
        ]
        for row in db.session.execute(query)
    }
