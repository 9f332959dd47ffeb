"""The hub as it stands, as a plan sees it: open work and whoever is at work now, in a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from hub.domain import order
from hub.domain.assignment import Worklist
from hub.domain.eligibility import may_do
from hub.domain.rebalancing.problem import Person, Problem, Task
from hub.domain.routing import Needs
from hub.domain.vocabulary import Status
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Forecast, Practice
from hub.models import Task as StoredTask
from hub.placing import order_queries, queries, staff_queries, waiting_queries

MOST_TASKS = 10_000  # what waits beyond these, last in order, is left to top-ups
_COLUMNS = (
    *waiting_queries.WAITING_COLUMNS, StoredTask.status, StoredTask.assignee_id, StoredTask.started_at,
    StoredTask.pinned_since, StoredTask.due_number, StoredTask.paused_number, StoredTask.hub_clock,
    Practice.held_since, Forecast.late,
)  # fmt: skip


@dataclass(frozen=True)
class Snapshot:
    """A problem, with the version and the practice of each of its tasks."""

    problem: Problem
    versions: dict[int, int]
    practices: dict[int, int]


def snapshot() -> Snapshot:
    """Return what waits and what is on the lists of those at work now, with everyone's minutes left today."""
    at_work = [person.id for person in staff_queries.people() if person.at_work]
    lists = waiting_queries.worklists(at_work)
    now = order_queries.moment()
    rows = _rows(at_work, order_queries.Order(now))
    groups = _Groups(lists)
    weights = queries.policy().order.band_weights
    tasks = tuple(
        _task(row, rank, weights[row.effective_band - 1], groups, now) for rank, row in enumerate(rows)
    )
    people = tuple(
        Person(
            id=one.person.id,
            name=one.person.name,
            minutes=max(one.person.minutes_left, 0),
            practices=one.practices,
            patients=one.patients,
        )
        for one in lists
    )
    return Snapshot(
        Problem(tasks, people, tuple(groups.able)),
        {row.id: row.version for row in rows},
        {row.id: row.practice_id for row in rows},
    )


def _rows(at_work: Sequence[int], in_order: order_queries.Order) -> list[Any]:
    waits = (StoredTask.status == Status.QUEUED) & Practice.held_since.is_(None)
    on_a_list = StoredTask.status.in_((Status.ASSIGNED, Status.IN_PROGRESS)) & StoredTask.assignee_id.in_(
        at_work
    )
    query = (
        select(*_COLUMNS)
        .join(Practice, Practice.id == StoredTask.practice_id)
        .outerjoin(Forecast, Forecast.task_id == StoredTask.id)
        .where(or_(waits, on_a_list))
        .limit(MOST_TASKS)
    )
    return list(db.session.execute(in_order.sorted(query)))


class _Groups:
    """Numbers groups of like needs, and keeps who may do each."""

    def __init__(self, lists: Sequence[Worklist]) -> None:
        self._people = [one.person for one in lists]
        self._today = clock.now().astimezone(LONDON).date()
        self._of: dict[Any, int] = {}
        self.able: list[frozenset[int]] = []

    def of(self, needs: Needs) -> int:
        """Return the number of the group of these needs."""
        if needs.alike not in self._of:
            self._of[needs.alike] = len(self.able)
            may = (one.id for one in self._people if may_do(one, needs, today=self._today))
            self.able.append(frozenset(may))
        return self._of[needs.alike]


def _task(row: Any, rank: int, weight: int, groups: _Groups, now: order_queries.Moment) -> Task:
    reserved = row.reserved_for_id is not None and row.assignee_id is None
    return Task(
        id=row.id,
        minutes=row.minutes,
        weight=float(weight),
        breach_chance=_breach_chance(row, now),
        slack_minutes=row.due_number - now.number_of(row) - row.minutes,
        group=groups.of(waiting_queries.as_waiting(row).needs),
        practice_id=row.practice_id,
        patient_id=row.patient_id,
        person_id=row.assignee_id,
        # Paused work stays too: whoever began it knows where they are. What is reserved waits for its person.
        frozen=row.started_at is not None or row.pinned_since is not None or reserved,
        rank=rank,
        not_for=frozenset(row.not_back_to),
    )


def _breach_chance(row: Any, now: order_queries.Moment) -> float:
    """Return the chance that it is late if nobody does it today.

    What is due within one working day is late for sure; beyond that the newest forecast says, and
    without one the chance falls to nothing over a further working day.
    """
    spare = row.due_number - now.number_of(row) - row.minutes - order.ONE_DAY
    if spare <= 0:
        return 1.0
    if row.late is not None:
        return float(row.late)
    return float(max(1.0 - spare / order.ONE_DAY, 0.0))
