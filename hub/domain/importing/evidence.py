"""What speaks for a column being a field: its title, and how many of its values could be one."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Literal

from hub.domain.importing import due, terms
from hub.domain.importing.cells import Cell, is_date, nhs_number, shown
from hub.domain.importing.fields import CONDITION, FACT, IGNORE, NOT_MEANT, Field, by_title, like_title, plain
from hub.domain.kinds import Kind

Confidence = Literal["sure", "likely", "unsure", "none"]
Judgement = tuple[str, Confidence, str]

_MOST = 200
LOOKED_AT = 5_000
_MOST_FIT, _SOME_FIT = 0.8, 0.3
_WHOLE_NAME = re.compile(r"[^\W\d_][^\d,]*,\s*[^\W\d_][^\d]*")
# What is blank is never proposed: as what is asked it would leave every row without.
_BLANK: Judgement = (IGNORE, "none", "The column is blank.")
_ODS = re.compile(r"\b[A-Z]\d{5}\b")


def sample(cells: Iterable[Cell]) -> list[Cell]:
    """Return up to 200 of a column's values that are not blank, from its beginning."""
    looked_at = islice(cells, LOOKED_AT)
    return list(islice((cell for cell in looked_at if shown(cell).strip()), _MOST))


def judge(title: str, cells: Sequence[Cell], fields: Mapping[str, Field], kinds: Sequence[Kind]) -> Judgement:
    """Return the field a column seems to hold, how sure that is, and a sentence that says why."""
    if not cells:
        return _BLANK
    exact = by_title(title, fields)
    code = exact or like_title(title, fields)
    if code:
        found = _by_title(code, bool(exact), cells, fields, kinds)
        if found[0] != IGNORE:
            return found
        by_values = _by_values(cells, kinds)
        return by_values if by_values[0] != IGNORE else found
    if plain(title) in NOT_MEANT:
        return IGNORE, "none", NOT_MEANT[plain(title)]
    return _by_values(cells, kinds)


def confirmed(
    code: str, cells: Sequence[Cell], fields: Mapping[str, Field], kinds: Sequence[Kind]
) -> Judgement:
    """Return the judgement on a column that a person confirmed in an earlier file."""
    before = "As confirmed for an earlier file with the same titles"
    if code == IGNORE:
        return code, "sure", f"{before}: not used."
    if not cells:
        return _BLANK
    fit, said = _fit(code, cells, kinds)
    if fit is not None and fit < _SOME_FIT:
        return code, "unsure", f"{before}, but {said}."
    return code, "sure", f"{before}{f', and {said}' if said else ''}."


def _by_title(
    code: str, exact: bool, cells: Sequence[Cell], fields: Mapping[str, Field], kinds: Sequence[Kind]
) -> Judgement:
    label = fields[code].label
    begins = f"The title {'says' if exact else 'sounds like'} “{label}”"
    fit, said = _fit(code, cells, kinds)
    if fit is None:
        return code, "sure" if exact else "unsure", f"{begins}."
    if fit >= _MOST_FIT:
        return code, "sure" if exact else "likely", f"{begins}, and {said}."
    if fit >= _SOME_FIT:
        return code, "likely" if exact else "unsure", f"{begins}, but only {said}."
    if exact and code in ("nhs_number", "born"):  # damaged or not, there is nothing else that it could be
        return code, "unsure", f"{begins}, but {said}: the file may be damaged."
    return IGNORE, "none", f"{begins}, but {said}."


def _by_values(cells: Sequence[Cell], kinds: Sequence[Kind]) -> Judgement:
    if cells:
        fit, said = _fit("condition", cells, kinds)
        if fit is not None and fit > 0.5:
            return "condition", "likely", f"The title does not say so, but {said}."
        fit, said = _fit("nhs_number", cells, ())
        if fit is not None and fit > 0.5:
            return "nhs_number", "likely", f"The title does not say so, but {said}."
        if sum(bool(_ODS.fullmatch(shown(cell).strip().upper())) for cell in cells) > _MOST_FIT * len(cells):
            return "practice", "likely", "The title does not say so, but the values look like ODS codes."
        names = sum(isinstance(cell, str) and bool(_WHOLE_NAME.fullmatch(cell.strip())) for cell in cells)
        if names > _MOST_FIT * len(cells):
            return (
                "name",
                "unsure",
                f"The title does not say so, but {names} of {len(cells)} look like SMITH, Jane.",
            )
    return _nothing()


def _nothing() -> Judgement:
    return IGNORE, "none", "Nothing in the title or the values says what this is."


def _fit(code: str, cells: Sequence[Cell], kinds: Sequence[Kind]) -> tuple[float | None, str]:
    """Return which share of the values can be this field, and that as words; None where anything can."""
    check, what = _check(code, kinds)
    if check is None or not cells:
        return None, ""
    count = sum(map(check, cells))
    number = f"all {count}" if count == len(cells) else f"{count or 'none'} of {len(cells)}"
    return count / len(cells), f"{number} values looked at {what}"


def _check(code: str, kinds: Sequence[Kind]) -> tuple[Callable[[Cell], bool] | None, str]:
    if code == "nhs_number":
        return _is_nhs_number, "are valid NHS numbers"
    if code in ("born", "receipt", "next_issue"):
        return _could_be_date, "are dates"
    if code == "review_due":
        return due.is_due, "say when it is due"
    if code == "kind":
        return lambda cell: bool(terms.kind(shown(cell), kinds)), "are kinds of request"
    if code == "condition":
        return lambda cell: bool(
            terms.conditions(shown(cell), kinds)
        ), "name a condition that is reviewed here"
    if code == "urgency":
        return lambda cell: bool(terms.urgency(shown(cell))), "say how soon"
    if code.startswith(FACT):
        return lambda cell: bool(terms.answer(shown(cell))), "are Yes, No or Not sure"
    if code.startswith(CONDITION):
        own = code.removeprefix(CONDITION)
        return lambda cell: _flags(shown(cell), own, kinds), "say Yes or No, or name the condition"
    return None, ""


def _flags(value: str, own: str, kinds: Sequence[Kind]) -> bool:
    return bool(terms.answer(value)) or own in terms.conditions(value, kinds)


def _is_nhs_number(cell: Cell) -> bool:
    try:
        return bool(nhs_number(cell))
    except ValueError:
        return False


def _could_be_date(cell: Cell) -> bool:
    return is_date(cell) or (isinstance(cell, int | float) and 61 <= cell <= 73_050)
