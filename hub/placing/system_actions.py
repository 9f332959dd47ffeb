"""What the hub's own processes do at once: place what was raised, and keep worklists topped up.

Each may run twice or die half way: it looks at what is true now, changes only what it
has locked, and its one commit carries change, event and done-mark together.
"""

import uuid
from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, func, select

from hub import background
from hub.domain import assignment
from hub.domain.eligibility import Person
from hub.domain.policy import Policy
from hub.domain.vocabulary import Band, Status
from hub.extensions import clock, db
from hub.models import ForecastRun, Practice, Task
from hub.placing import booking, bulk, judging, on_call_actions, queries, waiting_queries

CHUNK = 250
FEW = 10  # so many people's own work is asked for one by one, before all that waits is read
CHUNKS = 4  # placed in one transaction by one job: locks are held for seconds at most

_RAISED_COLUMNS = (
    Task.id, Task.version, Task.patient_id, Task.kind, Task.kind_version, Task.subtype, Task.stage,
    Task.requested, Task.answers, Task.receipt_on, Task.next_issue_on, Task.raised_at, Task.chases,
    Task.stopped_minutes, Task.not_back_to, Task.band, Task.due_at, Task.practice_hours, Task.target_length,
)  # fmt: skip


def place(task_id: int) -> int:
    """Place one raised task and top up at once, so that it reaches a worklist within a second.

    Whatever else waits to be placed goes along. Returns how many were placed.
    """
    placed = place_batch([task_id])
    if placed:
        placed += place_batch()
        top_up()
        on_call_actions.ring()
    return placed


def place_raised() -> int:
    """Place every request whose own job was lost, and top up. Returns how many were placed.

    What does not fit into one transaction is left to a further job, which follows at once.
    """
    placed = 0
    for _ in range(CHUNKS):
        count = place_batch()
        placed += count
        if count < CHUNK:
            break
    else:
        background.later("place_raised", key=f"place_raised:{uuid.uuid4()}")
    if placed:
        top_up()
        on_call_actions.ring()
    return placed


def place_batch(task_ids: list[int] | None = None) -> int:
    """Route and prioritise raised tasks (these, or the oldest `CHUNK`) in one go.

    Raised tasks that another process has locked are left to it. Returns how many were
    placed. The number of statements does not depend on the number of tasks.
    """
    these: ColumnElement[bool] = Task.status == Status.RAISED
    if task_ids is not None:
        these &= Task.id.in_(task_ids)
    query = (
        select(*_RAISED_COLUMNS, Practice)
        .join(Practice, Practice.id == Task.practice_id)
        .where(these)
        .order_by(Task.id)
        .limit(CHUNK)
        .with_for_update(of=Task, skip_locked=True)
    )
    rows = db.session.execute(query).all()
    if rows:
        facts = judging.Facts()
        placed = [judging.placed(row, row.Practice, facts) for row in rows]
        bulk.place(placed, now=facts.now)
        if any(one.band == Band.NOW for one in placed):
            foresee_anew()
    return len(rows)


def foresee_anew() -> None:
    """Have the forecast made again soon, because what is foretold has changed at a stroke.

    Once for each forecast that there is: whatever else changes before the next one is made goes into it.
    Where there is none yet, nobody has read one.
    """
    newest = db.session.scalar(select(func.max(ForecastRun.id)))
    if newest is not None:
        background.later("foretell", key=f"foretell:after:{newest}", lane="planning")


def top_up() -> int:
    """Give everyone at work the next tasks in order, up to their buffer. Returns how many were given.

    The days of everyone at work are locked first, so one top-up runs at a time. Another
    that comes meanwhile waits for it, because what that one brings was perhaps not yet to be seen.
    """
    at_work = {person.id for person in queries.people() if person.at_work}
    if not at_work:
        return 0
    booking.lock_days(at_work)
    # Counted again under the lock: what was bound meanwhile is seen now.
    worklists, policy = waiting_queries.worklists(at_work), queries.policy()
    if not _short(worklists, [], {}, policy):
        return _give(worklists, waiting_queries.waiting(Task.effective_band == Band.NOW), policy)
    return _give(worklists, waiting_queries.waiting(), policy)


def _give(worklists: list[assignment.Worklist], found: list[Any], policy: Policy) -> int:
    rows, reserve = {row.id: row for row in found}, 0
    if found and (reserve := booking.reserve_left(policy.order.reserve_percent)):
        rows |= {row.id: row for row in waiting_queries.longest_overdue()}
    choices = _choices(worklists, rows, policy, reserve)
    if len(found) == waiting_queries.WINDOW and (short := _short(worklists, choices, rows, policy)):
        # Thousands wait before the first that is for these people: ask for each of a few, else for all.
        if len(short) > FEW:
            everything = waiting_queries.waiting(limit=waiting_queries.EVERYTHING)
            rows |= {row.id: row for row in everything}
        else:
            for person in short:
                rows |= {row.id: row for row in waiting_queries.waiting_for(person, booking.today())}
        choices = _choices(worklists, rows, policy, reserve)
    return _assign(choices, rows)


def _choices(
    worklists: list[assignment.Worklist], rows: dict[int, Any], policy: Policy, reserve: int
) -> list[assignment.Choice]:
    waiting = map(waiting_queries.as_waiting, rows.values())
    return assignment.top_up(worklists, waiting, policy, booking.today(), reserve)


def _short(
    worklists: list[assignment.Worklist],
    choices: list[assignment.Choice],
    rows: dict[int, Any],
    policy: Policy,
) -> list[Person]:
    """Return whose list does not hold the buffer even with these choices."""
    bound = {one.person.id: one.bound_minutes for one in worklists}
    for choice in choices:
        bound[choice.person_id] += rows[choice.task_id].minutes
    return [one.person for one in worklists if bound[one.person.id] < policy.buffer_minutes]


def _assign(choices: list[assignment.Choice], rows: dict[int, Any]) -> int:
    if not choices:
        return 0
    wanted = [choice.task_id for choice in choices]
    query = select(Task.id).where(Task.id.in_(wanted), Task.status == Status.QUEUED).order_by(Task.id)
    free = set(db.session.scalars(query.with_for_update(skip_locked=True)))
    given = [choice for choice in choices if choice.task_id in free]
    minutes: dict[int, int] = defaultdict(int)
    for choice in given:
        minutes[choice.person_id] += rows[choice.task_id].minutes
    booking.book_minutes(minutes)
    booking.draw_reserve(sum(choice.reserve_minutes for choice in given))
    bulk.assign([_given(choice) for choice in given], now=clock.now(), day=booking.today())
    return len(given)


def _given(choice: assignment.Choice) -> dict[str, Any]:
    reasons = list(choice.reasons)
    return {
        "id": choice.task_id,
        "person_id": choice.person_id,
        "reasons": reasons,
        "data": {"to": choice.person_id, "reasons": reasons}
        | ({"reserve": choice.reserve_minutes} if choice.reserve_minutes else {}),
    }
