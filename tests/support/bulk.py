"""Many made-up tasks in every state at once, written past the guards as the owner of the tables.

For counting and measuring only: each task has one event, so its history is not that of a
real one. Patients are none; texts are noise.
"""

import datetime as dt
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from hub.domain.kinds import QUEUES
from hub.protocols.files import kinds_on_disk

STATUSES = ("raised", "queued", "assigned", "in_progress", "waiting", "sent_back", "completed", "cancelled")
WEIGHTS = (5, 50, 15, 3, 8, 4, 10, 5)
MEDQ = next(kind.version for kind in kinds_on_disk() if kind.code == "MEDQ")
HELD_BY_SOMEONE = ("assigned", "in_progress", "waiting")


def fill(
    owner: psycopg.Connection[Any],
    *,
    tasks: int,
    people: Sequence[int],
    practices: Sequence[int],
    raised_by: int,
    now: dt.datetime,
    seed: int = 1,
) -> None:
    """Write this many tasks in random states, of these practices and people."""
    rng = random.Random(seed)
    keys = {practice_id: _key(owner, practice_id) for practice_id in practices}
    free = list(people)  # who has nothing in progress yet
    rows = [_row(rng, n, list(people), list(practices), keys, raised_by, now, free) for n in range(tasks)]
    names = list(rows[0])
    columns, places = ", ".join(names), ", ".join(f"%({name})s" for name in names)
    with past_the_guards(owner), owner.cursor() as cursor:
        cursor.executemany(f"insert into task ({columns}) values ({places})", rows)
        cursor.execute(
            "insert into event (task_id, seq, practice_id, at, actor_system, kind, status) "
            "select id, 1, practice_id, raised_at, 'seed', 'raised', status from task t "
            "where not exists (select from event e where e.task_id = t.id)"
        )


@contextmanager
def past_the_guards(owner: psycopg.Connection[Any], *tables: str) -> Iterator[None]:
    """A transaction in which the triggers of these tables (task and event, unless named) sleep."""
    names = [sql.Identifier(table) for table in tables or ("task", "event")]
    with owner.transaction():
        for name in names:
            owner.execute(sql.SQL("alter table {} disable trigger user").format(name))
        yield
    # Only after commit: checks that were deferred to it must have been made.
    for name in names:
        owner.execute(sql.SQL("alter table {} enable trigger user").format(name))


def _key(owner: psycopg.Connection[Any], practice_id: int) -> Any:
    insert = (
        "insert into data_key (id, practice_id, master, wrapped) values (gen_random_uuid(), %s, 'm', '\\x00')"
    )
    row = owner.execute(insert + " returning id", (practice_id,)).fetchone()
    assert row is not None
    return row[0]


def _row(
    rng: random.Random,
    n: int,
    people: list[int],
    practices: list[int],
    keys: dict[int, Any],
    raised_by: int,
    now: dt.datetime,
    free: list[int],
) -> dict[str, Any]:
    status = rng.choices(STATUSES, WEIGHTS)[0]
    if status == "in_progress" and not free:
        status = "queued"
    who = None
    if status in HELD_BY_SOMEONE:
        who = free.pop() if status == "in_progress" else rng.choice(people)
    raised_at = now - dt.timedelta(minutes=rng.randrange(40000))
    due_at = now + dt.timedelta(minutes=rng.randrange(-5000, 15000))
    deadline = now + dt.timedelta(minutes=rng.randrange(-3000, 12000)) if rng.random() < 0.3 else None
    waits, closed = status == "waiting", status in ("completed", "cancelled")
    flagged = not closed and rng.random() < 0.15
    practice_id = rng.choice(practices)
    return {
        "ref": f"B{n:07d}", "practice_id": practice_id, "data_key_id": keys[practice_id], "kind": "MEDQ",
        "kind_version": MEDQ, "queue": rng.choice(list(QUEUES)), "status": status, "version": 1,
        "requested": "routine", "receipt_on": raised_at.date(), "raised_at": raised_at,
        "raised_by_id": raised_by, "band": rng.randint(1, 5), "due_at": due_at, "deadline_at": deadline,
        "working_due_at": due_at, "minutes": rng.choice((5, 10, 15, 30, 45)),
        "professions": rng.choice((["pharmacist"], ["technician"], ["pharmacist", "technician"])),
        "needs_prescriber": rng.random() < 0.2,
        "competences": rng.choice(([], ["asthma"], ["asthma", "smr"])),
        "not_back_to": json.dumps(rng.sample(people, min(len(people), rng.choice((0, 0, 1, 2))))),
        "assignee_id": who, "assigned_at": now if who else None,
        "started_at": now - dt.timedelta(minutes=rng.randrange(300)) if status == "in_progress" else None,
        "waiting_on": rng.choice(("practice", "patient", "hospital", "results")) if waits else None,
        "waiting_since": now - dt.timedelta(minutes=rng.randrange(6000)) if waits else None,
        "chase_at": now + dt.timedelta(days=1) if waits else None,
        "decide_why": "It has been released 2 times." if flagged else "",
        "decide_since": now - dt.timedelta(minutes=rng.randrange(3000)) if flagged else None,
        "closed_at": now if closed else None, "outcome": "answered" if status == "completed" else None,
        "cancel_reason": "withdrawn" if status == "cancelled" else None,
    }  # fmt: skip
