"""One row as the fields of a request's form: what cannot be read is a problem, never mended silently."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.domain.importing.mapping import Mapping
from hub.domain.importing.table import Row
from hub.domain.kinds import Kind


@dataclass(frozen=True)
class Problem:
    """What is wrong in one cell: the column's title, the field, and what to do. Never repeats the value."""

    column: str
    field: str
    sentence: str


@dataclass(frozen=True)
class ReadRow:
    """A row as the fields of the request form, and "kind" and "practice"; `hub.intake.forms` judges them.

    `values["practice"]` is an ODS code where the cell holds one, else the name as it stands.
    `part` is 1, or counts the requests of one row that names several conditions.
    """

    number: int
    values: dict[str, str]
    problems: tuple[Problem, ...]
    part: int = 1


def read_row(row: Row, mapping: Mapping, header: Sequence[str], kinds: Sequence[Kind]) -> ReadRow:
    """Return the request in `row`; one that names several conditions is a problem here."""
    raise NotImplementedError


def read_rows(
    row: Row, mapping: Mapping, header: Sequence[str], kinds: Sequence[Kind]
) -> tuple[ReadRow, ...]:
    """Return the requests in `row`: one, or one for each condition that its Yes or No columns name."""
    raise NotImplementedError
