"""Is the hub itself at work: does placing run, do the workers live, did a job give up?"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select

from hub.background import LANES
from hub.domain.errors import NotFound
from hub.extensions import db
from hub.models import Heartbeat, Outbox

# The jobs that place tasks; the newest that was done is the last placing run.
PLACING_JOBS = ("place", "place_raised", "top_up")
PROCESSES = (*LANES, "timetable")
LATE = dt.timedelta(seconds=60)
# Workers write every few seconds; after this long one is taken for gone.
STALE = dt.timedelta(seconds=60)

# A job that gave up stays here until a lead has it tried again or puts it away.
DEAD = and_(Outbox.dead_at.is_not(None), Outbox.done_at.is_(None))


@dataclass(frozen=True)
class Health:
    """How the hub's own machinery stands. Moments are None when it never happened."""

    placed_at: dt.datetime | None
    late_jobs: int
    dead_jobs: int
    heard: dict[str, dt.datetime | None]
    now: dt.datetime

    def silent(self) -> list[str]:
        """Return the processes that have not been heard of lately."""
        return [name for name, at in self.heard.items() if at is None or at < self.now - STALE]

    @property
    def is_delayed(self) -> bool:
        """Say whether automatic placing lags: a process is silent or jobs are late."""
        return bool(self.silent()) or self.late_jobs > 0


def health(now: dt.datetime) -> Health:
    """Return the state of the machinery in two statements."""
    newest = (
        select(Outbox.done_at)
        .where(Outbox.job.in_(PLACING_JOBS), Outbox.done_at.is_not(None))
        .order_by(Outbox.id.desc())
        .limit(1)
    )
    to_do = and_(Outbox.done_at.is_(None), Outbox.dead_at.is_(None))
    late = select(func.count()).select_from(Outbox).where(to_do, Outbox.created_at < now - LATE)
    dead = select(func.count()).select_from(Outbox).where(DEAD)
    columns = [part.scalar_subquery() for part in (newest, late, dead)]
    placed_at, late_jobs, dead_jobs = db.session.execute(select(*columns)).one()
    heard: dict[str, dt.datetime | None] = dict.fromkeys(PROCESSES)
    for lane, at in db.session.execute(
        select(Heartbeat.lane, func.max(Heartbeat.at)).group_by(Heartbeat.lane)
    ):
        heard[lane] = at
    return Health(placed_at, late_jobs, dead_jobs, heard, now)


def dead_jobs(limit: int = 200) -> list[Any]:
    """Return the jobs that gave up, newest first."""
    columns = (Outbox.id, Outbox.job, Outbox.payload, Outbox.attempts, Outbox.last_error, Outbox.dead_at)
    return list(db.session.execute(select(*columns).where(DEAD).order_by(Outbox.id.desc()).limit(limit)))


def dead_job(outbox_id: int) -> Outbox:
    """Return one job that gave up, locked.

    Raises:
        NotFound: there is none with this id (another lead may have dealt with it).
    """
    query = select(Outbox).where(Outbox.id == outbox_id, DEAD).with_for_update()
    row = db.session.scalars(query).one_or_none()
    if row is None:
        raise NotFound("There is no such job.")
    return row
