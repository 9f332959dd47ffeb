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
    band = facts.tasks[task].band
    if rule.order == _FIFO:
        return 0.0, 0.0, 0.0
    if rule.order == _STRICT:
        return float(band), 0.0, 0.0
    if rule.order == _EDD:
        return float(facts.tasks[task].due), 0.0, 0.0
    if rule.order == _BANDS_EDD:
        return float(band), float(facts.tasks[task].due), 0.0
    if rule.order == _CMU:
        return -facts.tasks[task].base, 0.0, 0.0
    if rule.promote and band > _TOMORROW and facts.tasks[task].deadline - now < DAY_MINUTES:
        band = _TOMORROW
    if band <= rule.hard:
        return float(band), float(facts.tasks[task].deadline), float(facts.tasks[task].due)
    slack = max(facts.tasks[task].latest - now, 0)
    index = facts.tasks[task].base - slack / facts.tasks[task].pace + (rule.same if same else 0.0)
    return float(rule.hard + 1), -index, 0.0


@compiled
def put(facts: Facts, state: State, task: int, group: int) -> None:
    """Stand the task in its line, by age."""
    cell = group * facts.variants + facts.tasks[task].variant
    state.tally[1] += facts.tasks[task].band == _NOW
    before = -1
    if state.lines[cell].tail >= 0 and state.lines[cell].tail < task:
        before = state.lines[cell].tail
    else:
        ahead = state.lines[cell].head
        while ahead >= 0 and ahead < task:
            before, ahead = ahead, state.tasks[ahead].after
    state.tasks[task].after = state.lines[cell].head if before < 0 else state.tasks[before].after
    if before < 0:
        state.lines[cell].head = task
    else:
        state.tasks[before].after = task
    if state.tasks[task].after < 0:
        state.lines[cell].tail = task


@compiled
def take(facts: Facts, state: State, cell: int, person: int, now: int) -> int:
    """Take the head of a line for a person and return it."""
    task = state.lines[cell].head
    state.lines[cell].head = state.tasks[task].after
    if state.lines[cell].head < 0:
        state.lines[cell].tail = -1
    state.tasks[task].after = -1
    state.tally[1] -= facts.tasks[task].band == _NOW
    state.tasks[task].given_at, state.tasks[task].given_to = now, person
    state.tasks[task].follows = facts.tasks[task].practice == state.people[person].last
    state.people[person].last = facts.tasks[task].practice
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
        task = state.lines[cell].head
        if task < 0:
            continue
        if facts.tasks[task].band != _NOW and (only_now or facts.tasks[task].planned > left):
            continue
        found = key(rule, facts, task, now, facts.tasks[task].practice == state.people[person].last)
        if found < best_key or (found == best_key and task < best_task):
            best, best_task, best_key = cell, task, found
    return best


@compiled
def overdue_cell(rule: Rule, facts: Facts, state: State, person: int, now: int, left: int) -> int:
    """Return the line whose head is longest overdue of what is past its age ceiling and fits, or -1."""
    best, longest = -1, -1
    for place in range(facts.first_cell[person], facts.first_cell[person + 1]):
        cell = facts.cells[place]
        task = state.lines[cell].head
        if task < 0 or facts.tasks[task].planned > left:
            continue
        late = now - facts.tasks[task].due
        if late > longest and late > (rule.ceiling - 1.0) * facts.tasks[task].target:
            best, longest = cell, late
    return best


@compiled
def choose(rule: Rule, facts: Facts, state: State, person: int, now: int, left: int) -> int:
    """Take what this person is to do next and return it, or -1; the reserve comes before the order."""
    cell = -1
    if rule.reserve > 0.0 and state.credit[0] > 0.0 and state.tally[1] == 0:
        cell = overdue_cell(rule, facts, state, person, now, left)
        if cell >= 0:
            state.credit[0] -= facts.tasks[state.lines[cell].head].planned
    if cell < 0:
        cell = best_cell(rule, facts, state, person, now, left, False)
    if cell < 0:
        return -1
    task = take(facts, state, cell, person, now)
    state.credit[0] = min(state.credit[0] + rule.reserve * facts.tasks[task].planned, _MOST_CREDIT)
    return task


@compiled
def begin(facts: Facts, state: State, task: int, person: int, now: int) -> None:
    """Start a task that is in this person's hands."""
    state.tasks[task].started, state.tasks[task].done = now, now + facts.tasks[task].actual
    state.people[person].free_at, state.people[person].current = state.tasks[task].done, task
    state.people[person].held -= facts.tasks[task].planned
    state.people[person].tasks_held -= 1


@compiled
def hold(facts: Facts, state: State, task: int, person: int) -> None:
    """Add a task to the end of this person's buffer."""
    state.people[person].held += facts.tasks[task].planned
    state.people[person].tasks_held += 1
    end = state.people[person].mine
    if end < 0:
        state.people[person].mine = task
        return
    while state.tasks[end].after >= 0:
        end = state.tasks[end].after
    state.tasks[end].after = task


@compiled
def drop(facts: Facts, state: State, task: int, person: int) -> None:
    """Take a task out of this person's buffer."""
    before, at = -1, state.people[person].mine
    while at != task:
        before, at = at, state.tasks[at].after
    if before < 0:
        state.people[person].mine = state.tasks[task].after
    else:
        state.tasks[before].after = state.tasks[task].after
    state.tasks[task].after = -1


@compiled
def release(facts: Facts, state: State, task: int, person: int) -> None:
    """Give a task back from the buffer to its line, with its age."""
    drop(facts, state, task, person)
    state.people[person].held -= facts.tasks[task].planned
    state.people[person].tasks_held -= 1
    state.tasks[task].given_at, state.tasks[task].given_to = -1, -1
    put(facts, state, task, facts.tasks[task].practice)


@compiled
def from_buffer(rule: Rule, facts: Facts, state: State, person: int) -> int:
    """Return what of the buffer comes next: hard bands, then the practice at hand, then as given; or -1."""
    task, best, best_rank = state.people[person].mine, -1, 99
    worked = facts.tasks[state.people[person].current].practice if state.people[person].current >= 0 else -1
    while task >= 0:
        band = facts.tasks[task].band
        rank = 2 * min(band, rule.hard + 1) + (band > rule.hard and facts.tasks[task].practice != worked)
        if rank < best_rank:
            best, best_rank = task, rank
        task = state.tasks[task].after
    return best


@compiled
def ahead_of(facts: Facts, state: State, person: int, now: int) -> int:
    """Return the planned minutes a person has in hand: the buffer, and what is left of the current task."""
    if state.people[person].free_at <= now:
        return int(state.people[person].held)
    task = state.people[person].current
    return int(
        state.people[person].held + max(facts.tasks[task].planned - (now - state.tasks[task].started), 0)
    )


@compiled
def with_buffer(rule: Rule, facts: Facts, state: State, person: int, now: int, left: int) -> None:
    """One minute of somebody who keeps a buffer: top it up, and start the next when free."""
    free = state.people[person].free_at <= now
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
        ahead += facts.tasks[task].planned
    while free and state.people[person].mine >= 0:
        task = from_buffer(rule, facts, state, person)
        if facts.tasks[task].planned <= left or facts.tasks[task].band == _NOW:
            drop(facts, state, task, person)
            begin(facts, state, task, person, now)
            return
        release(facts, state, task, person)


@compiled
def without_buffer(rule: Rule, facts: Facts, state: State, person: int, now: int, left: int) -> None:
    """One minute of somebody who takes one task at a time, from the queues or from their own list."""
    if state.people[person].free_at > now:
        return
    task = choose(rule, facts, state, person, now, left)
    if task >= 0:
        if not rule.push:
            state.people[person].held += facts.tasks[task].planned
            state.people[person].tasks_held += 1
        begin(facts, state, task, person, now)


@compiled
def owner(rule: Rule, facts: Facts, state: State, task: int, now: int) -> int:
    """Return whom a task is pushed to at arrival: of those due at work today if any may do it."""
    place = facts.tasks[task].practice * facts.variants + facts.tasks[task].variant
    day, minute, people = max(now, 0) // DAY_MINUTES, max(now, 0) % DAY_MINUTES, len(state.people)
    best, best_rank = -1, np.inf
    for at in range(facts.first_able[place], facts.first_able[place + 1]):
        person = facts.able[at]
        if rule.push == _ROUND_ROBIN:
            rank = float((person - state.tally[0] - 1) % people)
        elif rule.push == _FEWEST:
            rank = float(state.people[person].tasks_held)
        else:
            rank = float(state.people[person].held)
        if minute >= facts.shifts[person, day].planned_end:
            rank += 1e9
        if rank < best_rank:
            best, best_rank = person, rank
    state.tally[0] = best
    state.people[best].held += facts.tasks[task].planned
    state.people[best].tasks_held += 1
    return best


@compiled
def push_urgent(rule: Rule, facts: Facts, state: State, now: int) -> None:
    """Give every waiting task of band 1 to the best person at work who may do it."""
    day, minute = now // DAY_MINUTES, now % DAY_MINUTES
    for cell in range(len(state.lines)):
        while state.lines[cell].head >= 0 and facts.tasks[state.lines[cell].head].band == _NOW:
            best, best_rank = -1, np.inf
            for at in range(facts.first_able[cell], facts.first_able[cell + 1]):
                person = facts.able[at]
                end = facts.shifts[person, day].planned_end
                if minute < facts.shifts[person, day].start or minute >= facts.shifts[person, day].actual_end:
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
    task, wait = state.people[person].mine, ahead_of(facts, state, person, now) - state.people[person].held
    while task >= 0:
        if facts.tasks[task].band == _NOW:
            wait += facts.tasks[task].planned
        task = state.tasks[task].after
    return int(wait)


@compiled
def run(rule: Rule, facts: Facts, state: State, until: int) -> None:
    """Let the hub work from minute 0 to minute `until`."""
    arrived, people = 0, len(state.people)
    for now in range(until):
        while arrived < len(facts.tasks) and facts.tasks[arrived].arrival <= now:
            group = owner(rule, facts, state, arrived, now) if rule.push else facts.tasks[arrived].practice
            put(facts, state, arrived, group)
            arrived += 1
        day, minute = now // DAY_MINUTES, now % DAY_MINUTES
        if rule.buffer and rule.urgent != _PULL and state.tally[1] > 0:
            push_urgent(rule, facts, state, now)
        for turn in range(people):
            person = (turn + now) % people
            if minute == 0:
                state.people[person].free_at, state.people[person].current = now, -1
            if minute >= facts.shifts[person, day].actual_end:
                while rule.buffer and state.people[person].mine >= 0:
                    release(facts, state, state.people[person].mine, person)
            elif minute >= facts.shifts[person, day].start:
                left = facts.shifts[person, day].planned_end - minute
                if rule.buffer:
                    with_buffer(rule, facts, state, person, now, left)
                else:
                    without_buffer(rule, facts, state, person, now, left)
