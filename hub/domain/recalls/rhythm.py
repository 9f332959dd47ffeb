"""When is one patient due next? By birth month, so long after it was last done, or on fixed days."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from hub.domain.vocabulary import PatientStatus
from hub.domain.worktime import WorkCalendar

YEAR_END = (3, 31)  # of the GP contract and its Quality and Outcomes Framework
MONTHS_OF_A_YEAR = 12
SHORTEST_MONTH = 28
EARLY_MONTHS = 2  # done so much before the birth month, it is that year's: no gap is longer than 14 months
_LONGEST = {"day": 1, "week": 7, "month": 31}  # days
# A visit that was made without reaching the patient is no review: they stay due.
NOT_DONE = frozenset({"not_reached"})


class Rhythm(StrEnum):
    """What decides when somebody is due."""

    BIRTH_MONTH = "birth_month"  # once a year, at the beginning of the month of birth
    SINCE_DONE = "since_done"  # so long after it was last done
    FIXED = "fixed"  # on fixed days, counted from the first


class Unit(StrEnum):
    """In what a distance of days is counted."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Why(StrEnum):
    """Why somebody is not raised when one might expect it."""

    NONE = ""
    OPEN = "open"  # one is open now
    GONE = "gone"  # has died or moved
    COUNTED = "counted"  # done so shortly before that it counts for this time
    BUFFER = "buffer"  # done recently: waits until the buffer has passed
    NO_BIRTH = "no_birth"  # the date of birth is not known (erased)


@dataclass(frozen=True, slots=True)
class Every:
    """A distance: so many days, weeks or months."""

    count: int
    unit: Unit

    def after(self, day: date, times: int = 1) -> date:
        """Return the day that lies `times` such distances after `day`; a month too short ends on its last."""
        number = self.count * times
        if self.unit == Unit.MONTH:
            return add_months(day, number)
        return day + timedelta(days=number * (7 if self.unit == Unit.WEEK else 1))

    def before(self, day: date) -> date:
        """Return the day that lies one such distance before `day`."""
        return self.after(day, -1)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a recall says.

    `starts_on`: nothing that was due before its month (by birth month), or before it, is raised.
    `buffer`: it is not raised again so soon after it was last done; None: no buffer.
    `daily_limit`: so many a working day at most; None: worked out from the length of the list.
    `stop_days`: the target in working days of a kind that must be done by 31 March; None: of any other.
    """

    rhythm: Rhythm
    every: Every
    starts_on: date
    buffer: Every | None = None
    daily_limit: int | None = None
    stop_days: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One patient on the list, or the practice itself (then `born` is None).

    `raised` are the periods that this recall has raised already; `last_done` the day on which it was
    last done, by whoever; `is_open` says that one is open now.
    """

    id: int
    since: date
    born: date | None = None
    last_done: date | None = None
    is_open: bool = False
    status: PatientStatus = PatientStatus.REGISTERED
    raised: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Due:
    """When somebody is due: the period it is for, the day, and what moved it."""

    period: date
    on: date
    why: Why = Why.NONE


def add_months(day: date, months: int) -> date:
    """Return the same day of the month so many months on; the month's last where it has no such day."""
    year, month = divmod(day.year * MONTHS_OF_A_YEAR + day.month - 1 + months, MONTHS_OF_A_YEAR)
    if day.day <= SHORTEST_MONTH:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def year_end(day: date) -> date:
    """Return 31 March on or after `day`: the end of the contract year in which it lies."""
    return date(day.year + ((day.month, day.day) > YEAR_END), *YEAR_END)


@lru_cache(maxsize=64)
def last_day_to_raise(end: date, stop_days: int, work: WorkCalendar) -> date:
    """Return the last day on which what takes `stop_days` working days is still done by `end`."""
    day, left = end + timedelta(days=1), stop_days
    while left:
        day -= timedelta(days=1)
        left -= work.is_working_day(day)
    return day - timedelta(days=1)


def is_too_late(day: date, rule: Rule, work: WorkCalendar) -> bool:
    """Say whether what is raised on `day` could not be done by the 31 March that it must be done by."""
    if rule.stop_days is None:
        return False
    end = year_end(day)
    # Far from the end nothing has to be counted: more than half of all days are working days.
    near = (end - day).days <= 2 * rule.stop_days + 14
    return near and day > last_day_to_raise(end, rule.stop_days, work)


def window_of(birth_month: int, year: int, rule: Rule, work: WorkCalendar) -> date:
    """Return the first day on which those born in this month are due in `year`.

    That is the first of the month, or of the month before where its end is too late for 31 March.
    """
    first = date(year, birth_month, 1)
    last = add_months(first, 1) - timedelta(days=1)
    return add_months(first, -1) if is_too_late(last, rule, work) else first


def next_due(rule: Rule, member: Member, today: date, work: WorkCalendar) -> Due | None:
    """Return when this one is due next, which may have passed; None if never.

    A time that was passed over because a later one has come is not made up: somebody is due once.
    """
    if rule.rhythm == Rhythm.BIRTH_MONTH:
        return _by_birth_month(rule, member, today, work)
    if rule.rhythm == Rhythm.SINCE_DONE:
        return _since_done(rule, member, today)
    return _on_fixed_days(rule, member, today)


def _by_birth_month(rule: Rule, member: Member, today: date, work: WorkCalendar) -> Due | None:
    if member.born is None:
        return None
    why = Why.NONE
    for year, opens in _years(rule, member, today, work):
        if _counts_for(rule, member.last_done, opens):
            why = Why.COUNTED
            continue
        free = _free_from(rule, member)
        if free is not None and free > opens:
            return Due(date(year, 1, 1), free, Why.BUFFER)
        return Due(date(year, 1, 1), opens, why)
    return None


def _years(rule: Rule, member: Member, today: date, work: WorkCalendar) -> Iterator[tuple[int, date]]:
    """Yield the years that are not raised yet, each with the day on which its time opens, from now's on."""
    assert member.born is not None
    month, start = member.born.month, rule.starts_on.replace(day=1)
    latest = max((one.year for one in member.raised), default=0)
    first = max(latest + 1, start.year, today.year - 1)
    following = window_of(month, first, rule, work)
    for year in range(first, max(first, today.year) + 4):
        opens, following = following, window_of(month, year + 1, rule, work)
        # The month itself may begin after the recall does although its time opens before.
        if date(year, month, 1) >= start and following > today:
            yield year, max(opens, start)


def _counts_for(rule: Rule, done: date | None, opens: date) -> bool:
    """Say whether a review done on `done` is the one of the time that opens on `opens`.

    Done since then it is. Done a little before it is too ("in or before the birth month"), up to
    `EARLY_MONTHS` or what the buffer leaves of a year; but a contract year that asks for one of its own
    is not left without.
    """
    if done is None:
        return False
    if done >= opens:
        return True
    left = min(EARLY_MONTHS, MONTHS_OF_A_YEAR - rule.buffer.count) if rule.buffer else 0
    same_year = rule.stop_days is None or year_end(done) == year_end(opens)
    return same_year and done >= add_months(opens, -left)


def _since_done(rule: Rule, member: Member, today: date) -> Due:
    base, first = (rule.starts_on, 0) if member.last_done is None else (member.last_done, 1)
    latest = max(member.raised, default=date.min)
    number = _number_after(rule.every, base, first, latest)
    period = _latest_until(rule.every, base, number, today)
    return Due(period, max(rule.every.after(base, number), rule.starts_on))


def _on_fixed_days(rule: Rule, member: Member, today: date) -> Due:
    latest = max(member.raised, default=date.min)
    passed, why = max(latest, member.since - timedelta(days=1)), Why.NONE
    done, free = member.last_done, _free_from(rule, member)
    number = _number_after(rule.every, rule.starts_on, 0, passed)
    while done is not None:
        day = rule.every.after(rule.starts_on, number)
        if done < day and (free is None or free <= day):
            break
        why = Why.COUNTED if done >= day else Why.BUFFER
        number += 1
    period = _latest_until(rule.every, rule.starts_on, number, today)
    # Whoever waits longest goes first, so the day is the one since when they are due.
    return Due(period, rule.every.after(rule.starts_on, number), why)


def _number_after(every: Every, base: date, first: int, after: date) -> int:
    """Return which time is the first after `after`; the times are counted from `base`, from `first` on.

    Each is counted from `base` itself, so that the 31st comes back after a short month.
    """
    # So many have passed for certain; the rest is found step by step.
    number = max(first, (after - base).days // (every.count * _LONGEST[every.unit]))
    while every.after(base, number) <= after:
        number += 1
    return number


def _latest_until(every: Every, base: date, first: int, today: date) -> date:
    """Return the latest time up to `today`, from the time `first` on; that one if it is yet to come."""
    number = max(first, (today - base).days // (every.count * _LONGEST[every.unit]))
    while every.after(base, number + 1) <= today:
        number += 1
    return every.after(base, number)


def _free_from(rule: Rule, member: Member) -> date | None:
    """Return the first day on which the buffer since it was last done has passed; None: there is none."""
    if member.last_done is None or rule.buffer is None:
        return None
    return rule.buffer.after(member.last_done)
