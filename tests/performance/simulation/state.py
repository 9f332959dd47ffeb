"""What the compiled loops read and write, as tuples of arrays."""

from typing import NamedTuple

from tests.performance.simulation.world import Floats, Ints


class Rule(NamedTuple):
    """A policy as numbers; `same` is a logarithm."""

    order: int
    push: int
    hard: int
    same: float
    buffer: int
    urgent: int
    reserve: float
    ceiling: float
    promote: int


class Facts(NamedTuple):
    """What the world is, as arrays; `target` is what counts in the index.

    `base` is ln(weight / minutes), `pace` lookahead x target; from minute `latest` on no slack is left.
    `cells` lists the cells open to each person, from `first_cell[person]`; `able` the people for each
    practice x variant, from `first_able`.
    """

    arrival: Ints
    band: Ints
    target: Ints
    due: Ints
    deadline: Ints
    planned: Ints
    actual: Ints
    practice: Ints
    variant: Ints
    base: Floats
    pace: Floats
    latest: Ints
    first_cell: Ints
    cells: Ints
    first_able: Ints
    able: Ints
    start: Ints
    planned_end: Ints
    actual_end: Ints
    variants: int


class State(NamedTuple):
    """What has happened. Per task: `given_at`, `given_to`, `started`, `done` (-1: not yet), `follows`.

    `after` chains the tasks of one cell (`head`, `tail`) or of one person's buffer (`mine`). Per person:
    `free_at`, `current`, `last` (practice of the task taken last), `held` minutes and `tasks_held`.
    `tally`: 0 whose turn it is, 1 how many of band 1 wait; `credit[0]`: minutes of the reserve.
    """

    given_at: Ints
    given_to: Ints
    started: Ints
    done: Ints
    follows: Ints
    after: Ints
    head: Ints
    tail: Ints
    mine: Ints
    free_at: Ints
    current: Ints
    last: Ints
    held: Ints
    tasks_held: Ints
    tally: Ints
    credit: Floats
