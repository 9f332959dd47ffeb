"""What happens to the simulated hub, drawn once from a seed: people, shifts, absences and what arrives.

    world = make_world(seed=101, load=1.4, shape="sustained")
    world.tasks.arrival, world.tasks.due ...      # one row per task, by arrival
    world.eligible[person, practice, variant]     # who may do what for whom
    world.shifts.start[person, day] ...           # minute within the day, 0 to 600

The same seed gives the same people, shifts and practices at every load and shape. The rule under test may
read everything but `tasks.actual`, `factor`, what has not arrived yet and the sudden absences
(`shifts.actual_end`).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tests.performance.simulation.variants import DAY_MINUTES, NO_DEADLINE, VARIANTS, Variant

Shape = Literal["sustained", "surge"]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SURGE_DAYS = 20
AFTER_SURGE = 0.75
BACKLOG_DAYS = 3
_WEEKDAYS = (1.25, 1.05, 0.95, 0.9, 0.85)
DURATION_SPREAD = 0.45
_PRACTICE_SPREAD = 0.15
_SIGNED_OFF = 0.85
_PART_TIME = 0.4
_LEAVE_DAYS = (4, 9)  # of sixty: 35 days of leave and bank holidays a year are 8 in sixty
_SUDDEN = 0.05
_TECHNICIANS = 0.3
_PRESCRIBERS = 0.75  # of pharmacists
_SHIFT = 450


@dataclass(frozen=True)
class Tasks:
    """One row per task, sorted by arrival; all int64.

    `arrival`, `due` and `deadline` are working minutes (an arrival below 0 is the backlog's; NO_DEADLINE
    where there is none), `target` and `planned` minutes. `actual` are the minutes it really takes, which
    no rule knows before it is done. `patient` is unique within its practice.
    """

    arrival: Ints
    variant: Ints
    practice: Ints
    patient: Ints
    band: Ints
    target: Ints
    due: Ints
    deadline: Ints
    planned: Ints
    actual: Ints

    def __len__(self) -> int:
        return len(self.arrival)


@dataclass(frozen=True)
class Shifts:
    """Int64 arrays of people x days: minutes within the day; start == planned_end is a day off.

    `actual_end` is below `planned_end` where somebody fell ill: at the start, or during the shift. It is
    not known before it happens. Leave and part time are: such days are off.
    """

    start: Ints
    planned_end: Ints
    actual_end: Ints


@dataclass(frozen=True)
class World:
    """One drawn world. `eligible[person, practice, variant]`; `factor[practice]` stretches true minutes."""

    seed: int
    load: float
    shape: Shape
    days: int
    variants: tuple[Variant, ...]
    eligible: Bools
    factor: Floats
    shifts: Shifts
    tasks: Tasks

    @property
    def people(self) -> int:
        """How many people the hub has."""
        return int(self.eligible.shape[0])

    @property
    def practices(self) -> int:
        """How many practices it serves."""
        return int(self.eligible.shape[1])

    def eligible_tasks(self, rows: Ints) -> Bools:
        """Return tasks x people: who may do each of the tasks in `rows`."""
        found: Bools = self.eligible[:, self.tasks.practice[rows], self.tasks.variant[rows]].T
        return found


def make_world(
    *,
    seed: int,
    load: float,
    shape: Shape = "sustained",
    days: int = 60,
    people: int = 60,
    practices: int = 80,
    practices_each: tuple[int, int] = (10, 30),
) -> World:
    """Draw a world: same arguments, same world.

    `load` is the work that arrives within the sixty days, the backlog of three days included, over the
    minutes people really are at work; as a surge it holds for twenty days, then demand falls to 0.75.
    """
    staff, demand = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
    size = staff.lognormal(0, 0.4, practices)
    size /= size.sum()
    eligible = _eligible(staff, people, practices, practices_each)
    shifts = _shifts(staff, people, days)
    factor = staff.lognormal(0, _PRACTICE_SPREAD, practices)
    factor /= (factor * size).sum()
    capacity = float((shifts.actual_end - shifts.start).sum()) / days
    tasks = _tasks(demand, capacity, load, shape, days, size, factor)
    return World(seed, load, shape, days, VARIANTS, eligible, factor, shifts, tasks)


def _eligible(rng: np.random.Generator, people: int, practices: int, each: tuple[int, int]) -> Bools:
    """Return people x practices x variants; at least two may do everything everywhere."""
    access = np.zeros((people, practices), bool)
    for person in range(people):
        many = min(practices, int(rng.integers(each[0], each[1] + 1)))
        access[person, rng.choice(practices, many, replace=False)] = True
    kinds = sorted({variant.kind for variant in VARIANTS})
    signed = rng.random((people, len(kinds))) < _SIGNED_OFF
    technician = np.arange(people) % 10 < round(_TECHNICIANS * 10)
    prescriber = ~technician & (rng.random(people) < _PRESCRIBERS)
    allowed = {"P": ~technician, "I": prescriber, "T": technician, "E": np.ones(people, bool)}
    may = np.stack([signed[:, kinds.index(v.kind)] & allowed[v.who] for v in VARIANTS], axis=1)
    eligible: Bools = access[:, :, None] & may[:, None, :]
    for practice, variant in np.argwhere(eligible.sum(axis=0) < 2):
        others = np.flatnonzero(allowed[VARIANTS[variant].who] & ~eligible[:, practice, variant])
        missing = 2 - int(eligible[:, practice, variant].sum())
        eligible[rng.permutation(others)[:missing], practice, variant] = True
    return eligible


def _shifts(rng: np.random.Generator, people: int, days: int) -> Shifts:
    start = np.repeat(rng.choice([0, 0, 30, 60, 90, 120, 150], people)[:, None], days, axis=1)
    length = np.full((people, days), _SHIFT)
    for person in np.flatnonzero(rng.random(people) < _PART_TIME).tolist():
        if rng.random() < 0.5:  # three whole days a week
            off = rng.choice(5, 2, replace=False)
            length[person, np.isin(np.arange(days) % 5, off)] = 0
        else:
            length[person] = rng.choice([240, 300, 360])
    for person in range(people):
        # Leave in blocks of up to a week.
        left = int(rng.integers(_LEAVE_DAYS[0], _LEAVE_DAYS[1] + 1)) * days // 60
        while left > 0:
            block, first = min(left, int(rng.integers(1, 6))), int(rng.integers(0, days))
            length[person, first : first + block] = 0
            left -= block
    ill = rng.random((people, days)) < _SUDDEN
    # Half do not come, half go home during the shift.
    part = np.where(rng.random((people, days)) < 0.5, 0.0, rng.random((people, days)))
    actual = np.where(ill, (length * part).astype(np.int64), length)
    return Shifts(
        start.astype(np.int64), (start + length).astype(np.int64), (start + actual).astype(np.int64)
    )


def _tasks(
    rng: np.random.Generator,
    capacity: float,
    load: float,
    shape: Shape,
    days: int,
    size: Floats,
    factor: Floats,
) -> Tasks:
    loaded = days if shape == "sustained" else min(SURGE_DAYS, days)
    backlog = min(BACKLOG_DAYS, 0.5 * load * loaded)  # half in a world of a few days
    daily = np.full(days, (load * loaded - backlog) / loaded)
    daily[loaded:] = AFTER_SURGE
    weekday = np.array(_WEEKDAYS)[np.arange(days) % 5]
    daily = daily * weekday * rng.lognormal(-0.005, 0.1, days)
    mean = sum(v.share * v.planned for v in VARIANTS) / sum(v.share for v in VARIANTS)
    arrival, variant = _drawn(rng, daily * capacity / mean, first_day=0)
    older, older_variant = _backlog(rng, backlog * capacity, mean)
    arrival, variant = np.concatenate([older, arrival]), np.concatenate([older_variant, variant])
    order = np.argsort(arrival, kind="stable")
    return _rows(rng, arrival[order], variant[order], size, factor)


def _drawn(rng: np.random.Generator, expected: Floats, first_day: int) -> tuple[Ints, Ints]:
    """Return arrival minutes and variants for days of so many expected tasks."""
    counts = rng.poisson(expected)
    day = np.repeat(np.arange(first_day, first_day + len(counts)), counts)
    minute = np.floor(rng.beta(1.4, 1.8, len(day)) * DAY_MINUTES)
    share = np.array([v.share for v in VARIANTS])
    variant = rng.choice(len(VARIANTS), len(day), p=share / share.sum())
    return (day * DAY_MINUTES + minute).astype(np.int64), variant.astype(np.int64)


def _backlog(rng: np.random.Generator, minutes: float, mean: float) -> tuple[Ints, Ints]:
    """Return so many minutes of work of the last three days, none of it due before the first minute."""
    arrival, variant = _drawn(rng, np.full(BACKLOG_DAYS, 2 * minutes / mean / BACKLOG_DAYS), -BACKLOG_DAYS)
    due, _ = _clocks(arrival, variant)
    chosen = rng.permutation(np.flatnonzero(due > 0))
    planned = np.array([v.planned for v in VARIANTS])[variant[chosen]]
    chosen = chosen[: int(np.searchsorted(np.cumsum(planned), minutes))]
    return arrival[chosen], variant[chosen]


def _clocks(arrival: Ints, variant: Ints) -> tuple[Ints, Ints]:
    """Return when each is due, and its hard deadline."""
    day = arrival // DAY_MINUTES
    in_days, in_minutes, hard = (
        np.array(column, dtype=np.int64)[variant]
        for column in zip(
            *((v.target_days, v.target_minutes, v.deadline_days) for v in VARIANTS), strict=True
        )
    )
    due = np.where(in_days > 0, (day + in_days + 1) * DAY_MINUTES, arrival + in_minutes)
    deadline = np.where(hard > 0, (day + hard + 1) * DAY_MINUTES, NO_DEADLINE)
    return due, deadline


def _rows(rng: np.random.Generator, arrival: Ints, variant: Ints, size: Floats, factor: Floats) -> Tasks:
    practice = rng.choice(len(size), len(arrival), p=size)
    band, target, planned = (
        np.array(column, dtype=np.int64)[variant]
        for column in zip(*((v.band, v.target, v.planned) for v in VARIANTS), strict=True)
    )
    error = rng.lognormal(-(DURATION_SPREAD**2) / 2, DURATION_SPREAD, len(arrival))
    actual = np.maximum(1, np.rint(planned * error * factor[practice])).astype(np.int64)
    due, deadline = _clocks(arrival, variant)
    patient = practice * 10_000 + rng.integers(0, 2_000, len(arrival))
    return Tasks(arrival, variant, practice, patient, band, target, due, deadline, planned, actual)
