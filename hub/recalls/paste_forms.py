"""A pasted list of patients: numbers alone for those who are known, name and birth date too for new ones."""

import csv
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.domain import identifiers
from hub.domain.errors import Invalid
from hub.domain.importing import names
from hub.domain.importing.cells import date, is_date
from hub.domain.importing.fields import by_title
from hub.forms import date_values
from hub.recalls.drafts import Pasted

MOST_ROWS = 2000
MOST_NEW = 500  # each is looked for and perhaps added by itself
LONGEST_NUMBER = 30
OLDEST = dt.timedelta(days=10 * 366)
NAMED_ORDER = ("nhs_number", "family", "given", "born", "record_number", "last_done")
NUMBER_ORDER = ("number", "last_done")
_WHOLE = {"family", "given", "name", "born"}  # whoever gives one of these means to name the patient
_LAST = re.compile(r"\b(last|done|previous|latest|monitored|tested|reviewed)\b", re.IGNORECASE)


@dataclass(slots=True)
class Paste:
    """What was pasted: the rows that can be read, and why each other one cannot, with what stands in it.

    `titles` is the number of the row of titles; 0 where there is none.
    """

    rows: list[Pasted]
    refused: dict[int, str]
    typed: dict[int, str]
    titles: int = 0


def read(text: str, *, today: dt.date) -> Paste:
    """Return the lines of a pasted list, split at tabs, else at semicolons or commas; dates are day first.

    Empty lines are left out. So is a row of titles above the first patient, which says in which order the
    columns stand; without one a row of one or two columns is a number and perhaps when it was last done,
    and a longer one stands in `NAMED_ORDER`.

    Raises:
        Invalid: under "numbers", when there is no row, or there are too many.
    """
    order: tuple[str, ...] = ()
    found = Paste([], {}, {})
    for number, line in enumerate(text.replace("\x00", "").splitlines(), start=1):
        cells = _cells(line)
        if not any(cells):
            continue
        if not found.typed and not order and (titles := _titles(cells)):
            order, found.titles = titles, number
            continue
        found.typed[number] = cells[0] or line.strip()
        try:
            found.rows.append(_row(number, dict(zip(order or _order(cells), cells, strict=False)), today))
        except ValueError as error:
            found.refused[number] = str(error)
    _check_size(found)
    return found


def _check_size(found: Paste) -> None:
    if not found.typed:
        raise Invalid({"numbers": "Paste one patient a row, each with an NHS number or your record number."})
    if len(found.typed) > MOST_ROWS:
        raise Invalid({"numbers": f"Paste {MOST_ROWS:,} rows or fewer at a time."})
    if sum(one.details is not None for one in found.rows) > MOST_NEW:
        raise Invalid({"numbers": f"Paste {MOST_NEW} rows with names or fewer at a time."})


def _cells(line: str) -> list[str]:
    """Return what stands in a line, whatever parts it; empty columns at its end do not count."""
    parted = next((mark for mark in ("\t", ";", ",") if mark in line), ",")
    cells = [" ".join(cell.split()) for cell in next(csv.reader([line], delimiter=parted), [])]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _titles(cells: Sequence[str]) -> tuple[str, ...]:
    """Return which column is what, if this is a row of titles; () if it is one of a patient."""
    fields = [by_title(cell) for cell in cells]
    digits = any(re.search(r"\d", cell) for cell in cells)
    if any(map(_is_value, cells)) or ((digits or not all(cells)) and not any(fields)):
        return ()
    numbers = {"nhs_number", "record_number"}
    if not numbers & set(fields) or (len(cells) <= len(NUMBER_ORDER) and fields[0] in numbers):
        return _order(cells)  # titles that say nothing to us change nothing
    return tuple(_field_of(field, cell, n) for n, (field, cell) in enumerate(zip(fields, cells, strict=True)))


def _field_of(field: str, title: str, number: int) -> str:
    if field in NAMED_ORDER or field in _WHOLE:
        return field
    return "last_done" if _LAST.search(title) else f"other-{number}"


def _is_value(cell: str) -> bool:
    """Say whether this is an NHS number or a date, which no title is: a patient may be called Patient."""
    try:
        return bool(identifiers.nhs_number(cell))
    except ValueError:
        return is_date(cell)


def _order(cells: Sequence[str]) -> tuple[str, ...]:
    return NUMBER_ORDER if len(cells) <= len(NUMBER_ORDER) else NAMED_ORDER


def _row(row: int, cells: Mapping[str, str], today: dt.date) -> Pasted:
    last_done = _last_done(cells.get("last_done", ""), today)
    number = cells.get("number") or cells.get("nhs_number") or cells.get("record_number", "")
    if not number:
        raise ValueError("There is no NHS number or record number in this row.")
    if len(number) > LONGEST_NUMBER:
        raise ValueError("This is too long for a number: one patient a row, the number first.")
    details = _details(cells) if any(cells.get(name) for name in _WHOLE) else None
    try:
        return Pasted(row, number, identifiers.nhs_number(number), last_done, details)
    except ValueError:
        return Pasted(row, number, "", last_done, details)


def _details(cells: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of the form that raises a request, as this row fills them in."""
    family, given = cells.get("family", ""), cells.get("given", "")
    if cells.get("name") and not (family and given):
        family, given = names.split(cells["name"])
    try:
        born = date_values("born", date(cells.get("born", "")))
    except ValueError as error:
        raise ValueError(f"Date of birth: {error}") from None
    told = {"nhs_number": cells.get("nhs_number", ""), "record_number": cells.get("record_number", "")}
    return told | {"family": family, "given": given} | born


def _last_done(typed: str, today: dt.date) -> dt.date | None:
    try:
        day = date(typed, short_years=True)
    except ValueError as error:
        raise ValueError(f"When it was last done: {error}") from None
    if day is not None and not today - OLDEST <= day <= today:
        raise ValueError("The date of the last one done must be within ten years, and not in the future.")
    return day
