"""What somebody looks for: a reference, an NHS number, or a family name with a date of birth."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from hub.domain.errors import Invalid
from hub.domain.identifiers import nhs_number, parse_reference
from hub.forms import Reader

LONGEST = 120
EXAMPLES = (
    "Enter a reference such as K7QM-4TXN, an NHS number of 10 digits, "
    "or a family name and a date of birth such as Smith 27 3 1950."
)
_DAY = re.compile(
    r"(?P<family>\D.*?)[\s,;]+(?P<day>\d{1,2})[\s/.-]+(?P<month>\d{1,2}|[A-Za-z]{3,9})[\s/.-]+(?P<year>\d+)"
)
_A_NUMBER = re.compile(r"[\d\W]+")
_LEAST_DIGITS = 9  # fewer are no NHS number mistyped by one


@dataclass(frozen=True)
class Wanted:
    """What to look for; exactly one of the three is set (a family name always with `born`)."""

    reference: str = ""
    nhs_number: str = ""
    family: str = ""
    born: dt.date | None = None


def read(form: Mapping[str, str]) -> Wanted:
    """Return what was typed into the one field `find`.

    Raises:
        Invalid: it is none of the three; the sentence never repeats what was typed.
    """
    reader = Reader(form)
    typed = reader.text("find", EXAMPLES, longest=LONGEST)
    reader.done()
    if _A_NUMBER.fullmatch(typed) and sum(c.isdigit() for c in typed) >= _LEAST_DIGITS:
        return Wanted(nhs_number=_number(typed))
    day = _DAY.fullmatch(typed)
    if day:
        return Wanted(family=day["family"].strip(" ,;"), born=_born(day))
    try:
        return Wanted(reference=parse_reference(typed))
    except ValueError:
        raise Invalid({"find": EXAMPLES}) from None


def _number(typed: str) -> str:
    try:
        return nhs_number(typed)
    except ValueError as problem:
        raise Invalid({"find": str(problem)}) from None


def _born(day: re.Match[str]) -> dt.date:
    reader = Reader({f"find-{part}": day[part] for part in ("day", "month", "year")})
    born = reader.date("find", "the date of birth", example="27 3 1950")
    reader.done()
    assert born is not None
    return born
