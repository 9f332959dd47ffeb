"""When whoever supervises goes home: nobody is left with work that they may do only under supervision."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from hub.domain.actor import process
from hub.domain.lifecycle import Act
from hub.domain.people import unsupervised_words
from hub.domain.vocabulary import Status, SystemActor
from hub.extensions import clock, db
from hub.models import Practice, Task
from hub.models.history import record
from hub.placing import booking, queries, waiting_queries
from hub.placing.task_actions import flag, off_list, ring

TIMETABLE = process(SystemActor.TIMETABLE)
UNSUPERVISED = "unsupervised"


def leave_nobody_unsupervised() -> int:
    """Take back what has not been started and nobody supervises now; what was started goes to the lead.

    Returns how many tasks were touched. Where nobody works under supervision this asks nothing.
    """
    supervised = {
        person.id: person
        for person in queries.people()
        if any(one.supervised for one in person.sign_offs.values())
    }
    if not supervised:
        return 0
    today, why = booking.today(), {}
    for row in _on_their_lists(supervised):
        words = unsupervised_words(supervised[row.assignee_id], waiting_queries.as_waiting(row).needs, today)
        if words is not None:
            why[row.id] = row.version, words
    tasks = _locked({task_id: version for task_id, (version, _) in why.items()})
    for task in tasks:
        if task.started_at is None:
            _take_back(task)
        else:
            flag(task, why[task.id][1], by=TIMETABLE)
    if tasks:
        ring(tasks[-1])
    return len(tasks)


def _on_their_lists(people: Collection[int]) -> list[Any]:
    query = (
        select(*waiting_queries.WAITING_COLUMNS, Task.assignee_id)
        .join(Practice, Practice.id == Task.practice_id)
        .where(
            Task.assignee_id.in_(people),
            Task.status.in_((Status.ASSIGNED, Status.IN_PROGRESS)),
            Task.started_at.is_(None) | Task.decide_since.is_(None),
        )
    )
    return list(db.session.execute(query))


def _locked(versions: dict[int, int]) -> list[Task]:
    """Lock these tasks as they were seen, the days of their people first; what has changed is left alone."""
    of_them = Task.id.in_(versions)
    people = db.session.scalars(select(Task.assignee_id).where(of_them).distinct())
    booking.lock_days([person for person in people if person is not None])
    query = (
        select(Task)
        .where(of_them)
        .options(joinedload(Task.data_key))
        .order_by(Task.id)
        .with_for_update(of=Task, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [task for task in db.session.scalars(query).unique() if task.version == versions[task.id]]


def _take_back(task: Task) -> None:
    former = task.assignee_id
    off_list(task)
    data = {"from": former, "because": UNSUPERVISED}
    record(task, Act.RELEASED, by=TIMETABLE, at=clock.now(), data=data)
