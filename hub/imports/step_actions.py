"""The next job of a run: one part each, every one the cause of the next, so that a kill costs one part.

The key of a job names the run, its round and how far it is: so it is handed out once, however often somebody
asks, and a watchman finds it.
"""

from sqlalchemy import select

from hub import background
from hub.domain.actor import Actor
from hub.domain.import_words import RunStatus
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.imports import queries
from hub.models import ImportRun, Outbox, UserRole

LANE = "planning"  # long work that nobody's safety waits for; a part takes about a second
JOBS = {
    RunStatus.CHECKING: "check_import",
    RunStatus.IMPORTING: "commit_import",
    RunStatus.UNDOING: "undo_import",
}


def next_step(run: ImportRun) -> None:
    """Record the job that goes on with what the run does, from where it is."""
    job = JOBS[RunStatus(run.status)]
    background.later(job, key=_key(run), lane=LANE, run_id=run.id, round_no=run.round)


def person(user_id: int) -> Actor:
    """Return this person as the one in whose name a job acts, with the roles they have now."""
    roles = db.session.scalars(select(UserRole.role).where(UserRole.user_id == user_id))
    name = queries.names([user_id]).get(user_id, "")
    return Actor(user_id=user_id, name=name, roles=frozenset(map(Role, roles)))


def begin(run_id: int, round_no: int, doing: RunStatus) -> ImportRun | None:
    """Return the run, locked, if a job of this round is still to go on with it; else None."""
    run = queries.by_id(run_id, lock=True)
    return run if run.status == doing and run.round == round_no else None


def gave_up(run: ImportRun) -> bool:
    """Say whether the job that should go on with the run was given up; hand it out again if it is lost."""
    row = db.session.execute(
        select(Outbox.done_at, Outbox.dead_at).where(Outbox.key == _key(run))
    ).one_or_none()
    if row is None:
        next_step(run)
        return False
    return row.dead_at is not None or row.done_at is not None


def _key(run: ImportRun) -> str:
    done = queries.progress(run).done
    return f"{JOBS[RunStatus(run.status)]}:{run.id}:{run.round}:{done}"
