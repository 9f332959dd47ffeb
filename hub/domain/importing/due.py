"""When a review is due, as lists say it: "Overdue", "Nov 26", "Jan 2027", or a day."""

import datetime as dt
import re

from hub.domain.importing.cells import Cell, date, text
from hub.domain.month_names import MONTHS

OVERDUE = "overdue"
EVER = 1200  # months ahead that leave nobody out
_OVERDUE = re.compile(r"over ?-?due|late|missed|past due", re.IGNORECASE)
_NAMED = re.compile(r"([a-z]{3,9})[-/. ']*(20\d\d|[234]\d)", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,2})[-/.](20\d\d)")


def read(cell: Cell, order: str = "dmy") -> str:
    """Return when a cell says that a review is due: OVERDUE, "2027-01" or "2027-01-15"; "" if it does not.

    Raises:
        ValueError: it holds a spreadsheet's error instead of a value.
    """
    value = text(cell)
    if _OVERDUE.fullmatch(value):
        return OVERDUE
    if (named := _NAMED.fullmatch(value)) and (month := MONTHS.get(named[1].casefold())):
        return f"{named[2] if len(named[2]) == 4 else '20' + named[2]}-{month:02d}"
    if (plain := _NUMBERS.fullmatch(value)) and 1 <= int(plain[1]) <= 12:
        return f"{plain[2]}-{int(plain[1]):02d}"
    try:
        day = date(cell, order, short_years=True)
    except ValueError:
        return ""
    return day.isoformat() if day else ""


def is_due(cell: Cell) -> bool:
    """Say whether a cell may be when a review is due."""
    try:
        return bool(read(cell))
    except ValueError:
        return False


def words(said: str) -> str:
    """Return it as people read it: "overdue", "January 2027", "15-Jan-2027"; anything else as it stands."""
    try:
        if re.fullmatch(r"\d{4}-\d\d", said):
            return f"{dt.date.fromisoformat(f'{said}-01'):%B %Y}"
        return f"{dt.date.fromisoformat(said):%d-%b-%Y}"
    except ValueError:
        return said


def when(said: str) -> str:
    """Return it behind a verb: "in January 2027", "on 15-Jan-2027"."""
    return f"{'on' if len(said) > len('2027-01') else 'in'} {words(said)}"


def is_later(said: str, today: dt.date, ahead: int) -> bool:
    """Say whether it is due later than so many months after this one; what cannot be read is not."""
    found = re.match(r"(\d{4})-(\d\d)", said)
    if found is None:
        return False
    return int(found[1]) * 12 + int(found[2]) > today.year * 12 + today.month + ahead
