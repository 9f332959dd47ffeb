"""Taking back what a file raised, part by part: only requests that no person has acted on."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from hub.conversation import actions as conversation
from hub.domain.actor import Actor
from hub.domain.import_words import Result, RunStatus
from hub.domain.lifecycle import STATUS_IN_A_SENTENCE
from hub.domain.vocabulary import CancelReason, Status
from hub.extensions import clock, db
from hub.imports import step_actions, undo_queries
from hub.models import ImportRow, ImportRun, Task
from hub.placing import actions as placing

CHUNK = 200
UNDONE = "The file that it came from was taken back."
ACTED_ON = "Somebody has acted on it since it was raised."


def undo_import(run_id: int, round_no: int) -> int:
    """Take back the next requests of a file; a further job goes on. Returns how many were taken back."""
    return step_actions.in_parts(run_id, round_no, RunStatus.UNDOING, _undo_some)


def _undo_some(run: ImportRun) -> int:
    assert run.undone_by_id is not None
    by = step_actions.person(run.undone_by_id)
    rows = _next_rows(run)
    tasks = _locked([row.task_id for row in rows if row.task_id is not None])
    touched = _touched(list(tasks))
    for row in rows:
        _undo(run, row, tasks[row.task_id or 0], touched, by)
    if len(rows) < CHUNK:
        run.status, run.undone_at = RunStatus.UNDONE, clock.now()
    return sum(row.undone_at is not None for row in rows)


def _undo(run: ImportRun, row: ImportRow, task: Task, touched: set[int], by: Actor) -> None:
    status = Status(task.status)
    if status not in undo_queries.BEFORE_WORK:
        row.kept_why = f"This request {STATUS_IN_A_SENTENCE[status]}."
    elif task.id in touched:
        row.kept_why = ACTED_ON
    else:
        now = clock.now()
        why = CancelReason.RAISED_IN_ERROR
        conversation.cancel(task, why, by=by, at=now, reason=UNDONE, with_file=True)
        row.undone_at = now
        run.undone += 1
        return
    run.kept += 1


def _next_rows(run: ImportRun) -> list[ImportRow]:
    query = (
        select(ImportRow)
        .where(ImportRow.run_id == run.id, ImportRow.result == Result.CREATED)
        .where(ImportRow.undone_at.is_(None), ImportRow.kept_why == "")
        .order_by(ImportRow.number, ImportRow.part)
        .limit(CHUNK)
    )
    return list(db.session.scalars(query))


def _locked(task_ids: list[int]) -> dict[int, Task]:
    """Return these requests, locked after the days of whoever has them, as everywhere."""
    query = select(Task).where(Task.id.in_(task_ids)).order_by(Task.id)
    placing.lock_lists(db.session.scalars(query))
    query = query.options(joinedload(Task.data_key)).with_for_update(of=Task)
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return {task.id: task for task in found}


def _touched(task_ids: list[int]) -> set[int]:
    """Return which of these a person has acted on since they were raised."""
    return set(db.session.scalars(undo_queries.touched(task_ids)))
