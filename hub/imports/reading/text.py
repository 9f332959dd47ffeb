"""Rows of a text file: CSV with whatever separates its columns, and quotation marks as people leave them."""

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import islice

from hub.domain.importing.table import Cell
from hub.imports.reading.encodings import UNREADABLE, detect
from hub.imports.reading.limits import LONGEST_LINE, MOST_LINES, Rows, refuse

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright bars"}
_SAMPLE_LINES = 300
_LONGEST_RECORD = 20  # lines; more than that inside one pair of quotation marks is a mark without a partner
_MOST_TRIES = 200_000  # to find partners in one file
_SAYS_SEPARATOR = re.compile(r"sep=([,;\t|])\s*", re.IGNORECASE)
_KEPT_AS_TEXT = re.compile(r'="([^"]*)"')  # how some programs keep a spreadsheet from changing digits


def read_text(data: bytes, how: list[str]) -> Rows:
    """Yield the rows of a text file; sentences on how it was read are added to `how`.

    Raises:
        Invalid: it is no text, or a line is longer than any row of a table.
    """
    encoding = detect(data)
    lines = _lines(data, encoding.name)
    sample = list(islice(lines, _SAMPLE_LINES))
    said = _SAYS_SEPARATOR.fullmatch(sample[0]) if sample else None
    separator = said[1] if said else separator_of(sample)
    width = _usual_width(sample, separator)
    between = f", columns separated by {SEPARATORS[separator]}" if width > 1 else ""
    how.append(f"Read as {encoding.label}{between}.")
    lines = _chained(sample[1:] if said else sample, lines)  # a spreadsheet hides the line that says it
    records = _Records(lines, separator, width)
    unreadable = 0
    for number, record in enumerate(records, start=1):
        if number > MOST_LINES:
            raise refuse("The selected file has more lines than a spreadsheet can: export the list again.")
        unreadable += sum(UNREADABLE in cell for cell in record)
        yield number, tuple(map(_cell, record))
    if unreadable:
        told = "One cell has" if unreadable == 1 else f"{unreadable} cells have"
        how.append(f"{told} characters that could not be read: they show as {UNREADABLE}.")
    if records.literal:
        rows = ", ".join(map(str, records.literal[:5])) + (" ..." if len(records.literal) > 5 else "")
        how.append(f"Quotation marks without a partner were taken as they stand (row {rows}).")


def _chained(first: Iterable[str], rest: Iterator[str]) -> Iterator[str]:
    yield from first
    yield from rest


def _lines(data: bytes, encoding: str) -> Iterator[str]:
    stream = io.TextIOWrapper(io.BytesIO(data), encoding, "replace", newline="")
    for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE + 1), ""), start=1):
        if len(line) > LONGEST_LINE:
            raise refuse(
                f"Line {number} of the selected file is longer than {LONGEST_LINE:,} characters: "
                "export the list again as CSV or Excel (.xlsx)."
            )
        yield line.replace("\x00", UNREADABLE) if "\x00" in line else line


def _cell(text: str) -> Cell:
    if not text or text.isspace():
        return None
    kept = _KEPT_AS_TEXT.fullmatch(text) if text[0] == "=" else None
    return (kept[1] or None) if kept else text


def separator_of(lines: list[str]) -> str:
    """Return what separates columns in these lines: what gives most rows the same, and the most, columns."""
    best, most = ",", 0.0
    for separator in SEPARATORS:
        widths = _widths(lines, separator)
        rows = widths.total()
        widths.pop(1, None)
        for width, count in widths.most_common(1):
            score = (count / rows) ** 3 * min(width, 12)
            if score > most:
                best, most = separator, score
    return best


def _usual_width(lines: list[str], separator: str) -> int:
    widths = _widths(lines, separator)
    return max(widths, key=lambda width: (widths[width], width), default=1)


def _widths(lines: list[str], separator: str) -> Counter[int]:
    """Return how many rows have how many columns; a cell may go on over several lines."""
    filled = [line for line in lines if line.strip()]
    try:
        return Counter(map(len, csv.reader(filled, delimiter=separator, strict=True)))
    except csv.Error:
        return Counter(_width(line, separator) for line in filled)


def _width(line: str, separator: str) -> int:
    if '"' not in line:
        return line.count(separator) + 1
    return len(_lax(line, separator))


def _lax(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:  # longer than the reader takes
        return line.rstrip("\r\n").split(separator)


class _Records:
    """Lines become records. A mark without partner is an ordinary character, and swallows nothing."""

    def __init__(self, lines: Iterator[str], separator: str, width: int) -> None:
        self.lines = lines
        self.separator = separator
        self.width = width
        self.waiting: deque[str] = deque()
        self.literal: list[int] = []  # numbers of records with a mark that has no partner
        self.tries = 0

    def __iter__(self) -> Iterator[list[str]]:
        number = 0
        while (line := self._next()) is not None:
            number += 1
            if '"' not in line:
                yield line.rstrip("\r\n").split(self.separator)
                continue
            record = self._quoted(line)
            if record is None:
                self.literal.append(number)
                record = self._unpaired(line)
            yield record

    def _next(self) -> str | None:
        return self.waiting.popleft() if self.waiting else next(self.lines, None)

    def _quoted(self, line: str) -> list[str] | None:
        """Return the record that begins with this line, over several lines if need be; None if none does."""
        record, is_open = self._strict([line])
        if not is_open:
            return record
        taken = [line]
        while len(taken) < _LONGEST_RECORD and (more := self._next()) is not None:
            taken.append(more)
            if '"' not in more:
                continue
            record, is_open = self._strict(taken)
            if not is_open:
                break
        if record is not None and (len(record) == self.width or len(self._unpaired(line)) != self.width):
            return record
        self.waiting.extendleft(reversed(taken[1:]))
        return None

    def _strict(self, lines: list[str]) -> tuple[list[str] | None, bool]:
        """Return the one record of these lines, None if they are none, and whether a mark is still open."""
        self.tries += 1
        if self.tries > _MOST_TRIES:
            raise refuse(
                "The quotation marks in the selected file do not match: "
                "save it as an Excel workbook (.xlsx) and upload that file."
            )
        try:
            records = list(csv.reader(lines, delimiter=self.separator, strict=True))
        except csv.Error as error:
            return None, "unexpected end of data" in str(error)
        return (records[0], False) if len(records) == 1 else (None, False)

    def _unpaired(self, line: str) -> list[str]:
        lax = _lax(line, self.separator)
        plain = [_without_marks(text) for text in line.rstrip("\r\n").split(self.separator)]
        return lax if len(lax) == self.width != len(plain) else plain


def _without_marks(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1] else text
