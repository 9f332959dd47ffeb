"""Whole tasks into what room there is, most valuable minutes first; and what an arrangement costs.

An arrangement is one column of people per task, -1 for undone.
"""

from typing import Any

import numpy as np

from hub.domain.compiled import compiled
from hub.domain.rebalancing.costs import Costs, Ints


@compiled
def _fill(order: Any, minutes: Any, undone: Any, cost: Any, where: Any, room: Any) -> None:
    """Give each undone task of `order` to the cheapest person with room, if that beats leaving it."""
    for t in order:
        if where[t] >= 0:
            continue
        best, least = -1, undone[t]
        for p in range(room.size):
            # Of equally cheap people the one left with least room: long tasks need room elsewhere.
            dearer = cost[t, p] > least or (cost[t, p] == least and (best < 0 or room[p] >= room[best]))
            if room[p] >= minutes[t] and not dearer:
                best, least = p, cost[t, p]
        where[t] = best
        if best >= 0:
            room[best] -= minutes[t]


def filled(costs: Costs, where: Ints) -> Ints:
    """Return `where` with the room that it leaves given away, most valuable minutes first, then by id."""
    found = where.copy()
    _fill(_by_value(costs), costs.minutes, costs.undone, costs.cost, found, room_left(costs, found))
    return found


def _by_value(costs: Costs) -> Ints:
    per_minute = costs.undone.astype(np.float64) / costs.minutes
    return np.argsort(-per_minute, kind="stable").astype(np.int32)


def greedy(costs: Costs) -> Ints:
    """Return the plan of one who takes the most valuable minutes first and never looks back."""
    return filled(costs, np.full(len(costs.tasks), -1, dtype=np.int32))


def kept(costs: Costs) -> Ints:
    """Return the arrangement that leaves work where minutes allow it, and fills what room is left."""
    found = np.full(len(costs.tasks), -1, dtype=np.int32)
    room = costs.room.copy()
    for task in _by_value(costs):
        at = costs.holder[task]
        if at >= 0 and room[at] >= costs.minutes[task]:
            found[task] = at
            room[at] -= costs.minutes[task]
    return filled(costs, found)


def room_left(costs: Costs, where: Ints) -> Ints:
    """Return each person's minutes beside what `where` gives them."""
    given = where >= 0
    used = np.bincount(where[given], costs.minutes[given], minlength=len(costs.people))
    return (costs.room - used).astype(np.int32)


def total(costs: Costs, where: Ints) -> int:
    """Return what `where` costs, in hundredths."""
    given = np.flatnonzero(where >= 0)
    done = costs.cost[given, where[given]].astype(np.int64).sum()
    return int(done + costs.undone[where < 0].astype(np.int64).sum())
