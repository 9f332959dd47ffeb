"""What a workbook says about itself: its sheets, its texts, and which numbers are dates."""

import posixpath
import re
from dataclasses import dataclass

from hub.imports.reading.container import Container
from hub.imports.reading.encodings import UNREADABLE
from hub.imports.reading.limits import LARGEST_IN_MEMORY, LONGEST_CELL, damaged, refuse
from hub.imports.reading.markup import Markup, local

_SMALL = 20 * 1024 * 1024
_MOST_SHEETS = 200
_MOST_FORMATS = 100_000
# ECMA-376 part 1, 18.8.30: formats built in that show a date (with or without a time of day).
_DATES_BUILT_IN = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})
_NO_DATE_IN_IT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class SheetPart:
    """One sheet: its title on the tab, its part in the container, and whether it is hidden."""

    title: str
    part: str
    hidden: bool


@dataclass(frozen=True)
class Workbook:
    """Everything that the cells of any sheet refer to."""

    container: Container
    sheets: tuple[SheetPart, ...]
    texts: list[str]
    dates: tuple[bool, ...]  # for each cell format whether it shows a date
    from_1904: bool


def open_workbook(data: bytes) -> Workbook:
    """Return the workbook in the file.

    Raises:
        Invalid: it is none, is broken, protected or larger than any list of requests.
    """
    container = Container(data)
    main = _main_part(container)
    related = _related(container, main)
    sheets, from_1904 = _sheets(container, main, related)
    by_sort = dict(related.values())
    texts = _texts(container, by_sort.get("sharedStrings", ""))
    return Workbook(container, sheets, texts, _dates(container, by_sort.get("styles", "")), from_1904)


def _main_part(container: Container) -> str:
    for sort, target in _related(container, "").values():
        if sort == "officeDocument" and container.has(target):
            return target
    if container.has("xl/workbook.xml"):
        return "xl/workbook.xml"
    raise damaged("it names no workbook")


def _related(container: Container, part: str) -> dict[str, tuple[str, str]]:
    """Return what a part refers to: an id to its sort and its place in the container."""
    folder, name = posixpath.split(part)
    place = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, tuple[str, str]] = {}
    if not container.has(place):
        return found

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            whole = target if target.startswith("/") else posixpath.join(folder, target)
            sort = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = (sort, posixpath.normpath(whole).lstrip("/"))

    for _ in Markup(start, lambda _: None).read(container, place, _SMALL):
        _few(found)
    return found


def _few(found: dict[str, tuple[str, str]]) -> None:
    if len(found) > _MOST_FORMATS:
        raise damaged("more references in it than a list can hold")


def _sheets(
    container: Container, main: str, related: dict[str, tuple[str, str]]
) -> tuple[tuple[SheetPart, ...], bool]:
    sheets: list[SheetPart] = []
    counts_from_1904: list[bool] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "workbookPr":
            counts_from_1904.append(attributes.get("date1904", "") in ("1", "true"))
        elif element == "sheet":
            sort, part = related.get(local(attributes, "id"), ("", ""))
            if sort == "worksheet" and len(sheets) < _MOST_SHEETS:
                hidden = attributes.get("state", "visible") != "visible"
                sheets.append(SheetPart(attributes.get("name", "")[:80], part, hidden))

    for _ in Markup(start, lambda _: None).read(container, main, _SMALL):
        pass
    if not sheets:
        raise refuse("The selected workbook has no sheet with cells: choose the file that holds the list.")
    return tuple(sheets), any(counts_from_1904)


def _texts(container: Container, part: str) -> list[str]:
    """Return the texts that cells refer to by number; readings of Asian characters are no part of them."""
    if not part or not container.has(part):
        return []
    reader = _Texts()
    for _ in reader.markup.read(container, part):
        if reader.bytes > LARGEST_IN_MEMORY:
            raise refuse(
                "The selected file holds too much text for one import: "
                "delete the columns you do not need, or split it into smaller files."
            )
    return reader.texts


class _Texts:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.bytes = 0
        self.markup = Markup(self._start, self._end)
        self._parts: list[str] = []
        self._aside = False

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "si":
            self._parts = []
        elif element == "rPh":
            self._aside = True
        elif element == "t" and not self._aside:
            self.markup.parser.CharacterDataHandler = self._characters

    def _characters(self, text: str) -> None:
        self._parts.append(text)
        self.bytes += len(text) + 8

    def _end(self, element: str) -> None:
        if element == "t":
            self.markup.parser.CharacterDataHandler = None
        elif element == "rPh":
            self._aside = False
        elif element == "si":
            text = unescaped("".join(self._parts))
            self._parts = []
            if len(text) > LONGEST_CELL:
                raise damaged("a text longer than a cell can hold")
            self.texts.append(text)
            self.bytes += 64


def unescaped(text: str) -> str:
    """Return text with its characters that XML cannot hold, which stand as _x000D_."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(found: re.Match[str]) -> str:
    """Half a character, or one that is none for people, shows as damage and breaks nothing."""
    character = chr(int(found[1], 16))
    return character if character.isprintable() or character in "\t\n\r" else UNREADABLE


def _dates(container: Container, part: str) -> tuple[bool, ...]:
    if not part or not container.has(part):
        return ()
    shown: dict[str, bool] = {}
    used: list[str] = []
    place = [""]

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "numFmt":
            shown[attributes.get("numFmtId", "")] = _shows_date(attributes.get("formatCode", ""))
        elif element in ("cellXfs", "cellStyleXfs"):
            place[0] = element
        elif element == "xf" and place[0] == "cellXfs":
            used.append(attributes.get("numFmtId", "0"))

    def end(element: str) -> None:
        if element in ("cellXfs", "cellStyleXfs"):
            place[0] = ""

    for _ in Markup(start, end).read(container, part, _SMALL):
        if max(len(shown), len(used)) > _MOST_FORMATS:
            raise damaged("more formats in it than a list can hold")
    return tuple(shown.get(one, one.isdigit() and int(one[:9]) in _DATES_BUILT_IN) for one in used)


def _shows_date(code: str) -> bool:
    """Say whether a format shows a date or time: day, month, year or hour outside of quotes and brackets."""
    first = _NO_DATE_IN_IT.sub("", code.split(";")[0])
    return "general" not in first.casefold() and bool(re.search(r"[dmyhs]", first, re.IGNORECASE))
