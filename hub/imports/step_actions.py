"""How jobs go on with a run: part by part, each a transaction with its counts, so that a kill costs one part.

Every job that is handed out begins a new round: one of an earlier round finds that it is not meant any more.
"""

import time
from collections.abc import Callable

from sqlalchemy import select

from hub import background
from hub.domain.actor import Actor
from hub.domain.import_words import RunStatus
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.imports import queries
from hub.models import ImportRun, Outbox, UserRole

LANE = "importing"  # of its own: a file neither waits for a forecast nor makes one wait
SECONDS = 5  # after which a job lets other files have their turn; far less than a job's lease
JOBS = {
    RunStatus.CHECKING: "check_import",
    RunStatus.IMPORTING: "commit_import",
    RunStatus.UNDOING: "undo_import",
}


def next_step(run: ImportRun) -> None:
    """Record the job that goes on with what the run does, from where it is."""
    run.round += 1
    background.later(_job(run), key=_key(run), lane=LANE, run_id=run.id, round_no=run.round)


def in_parts(run_id: int, round_no: int, doing: RunStatus, part: Callable[[ImportRun], int]) -> int:
    """Do part after part under the lock of the run; commits each. A further job goes on after some seconds.

    `part` returns how much it did, and sets the status when nothing is left. Two jobs of one round (a job
    and its ghost) take turns. Returns how much was done.
    """
    until, done = time.monotonic() + SECONDS, 0
    while (run := _begun(run_id, round_no, doing)) is not None:
        done += part(run)
        if run.status == doing and time.monotonic() > until:
            next_step(run)
        db.session.commit()
    return done


def person(user_id: int) -> Actor:
    """Return this person as the one in whose name a job acts, with the roles they have now."""
    roles = db.session.scalars(select(UserRole.role).where(UserRole.user_id == user_id))
    name = queries.names([user_id]).get(user_id, "")
    return Actor(user_id=user_id, name=name, roles=frozenset(map(Role, roles)))


def _begun(run_id: int, round_no: int, doing: RunStatus) -> ImportRun | None:
    """Return the run, locked, if a job of this round is still to go on with it; else None."""
    run = queries.by_id(run_id, lock=True)
    return run if run.status == doing and run.round == round_no else None


def gave_up(run: ImportRun) -> bool:
    """Say whether the job that should go on with the run was given up; hand it out again if it is lost."""
    row = db.session.execute(
        select(Outbox.done_at, Outbox.dead_at).where(Outbox.key == _key(run))
    ).one_or_none()
    if row is None or row.done_at is not None:
        next_step(run)
        return False
    return row.dead_at is not None


def _job(run: ImportRun) -> str:
    return JOBS[RunStatus(run.status)]


def _key(run: ImportRun) -> str:
    return f"{_job(run)}:{run.id}:{run.round}"
