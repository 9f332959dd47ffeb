"""The one order of waiting work as SQL: `domain.order.order_key` over facts stored with the task.

Whole numbers throughout, so that PostgreSQL and Python find exactly the same order; a property test
holds them together. Now is told as a number per calendar, which no index can know: so the order is
computed for what a query has found, and the index `task_queued_order` holds all that it reads.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    case,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import Grouping

from hub.domain import order
from hub.domain.deadlines import Request
from hub.domain.order_policy import OrderPolicy
from hub.domain.vocabulary import CLOCK_STOPPERS, Band
from hub.domain.worktime import WorkCalendar, calendar_from
from hub.extensions import clock, db
from hub.models import Practice, Task
from hub.placing import queries

_PERCENT = 100
Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


class Own(NamedTuple):
    """A practice's own part in the order: now in its hours, its credit, and what few people make of it."""

    number: int
    credit: int
    people: int


_PLAIN = Own(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as a number in each calendar: the hub's, that of core hours, and practices' own.

    `own` holds every practice with hours of its own or something of its own in the order, by its id.
    """

    hub: int
    core: int
    own: Mapping[int, Own] = field(default_factory=dict)

    def number_of(self, task: Any) -> int:
        """Return the number in the calendar of this task's target."""
        if task.hub_clock:
            return self.hub
        own = self.own.get(task.practice_id)
        return self.core if own is None else own.number


@dataclass(frozen=True, slots=True)
class Stored:
    """The order's facts as they are stored with a task."""

    due_number: int
    paused_number: int | None
    target_minutes: int
    order_fixed: int
    hub_clock: bool


def moment(at: dt.datetime | None = None) -> Moment:
    """Return `at`, or now, as a number in each calendar. One statement, however many practices there are."""
    return _moment_and_policy(at or clock.now())[0]


def _moment_and_policy(now: dt.datetime) -> tuple[Moment, OrderPolicy]:
    """Return the moment and the policy in force: one statement for both, because every list asks for both."""
    newest = select(queries.NEWEST_POLICY.label("version")).subquery()
    special = or_(Practice.opening_hours != {}, Practice.order_credit != 0, Practice.order_people != 0)
    query = select(
        newest.c.version, Practice.id, Practice.opening_hours, Practice.order_credit, Practice.order_people
    ).outerjoin_from(newest, Practice, special)
    rows = db.session.execute(query).all()
    hub, core = order.number(queries.hub_calendar(), now), order.number(WorkCalendar(), now)
    own = {
        row.id: Own(
            order.number(calendar, now) if (calendar := calendar_from(row.opening_hours or None)) else core,
            row.order_credit,
            row.order_people,
        )
        for row in rows
        if row.id is not None
    }
    return Moment(hub, core, own), queries.policy(rows[0].version).order


class Order:
    """The order at one moment under one policy, as expressions over `Task`."""

    def __init__(self, at: Moment | None = None, policy: OrderPolicy | None = None) -> None:
        if at is None or policy is None:
            now, in_force = _moment_and_policy(clock.now())
        self.moment = at or now
        self.policy = policy or in_force

    def sorted(self, query: Query) -> Query:
        """Return the query with its tasks in order."""
        return query.order_by(*self.keys)

    def _of_practice(self, values: dict[int, int], otherwise: int) -> ColumnElement[int]:
        """Return the value of a task's practice, or `otherwise`.

        Looked up by position in an array: a join would be asked for each of thousands of tasks, and the
        planner, who expects few because of row-level security, would walk through all practices each time.
        """
        if not values:
            return literal(otherwise)
        low, high = min(values), max(values)
        dense = [values.get(practice_id, otherwise) for practice_id in range(low, high + 1)]
        array: Any = Grouping(cast(literal(dense, ARRAY(Integer)), ARRAY(Integer)))
        return func.coalesce(array[Task.practice_id - (low - 1)], otherwise)

    @property
    def number(self) -> ColumnElement[int]:
        """Now in the calendar of the task's target, or when its clock stopped."""
        numbers = {one: own.number for one, own in self.moment.own.items() if own.number != self.moment.core}
        core = self._of_practice(numbers, self.moment.core)
        return func.coalesce(Task.paused_number, case((Task.hub_clock, self.moment.hub), else_=core))

    @property
    def _credit(self) -> ColumnElement[int]:
        sums = {one: own.credit + own.people for one, own in self.moment.own.items()}
        return self._of_practice({one: value for one, value in sums.items() if value}, 0)

    @property
    def _target(self) -> ColumnElement[int]:
        lifted = func.least(Task.target_minutes, order.ONE_DAY)
        return _wide(case((Task.effective_band <= Band.BY_TOMORROW, lifted), else_=Task.target_minutes))

    @property
    def index(self) -> ColumnElement[int]:
        """`order.index_of`."""
        counted = _wide(Task.due_number) - self.number - Task.minutes - self.policy.margin_minutes
        slack = func.greatest(counted, 0)
        patience = slack * (_PERCENT * order.SCALE) // (self._target * self.policy.lookahead_percent)
        weights = [order.log(weight) for weight in self.policy.band_weights]
        band = case(*((Task.effective_band == n, weight) for n, weight in enumerate(weights, start=1)))
        return band + Task.order_fixed + self._credit - patience

    @property
    def past_ceiling(self) -> ColumnElement[int]:
        """`order.past_ceiling`."""
        beyond = self._target * (self.policy.ceiling_percent - _PERCENT) // _PERCENT
        return func.greatest(_wide(self.number) - Task.due_number - beyond, 0)

    @property
    def keys(self) -> tuple[ColumnElement[Any], ...]:
        """`order.order_key`, one column after the other."""
        hard = Task.effective_band <= self.policy.hard_bands
        columns: tuple[Any, ...] = (
            func.least(Task.effective_band, self.policy.hard_bands + 1),
            Task.override_first.desc(),
            case((hard, Task.deadline_at)).asc().nulls_last(),
            case((hard, Task.due_at)).asc().nulls_last(),
            case((hard, None), else_=self.index).desc().nulls_last(),
            Task.raised_at,
            Task.id,
        )
        return columns

    def stands_before(self, place: order.Place) -> ColumnElement[bool]:
        """Return the condition that a task stands before `place`: its key is the smaller one.

        `keys` without nulls, so that whole rows can be compared.
        """
        hard = Task.effective_band <= self.policy.hard_bands
        far = literal(order.FAR)
        mine = tuple_(
            func.least(Task.effective_band, self.policy.hard_bands + 1),
            not_(Task.override_first),
            case((hard, func.coalesce(Task.deadline_at, far)), else_=far),
            case((hard, Task.due_at), else_=far),
            case((hard, 0), else_=-self.index),
            Task.raised_at,
            Task.id,
        )
        return mine < tuple_(*(literal(one) for one in order.order_key(place, self.policy)))


def _wide(number: Any) -> ColumnElement[int]:
    """Return a whole number in which nothing that the order computes can overflow."""
    return cast(number, BigInteger)


def in_order(query: Query) -> Query:
    """Return the query with its tasks in the order that all lists share, as of now."""
    return Order().sorted(query)


def first_rows(query: Query, *conditions: ColumnElement[bool], limit: int, offset: int = 0) -> Query:
    """Return the query for those that stand first in order among the tasks of `conditions`, in order.

    The order compares everything that waits: this asks it for ids, which the index holds, and reads
    whole rows for these few only.
    """
    order_now = Order()
    ids = order_now.sorted(select(Task.id).where(*conditions)).limit(limit).offset(offset).subquery()
    return order_now.sorted(query.where(Task.id.in_(select(ids.c.id))))


def worked_out(
    request: Request,
    *,
    due_at: dt.datetime,
    signals: Iterable[str],
    minutes: int,
    practice_hours: WorkCalendar,
    stands_since: dt.datetime | None = None,
    policy: OrderPolicy,
) -> Stored:
    """Return the order's facts as they are to be stored with a task.

    `practice_hours` are its practice's as they are now: what is compared with now must be counted alike.
    `stands_since` is since when its clock stands still, if it does.
    """
    target = request.target
    hub_clock = target.working_days is None
    calendar = queries.hub_calendar() if hub_clock else practice_hours
    return Stored(
        due_number=order.number(calendar, due_at),
        paused_number=None if stands_since is None else order.number(calendar, stands_since),
        target_minutes=order.target_minutes(target, request.receipt_on, calendar),
        order_fixed=order.fixed_weight(
            signals=signals, requested=request.requested, minutes=minutes, policy=policy
        ),
        hub_clock=hub_clock,
    )


def of_task(task: Any, practice_hours: WorkCalendar, policy: OrderPolicy) -> Stored:
    """Return what should be stored with a task (or with a row that has its columns) as it is now."""
    stands = task.waiting_on in CLOCK_STOPPERS
    return worked_out(
        queries.request_of(task),
        due_at=task.due_at,
        signals=task.signals,
        minutes=task.minutes,
        practice_hours=practice_hours,
        stands_since=task.waiting_since if stands else None,
        policy=policy,
    )


def stored_of(task: Any) -> Stored:
    """Return what is stored with a task (or a row with its columns)."""
    return Stored(
        due_number=task.due_number,
        paused_number=task.paused_number,
        target_minutes=task.target_minutes,
        order_fixed=task.order_fixed,
        hub_clock=task.hub_clock,
    )


def stale(rows: Iterable[Any], policy: OrderPolicy) -> Iterator[tuple[Any, Stored]]:
    """Yield those rows whose stored facts are not those worked out anew, with the latter.

    A row has the columns of a task, and `opening_hours` of its practice.
    """
    for row in rows:
        found = of_task(row, calendar_from(row.opening_hours or None) or WorkCalendar(), policy)
        if found != stored_of(row):
            yield row, found


def facts_of(task: Any, own: Own = _PLAIN) -> order.Facts:
    """Return the stored facts of a task (or a row with its columns), and of its practice, for the order."""
    return order.Facts(
        band=Band(order.effective_band(task.band, task.override_band)),
        minutes=task.minutes,
        target_minutes=task.target_minutes,
        due_number=task.due_number,
        fixed=task.order_fixed,
        paused_number=task.paused_number,
        credit=own.credit,
        people=own.people,
    )


def place_of(task: Any, now: Moment) -> order.Place:
    """Return where a task (or a row with its columns) stands at this moment."""
    return order.Place(
        facts=facts_of(task, now.own.get(task.practice_id, _PLAIN)),
        deadline_at=task.deadline_at,
        due_at=task.due_at,
        raised_at=task.raised_at,
        id=task.id,
        now_number=now.number_of(task),
        first=task.override_first,
    )
