"""What other pages tell of files: what came of one, and which wait for somebody to approve or mend them."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from hub.domain.import_words import RunStatus
from hub.extensions import db
from hub.imports import queries
from hub.models import ImportRun

MENDED_WITHIN = dt.timedelta(days=7)  # rows to mend are pointed out for so long after the file
MOST = 5
_WAITS = (RunStatus.UPLOADED, RunStatus.REVIEW, RunStatus.INVALID, RunStatus.FAILED)


@dataclass(frozen=True, slots=True)
class File:
    """One file: its reference and name ("" once it is removed), its state, and what became of its rows."""

    ref: str
    filename: str
    status: RunStatus
    created: int
    duplicate: int
    refused: int
    skipped: int


def by_ref(refs: Collection[str]) -> dict[str, File]:
    """Return the files with these references that the one who acts may see; one statement, none for none."""
    if not refs:
        return {}
    query = select(ImportRun).where(ImportRun.ref.in_(refs)).options(joinedload(ImportRun.file_key))
    return {run.ref: _file(run) for run in db.session.scalars(query)}


def waiting(practice_ids: Collection[int], now: dt.datetime) -> list[File]:
    """Return the newest files of these practices that wait to be confirmed, approved or mended."""
    to_mend = and_(
        ImportRun.status == RunStatus.PARTLY,
        ImportRun.refused > 0,
        ImportRun.finished_at > now - MENDED_WITHIN,
    )
    query = (
        select(ImportRun)
        .where(ImportRun.practice_id.in_(practice_ids), or_(ImportRun.status.in_(_WAITS), to_mend))
        .where(ImportRun.file_removed_at.is_(None))
        .options(joinedload(ImportRun.file_key))
        .order_by(ImportRun.created_at.desc(), ImportRun.id.desc())
        .limit(MOST)
    )
    return [_file(run) for run in db.session.scalars(query)]


def _file(run: ImportRun) -> File:
    return File(
        run.ref,
        queries.filename(run),
        RunStatus(run.status),
        run.created,
        run.duplicate,
        run.refused,
        run.skipped,
    )
