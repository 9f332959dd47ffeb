"""The rota: who works when this week, and one person's shifts and absences."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from hub.domain.errors import NotFound
from hub.domain.worktime import LONDON, england_bank_holidays, start_of_day
from hub.extensions import clock, db
from hub.models import Absence, ExtraShift, User, WeeklyShift
from hub.people import queries as people
from hub.placing.shift_queries import shift_times
from hub.placing.staff_queries import PlannedDay, plan

LOOK_BACK = dt.timedelta(days=28)


@dataclass(frozen=True)
class Row:
    """One person's week; `away` holds the days on which an absence falls."""

    user: User
    days: tuple[PlannedDay, ...]
    away: frozenset[dt.date]


@dataclass(frozen=True)
class Week:
    """Everyone's week from Monday to Sunday."""

    monday: dt.date
    days: tuple[dt.date, ...]
    bank_holidays: frozenset[dt.date]
    rows: tuple[Row, ...]


def today() -> dt.date:
    """Return the day in London."""
    return clock.now().astimezone(LONDON).date()


def week(monday: dt.date) -> Week:
    """Return the rota of the week that begins on `monday`. Five statements, however many people."""
    days = tuple(monday + dt.timedelta(days=n) for n in range(7))
    users = people.clinicians()
    ids = [user.id for user in users]
    planned = plan(ids, days[0], days[-1])
    away = _away(ids, days)
    holidays = england_bank_holidays(days[0].year) | england_bank_holidays(days[-1].year)
    rows = tuple(Row(user, planned[user.id], away.get(user.id, frozenset())) for user in users)
    return Week(monday, days, frozenset(days) & holidays, rows)


def is_weekend_off(found: Week, day: dt.date) -> bool:
    """Say whether `day` is at the weekend, and nobody is at work from it to the end of its week."""
    ahead = [n for n, one in enumerate(found.days) if one >= day]
    return day.weekday() >= 5 and not any(row.days[n].minutes for row in found.rows for n in ahead)


def _away(user_ids: list[int], days: tuple[dt.date, ...]) -> dict[int, frozenset[dt.date]]:
    begin = dt.datetime.combine(days[0], dt.time(), LONDON)
    finish = dt.datetime.combine(days[-1] + dt.timedelta(days=1), dt.time(), LONDON)
    query = select(Absence).where(
        Absence.user_id.in_(user_ids), Absence.starts_at < finish, Absence.ends_at > begin
    )
    found: dict[int, frozenset[dt.date]] = {}
    for one in db.session.scalars(query):
        first = one.starts_at.astimezone(LONDON).date()
        last = (one.ends_at - dt.timedelta(microseconds=1)).astimezone(LONDON).date()
        found[one.user_id] = found.get(one.user_id, frozenset()) | {d for d in days if first <= d <= last}
    return found


def clinician(user_id: int) -> User:
    """Return a person who has a rota. Raises NotFound for anyone without the clinician's role."""
    user = people.person(user_id)
    if not any(role.value == "clinician" for role in people.roles_of(user)):
        raise NotFound("This person has no rota.")
    return user


def weekly_of(user: User) -> list[WeeklyShift]:
    """Return the weekly shifts that are not over, by weekday and start."""
    query = select(WeeklyShift).where(
        WeeklyShift.user_id == user.id,
        WeeklyShift.valid_to.is_(None) | (WeeklyShift.valid_to >= today()),
    )
    return list(db.session.scalars(query.order_by(WeeklyShift.weekday, WeeklyShift.starts, WeeklyShift.id)))


def extra_of(user: User) -> list[ExtraShift]:
    """Return the shifts on single days, from four weeks ago on."""
    query = select(ExtraShift).where(
        ExtraShift.user_id == user.id, ExtraShift.ends_at > clock.now() - LOOK_BACK
    )
    return list(db.session.scalars(query.order_by(ExtraShift.starts_at)))


def absences_of(user: User) -> list[Absence]:
    """Return the absences, from four weeks ago on."""
    query = select(Absence).where(Absence.user_id == user.id, Absence.ends_at > clock.now() - LOOK_BACK)
    return list(db.session.scalars(query.order_by(Absence.starts_at)))


def shift_over_midnight(user: User) -> dt.datetime | None:
    """Return when the shift ends that the person is in now, if that is after midnight; None otherwise."""
    now, day = clock.now(), today()
    times = shift_times([user.id], day - dt.timedelta(days=1), day + dt.timedelta(days=1))[user.id]
    ends = max((one.end for one in times if one.start <= now < one.end), default=now)
    return ends if ends > start_of_day(day + dt.timedelta(days=1)) else None


def weekly(user: User, shift_id: int) -> WeeklyShift:
    """Return one weekly shift of this person. Raises NotFound."""
    found = db.session.get(WeeklyShift, shift_id)
    if found is None or found.user_id != user.id:
        raise NotFound("This person has no such shift.")
    return found


def overlapping(user: User, weekday: int, first: dt.date, last: dt.date | None) -> list[WeeklyShift]:
    """Return the person's shifts on this weekday that are in force on any of these days."""
    query = select(WeeklyShift).where(
        WeeklyShift.user_id == user.id,
        WeeklyShift.weekday == weekday,
        WeeklyShift.valid_to.is_(None) | (WeeklyShift.valid_to >= first),
    )
    if last is not None:
        query = query.where(WeeklyShift.valid_from <= last)
    return list(db.session.scalars(query))
