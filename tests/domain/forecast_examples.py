"""Small hubs, drawn from a seed, for tests of the forecast."""

from dataclasses import replace
from typing import Any

import numpy as np

from hub.domain.forecast.demand import History
from hub.domain.forecast.state import NEVER, Ints, People, Rule, Snapshot, Work

DAY = 600.0


def work(n: int, **columns: Any) -> Work:
    """Return `n` rows that are all alike but for what is given."""
    usual: dict[str, Any] = {
        "ids": np.arange(n), "kind": np.zeros(n), "band": np.full(n, 3), "weight": np.full(n, 4.0),
        "due": np.full(n, 600.0), "target": np.full(n, 1200.0), "minutes": np.full(n, 10.0),
        "practice": np.zeros(n), "group": np.zeros(n),
    }  # fmt: skip
    return Work.of(**(usual | columns))


def hub(rows: Work, people: People, *, days: int = 2, may: Any = None, rule: Rule | None = None) -> Snapshot:
    """Return a snapshot in which, unless told, everybody may do everything."""
    groups = int(rows.group.max()) + 1 if len(rows) else 1
    able = np.ones((groups, len(people)), bool) if may is None else np.asarray(may)
    return Snapshot(rows, people, able, np.arange(1, days + 1, dtype=np.float64) * DAY, rule or Rule())


def drawn(seed: int, *, n: int = 40, count: int = 3, days: int = 2) -> Snapshot:
    """Return a hub with everything in it: bands, deadlines, rises, lists, pins, stages, evenings."""
    chance = np.random.default_rng(seed)
    band = chance.integers(1, 6, n)
    raised = -chance.integers(0, 300, n).astype(float)
    target = chance.choice([240.0, 600.0, 1800.0], n)
    deadline = np.where(chance.random(n) < 0.3, chance.integers(0, 1200, n), NEVER)
    after = _after(chance, n)
    listed = (chance.random(n) < 0.2) & (after < 0)
    later = (chance.random(n) < 0.3) & ~listed
    minutes = chance.choice([5.0, 10.0, 20.0, 45.0], n)
    rows = work(
        n, ids=chance.permutation(n), band=band, weight=np.array([64, 16, 4, 2, 1])[band - 1],
        due=raised + target, deadline=deadline, rises=deadline - 300, target=target, minutes=minutes,
        expected=np.ceil(minutes * chance.uniform(0.5, 2.0, n)), practice=chance.integers(0, 3, n),
        group=chance.integers(0, 4, n), raised=raised,
        since=np.where(later, chance.integers(0, 900, n), 0.0), after=after,
        holder=np.where(listed, chance.integers(0, count, n), -1),
        started=listed & (chance.random(n) < 0.4), pinned=listed & (chance.random(n) < 0.4),
    )  # fmt: skip
    may = chance.random((4, count)) < 0.7
    reserve, margin = float(chance.choice([0.0, 0.2])), float(chance.choice([0.0, 60.0]))
    rule = Rule(hard_bands=int(chance.integers(1, 4)), reserve=reserve, margin_minutes=margin)
    found = hub(rows, part_time(chance, count, days), days=days, may=may, rule=rule)
    starts = chance.choice(np.arange(0, 1000, 100), 2, replace=False)
    return replace(
        found, beyond=np.sort(starts)[:, None] + np.array([0.0, float(chance.choice([0, 50, 90]))])
    )


def _after(chance: np.random.Generator, n: int) -> Ints:
    """Return second stages: some even rows come after the row before them."""
    return np.where((chance.random(n) < 0.2) & (np.arange(n) % 2 == 1), np.arange(n) - 1, -1).astype(np.int64)


def part_time(chance: np.random.Generator, count: int, days: int) -> People:
    """Return people with up to two stretches a day, some of them away."""
    stretches = []
    for _ in range(count):
        mine = []
        for day in range(days):
            a, b, c, d = sorted(chance.choice(np.arange(0, 600, 5), 4, replace=False).tolist())
            if chance.random() < 0.8:
                mine += [(day, day * DAY + a, day * DAY + b), (day, day * DAY + c, day * DAY + d)]
        stretches.append(mine)
    return People.of(stretches)


def full_time(count: int, days: int = 2, hours: float = DAY) -> People:
    """Return people who all work the first minutes of every day."""
    return People.of([[(day, day * DAY, day * DAY + hours) for day in range(days)] for _ in range(count)])


def history(counts: Any, *, ahead: int = 2, examples: Work | None = None, minute: float = 300.0) -> History:
    """Return a history of `counts` (days x kinds) with one example per kind at a fixed minute."""
    counts = np.asarray(counts, np.int64)
    kinds = counts.shape[1]
    rows = work(kinds, kind=np.arange(kinds)) if examples is None else examples
    weekday = np.arange(len(counts) + ahead) % 5
    return History(
        counts, weekday[: len(counts)], weekday[len(counts) :], rows, np.full(len(rows), minute), DAY
    )


def mixed(snapshot: Snapshot, order: Ints) -> Snapshot:
    """Return the same hub with its rows in another order."""
    place = np.argsort(order)
    rows = snapshot.work.rows(order)
    after = np.where(rows.after >= 0, place[rows.after], -1)
    return replace(snapshot, work=replace(rows, after=after))
