"""How the lead's board shows what was counted: each number with where it leads, each line in its order."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.balancing.presenters import ago
from hub.domain.eligibility import Person
from hub.domain.kinds import QUEUES

PROCESS_WORDS = {
    "placing": "Giving out new work",
    "upkeep": "The checks of every minute",
    "planning": "Plans and forecasts",
    "importing": "Files of requests",
    "timetable": "The clock that starts them",
}
NOTHING_PLACED = "No new work has been given out yet"
DELAYED = "Automatic placing is delayed - tasks are safe"


@dataclass(frozen=True)
class Shown:
    """A number on the board and where it leads; `query` names its rows in the address."""

    id: str
    value: str
    words: str
    query: dict[str, Any]
    is_zero: bool
    is_bad: bool = False


# Numbers that ask for attention as soon as they are not zero.
_BAD = frozenset({"overdue", "unplaceable", "decide", "now"})


def _shown(name: str, words: str, count: int, **query: Any) -> Shown:
    key = "-".join(str(part) for part in (name, *query.values()))
    return Shown(
        key, f"{count:,}", words, {"number": name, **query}, count == 0, bool(count) and name in _BAD
    )


@dataclass(frozen=True)
class QueueRow:
    """One queue's line on the board."""

    slug: str
    name: str
    waiting: Shown
    minutes: str
    oldest: str
    oldest_at: dt.datetime | None
    overdue: Shown
    unplaceable: Shown


@dataclass(frozen=True)
class PersonRow:
    """One person's line on the board."""

    id: int
    name: str
    state: str
    colour: str
    minutes_left: str
    listed: Shown
    listed_minutes: str
    too_much: str
    started: Any
    started_kind: str
    started_words: str
    elsewhere: Shown
    has_work: bool
    has_no_time: bool


@dataclass(frozen=True)
class Process:
    """One process of the hub, and when it was last heard of."""

    name: str
    words: str
    is_silent: bool


@dataclass(frozen=True)
class Strip:
    """How the hub's own machinery stands."""

    banner: str
    placed: str
    was_placed: bool
    processes: list[Process]
    late_jobs: int
    dead_jobs: int

    @property
    def is_well(self) -> bool:
        """Say whether there is nothing here that a lead must see to."""
        return not self.banner and not self.dead_jobs

    @property
    def summary(self) -> str:
        """Say in one line how it stands."""
        if self.is_well:
            given = f"New work was last given out {self.placed}" if self.was_placed else NOTHING_PLACED
            return f"All is well. {given}"
        return self.banner or "Some background work kept failing and was given up"


def strip(health: Any) -> Strip:
    """Show the state of the machinery; `health` is a `health_queries.Health`."""
    silent = set(health.silent())
    processes = []
    for name, at in health.heard.items():
        words = f"last heard of {ago(at, health.now)} ago" if at else "not heard of yet"
        processes.append(Process(PROCESS_WORDS.get(name, name), words, name in silent))
    placed = f"{ago(health.placed_at, health.now)} ago" if health.placed_at else "not yet"
    banner = DELAYED if health.is_delayed else ""
    return Strip(banner, placed, health.placed_at is not None, processes, health.late_jobs, health.dead_jobs)


def totals(tallies: Mapping[str, Any], numbers: Mapping[str, Any], names: Iterable[str]) -> list[Shown]:
    """Show these numbers over the whole hub."""
    return [_shown(name, numbers[name].words, tallies[name].tasks) for name in names]


def queue_rows(queues: Mapping[str, Mapping[str, Any]], now: dt.datetime) -> list[QueueRow]:
    """Show each queue's line, in the hub's order of queues; unknown ones last, so that none is hidden."""
    order = [*QUEUES, *(slug for slug in queues if slug not in QUEUES)]
    return [_queue_row(slug, queues[slug], now) for slug in order]


def _queue_row(slug: str, tallies: Mapping[str, Any], now: dt.datetime) -> QueueRow:
    waiting = tallies["waiting"]
    name = QUEUES.get(slug, slug)

    def number(which: str, words: str) -> Shown:
        return _shown(which, f"{words} in {name}", tallies[which].tasks, queue=slug)

    return QueueRow(
        slug=slug,
        name=name,
        waiting=number("waiting", "waiting"),
        minutes=f"{waiting.minutes:,}",
        oldest=ago(waiting.oldest, now) if waiting.oldest else "None waiting",
        oldest_at=waiting.oldest,
        overdue=number("overdue", "overdue"),
        unplaceable=number("unplaceable", "that nobody may do"),
    )


@dataclass(frozen=True)
class _Today:
    """Who someone is and what is left of their day."""

    id: int
    name: str
    state: str
    colour: str
    minutes_left: int


def person_rows(
    people: Sequence[Person],
    tallies: Mapping[int, Mapping[str, Any]],
    started: Mapping[int, Any],
    former: Mapping[int, str],
    kinds: Mapping[str, str],
    now: dt.datetime,
) -> list[PersonRow]:
    """Show each clinician: at work first, then whoever else still has tasks, then the rest.

    `kinds` maps a kind's code to its name. `former` are people with tasks who are no
    active clinicians: their work must not be hidden.
    """
    days = [_today(person) for person in people]
    days += [_Today(user_id, name, "No clinician any more", "red", 0) for user_id, name in former.items()]
    rows = [_person_row(day, tallies.get(day.id), started.get(day.id), kinds, now) for day in days]
    return sorted(rows, key=lambda row: (row.colour != "green", not row.has_work, row.name, row.id))


def _today(person: Person) -> _Today:
    state, colour = "Off today", "grey"
    if person.at_work:
        state, colour = "At work", "green"
    elif person.minutes_left:
        state, colour = "Not at work now", "white"
    return _Today(person.id, person.name, state, colour, person.minutes_left)


def _person_row(
    day: _Today, mine: Mapping[str, Any] | None, current: Any, kinds: Mapping[str, str], now: dt.datetime
) -> PersonRow:
    count = {which: mine[which].tasks if mine else 0 for which in ("listed", "elsewhere")}
    bound = mine["listed"].minutes + mine["started"].minutes if mine else 0

    def number(which: str, words: str) -> Shown:
        return _shown(which, words, count[which], person=day.id)

    return PersonRow(
        id=day.id,
        name=day.name,
        state=day.state,
        colour=day.colour,
        minutes_left=f"{day.minutes_left:,}",
        listed=number("listed", f"assigned, not started, to {day.name}"),
        listed_minutes=f"{mine['listed'].minutes if mine else 0:,}",
        too_much=f"{bound - day.minutes_left:,} more than left" if bound > day.minutes_left else "",
        started=current,
        started_kind=kinds.get(current.kind, current.kind) if current else "",
        started_words=f"for {ago(current.started_at, now)}" if current and current.started_at else "",
        elsewhere=number("elsewhere", f"waiting on someone else, of {day.name}"),
        has_work=bound > 0 or any(count.values()),
        has_no_time=not day.minutes_left and bound <= 0,
    )
