"""One list at a time, the best set of tasks for its minutes: an exact knapsack.

The search trades one task for one; where two short ones should give way to a long one, or
a few minutes lie idle on many lists, choosing a whole list anew finds what it cannot.
Dynamic programming over minutes: Martello and Toth, Knapsack Problems (1990), 2.6.
"""

from typing import Any

import numpy as np

from hub.domain.compiled import compiled
from hub.domain.rebalancing.costs import FORBIDDEN, Costs, Ints
from hub.domain.rebalancing.repair import room_left

# More choices than this for one list are cut to the most valuable minutes.
MOST_CHOICES = 250


@compiled
def _elsewhere(t: int, p: int, minutes: Any, undone: Any, cost: Any, room: Any) -> Any:
    """Return whom t goes to if not to p, -1 for nobody: the cheapest with room."""
    best, least = -1, undone[t]
    for k in range(room.size):
        if k != p and room[k] >= minutes[t] and cost[t, k] < least:
            best, least = k, cost[t, k]
    return best


@compiled
def _choices(p: int, limit: int, minutes: Any, undone: Any, cost: Any, where: Any, room: Any) -> Any:
    """Return the tasks that p holds or that would cost less on p, and what p gains by each."""
    tasks = np.empty(minutes.size, dtype=np.int64)
    gains = np.empty(minutes.size, dtype=np.int64)
    found = 0
    for t in range(minutes.size):
        if cost[t, p] >= FORBIDDEN:
            continue
        at = where[t]
        if at == p:
            at = _elsewhere(t, p, minutes, undone, cost, room)
        gain = (undone[t] if at < 0 else cost[t, at]) - cost[t, p]
        if gain > 0 or where[t] == p:
            tasks[found] = t
            gains[found] = gain
            found += 1
    if found > limit:
        per_minute = gains[:found] / minutes[tasks[:found]]
        per_minute[where[tasks[:found]] == p] = np.inf
        chosen = np.sort(np.argsort(-per_minute, kind="mergesort")[:limit])
        return tasks[chosen], gains[chosen]
    return tasks[:found], gains[:found]


@compiled
def _knapsack(lengths: Any, gains: Any, capacity: int) -> Any:
    """Return, for each item, whether the most valuable set within `capacity` has it."""
    best = np.zeros(capacity + 1, dtype=np.int64)
    taken = np.zeros((lengths.size, capacity + 1), dtype=np.bool_)
    for item in range(lengths.size):
        for space in range(capacity, lengths[item] - 1, -1):
            with_it = best[space - lengths[item]] + gains[item]
            if with_it > best[space]:
                best[space] = with_it
                taken[item, space] = True
    chosen = np.zeros(lengths.size, dtype=np.bool_)
    space = capacity
    for item in range(lengths.size - 1, -1, -1):
        if taken[item, space]:
            chosen[item] = True
            space -= lengths[item]
    return chosen


@compiled
def _give(t: int, to: int, minutes: Any, undone: Any, cost: Any, where: Any, room: Any) -> Any:
    """Move t to `to`, -1 for nobody, and return what that changes the cost by."""
    at = where[t]
    if at >= 0:
        room[at] += minutes[t]
    if to >= 0:
        room[to] -= minutes[t]
    where[t] = to
    return (undone[t] if to < 0 else cost[t, to]) - (undone[t] if at < 0 else cost[t, at])


@compiled
def _repack(p: int, limit: int, minutes: Any, undone: Any, cost: Any, where: Any, room: Any) -> Any:
    """Choose p's list anew, find homes for what leaves it; return the change of cost, undoing a rise."""
    tasks, gains = _choices(p, limit, minutes, undone, cost, where, room)
    own = where[tasks] == p
    chosen = _knapsack(minutes[tasks], gains, room[p] + minutes[tasks[own]].sum())
    where_was, room_was, change = where[tasks], room.copy(), 0
    for t in tasks[own & ~chosen]:
        change += _give(t, -1, minutes, undone, cost, where, room)
    for t in tasks[chosen & ~own]:
        change += _give(t, p, minutes, undone, cost, where, room)
    for t in tasks[own & ~chosen]:
        # Two that leave may have counted on the same room: only now it shows who gets it.
        home = _elsewhere(t, p, minutes, undone, cost, room)
        change += _give(t, home, minutes, undone, cost, where, room)
    if change > 0:
        where[tasks] = where_was
        room[:] = room_was
        return 0
    return change


@compiled
def _every_list(limit: int, minutes: Any, undone: Any, cost: Any, where: Any, room: Any) -> None:
    for p in range(room.size):
        _repack(p, limit, minutes, undone, cost, where, room)


def repacked(costs: Costs, where: Ints) -> Ints:
    """Return `where` with each list chosen anew, one after the other; it never costs more."""
    found, room = where.copy(), room_left(costs, where)
    if costs.tasks:
        _every_list(MOST_CHOICES, costs.minutes, costs.undone, costs.cost, found, room)
    return found
