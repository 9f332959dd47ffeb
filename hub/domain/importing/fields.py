"""What a column may hold: each field of a request, and the titles that clinical systems give it."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.domain.kinds import Kind


@dataclass(frozen=True)
class Field:
    """One thing a column may hold.

    `code` is the name used in mappings; `label` is shown; `words` are titles that mean it, normalised;
    `required` says that no request can be read without it (or a default, or what else gives it).
    """

    code: str
    label: str
    words: tuple[str, ...]
    required: bool = False


IGNORE = "ignore"
FIELDS: dict[str, Field] = {}


def fields_for(kinds: Sequence[Kind]) -> dict[str, Field]:
    """Return FIELDS and what these kinds ask: `fact-<code>`, `condition-<subtype>` (Yes or No)."""
    raise NotImplementedError


def missing(columns: Sequence[str], defaults: Sequence[str], kind: Kind | None) -> dict[str, str]:
    """Return a sentence for each field that a request of this kind needs and nothing gives yet."""
    raise NotImplementedError
