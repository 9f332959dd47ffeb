"""The cells of one sheet, row by row, exactly as they are stored: a formula counts by its stored result."""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal

from hub.domain.importing.table import MOST_COLUMNS, NO_RESULT, Cell, letter
from hub.imports.reading.limits import LONGEST_CELL, damaged, refuse
from hub.imports.reading.markup import Markup
from hub.imports.reading.workbook import Workbook, unescaped

_PLACE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{0,7})")
_WHOLE = re.compile(r"-?[0-9]{1,20}")
_LAST_ROW = 1_048_576
_LAST_DAY = 2_958_465  # 31 December 9999
_EXACT = 1e21
_LEAP_DAY_THAT_NEVER_WAS = 60  # 29 February 1900: kept by spreadsheets for the sake of their ancestors


class Worksheet:
    """Reads one sheet. After reading, `hidden_rows` and `without_result` count what a person should know."""

    def __init__(self, book: Workbook, part: str) -> None:
        self.hidden_rows = self.without_result = 0
        self._book, self._part = book, part
        self._start_of_days = dt.datetime(1904, 1, 1) if book.from_1904 else dt.datetime(1899, 12, 30)  # noqa: DTZ001
        self._markup = Markup(self._start, self._end)
        self._ready: list[tuple[int, tuple[Cell, ...]]] = []
        self._row: dict[int, Cell] = {}
        self._number = 0
        self._hidden = self._in_cell = self._aside = self._formula = False
        self._column = -1
        self._sort = self._style = ""
        self._text: list[str] = []
        self._length = 0

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """Yield the rows that have values.

        Raises:
            Invalid: the sheet is broken, or has a value further to the right than is read.
        """
        for _ in self._markup.read(self._book.container, self._part):
            yield from self._ready
            self._ready.clear()

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "c":
            self._start_cell(attributes)
        elif element == "v" or element == "t":
            if self._in_cell and not self._aside:
                self._markup.parser.CharacterDataHandler = self._characters
        elif element == "f":
            self._formula = True
        elif element == "rPh":
            self._aside = True
        elif element == "row":
            self._start_row(attributes)

    def _start_row(self, attributes: dict[str, str]) -> None:
        said = attributes.get("r", "")
        number = int(said) if said.isascii() and said.isdigit() and len(said) < 8 else self._number + 1
        if not self._number < number <= _LAST_ROW:
            raise damaged("its rows are out of order")
        self._number, self._column, self._row = number, -1, {}
        self._hidden = attributes.get("hidden", "") in ("1", "true")

    def _start_cell(self, attributes: dict[str, str]) -> None:
        place = _PLACE.fullmatch(attributes.get("r", ""))
        self._column = _column(place[1]) if place else self._column + 1
        self._sort, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._in_cell, self._formula = True, False
        self._text, self._length = [], 0

    def _characters(self, text: str) -> None:
        self._text.append(text)
        self._length += len(text)
        if self._length > LONGEST_CELL:
            raise damaged("a text longer than a cell can hold")

    def _end(self, element: str) -> None:
        if element == "v" or element == "t":
            self._markup.parser.CharacterDataHandler = None
        elif element == "c":
            self._end_cell()
        elif element == "row":
            self._end_row()
        elif element == "rPh":
            self._aside = False

    def _end_cell(self) -> None:
        self._in_cell = False
        value = self._value("".join(self._text))
        if value is None and self._formula and not self._text:
            self.without_result += 1
            value = NO_RESULT
        if value is None:
            return
        if self._column >= MOST_COLUMNS:
            raise refuse(
                f"Row {self._number} has a value in column {letter(self._column)}; at most {MOST_COLUMNS} "
                "columns are read: delete the columns you do not need and upload the file again."
            )
        self._row[self._column] = value

    def _end_row(self) -> None:
        if self._row:
            self.hidden_rows += self._hidden
            get = self._row.get
            self._ready.append((self._number, tuple(get(place) for place in range(max(self._row) + 1))))
            self._row = {}

    def _value(self, text: str) -> Cell:
        if not text or text.isspace():
            return None
        if self._sort == "s":
            return self._shared(text)
        if self._sort in ("inlineStr", "str", "e"):
            return unescaped(text)
        if self._sort == "b":
            return text.strip() == "1"
        if self._sort == "d":
            return _iso(text.strip())
        number = _number(text.strip())
        is_date = self._style.isdigit() and int(self._style[:9]) < len(self._book.dates)
        if is_date and isinstance(number, int | float) and self._book.dates[int(self._style[:9])]:
            return self._date(number)
        return number

    def _shared(self, text: str) -> Cell:
        place = text.strip()
        if not (place.isascii() and place.isdigit()) or int(place[:9]) >= len(self._book.texts):
            raise damaged("a cell refers to a text that is missing")
        found = self._book.texts[int(place[:9])]
        return None if not found or found.isspace() else found

    def _date(self, serial: int | float) -> Cell:
        """Return the day, the moment or the time of day that a serial number is shown as."""
        if not 0 <= serial < _LAST_DAY + 1:
            return serial
        if serial < 1:
            return "{:02}:{:02}".format(*divmod(round(serial * 1440) % 1440, 60))
        if not self._book.from_1904 and serial < _LEAP_DAY_THAT_NEVER_WAS + 1:
            if serial >= _LEAP_DAY_THAT_NEVER_WAS:
                return serial
            serial += 1
        try:
            moment = self._start_of_days + dt.timedelta(seconds=round(serial * 86400))
        except OverflowError:
            return serial
        return moment.date() if moment.time() == dt.time() else moment


def _column(letters: str) -> int:
    column = 0
    for one in letters.upper():
        column = column * 26 + ord(one) - 64
    return column - 1


def _number(text: str) -> Cell:
    """Return a whole number where it is one, with every digit that is stored; other text as it is."""
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return text
    if number != number or abs(number) == float("inf"):
        return text
    if number.is_integer() and abs(number) < _EXACT:
        return int(Decimal(text.replace("_", "")))
    return number


def _iso(text: str) -> Cell:
    try:
        moment = dt.datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=None)
    except ValueError:
        return text
    return moment.date() if moment.time() == dt.time() else moment
