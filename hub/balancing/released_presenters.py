"""How a person's rota page shows what went back to its queues when they left."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.balancing.presenters import TaskRow, some, task_row
from hub.domain.eligibility import Person
from hub.domain.vocabulary import Band, Status
from hub.domain.worktime import LONDON

WHICH = ("all", "urgent", "overdue", "taken", "waiting")


@dataclass(frozen=True)
class Line:
    """One task that went back; `waits` says why nobody has it yet, or is empty."""

    row: TaskRow
    waits: str
    is_in: frozenset[str]


@dataclass(frozen=True)
class Count:
    """One of the numbers: how many, what they are, and which rows it opens."""

    which: str
    number: int
    words: str


@dataclass(frozen=True)
class Back:
    """The whole section; `follows` says that worklists are being topped up this very minute."""

    title: str
    counts: list[Count]
    which: str
    lines: list[Line]
    started: int
    follows: bool


def back(found: Any, kinds: Mapping[str, str], which: str, now: dt.datetime) -> Back:
    """Show a `released_queries.Released`; `which` names the rows that are asked for."""
    lines = [_line(row, found, kinds, now) for row in found.rows]
    which = which if which in WHICH else "all"
    counts = [Count(one, sum(one in line.is_in for line in lines), words) for one, words in _COUNTED.items()]
    waiting = any("waiting" in line.is_in for line in lines)
    return Back(
        _title(len(lines), found.since, now),
        [one for one in counts if one.number],
        which,
        [line for line in lines if which in line.is_in],
        found.started,
        waiting and now - found.since < dt.timedelta(minutes=1),
    )


_COUNTED = {
    "urgent": "to be done now or by tomorrow",
    "overdue": "overdue",
    "taken": "with somebody else already, or done",
    "waiting": "waiting for somebody",
}


def _title(tasks: int, since: dt.datetime, now: dt.datetime) -> str:
    at = since.astimezone(LONDON)
    when = f"{at:%H:%M}" if at.date() == now.astimezone(LONDON).date() else f"{at:%d-%b-%Y %H:%M}"
    return f"{some(tasks, 'task')} went back to {'its queue' if tasks == 1 else 'their queues'} since {when}"


def _line(row: Any, found: Any, kinds: Mapping[str, str], now: dt.datetime) -> Line:
    shown = task_row(row, kinds, now)
    waits = row.status == Status.QUEUED
    is_in = {"all", "waiting" if waits else "taken"}
    is_in |= {"urgent"} if row.effective_band <= Band.BY_TOMORROW else set()
    is_in |= {"overdue"} if shown.is_overdue else set()
    return Line(
        shown, why_waits(row, found.able.get(row.id, []), found.buffer) if waits else "", frozenset(is_in)
    )


def why_waits(row: Any, able: Sequence[Person], buffer: int) -> str:
    """Say why nobody has it yet: the first of the hub's rules that holds it back."""
    if row.held_since is not None:
        return "Its practice is on hold."
    if not able:
        return "Nobody who is at work now may do it."
    roomy = [one for one in able if one.minutes_left - one.bound_minutes >= row.minutes]
    if not roomy and row.effective_band != Band.NOW:
        return f"Nobody at work who may do it has {some(row.minutes, 'minute')} left today."
    if row.effective_band != Band.NOW and all(one.bound_minutes >= buffer for one in roomy):
        names = ", ".join(f"{one.name} ({one.bound_minutes} min)" for one in roomy)
        return (
            f"Whoever may do it has {buffer} minutes of work or more on their list: {names}. It goes by its "
            "place in the order to the first list that falls below that. Assign it by hand if it cannot wait."
        )
    return "It is being given out."
