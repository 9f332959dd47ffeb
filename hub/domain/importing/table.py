"""Where in a spreadsheet is the table? What is no data is left out, and said."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from hub.domain import identifiers
from hub.domain.errors import Invalid
from hub.domain.importing import layout
from hub.domain.importing.around import beginning, organisations
from hub.domain.importing.cells import NO_RESULT, Cell, is_date, letter, shown
from hub.domain.importing.fields import by_title, plain, to_mend
from hub.domain.importing.layout import Row

__all__ = [
    "LOOKED_THROUGH",
    "MOST_COLUMNS",
    "MOST_ROWS",
    "NO_RESULT",
    "NO_TITLES",
    "Cell",
    "LeftOut",
    "Numbered",
    "Row",
    "Table",
    "find_table",
    "letter",
    "likeness",
    "may_be_data",
    "with_values",
]

MOST_ROWS = 50_000
MOST_COLUMNS = 100
LOOKED_THROUGH = 60  # rows with values among which the titles are looked for
NO_TITLES = 0  # the number of the row of titles where there is none
_LONGEST_TITLE = 80
_MOST_TEXTS = 300  # rows left out of which the text is kept
_CLOSING = re.compile(
    r"(grand |sub-?\s?)?totals?\b|count\b|sum\b|average\b|number of (patients|records|rows)\b|"
    r"no\. of patients\b|end of (report|list|file)\b|page \d+( of \d+)?\b|printed\b|"
    r"(report )?(generated|produced|run) (on|by|at)\b|\d+ (patients|records|rows)\b|copyright\b|©|"
    r"confidential\b",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"(grand |sub-?\s?)?totals?\b[\s:]*", re.IGNORECASE)
_INSTRUCTION = re.compile(r"(required|optional|mandatory|example|e\.g\.|format)\b", re.IGNORECASE)

_NOT_FOUND = "No row with titles was found: the columns are named by their letters."

Numbered = tuple[int, tuple[Cell, ...]]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row of the spreadsheet that is no data, why, and what stands in it (of the first ones)."""

    number: int
    why: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The table found: its titles, its rows, and what was not read as data.

    `header_row` is 0 when the table has no titles; its columns are then named by their letters.
    `letters` are the spreadsheet's own letters of the columns: blank columns are gone.
    `notes` are sentences for the person, such as which blank cells mean "as above"; `as_above` says which
    rows were read as of the patient above them. `organisations` are what the lines above the titles name as
    the practice that the list is of.
    """

    header: tuple[str, ...]
    header_row: int
    rows: list[Row]
    left_out: list[LeftOut]
    notes: tuple[str, ...]
    letters: tuple[str, ...] = ()
    as_above: str = ""
    organisations: tuple[str, ...] = ()


def find_table(rows: Iterable[Numbered], titles_row: int | None = None) -> Table:
    """Return the table in `rows` (the spreadsheet's row numbers and cells).

    `titles_row` is the number of the row of titles, where a person has said it (`NO_TITLES` if there is
    none), among the first `LOOKED_THROUGH` with values; without it the titles are looked for.

    Raises:
        Invalid: there is no table, or it is larger than one import may be; key "file".
    """
    filled = with_values(rows)
    top = list(islice(filled, LOOKED_THROUGH))
    place = _titles_at(top) if titles_row is None else _place_of(titles_row, top)
    above = top[: max(place, 0)]
    left_out = [LeftOut(number, "It stands above the table.", beginning(cells)) for number, cells in above]
    titles = top[place][1] if place >= 0 else ()
    group = _group_above(top, place)
    found = list(_data(chain(top[place + 1 :], filled), titles, group, left_out))
    if not found and titles_row is not None:
        raise Invalid({"file": f"No request stands below row {titles_row}: choose another row."})
    if not found:
        raise _nothing(top[place][0] if place >= 0 else 0)
    columns = _columns(titles, found)
    header = _header(titles, group, columns)
    notes = [_NOT_FOUND] if place < 0 and titles_row is None else []
    _keep_columns(found, columns)
    packed, more = layout.settle(found, header)
    return Table(
        header=header,
        header_row=top[place][0] if place >= 0 else 0,
        rows=packed,
        left_out=left_out,
        notes=(*notes, *more),
        letters=tuple(letter(column) for column in columns),
        as_above=layout.as_above_words(packed),
        # The first title of rows to mend says whose they are.
        organisations=organisations([*(cells for _, cells in above), header[:1] if to_mend(header) else ()]),
    )


def with_values(rows: Iterable[Numbered]) -> Iterator[Numbered]:
    """Yield the rows that are not blank."""
    return (one for one in rows if any(map(_has_value, one[1])))


def may_be_data(top: list[Numbered]) -> bool:
    """Say whether no row of `top` is titles for certain: in the one most like it stands a value."""
    try:
        place = _titles_at(top)
    except Invalid:
        return True
    return place < 0 or any(map(_is_value, top[place][1]))


def likeness(top: Iterable[Numbered]) -> int:
    """Return how much the first rows of a sheet look like a list with titles that we know; 0 not at all."""
    return max((_score(cells) for _, cells in top), default=0)


def _place_of(titles_row: int, top: list[Numbered]) -> int:
    """Return the place of the row of this number in `top`, -1 for `NO_TITLES`.

    Raises:
        Invalid: there is no such row.
    """
    if titles_row == NO_TITLES:
        return -1
    places = [place for place, (number, _) in enumerate(top) if number == titles_row]
    if not places:
        raise Invalid({"file": "Choose a row from the list."})
    return places[0]


def _nothing(header_row: int) -> Invalid:
    where = f"There are titles in row {header_row} but no rows below" if header_row else "No table was found"
    return Invalid(
        {"file": f"{where}: choose a file with a row of titles (such as NHS number) and a row per request."}
    )


def _has_value(cell: Cell) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _is_value(cell: Cell) -> bool:
    """Say whether a cell is data for certain: a number, a date, a long text; titles are none of these."""
    if not isinstance(cell, str):
        return cell is not None
    digits = sum(c.isdigit() for c in cell)
    return len(cell) > _LONGEST_TITLE or digits * 2 > len(cell.strip()) or is_date(cell)


def _titles_at(top: list[Numbered]) -> int:
    """Return the place of the titles in `top`, -1 when the table has none.

    Raises:
        Invalid: nothing looks like a table.
    """
    scores = [_score(cells) for _, cells in top]
    best = max(scores, default=0)
    if best > 0:
        return scores.index(best)
    usual = Counter(sum(map(_has_value, cells)) for _, cells in top).most_common(1)
    for place, (_, cells) in enumerate(top[:-1]):
        count = sum(map(_has_value, cells))
        if count >= max(2, usual[0][0] * 0.6) and not any(map(_is_value, cells)):
            return place
    if any(_is_nhs_number(cell) for _, cells in top for cell in cells):
        return -1
    raise _nothing(0)


def _score(cells: tuple[Cell, ...]) -> int:
    """Known titles count most; a row without one scores nothing, and values speak against it."""
    known = {by_title(cell) for cell in cells if isinstance(cell, str) and cell.strip()} - {""}
    if not known:
        return 0
    filled = sum(map(_has_value, cells))
    values = sum(map(_is_value, cells))
    if filled == 1 and "nhs_number" not in known:
        return 0
    return 4 * len(known) + filled - 6 * values


def _is_nhs_number(cell: Cell) -> bool:
    try:
        return isinstance(cell, str | int) and bool(identifiers.nhs_number(str(cell)))
    except ValueError:
        return False


def _group_above(top: list[Numbered], place: int) -> tuple[Cell, ...]:
    """Return the group titles directly above the titles (merged cells over several columns), if any."""
    if place < 1 or top[place - 1][0] != top[place][0] - 1:
        return ()
    cells = top[place - 1][1]
    texts = [cell for cell in cells if _has_value(cell)]
    gaps = len(cells) > 2 and len(texts) < len(top[place][1])
    return cells if gaps and texts and not any(map(_is_value, texts)) and len(cells) > len(texts) else ()


def _data(
    rows: Iterable[Numbered], titles: tuple[Cell, ...], group: tuple[Cell, ...], left_out: list[LeftOut]
) -> Iterator[Row]:
    """Yield the rows of data; what is none goes to `left_out`."""
    again = [
        {(place, plain(shown(cell))) for place, cell in enumerate(one) if _has_value(cell)}
        for one in (titles, group)
    ]
    count = 0
    for number, cells in rows:
        same = bool(titles) and cells == titles
        why = "The titles again." if same else _no_data(cells, again, len(titles), first=count == 0)
        if why:
            left_out.append(LeftOut(number, why, beginning(cells) if len(left_out) < _MOST_TEXTS else ""))
            continue
        count += 1
        if count > MOST_ROWS:
            raise Invalid(
                {
                    "file": f"The table has more than {MOST_ROWS:,} rows: "
                    "split the file into smaller ones and upload them one after the other."
                }
            )
        yield Row(number, cells)


def _no_data(cells: tuple[Cell, ...], again: list[set[tuple[int, str]]], width: int, *, first: bool) -> str:
    filled = [(place, cell) for place, cell in enumerate(cells) if _has_value(cell)]
    begins = (filled[0][0], plain(shown(filled[0][1])))
    for titles in again:
        if begins in titles and (len(titles) > 1 or width == 1):
            same = sum((place, plain(shown(cell))) in titles for place, cell in filled)
            if same and same >= 0.8 * max(len(filled), len(titles)):
                return "The titles again."
    texts = [cell for _, cell in filled if isinstance(cell, str)]
    if first and len(texts) == len(filled) > 1 and all(_INSTRUCTION.match(one.strip()) for one in texts):
        return "It says how to fill in the columns."
    sparse = len(filled) <= max(2, width // 3)
    opening = texts[0].strip() if texts else ""
    nobody = not any(_is_nhs_number(cell) for _, cell in filled)
    if sparse and _CLOSING.match(opening) and nobody:
        return "A total or a closing line."
    if _TOTAL.fullmatch(opening) and nobody and not any(is_date(cell) for _, cell in filled):
        return "A total or a closing line."
    return ""


def _columns(titles: tuple[Cell, ...], rows: list[Row]) -> list[int]:
    """Return the columns of the table: with a title, or with values left of the last title."""
    titled = {place for place, cell in enumerate(titles) if _has_value(cell)}
    used = {place for row in rows for place, cell in enumerate(row.cells) if _has_value(cell)}
    end = max(titled) + 1 if titled else max(used) + 1
    return sorted(titled | {place for place in used if place < end})


def _header(titles: tuple[Cell, ...], group: tuple[Cell, ...], columns: list[int]) -> tuple[str, ...]:
    """Return a title for each column, all different: with the group's where needed, else with the letter."""
    names = [_title(titles, place) for place in columns]
    twice = {name for name, count in Counter(map(plain, names)).items() if count > 1}
    above = ""
    header: list[str] = []
    for place, name in zip(columns, names, strict=True):
        above = _title(group, place) or above
        if above and plain(name) in twice:
            name = f"{above}: {name}" if name else above
        name = name or f"Column {letter(place)}"
        taken = any(plain(name) == plain(one) for one in header)
        header.append(f"{name} (column {letter(place)})" if taken else name)
    return tuple(header)


def _title(cells: tuple[Cell, ...], place: int) -> str:
    text = shown(cells[place]) if place < len(cells) else ""
    return " ".join(text.split())[:_LONGEST_TITLE]


def _keep_columns(rows: list[Row], columns: list[int]) -> None:
    """Let each row have a cell for each column, and whatever stands to the right of the last one."""
    end = columns[-1] + 1
    for place, row in enumerate(rows):
        cells = row.cells
        kept = tuple(cells[column] if column < len(cells) else None for column in columns)
        extra = tuple(cell for cell in cells[end:] if _has_value(cell))
        rows[place] = Row(row.number, kept + extra)
