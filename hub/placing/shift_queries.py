"""When clinicians work: shifts, breaks, meetings, absence and who is on call, as the rules see them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from hub.domain import pauses, rota
from hub.domain.worktime import LONDON, england_bank_holidays
from hub.extensions import clock, db
from hub.models import Absence, ExtraShift, Meeting, OnCall, WeeklyShift


@dataclass
class Shifts:
    """One person's rows of the rota over some days, as the rules want them."""

    weekly: list[rota.WeeklyShift] = field(default_factory=list)
    extra: list[rota.ExtraShift] = field(default_factory=list)
    absences: list[rota.Absence] = field(default_factory=list)
    meetings: list[rota.WeeklyShift] = field(default_factory=list)

    def as_key(self) -> Hashable:
        """Return what tells these rows from others."""
        return tuple(self.weekly), tuple(self.extra), tuple(self.absences), tuple(self.meetings)

    def working(self, first: dt.date, last: dt.date) -> pauses.Working:
        """Return the time on shift and at work between these days."""
        holidays = _holidays(first, last)
        on_shift = rota.working_intervals(
            self.weekly, self.extra, self.absences, first, last, bank_holidays=holidays
        )
        paused = pauses.pauses(self.weekly, self.meetings, first, last, bank_holidays=holidays)
        return pauses.working(on_shift, paused)

    def untimed_break(self, on_shift: Collection[rota.Interval], day: dt.date) -> int:
        """Return the minutes of break at no set time on this day.

        Counted by the time on shift: who sits in a meeting for half of it takes the whole break still.
        """
        return rota.break_minutes_on(self.weekly, on_shift, day, bank_holidays=_holidays(day, day))


def on_the_rota() -> set[int]:
    """Return who has any shift from today on: a weekly one that has not ended, or one on a single day."""
    now = clock.now()
    ends = WeeklyShift.valid_to
    weekly = select(WeeklyShift.user_id).where(or_(ends.is_(None), ends >= now.astimezone(LONDON).date()))
    extra = select(ExtraShift.user_id).where(ExtraShift.ends_at > now)
    return set(db.session.scalars(weekly.union(extra)))


@dataclass(frozen=True, slots=True)
class Times:
    """One person's time around a day, and its break at no set time: what tells any moment of that day."""

    working: pauses.Working
    untimed_break: int

    def day(self, now: dt.datetime) -> rota.Day:
        """Return the day as it stands at this moment (see `rota.Day`)."""
        return self.working.day(now, self.untimed_break)


def days_of(user_ids: Collection[int]) -> dict[int, rota.Day]:
    """Return each person's day as it stands now (see `rota.Day`)."""
    now = clock.now()
    today = now.astimezone(LONDON).date()
    times = times_of(user_ids, today - dt.timedelta(days=1), today + dt.timedelta(days=7))
    return days_at(now, times)


def days_at(now: dt.datetime, times: Mapping[int, Times]) -> dict[int, rota.Day]:
    """Return each person's day as it stands at this moment; who shares their times, shares the day."""
    known: dict[int, rota.Day] = {}
    for one in times.values():
        if id(one) not in known:
            known[id(one)] = one.day(now)
    return {user_id: known[id(one)] for user_id, one in times.items()}


def times_of(user_ids: Collection[int], first: dt.date, last: dt.date) -> dict[int, Times]:
    """Return each person's time from `first` to `last`, around the day after `first`.

    Many work the same hours: the same rows are worked out once, and those people share the result.
    """
    today = first + dt.timedelta(days=1)
    shifts = shifts_of(user_ids, first, last)
    known: dict[Hashable, Times] = {}
    found = {}
    for user_id in user_ids:
        key = shifts[user_id].as_key()
        if key not in known:
            times = shifts[user_id].working(first, last)
            known[key] = Times(times, shifts[user_id].untimed_break(times.on_shift, today))
        found[user_id] = known[key]
    return found


def working_times(
    user_ids: Collection[int], first_day: dt.date, last_day: dt.date
) -> dict[int, tuple[rota.Interval, ...]]:
    """Return each person's time at work between these days, without set breaks and meetings."""
    shifts = shifts_of(user_ids, first_day, last_day)
    return {user_id: shifts[user_id].working(first_day, last_day).at_work for user_id in user_ids}


def shift_times(
    user_ids: Collection[int], first_day: dt.date, last_day: dt.date
) -> dict[int, tuple[rota.Interval, ...]]:
    """Return each person's time on shift between these days: breaks and meetings belong to it."""
    shifts = shifts_of(user_ids, first_day, last_day)
    return {user_id: shifts[user_id].working(first_day, last_day).on_shift for user_id in user_ids}


@dataclass(frozen=True)
class PlannedDay:
    """One person's day of the rota: when on shift, the minutes for work, and those lost to meetings."""

    day: dt.date
    stretches: tuple[rota.Interval, ...]
    minutes: int
    in_meetings: int = 0


def plan(
    user_ids: Collection[int], first_day: dt.date, last_day: dt.date
) -> dict[int, tuple[PlannedDay, ...]]:
    """Return each person's days from `first_day` to `last_day`. Four statements, however many people."""
    shifts = shifts_of(user_ids, first_day - dt.timedelta(days=1), last_day)
    days = [first_day + dt.timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    return {user_id: tuple(_planned(shifts[user_id], day) for day in days) for user_id in user_ids}


def _planned(shifts: Shifts, day: dt.date) -> PlannedDay:
    times = shifts.working(day, day)
    untimed = shifts.untimed_break(times.on_shift, day)
    meetings = [one.when for one in times.pauses if one.words == pauses.MEETING]
    free = rota.subtract(times.on_shift, meetings)
    lost = sum(one.minutes for one in times.on_shift) - sum(one.minutes for one in free)
    return PlannedDay(day, times.on_shift, times.minutes_on(day, untimed), lost)


def on_call_ids(at: dt.datetime) -> frozenset[int]:
    """Return who is on call at this moment."""
    query = select(OnCall.user_id).where(OnCall.starts_at <= at, OnCall.ends_at > at)
    return frozenset(db.session.scalars(query))


def reached_on(user_id: int, at: dt.datetime) -> str:
    """Return the telephone number on which someone who is on call at this moment is reached, or ""."""
    query = select(OnCall.telephone).where(
        OnCall.user_id == user_id, OnCall.starts_at <= at, OnCall.ends_at > at
    )
    return db.session.scalar(query.order_by(OnCall.starts_at).limit(1)) or ""


def shifts_of(user_ids: Collection[int], first: dt.date, last: dt.date) -> dict[int, Shifts]:
    """Return the rota's rows of these people that touch these days. Four statements, however many people."""
    found: dict[int, Shifts] = defaultdict(Shifts)
    for row in db.session.scalars(
        select(WeeklyShift).where(WeeklyShift.user_id.in_(user_ids), _held(WeeklyShift, first, last))
    ):
        found[row.user_id].weekly.append(as_weekly(row))
    begin = dt.datetime.combine(first, dt.time(), LONDON)
    finish = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), LONDON)
    for extra in db.session.scalars(select(ExtraShift).where(_within(ExtraShift, user_ids, begin, finish))):
        found[extra.user_id].extra.append(rota.ExtraShift(extra.starts_at, extra.ends_at))
    for absence in db.session.scalars(select(Absence).where(_within(Absence, user_ids, begin, finish))):
        found[absence.user_id].absences.append(rota.Absence(absence.starts_at, absence.ends_at))
    _add_meetings(found, user_ids, first, last)
    return found


def _add_meetings(found: dict[int, Shifts], user_ids: Collection[int], first: dt.date, last: dt.date) -> None:
    of_them = or_(Meeting.user_id.is_(None), Meeting.user_id.in_(user_ids))
    for row in db.session.scalars(select(Meeting).where(of_them, _held(Meeting, first, last))):
        meeting = rota.WeeklyShift(row.weekday, row.starts, row.ends, 0, row.valid_from, row.valid_to)
        for user_id in user_ids if row.user_id is None else (row.user_id,):
            found[user_id].meetings.append(meeting)


def as_weekly(row: WeeklyShift) -> rota.WeeklyShift:
    """Return a stored weekly shift as the rules see it."""
    breaks = tuple((dt.time.fromisoformat(start), dt.time.fromisoformat(end)) for start, end in row.breaks)
    return rota.WeeklyShift(
        row.weekday, row.starts, row.ends, row.break_minutes, row.valid_from, row.valid_to, breaks
    )


def _held(table: Any, first: dt.date, last: dt.date) -> ColumnElement[bool]:
    """A row that repeats is in force on one of these days, or on the night before."""
    ended = first - dt.timedelta(days=1)
    in_force: ColumnElement[bool] = table.valid_from <= last
    return in_force & or_(table.valid_to.is_(None), table.valid_to >= ended)


def _within(
    table: type[ExtraShift] | type[Absence],
    user_ids: Collection[int],
    begin: dt.datetime,
    finish: dt.datetime,
) -> ColumnElement[bool]:
    return table.user_id.in_(user_ids) & (table.starts_at < finish) & (table.ends_at > begin)


@lru_cache(maxsize=256)
def _holidays(first: dt.date, last: dt.date) -> frozenset[dt.date]:
    years = range(first.year - 1, last.year + 1)
    return frozenset(day for year in years for day in england_bank_holidays(year))
