"""Make a plan.

This module loads OR-Tools and numba: import it inside the function that plans, so that no page pays for it.

Method: a minutes flow over each task's cheapest people, tasks that it cuts repaired into the
room left, then rounds of local search and of choosing each list anew. The bound is a flow
of its own, over all who may do each task.
"""

from collections.abc import Iterator

import numpy as np

from hub.domain.rebalancing.costs import UNIT, Costs, Ints, costs_of
from hub.domain.rebalancing.flow import bound, whole_tasks
from hub.domain.rebalancing.outlook import Where, arrangement, outlook
from hub.domain.rebalancing.packing import repacked
from hub.domain.rebalancing.plan import Plan
from hub.domain.rebalancing.problem import Problem
from hub.domain.rebalancing.reasons import explained, undone_with_reasons
from hub.domain.rebalancing.repair import filled, greedy, kept, total
from hub.domain.rebalancing.search import Ways, improved, ways_of

# Chosen by trial (docs/evidence/rebalancing.md says on which seeds).
CHEAPEST = 20
MOST_TRIES = 3_000_000
ROUNDS = 6
TRIES_PER_TASK = 3_000
# A small hub's plan hangs on few tasks: other starts are cheap there, and even out luck.
TASKS_FOR_MANY_STARTS = 1_000
# In a large one the search ends with the first round that brings less than this part of the cost.
ENOUGH = 1_000


def make_plan(problem: Problem, *, seed: int = 1) -> Plan:
    """Return a plan for `problem` and how far from the best it may be.

    The same problem and seed give the same plan, in whatever order tasks and people came.
    Raises RuntimeError if the flow finds no end, which no valid problem leads to.
    """
    costs = costs_of(problem)
    least = bound(costs)
    first = greedy(costs)
    return finished(
        problem, costs, arranged(costs, first, seed=seed), bound=least, greedy_cost=total(costs, first)
    )


def arranged(costs: Costs, first: Ints, *, seed: int) -> Ints:
    """Return the cheapest arrangement found: never dearer than `first`, nor than leaving all as it is."""
    tasks = max(1, len(costs.tasks))
    tries = min(MOST_TRIES, TRIES_PER_TASK * tasks) // ROUNDS
    ways = ways_of(costs, seed=seed)
    found = [
        _worked_on(costs, ways, where, seed=seed + number, tries=tries)
        for number, where in enumerate(_starts(costs, first, seed))
    ]
    found += [first, kept(costs)]
    prices = [total(costs, one) for one in found]
    return found[int(np.argmin(prices))]


def _worked_on(costs: Costs, ways: Ways, where: Ints, *, seed: int, tries: int) -> Ints:
    """Return `where` after rounds of search and of choosing lists anew, until one changes hardly anything."""
    least, large = total(costs, where), len(costs.tasks) > TASKS_FOR_MANY_STARTS
    for number in range(ROUNDS):
        where = repacked(costs, improved(costs, ways, where, seed=seed + number, tries=tries))
        before, least = least, total(costs, where)
        if before - least <= (least // ENOUGH if large else 0):
            break
    return where


def _starts(costs: Costs, first: Ints, seed: int) -> Iterator[Ints]:
    yield filled(costs, whole_tasks(costs, width=CHEAPEST, seed=seed))
    if len(costs.tasks) <= TASKS_FOR_MANY_STARTS:
        yield filled(costs, whole_tasks(costs, width=CHEAPEST, seed=seed + 1))
        yield first
        yield kept(costs)


def finished(problem: Problem, costs: Costs, where: Ints, *, bound: float, greedy_cost: int) -> Plan:
    """Return the plan that says in words what the arrangement `where` changes."""
    place = _placed(problem, costs, where)
    before, after = outlook(problem, arrangement(problem)), outlook(problem, place)
    moves = explained(problem, place, before, after)
    return Plan(
        moves,
        undone_with_reasons(problem, place, before, after),
        before,
        after,
        continuity_broken=sum(move.breaks_continuity for move in moves),
        cost=total(costs, where) / UNIT,
        bound=bound,
        greedy_cost=greedy_cost / UNIT,
    )


def _placed(problem: Problem, costs: Costs, where: Ints) -> Where:
    place = arrangement(problem)
    for task, column in zip(costs.tasks, where.tolist(), strict=True):
        place[task.id] = costs.people[column].id if column >= 0 else None
    return place
