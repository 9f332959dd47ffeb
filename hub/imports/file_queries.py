"""What a run keeps of its file, sealed: the table's head, its rows in parts, how its columns are read."""

import datetime as dt
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Integer, cast, func, select

from hub import vault
from hub.domain.importing.mapping import ColumnGuess, Mapping
from hub.domain.importing.table import Cell, Row
from hub.extensions import db
from hub.models import DataKey, ImportPart, ImportRun

# The context words bound into what is sealed.
FILE = "import-file"
FILENAME = "import-filename"
TABLE = "import-table"
PART = "import-part"
MAPPING = "import-mapping"
TOLD = "import-row"

PART_ROWS = 500  # rows that are sealed, checked and raised together: locks are held for a second at most


@dataclass(frozen=True)
class Head:
    """What is known of a file's table besides its rows: its titles, how it was read, what was left out.

    `guesses` are what each column seems to hold; `begun` the columns as proposed, with the kind and the
    practice that were said with the file. `tally` counts what the check found (`tally_actions`).
    `top` are the first rows, each its number and its beginning, among which a person may choose the titles;
    `titles_mark` is by what the row of titles is remembered, if a person has chosen it: for this file, or
    (`titles_again`) for an earlier one. `as_above` says which rows go on with the patient above them;
    `organisations` are what the file names as its practice above the titles. `sheets` are the sheets of a
    workbook that may be read, and `sheet` is the place (from 0) of the one that is.
    """

    header: tuple[str, ...] = ()
    header_row: int = 0
    letters: tuple[str, ...] = ()
    how: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[int, str, str], ...] = ()  # its number, why, and what stands in it
    guesses: tuple[ColumnGuess, ...] = ()
    begun: Mapping = field(default_factory=lambda: Mapping({}))
    tally: dict[str, int] = field(default_factory=dict)
    top: tuple[tuple[int, str], ...] = ()
    titles_mark: str = ""
    titles_again: bool = False
    as_above: str = ""
    organisations: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    sheet: int = 0


def seal_head(key: DataKey, head: Head) -> bytes:
    """Return `head` sealed."""
    data = {
        "header": head.header,
        "header_row": head.header_row,
        "letters": head.letters,
        "how": head.how,
        "notes": head.notes,
        "left_out": head.left_out,
        "guesses": [
            [one.index, one.header, one.field, one.confidence, one.evidence, one.samples]
            for one in head.guesses
        ],
        "begun": head.begun.as_data(),
        "tally": head.tally,
        "top": head.top,
        "titles_mark": head.titles_mark,
        "titles_again": head.titles_again,
        "as_above": head.as_above,
        "organisations": head.organisations,
        "sheets": head.sheets,
        "sheet": head.sheet,
    }
    return _seal(key, data, TABLE)


def head_of(run: ImportRun) -> Head:
    """Return what is known of the file's table; an empty one once the file is removed."""
    if run.table_sealed is None or run.file_key.wrapped is None:
        return Head()
    data = _unseal(run.file_key, run.table_sealed, TABLE)
    return Head(
        header=tuple(data["header"]),
        header_row=data["header_row"],
        letters=tuple(data["letters"]),
        how=tuple(data["how"]),
        notes=tuple(data["notes"]),
        left_out=tuple((one[0], one[1], one[2] if len(one) > 2 else "") for one in data["left_out"]),
        guesses=tuple(
            ColumnGuess(index, title, code, confidence, evidence, tuple(samples))
            for index, title, code, confidence, evidence, samples in data["guesses"]
        ),
        begun=Mapping.from_data(data["begun"]),
        tally=data.get("tally", {}),
        top=tuple((number, text) for number, text in data.get("top", ())),
        titles_mark=data.get("titles_mark", ""),
        titles_again=data.get("titles_again", False),
        as_above=data.get("as_above", ""),
        organisations=tuple(data.get("organisations", ())),
        sheets=tuple(data.get("sheets", ())),
        sheet=data.get("sheet", 0),
    )


def seal_mapping(key: DataKey, mapping: Mapping) -> bytes:
    """Return how columns are read, sealed: defaults may hold what a person typed."""
    return vault.seal_data(key, mapping.as_data(), MAPPING)


def mapping_of(run: ImportRun) -> Mapping | None:
    """Return how the file's columns are read; None before that is said, and once the file is removed."""
    if run.mapping_sealed is None or run.file_key.wrapped is None:
        return None
    return Mapping.from_data(vault.unseal_data(run.file_key, run.mapping_sealed, MAPPING))


def seal_rows(key: DataKey, rows: Sequence[Row]) -> bytes:
    """Return some rows of the table, sealed together."""
    return _seal(key, [[row.number, row.cells, row.filled, row.like] for row in rows], PART)


def rows_of_part(run: ImportRun, part: int) -> list[Row]:
    """Return the rows of one part, counted from 0; none when there is no such part."""
    query = select(ImportPart.sealed).where(ImportPart.run_id == run.id, ImportPart.part == part)
    sealed = db.session.scalar(query)
    if sealed is None or run.file_key.wrapped is None:
        return []
    found = _unseal(run.file_key, sealed, PART)
    return [
        Row(number, tuple(map(_cell, cells)), tuple(filled), *like) for number, cells, filled, *like in found
    ]


def next_part(run: ImportRun) -> int:
    """Return which part of the table is checked next; parts keep the size that they were stored with."""
    upto = func.sum(cast(ImportPart.rows, Integer)).over(order_by=ImportPart.part)
    sized = select(ImportPart.part, upto.label("upto")).where(ImportPart.run_id == run.id).subquery()
    query = select(func.min(sized.c.part)).where(sized.c.upto > run.checked_to)
    found: int | None = db.session.scalar(query)
    return -1 if found is None else found


def parts(rows: Sequence[Row]) -> Iterable[Sequence[Row]]:
    """Return the rows in parts of `PART_ROWS`."""
    return (rows[start : start + PART_ROWS] for start in range(0, len(rows), PART_ROWS))


def _seal(key: DataKey, data: Any, context: str) -> bytes:
    return vault.seal_bytes(key, zlib.compress(json.dumps(data, default=_plain).encode(), 1), context)


def _unseal(key: DataKey, sealed: bytes, context: str) -> Any:
    return json.loads(zlib.decompress(vault.unseal_bytes(key, sealed, context)))


def _plain(value: object) -> dict[str, str]:
    if isinstance(value, dt.datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, dt.date):
        return {"day": value.isoformat()}
    raise TypeError(f"a {type(value).__name__} is no cell")


def _cell(value: Any) -> Cell:
    if not isinstance(value, dict):
        cell: Cell = value
        return cell
    if "moment" in value:
        return dt.datetime.fromisoformat(value["moment"])
    return dt.date.fromisoformat(value["day"])
