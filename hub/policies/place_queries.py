"""Whose place in the order a draft would change: what waits, in order as it is and as it would be."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from hub.domain import order
from hub.domain.kinds import QUEUES
from hub.domain.order_policy import OrderPolicy
from hub.domain.vocabulary import Status
from hub.extensions import db
from hub.models import Practice, Task
from hub.placing import order_queries, queries

_COLUMNS = (
    Task.id, Task.ref, Task.kind, Task.queue, Task.practice_id, Task.band, Task.override_band, Task.minutes,
    Task.target_minutes, Task.due_number, Task.order_fixed, Task.paused_number, Task.deadline_at, Task.due_at,
    Task.raised_at, Task.hub_clock, Task.override_first, Task.signals, Task.requested,
    Practice.name.label("practice_name"),
)  # fmt: skip


@dataclass(frozen=True)
class Shifted:
    """A waiting task that would stand elsewhere in its queue: its places, from 1, as it is and would be."""

    ref: str
    kind: str
    practice: str
    queue: str
    before: int
    after: int

    @property
    def phrases(self) -> tuple[str, ...]:
        """Return the change in words, as tables of tasks show it."""
        queue = QUEUES.get(self.queue, self.queue)
        return (f"{queue}: place {self.after} instead of {self.before}",)


def shifted(policy: OrderPolicy) -> list[Shifted]:
    """Return what waits and would stand elsewhere in its queue under `policy`, the largest moves first.

    Each task keeps its due time, its minutes and its band: what differs is what the order makes of them.
    Three statements at most; none where `policy` orders as the policy in force does.
    """
    in_force = queries.policy().order
    if policy == in_force:
        return []
    query = select(*_COLUMNS).join(Practice, Practice.id == Task.practice_id)
    rows = list(db.session.execute(query.where(Task.status == Status.QUEUED)))
    found = [
        Shifted(row.ref, row.kind, row.practice_name, row.queue, before, after)
        for row, before, after in _places(rows, in_force, policy)
        if before != after
    ]
    # Where one task goes forward by ten, ten go back by one: who moves by most is named first.
    return sorted(found, key=lambda one: (-abs(one.after - one.before), one.queue, one.after))


def _places(rows: Sequence[Any], was: OrderPolicy, policy: OrderPolicy) -> list[tuple[Any, int, int]]:
    now, fixed = order_queries.moment(), _Fixed(policy)
    keys: dict[str, list[tuple[order.Key, order.Key, Any]]] = defaultdict(list)
    for row in rows:
        place = order_queries.place_of(row, now)
        then = replace(place, facts=replace(place.facts, fixed=fixed.of(row)))
        keys[row.queue].append((order.order_key(place, was), order.order_key(then, policy), row))
    found = []
    for group in keys.values():
        before = {one[2].id: n for n, one in enumerate(sorted(group, key=lambda one: one[0]), start=1)}
        after = sorted(group, key=lambda one: one[1])
        found += [(row, before[row.id], n) for n, (_, _, row) in enumerate(after, start=1)]
    return found


class _Fixed:
    """What facts, the practice's word and length weigh under a policy, worked out once for what is alike."""

    def __init__(self, policy: OrderPolicy) -> None:
        self._policy = policy
        self._known: dict[Any, int] = {}

    def of(self, row: Any) -> int:
        """Return the part of the task's weight that time does not change."""
        alike = (tuple(row.signals), row.requested, row.minutes)
        if alike not in self._known:
            self._known[alike] = order.fixed_weight(
                signals=row.signals, requested=row.requested, minutes=row.minutes, policy=self._policy
            )
        return self._known[alike]
