"""The forward run itself, compiled: who takes what, minute after minute, by the product's own rule.

Work waits in classes. Inside a class everything is alike but for its times (same
eligibility, practice, minutes, weight and target), so the order inside never changes and the
head of each class is all that has to be looked at when somebody takes the next
task: a few hundred heads instead of ten thousand tasks. Each class is a binary heap.

Tables are numpy structured arrays, because compiling functions that pass dozens of plain
arrays to each other takes a minute. All compiled functions stand in this one file, because
numba's cache on disk does not notice when a function called from another file has changed.
"""

import numpy as np

from hub.domain.compiled import compiled
from hub.domain.forecast.tables import DONE, HELD, MOST_CREDIT, SOFT, WAITING, Hub, Numbers, Table


@compiled
def _before(rows: Table, hard: bool, a: int, b: int) -> bool:
    if hard and rows[a].deadline != rows[b].deadline:
        return bool(rows[a].deadline < rows[b].deadline)
    if rows[a].due != rows[b].due:
        return bool(rows[a].due < rows[b].due)
    if rows[a].raised != rows[b].raised:
        return bool(rows[a].raised < rows[b].raised)
    return bool(rows[a].ids < rows[b].ids)


@compiled
def _push(hub: Hub, row: int) -> None:
    place = hub.rows[row].place
    hard = hub.classes[place].tier < SOFT
    base = hub.classes[place].first
    at = hub.sizes[place]
    hub.sizes[place] += 1
    while at > 0:
        above = (at - 1) // 2
        if not _before(hub.rows, hard, row, hub.heap[base + above]):
            break
        hub.heap[base + at] = hub.heap[base + above]
        at = above
    hub.heap[base + at] = row
    hub.rows[row].status = WAITING
    if at == 0:
        hub.classes[place].head_due = hub.rows[row].felt


@compiled
def _drop_head(hub: Hub, place: int) -> None:
    hard = hub.classes[place].tier < SOFT
    base = hub.classes[place].first
    hub.sizes[place] -= 1
    size = hub.sizes[place]
    row = hub.heap[base + size]
    at = 0
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and _before(hub.rows, hard, hub.heap[base + below + 1], hub.heap[base + below]):
            below += 1
        if not _before(hub.rows, hard, hub.heap[base + below], row):
            break
        hub.heap[base + at] = hub.heap[base + below]
        at = below
    hub.heap[base + at] = row


@compiled
def _settle(hub: Hub, place: int) -> None:
    """See to it that the head of a class belongs there: what has risen is waiting in another class."""
    while hub.sizes[place] > 0:
        row = hub.heap[hub.classes[place].first]
        if hub.rows[row].status == WAITING and hub.rows[row].place == place:
            hub.classes[place].head_due = hub.rows[row].felt
            return
        _drop_head(hub, place)


@compiled
def _pop(hub: Hub, place: int) -> int:
    """Take the head off a class and return it."""
    row = hub.heap[hub.classes[place].first]
    hub.rows[row].status = HELD
    _settle(hub, place)
    return int(row)


@compiled
def _felt(hub: Hub, t: float) -> float:
    """Return a moment as the rule counts it: its clock stands still outside the hub's hours."""
    felt = t
    for index in range(len(hub.stop)):
        if t <= hub.stop[index]:
            break
        felt -= min(t, hub.go[index]) - hub.stop[index]
    return felt


@compiled
def _best(hub: Hub, person: int, t: float, room: float, numbers: Numbers) -> int:
    """Return the class whose head `person` takes first at `t` (as felt), or -1 if nothing is for them."""
    best, best_tier, best_score = -1, SOFT + 1, 0.0
    me = hub.people[person]
    for index in range(me.choice_first, me.choice_last):
        place = hub.choices[index]
        if hub.sizes[place] == 0:
            continue
        its = hub.classes[place]
        if its.tier > best_tier or (its.minutes > room and its.band > 1):
            continue
        score = 0.0
        if its.tier == SOFT:
            slack = its.head_due - its.minutes - numbers.margin - t
            score = its.level - max(slack, 0.0) * its.slope
            if its.practice == me.last:
                score += numbers.bonus
        wins = its.tier < best_tier or score > best_score
        if not wins and score == best_score:
            row, other = hub.heap[its.first], hub.heap[hub.classes[best].first]
            wins = _before(hub.rows, its.tier < SOFT, row, other)
        if wins:
            best, best_tier, best_score = place, its.tier, score
    return int(best)


@compiled
def _overdue(hub: Hub, person: int, t: float, room: float, ceiling: float) -> int:
    """Return the class whose head is longest overdue, of soft bands and past its age ceiling; or -1."""
    best, best_row = -1, -1
    me = hub.people[person]
    for index in range(me.choice_first, me.choice_last):
        place = hub.choices[index]
        its = hub.classes[place]
        late = t - its.head_due
        if hub.sizes[place] == 0 or its.tier < SOFT or its.minutes > room or late < 0:
            continue
        row = hub.heap[its.first]
        if late <= (ceiling - 1.0) * hub.rows[row].target:
            continue
        if best < 0 or _before(hub.rows, False, row, best_row):
            best, best_row = place, row
    return int(best)


@compiled
def _list(hub: Hub, person: int, row: int) -> None:
    """Put a row at the end of a list."""
    me = hub.people[person]
    hub.rows[row].status = HELD
    hub.rows[row].link = -1
    me.held += hub.classes[hub.rows[row].place].minutes
    if me.head < 0:
        me.head = row
    else:
        hub.rows[me.tail].link = row
    me.tail = row


@compiled
def _from_list(hub: Hub, person: int) -> int:
    """Take off the list what comes next: hard bands, then the practice at hand, then as given; or -1."""
    me = hub.people[person]
    best, before_best, best_rank = -1, -1, 2 * SOFT + 2
    before, row = -1, me.head
    while row >= 0:
        rank = 2 * hub.classes[hub.rows[row].place].tier + (hub.rows[row].practice != me.worked)
        if rank < best_rank:
            best, before_best, best_rank = row, before, rank
        before, row = row, hub.rows[row].link
    if best < 0:
        return -1
    if before_best < 0:
        me.head = hub.rows[best].link
    else:
        hub.rows[before_best].link = hub.rows[best].link
    if me.tail == best:
        me.tail = before_best
    hub.rows[best].link = -1
    me.held -= hub.classes[hub.rows[best].place].minutes
    return int(best)


@compiled
def _set_idle(hub: Hub, person: int, idle: int) -> None:
    hub.idlers[0] += idle - hub.people[person].idle
    hub.people[person].idle = idle


@compiled
def _whom(hub: Hub, row: int, t: float) -> int:
    """Return whom a new row wakes, or (band 1) is given to: who has most minutes left; or -1."""
    its = hub.classes[hub.rows[row].place]
    chosen, most = -1, -np.inf
    if its.band > 1 and hub.idlers[0] == 0:
        return -1
    for person in range(len(hub.people)):
        at = hub.people[person].stretch
        away = at >= hub.people[person].last_stretch or t < hub.start[at] or t >= hub.end[at]
        if away or not hub.may[its.group, person]:
            continue
        if its.band == 1:
            busy = 0.0 if hub.people[person].idle else hub.free[person] - t
            room = hub.end[at] - t - hub.people[person].held - busy
            if room > most:
                chosen, most = person, room
        elif hub.people[person].idle and its.minutes <= hub.end[at] - t:
            return person
    return chosen


@compiled
def _appear(hub: Hub, row: int, t: float) -> None:
    """A row can be done from now on: pinned and band 1 go onto a list at once, the rest waits."""
    chosen = hub.rows[row].pinned_to
    given = chosen >= 0
    if not given:
        chosen = _whom(hub, row, t)
        given = chosen >= 0 and hub.classes[hub.rows[row].place].band == 1
    if given:
        _list(hub, chosen, row)
    else:
        _push(hub, row)
    if chosen >= 0 and hub.people[chosen].idle:
        _set_idle(hub, chosen, 0)
        hub.free[chosen] = t


@compiled
def _take(hub: Hub, person: int, t: float, numbers: Numbers) -> bool:
    """Put the first in order of what fits on this person's list; the reserve comes before the order."""
    me = hub.people[person]
    room = hub.end[me.stretch] - t - me.held
    place, felt = -1, _felt(hub, t)
    if hub.credit[0] > 0.0:
        place = _overdue(hub, person, felt, room, numbers.ceiling)
        if place >= 0:
            hub.credit[0] -= hub.classes[place].minutes
    if place < 0:
        place = _best(hub, person, felt, room, numbers)
    if place < 0:
        return False
    row = _pop(hub, place)
    _list(hub, person, row)
    me.last = hub.rows[row].practice
    hub.credit[0] = min(hub.credit[0] + numbers.reserve * hub.classes[place].minutes, MOST_CREDIT)
    return True


@compiled
def _next(hub: Hub, person: int, t: float, numbers: Numbers) -> int:
    """Fill the list up to the buffer and take its next row off it; -1 if there is nothing to do."""
    me = hub.people[person]
    left = hub.end[me.stretch] - t
    while True:
        while me.held < numbers.buffer or me.head < 0:
            if not _take(hub, person, t, numbers):
                break
        row = _from_list(hub, person)
        if row < 0:
            return -1
        # What came before may have taken longer: what no longer fits goes back to its queue.
        its = hub.classes[hub.rows[row].place]
        if its.minutes <= left or its.band == 1 or hub.rows[row].pinned_to >= 0:
            return row
        _push(hub, row)


@compiled
def _go_home(hub: Hub, person: int, t: float) -> None:
    """The stretch is over: what was not started goes back to its queue, but what is pinned."""
    me = hub.people[person]
    me.stretch += 1
    hub.free[person] = hub.start[me.stretch] if me.stretch < me.last_stretch else np.inf
    row = me.head
    me.head, me.tail, me.held = -1, -1, 0.0
    while row >= 0:
        following = hub.rows[row].link
        if hub.rows[row].pinned_to >= 0:
            _list(hub, person, row)
        else:
            _appear(hub, row, t)
        row = following


@compiled
def _decide(hub: Hub, person: int, t: float, numbers: Numbers) -> None:
    """One person at one moment: finish, go home, go on, or top up the list and start its first."""
    me = hub.people[person]
    row = me.current
    _set_idle(hub, person, 0)
    if row >= 0 and me.left <= 1e-9:
        hub.rows[row].finished = t
        hub.rows[row].status = DONE
        me.current = -1
        if hub.rows[row].then >= 0:
            _appear(hub, hub.rows[row].then, t)
    end = hub.end[me.stretch]
    if t >= end - 1e-9:
        _go_home(hub, person, t)
        return
    if me.current < 0:
        row = _next(hub, person, t, numbers)
        if row < 0:
            _set_idle(hub, person, 1)
            hub.free[person] = end
            return
        _start(hub, person, row, t)
    part = min(me.left, end - t)
    me.left -= part
    hub.free[person] = t + part


@compiled
def _start(hub: Hub, person: int, row: int, t: float) -> None:
    me = hub.people[person]
    me.current = row
    me.left = hub.rows[row].actual
    me.worked = hub.rows[row].practice
    hub.rows[row].status = HELD
    hub.rows[row].started = t
    hub.rows[row].who = person


@compiled
def _begin(hub: Hub, listed: Table) -> None:
    """Fill the lists as they stand; one row each is in progress, the lists of who never works dissolve."""
    for index in range(len(listed)):
        row, person = listed[index].row, listed[index].owner
        me = hub.people[person]
        if listed[index].started and me.current < 0:
            _start(hub, person, row, 0.0)
        elif me.stretch < me.last_stretch or hub.rows[row].pinned_to >= 0:
            _list(hub, person, row)
        else:
            _push(hub, row)


@compiled
def _move(hub: Hub, row: int, rising: bool, t: float) -> None:
    if not rising:
        _appear(hub, row, t)
        return
    # On a list or in progress it stays where it is.
    old = hub.rows[row].place
    hub.rows[row].place = hub.rows[row].rise_class
    if hub.rows[row].status == WAITING:
        _push(hub, row)
        _settle(hub, old)


@compiled
def run(hub: Hub, moves: Table, listed: Table, numbers: Numbers, horizon: float) -> None:
    """Run until `horizon`; what happened stands in `started`, `finished` and `who` of the rows.

    At one moment, what arrives comes before who is free, and people come in their order.
    """
    _begin(hub, listed)
    move = 0
    while True:
        person = int(np.argmin(hub.free))
        t = hub.free[person]
        idlers = hub.idlers[0]
        # Nobody else can be next, unless what comes wakes somebody.
        while move < len(moves) and moves[move].moment <= min(t, horizon) and hub.idlers[0] == idlers:
            _move(hub, moves[move].row, moves[move].rising > 0, moves[move].moment)
            move += 1
        if hub.idlers[0] != idlers:
            continue
        if t > horizon:
            return
        _decide(hub, person, t, numbers)
