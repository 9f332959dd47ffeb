"""Which column is what? Proposed from titles and values with evidence; a person confirms it."""

import hashlib
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from hub.domain.importing import evidence
from hub.domain.importing.cells import Cell, order_of, shown
from hub.domain.importing.fields import (
    CONDITION,
    IGNORE,
    ROW_TITLE,
    TO_DO_TITLE,
    fields_for,
    plain,
    to_mend,
)
from hub.domain.importing.table import NO_TITLES, Numbered, Table, may_be_data
from hub.domain.kinds import Kind

__all__ = [
    "ROW_TITLE",
    "TO_DO_TITLE",
    "ColumnGuess",
    "DateOrder",
    "Mapping",
    "date_order",
    "for_mended",
    "marks_of",
    "of_file",
    "propose",
    "signature",
    "titles_among",
    "titles_mark",
    "to_mend",
]

Confidence = Literal["sure", "likely", "unsure", "none"]
DateOrder = Literal["dmy", "mdy", "ymd"]
_RANK: tuple[Confidence, ...] = ("sure", "likely", "unsure", "none")
_ORDERS = ("dmy", "mdy", "ymd")
_SAMPLES = 3
_LONGEST_SAMPLE = 60


@dataclass(frozen=True)
class ColumnGuess:
    """What column `index` (from 0, in `Table.header`) seems to hold: a code of `fields.FIELDS` or "ignore".

    `evidence` is a sentence for the person; `samples` are values as they stand (they may name patients).
    """

    index: int
    header: str
    field: str
    confidence: Confidence
    evidence: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Mapping:
    """What a person said the columns mean.

    `columns` maps a column's index in `Table.header` to a field's code; what is not named is ignored.
    `defaults` are values for fields that no column gives, or whose cell is blank, as typed: a field's
    code to its value; dates as 2026-11-23. `kind` is a kind's code, or None when a column says it;
    `practice` an ODS code, or None likewise. `as_above` says whether rows without any patient go on with the
    one above them, `due_ahead` how many months after this one a review may be due to be raised now.
    """

    columns: dict[int, str]
    defaults: dict[str, str] = field(default_factory=dict)
    date_order: DateOrder = "dmy"
    kind: str | None = None
    practice: str | None = None
    as_above: bool = True
    due_ahead: int = 0

    def as_data(self) -> dict[str, Any]:
        """Return the JSON form: nothing of a patient is in it unless it was typed as a default."""
        return {
            "columns": {str(index): code for index, code in self.columns.items()},
            "defaults": dict(self.defaults),
            "date_order": self.date_order,
            "kind": self.kind,
            "practice": self.practice,
            "as_above": self.as_above,
            "due_ahead": self.due_ahead,
        }

    @staticmethod
    def from_data(data: AnyMapping[str, Any]) -> "Mapping":
        """Return the mapping from its JSON form; what is missing there is as if nobody had said it."""
        order = data.get("date_order", "dmy")
        return Mapping(
            columns={int(index): str(code) for index, code in data.get("columns", {}).items()},
            defaults={str(code): str(value) for code, value in data.get("defaults", {}).items()},
            date_order=cast(DateOrder, order if order in _ORDERS else "dmy"),
            kind=data.get("kind"),
            practice=data.get("practice"),
            as_above=data.get("as_above", True),
            due_ahead=data.get("due_ahead", 0),
        )


def propose(
    table: Table, kinds: Sequence[Kind], remembered: Mapping | None = None
) -> tuple[ColumnGuess, ...]:
    """Return what each column seems to hold; `remembered` was confirmed for the same titles."""
    fields = fields_for(kinds)
    guesses = []
    found: evidence.Judgement
    for index, title in enumerate(table.header):
        cells = evidence.sample(row.cells[index] for row in table.rows)
        if to_mend(table.header) and plain(title) in map(plain, (ROW_TITLE, TO_DO_TITLE)):
            found = (IGNORE, "none", "We wrote this column: it is not read.")
        elif remembered is not None:
            code = remembered.columns.get(index, IGNORE)
            found = evidence.confirmed(code if code in fields else IGNORE, cells, fields, kinds)
        else:
            found = evidence.judge(title, cells, fields, kinds)
        values = dict.fromkeys(shown(cell).strip()[:_LONGEST_SAMPLE] for cell in cells)
        guesses.append(ColumnGuess(index, title, *found, tuple(values)[:_SAMPLES]))
    return tuple(guesses) if remembered is not None else _each_once(guesses)


def _each_once(guesses: list[ColumnGuess]) -> tuple[ColumnGuess, ...]:
    """Keep the best column for each field; the whole name gives way to its parts, flags to one condition."""
    best: dict[str, ColumnGuess] = {}
    for guess in sorted(guesses, key=lambda one: (_RANK.index(one.confidence), one.index)):
        if guess.field != IGNORE:
            best.setdefault(guess.field, guess)
    if "family" in best and "given" in best:
        best.pop("name", None)
    if "condition" in best:
        best = {code: guess for code, guess in best.items() if not code.startswith(CONDITION)}
    return tuple(
        guess
        if guess.field == IGNORE or best.get(guess.field) is guess
        else ColumnGuess(
            guess.index,
            guess.header,
            IGNORE,
            "none",
            "Another column fits better; it can be chosen here instead.",
            guess.samples,
        )
        for guess in guesses
    )


def date_order(table: Table, columns: Sequence[int]) -> DateOrder:
    """Return the order of day and month that fits all values of these columns best; "dmy" when both do."""
    orders = [order_of(row.cells[column]) for row in table.rows for column in columns]
    return "mdy" if orders.count("mdy") > orders.count("dmy") else "dmy"


def of_file(header: Sequence[str]) -> Sequence[str]:
    """Return the titles of the file that rows to mend come from; any others as they are."""
    return header[1:-1] if to_mend(header) else header


def for_mended(mapping: Mapping, header: Sequence[str]) -> Mapping:
    """Return how a file with the titles `of_file` was read, for `header`: a column later."""
    if not to_mend(header):
        return mapping
    return replace(mapping, columns={index + 1: code for index, code in mapping.columns.items()})


def signature(header: Sequence[str]) -> str:
    """Return a short fingerprint of the titles, to remember a mapping by."""
    return hashlib.sha256("\x1f".join(map(plain, header)).encode()).hexdigest()[:32]


def titles_mark(titles_row: int, top: Sequence[Numbered]) -> str:
    """Return a short fingerprint by which a row of titles, chosen by hand, is known again in another file.

    `top` are the first rows of the file. Without titles it is how many columns the file has.
    """
    if titles_row == NO_TITLES:
        used = {place for _, cells in top for place, cell in enumerate(cells) if shown(cell).strip()}
        return f"no titles:{len(used)}"
    return _mark_of(next(cells for number, cells in top if number == titles_row))


def titles_among(top: Sequence[Numbered], newest: Sequence[str]) -> int | None:
    """Return which row of `top` was chosen as the titles in an earlier file; None if none was.

    `newest` are the marks (`titles_mark`) that are remembered, the newest first. That there are no titles
    holds again only where nothing is titles for certain. The titles that we gave rows to mend are known.
    """
    rows: dict[str, int] = {}
    for number, cells in top:
        if to_mend(_texts(cells)):
            return number
        rows.setdefault(_mark_of(cells), number)
    for mark in newest:
        if mark in rows:
            return rows[mark]
        if mark == titles_mark(NO_TITLES, top) and may_be_data(list(top)):
            return NO_TITLES
    return None


def marks_of(top: Sequence[Numbered]) -> list[str]:
    """Return every mark under which the titles of this file may be remembered."""
    return [titles_mark(NO_TITLES, top), *dict.fromkeys(_mark_of(cells) for _, cells in top)]


def _mark_of(cells: Sequence[Cell]) -> str:
    return f"titles:{signature(_texts(cells))}"


def _texts(cells: Sequence[Cell]) -> list[str]:
    return [text for text in map(shown, cells) if text.strip()]
