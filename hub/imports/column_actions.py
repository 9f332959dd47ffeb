"""What a person changes about the columns of a file while they still look at its first rows."""

from sqlalchemy import delete

from hub.domain.errors import Conflict, Invalid
from hub.domain.import_words import NOT_APPROVED, RunStatus
from hub.domain.importing.mapping import Mapping
from hub.extensions import db
from hub.imports import actions, file_queries, table_actions
from hub.models import ImportRow, ImportRun


def keep(run: ImportRun, mapping: Mapping) -> None:
    """Keep how the columns are to be read without checking the rows yet; an earlier check counts no more.

    The caller holds the lock of the run. Does not commit.

    Raises:
        Conflict: it is approved, cancelled or removed.
        NotAllowed: some of its rows are for practices that are not this person's.
    """
    _begin_anew(run)
    run.mapping_sealed = file_queries.seal_mapping(run.file_key, mapping)


def choose_titles(run: ImportRun, titles_row: int) -> None:
    """Read the file once more with its titles in this row of the spreadsheet (0: it has none).

    Its columns are proposed anew; an earlier check counts no more. Remembered for the practice's next files
    when the columns are confirmed. The caller holds the lock of the run. Does not commit.

    Raises:
        Conflict: it is approved, cancelled or removed.
        Invalid: there is no such row among the first ones, or no rows below it (key "titles_row").
    """
    _begin_anew(run)
    try:
        table_actions.read_again(run, titles_row)
    except Invalid as refused:
        raise Invalid({"titles_row": refused.problems["file"]}) from refused


def choose_sheet(run: ImportRun, place: int) -> None:
    """Read another sheet of the workbook, by its place among those that may be read (`Head.sheets`).

    Its titles and columns are looked for anew; an earlier check counts no more. The caller holds the lock of
    the run. Does not commit.

    Raises:
        Conflict: it is approved, cancelled or removed.
        Invalid: there is no such sheet, or no table in it (key "sheet").
    """
    _begin_anew(run)
    try:
        table_actions.read_again(run, place=place)
    except Invalid as refused:
        raise Invalid({"sheet": refused.problems["file"]}) from refused


def _begin_anew(run: ImportRun) -> None:
    if run.status not in NOT_APPROVED or run.file_removed_at is not None:
        raise Conflict("What this file holds cannot be changed any more: bring it in again if it was wrong.")
    actions.check_sees_all(run)
    if run.status != RunStatus.UPLOADED:
        db.session.execute(delete(ImportRow).where(ImportRow.run_id == run.id))
        run.status, run.error = RunStatus.UPLOADED, ""
        run.round += 1  # a job that still checks it finds that it is not meant any more
        run.checked_to = run.requests = 0
        run.checked_at = None
