"""Files in words: what each contains, who stands in it, and what to paste where."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hub.domain.handouts import NO_RECORD_NUMBER, RECIPES, Left, Recipe, Tool, contents
from hub.domain.kinds import Kind
from hub.domain.patient import Identity
from hub.domain.promises import when_words

# What a spreadsheet would run as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class StandingLike(Protocol):
    """What is read of one patient of a file."""

    @property
    def identity(self) -> Identity:
        """Who it is."""

    @property
    def tasks(self) -> tuple[Any, ...]:
        """Their open reviews."""

    @property
    def line(self) -> tuple[str, ...] | Left:
        """Their line, or why there is none."""


@dataclass(frozen=True)
class Offer:
    """One file that may be taken."""

    recipe: Recipe
    contains: str
    patients: int
    left_out: int
    no_record: int


def offers(recipes: Iterable[Recipe], found: Mapping[Tool, Sequence[StandingLike]]) -> list[Offer]:
    """Return what may be taken, with what each file contains now."""
    made = []
    for recipe in recipes:
        left = sum(isinstance(one.line, Left) for one in found[recipe.tool])
        patients = len(found[recipe.tool]) - left
        no_record = sum(one.line == Left(NO_RECORD_NUMBER) for one in found[recipe.tool])
        made.append(Offer(recipe, contents(recipe, patients, left), patients, left, no_record))
    return made


def kind_options(kinds: Iterable[Kind]) -> list[dict[str, str]]:
    """Return the kinds of review to choose from, all of them first."""
    options = [{"value": "", "text": "All reviews"}]
    for kind in kinds:
        options.append({"value": kind.code, "text": kind.name})
        options += [
            {"value": f"{kind.code}:{one.code}", "text": f"{kind.name}: {one.name}"} for one in kind.subtypes
        ]
    return options


WHO = [
    {"value": "", "text": "Who has not declined, booked or asked to book"},
    {"value": "new", "text": "Who was not invited yet"},
    {"value": "all", "text": "Everybody with an open review"},
]


def review_words(kinds: Iterable[Kind]) -> dict[tuple[str, str], str]:
    """Return the words for each kind and condition."""
    words = {}
    for kind in kinds:
        words[kind.code, ""] = kind.name
        words |= {(kind.code, one.code): f"{kind.name}, {one.name}" for one in kind.subtypes}
    return words


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as the tools take them: UTF-8, commas, one patient a line.

    A cell that a spreadsheet would run is refused its first character's power by an apostrophe.
    """
    text = io.StringIO()
    csv.writer(text).writerows([[_guarded(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8")


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def file_name(tool: Tool, ods_code: str, day: Any) -> str:
    """Return a file's name: the tool, the practice and the day, nothing about patients."""
    return f"{tool.value}-{ods_code}-{day:%Y-%m-%d}.csv"


def taken_line(handout: Any, who: str) -> str:
    """Say who took which file when."""
    people = "1 patient" if handout.patients == 1 else f"{handout.patients:,} patients"
    return f"{when_words(handout.at)}: {RECIPES[Tool(handout.tool)].title}, {people}, taken by {who}."


def paste_line(one: Any) -> str:
    """Return what to paste into the document's workflow step."""
    return (
        f"{one.document}: {one.outcome}. {one.by}, remote pharmacy hub, {one.at:%d-%b-%Y}. "
        f"Hub reference {one.task.ref}."
    )
