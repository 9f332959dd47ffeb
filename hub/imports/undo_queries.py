"""What taking a file back would do: which of its requests nobody has acted on yet."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, select

from hub.domain.import_words import Result
from hub.domain.lifecycle import Act
from hub.domain.vocabulary import Status
from hub.extensions import db
from hub.models import Event, ImportRow, ImportRun, Task

BEFORE_WORK = (Status.RAISED, Status.QUEUED, Status.ASSIGNED)
_RAISING = (Act.WARNED, Act.FLAGGED)  # what is noted when it is raised, in the raiser's name


@dataclass(frozen=True, slots=True)
class Foreseen:
    """How many requests of a file would be taken back now, and how many stay."""

    back: int
    stay: int


def touched(task_ids: Collection[int] | Select[int | None]) -> Select[int]:
    """Return the query of those of these tasks that a person has acted on since they were raised."""
    query = select(Event.task_id).where(
        Event.task_id.in_(task_ids), Event.seq > 1, Event.actor_id.is_not(None), Event.kind.not_in(_RAISING)
    )
    return query.distinct()


def foreseen(run: ImportRun) -> Foreseen:
    """Return what undoing this file would do if it were done now; one statement."""
    mine = ImportRow.run_id == run.id, ImportRow.result == Result.CREATED, ImportRow.undone_at.is_(None)
    ids = select(ImportRow.task_id).where(*mine)
    free = and_(Task.status.in_(BEFORE_WORK), Task.id.not_in(touched(ids)))
    query = select(func.count().filter(free), func.count()).where(Task.id.in_(ids))
    back, total = db.session.execute(query).one()
    return Foreseen(back, total - back)
