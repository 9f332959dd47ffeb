"""What a plan costs, written down anew arc by arc and slowly, and the best that there is.

Run as a program it reads arcs as JSON and prints the least cost of any split of the tasks'
minutes, found by GLOP, a simplex solver: nothing in common with the flow but the question.
"""

import itertools
import json
import math
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from hub.domain.rebalancing.problem import Person, Problem, Task

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Arcs:
    """For each task that may move, in order: minutes, what leaving it costs, what each person costs."""

    minutes: list[int]
    undone: list[float]
    costs: list[dict[int, float]]
    room: dict[int, int]


def arcs_of(problem: Problem, *, fitting: bool = True) -> Arcs:
    """List every arc; `fitting` leaves out those whose task is longer than the person's room."""
    room = {one.id: one.minutes - _frozen(problem, one) for one in problem.people}
    room = {number: minutes for number, minutes in room.items() if minutes > 0}
    people = [one for one in problem.people if one.id in room]
    tasks = [task for task in problem.tasks if not task.frozen]
    made = Arcs([task.minutes for task in tasks], [], [], room)
    for task in tasks:
        able = [one for one in people if one.id in problem.able[task.group] and one.id not in task.not_for]
        continuity = {one.id: _continuity(problem, task, one, able) for one in able}
        least = min(continuity.values(), default=0.0)
        keeps = task.person_id in continuity and task.minutes <= room[task.person_id or 0]
        price = problem.prices.move if keeps else 0.0
        made.undone.append(_value(problem, task) + price)
        made.costs.append(
            {
                number: cost - least + (0.0 if number == task.person_id else price)
                for number, cost in continuity.items()
                if not fitting or task.minutes <= room[number]
            }
        )
    return made


def cost_of(arcs: Arcs, where: tuple[int | None, ...]) -> float:
    """What this arrangement costs; infinite if somebody may not, or has not the minutes."""
    used = dict.fromkeys(arcs.room, 0)
    found = 0.0
    for at, minutes, undone, costs in zip(where, arcs.minutes, arcs.undone, arcs.costs, strict=True):
        if at is None:
            found += undone
        elif at not in costs or used[at] + minutes > arcs.room[at]:
            return math.inf
        else:
            used[at] += minutes
            found += costs[at]
    return found


def best_of_all(arcs: Arcs) -> float:
    """The least cost of any arrangement of whole tasks, by trying each."""
    return min(cost_of(arcs, where) for where in itertools.product(*([None, *each] for each in arcs.costs)))


def least_split(arcs: Arcs) -> float:
    """The least cost if tasks may be cut, by a linear programme in another process."""
    told = json.dumps(
        [arcs.minutes, arcs.undone, [sorted(each.items()) for each in arcs.costs], sorted(arcs.room.items())]
    )
    done = subprocess.run(
        [sys.executable, "-m", "tests.domain.rebalancing_oracle"],
        input=told, capture_output=True, text=True, check=True, cwd=ROOT, timeout=120,
    )  # fmt: skip
    return float(done.stdout)


def _value(problem: Problem, task: Task) -> float:
    prices = problem.prices
    return round(prices.undone * task.weight * (prices.floor + task.breach_chance), 2)


def _continuity(problem: Problem, task: Task, person: Person, able: list[Person]) -> float:
    def is_patients(one: Person) -> bool:
        return task.patient_id is not None and task.patient_id in one.patients

    if is_patients(person):
        return 0.0
    if task.practice_id in person.practices:
        return problem.prices.practice_only if any(is_patients(one) for one in able) else 0.0
    return problem.prices.stranger


def _frozen(problem: Problem, person: Person) -> int:
    return sum(task.minutes for task in problem.tasks if task.frozen and task.person_id == person.id)


def _main() -> None:
    from ortools.linear_solver import pywraplp

    minutes, undone, costs, room = json.load(sys.stdin)
    solver = pywraplp.Solver.CreateSolver("GLOP")
    limits = {number: solver.Constraint(0, capacity) for number, capacity in room}
    for length, nobody, people in zip(minutes, undone, costs, strict=True):
        whole = solver.Constraint(1, 1)
        for number, cost in [(None, nobody), *people]:
            share = solver.NumVar(0, 1, "")
            whole.SetCoefficient(share, 1)
            solver.Objective().SetCoefficient(share, cost)
            if number is not None:
                limits[number].SetCoefficient(share, length)
    assert solver.Solve() == solver.OPTIMAL
    print(solver.Objective().Value())


if __name__ == "__main__":
    _main()
