"""One cell as a number, a date or text. What a spreadsheet has damaged is said, never repaired.

Each reader raises ValueError with a sentence that says what to do and never repeats the value.
"""

import datetime as dt
import re

from hub.domain import identifiers
from hub.domain.month_names import MONTHS

Cell = str | int | float | bool | dt.date | dt.datetime | None

NO_RESULT = "#NO RESULT"  # what a formula is read as whose result was not stored
KEEP_AS_TEXT = "format the column as text, copy the values from the clinical system again and save."
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})
_DIGITS_KEPT = 15  # by a spreadsheet, in a number
_SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d{1,3}")
_WITH_ZERO = re.compile(r"(\d{10})\.0+")  # how programs that know only one sort of number write a whole one
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"

_AFTER = re.compile(r"\s*\([^()]*\)$")  # an age behind a date of birth
_TIME_AFTER = re.compile(
    r"[T ,]+\d{1,2}[:.]\d{2}([:.]\d{2}([.,]\d+)?)?\s*([ap]m)?\s*(Z|[+-]\d\d:?\d\d)?$", re.I
)
_WEEKDAY = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*[ ,]+", re.I)
_YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})")
_NUMBERS = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})")
_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-/. ]*([a-z]{3,9})[-/., ]*(\d{4}|\d{2})", re.I)
_NAME_FIRST = re.compile(r"([a-z]{3,9})[-/. ]*(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4}|\d{2})", re.I)
_EITHER = re.compile(r"\d\d/\d\d/\d{4} or \d\d/\d\d/\d{4}")
_FIRST_SERIAL, _LAST_SERIAL = 61, 73_050  # 1 March 1900 to 31 December 2099
_SERIAL_DAYS = dt.date(1899, 12, 30)

HOW_TO_WRITE = "write it like 27/03/1951 or 27-Mar-1951."


def letter(column: int) -> str:
    """Return a spreadsheet's letter of a column, counted from 0: A, B ... Z, AA."""
    name = ""
    column += 1
    while column:
        column, place = divmod(column - 1, 26)
        name = chr(65 + place) + name
    return name


def shown(cell: Cell) -> str:
    """Return a cell as people read it; "" for a blank one."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    if isinstance(cell, dt.datetime):
        return f"{cell:%d-%b-%Y %H:%M}"
    if isinstance(cell, dt.date):
        return f"{cell:%d-%b-%Y}"
    return str(cell)


def text(cell: Cell) -> str:
    """Return a cell as text: trimmed, without the apostrophe that keeps digits as text.

    Raises:
        ValueError: it holds a spreadsheet's error instead of a value.
    """
    value = shown(cell).strip()
    if value in _ERRORS:
        raise ValueError("This cell holds a spreadsheet error: correct it in the spreadsheet and save.")
    if value == NO_RESULT:
        raise ValueError("This formula has no stored result: open the file, save it again and upload it.")
    if len(value) > 2 and not value.strip("#"):
        raise ValueError("This column was too narrow when the file was saved: widen it and save again.")
    if len(value) > 1 and value[0] == "'" and value[1].isdigit():
        return value[1:]
    return value


def nhs_number(cell: Cell) -> str:
    """Return the NHS number in a cell as ten digits; "" for a blank cell.

    Raises:
        ValueError: it is none, or a spreadsheet has rounded it or cut digits off.
    """
    value = text(cell)
    if not value:
        return ""
    if _SCIENTIFIC.fullmatch(value):
        raise ValueError(f"A spreadsheet has shortened this number (like 9.43E+09): {KEEP_AS_TEXT}")
    if isinstance(cell, float):
        raise ValueError(f"This number has a fraction, so a spreadsheet has changed it: {KEEP_AS_TEXT}")
    if isinstance(cell, bool | dt.date):
        raise ValueError("This is not a number: enter the NHS number, which has 10 digits.")
    if whole := _WITH_ZERO.fullmatch(value):
        value = whole[1]
    digits = re.sub(r"\D", "", value)
    try:
        return identifiers.nhs_number(value)
    except ValueError:
        if len(digits) == 10 and digits.endswith("0000"):
            raise ValueError(
                f"A spreadsheet has rounded this number (it ends in 0000): {KEEP_AS_TEXT}"
            ) from None
        if isinstance(cell, int) and len(digits) < 10:
            raise ValueError(
                f"This number has lost digits, it has {len(digits)} of 10: {KEEP_AS_TEXT}"
            ) from None
        raise


def reference(cell: Cell) -> str:
    """Return a record's or document's number as text, with every digit it has.

    Raises:
        ValueError: a spreadsheet has rounded or shortened it.
    """
    value = text(cell)
    if _SCIENTIFIC.fullmatch(value):
        raise ValueError(f"A spreadsheet has shortened this number (like 1.23E+12): {KEEP_AS_TEXT}")
    if isinstance(cell, float):
        raise ValueError(f"This number has a fraction, so a spreadsheet has changed it: {KEEP_AS_TEXT}")
    if _is_rounded(cell, value):
        raise ValueError(f"A spreadsheet keeps 15 digits, and this number has more: {KEEP_AS_TEXT}")
    return value


def _is_rounded(cell: Cell, value: str) -> bool:
    too_long = value.isascii() and value.isdigit() and len(value) > _DIGITS_KEPT
    return too_long and (isinstance(cell, int) or not value[_DIGITS_KEPT:].strip("0"))


def snomed(cell: Cell) -> str:
    """Return the SNOMED CT code in a cell, judged by its check digit.

    Raises:
        ValueError: it is none, or a spreadsheet has rounded it to 15 digits (Verhoeff's digit finds that).
    """
    value = text(cell)
    if _SCIENTIFIC.fullmatch(value) or isinstance(cell, float):
        raise ValueError(f"A spreadsheet has shortened this code: {KEEP_AS_TEXT}")
    if identifiers.snomed_is_valid(value) and not (isinstance(cell, int) and len(value) > _DIGITS_KEPT):
        return value
    if _is_rounded(cell, value):
        raise ValueError(f"A spreadsheet has rounded this code to 15 digits: {KEEP_AS_TEXT}")
    raise ValueError("This is not a SNOMED CT code, a digit is wrong: check it, or write the term instead.")


def date(cell: Cell, order: str = "dmy", *, short_years: bool = False) -> dt.date | None:
    """Return the day in a cell; None for a blank one.

    `order` is that of day and month between slashes ("dmy" or "mdy"), decided for the whole column.
    `short_years` accepts two digits as 20yy, which a date of birth must not.

    Raises:
        ValueError: it is no date, or day and month may have been swapped.
    """
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    value = text(cell)
    if not value:
        return None
    if _EITHER.fullmatch(value):
        raise ValueError(f"A spreadsheet may have swapped day and month of this date: {HOW_TO_WRITE}")
    if isinstance(cell, bool):
        raise ValueError(f"This is not a date: {HOW_TO_WRITE}")
    if isinstance(cell, float) or re.fullmatch(r"\d{5}(\.\d+)?", value):
        return _serial(float(value))
    plain = _TIME_AFTER.sub("", _WEEKDAY.sub("", _AFTER.sub("", value)))
    return _written(plain.strip(), order, short_years)


def _serial(days: float) -> dt.date:
    if not _FIRST_SERIAL <= days < _LAST_SERIAL + 1:
        raise ValueError(f"This number is not a date: {HOW_TO_WRITE}")
    return _SERIAL_DAYS + dt.timedelta(days=int(days))


def _written(value: str, order: str, short_years: bool) -> dt.date:
    if found := _YEAR_FIRST.fullmatch(value) or re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)", value):
        return _real(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMBERS.fullmatch(value):
        day, month = (found[2], found[1]) if order == "mdy" else (found[1], found[2])
        if int(month) > 12 >= int(day):
            raise ValueError(f"Day and month are not in the order of the other dates: {HOW_TO_WRITE}")
        return _real(_year(found[3], short_years), int(month), int(day))
    named = _NAMED.fullmatch(value)
    first = None if named else _NAME_FIRST.fullmatch(value)
    day, name, year = named.groups() if named else (first[2], first[1], first[3]) if first else ("", "", "")
    number = MONTHS.get(name.casefold())
    if number is None:
        raise ValueError(f"This is not a date that can be read: {HOW_TO_WRITE}")
    return _real(_year(year, short_years), number, int(day))


def _year(digits: str, short_years: bool) -> int:
    if len(digits) == 4:
        return int(digits)
    if not short_years:
        raise ValueError("Write the year of this date with four digits, such as 1951.")
    return 2000 + int(digits)


def _real(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise ValueError(f"This day does not exist: check it, and {HOW_TO_WRITE}") from None


def order_of(cell: Cell) -> str:
    """Return "dmy" or "mdy" if only that order of day and month makes a date of this cell, else ""."""
    found = _NUMBERS.fullmatch(_TIME_AFTER.sub("", cell.strip())) if isinstance(cell, str) else None
    if found is None or not (1 <= int(found[1]) <= 31 and 1 <= int(found[2]) <= 31):
        return ""
    first, second = int(found[1]), int(found[2])
    if first > 12 >= second:
        return "dmy"
    return "mdy" if second > 12 >= first else ""


def is_date(cell: Cell) -> bool:
    """Say whether a cell is a day in either order; a bare number is none."""
    if isinstance(cell, dt.date):
        return True
    if not isinstance(cell, str) or cell.strip().isdigit():
        return False
    for order in ("dmy", "mdy"):
        try:
            return date(cell, order, short_years=True) is not None
        except ValueError:
            continue
    return False


def unreadable(value: str) -> bool:
    """Say whether some characters of the file could not be read."""
    return _UNREADABLE in value
