"""What the page of a file's columns shows besides them: whether they are read as last time."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from hub.domain.importing.mapping import of_file, signature
from hub.extensions import db
from hub.models import ImportMapping, ImportRun


def read_before(run: ImportRun, header: Sequence[str]) -> dt.datetime | None:
    """Return when this practice last read a file with these titles, before this one came; None if never."""
    query = select(ImportMapping.at).where(
        ImportMapping.practice_id == run.practice_id,
        ImportMapping.signature == signature(of_file(header)),
        ImportMapping.at < run.created_at,
    )
    return db.session.scalar(query)
