"""Two habits of spreadsheets: a blank cell that means "as above"; dates with day and month swapped."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.domain.importing.cells import Cell, letter, order_of
from hub.domain.importing.fields import IDENTITY, by_title, to_mend

_LEAST_SHARE_ALONE = 0.3  # of rows that continue the one above, where only one column says who it is
_LEAST_ROWS = 2
_LEAST_MIXED = 3
_ROWS_NAMED = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the spreadsheet (from 1) and its cells, in the order of the table's columns.

    More cells than the table has columns mean that something stands to the right of the last title.
    `filled` are the columns (from 0) whose blank cell means "as above" and was filled from there; `like` is
    the number of the row whose patient it is then, 0 if it names one itself.
    """

    number: int
    cells: tuple[Cell, ...]
    filled: tuple[int, ...] = ()
    like: int = 0


def as_written(row: Row) -> Row:
    """Return the row without what was filled in from above: its blank cells blank again."""
    if not row.filled:
        return row
    return Row(row.number, tuple(None if at in row.filled else cell for at, cell in enumerate(row.cells)))


def settle(rows: list[Row], header: Sequence[str]) -> tuple[list[Row], list[str]]:
    """Return the rows with "as above" filled and swapped dates marked, and sentences that say so.

    Nothing is filled in rows to mend: they no longer stand below the rows that they stood below.
    """
    columns = [by_title(title) for title in header]
    notes: list[str] = []
    who = [place for place, code in enumerate(columns) if code in IDENTITY]
    where = [place for place, code in enumerate(columns) if code == "practice"]
    if who and not to_mend(header) and (len(who) > 1 or _has_habit(rows, who)):
        _fill(rows, who, patient=True)
    if where and not to_mend(header) and _has_habit(rows, where):
        _fill(rows, where, patient=False)
        notes += _told(rows, where, header)
    for place in range(len(header)):
        _mark_swapped(rows, place, header, notes)
    return rows, notes


def _blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _has_habit(rows: list[Row], columns: list[int]) -> bool:
    """Say whether the table shows the habit of leaving these columns blank where it goes on.

    Such a table never states the same twice running, and does so often. Asked where one column alone is
    blank: that may be a gap.
    """
    goes_on = [_goes_on(row, columns) for row in rows]
    if not rows or goes_on[0] or sum(goes_on) < max(_LEAST_ROWS, _LEAST_SHARE_ALONE * len(rows)):
        return False
    return not _states_twice(rows, columns, goes_on)


def _fill(rows: list[Row], columns: list[int], *, patient: bool) -> None:
    """Fill the columns, all blank together, from the row directly above.

    A row left out or blank between them ends what "above" means; so does a row above that names nobody.
    """
    for place in range(1, len(rows)):
        row, above = rows[place], rows[place - 1]
        if above.number != row.number - 1 or not _goes_on(row, columns) or _unknown(above, columns):
            continue
        cells = list(row.cells)
        for column in columns:
            cells[column] = above.cells[column]
        filled = tuple(sorted({*row.filled, *columns}))
        like = (above.like or above.number) if patient else row.like
        rows[place] = replace(row, cells=tuple(cells), filled=filled, like=like)


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


def _told(rows: list[Row], columns: list[int], header: Sequence[str]) -> list[str]:
    numbers = [row.number for row in rows if set(columns) <= set(row.filled)]
    if not numbers:
        return []
    shown = ", ".join(map(str, numbers[:_ROWS_NAMED])) + (" and more" if len(numbers) > _ROWS_NAMED else "")
    count = "one row" if len(numbers) == 1 else f"{len(numbers):,} rows"
    titles = _list([header[column] for column in columns])
    return [
        f"In {count} ({shown}) the blank cells of {titles} were read as “as above”, because the "
        "whole table is written so. If that is wrong, fill in the cells and upload the file again."
    ]


def as_above_words(rows: Sequence[Row]) -> str:
    """Say which rows were read as of the patient of the row above them: "Rows 7 and 8: patient as in row 6".

    "" if none was. Of many rows the first are named.
    """
    groups: dict[int, list[str]] = {}
    for row in rows:
        if row.like:
            groups.setdefault(row.like, []).append(str(row.number))
    said = [
        f"{'row' if len(numbers) == 1 else 'rows'} {_list(numbers)}: patient as in row {like}"
        for like, numbers in list(groups.items())[:_ROWS_NAMED]
    ]
    if not said:
        return ""
    count = sum(map(len, groups.values()))
    more = f"; and more, {count:,} rows in all" if len(groups) > _ROWS_NAMED else ""
    words = "; ".join(said) + more
    return f"{words[0].upper()}{words[1:]}."


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


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
