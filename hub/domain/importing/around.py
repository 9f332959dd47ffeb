"""What stands around a table: a row as a person sees it, and whose list the lines above say that it is."""

import re
from collections.abc import Iterable, Sequence

from hub.domain.importing.cells import Cell, shown
from hub.domain.importing.fields import by_title, plain

_LONGEST_BEGINNING = 120
_MOST_NAMED = 5
_ODS = re.compile(r"\b[A-Z]\d{5}\b")


def beginning(cells: Sequence[Cell], longest: int = _LONGEST_BEGINNING) -> str:
    """Return what stands in a row, as a person sees it in their spreadsheet: its beginning."""
    return " | ".join(filter(None, (" ".join(shown(cell).split()) for cell in cells)))[:longest]


def organisations(above: Iterable[Sequence[Cell]]) -> tuple[str, ...]:
    """Return what lines above a table name as their practice: what has an ODS code, or a label such as
    "Organisation:" before it."""
    found: list[str] = []
    for cells in above:
        texts = [" ".join(cell.split()) for cell in cells if isinstance(cell, str) and cell.strip()]
        for text, after in zip(texts, [*texts[1:], ""], strict=False):
            label, _, value = text.partition(":")
            named = (value.strip() or after) if by_title(label) == "practice" else ""
            found += [text] if not named and _ODS.search(text) else [named] if named else []
    return tuple(dict.fromkeys(found))[:_MOST_NAMED]


def names_other(texts: Iterable[str], code: str, name: str) -> tuple[str, ...]:
    """Return those of the texts that name another practice than the one with this ODS code and name.

    A text with codes is judged by them; one without by the name, of which either may be the shorter.
    """
    own = plain(name)
    return tuple(text for text in texts if not _names(text, code.upper(), own))


def _names(text: str, code: str, own: str) -> bool:
    codes = set(_ODS.findall(text.upper()))
    if codes:
        return code in codes
    said = plain(text)
    return bool(said) and (said in own or own in said)
