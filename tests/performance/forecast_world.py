"""Forecasts in the simulated hub: what was known on a morning, and what then happened."""

from dataclasses import dataclass, replace

import numpy as np

from hub.domain.forecast import durations
from hub.domain.forecast.demand import History
from hub.domain.forecast.state import NEVER, Bools, Floats, Ints, People, Rule, Snapshot, Work
from tests.performance.simulation.engine import people_terms, simulate
from tests.performance.simulation.policies import Policy, product
from tests.performance.simulation.variants import DAY_MINUTES, NO_DEADLINE
from tests.performance.simulation.world import Tasks, World, make_world

OURS = product("ours")
HORIZON = 10
CHANGE_DAY = 20
_EXAMPLE_DAYS = 10
_BEFORE_DEADLINE = DAY_MINUTES


@dataclass(frozen=True)
class Lived:
    """A world that our rule has worked on: per task when it was done (-1: never)."""

    world: World
    done: Ints
    started: Ints

    @property
    def late(self) -> Bools:
        """Which tasks were finished after their due time, or never."""
        found: Bools = (self.done < 0) | (self.done > self.world.tasks.due)
        return found


@dataclass(frozen=True)
class Morning:
    """What is known before the first minute of day `day`; `rows` are the world's tasks that are open."""

    day: int
    snapshot: Snapshot
    history: History
    learned: durations.Durations
    rows: Ints


def rising_world(seed: int, before: float, after: float) -> World:
    """Draw a world whose load rises on day 20: the same people, demand of one world, then of another."""
    calm = make_world(seed=seed, load=before)
    busy = make_world(seed=seed, load=after)
    change = CHANGE_DAY * DAY_MINUTES
    old, new = calm.tasks.arrival < change, busy.tasks.arrival >= change
    columns = {
        name: np.concatenate([getattr(calm.tasks, name)[old], getattr(busy.tasks, name)[new]])
        for name in Tasks.__dataclass_fields__
    }
    return replace(calm, load=after, tasks=Tasks(**columns))


def lived(world: World, policy: Policy = OURS) -> Lived:
    """Let the rule work on the world to its end."""
    state = simulate(world, policy)
    return Lived(world, state.done, state.started)


def morning(life: Lived, day: int) -> Morning:
    """Return what a hub knows at the start of `day`: no more than has happened, and the rota."""
    world, now = life.world, day * DAY_MINUTES
    tasks = world.tasks
    begun = (life.started >= 0) & (life.started < now)
    rows = np.flatnonzero((tasks.arrival < now) & ~begun)
    finished = np.flatnonzero(begun & (life.done <= now))
    learned = durations.learned(
        tasks.actual[finished].astype(float), tasks.planned[finished].astype(float),
        tasks.variant[finished], tasks.practice[finished],
        kinds=len(world.variants), practices=world.practices,
    )  # fmt: skip
    days_ahead = min(HORIZON, world.days - day)
    snapshot = Snapshot(
        work=_work(world, rows, now, learned),
        people=_people(world, day, days_ahead),
        may=world.eligible.reshape(world.people, -1).T.copy(),
        day_ends=np.arange(1, days_ahead + 1, dtype=np.float64) * DAY_MINUTES,
        rule=Rule(
            hard_bands=OURS.hard,
            lookahead=OURS.lookahead,
            same_practice=OURS.same,
            buffer_minutes=OURS.buffer,
            margin_minutes=OURS.margin,
            reserve=OURS.reserve,
            ceiling=OURS.ceiling,
        ),
    )
    return Morning(day, snapshot, _history(world, day, days_ahead, learned), learned, rows)


def _work(world: World, rows: Ints, now: Ints | int, learned: durations.Durations) -> Work:
    """Return tasks as columns, times counted from `now` (one moment, or one per row)."""
    tasks = world.tasks
    variant, practice, planned = tasks.variant[rows], tasks.practice[rows], tasks.planned[rows].astype(float)
    hard = tasks.deadline[rows] < NO_DEADLINE
    deadline = np.where(hard, tasks.deadline[rows] - now, NEVER)
    return Work.of(
        ids=rows,
        kind=variant,
        band=tasks.band[rows],
        weight=np.array(OURS.weights)[tasks.band[rows] - 1] * np.exp(people_terms(world, OURS.few))[practice],
        due=tasks.due[rows] - now,
        deadline=deadline,
        target=tasks.target[rows],
        minutes=planned,
        expected=learned.expected(planned, variant, practice),
        practice=practice,
        group=practice * len(world.variants) + variant,
        raised=tasks.arrival[rows] - now,
        rises=deadline - _BEFORE_DEADLINE,
    )


def _people(world: World, day: int, days: int) -> People:
    """Return the rota ahead; days count from 1, as nobody knows yet who will not come today."""
    shifts = world.shifts
    stretches = [
        [
            (
                1 + ahead,
                float(ahead * DAY_MINUTES + shifts.start[person, day + ahead]),
                float(ahead * DAY_MINUTES + shifts.planned_end[person, day + ahead]),
            )
            for ahead in range(days)
            if shifts.planned_end[person, day + ahead] > shifts.start[person, day + ahead]
        ]
        for person in range(world.people)
    ]
    planned = (shifts.planned_end - shifts.start)[:, :day].sum()
    lost = (shifts.planned_end - shifts.actual_end)[:, :day].sum()
    return People.of(stretches, absence=lost / max(planned, 1))


def _history(world: World, day: int, days_ahead: int, learned: durations.Durations) -> History:
    tasks = world.tasks
    past = (tasks.arrival >= 0) & (tasks.arrival < day * DAY_MINUTES)
    counts = np.zeros((day, len(world.variants)), np.int64)
    np.add.at(counts, (tasks.arrival[past] // DAY_MINUTES, tasks.variant[past]), 1)
    recent = np.flatnonzero(past & (tasks.arrival >= (day - _EXAMPLE_DAYS) * DAY_MINUTES))
    examples = replace(_work(world, recent, tasks.arrival[recent], learned), raised=np.zeros(len(recent)))
    minute: Floats = (tasks.arrival[recent] % DAY_MINUTES).astype(float)
    weekday = np.arange(day + days_ahead) % 5
    return History(counts, weekday[:day], weekday[day:], examples, minute, float(DAY_MINUTES))
