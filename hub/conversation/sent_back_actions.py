"""Requests that were sent back and left alone: the practice is reminded once, then they go to the lead.

They age as to-dos do, by the same numbers of the policy. Periodic work; what another process has
locked is left for the next time.
"""

import datetime as dt

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from hub.domain.actor import process
from hub.domain.lifecycle import Act
from hub.domain.notices import Code
from hub.domain.promises import local_day
from hub.domain.vocabulary import Status, SystemActor
from hub.extensions import clock, db
from hub.models import Event, Notice, Task
from hub.notices import actions as notices
from hub.placing import actions as placing
from hub.placing import queries as placing_queries

TIMETABLE = process(SystemActor.TIMETABLE)
MOST = 200  # tasks at a time: locks are held for a second or two
LEFT_ALONE = "The practice has not corrected it since it was sent back."


def chase_sent_back() -> int:
    """Remind practices of what was sent back to them, and hand what is old to the lead. Returns how many.

    A lead who leaves it where it is finds it on the list again when that decision holds no longer.
    """
    policy, touched = placing_queries.policy(), 0
    since = _sent_back_at()
    reminded = select(Notice.id).where(
        Notice.task_id == Task.id, Notice.code == Code.SENT_BACK_OPEN, Notice.created_at > since
    )
    for task in _old(~reminded.exists(), policy.to_do_chase_days):
        notices.tell_practice(Code.SENT_BACK_OPEN, task, by=TIMETABLE)
        touched += 1
    db.session.flush()
    for task in _old(Task.decide_since.is_(None), policy.to_do_lead_days):
        placing.flag(task, LEFT_ALONE, by=TIMETABLE)
        touched += task.decide_since is not None
    return touched


def _sent_back_at() -> ColumnElement[dt.datetime]:
    query = select(func.max(Event.at)).where(Event.task_id == Task.id, Event.kind == Act.SENT_BACK)
    return query.correlate(Task).scalar_subquery()


def _old(which: ColumnElement[bool], days: int) -> list[Task]:
    """Return tasks, locked, that were sent back so many working days ago and are still, of `which`."""
    now, calendar, since = clock.now(), placing_queries.hub_calendar(), _sent_back_at()
    query = (
        select(Task.id, since.label("since"))
        .where(Task.status == Status.SENT_BACK, which, since < now - dt.timedelta(days=days - 1))
        .order_by(since, Task.id)
        .limit(MOST)
    )
    old = [
        row.id
        for row in db.session.execute(query)
        if calendar.after_working_days(local_day(row.since), days) <= now
    ]
    locked = (
        select(Task)
        .where(Task.id.in_(old), Task.status == Status.SENT_BACK, which)
        .options(joinedload(Task.data_key))
        .order_by(Task.id)
        .with_for_update(of=Task, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(locked).unique())
