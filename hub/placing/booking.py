"""A clinician's minutes: locked first, then booked, so that nobody is given more than the shift holds.

`booked` counts the planned minutes of what is open on the worklist for that day. Whoever
gives work locks the day's row, counts again under the lock, and only then decides.
"""

import datetime as dt
from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import ClinicianDay, Task
from hub.placing import staff_queries


def today() -> dt.date:
    """Return the day in London."""
    return clock.now().astimezone(LONDON).date()


def lock_days(user_ids: Collection[int]) -> dict[int, ClinicianDay]:
    """Lock these people's rows for today, made on first need, with the shift's minutes brought up to date.

    Rows are locked in the order of their ids, so that two who lock several never wait for
    each other in a circle.
    """
    wanted = sorted(set(user_ids))
    if not wanted:
        return {}
    day, shifts = today(), staff_queries.days_of(wanted)
    rows = [{"user_id": user_id, "day": day, "minutes": shifts[user_id].minutes} for user_id in wanted]
    db.session.execute(insert(ClinicianDay).values(rows).on_conflict_do_nothing())
    query = (
        select(ClinicianDay)
        .where(ClinicianDay.user_id.in_(wanted), ClinicianDay.day == day)
        .order_by(ClinicianDay.user_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = {row.user_id: row for row in db.session.scalars(query)}
    for user_id, row in found.items():
        # A shift that was cut short keeps the minutes already given; no more are given on top.
        row.minutes = max(shifts[user_id].minutes, row.booked - row.granted)
    return found


def book(task: Task, user_id: int) -> None:
    """Book the task's planned minutes on this person's day. The caller has judged that they fit.

    What goes beyond the shift (band 1, or a lead's reason) is added to `granted`, so that
    it is on record and the constraint still holds for everything else.
    """
    row = lock_days([user_id])[user_id]
    row.granted = max(row.granted, row.booked + task.minutes - row.minutes)
    row.booked += task.minutes
    task.booked_on = row.day
    db.session.flush([row])


def unbook(task: Task) -> None:
    """Give the task's booked minutes back to its assignee's day; nothing if none are booked."""
    if task.booked_on is None or task.assignee_id is None:
        return
    statement = (
        update(ClinicianDay)
        .where(ClinicianDay.user_id == task.assignee_id, ClinicianDay.day == task.booked_on)
        .values(booked=ClinicianDay.booked - task.minutes)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(statement)
    task.booked_on = None
