"""How little could be late at best? A bound that no policy can beat, by a linear program.

What is on time by the close of a day fits into the minutes that people are at work until then, so for the
due days 1 to d together: minutes of what is on time <= minutes at work. Everything else is left out, which
can only make the bound lower: who may do what, shifts of single people, arrivals before which nothing
can begin, parts of a day, and that tasks are whole. Work past its due time costs nothing, as here it is
simply never done: no hub may do that, so the bound is further away than it looks.

What is begun is finished, if need be after the end of the shift. One task a day and person may so hide
what it takes beyond its planned minutes; band 1, and what is in hand when somebody falls ill, all but one.
"""

import itertools
from statistics import NormalDist

import numpy as np
from ortools.linear_solver import pywraplp

from tests.performance.simulation.variants import DAY_MINUTES
from tests.performance.simulation.world import DURATION_SPREAD, Floats, Ints, World

_NOW = 1
# A task of mean 1 takes min(1, it) minutes inside its planned time: 1 - E(max(it - 1, 0)), lognormal.
_INSIDE = 2 * (1 - NormalDist().cdf(DURATION_SPREAD / 2))


def least_late(world: World, *, by_minutes: bool = False, told: bool = True) -> float:
    """Return the least share of the tasks due within the days that any policy leaves late, in percent.

    `told`: it knows what arrives when, who falls ill and the minutes that each task really takes. Without
    it knows all but the last, and the bound holds on average over the minutes drawn. `by_minutes` weighs
    each task by its planned minutes, as `breach_minutes_pct` does.
    """
    tasks = world.tasks
    chosen = tasks.due <= world.days * DAY_MINUTES
    planned, day = tasks.planned[chosen], (tasks.due[chosen] - 1) // DAY_MINUTES
    takes = (tasks.actual[chosen] if told else planned).astype(float)
    usual = np.minimum(takes, planned) if told else _INSIDE * planned
    inside = np.where(tasks.band[chosen] == _NOW, 1.0, usual)
    value = planned if by_minutes else np.ones(len(planned))
    kinds, count = np.unique(np.stack([day, takes, inside, value], axis=1), axis=0, return_counts=True)
    return 100 * (1 - _most(world, kinds, count) / float(value.sum()))


def _most(world: World, kinds: Floats, count: Ints) -> float:
    """Return the most value that can be on time; `kinds` are due day, minutes, minutes inside, value."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    shifts, most = world.shifts, solver.Objective()
    most.SetMaximization()
    on, ill = shifts.actual_end > shifts.start, shifts.actual_end < shifts.planned_end
    minutes = _by_day(solver, (shifts.actual_end - shifts.start).sum(axis=0))
    overruns, breaks = _by_day(solver, (on & ~ill).sum(axis=0)), _by_day(solver, (on & ill).sum(axis=0))
    for (due, takes, inside, value), many in zip(kinds.tolist(), count.tolist(), strict=True):
        limit = solver.Constraint(0.0, float(many))
        for cost, slots in ((takes, None), (inside, overruns), (1.0, breaks)):
            if slots is not None and cost >= takes:
                continue
            done = solver.NumVar(0.0, solver.infinity(), "")
            limit.SetCoefficient(done, 1.0)
            most.SetCoefficient(done, value)
            minutes[int(due)].SetCoefficient(done, cost)
            if slots is not None:
                slots[int(due)].SetCoefficient(done, 1.0)
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        raise RuntimeError("The bound of a world was not found.")
    return float(most.Value())


def _by_day(solver: pywraplp.Solver, there: Ints) -> list[pywraplp.Constraint]:
    """Return a constraint for each day: no more than is there on it, and left of the days before."""
    found = [solver.Constraint(-solver.infinity(), float(one)) for one in there]
    for before, after in itertools.pairwise(found):
        left = solver.NumVar(0.0, solver.infinity(), "")
        before.SetCoefficient(left, 1.0)
        after.SetCoefficient(left, -1.0)
    return found
