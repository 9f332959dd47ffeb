"""Minutes as a flow: what a plan could cost if tasks might be cut into single minutes.

Task > person > done, or task > undone. Every whole plan is such a flow, so the cheapest
flow is a bound that no plan can beat. The flow is OR-Tools' `SimpleMinCostFlow`; see
Ahuja, Magnanti and Orlin, Network Flows (1993), chapter 9.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from hub.domain.rebalancing.costs import FORBIDDEN, UNIT, Costs, Ints, cheapest

# Costs per minute must be whole numbers. Most planned minutes divide this; others round
# down, so that the bound stays a bound (it loses less than 0.00001 units per task and minute).
SCALE = 12_600
_WIDE = 1 << 40  # more than any flow


class _Network:
    """Arcs, collected in pieces, between tasks, people, one end, and nodes added on the way."""

    def __init__(self, costs: Costs) -> None:
        self.costs = costs
        self.first_person = len(costs.tasks)
        self.end = self.first_person + len(costs.people)
        self.nodes = self.end + 1
        self.pieces: list[tuple[NDArray[np.int64], ...]] = []
        everyone = np.arange(len(costs.people))
        self.add(self.first_person + everyone, self.end, costs.room, 0)
        tasks = np.arange(len(costs.tasks))
        self.add(tasks, self.end, _WIDE, self.per_minute(tasks, costs.undone))

    def per_minute(self, tasks: Any, cost: Any) -> NDArray[np.int64]:
        """Return the cost per minute, scaled and rounded down, of `cost` for each of `tasks`."""
        found: NDArray[np.int64] = np.asarray(cost, dtype=np.int64) * SCALE // self.costs.minutes[tasks]
        return found

    def add(self, tails: Any, heads: Any, capacity: Any, cost: Any) -> None:
        """Add arcs; each argument is one number or one per arc."""
        self.pieces.append(
            tuple(
                np.broadcast_arrays(
                    *(np.asarray(one, dtype=np.int64) for one in (tails, heads, capacity, cost))
                )
            )
        )

    def more_nodes(self, count: int) -> int:
        """Add `count` nodes and return the number of the first."""
        self.nodes += count
        return self.nodes - count

    def solve(self) -> tuple[int, NDArray[np.int64]]:
        """Return the least scaled cost and the flow on each arc in the order they were added."""
        solver = min_cost_flow.SimpleMinCostFlow()
        arcs = solver.add_arcs_with_capacity_and_unit_cost(
            *(np.concatenate([piece[column] for piece in self.pieces]) for column in range(4))
        )
        supply = np.zeros(self.nodes, dtype=np.int64)
        supply[: self.first_person] = self.costs.minutes
        supply[self.end] = -int(self.costs.minutes.sum())
        solver.set_nodes_supplies(np.arange(self.nodes), supply)
        status = solver.solve()
        if status != solver.OPTIMAL:
            raise RuntimeError(f"The minutes flow ended with {status.name}.")
        return solver.optimal_cost(), solver.flows(arcs)


def bound(costs: Costs) -> float:
    """Return what no plan can cost less than, in price units: the cheapest flow over all eligible arcs.

    Tasks that the same people may do, at the same practice, pass through shared nodes in
    place of an arc to each person. That changes no cost, and makes ten times fewer arcs.
    """
    if not costs.tasks:
        return 0.0
    network = _Network(costs)
    shared = np.flatnonzero(~costs.singled)
    _add_far(network, shared)
    _add_near(network, shared)
    _add_own_arcs(network)
    return network.solve()[0] / (SCALE * UNIT)


def _add_far(network: _Network, tasks: NDArray[np.int64]) -> None:
    """Task > everyone who may do it, at the price of a stranger."""
    costs = network.costs
    first = network.more_nodes(len(costs.able))
    network.add(tasks, first + costs.row[tasks], _WIDE, network.per_minute(tasks, costs.far[tasks]))
    rows, people = np.nonzero(costs.able)
    network.add(first + rows, network.first_person + people, _WIDE, 0)


def _add_near(network: _Network, tasks: NDArray[np.int64]) -> None:
    """Task > those who may do it and know its practice."""
    costs = network.costs
    pairs = np.stack([costs.row[tasks], costs.practice[tasks]], axis=1)
    known, which = np.unique(pairs, axis=0, return_inverse=True)
    first = network.more_nodes(len(known))
    network.add(tasks, first + which.reshape(-1), _WIDE, network.per_minute(tasks, costs.near[tasks]))
    rows, people = np.nonzero(costs.able[known[:, 0]] & costs.knows[known[:, 1]])
    network.add(first + rows, network.first_person + people, _WIDE, 0)


def _add_own_arcs(network: _Network) -> None:
    """Task > its holder, those who know its patient, and all there are where people are singled out."""
    costs = network.costs
    held = np.flatnonzero(costs.holder >= 0)
    own: list[tuple[Any, Any]] = [(held, costs.holder[held])]
    own += [(np.full(len(columns), task), columns) for task, columns in costs.patient.items()]
    own += [(np.full(len(columns), task), columns) for task, columns in _every_arc_of_the_singled(costs)]
    tasks, people = (np.concatenate([pair[side] for pair in own]).astype(np.int64) for side in (0, 1))
    possible = costs.cost[tasks, people] < FORBIDDEN
    tasks, people = tasks[possible], people[possible]
    price = network.per_minute(tasks, costs.cost[tasks, people])
    network.add(tasks, network.first_person + people, _WIDE, price)


def _every_arc_of_the_singled(costs: Costs) -> Iterable[tuple[int, Ints]]:
    for task in np.flatnonzero(costs.singled):
        yield int(task), np.flatnonzero(costs.cost[task] < FORBIDDEN).astype(np.int32)


def whole_tasks(costs: Costs, *, width: int, seed: int) -> Ints:
    """Return a column of people, -1 for nobody, for each task that a flow does not cut.

    The flow uses the `width` cheapest arcs of each task only, with up to one unit of noise on
    each: without noise equal costs leave three times as many tasks cut.
    """
    found = np.full(len(costs.tasks), -1, dtype=np.int32)
    if not costs.tasks or not costs.people:
        return found
    chosen, prices = cheapest(costs, width=width, seed=seed)
    tasks = np.repeat(np.arange(len(costs.tasks)), chosen.shape[1])
    people, price = chosen.reshape(-1), prices.reshape(-1)
    real = price < FORBIDDEN
    tasks, people, price = tasks[real], people[real], price[real]
    network = _Network(costs)
    network.add(tasks, network.first_person + people, _WIDE, network.per_minute(tasks, price))
    flows = network.solve()[1][-len(tasks) :] if len(tasks) else np.zeros(0, dtype=np.int64)
    whole = flows == costs.minutes[tasks]
    found[tasks[whole]] = people[whole]
    return found
