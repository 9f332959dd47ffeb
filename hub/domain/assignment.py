"""Who gets which waiting task next? Late binding: work stays in its queue until someone is ready.

Everyone at work is kept topped up with a small buffer of minutes, in the one order
that the queue, "Next task" and the worklist share. Band 1 is given at once.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hub.domain.eligibility import Person, may_do, may_ever_do, nobody_words, standing_refusals
from hub.domain.policy import Policy
from hub.domain.promises import BAND_WORDS, local_day, when_words
from hub.domain.routing import Needs
from hub.domain.vocabulary import Band

GIVEN_BACK = "Everyone who may do this has just given it back."


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task in its queue.

    `held`: a lead holds its practice, so nobody is given it. `excluded_ids` are the
    people it must not go back to now (they just released it, or let it lie).
    """

    id: int
    needs: Needs
    band: Band
    deadline_at: datetime | None
    working_due_at: datetime | None
    due_at: datetime
    raised_at: datetime
    patient_id: int | None
    practice_id: int
    held: bool = False
    excluded_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Worklist:
    """Someone's list as it stands: planned minutes on it, and for whom that work is.

    `bound_minutes` is what counts here; `person.bound_minutes` is not read.
    """

    person: Person
    bound_minutes: int = 0
    practices: frozenset[int] = frozenset()
    patients: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """One task for one person, with the sentences of "why me?"."""

    task_id: int
    person_id: int
    reasons: tuple[str, ...]


OrderKey = tuple[int, bool, datetime, datetime, datetime, int]


def order_key(waiting: Waiting) -> OrderKey:
    """Return what tasks are sorted by: band, hard deadline (none last), due, oldest raised, id.

    In SQL: `band, deadline_at NULLS LAST, due_at, raised_at, id`.
    """
    deadline = waiting.deadline_at
    return (
        int(waiting.band),
        deadline is None,
        waiting.due_at if deadline is None else deadline,
        waiting.due_at,
        waiting.raised_at,
        waiting.id,
    )


def top_up(
    worklists: Iterable[Worklist], waiting: Iterable[Waiting], policy: Policy, today: date
) -> list[Choice]:
    """Return who is to be given what now, in the order in which it is to be done.

    Band 1 first: each task goes at once to the person at work who may do it and has most
    minutes free; neither the buffer nor the end of the shift holds it back. Then
    whoever has least on the list takes the first task in order that they may do and
    that fits into the minutes left, until their list holds the policy's buffer or nothing is left
    for them. Among near equals (same band, same day of the hard deadline or else of the
    due time) the same patient goes first, then the same practice.

    Held tasks and people not at work are left out. The answer does not depend on the
    order of the input.
    """
    line = _Line(waiting)
    hands = [_Hand(worklist, today) for worklist in worklists if worklist.person.at_work]
    return [*_push(line, hands), *_fill(line, hands, policy.buffer_minutes)]


def next_for(worklist: Worklist, waiting: Iterable[Waiting], today: date) -> Choice | None:
    """Return the task "Next task" gives to this person, by the same order and rules, or None.

    The buffer is not asked: whoever presses the button wants one more.
    """
    if not worklist.person.at_work:
        return None
    line, hand = _Line(waiting), _Hand(worklist, today)
    found = line.next_index(hand)
    return None if found is None else line.give(found, hand)


def unplaceable(waiting: Waiting, people: Sequence[Person], today: date) -> str | None:
    """Say why nobody in the hub could ever do this task, or None if someone could.

    Only hard rungs count, whoever is at work. The sentence names the first rung of
    the ladder at which nobody is left.
    """
    needs = waiting.needs
    # Those it must not go back to are asked last: the first of the others settles it.
    for person in sorted(people, key=lambda person: person.id in waiting.excluded_ids):
        if may_ever_do(person, needs, today=today):
            given_back = person.id in waiting.excluded_ids
            return GIVEN_BACK if given_back else None
    left = [{refusal.rung for refusal in standing_refusals(person, needs, today=today)} for person in people]
    for rung, sentence in nobody_words(needs).items():
        left = [refused for refused in left if rung not in refused]
        if not left:
            return sentence
    raise AssertionError("A hard rung refuses but has no sentence.")


def lacks_somebody(why: str, needs: Needs) -> bool:
    """Say whether `why` is a sentence by which `unplaceable` says that a hard rung leaves nobody."""
    return why in nobody_words(needs).values()


class _Hand:
    """One person while work is given out: what they hold by now, and how far down the line they looked."""

    def __init__(self, worklist: Worklist, today: date) -> None:
        self.person = worklist.person
        self.bound = worklist.bound_minutes
        self.practices = set(worklist.practices)
        self.patients = set(worklist.patients)
        self.looked = 0
        self._today = today
        self._may: dict[int, bool] = {}

    @property
    def free(self) -> int:
        return self.person.minutes_left - self.bound

    def may(self, group: int, task: Waiting) -> bool:
        """Say whether the hard rungs let this person; asked once per group of tasks with like needs."""
        known = self._may.get(group)
        if known is None:
            known = self._may[group] = may_do(self.person, task.needs, today=self._today)
        return known and self.person.id not in task.excluded_ids


class _Line:
    """All waiting tasks in order, each taken at most once."""

    def __init__(self, waiting: Iterable[Waiting]) -> None:
        self.tasks = sorted((task for task in waiting if not task.held), key=order_key)
        self.taken = bytearray(len(self.tasks))
        self.near = [_near(task) for task in self.tasks]
        self.groups: list[int] = []
        self.by_patient: dict[object, list[int]] = defaultdict(list)
        self.by_practice: dict[object, list[int]] = defaultdict(list)
        numbers: dict[object, int] = {}
        for index, task in enumerate(self.tasks):
            self.groups.append(numbers.setdefault(task.needs.alike, len(numbers)))
            self.by_practice[self.near[index], task.practice_id].append(index)
            if task.patient_id is not None:
                self.by_patient[self.near[index], task.patient_id].append(index)

    def open_to(self, index: int, hand: _Hand) -> bool:
        """Say whether the task is still there, fits into the minutes free, and `hand` may do it."""
        task = self.tasks[index]
        fits = task.needs.minutes <= hand.free or task.band == Band.NOW
        return not self.taken[index] and fits and hand.may(self.groups[index], task)

    def next_index(self, hand: _Hand) -> int | None:
        """Return where the task stands that `hand` takes next, or None if nothing is for them."""
        # What was passed over stays closed to this hand, as free minutes only shrink: so
        # each hand walks down the line once, however often it takes.
        while hand.looked < len(self.tasks) and not self.open_to(hand.looked, hand):
            hand.looked += 1
        if hand.looked == len(self.tasks):
            return None
        near = self.near[hand.looked]
        for known, index_of in ((hand.patients, self.by_patient), (hand.practices, self.by_practice)):
            found = min(self._open_among(near, known, index_of, hand), default=None)
            if found is not None:
                return found
        return hand.looked

    def _open_among(
        self, near: object, known: Iterable[int], index_of: dict[object, list[int]], hand: _Hand
    ) -> Iterator[int]:
        """Yield, for each known patient or practice, the first near equal open to `hand`."""
        for one in known:
            for index in index_of.get((near, one), ()):
                if self.open_to(index, hand):
                    yield index
                    break

    def give(self, index: int, hand: _Hand) -> Choice:
        """Take the task off the line onto the list of `hand`."""
        task = self.tasks[index]
        choice = Choice(task.id, hand.person.id, _reasons(task, hand, first=index == hand.looked))
        self.taken[index] = 1
        hand.bound += task.needs.minutes
        hand.practices.add(task.practice_id)
        if task.patient_id is not None:
            hand.patients.add(task.patient_id)
        return choice


def _near(task: Waiting) -> tuple[int, bool, date]:
    deadline = task.deadline_at
    day = local_day(task.due_at if deadline is None else deadline)
    return int(task.band), deadline is None, day


def _push(line: _Line, hands: Sequence[_Hand]) -> Iterator[Choice]:
    for index, task in enumerate(line.tasks):
        if task.band != Band.NOW:
            return
        able = [hand for hand in hands if line.open_to(index, hand)]
        if able:
            best = min(able, key=lambda hand: (-hand.free, hand.bound, hand.person.id))
            yield line.give(index, best)


def _fill(line: _Line, hands: Iterable[_Hand], buffer_minutes: int) -> Iterator[Choice]:
    heap = [(hand.bound, hand.person.id, hand) for hand in hands if hand.bound < buffer_minutes]
    heapq.heapify(heap)
    while heap:
        _, person_id, hand = heapq.heappop(heap)
        found = line.next_index(hand)
        if found is None:
            continue
        yield line.give(found, hand)
        if hand.bound < buffer_minutes:
            heapq.heappush(heap, (hand.bound, person_id, hand))


def _reasons(task: Waiting, hand: _Hand, *, first: bool) -> tuple[str, ...]:
    name, free = hand.person.name, max(hand.free, 0)
    clock = f"due {when_words(task.due_at)}"
    if task.deadline_at is not None:
        clock = f"deadline {when_words(task.deadline_at)}"
    if task.band == Band.NOW:
        why = "It cannot wait, so it goes at once to whoever may do it and has most minutes free."
    else:
        place = "It came first" if first else "It was as urgent as the first"
        why = f"{place} in order of what {name} may do: {BAND_WORDS[task.band]}, {clock}."
    reasons = [
        why,
        f"{name} was at work with {free} minutes free and {hand.bound} minutes of work on the list.",
    ]
    if task.needs.minutes > free:
        reasons.append(f"It needs {task.needs.minutes} minutes; what cannot wait may run over.")
    if task.patient_id is not None and task.patient_id in hand.patients:
        reasons.append("Work for the same patient was on the list.")
    elif task.practice_id in hand.practices:
        reasons.append("Work for the same practice was on the list.")
    return tuple(reasons)
