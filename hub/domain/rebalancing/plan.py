"""What a plan says: moves with their reasons, what stays undone, before and after, and how good it is."""

from dataclasses import dataclass, replace

from hub.domain.rebalancing.outlook import Outlook
from hub.domain.rebalancing.problem import Problem

# Costs per minute round down in the bound: less than this is no difference.
_ROUNDING = 0.01


@dataclass(frozen=True, slots=True)
class Move:
    """One task from one person to another; `from_id` or `to_id` is None where it is in its queue.

    `minutes` are the task's. `breaks_continuity` says that who had it knew the patient or
    practice better than who gets it. `reasons` are sentences for the lead.
    """

    task_id: int
    from_id: int | None
    to_id: int | None
    minutes: int
    breaks_continuity: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Undone:
    """A task that the plan leaves to nobody, and why, in a sentence."""

    task_id: int
    minutes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan.

    `cost` and `bound` are in price units: no plan can cost less than `bound`, and
    `gap` = (cost - bound) / bound is how far from it this one may be, None where the
    bound is 0 and the cost is not. `greedy_cost` is that of taking the most valuable minutes
    first; `left` is the share of its excess over the bound that this plan still has, None
    where it has none. Both figures are independent of anything that costs all choices alike.
    """

    moves: tuple[Move, ...]
    undone: tuple[Undone, ...]
    before: Outlook
    after: Outlook
    continuity_broken: int
    cost: float
    bound: float
    greedy_cost: float

    @property
    def gap(self) -> float | None:
        """How much dearer than the bound, as a share of the bound."""
        excess = self.cost - self.bound
        if self.bound > 0:
            return excess / self.bound
        return 0.0 if excess <= 0 else None

    @property
    def left(self) -> float | None:
        """What share of greedy's excess over the bound is left."""
        excess = self.greedy_cost - self.bound
        return (self.cost - self.bound) / excess if excess > _ROUNDING else None


def moved(problem: Problem, moves: tuple[Move, ...]) -> Problem:
    """Return the problem as it stands once `moves` are made.

    Raises:
        ValueError: a move names a task that is frozen, elsewhere, or not there.
    """
    by_task = {move.task_id: move for move in moves}
    for task in problem.tasks:
        move = by_task.get(task.id)
        if move and (task.frozen or task.person_id != move.from_id):
            raise ValueError(f"Task {task.id} is frozen or no longer where the plan saw it.")
    gone = by_task.keys() - {task.id for task in problem.tasks}
    if gone:
        raise ValueError(f"Task {min(gone)} is not there.")
    tasks = tuple(
        replace(task, person_id=by_task[task.id].to_id) if task.id in by_task else task
        for task in problem.tasks
    )
    return replace(problem, tasks=tasks)
