"""From whole tasks to a good plan: tasks push each other out while that costs nothing more.

An ejection chain of length two (Yagiura, Ibaraki and Glover 2004, INFORMS Journal on
Computing 16), its pairs drawn at random in place of tried one by one. Loops over whole
numbers, compiled: effort is counted in tries, never in seconds, and nothing rounds, so
the same input gives the same answer on every machine. Compiled functions get plain
tuples: numba keeps the names of other classes on disk, and fails once one is renamed.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hub.domain.compiled import compiled
from hub.domain.rebalancing.costs import FORBIDDEN, Costs, Ints, cheapest

# Chosen by trial (docs/evidence/rebalancing.md says on which seeds).
CANDIDATES = 20
_OTHER_HOMES = 3


class Ways(NamedTuple):
    """What does not change.

    `near[t, : nears[t]]` are people cheap for t, `least[t]` is its least cost, and
    `possible` are the tasks that anyone may do.
    """

    minutes: Ints
    undone: Ints
    cost: NDArray[np.int32]
    near: NDArray[np.int32]
    nears: Ints
    least: Ints
    possible: Ints


class _State(NamedTuple):
    """Where everything is.

    `held[p, : many[p]]` are p's tasks, and t stands there at `slot[t]`. `keen[: size[0]]`
    are the tasks that somewhere would be cheaper, t at `keen_at[t]` or -1. `random[0]`
    is the state of the generator.
    """

    where: Ints
    room: Ints
    held: NDArray[np.int32]
    many: Ints
    slot: Ints
    keen: Ints
    keen_at: Ints
    size: Ints
    random: NDArray[np.uint64]


@compiled
def _draw(random: Any, below: int) -> Any:
    """Return a number from 0 to `below` - 1, at most 2**31, by xorshift (Marsaglia 2003)."""
    x = random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    random[0] = x
    return np.int64(((x >> np.uint64(32)) * np.uint64(below)) >> np.uint64(32))


@compiled
def _put(ways: Any, state: Any, t: int, p: int) -> None:
    """Take t from where it is and give it to p, or to nobody if p is -1."""
    minutes, undone, cost, _, _, least, _ = ways
    where, room, held, many, slot, keen, keen_at, size, _ = state
    q = where[t]
    if q >= 0:
        many[q] -= 1
        last = held[q, many[q]]
        held[q, slot[t]] = last
        slot[last] = slot[t]
        room[q] += minutes[t]
    where[t] = p
    price = undone[t]
    if p >= 0:
        held[p, many[p]] = t
        slot[t] = many[p]
        many[p] += 1
        room[p] -= minutes[t]
        price = cost[t, p]
    _note_keen(t, price > least[t], keen, keen_at, size)


@compiled
def _note_keen(t: int, is_keen: bool, keen: Any, keen_at: Any, size: Any) -> None:
    """Keep t among the keen exactly while somewhere would be cheaper."""
    at = keen_at[t]
    if is_keen and at < 0:
        keen_at[t] = size[0]
        keen[size[0]] = t
        size[0] += 1
    elif not is_keen and at >= 0:
        size[0] -= 1
        last = keen[size[0]]
        keen[at] = last
        keen_at[last] = at
        keen_at[t] = -1


@compiled
def _put_all(ways: Any, state: Any, places: Any) -> None:
    for t in range(places.size):
        _put(ways, state, t, places[t])


@compiled
def _exchange(ways: Any, state: Any, t: int, p: int, y: int, home: int) -> None:
    """Give t to p; y, if not -1, leaves p for `home`, where -1 is nobody."""
    if y >= 0:
        _put(ways, state, y, -1)
    _put(ways, state, t, p)
    if home >= 0:
        _put(ways, state, y, home)


@compiled
def _to_push_out(minutes: Any, own: Any, many: int, short: int, random: Any) -> Any:
    """Return one of the first `many` of `own` that frees `short` minutes, -1 if two draws find none."""
    for _ in range(2 if many > 0 else 0):
        y = own[_draw(random, many)]
        if minutes[y] >= short:
            return y
    return -1


@compiled
def _home_for(length: int, prices: Any, near: Any, room: Any, least: int, random: Any, p: int, q: int) -> Any:
    """Return the cheapest of a few drawn from `near` with room for `length`; -1 if none beats `least`."""
    best = -1
    for _ in range(_OTHER_HOMES):
        k = near[_draw(random, near.size)]
        if k != p and k != q and room[k] >= length and prices[k] < least:
            best, least = k, prices[k]
    return best


@compiled
def _search(ways: Any, state: Any, tries: int) -> None:
    """Make `tries` tries, three in four with a task that somewhere would be cheaper.

    Each tries one task with one person: by itself if it fits, else in place of a task of
    theirs, which takes its old place, finds another home or goes undone.
    """
    # Unpacked once: reaching into a tuple counts a reference each time, which takes most of a try.
    minutes, undone, cost, near, nears, least, possible = ways
    where, room, held, many, _, keen, _, size, random = state
    for _ in range(tries):
        some = keen[: size[0]] if size[0] > 0 and _draw(random, 4) > 0 else possible
        t = some[_draw(random, some.size)]
        p, q = near[t, _draw(random, nears[t])], where[t]
        change = cost[t, p] - (undone[t] if q < 0 else cost[t, q])
        y = home = -1
        if minutes[t] > room[p]:
            y = _to_push_out(minutes, held[p], many[p], minutes[t] - room[p], random)
            if y < 0 or p == q or change - cost[y, p] + least[y] > 0:
                continue
            left = undone[y]
            if q >= 0 and room[q] + minutes[t] >= minutes[y] and cost[y, q] < left:
                home, left = q, cost[y, q]
            other = _home_for(minutes[y], cost[y], near[y, : nears[y]], room, left, random, p, q)
            home = other if other >= 0 else home
            change += (undone[y] if home < 0 else cost[y, home]) - cost[y, p]
        if change <= 0 and p != q:
            _exchange(ways, state, t, p, y, home)


def improved(costs: Costs, ways: Ways, where: Ints, *, seed: int, tries: int) -> Ints:
    """Return an arrangement that costs no more than `where`, found from it in `tries` tries.

    `where` is a column of people per task, -1 for undone, and overruns nobody's room, nor
    does the result. Steps that cost nothing are made, too: they move room to where it counts.
    """
    if not ways.possible.size:
        return where.copy()
    state = _state(costs, ways, where, seed)
    _search(tuple(ways), tuple(state), tries)
    return state.where


def ways_of(costs: Costs, *, seed: int) -> Ways:
    """Return what the search draws from; made once for many searches."""
    if not costs.tasks or not costs.people:
        none = np.zeros((len(costs.tasks), 1), dtype=np.int32)
        return Ways(costs.minutes, costs.undone, none, none, none[:, 0], costs.undone, none[:0, 0])
    chosen, prices = cheapest(costs, width=CANDIDATES, seed=seed)
    # Those who may come first, so that a draw never meets one who may not.
    near = np.take_along_axis(chosen, np.argsort(prices, axis=1, kind="stable"), axis=1).astype(np.int32)
    nears = (prices < FORBIDDEN).sum(axis=1).astype(np.int32)
    least = np.minimum(costs.cost.min(axis=1), costs.undone)
    possible = np.flatnonzero(nears).astype(np.int32)
    return Ways(costs.minutes, costs.undone, costs.cost, near, nears, least, possible)


def _state(costs: Costs, ways: Ways, where: Ints, seed: int) -> _State:
    tasks, people = len(costs.tasks), len(costs.people)
    most = int(costs.room.max()) // int(costs.minutes.min()) + 1
    state = _State(
        np.full(tasks, -1, dtype=np.int32), costs.room.copy(), np.empty((people, most), dtype=np.int32),
        np.zeros(people, dtype=np.int32), np.zeros(tasks, dtype=np.int32), np.empty(tasks, dtype=np.int32),
        np.full(tasks, -1, dtype=np.int32), np.zeros(1, dtype=np.int32),
        np.array([seed * 2_654_435_769 + 88_172_645_463_325_252], dtype=np.uint64),
    )  # fmt: skip
    _put_all(tuple(ways), tuple(state), where)
    return state
