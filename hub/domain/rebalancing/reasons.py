"""Why each move, and why each task left undone, in sentences that a lead can read."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.domain.order import ONE_DAY
from hub.domain.rebalancing.outlook import Load, Outlook, Where
from hub.domain.rebalancing.plan import Move, Undone
from hub.domain.rebalancing.problem import Person, Problem, Task


@dataclass(frozen=True, slots=True)
class _Case:
    """What the sentences draw on."""

    problem: Problem
    people: dict[int, Person]
    before: dict[int, Load]
    after: dict[int, Load]
    receiving: frozenset[int]
    most: dict[tuple[int, frozenset[int]], tuple[int | None, int | None]] = field(default_factory=dict)

    def most_minutes(self, task: Task) -> tuple[int | None, int | None]:
        """Return the most minutes that one who may do it has beside frozen work, and free in the end.

        Tasks of a group share the answer; (None, None) if nobody may.
        """
        alike = task.group, task.not_for
        if alike not in self.most:
            able = [one for one in self.people if may_have(self.problem, task, one)]
            self.most[alike] = (
                max((self.after[one].minutes - self.after[one].frozen for one in able), default=None),
                max((self.after[one].minutes - self.after[one].given for one in able), default=None),
            )
        return self.most[alike]


def explained(problem: Problem, where: Where, before: Outlook, after: Outlook) -> tuple[Move, ...]:
    """Return the moves from where work is to `where`, each with its reasons, by task."""
    changed = [task for task in problem.tasks if where[task.id] != task.person_id]
    case = _case(problem, before, after, (where[task.id] for task in changed))
    return tuple(_move(case, task, where[task.id]) for task in changed)


def undone_with_reasons(
    problem: Problem, where: Where, before: Outlook, after: Outlook
) -> tuple[Undone, ...]:
    """Return the tasks that `where` leaves to nobody, each with the reason, by task."""
    case = _case(problem, before, after, ())
    return tuple(
        Undone(task.id, task.minutes, _why_undone(case, task))
        for task in problem.tasks
        if where[task.id] is None
    )


def knows(person: Person, task: Task) -> int:
    """Return 2 if the person worked for the task's patient lately, 1 if for its practice, else 0."""
    if task.patient_id is not None and task.patient_id in person.patients:
        return 2
    return int(task.practice_id in person.practices)


def may_have(problem: Problem, task: Task, person_id: int) -> bool:
    """Say whether the rules let this person have this task; minutes are another matter."""
    return person_id in problem.able[task.group] and person_id not in task.not_for


def _case(problem: Problem, before: Outlook, after: Outlook, receivers: Iterable[int | None]) -> _Case:
    return _Case(
        problem,
        {person.id: person for person in problem.people},
        {load.person_id: load for load in before.loads},
        {load.person_id: load for load in after.loads},
        frozenset(one for one in receivers if one is not None),
    )


def _move(case: _Case, task: Task, to_id: int | None) -> Move:
    giver = None if task.person_id is None else case.people[task.person_id]
    taker = None if to_id is None else case.people[to_id]
    broken = giver is not None and knows(giver, task) > (0 if taker is None else knows(taker, task))
    reasons = [_why_away(case, task, giver, taker)]
    if taker is None:
        reasons.append(_why_undone(case, task))
    else:
        reasons.extend(_why_there(case, task, giver, taker))
    return Move(task.id, task.person_id, to_id, task.minutes, broken, tuple(reasons))


def _why_away(case: _Case, task: Task, giver: Person | None, taker: Person | None) -> str:
    if giver is None:
        return f"It is on nobody's list. {_left_there(task)}"
    if not may_have(case.problem, task, giver.id):
        return f"{giver.name} may not do it."
    load = case.before[giver.id]
    if giver.minutes - load.frozen < task.minutes:
        left = max(0, giver.minutes - load.frozen)
        return f"{giver.name} has {left} minutes beside what stays with them, and it needs {task.minutes}."
    if load.over:
        return f"{giver.name} has {load.given} minutes of work and {load.minutes} minutes for it."
    if taker is not None and knows(taker, task) > knows(giver, task):
        return f"{giver.name} has not worked for this {_whom(taker, task)} lately."
    if giver.id in case.receiving:
        return f"It makes room on {giver.name}'s list for other work of this plan."
    return f"{giver.name} has {load.given} minutes of work and {load.minutes} minutes for it."


def _left_there(task: Task) -> str:
    """Say what becomes of a task that stays with nobody today: never that something is impossible or sure.

    A plan knows what is left of today's shifts and nothing of tomorrow's, so it says no more than that.
    """
    if task.slack_minutes + task.minutes < 0:
        return "It is overdue already."
    if task.breach_chance > 0.99 and task.slack_minutes <= ONE_DAY:
        return (
            "Left there nobody would do it in what is left of today's shifts, and it has a working day or "
            "less to spare. Tomorrow's shifts are not in this plan."
        )
    if task.breach_chance > 0.99:
        return "Left there it would be late, says the forecast, in more than 99 of 100 cases."
    if task.breach_chance < 0.01:
        return "Left there it would hardly be late, but somebody has time for it today."
    return f"Left there it would be late in about {round(100 * task.breach_chance)} of 100 cases."


def _why_there(case: _Case, task: Task, giver: Person | None, taker: Person) -> Iterable[str]:
    load = case.after[taker.id]
    yield f"{taker.name} may do it; this plan gives out {load.given} of their {load.minutes} minutes."
    if knows(taker, task):
        yield f"{taker.name} worked for this {_whom(taker, task)} lately."
    elif giver is not None and knows(giver, task):
        yield f"{giver.name} worked for this {_whom(giver, task)} lately; {taker.name} did not."


def _whom(person: Person, task: Task) -> str:
    return "patient" if knows(person, task) == 2 else "practice"


def _why_undone(case: _Case, task: Task) -> str:
    if task.frozen:
        return "It is held where it is, so the plan leaves it there."
    beside_frozen, after = case.most_minutes(task)
    if beside_frozen is None or after is None:
        return "Nobody here may do it."
    if beside_frozen < task.minutes:
        return (
            f"It needs {task.minutes} minutes; of those who may do it nobody has more than "
            f"{max(0, beside_frozen)} beside work that stays with them."
        )
    if after < task.minutes:
        return f"Those who may do it have other work: none of them has {task.minutes} minutes left."
    return (
        "It is worth less than a move, or than giving it to someone who knows neither patient nor practice."
    )
