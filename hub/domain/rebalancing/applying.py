"""Of a plan that was made a while ago: which moves still hold, which belong together, and the way back."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from hub.domain.rebalancing.plan import Move, Plan
from hub.domain.rebalancing.problem import Person, Problem, Task
from hub.domain.rebalancing.reasons import may_have


@dataclass(frozen=True)
class Now:
    """The present state, looked up by id; made once by `now_of` and asked for each move."""

    problem: Problem
    tasks: dict[int, Task]
    people: dict[int, Person]
    given: dict[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a plan that can stand alone: what was chosen and what had to come with it."""

    moves: tuple[Move, ...]
    added: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """Which moves may be made together now, and why each other one may not."""

    holding: tuple[Move, ...]
    refused: tuple[tuple[Move, str], ...]


def now_of(problem: Problem) -> Now:
    """Return the state of `problem`, ready to be asked."""
    given = {person.id: 0 for person in problem.people}
    for task in problem.tasks:
        if task.person_id is not None:
            given[task.person_id] += task.minutes
    return Now(
        problem, {task.id: task for task in problem.tasks}, {one.id: one for one in problem.people}, given
    )


def still_holds(move: Move, now: Now) -> str | None:
    """Return why this move, by itself, may no longer be made; None if it may."""
    refusal = _refusal(move, now)
    if refusal is None and move.to_id is not None:
        room = now.people[move.to_id].minutes - now.given[move.to_id]
        if now.tasks[move.task_id].minutes > room:
            return _no_room(now, move.to_id)
    return refusal


def settle(moves: Iterable[Move], now: Now) -> Settled:
    """Return which of `moves` may be made together: what leaves a list makes room on it.

    Whoever would get work beyond their minutes keeps the earlier moves; a refused move's
    task stays where it is, which may take the room of another. Nobody is given anything
    that does not fit in the end, and whoever had too much before may still lose some.
    """
    refused = {}
    holding = {}
    for move in moves:
        refusal = _refusal(move, now)
        if refusal is None:
            holding[move.task_id] = move
        else:
            refused[move.task_id] = (move, refusal)
    given, into, _ = _balance(holding.values(), now)
    todo = sorted(into)
    while todo:
        person = todo.pop()
        while into[person] and given[person] > now.people[person].minutes:
            move = into[person].pop()
            del holding[move.task_id]
            refused[move.task_id] = (move, _no_room(now, person))
            given[person] -= now.tasks[move.task_id].minutes
            if move.from_id is not None:
                given[move.from_id] += now.tasks[move.task_id].minutes
                todo.append(move.from_id)
    return Settled(tuple(holding.values()), tuple(refused.values()))


def part_of(plan: Plan, problem: Problem, chosen: Collection[int]) -> Part:
    """Return the plan's moves of the `chosen` tasks, and the fewest of its others, in its order, they need.

    A move into a full list needs one out of it. `problem` is what the plan was made from.
    """
    now = now_of(problem)
    moves = {move.task_id: move for move in plan.moves if move.task_id in chosen}
    added = {}
    given, into, _ = _balance(moves.values(), now)
    _, _, away = _balance((move for move in plan.moves if move.task_id not in moves), now)
    todo = sorted(into)
    while todo:
        person = todo.pop()
        while into[person] and given[person] > now.people[person].minutes:
            move = away[person].pop(0)
            added[move.task_id] = move
            given[person] -= move.minutes
            if move.to_id is not None:
                given[move.to_id] += move.minutes
                into[move.to_id].append(move)
                todo.append(move.to_id)
    return Part(
        tuple(one for one in plan.moves if one.task_id in moves or one.task_id in added),
        tuple(added.values()),
    )


def back(move: Move) -> Move:
    """Return the move that undoes `move`."""
    reason = "It undoes a move of a plan."
    return replace(move, from_id=move.to_id, to_id=move.from_id, breaks_continuity=False, reasons=(reason,))


def _balance(
    moves: Iterable[Move], now: Now
) -> tuple[dict[int, int], defaultdict[int, list[Move]], defaultdict[int, list[Move]]]:
    """Return each person's minutes after `moves`, and the moves into and out of each list."""
    given = dict(now.given)
    into: defaultdict[int, list[Move]] = defaultdict(list)
    away: defaultdict[int, list[Move]] = defaultdict(list)
    for move in moves:
        minutes = now.tasks[move.task_id].minutes
        if move.from_id is not None:
            given[move.from_id] -= minutes
            away[move.from_id].append(move)
        if move.to_id is not None:
            given[move.to_id] += minutes
            into[move.to_id].append(move)
    return given, into, away


def _refusal(move: Move, now: Now) -> str | None:
    """Say what but minutes stands against the move."""
    task = now.tasks.get(move.task_id)
    if task is None:
        return "It is no longer open."
    if task.frozen:
        return "It has been started, pinned or held since."
    if task.person_id != move.from_id:
        if task.person_id is None:
            return "It has gone back to its queue since."
        return f"It has gone to {now.people[task.person_id].name} since."
    if move.to_id is None:
        return None
    person = now.people.get(move.to_id)
    if person is None:
        return "The person it would go to is no longer at work."
    if not may_have(now.problem, task, person.id):
        return f"{person.name} may not do it."
    return None


def _no_room(now: Now, person_id: int) -> str:
    return f"{now.people[person_id].name} no longer has the minutes for it."
