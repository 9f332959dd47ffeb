"""Work that has not arrived yet, drawn like what arrived lately."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from hub.domain.forecast.demand import Demand, History, Reading
from hub.domain.forecast.state import NEVER, NOBODY, Floats, Ints, Snapshot, Work


@dataclass(frozen=True)
class Drawn:
    """Arrivals of one run: the rows, and which of the examples each is like."""

    work: Work
    like: Ints


def expected(
    snapshot: Snapshot, history: History, demand: Demand, reading: Reading, chance: Generator
) -> Drawn:
    """Draw the expected number of arrivals, spread evenly over each kind's examples."""
    rates = demand.rates(reading)
    # Rounding that carries over, so that a kind of one in three days comes once in three days.
    whole = np.floor(np.cumsum(rates, axis=0) + 0.5)
    return _placed(snapshot, history, np.diff(whole, axis=0, prepend=0.0).astype(np.int64), chance)


def drawn(snapshot: Snapshot, history: History, demand: Demand, reading: Reading, chance: Generator) -> Drawn:
    """Draw arrivals: a level that may be true, a day's own noise, then chance."""
    rates = demand.rates(reading, chance)
    noise = chance.normal(0.0, demand.day_noise, len(rates)) - demand.day_noise**2 / 2
    return _placed(snapshot, history, chance.poisson(rates * np.exp(noise)[:, None]), chance)


def _placed(snapshot: Snapshot, history: History, counts: Ints, chance: Generator) -> Drawn:
    by_kind = [np.flatnonzero(history.examples.kind == kind) for kind in range(counts.shape[1])]
    chosen: list[Ints] = [np.zeros(0, np.int64)]
    days: list[Ints] = [np.zeros(0, np.int64)]
    for kind, rows in enumerate(by_kind):
        many = int(counts[:, kind].sum())
        if len(rows) and many:
            # Whole shuffles before chance: as even as numbers allow.
            rounds = [chance.permutation(rows) for _ in range(-(-many // len(rows)))]
            chosen.append(np.concatenate(rounds)[:many])
            days.append(np.repeat(np.arange(len(counts)), counts[:, kind]))
    like, day = np.concatenate(chosen), np.concatenate(days)
    at = snapshot.day_ends[day] - history.day_minutes + history.minute[like]
    coming = at >= 0  # the rest of today only
    return Drawn(_rows(snapshot, history.examples, like[coming], at[coming]), like[coming])


def _rows(snapshot: Snapshot, examples: Work, like: Ints, at: Floats) -> Work:
    work = examples.rows(like)
    last = int(snapshot.work.ids.max()) if len(snapshot.work) else 0
    none = np.full(len(like), NOBODY, np.int64)
    return replace(
        work, ids=last + 1 + np.arange(len(like)), raised=at, since=at + np.maximum(work.since, 0.0),
        due=at + work.due, deadline=at + work.deadline, rises=at + work.rises, holder=none, after=none,
        started=np.zeros(len(like), bool), pinned=np.zeros(len(like), bool),
    )  # fmt: skip


def joined(work: Work, more: Work) -> Work:
    """Return the rows of both, `work` first; `after` names rows of `work`."""
    return Work(
        **{
            name: np.concatenate([getattr(work, name), getattr(more, name)])
            for name in Work.__dataclass_fields__
        }
    )


assert NEVER + 1 == NEVER  # what has no deadline has none after any shift either
