"""Who gets which waiting task next? Late binding: work stays in its queue until someone is ready.

Everyone at work is kept topped up with a small buffer of minutes, in the one order
that the queue, "Next task" and the worklist share. Band 1 is given at once.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from hub.domain.eligibility import Person, may_ever_do, nobody_words, standing_refusals
from hub.domain.hands import Hand, Line
from hub.domain.hands import Waiting as Waiting
from hub.domain.hands import Worklist as Worklist
from hub.domain.hands import order_key as order_key
from hub.domain.policy import Policy
from hub.domain.promises import band_words, local_day, when_words
from hub.domain.routing import Needs
from hub.domain.vocabulary import Band

GIVEN_BACK = "Everyone who may do this has just given it back."
# People whose lists differ by no more than this are near equals when unpleasant work goes round.
_NEAR_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Choice:
    """One task for one person, with the sentences of "why me?".

    `reserve_minutes` are those it drew from the reserve for work past its age ceiling.
    """

    task_id: int
    person_id: int
    reasons: tuple[str, ...]
    reserve_minutes: int = 0


def top_up(
    worklists: Iterable[Worklist],
    waiting: Iterable[Waiting],
    policy: Policy,
    today: date,
    reserve_minutes: int = 0,
) -> list[Choice]:
    """Return who is to be given what now, in the order in which it is to be done.

    Band 1 first: each task goes at once to the person at work who may do it and has most
    minutes free; neither the buffer nor the end of the shift holds it back. Then
    whoever has least on the list takes the next task that they may do and that fits into the
    minutes left (see `Line.next_place`), until their list holds the policy's buffer or nothing is
    left for them. Before anything of the pool, and as long as `reserve_minutes` last, goes what is
    longest past its age ceiling. Of those who are near equals and would take the same unpleasant
    task, the one who did fewest lately gets it.

    Held tasks and people not at work are left out, and what is reserved for one person goes to
    nobody else. The answer does not depend on the order of the input.
    """
    line = Line(waiting, policy.order)
    hands = [Hand(worklist, today) for worklist in worklists if worklist.person.at_work]
    filling = _Filling(line, hands, policy, reserve_minutes)
    return [*_push(line, hands), *filling.choices()]


def next_for(worklist: Worklist, waiting: Iterable[Waiting], policy: Policy, today: date) -> Choice | None:
    """Return the task "Next task" gives to this person, by the same order and rules, or None.

    The buffer is not asked: whoever presses the button wants one more.
    """
    if not worklist.person.at_work:
        return None
    line, hand = Line(waiting, policy.order), Hand(worklist, today)
    found = line.next_place(hand)
    return None if found is None else _give(line, found, hand)


def unplaceable(waiting: Waiting, people: Sequence[Person], today: date) -> str | None:
    """Say why nobody in the hub could ever do this task, or None if someone could.

    Only hard rungs count, whoever is at work. The sentence names the first rung of
    the ladder at which nobody is left.
    """
    # Those it must not go back to are asked last: the first of the others settles it.
    for person in sorted(people, key=lambda person: person.id in waiting.excluded_ids):
        if may_ever_do(person, waiting.needs, today=today):
            given_back = person.id in waiting.excluded_ids
            return GIVEN_BACK if given_back else None
    return nobody_may(waiting.needs, people, today)


def nobody_may(needs: Needs, people: Sequence[Person], today: date) -> str | None:
    """Say at which hard rung nobody of these is left, or None if someone passes them all."""
    if any(may_ever_do(person, needs, today=today) for person in people):
        return None
    left = [{refusal.rung for refusal in standing_refusals(person, needs, today=today)} for person in people]
    for rung, sentence in nobody_words(needs).items():
        left = [refused for refused in left if rung not in refused]
        if not left:
            return sentence
    raise AssertionError("A hard rung refuses but has no sentence.")


def lacks_somebody(why: str, needs: Needs) -> bool:
    """Say whether `why` is a sentence by which `unplaceable` says that a hard rung leaves nobody."""
    return why in nobody_words(needs).values()


def _push(line: Line, hands: Sequence[Hand]) -> Iterator[Choice]:
    for place, task in enumerate(line.tasks):
        if task.band != Band.NOW:
            return
        able = [hand for hand in hands if line.open_to(place, hand)]
        if able:
            best = min(able, key=lambda hand: (-hand.free, hand.bound, hand.person.id))
            yield _give(line, place, best)


class _Filling:
    """Filling lists up to the buffer: whoever has least on the list takes next."""

    def __init__(self, line: Line, hands: Iterable[Hand], policy: Policy, reserve_minutes: int) -> None:
        self._line = line
        self._buffer = policy.buffer_minutes
        self._unpleasant = frozenset(policy.order.unpleasant_kinds)
        self._reserve = reserve_minutes
        self._hands = list(hands)

    def choices(self) -> Iterator[Choice]:
        """Yield what is given, one after the other."""
        heap = [(hand.bound, hand.person.id, hand) for hand in self._hands if hand.bound < self._buffer]
        heapq.heapify(heap)
        while heap:
            bound, person_id, hand = heapq.heappop(heap)
            if bound != hand.bound:  # given something meanwhile, in somebody's stead
                if hand.bound < self._buffer:
                    heapq.heappush(heap, (hand.bound, person_id, hand))
                continue
            found = self._line.next_place(hand)
            overdue = self._overdue(hand, found)
            if overdue is not None:
                yield overdue
            elif found is None:
                continue
            else:
                choice = self._given(found, hand, (one for _, _, one in heap))
                yield choice
                yield from self._raised_with(found, choice.person_id)
            if hand.bound < self._buffer:
                heapq.heappush(heap, (hand.bound, person_id, hand))

    def _overdue(self, hand: Hand, found: int | None) -> Choice | None:
        """Give what is longest past its age ceiling, while the reserve lasts and nothing urgent is next."""
        if self._reserve <= 0 or (found is not None and found < self._line.hard):
            return None
        place = self._line.next_overdue(hand, self._reserve)
        if place is None or place == found:
            return None
        minutes = self._line.tasks[place].needs.minutes
        self._reserve -= minutes
        return _give(self._line, place, hand, reserve_minutes=minutes)

    def _raised_with(self, place: int, person_id: int) -> Iterator[Choice]:
        """Give with a task what was raised together with it, also beyond the buffer, never beyond the day."""
        for mate in self._line.raised_with(place):
            hand = next(one for one in self._hands if one.person.id == person_id)
            if self._line.open_to(mate, hand):
                yield _give(self._line, mate, hand)

    def _given(self, place: int, hand: Hand, others: Iterable[Hand]) -> Choice:
        """Give the task to `hand`, or if it is unpleasant to a near equal who did less of that lately."""
        if self._line.tasks[place].needs.kind not in self._unpleasant:
            return _give(self._line, place, hand)
        equals = [
            one
            for one in others
            if one.bound <= min(hand.bound + _NEAR_MINUTES, self._buffer - 1)
            and one.unpleasant < hand.unpleasant
            and self._line.next_place(one) == place
        ]
        best = min([hand, *equals], key=lambda one: (one.unpleasant, one.bound, one.person.id))
        best.unpleasant += 1
        return _give(self._line, place, best, instead=best is not hand)


def _give(line: Line, place: int, hand: Hand, *, reserve_minutes: int = 0, instead: bool = False) -> Choice:
    task = line.tasks[place]
    if reserve_minutes:
        why = (
            f"It is past its age ceiling, so it drew {reserve_minutes} minutes of the day's reserve for "
            f"what has waited longest: {_standing(task, hand.today)}."
        )
    else:
        why = _why(task, hand, first=place == line.first_open(range(len(line.tasks)), hand, "all"))
    reasons = [why, *_circumstances(task, hand)]
    if instead:
        reasons.append(f"{hand.person.name} had done least of this kind of work lately.")
    line.take(place, hand)
    return Choice(task.id, hand.person.id, tuple(reasons), reserve_minutes)


def _why(task: Waiting, hand: Hand, *, first: bool) -> str:
    if task.band == Band.NOW:
        return "It cannot wait, so it goes at once to whoever may do it and has most minutes free."
    place = "It came first" if first else "Work for the same patient or practice counts more: it came first"
    if task.first and first:
        place = "A person set it first, and it came first"
    return f"{place} in order of what {hand.person.name} may do: {_standing(task, hand.today)}."


def _standing(task: Waiting, today: date) -> str:
    clock = f"due {when_words(task.due_at)}"
    if task.deadline_at is not None:
        clock = f"deadline {when_words(task.deadline_at)}"
    late = local_day(task.due_at) < today
    return f"{band_words(task.band, late=late)}, {'overdue, ' if late else ''}{clock}"


def _circumstances(task: Waiting, hand: Hand) -> Iterator[str]:
    name, free = hand.person.name, max(hand.free, 0)
    planned = f"{hand.bound} minutes of other work on the list"
    yield f"At that moment {name} was at work with {free} minutes free and {planned}."
    if task.needs.minutes > free:
        yield f"It needs {task.needs.minutes} minutes; what cannot wait may run over."
    if task.reserved_for == hand.person.id:
        yield f"It was reserved for {name}."
    if task.bundle is not None and task.bundle in hand.bundles:
        yield "It was raised together with another task for the same patient, which came first."
    elif task.patient_id is not None and task.patient_id in hand.patients:
        yield "Work for the same patient was on the list."
    elif task.practice_id in hand.practices:
        yield "Work for the same practice was on the list."
    elif task.practice_id == hand.last_practice:
        yield f"{name} had just worked for the same practice."
