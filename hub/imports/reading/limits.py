"""How much a file may hold, so that reading it never takes more than a share of one process."""

import sys
from collections.abc import Iterator

from hub.domain.errors import Invalid
from hub.domain.importing.table import MOST_COLUMNS, MOST_ROWS, Cell, letter

LARGEST_FILE = 10 * 1024 * 1024  # bytes, as uploaded
LONGEST_CELL = 32_767  # characters; a spreadsheet holds no more in one cell
LONGEST_LINE = 1_000_000  # characters of one line of text
MOST_LINES = 1_048_576  # blank ones too, as in a spreadsheet
ROWS_AROUND = 200  # titles above, totals below and repeated headers, beside the rows that count
LARGEST_IN_MEMORY = 120 * 1024 * 1024  # bytes of cells, leaving the rest of 300 MB to the process
_POOL = 50_000  # values kept once however often they stand there
_POINTER = 8  # bytes that a row needs for each cell

Rows = Iterator[tuple[int, tuple[Cell, ...]]]


def refuse(sentence: str) -> Invalid:
    """Return the refusal of a file, to be raised."""
    return Invalid({"file": sentence})


def damaged(detail: str = "") -> Invalid:
    """Return the refusal of a file that is broken or cut off."""
    where = f" ({detail})" if detail else ""
    return refuse(
        f"The selected file is damaged or incomplete{where}: "
        "open it in your spreadsheet program, save it again and upload the new file."
    )


def bounded(rows: Rows) -> Rows:
    """Yield rows without blank ends and blank rows, each value kept once.

    Raises:
        Invalid: too many rows, a value too far to the right, too long, or too much altogether.
    """
    scale = _Scale()
    filled = 0
    for number, cells in rows:
        kept = _trimmed(cells)
        if not kept:
            continue
        filled += 1
        if filled > MOST_ROWS + ROWS_AROUND:
            raise refuse(
                f"The selected file has more than {MOST_ROWS:,} rows: "
                "split it into smaller files and upload them one after the other."
            )
        if len(kept) > MOST_COLUMNS:
            raise refuse(
                f"Row {number} has a value in column {letter(len(kept) - 1)}; at most {MOST_COLUMNS} columns "
                "are read: delete the columns you do not need and upload the file again."
            )
        yield number, scale.weigh(number, kept)


def _trimmed(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    end = len(cells)
    while end and cells[end - 1] is None:
        end -= 1
    return cells if end == len(cells) else cells[:end]


class _Scale:
    """Adds up what the cells need in memory, and lets equal values be one."""

    def __init__(self) -> None:
        self.bytes = 0
        self.pool: dict[str, str] = {}

    def weigh(self, number: int, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        self.bytes += _POINTER * len(cells)
        kept = tuple(map(self._one, cells))
        if self.bytes > LARGEST_IN_MEMORY:
            raise refuse(
                f"The selected file holds too much for one import (it became too much in row {number}): "
                "delete the columns you do not need, or split it into smaller files."
            )
        if any(type(cell) is str and len(cell) > LONGEST_CELL for cell in kept):
            raise refuse(
                f"A cell in row {number} is longer than {LONGEST_CELL:,} characters: shorten or empty it, "
                "and check that every quotation mark in the file has its partner."
            )
        return kept

    def _one(self, cell: Cell) -> Cell:
        if cell is None or cell is True or cell is False:
            return cell
        if type(cell) is not str:
            self.bytes += sys.getsizeof(cell)
            return cell
        known = self.pool.get(cell)
        if known is not None:
            return known
        self.bytes += sys.getsizeof(cell)
        if len(self.pool) < _POOL:
            self.pool[cell] = cell
        return cell
