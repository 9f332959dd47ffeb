"""The outbox: record a job with the change that needs it; publish it to RQ after commit.

PostgreSQL is the truth and Redis only the doorbell. `later` adds a row in the same
transaction as the change; after commit the row is published. If Redis is away the page
still succeeds and the sweep publishes later.
"""

import datetime as dt
import functools
import logging
import random
import time
from typing import Any

from flask import current_app, has_app_context
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import event, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hub.extensions import clock, db
from hub.models import Outbox

log = logging.getLogger(__name__)

LANES = ("placing", "upkeep", "planning", "importing")
RUNNER = "workers.runner.handle"  # the only function a worker accepts
MAX_ATTEMPTS = 8
LONGEST_PAUSE = 300
# While Redis does not answer, only one page in so many seconds finds that out.
AWAY_SECONDS = 5.0

_away_until: dict[str, float] = {}


@functools.lru_cache(maxsize=4)
def redis_connection(url: str) -> Redis:
    """Return a connection that answers or fails within a second, so that Redis never holds a page."""
    return Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))


def lease() -> dt.timedelta:
    """Return after how long a job that was published, and is not done, is published again."""
    found: dt.timedelta = current_app.config["JOB_LEASE"]
    return found


def later(job: str, *, key: str, lane: str = "placing", **ids: int | str) -> None:
    """Record that `job` (a name in `workers.jobs.JOBS`) must run after this transaction commits.

    `key` makes it once: the same key again changes nothing. `ids` must be ids and never
    anything about a patient; they are all that the job is given.

    Raises:
        ValueError: there is no such lane, so nobody would ever do it.
    """
    if lane not in LANES:
        raise ValueError(f"There is no lane {lane!r}.")
    now = clock.now()
    row = {
        "job": job,
        "lane": lane,
        "key": key,
        "payload": ids,
        "created_at": now,
        "next_at": now + lease(),
    }
    query = insert(Outbox).values(row).on_conflict_do_nothing(index_elements=["key"]).returning(Outbox.id)
    # A half-changed task may stand in the session; it goes to the database with its event only.
    outbox_id = db.session.execute(query, execution_options={"autoflush": False}).scalar_one_or_none()
    if outbox_id is not None:
        db.session().info.setdefault("to_publish", []).append((outbox_id, lane))


def publish(rows: list[tuple[int, str]]) -> int:
    """Ring the doorbell for these outbox rows, in order; return how many were rung. Redis may be away."""
    url = current_app.config["REDIS_URL"]
    if time.monotonic() < _away_until.get(url, 0.0):
        return 0
    rung = 0
    try:
        connection = redis_connection(url)
        for outbox_id, lane in rows:
            queue = Queue(lane, connection=connection, serializer=JSONSerializer)
            queue.enqueue(
                RUNNER,
                outbox_id,
                job_timeout=120,
                result_ttl=0,
                failure_ttl=3600,
                description=f"outbox {outbox_id}",
            )
            rung += 1
    except RedisError as error:
        _away_until[url] = time.monotonic() + AWAY_SECONDS
        log.warning("redis is away; the sweep will publish: %s", type(error).__name__)
    return rung


def sweep(limit: int = 500) -> int:
    """Publish again what was not done within its lease; commits. Return how many were rung.

    Any number may sweep at once: rows are locked and skipped, and a job that runs twice
    finds its row done. What could not be rung stays due.
    """
    now = clock.now()
    due = (
        select(Outbox.id, Outbox.lane)
        .where(Outbox.done_at.is_(None), Outbox.dead_at.is_(None), Outbox.next_at <= now)
        .order_by(Outbox.next_at, Outbox.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = [(row.id, row.lane) for row in db.session.execute(due)]
    # Published after the commit: a worker that comes at once must find the row free.
    _set_next([row[0] for row in rows], next_at=now + lease(), published_at=now)
    rung = publish(rows) if rows else 0
    _set_next([row[0] for row in rows[rung:]], next_at=now)
    return rung


def _set_next(ids: list[int], **moments: dt.datetime) -> None:
    if ids:
        unfinished = update(Outbox).where(Outbox.id.in_(ids), Outbox.done_at.is_(None))
        db.session.execute(unfinished.values(**moments))
    db.session.commit()


def failed(row: Outbox, error: Exception) -> None:
    """Note a failed attempt: try again later with growing pauses, at last give up where it is seen."""
    now = clock.now()
    row.attempts += 1
    # The message could quote data, so only the error's type is kept.
    row.last_error = type(error).__name__
    if row.attempts >= MAX_ATTEMPTS:
        row.dead_at = now
    pause = min(2**row.attempts, LONGEST_PAUSE) * random.uniform(0.75, 1.25)  # noqa: S311 (jitter, not a secret)
    row.next_at = now + dt.timedelta(seconds=pause)


@event.listens_for(Session, "after_commit")
def _publish_after_commit(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint is no commit
        return
    rows: list[Any] = session.info.pop("to_publish", [])
    if rows and has_app_context():
        publish(rows)


@event.listens_for(Session, "after_rollback")
def _forget_after_rollback(session: Session) -> None:
    # What a savepoint takes back may be rung for in vain, which harms nobody; the rest must be rung for.
    if not session.in_nested_transaction():
        session.info.pop("to_publish", None)
