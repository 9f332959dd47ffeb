"""One forward run: what is open (and what may arrive) worked on by these people, by the product's rule."""

from dataclasses import dataclass

import numpy as np

from hub.domain.forecast import kernel, tables
from hub.domain.forecast.state import NEVER, NOBODY, Bools, Floats, Ints, People, Rule, Snapshot, Work

_RAISED_BAND = 2


@dataclass(frozen=True)
class Outcome:
    """What a run did with each row: minutes from now (inf: not within the horizon) and by whom (-1)."""

    started: Floats
    finished: Floats
    who: Ints


@dataclass(frozen=True)
class Classed:
    """Rows sorted into classes of what is alike; `rising` is -1 where a row never rises.

    `choices` from `choice_first[person]` on are the classes that person may do.
    """

    classes: tables.Table
    place: Ints
    rising: Ints
    choice_first: Ints
    choices: Ints


def classed(work: Work, may: Bools, rule: Rule) -> Classed:
    """Sort rows into classes; those of drawn arrivals are the classes of what they are drawn from."""
    n = len(work)
    rises = np.flatnonzero(np.isfinite(work.rises) & (work.band > _RAISED_BAND))
    rows = np.concatenate([np.arange(n), rises])
    band = np.concatenate([work.band, np.full(len(rises), _RAISED_BAND)])
    hard = (band <= rule.hard_bands) | (band == 1)
    tier = np.where(hard, band, tables.SOFT)
    # Where the order is by deadline alone, weight, target and practice divide nothing.
    level = np.where(hard, 0.0, np.log(work.weight[rows]) - np.log(work.minutes[rows]))
    slope = np.where(hard, 0.0, 1.0 / (rule.lookahead * work.target[rows]))
    practice = np.where(hard, NOBODY - 1, work.practice[rows])
    minutes = work.minutes[rows]
    place, leaders = _alike((work.group[rows], practice, band, minutes, level, slope))
    classes = np.zeros(len(leaders), tables.CLASSES)
    for name, column in (
        ("group", work.group[rows]), ("practice", practice), ("band", band), ("tier", tier),
        ("minutes", minutes), ("level", level), ("slope", slope),
    ):  # fmt: skip
        classes[name] = column[leaders]
    rising = np.full(n, NOBODY, np.int64)
    rising[rises] = place[n:]
    able = may[classes["group"]].T  # people x classes
    first = np.concatenate([[0], np.cumsum(able.sum(axis=1))]).astype(np.int64)
    return Classed(classes, place[:n], rising, first, np.nonzero(able)[1].astype(np.int64))


def _alike(columns: tuple[Ints | Floats, ...]) -> tuple[Ints, Ints]:
    """Return each row's class number, and the first row of each class."""
    if not len(columns[0]):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    order = np.lexsort(columns)
    new = np.ones(len(order), bool)
    new[1:] = np.any([np.diff(column[order]) != 0 for column in columns], axis=0)
    place = np.empty(len(order), np.int64)
    place[order] = np.cumsum(new) - 1
    return place, order[new]


def run(
    snapshot: Snapshot,
    *,
    known: Classed | None = None,
    work: Work | None = None,
    place: Ints | None = None,
    rising: Ints | None = None,
    people: People | None = None,
    minutes: Floats | None = None,
) -> Outcome:
    """Run the snapshot forward to its horizon.

    For many runs of one snapshot give `known` (its classes, sorted once). `work` with
    `place` and `rising` replaces the open rows by those and drawn ones, `people` replaces the
    people (some away), and `minutes` is how long each row takes (default: as expected).

    The rule: whoever is free tops up their list to the buffer with the first in order of
    what they may do and what fits into the stretch, and starts the list's first. Band 1 is put
    at once on the list of whoever has most minutes left, before the rest. What is over when
    the stretch ends goes back to its queue unless pinned; what is in progress is paused
    and goes on with the same person.
    """
    work = snapshot.work if work is None else work
    people = snapshot.people if people is None else people
    known = classed(work, snapshot.may, snapshot.rule) if known is None else known
    place = known.place if place is None else place
    rising = known.rising if rising is None else rising
    n = len(work)
    nothing = Outcome(np.full(n, NEVER), np.full(n, NEVER), np.full(n, NOBODY, np.int64))
    if not n or not len(people):
        return nothing
    rows = _rows(work, place, rising, work.expected if minutes is None else minutes)
    rows["felt"] = snapshot.rule_time(work.due)
    hub = _hub(rows, known, people, snapshot)
    kernel.run(
        hub,
        _moves(work, rising),
        _listed(snapshot, known),
        _numbers(snapshot.rule),
        snapshot.horizon,
    )
    return Outcome(rows["started"], rows["finished"], rows["who"])


def _numbers(rule: Rule) -> tables.Numbers:
    return tables.Numbers(
        buffer=float(rule.buffer_minutes),
        bonus=float(np.log(rule.same_practice)),
        margin=float(rule.margin_minutes),
        reserve=float(rule.reserve),
        ceiling=float(rule.ceiling),
    )


def _rows(work: Work, place: Ints, rising: Ints, actual: Floats) -> tables.Table:
    rows = np.zeros(len(work), tables.ROWS)
    for name in ("ids", "due", "deadline", "raised", "target", "practice"):
        rows[name] = getattr(work, name)
    rows["actual"], rows["place"], rows["rise_class"] = actual, place, rising
    rows["pinned_to"] = np.where(work.pinned, work.holder, NOBODY)
    rows["then"], rows["link"], rows["who"] = NOBODY, NOBODY, NOBODY
    follows = np.flatnonzero(work.after >= 0)
    rows["then"][work.after[follows]] = follows
    rows["started"], rows["finished"] = NEVER, NEVER
    return rows


def _on_a_list(work: Work) -> Bools:
    """Say which rows stand on a list now; what is pinned and wakes later is put there when it wakes."""
    found: Bools = (work.holder >= 0) & ~(work.pinned & (work.since > 0))
    return found


def _moves(work: Work, rising: Ints) -> tables.Table:
    """Return what happens by itself, in order: rows that can be done from then on, rows that rise."""
    comes = np.flatnonzero(np.isfinite(work.since) & (work.after < 0) & ~_on_a_list(work))
    rises = np.flatnonzero(rising >= 0)
    moves = np.zeros(len(comes) + len(rises), tables.MOVES)
    moves["row"] = np.concatenate([comes, rises])
    moves["moment"] = np.maximum(np.concatenate([work.since[comes], work.rises[rises]]), 0.0)
    moves["rising"][len(comes) :] = 1
    return moves[np.lexsort((work.ids[moves["row"]], moves["rising"], moves["moment"]))]


def _listed(snapshot: Snapshot, known: Classed) -> tables.Table:
    """Return what stands on lists: what is started first, the rest in order."""
    work = snapshot.work
    held = np.flatnonzero(_on_a_list(work))
    its = known.classes[known.place[held]]
    slack = snapshot.rule_time(work.due[held]) - work.minutes[held] - snapshot.rule.margin_minutes
    score = its["level"] - np.maximum(slack, 0.0) * its["slope"]
    deadline = np.where(its["tier"] < tables.SOFT, work.deadline[held], 0.0)
    keys = (work.ids[held], work.raised[held], work.due[held], deadline, -score, its["tier"])
    rows = held[np.lexsort((*keys, ~work.started[held]))]
    listed = np.zeros(len(rows), tables.LISTED)
    listed["row"], listed["owner"], listed["started"] = rows, work.holder[rows], work.started[rows]
    return listed


def _hub(rows: tables.Table, known: Classed, people: People, snapshot: Snapshot) -> tables.Hub:
    classes, risen = known.classes.copy(), rows["rise_class"][rows["rise_class"] >= 0]
    sizes = np.bincount(rows["place"], minlength=len(classes)) + np.bincount(risen, minlength=len(classes))
    classes["first"] = np.cumsum(sizes) - sizes
    who = np.zeros(len(people), tables.PEOPLE)
    who["stretch"], who["last_stretch"] = people.first[:-1], people.first[1:]
    who["choice_first"], who["choice_last"] = known.choice_first[:-1], known.choice_first[1:]
    who["head"], who["tail"], who["current"] = NOBODY, NOBODY, NOBODY
    who["last"], who["worked"] = people.last_practice, people.last_practice
    free = np.full(len(people), NEVER)
    works = people.first[1:] > people.first[:-1]
    free[works] = np.maximum(people.start[people.first[:-1][works]], 0.0)
    stop, go = np.maximum(snapshot.beyond, 0.0).T.copy()
    return tables.Hub(
        rows, classes, np.zeros(len(classes), np.int64), who, people.start, people.end, free,
        np.zeros(int(sizes.sum()), np.int64), known.choices, snapshot.may, np.zeros(1), np.zeros(1, np.int64),
        stop, go,
    )  # fmt: skip
