"""What an arrangement of the work leads to: minutes, overrun, and breaches to expect.

A breach is predicted from a task's place in time: when the work before it on the same
list will be done, against its due time.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from hub.domain.rebalancing.problem import Person, Problem, Task, frozen_minutes

# How far real minutes stray from planned ones, as a share of them: the spread that the
# simulations use (lognormal, 0.45). Errors of one list's tasks count as independent.
SPREAD = 0.45

Where = Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class Load:
    """One person's minutes: what they have for tasks, what is on them, and what of it is frozen."""

    person_id: int
    minutes: int
    given: int
    frozen: int

    @property
    def over(self) -> int:
        """Minutes of work beyond the minutes they have."""
        return max(0, self.given - self.minutes)


@dataclass(frozen=True, slots=True)
class Outlook:
    """All people's minutes, and what is to be expected of them.

    `given + undone` is the same before and after any plan. `overrun` counts minutes on
    people who do not have them; `breaches` is the expected number of breaches.
    """

    loads: tuple[Load, ...]
    given: int
    undone: int
    overrun: int
    breaches: float


def arrangement(problem: Problem) -> dict[int, int | None]:
    """Return who has each task now, by its id."""
    return {task.id: task.person_id for task in problem.tasks}


def outlook(problem: Problem, where: Where) -> Outlook:
    """Return what follows if each task is with `where[task.id]`, None for nobody."""
    lists: dict[int, list[Task]] = {person.id: [] for person in problem.people}
    nobodys: list[Task] = []
    for task in problem.tasks:
        at = where[task.id]
        (nobodys if at is None else lists[at]).append(task)
    frozen = frozen_minutes(problem)
    loads = tuple(
        Load(one.id, one.minutes, sum(task.minutes for task in lists[one.id]), frozen[one.id])
        for one in problem.people
    )
    breaches = [task.breach_chance for task in nobodys]
    breaches += [_breaches(person, lists[person.id]) for person in problem.people]
    return Outlook(
        loads,
        given=sum(load.given for load in loads),
        undone=sum(task.minutes for task in nobodys),
        overrun=sum(load.over for load in loads),
        breaches=round(math.fsum(breaches), 6),
    )


def _breaches(person: Person, tasks: list[Task]) -> float:
    """Return the expected breaches of one list, worked in order: what runs past its end is not done."""
    ready, spread, found = 0, 0.0, 0.0
    for task in sorted(tasks, key=lambda each: (not each.frozen, each.rank, each.id)):
        ready += task.minutes
        spread += (SPREAD * task.minutes) ** 2
        if ready > person.minutes:
            found += task.breach_chance
        else:
            found += late_chance(task.slack_minutes, person.starts_in + ready, math.sqrt(spread))
    return found


def late_chance(slack: int, ready: int, spread: float) -> float:
    """Return the chance that work ready at minute `ready`, give or take `spread`, is later than `slack`."""
    return 0.5 * math.erfc((slack - ready) / (spread * math.sqrt(2)))
