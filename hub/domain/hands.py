"""While work is given out: the line of what waits, and the hands that take from it.

Whatever was passed over stays closed to a hand, because its free minutes only shrink: so each hand walks
down the line, and down each practice's and patient's part of it, once, however often it takes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hub.domain.eligibility import Person, may_do
from hub.domain.order import Key, key, log
from hub.domain.order_policy import OrderPolicy
from hub.domain.promises import local_day
from hub.domain.routing import Needs
from hub.domain.vocabulary import Band

_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task in its queue.

    `band` is the one it stands in (`order.effective_band`), `index` its place in the pool now
    (`order.index_of`; of no account in a hard band), `first` whether a person put it before the others,
    `past_ceiling` by how many working minutes it is past its age ceiling. `held`: a lead holds its
    practice, so nobody is given it. `excluded_ids` are the people it must not go back to now (they just
    released it, or let it lie). `reserved_for` is the one person who is given it at present, if any. Tasks
    with the same `bundle` were raised together for one patient, to be done by one person.
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
    index: int = 0
    first: bool = False
    past_ceiling: int = 0
    reserved_for: int | None = None
    bundle: object = None


@dataclass(frozen=True, slots=True)
class Worklist:
    """Someone's list as it stands: planned minutes on it, and for whom that work is.

    `bound_minutes` is what counts here; `person.bound_minutes` is not read. `last_practice` is the one
    they last completed something for today; `unpleasant` how much unpleasant work they did lately.
    """

    person: Person
    bound_minutes: int = 0
    practices: frozenset[int] = frozenset()
    patients: frozenset[int] = frozenset()
    last_practice: int | None = None
    unpleasant: int = 0


def order_key(waiting: Waiting, hard_bands: int) -> Key:
    """Return what waiting tasks are sorted by: `order.order_key`, the index being known."""
    return key(
        band=waiting.band,
        first=waiting.first,
        index=waiting.index,
        deadline_at=waiting.deadline_at,
        due_at=waiting.due_at,
        raised_at=waiting.raised_at,
        number=waiting.id,
        hard_bands=hard_bands,
    )


class Hand:
    """One person while work is given out: what they hold by now, and how far they have looked."""

    def __init__(self, worklist: Worklist, today: date) -> None:
        self.person = worklist.person
        self.bound = worklist.bound_minutes
        self.practices = set(worklist.practices)
        self.last_practice = worklist.last_practice
        self.patients = set(worklist.patients)
        self.bundles: set[object] = set()
        self.unpleasant = worklist.unpleasant
        self.looked: dict[object, int] = defaultdict(int)
        self.today = today
        self._may: dict[int, bool] = {}

    @property
    def free(self) -> int:
        """The minutes that nothing is planned for yet."""
        return self.person.minutes_left - self.bound

    def may(self, group: int, task: Waiting) -> bool:
        """Say whether the hard rungs let this person; asked once per group of tasks with like needs."""
        known = self._may.get(group)
        if known is None:
            known = self._may[group] = may_do(self.person, task.needs, today=self.today)
        return known and self.person.id not in task.excluded_ids and self._is_for(task)

    def _is_for(self, task: Waiting) -> bool:
        # What cannot wait waits for nobody by name.
        return task.reserved_for in (None, self.person.id) or task.band == Band.NOW

    def knows(self, practice_id: int) -> bool:
        """Say whether they have work of this practice on their list, or did some last."""
        return practice_id in self.practices or practice_id == self.last_practice

    def known_practices(self) -> list[int]:
        """Return the practices that `knows` is true of, lowest id first."""
        last = () if self.last_practice is None else (self.last_practice,)
        return sorted(self.practices.union(last))


class Line:
    """All waiting tasks in order, each taken at most once; `hard` of them stand in hard bands, in front."""

    def __init__(self, waiting: Iterable[Waiting], policy: OrderPolicy) -> None:
        hard_bands = policy.hard_bands
        open_tasks = (task for task in waiting if not task.held)
        self.tasks = sorted(open_tasks, key=lambda task: order_key(task, hard_bands))
        self.hard = sum(task.band <= hard_bands for task in self.tasks)
        self.taken = bytearray(len(self.tasks))
        self._of_practice = log(policy.same_practice_percent / _PERCENT)
        self._of_patient = log(policy.same_patient_percent / _PERCENT)
        self._near = [_near(task) for task in self.tasks[: self.hard]]
        self._groups: list[int] = []
        self._parts: dict[object, list[int]] = defaultdict(list)
        numbers: dict[object, int] = {}
        for place, task in enumerate(self.tasks):
            self._groups.append(numbers.setdefault(task.needs.alike, len(numbers)))
            near = self._near[place] if place < self.hard else None
            self._parts["practice", near, task.practice_id].append(place)
            if task.patient_id is not None:
                self._parts["patient", near, task.patient_id].append(place)
            if task.bundle is not None:
                self._parts["bundle", task.bundle].append(place)
        overdue = (place for place in range(self.hard, len(self.tasks)) if self.tasks[place].past_ceiling)
        self._parts["overdue"] = sorted(overdue, key=lambda place: (-self.tasks[place].past_ceiling, place))

    def open_to(self, place: int, hand: Hand) -> bool:
        """Say whether the task is still there, fits into the minutes free, and `hand` may do it."""
        task = self.tasks[place]
        fits = task.needs.minutes <= hand.free or task.band == Band.NOW
        return not self.taken[place] and fits and hand.may(self._groups[place], task)

    def next_place(self, hand: Hand) -> int | None:
        """Return where the task stands that `hand` takes next, or None if nothing is for them.

        In a hard band that is the first, except that among near equals (same band, same day of the hard
        deadline or else of the due time) the same patient goes first, then the same practice. In the
        pool continuity has its price: it is the first once what `hand` knows is counted higher.
        """
        first = self.first_open(range(len(self.tasks)), hand, "all")
        if first is None:
            return None
        if first < self.hard:
            return self._near_equal(first, hand)
        return first if self.tasks[first].first else self._best_known(first, hand)

    def raised_with(self, place: int) -> Sequence[int]:
        """Return where the tasks stand that were raised together with this one, itself among them."""
        bundle = self.tasks[place].bundle
        return () if bundle is None else self._parts["bundle", bundle]

    def next_overdue(self, hand: Hand, most_minutes: int) -> int | None:
        """Return the task longest past its age ceiling that is open to `hand` and needs no more than that."""
        part = self._parts["overdue"]
        start = hand.looked["overdue"]
        for at in range(start, len(part)):
            if self.tasks[part[at]].needs.minutes <= most_minutes and self.open_to(part[at], hand):
                hand.looked["overdue"] = at
                return part[at]
        hand.looked["overdue"] = len(part)
        return None

    def first_open(self, part: Sequence[int], hand: Hand, name: object) -> int | None:
        """Return the first of this part of the line that is open to `hand`, who never looks back."""
        for at in range(hand.looked[name], len(part)):
            if self.open_to(part[at], hand):
                hand.looked[name] = at
                return part[at]
        hand.looked[name] = len(part)
        return None

    def worth(self, place: int, hand: Hand) -> int:
        """Return the index of a task in the pool with what continuity adds for `hand`."""
        task = self.tasks[place]
        same_patient = task.patient_id is not None and task.patient_id in hand.patients
        known = hand.knows(task.practice_id) * self._of_practice
        return task.index + same_patient * self._of_patient + known

    def _near_equal(self, first: int, hand: Hand) -> int:
        near = self._near[first]
        for sort, known in (("patient", sorted(hand.patients)), ("practice", hand.known_practices())):
            found = min(self._first_of_each(sort, near, known, hand), default=None)
            if found is not None:
                return found
        return first

    def _best_known(self, first: int, hand: Hand) -> int:
        candidates = [
            first,
            *self._first_of_each("patient", None, sorted(hand.patients), hand),
            *self._first_of_each("practice", None, hand.known_practices(), hand),
        ]
        return min(candidates, key=lambda place: (-self.worth(place, hand), place))

    def _first_of_each(self, sort: str, near: object, known: Iterable[int], hand: Hand) -> Iterator[int]:
        for one in known:
            name = sort, near, one
            if name in self._parts:
                found = self.first_open(self._parts[name], hand, name)
                if found is not None:
                    yield found

    def take(self, place: int, hand: Hand) -> Waiting:
        """Take the task off the line onto the list of `hand`."""
        task = self.tasks[place]
        self.taken[place] = 1
        hand.bound += task.needs.minutes
        hand.practices.add(task.practice_id)
        if task.patient_id is not None:
            hand.patients.add(task.patient_id)
        if task.bundle is not None:
            hand.bundles.add(task.bundle)
        return task


def _near(task: Waiting) -> tuple[int, bool, bool, date]:
    deadline = task.deadline_at
    day = local_day(task.due_at if deadline is None else deadline)
    return int(task.band), task.first, deadline is None, day
