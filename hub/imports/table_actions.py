"""A file becomes a table: its titles found, known from an earlier file or chosen; its rows kept in parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from sqlalchemy import delete

from hub import vault
from hub.domain.importing import mapping as columns
from hub.domain.importing.around import beginning
from hub.domain.importing.fields import IGNORE
from hub.domain.importing.mapping import Mapping
from hub.domain.importing.table import LOOKED_THROUGH, Numbered, Table, find_table, with_values
from hub.extensions import db
from hub.imports import file_queries, queries
from hub.imports.file_queries import Head
from hub.imports.reading import read_file
from hub.models import DataKey, ImportPart, ImportRun
from hub.models.many import insert_many
from hub.protocols.queries import current_kinds

_LONGEST_BEGINNING = 70
_DATES = ("born", "receipt", "next_issue")


@dataclass(frozen=True)
class Found:
    """A file as it was read, for a practice: its table, sentences on how, and its first rows.

    `titles_row` is the row of titles that a person has chosen, for this file or (`again`) for an earlier one.
    """

    practice_id: int
    table: Table
    how: tuple[str, ...]
    top: tuple[Numbered, ...]
    titles_row: int | None
    again: bool
    sheets: tuple[str, ...] = ()
    sheet: int = 0


def read(
    data: bytes, filename: str, practice_id: int, titles_row: int | None = None, place: int | None = None
) -> Found:
    """Return the table in a file; without `titles_row` its titles are known from before, or looked for.

    `place` is the sheet of a workbook, among those that may be read; without it the one most like a list.

    Raises:
        Invalid: the file cannot be read (key "file").
    """
    sheet = read_file(data, filename, place)
    rows: Iterator[Numbered] = with_values(sheet.rows)
    top = tuple(islice(rows, LOOKED_THROUGH))
    again = titles_row is None
    if again:
        titles_row = columns.titles_among(top, queries.remembered_marks(practice_id, columns.marks_of(top)))
    table = find_table(chain(top, rows), titles_row)
    again = again and titles_row is not None
    return Found(practice_id, table, sheet.how, top, titles_row, again, sheet.titles, sheet.chosen)


def kept_of(found: Found, key: DataKey, *, practice: str | None, kind: str | None) -> dict[str, Any]:
    """Return the columns of a run that say what was found; `practice` and `kind` as said with the file."""
    return {
        "table_sealed": file_queries.seal_head(key, _head(found, practice, kind)),
        "rows_total": len(found.table.rows),
        "rows_left_out": len(found.table.left_out),
    }


def store_rows(run: ImportRun, table: Table) -> None:
    """Keep the rows of the table in parts, in place of any that are kept."""
    db.session.execute(delete(ImportPart).where(ImportPart.run_id == run.id))
    insert_many(
        ImportPart,
        [
            {"run_id": run.id, "part": part, "practice_id": run.practice_id, "rows": len(rows),
             "sealed": file_queries.seal_rows(run.file_key, rows)}
            for part, rows in enumerate(file_queries.parts(table.rows))
        ],
    )  # fmt: skip


def read_again(run: ImportRun, titles_row: int | None = None, place: int | None = None) -> None:
    """Read the file of a run once more, with the titles in this row, or another of its sheets; its columns
    are proposed anew.

    The caller holds the lock of the run, and has taken back whatever was checked. Does not commit.

    Raises:
        Invalid: there is no such row among the first ones, or no rows below it (key "file").
    """
    assert run.file_sealed is not None
    data = vault.unseal_bytes(run.file_key, run.file_sealed, file_queries.FILE)
    head = file_queries.head_of(run)
    said, place = head.begun, head.sheet if place is None and head.sheets else place
    found = read(data, queries.filename(run), run.practice_id, titles_row, place)
    for name, value in kept_of(found, run.file_key, practice=said.practice, kind=said.kind).items():
        setattr(run, name, value)
    run.mapping_sealed = None
    store_rows(run, found.table)


def _head(found: Found, practice: str | None, kind: str | None) -> Head:
    table = found.table
    kinds = [one for one in current_kinds() if kind in (None, one.code)]
    known = queries.remembered(found.practice_id, columns.signature(columns.of_file(table.header)))
    known = columns.for_mended(known, table.header) if known else None
    guesses = columns.propose(table, kinds, known)
    proposed = {one.index: one.field for one in guesses if one.field != IGNORE}
    days = [index for index, code in proposed.items() if code in _DATES]
    begun = Mapping(
        columns=proposed,
        defaults=known.defaults if known else {},
        date_order=columns.date_order(table, days),
        kind=kind,
        practice=practice,
        as_above=known.as_above if known else True,
        due_ahead=known.due_ahead if known else 0,
    )
    chosen = found.titles_row is not None and not columns.to_mend(table.header)
    return Head(
        header=table.header,
        header_row=table.header_row,
        letters=table.letters,
        how=found.how,
        notes=table.notes,
        left_out=tuple((one.number, one.why, one.text) for one in table.left_out),
        guesses=guesses,
        begun=begun,
        top=_beginnings(found.top),
        titles_mark=columns.titles_mark(table.header_row, found.top) if chosen else "",
        titles_again=found.again,
        as_above=table.as_above,
        organisations=table.organisations,
        sheets=found.sheets,
        sheet=found.sheet,
    )


def _beginnings(top: Sequence[Numbered]) -> tuple[tuple[int, str], ...]:
    """Return the beginning of each row, as a person sees it in their spreadsheet."""
    return tuple((number, beginning(cells, _LONGEST_BEGINNING)) for number, cells in top)
