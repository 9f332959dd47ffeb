"""Clinicians as the rules see them: what they may do, when they work, how much they carry."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from hub.domain import rota
from hub.domain.eligibility import Person
from hub.domain.vocabulary import Profession, Role
from hub.domain.worktime import LONDON, england_bank_holidays
from hub.extensions import clock, db
from hub.models import (
    Absence,
    Competence,
    ExtraShift,
    PracticeAccess,
    Task,
    User,
    UserRole,
    WeeklyShift,
)

BOUND = ("assigned", "in_progress")


def people(ids: Collection[int] | None = None) -> list[Person]:
    """Return every active clinician (or those of `ids`, active or not) as of now, by name.

    Seven statements, however many people there are.
    """
    query = select(User).join(UserRole, UserRole.user_id == User.id).where(UserRole.role == Role.CLINICIAN)
    query = query.where(User.active) if ids is None else query.where(User.id.in_(ids))
    users = db.session.scalars(query.where(User.profession.is_not(None)).order_by(User.name, User.id)).all()
    wanted = [user.id for user in users]
    days = days_of(wanted)
    competences = _grouped(
        select(Competence.user_id, Competence.code, Competence.expires_on), Competence, wanted
    )
    access = _grouped(
        select(PracticeAccess.user_id, PracticeAccess.practice_id).where(
            PracticeAccess.role == Role.CLINICIAN
        ),
        PracticeAccess,
        wanted,
    )
    bound = bound_minutes(wanted)
    return [
        Person(
            id=user.id,
            name=user.name,
            profession=Profession(user.profession or ""),
            is_prescriber=user.is_prescriber,
            competences={row.code: row.expires_on for row in competences[user.id]},
            registration_expires=user.registration_expires_on,
            practices=frozenset(row.practice_id for row in access[user.id]),
            active=user.active,
            at_work=days[user.id].at_work,
            minutes_left=days[user.id].minutes_left,
            bound_minutes=bound.get(user.id, 0),
        )
        for user in users
    ]


def person(user_id: int) -> Person | None:
    """Return this clinician as of now; None if this person is no clinician."""
    found = people([user_id])
    return found[0] if found else None


def bound_minutes(user_ids: Collection[int]) -> dict[int, int]:
    """Return the planned minutes of what stands unfinished on each worklist; absent means none."""
    query = (
        select(Task.assignee_id, func.sum(Task.minutes))
        .where(Task.assignee_id.in_(user_ids), Task.status.in_(BOUND))
        .group_by(Task.assignee_id)
    )
    return {row[0]: int(row[1]) for row in db.session.execute(query) if row[0] is not None}


def days_of(user_ids: Collection[int]) -> dict[int, rota.Day]:
    """Return each person's day as it stands now (see `rota.Day`)."""
    now = clock.now()
    today = now.astimezone(LONDON).date()
    shifts = _shifts(user_ids, today - dt.timedelta(days=1), today + dt.timedelta(days=7))
    return {user_id: _day(shifts[user_id], today, now) for user_id in user_ids}


def staffed(first_day: dt.date, last_day: dt.date) -> tuple[rota.Interval, ...]:
    """Return when any clinician works between these days, as few intervals as possible."""
    query = select(UserRole.user_id).join(User).where(UserRole.role == Role.CLINICIAN, User.active)
    ids = db.session.scalars(query).all()
    per_person = working_times(ids, first_day, last_day)
    return rota.union(interval for intervals in per_person.values() for interval in intervals)


def working_times(
    user_ids: Collection[int], first_day: dt.date, last_day: dt.date
) -> dict[int, tuple[rota.Interval, ...]]:
    """Return each person's time at work between these days."""
    shifts = _shifts(user_ids, first_day, last_day)
    holidays = _holidays(first_day, last_day)
    return {
        user_id: rota.working_intervals(*shifts[user_id], first_day, last_day, bank_holidays=holidays)
        for user_id in user_ids
    }


@dataclass(frozen=True)
class PlannedDay:
    """One person's day of the rota: when at work, and the minutes without breaks."""

    day: dt.date
    stretches: tuple[rota.Interval, ...]
    minutes: int


def plan(
    user_ids: Collection[int], first_day: dt.date, last_day: dt.date
) -> dict[int, tuple[PlannedDay, ...]]:
    """Return each person's days from `first_day` to `last_day`. Three statements, however many people."""
    shifts = _shifts(user_ids, first_day - dt.timedelta(days=1), last_day)
    holidays = _holidays(first_day, last_day)
    days = [first_day + dt.timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    return {user_id: tuple(_planned(shifts[user_id], day, holidays) for day in days) for user_id in user_ids}


def _planned(shifts: "_Shifts", day: dt.date, holidays: frozenset[dt.date]) -> PlannedDay:
    stretches = rota.working_intervals(*shifts, day, day, bank_holidays=holidays)
    pause = rota.break_minutes_on(shifts[0], stretches, day, bank_holidays=holidays)
    return PlannedDay(day, stretches, max(0, sum(one.minutes for one in stretches) - pause))


def _day(shifts: "_Shifts", today: dt.date, now: dt.datetime) -> rota.Day:
    first, last = today - dt.timedelta(days=1), today + dt.timedelta(days=7)
    holidays = _holidays(first, last)
    intervals = rota.working_intervals(*shifts, first, last, bank_holidays=holidays)
    pause = rota.break_minutes_on(shifts[0], intervals, today, bank_holidays=holidays)
    return rota.day_of(intervals, now, break_minutes=pause)


_Shifts = tuple[list[rota.WeeklyShift], list[rota.ExtraShift], list[rota.Absence]]


def _shifts(user_ids: Collection[int], first: dt.date, last: dt.date) -> dict[int, _Shifts]:
    found: dict[int, _Shifts] = defaultdict(lambda: ([], [], []))
    begin = dt.datetime.combine(first, dt.time(), LONDON)
    finish = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), LONDON)
    weekly = select(WeeklyShift).where(
        WeeklyShift.user_id.in_(user_ids),
        WeeklyShift.valid_from <= last,
        or_(WeeklyShift.valid_to.is_(None), WeeklyShift.valid_to >= first - dt.timedelta(days=1)),
    )
    for row in db.session.scalars(weekly):
        shift = rota.WeeklyShift(
            row.weekday, row.starts, row.ends, row.break_minutes, row.valid_from, row.valid_to
        )
        found[row.user_id][0].append(shift)
    for extra in db.session.scalars(select(ExtraShift).where(_within(ExtraShift, user_ids, begin, finish))):
        found[extra.user_id][1].append(rota.ExtraShift(extra.starts_at, extra.ends_at))
    for absence in db.session.scalars(select(Absence).where(_within(Absence, user_ids, begin, finish))):
        found[absence.user_id][2].append(rota.Absence(absence.starts_at, absence.ends_at))
    return found


def _within(
    table: type[ExtraShift] | type[Absence],
    user_ids: Collection[int],
    begin: dt.datetime,
    finish: dt.datetime,
) -> ColumnElement[bool]:
    return table.user_id.in_(user_ids) & (table.starts_at < finish) & (table.ends_at > begin)


def _holidays(first: dt.date, last: dt.date) -> frozenset[dt.date]:
    years = range(first.year - 1, last.year + 1)
    return frozenset(day for year in years for day in england_bank_holidays(year))


def _grouped(query: Any, table: Any, user_ids: Iterable[int]) -> dict[int, list[Any]]:
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(query.where(table.user_id.in_(list(user_ids)))):
        rows[row.user_id].append(row)
    return rows
