"""Replies of patients as a tool's report gives them: whom each is of, and what it says."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.domain.contact import Contact, meaning
from hub.domain.errors import Invalid
from hub.domain.identifiers import nhs_number

MOST_ROWS = 5000
MOST_WORDS = 20
LONGEST_WORD = 80
NO_NUMBERS = (
    "No column of this file holds NHS numbers. In Accurx, download the replies with NHS numbers, "
    "and upload that file."
)
_TITLES = re.compile(r"respon|repl|status|outcome|answer|result", re.IGNORECASE)


@dataclass(frozen=True)
class Replies:
    """A report as it was read: other columns' titles, and each row's NHS number with its other cells.

    `unreadable` rows have no NHS number that passes its check; they are left out and counted.
    """

    titles: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    unreadable: int

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"titles": self.titles, "rows": self.rows, "unreadable": self.unreadable}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Replies":
        """Return what `as_data` gave."""
        rows = tuple((number, tuple(cells)) for number, cells in data["rows"])
        return cls(tuple(data["titles"]), rows, data["unreadable"])

    def words(self, column: int) -> list[tuple[str, int]]:
        """Return what stands in a column with how often, the commonest first, `MOST_WORDS` at most."""
        return Counter(cells[column] for _, cells in self.rows).most_common(MOST_WORDS)

    def likely_column(self) -> int:
        """Return the column that holds the replies most likely: by what its cells mean, then by its title."""

        def weight(column: int) -> tuple[int, bool]:
            understood = sum(count for word, count in self.words(column) if meaning(word))
            return understood, bool(_TITLES.search(self.titles[column]))

        return max(range(len(self.titles)), key=weight)


def read(titles: Iterable[str], rows: Iterable[Iterable[Any]]) -> Replies:
    """Return the report in a table. The NHS number's column is the one with most numbers that pass.

    Raises:
        Invalid: no column holds NHS numbers, there is no other column, or there are too many rows.
    """
    named = tuple(titles)
    table = [tuple(_plain(cell) for cell in row) for row in rows]
    if len(table) > MOST_ROWS:
        raise Invalid({"file": f"This file has {len(table):,} rows. Upload {MOST_ROWS:,} or fewer at once."})
    valid = [sum(_number(row[column]) != "" for row in table) for column in range(len(named))]
    if not any(valid):
        raise Invalid({"file": NO_NUMBERS})
    if len(named) < 2:
        raise Invalid({"file": "This file holds NHS numbers only: download the report with the replies."})
    at = valid.index(max(valid))
    kept = [(_number(row[at]), row[:at] + row[at + 1 :]) for row in table]
    good = tuple((number, cells) for number, cells in kept if number)
    return Replies(named[:at] + named[at + 1 :], good, len(kept) - len(good))


def chosen(replies: Replies, column: int, meant: Mapping[str, str]) -> dict[str, Contact]:
    """Return what each patient replied, by NHS number; `meant` says what each word means ("": nothing).

    Where a patient stands in the file more than once the last row counts.
    """
    found: dict[str, Contact] = {}
    for number, cells in replies.rows:
        if meant.get(cells[column]):
            found[number] = Contact(meant[cells[column]])
    return found


def _plain(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell if cell is not None else "").split())[:LONGEST_WORD]


def _number(cell: str) -> str:
    try:
        return nhs_number(cell)
    except ValueError:
        return ""
