"""The bound is the true one, by a solver of another sort; the plan is the best, by trying all there are."""

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from hub.domain.rebalancing.costs import Ints, costs_of
from hub.domain.rebalancing.engine import make_plan
from hub.domain.rebalancing.flow import bound
from hub.domain.rebalancing.outlook import arrangement
from hub.domain.rebalancing.packing import repacked
from hub.domain.rebalancing.plan import Plan
from hub.domain.rebalancing.problem import Problem
from hub.domain.rebalancing.repair import filled, greedy, room_left, total
from hub.domain.rebalancing.search import improved, ways_of
from tests.domain.rebalancing_examples import problems
from tests.domain.rebalancing_oracle import arcs_of, best_of_all, cost_of, least_split
from tests.performance.plans import hub

# Costs are rounded to hundredths, once a task.
CENT = 0.01


def placed(problem: Problem, plan: Plan) -> tuple[int | None, ...]:
    """Where the tasks that may move end up; someone without minutes counts as nobody."""
    ends = arrangement(problem) | {move.task_id: move.to_id for move in plan.moves}
    return tuple(ends[task.id] for task in problem.tasks if not task.frozen)


@settings(max_examples=15)
@given(problems(most_tasks=6, most_people=3))
def test_a_plan_costs_what_its_moves_cost_and_never_less_than_the_best(problem: Problem) -> None:
    plan, arcs = make_plan(problem), arcs_of(problem)
    allowed = CENT * (1 + len(problem.tasks))
    assert plan.cost == pytest.approx(cost_of(arcs, placed(problem, plan)), abs=allowed)
    best = best_of_all(arcs)
    assert plan.bound - allowed <= best <= plan.cost + allowed


def tiny(chance: random.Random) -> Problem:
    """Three people and up to seven tasks, more than fit: where whole tasks are hardest to place."""
    whole = hub(chance.randint(3, 7), 3, 1.3, chance.randrange(10**6))
    people = [replace(one, minutes=chance.choice([20, 45, 60, 100])) for one in whole.people]
    tasks = [replace(one, minutes=chance.choice([5, 11, 16, 20, 45])) for one in whole.tasks]
    return replace(whole, tasks=tuple(tasks), people=tuple(people))


@pytest.mark.full
def test_the_plan_of_a_tiny_hub_is_nearly_always_the_best_there_is() -> None:
    """Of 150 tiny hubs at least 95 in 100 get the best plan of whole tasks."""
    chance = random.Random(20261122)
    best = 0
    for _ in range(150):
        problem = tiny(chance)
        best += make_plan(problem).cost <= best_of_all(arcs_of(problem)) + CENT * (1 + len(problem.tasks))
    assert best >= 143


@pytest.mark.parametrize("load", [0.54, 0.9, 1.04, 2.6])
def test_the_bound_is_that_of_an_independent_solver_in_another_process(load: float) -> None:
    problem = hub(80, 8, load, seed=3)
    loose, tight = least_split(arcs_of(problem, fitting=False)), least_split(arcs_of(problem))
    found = bound(costs_of(problem))
    assert found <= tight + CENT
    assert found == pytest.approx(loose, rel=0.0005)


def test_the_bound_holds_with_frozen_work_people_singled_out_and_patients_known() -> None:
    chance = random.Random(5)
    whole = hub(60, 6, 1.04, seed=4)
    people = [replace(one, patients=frozenset(chance.sample(range(20), 5))) for one in whole.people]
    tasks = [
        replace(
            one, patient_id=chance.choice([None, *range(20)]), frozen=chance.random() < 0.1,
            not_for=frozenset({chance.randint(1, 6)}) if chance.random() < 0.3 else frozenset(),
        )
        for one in whole.tasks
    ]  # fmt: skip
    problem = replace(whole, tasks=tuple(tasks), people=tuple(people))
    found = bound(costs_of(problem))
    # People singled out have arcs of their own, and only where the task fits: between the two.
    assert (
        least_split(arcs_of(problem, fitting=False)) - CENT <= found <= least_split(arcs_of(problem)) + CENT
    )


@pytest.mark.parametrize("load", [0.9, 2.6])
def test_greedy_takes_the_most_valuable_minutes_first_to_the_cheapest_with_least_room(load: float) -> None:
    problem = hub(90, 8, load, seed=9)
    arcs, costs = arcs_of(problem), costs_of(problem)
    room = dict(arcs.room)
    expected: list[int | None] = [None] * len(arcs.minutes)
    value = [undone / minutes for undone, minutes in zip(arcs.undone, arcs.minutes, strict=True)]
    for index in sorted(range(len(value)), key=lambda index: (-round(value[index], 9), index)):
        price = {one: round(cost, 2) for one, cost in arcs.costs[index].items()}
        able = [one for one, cost in price.items() if cost < arcs.undone[index]]
        able = [one for one in able if room[one] >= arcs.minutes[index]]
        best = min(able, key=lambda one: (price[one], room[one], one), default=None)
        expected[index] = best
        if best is not None:
            room[best] -= arcs.minutes[index]
    found = [costs.people[column].id if column >= 0 else None for column in greedy(costs).tolist()]
    assert found == expected


@pytest.mark.parametrize("seed", range(8))
def test_no_step_makes_a_plan_dearer_or_overruns_anybody(seed: int) -> None:
    """From arrangements that nobody would make: each task with anyone at all who has room."""
    costs = costs_of(hub(120, 9, 1.2, seed))
    random = np.random.default_rng(seed)
    where = np.full(len(costs.tasks), -1, dtype=np.int32)
    for task in random.permutation(len(where)):
        room = room_left(costs, where)
        able = np.flatnonzero((costs.able[costs.row[task]]) & (room >= costs.minutes[task]))
        if able.size and random.random() < 0.8:
            where[task] = random.choice(able)
    steps: list[Callable[[Ints], Ints]] = [
        lambda one: filled(costs, one),
        lambda one: improved(costs, ways_of(costs, seed=seed), one, seed=seed, tries=50),
        lambda one: repacked(costs, one),
    ]
    for step in steps * 3:
        after = step(where)
        assert total(costs, after) <= total(costs, where)
        assert room_left(costs, after).min() >= 0
        where = after


def test_the_same_hub_gives_the_same_plan_where_chance_decides_between_equals() -> None:
    problem = hub(300, 40, 1.04, seed=2)
    mixed = Problem(problem.tasks[::-1], problem.people[::-1], problem.able)
    assert make_plan(problem) == make_plan(problem) == make_plan(mixed)
    assert make_plan(problem, seed=2) != make_plan(problem)
