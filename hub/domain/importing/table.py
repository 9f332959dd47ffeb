"""Where in a spreadsheet is the table? What is no data is left out, and said."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

Cell = str | int | float | bool | dt.date | dt.datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the spreadsheet (from 1) and its cells, in the order of the table's columns.

    More cells than the table has columns mean that something stands to the right of the last title.
    `filled` are the columns (from 0) whose blank cell means "as above" and was filled from there.
    """

    number: int
    cells: tuple[Cell, ...]
    filled: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row of the spreadsheet that is no data, and why."""

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """The table found: its titles, its rows, and what was not read as data.

    `header_row` is 0 when the table has no titles; its columns are then named by their letters.
    `letters` are the spreadsheet's own letters of the columns: blank columns are gone.
    `notes` are sentences for the person, such as which blank cells mean "as above".
    """

    header: tuple[str, ...]
    header_row: int
    rows: list[Row]
    left_out: list[LeftOut]
    notes: tuple[str, ...]
    letters: tuple[str, ...] = ()


def find_table(rows: Iterable[tuple[int, tuple[Cell, ...]]]) -> Table:
    """Return the table in `rows` (the spreadsheet's row numbers and cells).

    Raises:
        Invalid: there is no table, or it is larger than one import may be; key "file".
    """
    raise NotImplementedError
