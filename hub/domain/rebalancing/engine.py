"""Make a plan.

This module loads OR-Tools and numba: import it inside the function that plans, so that no page pays for it.

Method: a minutes flow over each task's cheapest people, tasks that it cuts repaired into the
room left, then local search. The bound is a flow of its own, over all who may do each task.
"""

import numpy as np

from hub.domain.rebalancing.costs import UNIT, Costs, Ints, costs_of
from hub.domain.rebalancing.flow import bound, whole_tasks
from hub.domain.rebalancing.outlook import Where, arrangement, outlook
from hub.domain.rebalancing.plan import Plan
from hub.domain.rebalancing.problem import Problem
from hub.domain.rebalancing.reasons import explained, undone_with_reasons
from hub.domain.rebalancing.repair import filled, greedy, kept, total
from hub.domain.rebalancing.search import improved

# Chosen by trial (docs/evidence/rebalancing.md says on which seeds).
CHEAPEST = 20
MOST_TRIES = 6_000_000
TRIES_PER_TASK = 3_000
# A small hub's plan hangs on few tasks: a handful of starts is cheap there, and evens out luck.
MOST_STARTS = 4
TASKS_FOR_ONE_START = 4_000


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
    starts = min(MOST_STARTS, max(1, TASKS_FOR_ONE_START // tasks))
    tries = min(MOST_TRIES, TRIES_PER_TASK * tasks)
    found = [first, kept(costs)]
    for start in range(starts):
        whole = whole_tasks(costs, width=CHEAPEST, seed=seed + start)
        found.append(improved(costs, filled(costs, whole), seed=seed + start, tries=tries))
    prices = [total(costs, one) for one in found]
    return found[int(np.argmin(prices))]


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
