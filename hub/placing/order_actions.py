"""What keeps the order right as time and facts around the tasks change: weights, credits, age ceilings.

Each looks at everything that is open in pieces, writes what changed in two statements a piece, and may run
twice or die half way.
"""

import datetime as dt
import uuid
from collections import Counter
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy import values as sql_values
from sqlalchemy.orm import joinedload
from sqlalchemy.sql import column as sql_column
from sqlalchemy.types import Integer

from hub import background
from hub.domain.actor import process
from hub.domain.fairness import credits_of, few_people
from hub.domain.vocabulary import OPEN_STATUSES, Status, SystemActor
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Contract, NetworkMembership, OutcomeRecord, Practice, Task
from hub.placing import bulk, order_queries, queries, shift_queries
from hub.placing.task_actions import flag

TIMETABLE = process(SystemActor.TIMETABLE)
PIECE = 1000
MOST_WEIGHED = 5000
# Of what is past its ceiling so many at most are put on the lead's list at once: in an overload the list
# must stay one that somebody can read. The longest overdue come first; the others follow as it shrinks.
MOST_FLAGGED = 50
PAST_CEILING = "It has waited beyond its age ceiling, and the order alone will not bring it forward."

# Whose minutes count for a practice are those of the next four weeks, so that a week off changes little;
# what changes by less than a hundredth is left as it is.
_AHEAD = dt.timedelta(days=27)
_STEP = 10_000

_COLUMNS = (
    Task.id, Task.ref, Task.version, Task.practice_id, Task.kind, Task.kind_version, Task.subtype,
    Task.requested, Task.answers, Task.receipt_on, Task.next_issue_on, Task.raised_at, Task.chases,
    Task.stopped_minutes, Task.practice_hours, Task.due_at, Task.signals, Task.minutes, Task.waiting_on,
    Task.waiting_since, Task.due_number, Task.paused_number, Task.target_minutes, Task.order_fixed,
    Task.hub_clock, Task.target_length, Practice.opening_hours,
)  # fmt: skip


def reweigh(after: int = 0) -> int:
    """Bring what the order stands on up to date where policy or opening hours have changed since.

    Returns how many tasks were changed, each with its event. Due times do not move: only their place in
    the order does. After `MOST_WEIGHED` changes a further job goes on, so that no lock is held for long.
    """
    changed, policy = 0, queries.policy()
    while rows := _open_after(after):
        if changed >= MOST_WEIGHED:
            background.later("reweigh", key=f"reweigh:{uuid.uuid4()}", lane="upkeep", after=after)
            break
        stale = list(order_queries.stale(rows, policy.order))
        free = _lock({row.id: row.version for row, _ in stale})
        bulk.weigh(
            [_weighed(row, found, policy.version) for row, found in stale if row.id in free], now=clock.now()
        )
        changed += len(free)
        after = rows[-1].id
    return changed


def _open_after(task_id: int) -> list[Any]:
    query = (
        select(*_COLUMNS)
        .join(Practice, Practice.id == Task.practice_id)
        .where(Task.id > task_id, Task.status.in_(OPEN_STATUSES))
        .order_by(Task.id)
        .limit(PIECE)
    )
    return list(db.session.execute(query))


def _lock(versions: dict[int, int]) -> set[int]:
    """Lock these tasks, unless somebody has them or has changed them since they were read."""
    query = select(Task.id, Task.version).where(Task.id.in_(list(versions))).order_by(Task.id)
    rows = db.session.execute(query.with_for_update(skip_locked=True))
    return {row.id for row in rows if versions[row.id] == row.version}


def _weighed(row: Any, found: order_queries.Stored, version: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "due_number": found.due_number,
        "paused_number": found.paused_number,
        "target_minutes": found.target_minutes,
        "order_fixed": found.order_fixed,
        "hub_clock": found.hub_clock,
        "data": {"policy": version, "from": row.order_fixed, "to": found.order_fixed},
    }


def share_out() -> int:
    """Work out each practice's credit in the order: how far it is behind its contracted share.

    A network's minutes count evenly for its practices and for the days of the contract that have passed.
    With it goes what its work gains where few people may do it. Returns how many credits changed.
    """
    _count_people()
    today = clock.now().astimezone(LONDON).date()
    contracted = _contracted(today)
    policy = queries.policy().order
    found = credits_of(contracted, _delivered(today), policy.fairness_most_percent)
    query = select(Practice.id, Practice.order_credit).where(
        Practice.order_credit != 0 if not found else (Practice.order_credit != 0) | Practice.id.in_(found)
    )
    before = {row.id: row.order_credit for row in db.session.execute(query)}
    changed = {one: found.get(one, 0) for one, credit in before.items() if found.get(one, 0) != credit}
    if changed:
        columns = sql_column("practice_id", Integer), sql_column("credit", Integer)
        new: Any = sql_values(*columns, name="new").data(sorted(changed.items())).alias("new")
        statement = update(Practice).where(Practice.id == new.c.practice_id)
        db.session.execute(
            statement.values(order_credit=new.c.credit).execution_options(synchronize_session=False)
        )
    return len(changed)


def _count_people() -> None:
    """Work out what each practice's work gains where few people, by their minutes ahead, may do it."""
    today, capacity = clock.now().astimezone(LONDON).date(), Counter[int]()
    staff = queries.people()
    planned = shift_queries.plan([one.id for one in staff], today, today + _AHEAD)
    for person in staff:
        minutes = sum(day.minutes for day in planned[person.id])
        capacity.update(dict.fromkeys(person.practices, minutes))
    found = few_people(capacity, queries.policy().order.few_people_percent)
    before = db.session.execute(select(Practice.id, Practice.order_people)).all()
    changed = [
        {"id": row.id, "order_people": new}
        for row in before
        if abs((new := found.get(row.id, 0)) - row.order_people) > (_STEP if new else 0)
    ]
    if changed:
        db.session.execute(update(Practice), changed)


def _contracts(today: dt.date) -> list[Any]:
    """Return (practice, members of its network, contract) of each contract that runs today."""
    members = (
        select(
            NetworkMembership.network_id,
            NetworkMembership.practice_id,
            func.count().over(partition_by=NetworkMembership.network_id).label("members"),
        )
        .where(NetworkMembership.starts_on <= today)
        .where(NetworkMembership.ends_on.is_(None) | (NetworkMembership.ends_on > today))
        .subquery()
    )
    query = select(members.c.practice_id, members.c.members, Contract).join(
        Contract, Contract.network_id == members.c.network_id
    )
    return list(db.session.execute(query.where(Contract.starts_on <= today, Contract.ends_on > today)))


def _contracted(today: dt.date) -> dict[int, float]:
    found: dict[int, float] = {}
    for practice_id, members, contract in _contracts(today):
        passed = (today - contract.starts_on).days + 1
        share = contract.minutes * passed / (contract.ends_on - contract.starts_on).days / members
        found[practice_id] = found.get(practice_id, 0.0) + share
    return found


def _delivered(today: dt.date) -> dict[int, int]:
    """Return the minutes worked for each practice since the contract that runs today began."""
    starts = {practice_id: contract.starts_on for practice_id, _, contract in _contracts(today)}
    if not starts:
        return {}
    columns = sql_column("practice_id", Integer), sql_column("since", db.Date)
    began: Any = sql_values(*columns, name="began").data(sorted(starts.items())).alias("began")
    query = (
        select(OutcomeRecord.practice_id, func.sum(OutcomeRecord.minutes))
        .join(began, began.c.practice_id == OutcomeRecord.practice_id)
        .where(OutcomeRecord.at >= began.c.since)
        .group_by(OutcomeRecord.practice_id)
    )
    return {row[0]: int(row[1]) for row in db.session.execute(query)}


def flag_past_ceiling() -> int:
    """Put what waits beyond its age ceiling on the lead's list, the longest overdue first.

    No more than `MOST_FLAGGED` stand there for this at once. Returns how many were put there.
    """
    there = select(func.count()).where(Task.decide_why == PAST_CEILING, Task.decide_since.is_not(None))
    room = MOST_FLAGGED - (db.session.scalar(there) or 0)
    if room <= 0:
        return 0
    now = order_queries.Order()
    query = select(Task.id).where(
        Task.status == Status.QUEUED,
        Task.decide_since.is_(None),
        Task.effective_band > now.policy.hard_bands,
        now.past_ceiling > 0,
    )
    ids = list(db.session.scalars(query.order_by(now.past_ceiling.desc(), Task.id).limit(room)))
    locked = (
        select(Task)
        .where(Task.id.in_(ids), Task.status == Status.QUEUED, Task.decide_since.is_(None))
        .options(joinedload(Task.data_key))
        .order_by(Task.id)
        .with_for_update(of=Task, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    tasks = list(db.session.scalars(locked).unique())
    for task in tasks:
        flag(task, PAST_CEILING, by=TIMETABLE)
    return len(tasks)
