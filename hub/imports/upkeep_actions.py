"""What becomes of files by themselves: removed when their time is over, and seen when their job gave up."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from hub.domain.import_words import AT_WORK, FINISHED, NOT_APPROVED, RunStatus
from hub.extensions import clock, db
from hub.imports import actions, step_actions
from hub.imports.queries import KEPT
from hub.models import ImportPart, ImportRow, ImportRun

FAULT = (
    "This stopped by a fault on our side. Nothing is lost: go on, or cancel it. "
    "If it stops again, tell the hub."
)
MOST = 50  # files in one transaction


def remove_import_files() -> int:
    """Erase files brought in more than thirty days ago, and what they say of patients. Returns how many.

    The key of each is destroyed, so that nothing sealed under it can ever be read again. Counts, results and
    references to requests stay. A file that nobody has approved by then is cancelled; one at work waits.
    """
    query = (
        select(ImportRun)
        .where(ImportRun.file_removed_at.is_(None), ImportRun.created_at <= clock.now() - KEPT)
        .where(ImportRun.status.not_in([RunStatus.IMPORTING, RunStatus.UNDOING]))
        .options(joinedload(ImportRun.file_key))
        .order_by(ImportRun.created_at)
        .limit(MOST)
        .with_for_update(of=ImportRun, skip_locked=True)
    )
    runs = list(db.session.scalars(query))
    for run in runs:
        _remove(run)
    return len(runs)


def _remove(run: ImportRun) -> None:
    if run.status in NOT_APPROVED or run.status == RunStatus.FAILED:
        actions.stop(run)
    assert run.status in FINISHED
    run.file_key.wrapped = None
    run.filename_sealed = run.file_sealed = run.table_sealed = run.mapping_sealed = run.file_hash = None
    run.file_removed_at = clock.now()
    db.session.execute(delete(ImportPart).where(ImportPart.run_id == run.id))
    erased = {"told_sealed": None, "same_hash": None, "patient_hash": None}
    db.session.execute(update(ImportRow).where(ImportRow.run_id == run.id).values(erased))


def watch_imports() -> int:
    """Note which files stand still because their job gave up; hand a lost one out again. Return how many."""
    query = (
        select(ImportRun)
        .where(ImportRun.status.in_(list(AT_WORK)))
        .with_for_update(of=ImportRun, skip_locked=True)
    )
    stopped = [run for run in db.session.scalars(query) if step_actions.gave_up(run)]
    for run in stopped:
        run.status, run.error = RunStatus.FAILED, FAULT
    return len(stopped)
