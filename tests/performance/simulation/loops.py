"""The loops that run a world minute by minute under a policy, compiled to machine code.

All waiting tasks of one practice and variant are alike but for their age, and every policy here takes the
oldest of equals first; so they stand in one line (a "cell"), and choosing compares only the heads of
lines. Where tasks are pushed at arrival, a cell holds one person's tasks of one variant instead.

All in one file: what numba keeps on disk is made anew when its own file changes, not when another does.
"""

import numpy as np

from hub.domain.compiled import compiled
from tests.performance.simulation.state import Facts, Rule, State
from tests.performance.simulation.variants import DAY_MINUTES

_NOW, _TOMORROW = 1, 2
_PULL, _SOONEST = 0, 1
_FIFO, _STRICT, _EDD, _BANDS_EDD, _CMU = 0, 1, 2, 3, 4
_ROUND_ROBIN, _FEWEST = 1, 2
# The reserve does not save up more than this while nothing is overdue.
_MOST_CREDIT = 600.0


@compiled
def key(rule: Rule, facts: Facts, task: int, now: int, same: bool) -> tuple[float, float, float]:
    """Return what the task is chosen by, lowest first; equals go by their number, which is their age."""
    band = facts.band[task]
    if rule.order == _FIFO:
        return 0.0, 0.0, 0.0
    if rule.order == _STRICT:
        return float(band), 0.0, 0.0
    if rule.order == _EDD:
        return float(facts.due[task]), 0.0, 0.0
    if rule.order == _BANDS_EDD:
        return float(band), float(facts.due[task]), 0.0
    if rule.order == _CMU:
        return -facts.base[task], 0.0, 0.0
    if rule.promote and band > _TOMORROW and facts.deadline[task] - now < DAY_MINUTES:
        band = _TOMORROW
    if band <= rule.hard:
        return float(band), float(facts.deadline[task]), float(facts.due[task])
    slack = max(facts.latest[task] - now, 0)
    index = facts.base[task] - slack / facts.pace[task] + (rule.same if same else 0.0)
    return float(rule.hard + 1), -index, 0.0


@compiled
def put(facts: Facts, state: State, task: int, group: int) -> None:
    """Stand the task in its line, by age."""
    cell = group * facts.variants + facts.variant[task]
    state.tally[1] += facts.band[task] == _NOW
    before = -1
    if state.tail[cell] >= 0 and state.tail[cell] < task:
        before = state.tail[cell]
    else:
        ahead = state.head[cell]
        while ahead >= 0 and ahead < task:
            before, ahead = ahead, state.after[ahead]
    state.after[task] = state.head[cell] if before < 0 else state.after[before]
    if before < 0:
        state.head[cell] = task
    else:
        state.after[before] = task
    if state.after[task] < 0:
        state.tail[cell] = task


@compiled
def take(facts: Facts, state: State, cell: int, person: int, now: int) -> int:
    """Take the head of a line for a person and return it."""
    task = state.head[cell]
    state.head[cell] = state.after[task]
    if state.head[cell] < 0:
        state.tail[cell] = -1
    state.after[task] = -1
    state.tally[1] -= facts.band[task] == _NOW
    state.given_at[task], state.given_to[task] = now, person
    state.follows[task] = facts.practice[task] == state.last[person]
    state.last[person] = facts.practice[task]
    return int(task)


@compiled
def best_cell(
    rule: Rule, facts: Facts, state: State, person: int, now: int, left: int, only_now: bool
) -> int:
    """Return the line whose head is first in order of what fits into `left` minutes, or -1."""
    best, best_task = -1, -1
    best_key = (np.inf, np.inf, np.inf)
    for place in range(facts.first_cell[person], facts.first_cell[person + 1]):
        cell = facts.cells[place]
        task = state.head[cell]
        if task < 0:
            continue
        if facts.band[task] != _NOW and (only_now or facts.planned[task] > left):
            continue
        found = key(rule, facts, task, now, facts.practice[task] == state.last[person])
        if found < best_key or (found == best_key and task < best_task):
            best, best_task, best_key = cell, task, found
    return best


@compiled
def overdue_cell(rule: Rule, facts: Facts, state: State, person: int, now: int, left: int) -> int:
    """Return the line whose head is longest overdue of what is past its age ceiling and fits, or -1."""
    best, longest = -1, -1
    for place in range(facts.first_cell[person], facts.first_cell[person + 1]):
        cell = facts.cells[place]
        task = state.head[cell]
        if task < 0 or facts.planned[task] > left:
            continue
        late = now - facts.due[task]
        if late > longest and late > (rule.ceiling - 1.0) * facts.target[task]:
            best, longest = cell, late
    return best


@compiled
def choose(rule: Rule, facts: Facts, state: State, person: int, now: int, left: int) -> int:
    """Take what this person is to do next and return it, or -1; the reserve comes before the order."""
    cell = -1
    if rule.reserve > 0.0 and state.credit[0] > 0.0 and state.tally[1] == 0:
        cell = overdue_cell(rule, facts, state, person, now, left)
        if cell >= 0:
            state.credit[0] -= facts.planned[state.head[cell]]
    if cell < 0:
        cell = best_cell(rule, facts, state, person, now, left, False)
    if cell < 0:
        return -1
    task = take(facts, state, cell, person, now)
    state.credit[0] = min(state.credit[0] + rule.reserve * facts.planned[task], _MOST_CREDIT)
    return task


@compiled
def begin(facts: Facts, state: State, task: int, person: int, now: int) -> None:
    """Start a task that is in this person's hands."""
    state.started[task], state.done[task] = now, now + facts.actual[task]
    state.free_at[person], state.current[person] = state.done[task], task
    state.held[person] -= facts.planned[task]
    state.tasks_held[person] -= 1


@compiled
def hold(facts: Facts, state: State, task: int, person: int) -> None:
    """Add a task to the end of this person's buffer."""
    state.held[person] += facts.planned[task]
    state.tasks_held[person] += 1
    end = state.mine[person]
    if end < 0:
        state.mine[person] = task
        return
    while state.after[end] >= 0:
        end = state.after[end]
    state.after[end] = task


@compiled
def drop(facts: Facts, state: State, task: int, person: int) -> None:
    """Take a task out of this person's buffer."""
    before, at = -1, state.mine[person]
    while at != task:
        before, at = at, state.after[at]
    if before < 0:
        state.mine[person] = state.after[task]
    else:
        state.after[before] = state.after[task]
    state.after[task] = -1


@compiled
def release(facts: Facts, state: State, task: int, person: int) -> None:
    """Give a task back from the buffer to its line, with its age."""
    drop(facts, state, task, person)
    state.held[person] -= facts.planned[task]
    state.tasks_held[person] -= 1
    state.given_at[task], state.given_to[task] = -1, -1
    put(facts, state, task, facts.practice[task])


@compiled
def from_buffer(rule: Rule, facts: Facts, state: State, person: int) -> int:
    """Return what of the buffer comes next: hard bands, then the practice at hand, then as given; or -1."""
    task, best, best_rank = state.mine[person], -1, 99
    worked = facts.practice[state.current[person]] if state.current[person] >= 0 else -1
    while task >= 0:
        band = facts.band[task]
        rank = 2 * min(band, rule.hard + 1) + (band > rule.hard and facts.practice[task] != worked)
        if rank < best_rank:
            best, best_rank = task, rank
        task = state.after[task]
    return best


@compiled
def ahead_of(facts: Facts, state: State, person: int, now: int) -> int:
    """Return the planned minutes a person has in hand: the buffer, and what is left of the current task."""
    if state.free_at[person] <= now:
        return int(state.held[person])
    task = state.current[person]
    return int(state.held[person] + max(facts.planned[task] - (now - state.started[task]), 0))


@compiled
def with_buffer(rule: Rule, facts: Facts, state: State, person: int, now: int, left: int) -> None:
    """One minute of somebody who keeps a buffer: top it up, and start the next when free."""
    free = state.free_at[person] <= now
    if free and rule.urgent == _PULL and state.tally[1] > 0:
        cell = best_cell(rule, facts, state, person, now, left, True)
        if cell >= 0:
            task = take(facts, state, cell, person, now)
            hold(facts, state, task, person)
            drop(facts, state, task, person)
            begin(facts, state, task, person, now)
            return
    ahead = ahead_of(facts, state, person, now)
    while ahead < rule.buffer:
        task = choose(rule, facts, state, person, now, left - ahead)
        if task < 0:
            break
        hold(facts, state, task, person)
        ahead += facts.planned[task]
    while free and state.mine[person] >= 0:
        task = from_buffer(rule, facts, state, person)
        if facts.planned[task] <= left or facts.band[task] == _NOW:
            drop(facts, state, task, person)
            begin(facts, state, task, person, now)
            return
        release(facts, state, task, person)


@compiled
def without_buffer(rule: Rule, facts: Facts, state: State, person: int, now: int, left: int) -> None:
    """One minute of somebody who takes one task at a time, from the queues or from their own list."""
    if state.free_at[person] > now:
        return
    task = choose(rule, facts, state, person, now, left)
    if task >= 0:
        if not rule.push:
            state.held[person] += facts.planned[task]
            state.tasks_held[person] += 1
        begin(facts, state, task, person, now)


@compiled
def owner(rule: Rule, facts: Facts, state: State, task: int, now: int) -> int:
    """Return whom a task is pushed to at arrival: of those due at work today if any may do it."""
    place = facts.practice[task] * facts.variants + facts.variant[task]
    day, minute, people = max(now, 0) // DAY_MINUTES, max(now, 0) % DAY_MINUTES, len(state.held)
    best, best_rank = -1, np.inf
    for at in range(facts.first_able[place], facts.first_able[place + 1]):
        person = facts.able[at]
        if rule.push == _ROUND_ROBIN:
            rank = float((person - state.tally[0] - 1) % people)
        elif rule.push == _FEWEST:
            rank = float(state.tasks_held[person])
        else:
            rank = float(state.held[person])
        if minute >= facts.planned_end[person, day]:
            rank += 1e9
        if rank < best_rank:
            best, best_rank = person, rank
    state.tally[0] = best
    state.held[best] += facts.planned[task]
    state.tasks_held[best] += 1
    return best


@compiled
def push_urgent(rule: Rule, facts: Facts, state: State, now: int) -> None:
    """Give every waiting task of band 1 to the best person at work who may do it."""
    day, minute = now // DAY_MINUTES, now % DAY_MINUTES
    for cell in range(len(state.head)):
        while state.head[cell] >= 0 and facts.band[state.head[cell]] == _NOW:
            best, best_rank = -1, np.inf
            for at in range(facts.first_able[cell], facts.first_able[cell + 1]):
                person = facts.able[at]
                end = facts.planned_end[person, day]
                if minute < facts.start[person, day] or minute >= facts.actual_end[person, day]:
                    continue
                if rule.urgent == _SOONEST:
                    rank = float(wait_for(facts, state, person, now))
                else:
                    rank = float(ahead_of(facts, state, person, now) - (end - minute))
                if rank < best_rank:
                    best, best_rank = person, rank
            if best < 0:
                break
            hold(facts, state, take(facts, state, cell, best, now), best)


@compiled
def wait_for(facts: Facts, state: State, person: int, now: int) -> int:
    """Return the minutes after which this person could likely start one more task of band 1."""
    task, wait = state.mine[person], ahead_of(facts, state, person, now) - state.held[person]
    while task >= 0:
        if facts.band[task] == _NOW:
            wait += facts.planned[task]
        task = state.after[task]
    return int(wait)


@compiled
def run(rule: Rule, facts: Facts, state: State, until: int) -> None:
    """Let the hub work from minute 0 to minute `until`."""
    arrived, people = 0, len(state.held)
    for now in range(until):
        while arrived < len(facts.arrival) and facts.arrival[arrived] <= now:
            group = owner(rule, facts, state, arrived, now) if rule.push else facts.practice[arrived]
            put(facts, state, arrived, group)
            arrived += 1
        day, minute = now // DAY_MINUTES, now % DAY_MINUTES
        if rule.buffer and rule.urgent != _PULL and state.tally[1] > 0:
            push_urgent(rule, facts, state, now)
        for turn in range(people):
            person = (turn + now) % people
            if minute == 0:
                state.free_at[person], state.current[person] = now, -1
            if minute >= facts.actual_end[person, day]:
                while rule.buffer and state.mine[person] >= 0:
                    release(facts, state, state.mine[person], person)
            elif minute >= facts.start[person, day]:
                left = facts.planned_end[person, day] - minute
                if rule.buffer:
                    with_buffer(rule, facts, state, person, now, left)
                else:
                    without_buffer(rule, facts, state, person, now, left)
