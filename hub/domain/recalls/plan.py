"""On which working day is each one raised? Drip-feed: oldest due first, never more a day than the limit."""

import heapq
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hub.domain.recalls.rhythm import (
    Due,
    Every,
    Member,
    Rhythm,
    Rule,
    Unit,
    Why,
    add_months,
    is_too_late,
    next_due,
    window_of,
)
from hub.domain.vocabulary import PatientStatus
from hub.domain.worktime import WorkCalendar

# No month of England's calendar has fewer working days (April 2028, with Easter in it, has 18).
LEAST_WORKING_DAYS = 18
A_ROUND = 10  # so many on a fixed day are one round, and are raised together
_DAYS = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 28}
_MONTH_DAYS = 31


@dataclass(frozen=True, slots=True)
class Raise:
    """One request to come: for whom, for which period, since when it is due, and the day it is raised."""

    member_id: int
    period: date
    due: date
    on: date


@dataclass(frozen=True, slots=True)
class Skip:
    """Somebody who is left out or waits, why, and until when (None: until that changes)."""

    member_id: int
    why: Why
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a recall raises, in order; who is skipped; who is due and does not fit in by `until`.

    `late_year` are the members who have to wait for 1 April, because 31 March is too near.
    """

    raises: tuple[Raise, ...]
    skips: tuple[Skip, ...]
    waiting: tuple[Skip, ...]
    late_year: frozenset[int]
    limit: int
    until: date


def plan(
    rule: Rule,
    members: Collection[Member],
    today: date,
    work: WorkCalendar,
    *,
    until: date | None = None,
    raised_today: int = 0,
) -> Plan:
    """Return what is raised from `today` on, before `until` (twelve months on, unless said).

    Each is taken as done on the day it is raised, and what is open now as done today: what really
    happens changes what comes later. `raised_today` were raised already and count for today's limit.
    """
    end = until or add_months(today, 12)
    limit = daily_limit(rule, members, work, today)
    feed = _Feed(rule, today, work, end)
    skips = [skip for one in sorted(members, key=lambda one: one.id) if (skip := feed.enter(one))]
    raises: list[Raise] = []
    for day in _days(today, end, work):
        if not is_too_late(day, rule, work):
            raises += feed.take(day, limit - (raised_today if day == today else 0))
        else:
            feed.hold(day)
    return Plan(tuple(raises), tuple(skips), tuple(feed.left(end)), frozenset(feed.late_year), limit, end)


def daily_limit(rule: Rule, members: Collection[Member], work: WorkCalendar, today: date) -> int:
    """Return how many a working day at most: the recall's own limit, or one that its list fits into.

    By birth month the fullest month has to fit into its working days; otherwise the whole list into one
    round of the rhythm. A few on fixed days are one round, and stay together.
    """
    if rule.daily_limit is not None:
        return rule.daily_limit
    there = [one for one in members if one.status == PatientStatus.REGISTERED]
    if rule.rhythm == Rhythm.BIRTH_MONTH:
        months = Counter(
            window_of(one.born.month, today.year + 1, rule, work).month for one in there if one.born
        )
        return max(1, -(-max(months.values(), default=0) // LEAST_WORKING_DAYS))
    share = max(1, -(-len(there) // _working_days(rule.every)))
    return max(share, A_ROUND) if rule.rhythm == Rhythm.FIXED else share


def _working_days(every: Every) -> int:
    """Return how many working days lie in this distance at the least; 1 for less than a day's worth."""
    return max(1, every.count * _DAYS[every.unit] * LEAST_WORKING_DAYS // _MONTH_DAYS)


def _done_on(member: Member, day: date, period: date) -> Member:
    return Member(member.id, member.since, member.born, day, False, member.status, member.raised | {period})


def _days(first: date, end: date, work: WorkCalendar) -> Iterator[date]:
    day = first
    while day < end:
        if work.is_working_day(day):
            yield day
        day += timedelta(days=1)


class _Feed:
    """Everyone on the list as the days go by: who is due already, and who will be."""

    def __init__(self, rule: Rule, today: date, work: WorkCalendar, end: date) -> None:
        self._rule, self._today, self._work, self._end = rule, today, work, end
        self._coming: list[tuple[date, int, Due]] = []
        self._ready: list[tuple[date, int, Due]] = []
        self._members: dict[int, Member] = {}
        self.late_year: set[int] = set()

    def enter(self, member: Member) -> Skip | None:
        """Put one on the list; return why they are skipped, or wait longer than one might expect."""
        if member.status != PatientStatus.REGISTERED:
            return Skip(member.id, Why.GONE)
        if self._rule.rhythm == Rhythm.BIRTH_MONTH and member.born is None:
            return Skip(member.id, Why.NO_BIRTH)
        if member.is_open:
            due = self._line_up(replace(member, last_done=self._today))
            return Skip(member.id, Why.OPEN, due.on if due else None)
        due = self._line_up(member)
        return Skip(member.id, due.why, due.on) if due and due.why else None

    def _line_up(self, member: Member, today: date | None = None) -> Due | None:
        self._members[member.id] = member
        due = next_due(self._rule, member, today or self._today, self._work)
        if due is not None:
            heapq.heappush(self._coming, (due.on, member.id, due))
        return due

    def take(self, day: date, most: int) -> Iterator[Raise]:
        """Yield who is raised on this working day: `most` of those who are due, the oldest first."""
        self._come(day)
        taken = 0
        while taken < most and self._ready:
            since, member_id, _ = heapq.heappop(self._ready)
            member = self._members[member_id]
            due = next_due(self._rule, member, day, self._work)
            assert due is not None
            if due.on != since:  # waited so long that the next year's time has come
                heapq.heappush(self._coming, (due.on, member_id, due))
                self._come(day)
                continue
            taken += 1
            self._line_up(_done_on(member, day, due.period), day)
            yield Raise(member_id, due.period, due.on, day)

    def hold(self, day: date) -> None:
        """Let a day go by on which nothing is raised, because 31 March is too near."""
        self._come(day)
        self.late_year.update(member_id for _, member_id, _ in self._ready)

    def left(self, end: date) -> Iterator[Skip]:
        """Yield who is due before `end` and was not raised: the limit was too low for them."""
        self._come(end - timedelta(days=1))
        for due, member_id, _ in sorted(self._ready, key=lambda one: one[:2]):
            yield Skip(member_id, Why.NONE, due)

    def _come(self, day: date) -> None:
        while self._coming and self._coming[0][0] <= day:
            heapq.heappush(self._ready, heapq.heappop(self._coming))
