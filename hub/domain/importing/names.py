"""A whole name in one cell as family and given name."""

import re

_TITLES = frozenset(
    {
        *("mr", "mrs", "miss", "ms", "mx", "dr", "prof", "professor", "master", "rev", "reverend"),
        *("sir", "lady", "lord", "dame", "baby", "sister", "captain"),
    }
)
# Small words that begin a family name of several words.
_BEGINS_FAMILY = frozenset(
    {
        *("van", "von", "de", "der", "den", "da", "di", "del", "della", "la", "le", "du", "dos"),
        *("bin", "ibn", "al", "el"),
    }
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
WRITE = "write it like SMITH, Jane, or in two columns."


def split(text: str) -> tuple[str, str]:
    """Return family and given name: of "SMITH, Jane (Mrs)", "Mrs Jane SMITH" or "Jane Smith".

    Without a comma, what is in capitals is the family name; else the last word is, as in English.

    Raises:
        ValueError: there is only one of the two.
    """
    plain = " ".join(_BRACKETS.sub(" ", text).split())
    if "," in plain:
        family, _, rest = plain.partition(",")
        given = without_title(rest.replace(",", " "))
        family = without_title(family)
    else:
        family, given = _by_words(without_title(plain).split())
    if not family or not given:
        raise ValueError(f"This is only one part of a name: {WRITE}")
    return family, given


def _by_words(parts: list[str]) -> tuple[str, str]:
    capitals = [len(part) > 1 and part.isupper() for part in parts]
    if any(capitals) and not all(capitals):
        chosen = [part for part, is_family in zip(parts, capitals, strict=True) if is_family]
        rest = [part for part, is_family in zip(parts, capitals, strict=True) if not is_family]
        return " ".join(chosen), " ".join(rest)
    first = next(
        (place for place, part in enumerate(parts[1:-1], 1) if part.casefold() in _BEGINS_FAMILY), -1
    )
    return " ".join(parts[first:]), " ".join(parts[:first])


def without_title(text: str) -> str:
    """Return a name without Mr, Mrs, Dr and the like around it, if anything is left then."""
    parts = _BRACKETS.sub(" ", text).split()
    while len(parts) > 1 and _is_title(parts[0]):
        parts = parts[1:]
    while len(parts) > 1 and _is_title(parts[-1]):
        parts = parts[:-1]
    return " ".join(parts)


def _is_title(word: str) -> bool:
    return word.casefold().rstrip(".") in _TITLES
