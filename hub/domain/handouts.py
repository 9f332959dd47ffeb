"""Files for a practice's own tools: which columns each takes, and which patients cannot stand in one.

Columns as the tools' own help pages give them: Accurx batch messages take NHS Number and
EMIS Number from EMIS practices, and NHS Number, Telecom Number and Date of Birth from
SystmOne practices; SystmOne's ad-hoc patient list takes NHS numbers.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hub.domain.patient import Identity
from hub.domain.vocabulary import ClinicalSystem


class Tool(StrEnum):
    """A tool that takes a list of patients as a CSV file."""

    ACCURX_EMIS = "accurx-emis"
    ACCURX_SYSTMONE = "accurx-systmone"
    SYSTMONE_LIST = "systmone-list"


@dataclass(frozen=True)
class Recipe:
    """One tool's file: exactly the columns it takes, and what must be known about it first.

    `system` is the clinical system of the practices it is for; `steps` are what to do after the download,
    where the file is not whole as it is.
    """

    tool: Tool
    title: str
    columns: tuple[str, ...]
    how: str
    system: ClinicalSystem
    steps: tuple[str, ...] = ()


RECIPES: dict[Tool, Recipe] = {
    one.tool: one
    for one in (
        Recipe(
            Tool.ACCURX_EMIS,
            "Accurx batch message, for a practice on EMIS Web",
            ("NHS Number", "EMIS Number"),
            "In Accurx, start a batch message and upload this file as the list of patients.",
            ClinicalSystem.EMIS,
        ),
        Recipe(
            Tool.ACCURX_SYSTMONE,
            "Accurx batch message, for a practice on SystmOne",
            ("NHS Number", "Telecom Number", "Date of Birth"),
            "The hub holds no telephone numbers: Telecom Number is empty in this file, and Accurx needs it.",
            ClinicalSystem.SYSTMONE,
            (
                "Load the SystmOne ad-hoc patient list below into SystmOne, and export those patients from "
                "there with their mobile numbers.",
                "Copy the mobile numbers into the column Telecom Number of this file, by NHS number, then "
                "upload it to Accurx.",
            ),
        ),
        Recipe(
            Tool.SYSTMONE_LIST,
            "SystmOne ad-hoc patient list",
            ("NHS Number",),
            "In SystmOne: Reporting, Miscellaneous reports, Ad hoc patient list, Import CSV.",
            ClinicalSystem.SYSTMONE,
        ),
    )
}
NO_NHS_NUMBER = "has no NHS number, by which the tool finds patients"
NO_RECORD_NUMBER = "has no record number that can stand in a file, which this tool needs"
NO_TEXTS = "asked not to be texted: reach them in another way"
# What a spreadsheet could take for a formula, or break a line, never stands in a file.
_PLAIN_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 /-]{0,29}")


@dataclass(frozen=True)
class Left:
    """Why a patient does not stand in a file."""

    why: str


def recipes_for(system: str) -> tuple[Recipe, ...]:
    """Return the files that a practice with this clinical system can use."""
    return tuple(one for one in RECIPES.values() if one.system == system)


def row(tool: Tool, identity: Identity, *, no_texts: bool = False) -> tuple[str, ...] | Left:
    """Return this patient's line in the tool's file, every digit kept, or why there is none.

    Dates are dd/mm/yyyy, as both clinical systems write them into files. `no_texts`: they asked not to be
    texted; each of these files is a step towards a text.
    """
    if no_texts:
        return Left(NO_TEXTS)
    if not identity.nhs_number:
        return Left(NO_NHS_NUMBER)
    if tool is Tool.SYSTMONE_LIST:
        return (identity.nhs_number,)
    if tool is Tool.ACCURX_SYSTMONE:
        return (identity.nhs_number, "", f"{identity.born:%d/%m/%Y}")
    if not _PLAIN_NUMBER.fullmatch(identity.record_number):
        return Left(NO_RECORD_NUMBER)
    return (identity.nhs_number, identity.record_number)


def contents(recipe: Recipe, patients: int, left_out: int) -> str:
    """Say in a sentence what a file contains, before anybody takes it."""
    people = "1 patient" if patients == 1 else f"{patients:,} patients"
    columns = _and(recipe.columns)
    words = f"{people}, one a line, with {columns} and nothing else."
    if left_out:
        words += f" {left_out:,} more cannot stand in it." if left_out > 1 else " 1 more cannot stand in it."
    return words


def _and(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
