"""What a rebalancing plan starts from: tasks, people, who may do what, and the prices.

Plain values in, checked once; nothing heavy is imported here, so pages may.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Task:
    """One open task as a plan sees it.

    `weight` is its band's (more is more important); `breach_chance` (0 to 1) is predicted
    for when nobody does it in the time planned; `slack_minutes` are the working minutes
    from now to its due time, below 0 when late. `group` is an index into `Problem.able`:
    tasks that the same people may do share one. `rank` is its place in the hub's order,
    lowest first. A `frozen` task was started or pinned: it stays where it is. `not_for`
    are people who may not have it, whatever its group (they gave it back).
    """

    id: int
    minutes: int
    weight: float
    breach_chance: float
    slack_minutes: int
    group: int
    practice_id: int
    patient_id: int | None = None
    person_id: int | None = None
    frozen: bool = False
    rank: int = 0
    not_for: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Person:
    """One clinician: the minutes they have for tasks, and whom they know.

    `minutes` counts all that the plan may fill, work that they hold already included.
    `starts_in` are the working minutes until they begin. `practices` and `patients` are
    those they worked for lately; giving them that work keeps its continuity.
    """

    id: int
    name: str
    minutes: int
    starts_in: int = 0
    practices: frozenset[int] = frozenset()
    patients: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Prices:
    """What a plan weighs against each other, in one unit.

    Leaving a task undone costs `undone x weight x (floor + breach chance)`. Giving it to
    someone who knows neither patient nor practice costs `stranger`; to someone who knows
    the practice only, while another may do it who knows the patient, `practice_only`.
    Changing where a task is costs `move`, so that only worthwhile moves are proposed.
    """

    undone: float = 60.0
    floor: float = 0.15
    stranger: float = 8.0
    practice_only: float = 4.0
    move: float = 5.0

    def __post_init__(self) -> None:
        """Refuse prices under which a plan would make no sense."""
        if min(self.undone, self.floor, self.practice_only, self.move) < 0:
            raise ValueError("A price is never below 0.")
        if self.practice_only > self.stranger:
            raise ValueError("Knowing the practice cannot cost more than knowing neither.")


@dataclass(frozen=True, slots=True)
class Problem:
    """All that one plan is made from; the same for any order in which it was put together.

    `able[group]` are the ids of the people who may do the tasks of that group by every
    hard rule. Tasks and people are kept in the order of their ids.

    Raises:
        ValueError: an id stands twice, a task names a group or person there is none of,
            or a number is out of range; the sentence names the task or person.
    """

    tasks: tuple[Task, ...]
    people: tuple[Person, ...]
    able: tuple[frozenset[int], ...]
    prices: Prices = field(default_factory=Prices)

    def __post_init__(self) -> None:
        """Put it in order and check it."""
        object.__setattr__(self, "tasks", tuple(sorted(self.tasks, key=lambda task: task.id)))
        object.__setattr__(self, "people", tuple(sorted(self.people, key=lambda person: person.id)))
        _once("task", (task.id for task in self.tasks))
        _once("person", (person.id for person in self.people))
        known = {person.id for person in self.people}
        for task in self.tasks:
            _check_task(task, known, len(self.able))
        for person in self.people:
            if person.minutes < 0 or person.starts_in < 0:
                raise ValueError(f"Person {person.id}: minutes are never below 0.")


def frozen_minutes(problem: Problem) -> dict[int, int]:
    """Return, for each person, the minutes of started and pinned work that stays with them."""
    found = {person.id: 0 for person in problem.people}
    for task in problem.tasks:
        if task.frozen and task.person_id is not None:
            found[task.person_id] += task.minutes
    return found


def _once(word: str, ids: Iterable[int]) -> None:
    last: int | None = None
    for one in ids:
        if one == last:
            raise ValueError(f"The {word} {one} stands twice.")
        last = one


def _check_task(task: Task, people: set[int], groups: int) -> None:
    where = f"Task {task.id}"
    if task.minutes < 1:
        raise ValueError(f"{where}: it needs at least one minute.")
    if not 0 <= task.breach_chance <= 1:
        raise ValueError(f"{where}: a chance lies between 0 and 1.")
    if task.weight < 0:
        raise ValueError(f"{where}: a weight is never below 0.")
    if not 0 <= task.group < groups:
        raise ValueError(f"{where}: there is no group {task.group}.")
    if task.person_id is not None and task.person_id not in people:
        raise ValueError(f"{where}: there is no person {task.person_id}.")
