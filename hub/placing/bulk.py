"""Writing many placed or assigned tasks, each with its event, in two statements."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import text

from hub.domain.actor import Actor
from hub.domain.lifecycle import Act
from hub.domain.vocabulary import SystemActor
from hub.extensions import db
from hub.notices import actions as notices


@dataclass(frozen=True, slots=True)
class Placed:
    """What placing decided about one raised task; times are ISO, lists go into arrays."""

    id: int
    band: int
    signals: list[str]
    not_told: list[str]
    not_sure: list[str]
    reasons: list[str]
    due_at: str
    deadline_at: str | None
    deadline_why: str
    working_due_at: str
    late_on_arrival: bool
    queue: str
    professions: list[str]
    needs_prescriber: bool
    competences: list[str]
    minutes: int
    due_number: int
    target_minutes: int
    order_fixed: int
    hub_clock: bool
    policy_version: int
    decide_why: str
    data: dict[str, Any]


_FIELDS = tuple(field.name for field in fields(Placed))
_PLACE = text("""
    with n as (select * from jsonb_to_recordset(cast(:rows as jsonb)) as n(
        id bigint, band smallint, signals text[], not_told text[], not_sure text[], reasons jsonb,
        due_at timestamptz, deadline_at timestamptz, deadline_why text, working_due_at timestamptz,
        late_on_arrival bool, queue text, professions text[], needs_prescriber bool, competences text[],
        minutes smallint, due_number int, target_minutes int, order_fixed int, hub_clock bool,
        policy_version int, decide_why text))
    update task t set status = 'queued', version = t.version + 1, band = n.band, signals = n.signals,
        not_told = n.not_told, not_sure = n.not_sure, reasons = n.reasons, due_at = n.due_at,
        deadline_at = n.deadline_at, deadline_why = n.deadline_why, working_due_at = n.working_due_at,
        late_on_arrival = n.late_on_arrival, queue = n.queue, professions = n.professions,
        needs_prescriber = n.needs_prescriber, competences = n.competences, minutes = n.minutes,
        due_number = n.due_number, paused_number = null, target_minutes = n.target_minutes,
        order_fixed = n.order_fixed, hub_clock = n.hub_clock, policy_version = n.policy_version,
        decide_why = case when n.decide_why = '' then t.decide_why else n.decide_why end,
        decide_since = case when n.decide_why = '' then t.decide_since
                            else coalesce(t.decide_since, :now) end
    from n where t.id = n.id and t.status = 'raised'
""")

_ASSIGN = text("""
    with n as (select * from jsonb_to_recordset(cast(:rows as jsonb)) as n(
        id bigint, person_id int, reasons jsonb))
    update task t set status = 'assigned', version = t.version + 1, assignee_id = n.person_id,
        assigned_at = :now, why_me = n.reasons, booked_on = :day, reserved_for_id = null,
        reserved_until = null
    from n where t.id = n.id and t.status = 'queued'
""")

_WEIGH = text("""
    with n as (select * from jsonb_to_recordset(cast(:rows as jsonb)) as n(
        id bigint, due_number int, paused_number int, target_minutes int, order_fixed int, hub_clock bool))
    update task t set version = t.version + 1, due_number = n.due_number, paused_number = n.paused_number,
        target_minutes = n.target_minutes, order_fixed = n.order_fixed, hub_clock = n.hub_clock
    from n where t.id = n.id
""")

_RETIME = text("""
    with n as (select * from jsonb_to_recordset(cast(:rows as jsonb)) as n(
        id bigint, target_length smallint, due_at timestamptz, working_due_at timestamptz,
        late_on_arrival bool, due_number int, paused_number int, target_minutes int, order_fixed int,
        hub_clock bool))
    update task t set version = t.version + 1, target_length = n.target_length, due_at = n.due_at,
        working_due_at = coalesce(n.working_due_at, t.working_due_at),
        late_on_arrival = n.late_on_arrival, due_number = n.due_number, paused_number = n.paused_number,
        target_minutes = n.target_minutes, order_fixed = n.order_fixed, hub_clock = n.hub_clock
    from n where t.id = n.id
""")

# The task first, then its event: no event may be ahead of its task.
_EVENTS = text("""
    insert into event (task_id, seq, practice_id, at, actor_system, kind, status, data)
    select t.id, t.version, t.practice_id, :now, :actor, :kind, t.status, n.data
    from jsonb_to_recordset(cast(:rows as jsonb)) as n(id bigint, data jsonb)
    join task t on t.id = n.id
""")
_WARN = text("""
    update task t set version = t.version + 1
    from jsonb_to_recordset(cast(:rows as jsonb)) as n(id bigint) where t.id = n.id
""")
_FLAG = text("""
    update task t set version = t.version + 1, decide_why = n.why, decide_since = :now
    from jsonb_to_recordset(cast(:rows as jsonb)) as n(id bigint, why text) where t.id = n.id
""")
_EVENTS_OF = text("""
    insert into event (task_id, seq, practice_id, at, actor_id, actor_system, kind, status, data)
    select t.id, t.version, t.practice_id, :now, cast(:person as int), cast(:actor as text), :kind, t.status,
        n.data
    from jsonb_to_recordset(cast(:rows as jsonb)) as n(id bigint, data jsonb) join task t on t.id = n.id
""")


def place(rows: Iterable[Placed], *, now: dt.datetime) -> None:
    """Put these raised tasks into their queues. The caller holds their locks."""
    rows = list(rows)
    data = [{name: getattr(row, name) for name in _FIELDS} for row in rows]  # asdict would copy every list
    _change(_PLACE, data, "placed", now)
    if flagged := [row.id for row in rows if row.decide_why]:
        notices.decisions_wait(flagged)


def assign(rows: Iterable[dict[str, Any]], *, now: dt.datetime, day: dt.date) -> None:
    """Put queued tasks on worklists; rows are {id, person_id, reasons, data}. The caller holds the locks."""
    given = list(rows)
    _change(_ASSIGN, given, "assigned", now, day=day)
    if given:
        notices.given_urgent([row["id"] for row in given])


def weigh(rows: Iterable[dict[str, Any]], *, now: dt.datetime) -> None:
    """Write anew what the order stands on; rows are {id, facts ..., data}. The caller holds the locks."""
    _change(_WEIGH, list(rows), "weighed", now)


def retime(rows: Iterable[dict[str, Any]], *, now: dt.datetime) -> None:
    """Give open tasks another target; rows are {id, target_length, due_at ..., data}, times as ISO.

    A `working_due_at` of None leaves the one that its deadline gave. The caller holds the locks.
    """
    _change(_RETIME, list(rows), "retimed", now)


def _change(statement: Any, rows: list[dict[str, Any]], kind: str, now: dt.datetime, **more: Any) -> None:
    if not rows:
        return
    packed = json.dumps(rows)
    db.session.execute(statement, {"rows": packed, "now": now, **more})
    values = {"rows": packed, "now": now, "actor": SystemActor.PLACING.value, "kind": kind}
    db.session.execute(_EVENTS, values)
    # What the session knew of these tasks is out of date now.
    db.session.expire_all()


def warn(rows: Iterable[dict[str, Any]], *, by: Actor, now: dt.datetime) -> None:
    """Note on tasks that their practice was told not to rely on them, and put them onto the lead's list.

    Rows are {id, data, why}: what the event of the warning tells, and why a lead must see it. Two events of
    whoever raised them, as for one task. The caller has raised these in the same transaction.
    """
    noted = list(rows)
    flagged = [{"id": row["id"], "why": row["why"], "data": {"why": row["why"]}} for row in noted]
    for statement, lines, act in ((_WARN, noted, Act.WARNED), (_FLAG, flagged, Act.FLAGGED)):
        packed = json.dumps(lines)
        db.session.execute(
            statement, {"rows": packed, "now": now} if act is Act.FLAGGED else {"rows": packed}
        )
        values = {"rows": packed, "now": now, "person": by.user_id, "actor": by.system, "kind": act.value}
        db.session.execute(_EVENTS_OF, values)
    notices.decisions_wait([row["id"] for row in noted])
