"""How fast and how good is the forecast? Seconds with 10,000 open tasks, skill in the simulated hub.

`SEED=11,12,13` scores other worlds (default 11). The compiler has done its work before anything is timed.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hub.domain.forecast import calibration, runs, scoring
from hub.domain.forecast.state import Bools, Floats, Ints
from tests.performance.forecast_world import CHANGE_DAY, Lived, Morning, lived, morning, rising_world
from tests.performance.simulation.world import World, make_world

TASKS = 10_000
RUNS = 20
TIMES = 5
# Whom the hub has: sixty people for eighty practices, and the largest hub planned for.
HUBS = ((60, 80), (300, 400))
MORNINGS = (*range(4, CHANGE_DAY, 2), CHANGE_DAY, *range(CHANGE_DAY + 1, CHANGE_DAY + 4), *range(24, 42, 2))
WORLDS: dict[str, Callable[[int], World]] = {
    "sustained 1.4": lambda seed: make_world(seed=seed, load=1.4),
    "surge 1.4": lambda seed: make_world(seed=seed, load=1.4, shape="surge"),
    "surge 1.6": lambda seed: make_world(seed=seed, load=1.6, shape="surge"),
    "rise 1.0 to 1.6": lambda seed: rising_world(seed, 1.0, 1.6),
}


def run() -> Iterator[dict[str, Any]]:
    """Time both methods, then score both in four worlds."""
    for people, practices in HUBS:
        yield from timed(people, practices)
    for seed in map(int, os.environ.get("SEED", "11").split(",")):
        for name in WORLDS:
            yield from scored(name, seed)


def timed(people: int, practices: int) -> Iterator[dict[str, Any]]:
    """Time one morning of a hub in overload, cut or filled to 10,000 open tasks."""
    found = _ten_thousand(
        morning(lived(make_world(seed=11, load=1.4, people=people, practices=practices)), 22)
    )
    acts: dict[str, Callable[[], object]] = {
        "likely": lambda: runs.likely(found.snapshot, found.history, seed=1),
        "probability": lambda: runs.chances(found.snapshot, found.history, seed=1, runs=RUNS),
    }
    for method, act in acts.items():
        act()
        seconds, used = [], []
        for _ in range(TIMES):
            start, before = time.perf_counter(), time.process_time()
            act()
            seconds.append(time.perf_counter() - start)
            used.append(time.process_time() - before)
        wall, cpu = statistics.median(seconds), statistics.median(used)
        yield {
            "tasks": TASKS, "people": people, "method": method, "seconds": round(wall, 2),
            "slowest_s": round(max(seconds), 2), "cpu_s": round(cpu, 2),
        }  # fmt: skip


def _ten_thousand(found: Morning) -> Morning:
    """Return the morning with exactly so many open tasks: some drawn twice, or left out."""
    work = found.snapshot.work
    chosen = np.random.default_rng(1).choice(len(work), TASKS, replace=len(work) < TASKS)
    rows = replace(work.rows(chosen), ids=np.arange(TASKS))
    return replace(found, snapshot=replace(found.snapshot, work=rows))


@dataclass(frozen=True)
class Said:
    """What was said on one morning of what falls due in ten days and was not late, and what happened."""

    day: int
    open: int
    due: Floats
    late: Floats
    raw: Floats
    calibrated: Floats
    likely_late: Floats
    by_80: Bools


def scored(name: str, seed: int) -> Iterator[dict[str, Any]]:
    """Score every morning of one world, and those before and after its change together."""
    life = lived(WORLDS[name](seed))
    said: list[Said] = []
    for day in MORNINGS:
        said.append(_say(life, day, seed, said))
        if day >= CHANGE_DAY:
            yield _line(name, seed, str(day), said[-1:])
    early, late = (
        [one for one in said if one.day <= CHANGE_DAY],
        [one for one in said if one.day > CHANGE_DAY],
    )
    yield _line(name, seed, f"{early[0].day}-{CHANGE_DAY}", early, table=True)
    yield _line(name, seed, f"{CHANGE_DAY + 1}-{late[-1].day}", late, table=True)


def _say(life: Lived, day: int, seed: int, before: list[Said]) -> Said:
    """Forecast one morning, calibrated on what of earlier mornings has fallen due since."""
    found = morning(life, day)
    work, horizon = found.snapshot.work, found.snapshot.horizon
    chances = runs.chances(found.snapshot, found.history, seed=seed, runs=RUNS, spread=found.learned.spread)
    likely = runs.likely(found.snapshot, found.history, seed=seed)
    chosen: Ints = np.flatnonzero((work.due > 0) & (work.due <= horizon))
    raw = chances.late[chosen]
    done = life.done[found.rows][chosen]
    finished = np.where(done < 0, np.inf, done - day * found.history.day_minutes)
    return Said(
        day, len(work), work.due[chosen], life.late[found.rows][chosen].astype(float), raw,
        _curve(before, day, found.history.day_minutes).apply(raw),
        (likely > work.due)[chosen].astype(float), finished <= chances.by_80[chosen],
    )  # fmt: skip


def _curve(before: list[Said], day: int, day_minutes: float) -> calibration.Calibration:
    if not before:
        return calibration.Calibration()
    known = [(one, one.due <= (day - one.day) * day_minutes) for one in before]
    return calibration.learned(
        np.concatenate([one.raw[due] for one, due in known]),
        np.concatenate([one.late[due] for one, due in known]),
        np.concatenate([np.full(int(due.sum()), one.day) for one, due in known]),
    )


def _line(name: str, seed: int, days: str, said: list[Said], *, table: bool = False) -> dict[str, Any]:
    late = np.concatenate([one.late for one in said])
    raw = scoring.score(np.concatenate([one.raw for one in said]), late)
    calibrated = scoring.score(np.concatenate([one.calibrated for one in said]), late)
    likely = scoring.score(np.concatenate([one.likely_late for one in said]), late)
    line = {
        "tasks": round(statistics.mean(one.open for one in said)), "method": "probability", "world": name,
        "seed": seed, "days": days, "scored": raw.count, "late": int(late.sum()),
        "base_rate": round(raw.base_rate, 4), "brier": round(raw.brier, 5),
        "brier_skill": _rounded(raw.skill),
        "calibrated_brier_skill": _rounded(calibrated.skill), "likely_brier_skill": _rounded(likely.skill),
        "done_by_80": round(float(np.concatenate([one.by_80 for one in said]).mean()), 2),
    }  # fmt: skip
    if table:
        line["reliability"] = [
            [round(one.said, 2), round(one.happened, 2), one.count] for one in calibrated.reliability
        ]
    return line


def _rounded(skill: float | None) -> float | None:
    return None if skill is None else round(skill, 3)
