"""Giving open tasks another target, once a policy is in force that sets one."""

import uuid
from typing import Any

from sqlalchemy import select

from hub import background
from hub.domain import targets
from hub.domain.ledger import TELLS
from hub.domain.policy import parse_policy
from hub.extensions import clock, db
from hub.models import Task
from hub.placing import bulk
from hub.placing.system_actions import foresee_anew
from hub.policies import queries, target_queries
from hub.policies.target_queries import Retimed

CHUNK = 500  # so many are looked at, and locked, in one transaction


def retime(version: int, after: int = 0) -> int:
    """Move the due times of open tasks as version `version` of the policy sets them, with an event each.

    Looked at are those with an id above `after`; a further job does what is left. Their clocks go on: when
    the target started, and what paused it, stays. A version that is not in force any more moves nothing.
    Returns how many tasks were changed.
    """
    if version != queries.newest_version():
        return 0
    policy, now = parse_policy(queries.body_of(version)), clock.now()
    looked_at = target_queries.candidates(policy, after_id=after, limit=CHUNK)
    found = {one.id: one for one in target_queries.retimed(looked_at, policy, now) if one.keeps is None}
    free = _locked(found)
    bulk.retime([_row(found[task_id], version) for task_id in sorted(free)], now=now)
    left = sorted(found.keys() - free)
    if left:  # changed since they were read, so read again: nothing may keep an old target for that
        _go_on(version, left[0] - 1, again=True)
    elif len(looked_at) == CHUNK:
        _go_on(version, looked_at[-1].id)
    if free:
        background.later("top_up", key=f"top_up:targets:{version}:{after}")
        foresee_anew()
    return len(free)


def _go_on(version: int, after: int, *, again: bool = False) -> None:
    key = f"retime:{version}:{after}" + (f":{uuid.uuid4()}" if again else "")
    background.later("retime", key=key, lane="upkeep", version=version, after=after)


def _locked(found: dict[int, Retimed]) -> set[int]:
    """Lock these tasks; return the ids of those that nobody has changed since they were read."""
    query = select(Task.id, Task.version).where(Task.id.in_(list(found))).order_by(Task.id)
    rows = db.session.execute(query.with_for_update())
    return {row.id for row in rows if row.version == found[row.id].version}


def _row(one: Retimed, version: int) -> dict[str, Any]:
    working = one.working_due_at
    return {
        "id": one.id,
        "target_length": one.length,
        "due_at": one.due_at.isoformat(),
        "working_due_at": working.isoformat() if working else None,
        "late_on_arrival": one.clocks.late_on_arrival,
        "due_number": one.stored.due_number,
        "paused_number": one.stored.paused_number,
        "target_minutes": one.stored.target_minutes,
        "order_fixed": one.stored.order_fixed,
        "hub_clock": one.stored.hub_clock,
        "data": {
            "policy": version,
            "target": targets.instead(one.after, one.before),
            "due": one.due_at.isoformat(),
            TELLS: {"band": one.band, "target": one.length},
        },
    }
