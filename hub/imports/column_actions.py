"""What a person changes about the columns of a file while they still look at its first rows."""

from sqlalchemy import delete

from hub.domain.errors import Conflict
from hub.domain.import_words import NOT_APPROVED, RunStatus
from hub.domain.importing.mapping import Mapping
from hub.extensions import db
from hub.imports import file_queries
from hub.models import ImportRow, ImportRun


def keep(run: ImportRun, mapping: Mapping) -> None:
    """Keep how the columns are to be read without checking the rows yet; an earlier check counts no more.

    The caller holds the lock of the run. Does not commit.

    Raises:
        Conflict: it is approved, cancelled or removed.
    """
    if run.status not in NOT_APPROVED or run.file_removed_at is not None:
        raise Conflict("What this file holds cannot be changed any more: bring it in again if it was wrong.")
    if run.status != RunStatus.UPLOADED:
        db.session.execute(delete(ImportRow).where(ImportRow.run_id == run.id))
        run.status, run.error = RunStatus.UPLOADED, ""
        run.round += 1  # a job that still checks it finds that it is not meant any more
        run.checked_to = run.requests = 0
        run.checked_at = None
    run.mapping_sealed = file_queries.seal_mapping(run.file_key, mapping)
