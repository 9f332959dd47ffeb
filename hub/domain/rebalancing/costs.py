"""The prices of a problem as tables of whole numbers.

Hundredths of a price unit, as whole numbers: sums are exact and the same on every machine.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hub.domain.rebalancing.problem import Person, Problem, Task, frozen_minutes

Ints = NDArray[np.int32]
# Stands for "may not": above any real cost, and two of them still fit into 32 bits.
FORBIDDEN = 1 << 29
UNIT = 100


@dataclass(frozen=True, slots=True)
class Costs:
    """What each choice costs, for T tasks that may move and P people with minutes for them.

    `cost[t, p]` is that of giving t to p, `FORBIDDEN` where p may not do it or could never
    fit it in; `undone[t]` of leaving it to nobody; `room[p]` the minutes beside frozen work;
    `holder[t]` the column of who has it, -1 if nobody with room does. `able` has a row
    per distinct set of people and `row[t]` says which is t's; `practice[t]` is a row of
    `knows`. A task outside its row's set (`not_for`) has `singled[t]`.
    `near[t]` and `far[t]` are what someone pays who knows the practice, or neither.
    """

    tasks: tuple[Task, ...]
    people: tuple[Person, ...]
    minutes: Ints
    room: Ints
    undone: Ints
    cost: NDArray[np.int32]
    holder: Ints
    able: NDArray[np.bool_]
    row: Ints
    knows: NDArray[np.bool_]
    practice: Ints
    near: Ints
    far: Ints
    patient: dict[int, Ints]
    singled: NDArray[np.bool_]


def costs_of(problem: Problem) -> Costs:
    """Return the tables of what may move. Work on people without room counts as on nobody."""
    taken = frozen_minutes(problem)
    people = tuple(one for one in problem.people if one.minutes > taken[one.id])
    tasks = tuple(task for task in problem.tasks if not task.frozen)
    column = {person.id: index for index, person in enumerate(people)}
    able, row = _able(problem, tasks, column)
    knows, practice = _knows(tasks, people)
    minutes = _ints([task.minutes for task in tasks])
    room = _ints([one.minutes - taken[one.id] for one in people])
    singled = np.array([bool(task.not_for) for task in tasks], dtype=np.bool_)
    allowed = able[row] if len(tasks) else np.zeros((0, len(people)), dtype=np.bool_)
    for index in np.flatnonzero(singled):
        for one in tasks[index].not_for & column.keys():
            allowed[index, column[one]] = False
    patient = _patients(tasks, people, allowed)
    cost, near, far = _continuity(problem, allowed, knows[practice], patient)
    undone = _undone(problem, tasks)
    holder = _holders(tasks, column, allowed, minutes, room)
    _price_moves(cost, undone, near, far, holder, round(UNIT * problem.prices.move))
    cost[~allowed | (minutes[:, None] > room[None, :])] = FORBIDDEN
    return Costs(
        tasks, people, minutes, room, undone, cost, holder, able, row, knows, practice, near, far,
        patient, singled,
    )  # fmt: skip


def cheapest(costs: Costs, *, width: int, seed: int) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """Return, T x width, the columns of the people cheapest for each task, and their costs with noise.

    The noise is up to one unit: without it equal costs would always fall to the same few people.
    Rows are in no order.
    """
    noise = np.random.default_rng(seed).integers(0, UNIT, costs.cost.shape, dtype=np.int32)
    noise += costs.cost
    noise[costs.cost >= FORBIDDEN] = FORBIDDEN
    width = min(width, len(costs.people))
    chosen = np.argpartition(noise, width - 1, axis=1)[:, :width]
    return chosen, np.take_along_axis(noise, chosen, axis=1)


def _ints(values: Any) -> Ints:
    return np.array(values, dtype=np.int32).reshape(-1)


def _able(
    problem: Problem, tasks: tuple[Task, ...], column: dict[int, int]
) -> tuple[NDArray[np.bool_], Ints]:
    """Groups that the same people may do become one row."""
    sets: dict[frozenset[int], int] = {}
    here = frozenset(column)
    rows = [sets.setdefault(group & here, len(sets)) for group in problem.able]
    able = np.zeros((len(sets), len(column)), dtype=np.bool_)
    for members, index in sets.items():
        able[index, [column[one] for one in members]] = True
    return able, _ints([rows[task.group] for task in tasks])


def _knows(tasks: tuple[Task, ...], people: tuple[Person, ...]) -> tuple[NDArray[np.bool_], Ints]:
    rows: dict[int, int] = {}
    practice = _ints([rows.setdefault(task.practice_id, len(rows)) for task in tasks])
    knows = np.zeros((len(rows), len(people)), dtype=np.bool_)
    for index, person in enumerate(people):
        knows[[rows[one] for one in person.practices if one in rows], index] = True
    return knows, practice


def _patients(
    tasks: tuple[Task, ...], people: tuple[Person, ...], allowed: NDArray[np.bool_]
) -> dict[int, Ints]:
    """Return, for each task whose patient somebody able knows, the columns of who does."""
    knowing: dict[int, list[int]] = {}
    for index, person in enumerate(people):
        for one in person.patients:
            knowing.setdefault(one, []).append(index)
    found = {}
    for index, task in enumerate(tasks):
        if task.patient_id is not None and task.patient_id in knowing:
            columns = [one for one in knowing[task.patient_id] if allowed[index, one]]
            if columns:
                found[index] = _ints(columns)
    return found


def _continuity(
    problem: Problem, allowed: NDArray[np.bool_], knows: NDArray[np.bool_], patient: dict[int, Ints]
) -> tuple[NDArray[np.int32], Ints, Ints]:
    """Return T x P continuity, less what everyone able would pay anyway, and its two usual levels."""
    stranger = round(UNIT * problem.prices.stranger)
    near = np.zeros(len(allowed), dtype=np.int32)
    near[list(patient)] = round(UNIT * problem.prices.practice_only)
    cost = np.where(knows, near[:, None], np.int32(stranger))
    for index, columns in patient.items():
        cost[index, columns] = 0
    least = np.where(allowed, cost, FORBIDDEN).min(axis=1, initial=FORBIDDEN)
    least[least == FORBIDDEN] = 0
    cost -= least[:, None]
    return cost, near - least, stranger - least


def _undone(problem: Problem, tasks: tuple[Task, ...]) -> Ints:
    prices = problem.prices
    return _ints(
        [
            min(
                round(UNIT * prices.undone * task.weight * (prices.floor + task.breach_chance)),
                FORBIDDEN >> 2,
            )
            for task in tasks
        ]
    )


def _holders(
    tasks: tuple[Task, ...], column: dict[int, int], allowed: NDArray[np.bool_], minutes: Ints, room: Ints
) -> Ints:
    """Return the column of who may keep each task; a move away from who cannot is not priced."""
    found = np.full(len(tasks), -1, dtype=np.int32)
    for index, task in enumerate(tasks):
        at = -1 if task.person_id is None else column.get(task.person_id, -1)
        if at >= 0 and allowed[index, at] and minutes[index] <= room[at]:
            found[index] = at
    return found


def _price_moves(
    cost: NDArray[np.int32], undone: Ints, near: Ints, far: Ints, holder: Ints, move: int
) -> None:
    held = np.flatnonzero(holder >= 0)
    cost[held] += move
    cost[held, holder[held]] -= move
    for one in (undone, near, far):
        one[held] += move
