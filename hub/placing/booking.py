"""A clinician's minutes: locked first, then booked, so that nobody is given more than the shift holds.

`booked` counts the planned minutes of what is open on the worklist for that day. Whoever
gives work locks the day's row, counts again under the lock, and only then decides.

Every function here may be called between the changes to a task and its event: nothing is
flushed, because a task goes to the database once per event.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Integer, Update, func, select, update, values
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import insert

from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import ClinicianDay, ReserveDay, Task
from hub.placing import staff_queries


def today() -> dt.date:
    """Return the day in London."""
    return clock.now().astimezone(LONDON).date()


def lock_days(user_ids: Collection[int]) -> None:
    """Lock these people's rows for today, made on first need, with the shift's minutes brought up to date.

    Rows are locked in the order of their ids, so that two who lock several never wait for
    each other in a circle. The number of statements does not depend on the number of people.
    """
    wanted = sorted(set(user_ids))
    if not wanted:
        return
    with db.session.no_autoflush:
        day, shifts = today(), staff_queries.days_of(wanted)
        minutes = {user_id: shifts[user_id].minutes for user_id in wanted}
        rows = [{"user_id": user_id, "day": day, "minutes": minutes[user_id]} for user_id in wanted]
        db.session.execute(insert(ClinicianDay).values(rows).on_conflict_do_nothing())
        query = (
            select(ClinicianDay.user_id, ClinicianDay.minutes, ClinicianDay.booked, ClinicianDay.granted)
            .where(ClinicianDay.user_id.in_(wanted), ClinicianDay.day == day)
            .order_by(ClinicianDay.user_id)
            .with_for_update(key_share=True)
        )
        # A shift that was cut short keeps the minutes already given; no more are given on top.
        changed = {
            row.user_id: fits
            for row in db.session.execute(query)
            if (fits := max(minutes[row.user_id], row.booked - row.granted)) != row.minutes
        }
        _set_minutes(changed, day)


def book(task: Task, user_id: int) -> None:
    """Book the task's planned minutes on this person's day. The caller has judged that they fit."""
    lock_days([user_id])
    book_minutes({user_id: task.minutes})
    task.booked_on = today()


def book_minutes(minutes: Mapping[int, int]) -> None:
    """Book these minutes on these people's days, whose rows the caller has locked today.

    What goes beyond the shift (band 1, or a lead's reason) is added to `granted`, so that
    it is on record and the constraint still holds for everything else.
    """
    if not minutes:
        return
    given = _listed(minutes)
    after = ClinicianDay.booked + given.c.minutes
    granted = func.greatest(ClinicianDay.granted, after - ClinicianDay.minutes)
    _execute(update(ClinicianDay).values(booked=after, granted=granted), given, today())


def unbook(task: Task) -> None:
    """Give the task's booked minutes back to its assignee's day; nothing if none are booked."""
    if task.booked_on is None or task.assignee_id is None:
        return
    statement = (
        update(ClinicianDay)
        .where(ClinicianDay.user_id == task.assignee_id, ClinicianDay.day == task.booked_on)
        .values(booked=ClinicianDay.booked - task.minutes)
        .execution_options(synchronize_session=False, autoflush=False)
    )
    db.session.execute(statement)
    task.booked_on = None


def reserve_left(percent: int) -> int:
    """Return what is left today of the reserve for work past its age ceiling, in minutes.

    It is `percent` of the minutes of everyone who has been at work today.
    """
    if percent == 0:
        return 0
    minutes = select(func.coalesce(func.sum(ClinicianDay.minutes), 0)).where(ClinicianDay.day == today())
    used = select(ReserveDay.used).where(ReserveDay.day == today())
    row = db.session.execute(
        select(minutes.scalar_subquery(), func.coalesce(used.scalar_subquery(), 0))
    ).one()
    return max(int(row[0]) * percent // 100 - int(row[1]), 0)


def draw_reserve(minutes: int) -> None:
    """Note that so many minutes were given out of today's reserve."""
    if minutes:
        row = insert(ReserveDay).values(day=today(), used=minutes)
        more = {"used": ReserveDay.used + row.excluded.used}
        db.session.execute(row.on_conflict_do_update(index_elements=["day"], set_=more))


def _set_minutes(minutes: Mapping[int, int], day: dt.date) -> None:
    if minutes:
        given = _listed(minutes)
        _execute(update(ClinicianDay).values(minutes=given.c.minutes), given, day)


def _listed(minutes: Mapping[int, int]) -> Any:
    """Return people and minutes as something to join with, so that one statement changes many days."""
    columns = sql_column("user_id", Integer), sql_column("minutes", Integer)
    return values(*columns, name="given").data(sorted(minutes.items())).alias("given")


def _execute(statement: Update, given: Any, day: dt.date) -> None:
    theirs = statement.where(ClinicianDay.user_id == given.c.user_id, ClinicianDay.day == day)
    db.session.execute(theirs.execution_options(synchronize_session=False, autoflush=False))
