"""What makes one look twice: another practice named in the file, patients as above, several rows of one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hub.domain.importing.around import names_other
from hub.imports.column_presenters import ColumnRow
from hub.imports.presenters import number, requests, rows

AS_ABOVE = [
    {"value": "yes", "text": "Yes, each of these rows goes on with the patient above it"},
    {"value": "no", "text": "No, they have no patient: do not raise them, I mend them"},
]


def other_practice(head: Any, practice: Any) -> str:
    """Warn that the file names another practice than the one chosen for it; "" if it does not.

    `head` is `file_queries.Head`; `practice` the chosen one, None where a column says it.
    """
    if practice is None:
        return ""
    other = names_other(head.organisations, practice.ods_code, practice.name)
    if not other:
        return ""
    chosen = f"{practice.name} ({practice.ods_code})"
    named = " and ".join(f"“{one}”" for one in other)
    return (
        f"This list may be another practice's: it names {named}, but you chose {chosen}. Every row that "
        f"names no practice itself would be raised for {practice.name}. If the list is not theirs, cancel it "
        "and upload it for its own practice."
    )


def practice_columns(found: Sequence[ColumnRow], practice: Any) -> list[ColumnRow]:
    """Return the columns; the one that names a practice says what that means beside the one chosen."""
    if practice is None:
        return list(found)
    said = f" A row that names another practice than {practice.name} is not raised."
    return [
        replace(one, evidence=f"{one.evidence}{said}") if one.chosen == "practice" else one for one in found
    ]


def codes_unused(found: Mapping[str, Sequence[str]], practice: Any) -> list[str]:
    """Warn of columns that name other practices and are not used, by title, each with its codes."""
    return [
        f"The column “{title}” is not used, but names {', '.join(codes)}. Every row would be raised for "
        f"{practice.name}: change how the columns are read if that is wrong."
        for title, codes in found.items()
    ]


def counted(run: Any, several: Any) -> str:
    """Say how many rows were checked, and why there are more requests than rows (`queries.Several`)."""
    if not several.split:
        return f"{rows(run.rows_total)} checked."
    which = "one of them names" if several.split == 1 else f"{number(several.split)} of them name"
    total = f"{requests(run.requests)} in all, each counted below"
    return f"{rows(run.rows_total)} checked; {which} several conditions: {total}."


def together(several: Any) -> str:
    """Say which rows are of one patient and are done together; "" if there are none."""
    if not several.patients:
        return ""
    named = [f"{_rows_of(numbers)} ({len(numbers)} reviews)" for numbers in several.rows]
    more = f" and {number(several.patients - len(named))} more" if several.patients > len(named) else ""
    who = "One patient has" if several.patients == 1 else f"{number(several.patients)} patients have"
    return (
        f"{who} several reviews in this file: {'; '.join(named)}{more}. Each stays a request of its own, and "
        "all of one patient's are offered to the same clinician, to be done together."
    )


def now_and_later(patients: int) -> str:
    """Say that some patients' reviews would be torn apart, a part now and a part later; "" if none."""
    if not patients:
        return ""
    who = "1 patient has" if patients == 1 else f"{number(patients)} patients have"
    return f"{who} a review now and another that is left out because it is due later."


def _rows_of(numbers: Sequence[int]) -> str:
    said = list(map(str, sorted(set(numbers))))
    return f"row {said[0]}" if len(said) == 1 else f"rows {', '.join(said[:-1])} and {said[-1]}"
