"""Which column is what? Proposed from titles and values with evidence; a person confirms it."""

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.domain.importing.table import Table
from hub.domain.kinds import Kind

Confidence = Literal["sure", "likely", "unsure", "none"]
DateOrder = Literal["dmy", "mdy", "ymd"]


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
    `practice` an ODS code, or None likewise.
    """

    columns: dict[int, str]
    defaults: dict[str, str] = field(default_factory=dict)
    date_order: DateOrder = "dmy"
    kind: str | None = None
    practice: str | None = None

    def as_data(self) -> dict[str, Any]:
        """Return the JSON form: nothing of a patient is in it unless it was typed as a default."""
        raise NotImplementedError

    @staticmethod
    def from_data(data: AnyMapping[str, Any]) -> "Mapping":
        """Return the mapping from its JSON form."""
        raise NotImplementedError


def propose(
    table: Table, kinds: Sequence[Kind], remembered: Mapping | None = None
) -> tuple[ColumnGuess, ...]:
    """Return what each column seems to hold; `remembered` was confirmed for the same titles."""
    raise NotImplementedError


def date_order(table: Table, columns: Sequence[int]) -> DateOrder:
    """Return the order of day and month that fits all values of these columns best; "dmy" when both do."""
    raise NotImplementedError


def signature(header: Sequence[str]) -> str:
    """Return a short fingerprint of the titles, to remember a mapping by."""
    raise NotImplementedError
