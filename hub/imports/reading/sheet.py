"""Which sort of file is it, and how is it read?"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Literal

from hub.domain.importing.table import Cell, likeness
from hub.imports.reading import signs
from hub.imports.reading.limits import LARGEST_FILE, Rows, bounded, refuse
from hub.imports.reading.text import read_text
from hub.imports.reading.workbook import SheetPart, Workbook, open_workbook
from hub.imports.reading.worksheet import Worksheet

_ROWS_TO_KNOW = 60  # rows looked at to choose among sheets
_SHEETS_TO_NAME = 5
_ENDINGS = {"csv": (".csv", ".txt", ".tsv", ".tab"), "xlsx": (".xlsx",)}
_SORTS = {"csv": "text (CSV)", "xlsx": "an Excel workbook"}


@dataclass
class Choice:
    """The sheets in sight that have values, by title, and the place of the one that is read."""

    titles: list[str] = field(default_factory=list)
    chosen: int = 0


class Sheet:
    """The rows of one file, read as they are asked for.

    `rows` yields the spreadsheet's own row numbers (from 1) and the cells; it may raise Invalid (key "file")
    on the way, for what only shows there. `kind` is "csv" or "xlsx". `how` are sentences on how the file was
    read, complete once the rows have been read.
    """

    def __init__(
        self, kind: Literal["csv", "xlsx"], rows: Rows, how: list[str], choice: Choice | None = None
    ) -> None:
        self.kind: Literal["csv", "xlsx"] = kind
        self.rows: Iterator[tuple[int, tuple[Cell, ...]]] = rows
        self._how = how
        self._choice = choice or Choice()

    @property
    def titles(self) -> tuple[str, ...]:
        """Return the titles of the sheets that may be read; none of a text file."""
        return tuple(self._choice.titles)

    @property
    def chosen(self) -> int:
        """Return the place in `titles` of the sheet that is read."""
        return self._choice.chosen

    @property
    def how(self) -> tuple[str, ...]:
        """Return sentences on how the file was read."""
        return tuple(self._how)


def read_file(data: bytes | Path, filename: str, place: int | None = None) -> Sheet:
    """Return the sheet in the file; its name only decides what is said when name and content disagree.

    `place` is the place in `Sheet.titles` of the sheet to read; without it the one most like a list is read.

    Raises:
        Invalid: it cannot be used; key "file", one sentence that says what to do.
    """
    content = _content(data)
    signs.check(content)
    how: list[str] = []
    choice = Choice()
    if signs.is_zip(content):
        kind: Literal["csv", "xlsx"] = "xlsx"
        rows = _read_workbook(open_workbook(content), how, choice, place)
    else:
        kind = "csv"
        rows = read_text(content, how)
    rows = bounded(rows)
    first = next(rows, None)  # so that most refusals come at once
    if first is None:
        raise refuse("The selected file has no rows with values: choose the file that holds the list.")
    ending = Path(filename).suffix.casefold()
    if ending and ending not in _ENDINGS[kind]:
        how.append(f"It is {_SORTS[kind]}, although its name ends in {ending[:12]}.")
    return Sheet(kind, chain((first,), rows), how, choice)


def _content(data: bytes | Path) -> bytes:
    size = len(data) if isinstance(data, bytes) else data.stat().st_size
    if size > LARGEST_FILE:
        most = LARGEST_FILE // (1024 * 1024)
        raise refuse(
            f"The selected file is larger than {most} MB: delete the columns you do not need, "
            "or split it into smaller files."
        )
    return data if isinstance(data, bytes) else data.read_bytes()


def _read_workbook(book: Workbook, how: list[str], choice: Choice, place: int | None) -> Rows:
    sheet = _chosen(book, how, choice, place)
    reading = Worksheet(book, sheet.part)
    yield from reading.rows()
    if book.from_1904:
        how.append("This workbook counts its days from 1904: check that the dates are shown right.")
    if reading.hidden_rows:
        count = (
            "One hidden row was" if reading.hidden_rows == 1 else f"{reading.hidden_rows} hidden rows were"
        )
        how.append(f"{count} read as well: delete what should not be imported, hiding is not enough.")
    if reading.without_result:
        cells = (
            "One formula has" if reading.without_result == 1 else f"{reading.without_result} formulas have"
        )
        how.append(f"{cells} no stored result: open the file in your spreadsheet program and save it again.")


def _chosen(book: Workbook, how: list[str], choice: Choice, place: int | None) -> SheetPart:
    """The sheet in sight that was chosen; else the one most like a list, of equal ones the first."""
    found: list[tuple[SheetPart, int]] = []
    hidden = False
    for sheet in book.sheets:
        filled, alike = _looks(book, sheet)
        if filled and sheet.hidden:
            hidden = True
        elif filled:
            found.append((sheet, alike))
    if not found and hidden:
        raise refuse(
            "Only hidden sheets of this workbook have values: "
            "unhide the sheet with the list, save the workbook and upload it again."
        )
    if not found:
        raise refuse("No sheet of this workbook has values: choose the file that holds the list.")
    if place is not None and not 0 <= place < len(found):
        raise refuse("Choose a sheet from the list.")
    likest = max(range(len(found)), key=lambda one: found[one][1])
    choice.titles, choice.chosen = [sheet.title for sheet, _ in found], likest if place is None else place
    how.append(_which(choice))
    return found[choice.chosen][0]


def _which(choice: Choice) -> str:
    """Say which sheet was read, and which others there are."""
    read = choice.titles[choice.chosen]
    others = [one for place, one in enumerate(choice.titles) if place != choice.chosen]
    if not others:
        return f"Read as an Excel workbook, sheet “{read}”."
    rest = ", ".join(f"“{title}”" for title in others[:_SHEETS_TO_NAME])
    more = " and others" if len(others) > _SHEETS_TO_NAME else ""
    return f"Read the sheet “{read}” only; also with values: {rest}{more}."


def _looks(book: Workbook, sheet: SheetPart) -> tuple[int, int]:
    """Return how many of the sheet's first rows have values, and how much they look like a list."""
    first = list(islice(Worksheet(book, sheet.part).rows(), _ROWS_TO_KNOW))
    if not any(sum(cell is not None for cell in cells) > 1 for _, cells in first):
        return len(first), -1
    return len(first), likeness(first)
