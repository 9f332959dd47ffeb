"""To-dos that the practice has not ticked: it is reminded once, and then they go to the lead, once.

Periodic work; each task is locked alone, what another process has locked is left for the next time.
"""

import datetime as dt
from collections import defaultdict

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from hub.conversation.sent_back_actions import chase_sent_back
from hub.domain.actor import process
from hub.domain.lifecycle import Act
from hub.domain.notices import Code
from hub.domain.promises import local_day
from hub.domain.vocabulary import OPEN_STATUSES, SystemActor
from hub.extensions import clock, db
from hub.models import Task, ToDo
from hub.models.history import record
from hub.notices import actions as notices
from hub.placing import actions as placing
from hub.placing import queries as placing_queries

TIMETABLE = process(SystemActor.TIMETABLE)
MOST = 200  # tasks at a time: locks are held for a second or two


def unticked_words(days: int) -> str:
    """Return why a task with old to-dos stands on the lead's list."""
    return f"The practice has not ticked what it was asked to do {days} working days ago."


def chase_to_dos() -> int:
    """Remind practices of what is theirs to do, and hand what is old to the lead. Returns how many tasks.

    To-dos: each happens once. What was sent back and left alone ages the same way. After how many
    working days is policy (`to_do_chase_days`, `to_do_lead_days`).
    """
    policy, touched = placing_queries.policy(), 0
    for task, found in _old(ToDo.chased_at.is_(None), policy.to_do_chase_days):
        for one in found:
            one.chased_at = clock.now()
        notices.tell_practice(Code.TO_DO_OPEN, task, by=TIMETABLE)
        touched += 1
    db.session.flush()
    for task, found in _old(ToDo.to_lead_at.is_(None), policy.to_do_lead_days):
        for one in found:
            one.to_lead_at = clock.now()
        db.session.flush()
        placing.flag(task, unticked_words(policy.to_do_lead_days), by=TIMETABLE)
        touched += 1
    return touched + chase_sent_back()


def all_ticked(task: Task) -> None:
    """Take a finished task off the lead's list if nothing that went there is left unticked.

    The hub does that, not whoever ticked: nobody has decided anything.
    """
    if task.decide_since is None or task.status in OPEN_STATUSES:
        return
    left = select(func.count()).where(
        ToDo.task_id == task.id, ToDo.ticked_at.is_(None), ToDo.to_lead_at.is_not(None)
    )
    if not db.session.scalar(left):
        placing.settle(task)
        record(task, Act.DECIDED, by=TIMETABLE, at=clock.now(), data={"because": "ticked"})


def _old(which: ColumnElement[bool], days: int) -> list[tuple[Task, list[ToDo]]]:
    """Return tasks, locked, with their unticked to-dos of `which` that are so many working days old."""
    now, calendar = clock.now(), placing_queries.hub_calendar()
    asked = (ToDo.ticked_at.is_(None), which, ToDo.created_at < now - dt.timedelta(days=days - 1))
    query = select(ToDo.id, ToDo.task_id, ToDo.created_at).where(*asked).order_by(ToDo.created_at, ToDo.id)
    old: dict[int, list[int]] = defaultdict(list)
    for row in db.session.execute(query.limit(MOST * 10)):
        if calendar.after_working_days(local_day(row.created_at), days) <= now:
            old[row.task_id].append(row.id)
    locked = (
        select(Task)
        .where(Task.id.in_(list(old)[:MOST]))
        .options(joinedload(Task.data_key))
        .order_by(Task.id)
        .with_for_update(of=Task, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    tasks = list(db.session.scalars(locked).unique())
    ids = [one for task in tasks for one in old[task.id]]
    # Asked again under the lock: what was ticked meanwhile is not chased.
    found: dict[int, list[ToDo]] = defaultdict(list)
    for one in db.session.scalars(select(ToDo).where(ToDo.id.in_(ids), ToDo.ticked_at.is_(None), which)):
        found[one.task_id].append(one)
    return [(task, found[task.id]) for task in tasks if found[task.id]]
