"""What does the lead's board count, and which tasks are those?

Every number has one definition: `NUMBERS` holds its condition, and both the count on the
board and the list that the count opens are made from it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, false, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from hub.domain.assignment import unplaceable
from hub.domain.eligibility import Person
from hub.domain.errors import NotFound
from hub.domain.kinds import QUEUES
from hub.domain.vocabulary import CLOCK_STOPPERS, OPEN_STATUSES, Status
from hub.domain.worktime import LONDON, start_of_day
from hub.extensions import db
from hub.models import Practice, Task, User
from hub.placing import mark_queries, order_queries, waiting_queries

Condition = ColumnElement[bool]
PAGE = 50


# Tasks that agree in these ask the same of a person, so they are judged together.
_ALIKE = (
    Task.practice_id, Task.kind, Task.subtype, Task.professions, Task.needs_prescriber, Task.competences,
    Task.not_back_to,
)  # fmt: skip
_FLAGGED = and_(Task.status.in_((Status.RAISED, Status.QUEUED)), Task.decide_since.is_not(None))


@dataclass(frozen=True)
class Moment:
    """When the board is read; and what is asked then that nobody in the hub may do, as values of `_ALIKE`."""

    now: dt.datetime
    nobody: tuple[tuple[Any, ...], ...]


def moment(now: dt.datetime, staff: Sequence[Person]) -> Moment:
    """Judge what stands on the lead's list, by the rules themselves, for the clinicians `staff`.

    One statement, and one judgement per distinct set of needs: thousands of tasks ask for a few things.
    """
    query = (
        select(*waiting_queries.WAITING_COLUMNS, Task.kind, Task.subtype)
        .join(Practice, Practice.id == Task.practice_id)
        .where(_FLAGGED)
        .ext(distinct_on(*_ALIKE))
    )
    today = now.astimezone(LONDON).date()
    rows = db.session.execute(query).all()
    found = [row for row in rows if unplaceable(waiting_queries.as_waiting(row), staff, today)]
    return Moment(now, tuple(tuple(getattr(row, part.key) for part in _ALIKE) for row in found))


@dataclass(frozen=True)
class Number:
    """Something the board counts. `condition` gives its tasks at a moment, among the open ones."""

    name: str
    words: str
    condition: Callable[[Moment], Condition]
    closed_too: bool = False


def _status(*statuses: Status) -> Callable[[Moment], Condition]:
    return lambda at: Task.status.in_(statuses)


def _overdue(at: Moment) -> Condition:
    """Past its target, or past its deadline.

    While practice or patient is awaited the target's clock stands still, so it is judged at
    the moment the wait began; a deadline's clock never stops.
    """
    stopped = and_(Task.status == Status.WAITING, Task.waiting_on.in_(CLOCK_STOPPERS))
    judged_at = case((stopped, Task.waiting_since), else_=literal(at.now))
    return or_(Task.due_at < judged_at, func.coalesce(Task.deadline_at < at.now, False))


def _due_today(at: Moment) -> Condition:
    midnight = start_of_day(at.now.astimezone(LONDON).date() + dt.timedelta(days=1))
    soon = or_(Task.due_at < midnight, func.coalesce(Task.deadline_at < midnight, False))
    return and_(soon, ~_overdue(at))


def _held(at: Moment) -> Condition:
    return Task.practice_id.in_(select(Practice.id).where(Practice.held_since.is_not(None)))


def _unplaceable(at: Moment) -> Condition:
    """Waiting, and no clinician passes the hard rungs of `eligibility`, at work or not.

    Only tasks on the lead's list are asked about: placing and the minute's watch put every
    such task there, and asking about all the others would be slow.
    """
    return and_(_FLAGGED, tuple_(*_ALIKE).in_(at.nobody) if at.nobody else false())


# These divide the open tasks: each is in exactly one of them.
PLACES = ("waiting", "listed", "started", "elsewhere", "sent-back")
# What the board shows over the whole hub besides.
TOTALS = ("open", "due-today", "overdue", "now", "by-tomorrow", "unplaceable", "held")
_NUMBERS = (
    Number("open", "Open", lambda at: Task.status.in_(OPEN_STATUSES)),
    Number("waiting", "Waiting for a clinician", _status(Status.RAISED, Status.QUEUED)),
    Number("listed", "On a worklist, not started", _status(Status.ASSIGNED)),
    Number("started", "In progress", _status(Status.IN_PROGRESS)),
    Number("elsewhere", "Waiting on someone else", _status(Status.WAITING)),
    Number("sent-back", "Sent back to the practice", _status(Status.SENT_BACK)),
    Number("due-today", "Still due today", _due_today),
    Number("overdue", "Overdue", _overdue),
    Number("now", "To be done now", lambda at: Task.effective_band == 1),
    Number("by-tomorrow", "To be done by tomorrow", lambda at: Task.effective_band == 2),
    # What is done stands here, too, if its practice does not tick what it was asked to do.
    Number("decide", "Needs a decision", lambda at: Task.decide_since.is_not(None), closed_too=True),
    Number("unplaceable", "Nobody may do it", _unplaceable),
    Number("held", "At a practice on hold", _held),
)
NUMBERS: dict[str, Number] = {number.name: number for number in _NUMBERS}


@dataclass
class Tally:
    """One number: how many tasks, how many planned minutes, and since when the oldest was raised."""

    tasks: int = 0
    minutes: int = 0
    oldest: dt.datetime | None = None

    def add(self, tasks: int, minutes: int, oldest: dt.datetime) -> None:
        """Count some more."""
        self.tasks += tasks
        self.minutes += minutes
        self.oldest = oldest if self.oldest is None else min(self.oldest, oldest)


Tallies = dict[str, Tally]


def _no_tallies() -> Tallies:
    return {name: Tally() for name in NUMBERS}


def _queues() -> defaultdict[str, Tallies]:
    """Every queue of the hub, and any other as soon as a task stands in it, so that none is hidden."""
    return defaultdict(_no_tallies, {queue: _no_tallies() for queue in QUEUES})


@dataclass
class Counts:
    """Every number of the board: over all, per queue, and per person who has tasks."""

    everywhere: Tallies = field(default_factory=_no_tallies)
    queues: defaultdict[str, Tallies] = field(default_factory=_queues)
    people: defaultdict[int, Tallies] = field(default_factory=lambda: defaultdict(_no_tallies))


def counts(at: Moment) -> Counts:
    """Count everything, in one statement that reads each open task once (and one for the few that are done).

    The database sums tasks that agree in queue, person and in every number's condition
    (packed into one integer); the few sums are added up here.
    """
    mask: ColumnElement[int] = literal(0)
    for place, number in enumerate(NUMBERS.values()):
        mask = mask + cast(number.condition(at), Integer) * literal(1 << place)
    # Numbers first: where the database sorts to group, it compares them soonest.
    columns = (mask.label("mask"), Task.assignee_id, Task.queue)
    query = select(*columns, func.count(), func.sum(Task.minutes), func.min(Task.raised_at))
    query = query.where(NUMBERS["open"].condition(at)).group_by(*columns)
    found = Counts()
    for bits, person, queue, tasks, minutes, oldest in db.session.execute(query):
        groups = [found.everywhere, found.queues[queue]]
        if person is not None:
            groups.append(found.people[person])
        for name in _named(bits):
            for group in groups:
                group[name].add(tasks, int(minutes), oldest)
    _count_done(found)
    return found


def _count_done(found: Counts) -> None:
    """Add what is done and needs a decision all the same: few, and found by an index of their own."""
    columns = (Task.assignee_id, Task.queue)
    query = select(*columns, func.count(), func.sum(Task.minutes), func.min(Task.raised_at))
    done = Task.decide_since.is_not(None), Task.status.not_in(OPEN_STATUSES)
    for person, queue, tasks, minutes, oldest in db.session.execute(query.where(*done).group_by(*columns)):
        people = [found.people[person]] if person is not None else []
        for group in (found.everywhere, found.queues[queue], *people):
            group["decide"].add(tasks, int(minutes), oldest)


@lru_cache(maxsize=1 << len(NUMBERS))
def _named(bits: int) -> tuple[str, ...]:
    """The numbers packed into `bits`."""
    return tuple(name for place, name in enumerate(NUMBERS) if bits >> place & 1)


@dataclass(frozen=True)
class Selection:
    """Which tasks a link of the board opens: a number, perhaps of one queue, person or practice."""

    number: Number
    queue: str = ""
    person: int | None = None
    practice: int | None = None
    oldest_first: bool = False

    def conditions(self, at: Moment) -> list[Condition]:
        """Return what must hold for a task to be among them."""
        found = [self.number.condition(at)]
        if not self.number.closed_too:
            found.append(NUMBERS["open"].condition(at))
        if self.queue:
            found.append(Task.queue == self.queue)
        if self.person is not None:
            found.append(Task.assignee_id == self.person)
        if self.practice is not None:
            found.append(Task.practice_id == self.practice)
        return found


def selection(
    number: str, *, queue: str = "", person: int | None = None, practice: int | None = None, sort: str = ""
) -> Selection:
    """Return the selection that an address names.

    Raises:
        NotFound: there is no such number or queue.
    """
    if number not in NUMBERS or (queue and queue not in QUEUES):
        raise NotFound("The board has no such number.")
    return Selection(NUMBERS[number], queue, person, practice, oldest_first=sort == "oldest")


@dataclass(frozen=True)
class TaskPage:
    """One page of a list of tasks, with the tally of the whole list."""

    rows: list[Any]
    tally: Tally
    page: int
    pages: int


_ROW = (
    Task.id, Task.ref, Task.kind, Task.queue, Task.status, Task.version, Task.effective_band, Task.minutes,
    Task.due_at, Task.deadline_at, Task.raised_at, Task.waiting_on, Task.waiting_since, Task.chase_at,
    Task.started_at, Task.assigned_at, Task.decide_why, Task.decide_since, Task.assignee_id,
    Practice.id.label("practice_id"), Practice.name.label("practice_name"), Practice.held_since,
    User.name.label("assignee_name"), Task.override_band, Task.override_first, Task.override_until,
    Task.pinned_since, Task.reserved_until,
)  # fmt: skip


def tasks(chosen: Selection, at: Moment, *, page: int = 1, size: int = PAGE) -> TaskPage:
    """Return one page of the tasks that `chosen` names; a page that does not exist is the first."""
    tally = tally_of(chosen, at)
    pages = max(-(-tally.tasks // size), 1)
    page = page if 1 <= page <= pages else 1
    query = _listed(at).where(*chosen.conditions(at)).limit(size).offset((page - 1) * size)
    by_age = query.order_by(Task.raised_at, Task.id)
    rows = db.session.execute(by_age if chosen.oldest_first else order_queries.in_order(query))
    return TaskPage(list(rows), tally, page, pages)


def _listed(at: Moment) -> Any:
    return (
        select(
            *_ROW,
            and_(NUMBERS["open"].condition(at), _overdue(at)).label("is_overdue"),
            mark_queries.set_by().label("set_by"),
            mark_queries.kept_for().label("kept_for"),
        )
        .join(Practice, Practice.id == Task.practice_id)
        .outerjoin(User, User.id == Task.assignee_id)
    )


def tasks_of(ids: Sequence[int], now: dt.datetime) -> list[Any]:
    """Return these tasks as lists show them, in the order that all lists share."""
    query = _listed(Moment(now, ())).where(Task.id.in_(ids))
    return list(db.session.execute(order_queries.in_order(query)))


def tally_of(chosen: Selection, at: Moment) -> Tally:
    """Count the tasks that `chosen` names."""
    query = select(func.count(), func.coalesce(func.sum(Task.minutes), 0), func.min(Task.raised_at))
    row = db.session.execute(query.where(*chosen.conditions(at))).one()
    return Tally(row[0], int(row[1]), row[2])


def in_progress() -> dict[int, Any]:
    """Return what each person has in progress, by the person's id."""
    query = (
        select(Task.assignee_id, Task.ref, Task.kind, Task.started_at, Practice.name.label("practice_name"))
        .join(Practice, Practice.id == Task.practice_id)
        .where(Task.status == Status.IN_PROGRESS)
    )
    return {row.assignee_id: row for row in db.session.execute(query)}


def held_practices() -> list[Any]:
    """Return the practices on hold, longest first, with who put them there."""
    query = (
        select(
            Practice.id, Practice.name, Practice.held_since, Practice.held_reason, User.name.label("held_by")
        )
        .outerjoin(User, User.id == Practice.held_by_id)
        .where(Practice.held_since.is_not(None))
        .order_by(Practice.held_since, Practice.id)
    )
    return list(db.session.execute(query))


def practices_to_hold() -> list[Any]:
    """Return the practices the hub serves that are not on hold, by name."""
    query = select(Practice.id, Practice.name, Practice.ods_code).where(
        Practice.served, Practice.held_since.is_(None)
    )
    return list(db.session.execute(query.order_by(Practice.name, Practice.id)))


def names(ids: Iterable[int]) -> dict[int, str]:
    """Return people's names, whether or not they are clinicians still."""
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(list(ids))))
    return {row.id: row.name for row in rows}
