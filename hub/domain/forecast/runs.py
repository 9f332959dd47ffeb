"""The future itself: the likely completion from one run, chances from twenty."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from hub.domain.forecast import arrivals, forward
from hub.domain.forecast.clearing import quantile
from hub.domain.forecast.demand import CHANGE_A_DAY, History, Reading, believed
from hub.domain.forecast.state import Bools, Floats, Ints, People, Snapshot

_BAND = 0.8


@dataclass(frozen=True)
class Chances:
    """What many runs say, per open row. Times are minutes from now; inf: not within the horizon.

    `late` is the chance to be finished after the due time, over both readings, before any
    calibration; `late_if_on` and `late_if_usual` are those of either reading. nan: due
    beyond the horizon, so nobody can say. Half of the runs finish by `middle`, 80 % by `by_80`.
    `finished` is runs x rows, `weights` what each run counts, `returns` which runs are of the second reading.
    """

    late: Floats
    late_if_on: Floats
    late_if_usual: Floats
    middle: Floats
    by_80: Floats
    finished: Floats
    weights: Floats
    returns: Bools


def likely(snapshot: Snapshot, history: History, *, seed: int, reading: Reading = Reading.GOES_ON) -> Floats:
    """Return when each open row is likely to be finished, in minutes from now (inf: not within the horizon).

    One run: expected arrivals, expected minutes, and all work stretched by what unplanned absence takes.
    """
    chance = np.random.default_rng(seed)
    demand = believed(history)
    known = _Known.of(snapshot, history)
    more = arrivals.expected(snapshot, history, demand, reading, chance)
    away = 1.0 - float(snapshot.people.absence.mean()) if len(snapshot.people) else 1.0
    return known.run(snapshot, more, None, snapshot.people, 1.0 / max(away, 0.1))


def chances(
    snapshot: Snapshot,
    history: History,
    *,
    seed: int,
    runs: int = 20,
    spread: float = 0.4,
    doubt: float = 0.05,
    threads: int = 2,
) -> Chances:
    """Return what `runs` runs say, half of them in each reading.

    Drawn in each: the level of demand, each kind's share, days and arrivals; who is away; how long
    work takes (`spread` of a single task, `doubt` of all together). Same input, same answer,
    whatever the number of `threads`.

    Raises:
        ValueError: fewer than two runs.
    """
    if runs < 2:
        raise ValueError("Chances need two runs or more, one for each reading.")
    demand = believed(history)
    known = _Known.of(snapshot, history)
    returns = np.arange(runs) % 2 == 1

    def one(number: int) -> Floats:
        chance = np.random.default_rng([seed, number])
        reading = Reading.RETURNS if returns[number] else Reading.GOES_ON
        more = arrivals.drawn(snapshot, history, demand, reading, chance)
        people = _present(snapshot.people, chance)
        pace = float(np.exp(chance.normal(0.0, doubt)))
        return known.run(snapshot, more, (chance, spread), people, pace)

    # The compiled loop lets go of the interpreter's lock, so that two runs may go on at once.
    with ThreadPoolExecutor(threads) as pool:
        finished = np.stack(list(pool.map(one, range(runs))))
    turn = turning(len(snapshot.day_ends))
    weights = np.where(returns, turn / returns.sum(), (1 - turn) / (~returns).sum())
    late = _late(snapshot, finished)
    middle, by_80 = (quantile(finished, weights, part) for part in (0.5, _BAND))
    on, usual = late[~returns].mean(axis=0), late[returns].mean(axis=0)
    return Chances(weights @ late, on, usual, middle, by_80, finished, weights, returns)


def turning(days: int) -> float:
    """Return the chance that demand returns to usual in the first half of so many days."""
    return float(1 - (1 - CHANGE_A_DAY) ** (days / 2))


@dataclass(frozen=True)
class _Known:
    """Open rows and examples, sorted into classes once for all runs."""

    sorted: forward.Classed
    open_rows: int

    @classmethod
    def of(cls, snapshot: Snapshot, history: History) -> "_Known":
        both = arrivals.joined(snapshot.work, history.examples)
        return cls(forward.classed(both, snapshot.may, snapshot.rule), len(snapshot.work))

    def run(
        self,
        snapshot: Snapshot,
        more: arrivals.Drawn,
        drawn: tuple[Generator, float] | None,
        people: People,
        pace: float,
    ) -> Floats:
        work = arrivals.joined(snapshot.work, more.work)
        place, rising = (
            np.concatenate([column[: self.open_rows], column[self.open_rows :][more.like]])
            for column in (self.sorted.place, self.sorted.rising)
        )
        minutes = work.expected * pace
        if drawn is not None:
            chance, spread = drawn
            minutes = minutes * np.exp(chance.normal(-(spread**2) / 2, spread, len(work)))
        found = forward.run(
            snapshot, known=self.sorted, work=work, place=place, rising=rising, people=people, minutes=minutes
        )
        return found.finished[: self.open_rows]


def _present(people: People, chance: Generator) -> People:
    """Draw who is away on which day; today is known."""
    who: Ints = np.repeat(np.arange(len(people)), np.diff(people.first))
    days = int(people.day.max()) + 1 if len(people.day) else 1
    ill: Bools = chance.random((len(people), days)) < people.absence[:, None]
    return people.without(ill[who, people.day] & (people.day > 0))


def _late(snapshot: Snapshot, finished: Floats) -> Floats:
    due = snapshot.work.due
    late = (finished > due).astype(np.float64)
    late[np.isinf(finished) & (due > snapshot.horizon)] = np.nan
    return late
