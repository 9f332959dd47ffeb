"""Who a patient is: enough to check identity against the open record, and nothing more."""

import datetime as dt
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

MOST_LETTERS = 2  # by which a family name may differ and still be a slip of the keyboard
_DETAILS = {
    "family": "family name",
    "given": "given name",
    "born": "date of birth",
    "nhs_number": "NHS number",
    "no_number_because": "why there is no NHS number",
    "record_number": "practice record number",
}


@dataclass(frozen=True)
class Identity:
    """A patient's identity as the practice gave it.

    `nhs_number` is ten digits or ""; if "", `no_number_because` says why there is none.
    `family` and `given` are shown as "SMITH, Jane".
    """

    family: str
    given: str
    born: dt.date
    nhs_number: str
    no_number_because: str
    record_number: str

    @property
    def name(self) -> str:
        """Return the name as clinical banners show it: SMITH, Jane."""
        return f"{self.family.upper()}, {self.given}"

    def age_on(self, day: dt.date) -> int:
        """Return the age in whole years on `day`."""
        before = (day.month, day.day) < (self.born.month, self.born.day)
        return day.year - self.born.year - before

    def as_data(self) -> dict[str, Any]:
        """Return the JSON form that is sealed."""
        return asdict(self) | {"born": self.born.isoformat()}

    @staticmethod
    def from_data(data: dict[str, Any]) -> "Identity":
        """Return the identity from its JSON form; an erased one says so in every part."""
        if not data:
            return Identity("(erased)", "", dt.date(1900, 1, 1), "", "erased", "")
        return Identity(**(data | {"born": dt.date.fromisoformat(data["born"])}))


def name_key(family: str, born: dt.date) -> str:
    """Return what a patient is found by who has no number at hand: family name and date of birth as one.

    Capitals, accents, spaces and hyphens do not count; the spelling does.
    """
    return f"{_plain(family)}|{born.isoformat()}"


def is_another(held: Identity, typed: Identity) -> bool:
    """Say whether `typed` is too far from `held` to be a correction of it: family name and birth both differ.

    Two slips of the keyboard under one and the same NHS number are none: "Potts" for "Potter", and one
    part of the date. Then whoever typed them is asked whether it is the same person.
    """
    if _plain(held.family) == _plain(typed.family) or held.born == typed.born:
        return False
    same_number = bool(held.nhs_number) and held.nhs_number == typed.nhs_number
    return not (same_number and _is_slip(held, typed))


def differ_in_both(held: Identity, typed: Identity) -> bool:
    """Say whether family name and date of birth both differ: then somebody is asked before it counts."""
    return _plain(held.family) != _plain(typed.family) and held.born != typed.born


def _is_slip(held: Identity, typed: Identity) -> bool:
    """Say whether the names are a letter or two apart, the dates one part, or day and month turned."""
    first, second = held.born, typed.born
    parts = sum(
        one != other
        for one, other in (
            (first.day, second.day),
            (first.month, second.month),
            (first.year, second.year),
        )
    )
    turned = (first.day, first.month, first.year) == (second.month, second.day, second.year)
    return (parts == 1 or turned) and _letters_apart(
        _plain(held.family), _plain(typed.family)
    ) <= MOST_LETTERS


def _letters_apart(first: str, second: str) -> int:
    """Return how many letters must be added, dropped or changed to get the other word (Levenshtein)."""
    row = list(range(len(second) + 1))
    for number, letter in enumerate(first, 1):
        before, row[0] = row[0], number
        for place, other in enumerate(second, 1):
            before, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, before + (letter != other)),
            )
    return row[-1]


def detail_words(fields: Iterable[str]) -> str:
    """Return which of a patient's details are meant, in words: "family name, date of birth"."""
    wanted = set(fields)
    return ", ".join(words for name, words in _DETAILS.items() if name in wanted)


def before_words(held: Identity, fields: Iterable[str]) -> str:
    """Return what some details were before they were corrected; a text to be sealed.

    "Before: family name Potts; date of birth 03-Dec-1949."
    """
    values = held.as_data() | {"born": f"{held.born:%d-%b-%Y}"}
    wanted = set(fields)
    told = [f"{words} {values[name] or 'none'}" for name, words in _DETAILS.items() if name in wanted]
    return f"Before: {'; '.join(told)}."


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())
