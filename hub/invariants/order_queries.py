"""What the order stands on, worked out anew for every open task, beside what is stored."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hub.placing import order_queries

OPEN_TASKS = """
        select t.id, t.ref, t.practice_id, t.kind, t.kind_version, t.subtype, t.requested, t.answers,
               t.receipt_on, t.next_issue_on, t.raised_at, t.chases, t.stopped_minutes, t.practice_hours,
               t.due_at, t.signals, t.minutes, t.waiting_on, t.waiting_since, t.due_number, t.paused_number,
               t.target_minutes, t.order_fixed, t.hub_clock, t.target_length, p.opening_hours
        from task t join practice p on p.id = t.practice_id
        where t.status = any(:open)
        order by t.id"""


def recount(rows: Iterable[Any], known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the reference and the difference of each task that is in the order by wrong facts.

    `rows` are those of `OPEN_TASKS`; `known` holds the `order` of the policy in force.
    """
    for row, found in order_queries.stale(rows, known["order"]):
        yield row.ref, f"stored {order_queries.stored_of(row)}, should be {found}"
