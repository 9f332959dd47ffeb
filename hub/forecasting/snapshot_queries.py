"""The stored hub as the forecast wants it: open work, people and past arrivals as columns of numbers.

A bounded number of statements, however many tasks: everything is read once.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select

from hub.domain.eligibility import Person
from hub.domain.forecast.demand import History
from hub.domain.forecast.state import People, Rule, Snapshot
from hub.domain.hub_time import HubTime
from hub.domain.policy import Policy
from hub.domain.promises import local_day
from hub.domain.rota import Interval
from hub.domain.routing import Needs
from hub.domain.vocabulary import Status
from hub.extensions import clock, db
from hub.forecasting import past_queries
from hub.forecasting.columns_queries import COLUMNS, Columns, Numbers, needing
from hub.models import Practice, Task
from hub.placing import queries, shift_queries

HORIZON_DAYS = 10
EXAMPLES = 1500
# A day away that nobody planned: what is assumed until a hub's own absences say otherwise.
UNPLANNED_ABSENCE = 0.05
_OPEN = (Status.QUEUED, Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING)


@dataclass(frozen=True)
class Read:
    """A snapshot with what its numbers stand for: tasks, kinds, practices and people in order."""

    snapshot: Snapshot
    history: History
    time: HubTime
    tasks: list[Any]
    people: list[Person]
    kinds: tuple[str, ...]
    practices: tuple[int, ...]
    spread: float


def read(
    days: int = HORIZON_DAYS,
    *,
    policy: Policy | None = None,
    instead: Mapping[int, Needs] | None = None,
    timed: Mapping[int, Mapping[str, Any]] | None = None,
) -> Read:
    """Return the hub as it stands now, with what arrived lately.

    Under another `policy` than the one in force, if one is given; open tasks whose ids `instead` names
    are taken to need what stands there, and those that `timed` names to be due as its columns say.
    """
    now, policy = clock.now(), policy or queries.policy()
    people = queries.people()
    time = axis(people, now, days)
    open_rows = db.session.execute(
        select(*COLUMNS)
        .join(Practice, Practice.id == Task.practice_id)
        .where(Task.status.in_(_OPEN))
        .order_by(Task.id)
    ).all()
    past_rows = db.session.execute(
        select(*COLUMNS)
        .join(Practice, Practice.id == Task.practice_id)
        .where(
            Task.raised_at > now - dt.timedelta(days=past_queries.HISTORY_DAYS // 2),
            Task.status != Status.RAISED,
        )
        .order_by(Task.raised_at.desc(), Task.id)
        .limit(EXAMPLES)
    ).all()
    numbers = Numbers(people, local_day(now))
    work = Columns(numbers, policy)
    for row in open_rows:
        work.add_open(needing(row, (instead or {}).get(row.id), (timed or {}).get(row.id)), time)
    examples = Columns(numbers, policy)
    kept = [row for row in past_rows if examples.add_example(row, queries.hub_calendar())]
    known = past_queries.took(numbers)
    snapshot = Snapshot(
        work.as_work(known),
        stretches_of(people, time),
        numbers.may(),
        np.asarray(time.day_ends),
        rule_of(policy),
        np.asarray(time.beyond).reshape(-1, 2),
    )
    return Read(
        snapshot,
        past_queries.history(numbers, examples.as_work(known), kept, time),
        time,
        list(open_rows),
        people,
        tuple(numbers.kinds.of),
        tuple(numbers.practices.of),
        known.spread,
    )


def rule_of(policy: Policy) -> Rule:
    """Return the numbers of the policy that the forward run reads."""
    own = policy.order
    return Rule(
        hard_bands=own.hard_bands,
        lookahead=own.lookahead_percent / 100,
        same_practice=own.same_practice_percent / 100,
        buffer_minutes=float(policy.buffer_minutes),
        margin_minutes=float(own.margin_minutes),
        reserve=own.reserve_percent / 100,
        ceiling=own.ceiling_percent / 100,
    )


def axis(
    people: Sequence[Person],
    now: dt.datetime,
    days: int,
    instead: Mapping[int, Sequence[Interval]] | None = None,
) -> HubTime:
    """Return the axis from now over so many working days: the hub's hours, and shifts beyond them.

    Shifts are those of the rota or, for those whom `instead` names, what stands there.
    """
    calendar = queries.hub_calendar()
    last = HubTime(calendar, now, days).days[-1]
    planned = shift_queries.plan([person.id for person in people], local_day(now), last)
    named = instead or {}
    shifts = [
        one for who, mine in planned.items() if who not in named for day in mine for one in day.stretches
    ]
    shifts += [one for spans in named.values() for one in spans]
    return HubTime(calendar, now, days, shifts)


def stretches_of(
    people: Sequence[Person], time: HubTime, instead: Mapping[int, Sequence[Interval]] | None = None
) -> People:
    """Return when each person works until the last day of `time`, by the rota or, if named, `instead`.

    Days are counted from today, 0. What lies outside the axis of `time` does not count.
    """
    first, last = local_day(time.now), time.days[-1]
    planned = shift_queries.plan([person.id for person in people], first, last)
    place = {first + dt.timedelta(days=number): number for number in range((last - first).days + 1)}
    stretches: list[list[tuple[int, float, float]]] = []
    for person in people:
        mine: list[tuple[int, float, float]] = []
        for day in planned[person.id] if person.id not in (instead or {}) else ():
            if day.day in place:
                mine += _of_day(place[day.day], day.stretches, day.minutes, time)
        for one in (instead or {}).get(person.id, ()):
            if local_day(one.start) in place:
                mine += _of_day(place[local_day(one.start)], (one,), one.minutes, time)
        stretches.append(mine)
    return People.of(stretches, absence=UNPLANNED_ABSENCE)


def _of_day(
    number: int, on_shift: Sequence[Interval], minutes: int, time: HubTime
) -> list[tuple[int, float, float]]:
    """Return the stretches of a day in hub minutes from now, less breaks and meetings at their end."""
    spans = [(max(time.minute(one.start), 0.0), time.minute(one.end)) for one in on_shift]
    spans = [(start, end) for start, end in spans if end > start]
    lost = max(sum(one.minutes for one in on_shift) - minutes, 0)
    found: list[tuple[int, float, float]] = []
    for start, end in reversed(spans):
        taken = min(float(lost), end - start)
        lost -= round(taken)
        if end - taken > start:
            found.append((number, start, end - taken))
    return found[::-1]
