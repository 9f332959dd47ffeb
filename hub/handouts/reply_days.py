"""On which day each patient replied, where the report of a tool says so in a column of its own."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping

from hub.domain.errors import Invalid
from hub.domain.importing.cells import date, order_of
from hub.handouts.replies import Replies

ONE_DAY = "one"  # chosen in place of a column: the day asked for holds for every row
OLDEST = dt.timedelta(days=366)  # an older reply is about another round: more likely another column was meant
_REPLIED = re.compile(r"repl|respon|answer|receiv", re.IGNORECASE)
_PLAIN = re.compile(r"\s*(date|day|date ?/? ?(and )?time|when)\s*", re.IGNORECASE)


def day_columns(found: Replies) -> list[int]:
    """Return the columns in which most of what stands can be read as a day."""
    columns = []
    for column in range(len(found.titles)):
        cells = [cells[column] for _, cells, _ in found.rows if cells[column]]
        read = sum(_day(cell, "dmy") is not None or _day(cell, "mdy") is not None for cell in cells)
        if cells and 2 * read > len(cells):
            columns.append(column)
    return columns


def likely_day_column(found: Replies) -> int | None:
    """Return the column that says when they replied, by its title; None if none does.

    When a message was sent, or somebody was born, is not when they replied.
    """
    titles = {column: found.titles[column] for column in day_columns(found)}
    replied = [column for column, title in titles.items() if _REPLIED.search(title)]
    return next(
        iter(replied or [column for column, title in titles.items() if _PLAIN.fullmatch(title)]), None
    )


def days_of(found: Replies, column: int) -> dict[int, dt.date | None]:
    """Return the day of each row by its number; None where none stands there that can be read.

    The order of day and month is decided once for the column: British, unless only the other fits.
    """
    cells = {row: cells[column] for _, cells, row in found.rows}
    orders = [order_of(cell) for cell in cells.values()]
    order = "mdy" if orders.count("mdy") > orders.count("dmy") else "dmy"
    return {row: _day(cell, order) for row, cell in cells.items()}


def check_days(days: Mapping[int, dt.date | None], today: dt.date) -> None:
    """Refuse days on which nobody can have replied.

    Raises:
        Invalid: with a sentence that names the first row in which such a day stands.
    """
    ahead = _first(row for row, day in days.items() if day is not None and day > today)
    old = _first(row for row, day in days.items() if day is not None and day < today - OLDEST)
    other = "Mend the file and upload it again, or choose another column above and show it."
    if ahead is not None:
        words = f"The day in row {ahead}, {days[ahead]:%d-%b-%Y}, has not come yet. {other}"
        raise Invalid({"day_column": words})
    if old is not None:
        words = f"The day in row {old}, {days[old]:%d-%b-%Y}, is more than a year ago. {other}"
        raise Invalid({"day_column": words})


def _first(rows: Iterable[int]) -> int | None:
    return min(rows, default=None)


def _day(cell: str, order: str) -> dt.date | None:
    try:
        return date(cell, order, short_years=True)
    except ValueError:
        return None
