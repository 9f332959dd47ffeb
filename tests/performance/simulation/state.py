"""What the compiled loops read and write.

Few arrays of records rather than many arrays of numbers: what numba compiles grows with the number of
arrays that are handed on.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.performance.simulation.world import Ints

Records = NDArray[Any]

# `target` is what counts in the index, `base` ln(weight / minutes), `pace` lookahead x target; from minute
# `latest` on no slack is left.
TASK = np.dtype(
    [(name, np.int64) for name in (
        "arrival", "band", "target", "due", "deadline", "planned", "actual", "practice", "variant", "latest",
    )] + [("base", np.float64), ("pace", np.float64)]
)  # fmt: skip
SHIFT = np.dtype([(name, np.int64) for name in ("start", "planned_end", "actual_end")])
# -1: not yet. `after` chains the tasks of one line or of one person's buffer.
PROGRESS = np.dtype(
    [(name, np.int64) for name in ("given_at", "given_to", "started", "done", "follows", "after")]
)
LINE = np.dtype([("head", np.int64), ("tail", np.int64)])
# `mine` is the head of their buffer, `last` the practice of the task taken last, `held` minutes.
PERSON = np.dtype([(name, np.int64) for name in ("mine", "free_at", "current", "last", "held", "tasks_held")])


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
    """What the world is: TASK records, and SHIFT records of people x days.

    `cells` lists the cells open to each person, from `first_cell[person]`; `able` the people for each
    practice x variant, from `first_able`.
    """

    tasks: Records
    first_cell: Ints
    cells: Ints
    first_able: Ints
    able: Ints
    shifts: Records
    variants: int


class State(NamedTuple):
    """What has happened: PROGRESS per task, LINE per cell, PERSON per person.

    `tally`: 0 whose turn it is, 1 how many of band 1 wait; `credit[0]`: minutes of the reserve.
    """

    tasks: Records
    lines: Records
    people: Records
    tally: Ints
    credit: NDArray[np.float64]

    @property
    def started(self) -> Ints:
        """When each task was begun."""
        return self._of_tasks("started")

    @property
    def done(self) -> Ints:
        """When each task is done; of one under way at the end, later than that."""
        return self._of_tasks("done")

    @property
    def given_to(self) -> Ints:
        """Whose each task is."""
        return self._of_tasks("given_to")

    @property
    def follows(self) -> Ints:
        """Whether each was taken after one of the same practice."""
        return self._of_tasks("follows")

    def _of_tasks(self, name: str) -> Ints:
        found: Ints = self.tasks[name]
        return found
