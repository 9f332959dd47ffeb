"""Replies of patients as a tool's report gives them: whom each is of, and what it says."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.domain.contact import OWN_WORDS, Contact, meaning
from hub.domain.errors import Invalid
from hub.domain.identifiers import nhs_number

MOST_ROWS = 5000
MOST_WORDS = 20
LONGEST_WORD = 1000
CUT = " ... (cut here: read the rest in Accurx)"
NO_NUMBERS = (
    "No column of this file holds NHS numbers. In Accurx, download the replies with NHS numbers, "
    "and upload that file."
)
_REPLIES = re.compile(r"respon|repl|answer|outcome|result|status", re.IGNORECASE)
# What a patient replied: what it means, their own words ("" where that says it all), and the day (None: the
# report does not say).
Reply = tuple[Contact, str, dt.date | None]
_OURS = re.compile(r"sent|message|template|text|date|time|name", re.IGNORECASE)


@dataclass(frozen=True)
class Replies:
    """A report as it was read: other columns' titles; each row's NHS number, other cells and row number.

    `unreadable` are the numbers of rows without an NHS number that passes its check: they are left out.
    """

    titles: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...], int], ...]
    unreadable: tuple[int, ...]

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"titles": self.titles, "rows": self.rows, "unreadable": self.unreadable}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Replies":
        """Return what `as_data` gave."""
        rows = tuple((number, tuple(cells), row) for number, cells, row in data["rows"])
        return cls(tuple(data["titles"]), rows, tuple(data["unreadable"]))

    def words(self, column: int) -> list[tuple[str, int]]:
        """Return what stands in a column with how often, the commonest first, `MOST_WORDS` at most."""
        return self._counted(column)[:MOST_WORDS]

    def other_rows(self, column: int) -> int:
        """Return how many rows hold words beyond those that are listed."""
        return sum(count for _, count in self._counted(column)[MOST_WORDS:])

    def _counted(self, column: int) -> list[tuple[str, int]]:
        return Counter(cells[column] for _, cells, _ in self.rows).most_common()

    def likely_column(self) -> int:
        """Return the column that holds the replies most likely: by its title, then by what its cells mean.

        What we ourselves sent stands in such a report too, and must never be taken for a reply.
        """

        def weight(column: int) -> tuple[bool, bool, int]:
            title = self.titles[column]
            understood = sum(count for word, count in self.words(column) if meaning(word))
            return not _OURS.search(title), bool(_REPLIES.search(title)), understood

        return max(range(len(self.titles)), key=weight)


def read(titles: Iterable[str], rows: Iterable[tuple[int, Iterable[Any]]]) -> Replies:
    """Return the report in a table of numbered rows; NHS numbers are where most of them pass their check.

    Raises:
        Invalid: no column holds NHS numbers, there is no other column, or there are too many rows.
    """
    named = tuple(titles)
    table = [(number, tuple(_plain(cell) for cell in row)) for number, row in rows]
    if len(table) > MOST_ROWS:
        raise Invalid({"file": f"This file has {len(table):,} rows. Upload {MOST_ROWS:,} or fewer at once."})
    valid = [sum(_number(row[column]) != "" for _, row in table) for column in range(len(named))]
    if not any(valid):
        raise Invalid({"file": NO_NUMBERS})
    if len(named) < 2:
        raise Invalid({"file": "This file holds NHS numbers only: download the report with the replies."})
    at = valid.index(max(valid))
    kept = [(_number(row[at]), row[:at] + row[at + 1 :], number) for number, row in table]
    bad = tuple(number for nhs, _, number in kept if not nhs)
    return Replies(named[:at] + named[at + 1 :], tuple(one for one in kept if one[0]), bad)


def chosen(
    replies: Replies,
    column: int,
    meant: Mapping[str, str],
    days: Mapping[int, dt.date | None] | None = None,
) -> dict[str, list[Reply]]:
    """Return what each patient replied, by NHS number, in the rows' order.

    `meant` says what each word means ("": nothing). What was not listed is never dropped: somebody must
    read it. `days` are those of the rows, where the report has them.
    """
    found: dict[str, list[Reply]] = {}
    for number, cells, row in replies.rows:
        words = cells[column]
        contact = meant.get(words, Contact.WROTE.value if words else "")
        if contact:
            day = days.get(row) if days else None
            said = (Contact(contact), words if Contact(contact) in OWN_WORDS else "", day)
            if said not in found.setdefault(number, []):
                found[number].append(said)
    return found


def _plain(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = " ".join(str(cell if cell is not None else "").split())
    return text if len(text) <= LONGEST_WORD else text[:LONGEST_WORD] + CUT


def _number(cell: str) -> str:
    try:
        return nhs_number(cell)
    except ValueError:
        return ""
