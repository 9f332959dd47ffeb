"""Two habits of spreadsheets: a blank cell that means "as above"; dates with day and month swapped."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.domain.importing.cells import Cell, letter, order_of
from hub.domain.importing.fields import IDENTITY, by_title

_LEAST_SHARE = 0.05  # of rows that continue the one above, for the pattern to be one
_LEAST_SHARE_ALONE = 0.3  # where only one column says who it is
_LEAST_ROWS = 2
_LEAST_MIXED = 3
_ROWS_NAMED = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the spreadsheet (from 1) and its cells, in the order of the table's columns.

    More cells than the table has columns mean that something stands to the right of the last title.
    `filled` are the columns (from 0) whose blank cell means "as above" and was filled from there.
    """

    number: int
    cells: tuple[Cell, ...]
    filled: tuple[int, ...] = ()


def settle(rows: list[Row], header: Sequence[str]) -> tuple[list[Row], list[str]]:
    """Return the rows with "as above" filled and swapped dates marked, and sentences that say so."""
    columns = [by_title(title) for title in header]
    notes: list[str] = []
    who = [place for place, code in enumerate(columns) if code in IDENTITY]
    where = [place for place, code in enumerate(columns) if code == "practice"]
    if who:
        _fill(rows, who, header, notes, least=_LEAST_SHARE if len(who) > 1 else _LEAST_SHARE_ALONE)
    if where:
        _fill(rows, where, header, notes, least=_LEAST_SHARE_ALONE)
    for place in range(len(header)):
        _mark_swapped(rows, place, header, notes)
    return rows, notes


def _blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _fill(
    rows: list[Row], columns: list[int], header: Sequence[str], notes: list[str], *, least: float
) -> None:
    """Fill the columns, all blank together, from the row above: only where the table shows that habit.

    A table with the habit never states the same twice running, says something else in each row that
    continues, and does so often. One person without a number is therefore never taken for another.
    """
    goes_on = [_goes_on(row, columns) for row in rows]
    count = sum(goes_on)
    if not rows or goes_on[0] or count < max(_LEAST_ROWS, least * len(rows)):
        return
    if _states_twice(rows, columns, goes_on):
        return
    filled: list[int] = []
    for place, continues in enumerate(goes_on):
        row, above = rows[place], rows[place - 1]
        # A row left out or blank between them ends what "above" means.
        if continues and above.number == row.number - 1 and not _unknown(above, columns):
            cells = list(row.cells)
            for column in columns:
                cells[column] = above.cells[column]
            rows[place] = replace(row, cells=tuple(cells), filled=tuple(sorted({*row.filled, *columns})))
            filled.append(row.number)
    if filled:
        notes.append(_told(filled, [header[column] for column in columns]))


def _goes_on(row: Row, columns: list[int]) -> bool:
    blank = all(_blank(row.cells[column]) for column in columns)
    return blank and not all(map(_blank, row.cells))


def _unknown(row: Row, columns: list[int]) -> bool:
    return all(_blank(row.cells[column]) for column in columns)


def _states_twice(rows: list[Row], columns: list[int], goes_on: list[bool]) -> bool:
    """Say whether somewhere two rows running state the same: then a blank is just a blank."""
    for above, row, continues in zip(rows, rows[1:], goes_on[1:], strict=False):
        same = all(above.cells[column] == row.cells[column] for column in columns)
        if same and not continues:
            return True
    return False


def _told(numbers: list[int], titles: list[str]) -> str:
    shown = ", ".join(map(str, numbers[:_ROWS_NAMED])) + (" and more" if len(numbers) > _ROWS_NAMED else "")
    rows = "one row" if len(numbers) == 1 else f"{len(numbers):,} rows"
    return (
        f"In {rows} ({shown}) the blank cells of {_list(titles)} were read as “as above”, because the "
        "whole table is written so. If that is wrong, fill in the cells and upload the file again."
    )


def _list(titles: list[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"


def _mark_swapped(rows: list[Row], column: int, header: Sequence[str], notes: list[str]) -> None:
    """Mark dates that a spreadsheet set to American order took for others, day and month swapped.

    It shows in the column: up to the 12th everything became a date, beyond it everything stayed text.
    """
    dates = [place for place, row in enumerate(rows) if isinstance(row.cells[column], dt.date)]
    if len(dates) < _LEAST_MIXED or any(_day(rows[place].cells[column]) > 12 for place in dates):
        return
    orders = [order_of(row.cells[column]) for row in rows if isinstance(row.cells[column], str)]
    if orders.count("dmy") < _LEAST_MIXED or "mdy" in orders:
        return
    for place in dates:
        cells = list(rows[place].cells)
        stored = cells[column]
        if isinstance(stored, dt.date):
            cells[column] = f"{stored:%d/%m/%Y} or {stored:%m/%d/%Y}"
        rows[place] = replace(rows[place], cells=tuple(cells))
    notes.append(
        f"{header[column]}: a spreadsheet has probably swapped day and month of {len(dates):,} dates "
        "(only days up to the 12th are stored as dates, later ones as text). Export the list again, and "
        "upload that file without opening it in between."
    )


def _day(cell: Cell) -> int:
    return cell.day if isinstance(cell, dt.date) else 0


def column_name(header: Sequence[str], letters: Sequence[str], column: int) -> str:
    """Return how a column is named to people: its title and its letter in the spreadsheet."""
    place = letters[column] if column < len(letters) else letter(column)
    return f"{header[column]} (column {place})"
