"""The page on which a person says what a file's columns hold: guesses with evidence, and what is missing."""

import dataclasses
import datetime as dt
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.domain.importing.fields import IGNORE, Field
from hub.domain.importing.mapping import ColumnGuess, Mapping
from hub.domain.importing.table import NO_TITLES
from hub.domain.kinds import Kind, SafetyFact
from hub.domain.vocabulary import Band
from hub.domain.worktime import LONDON

SHOWN_SAMPLES = 3
_CONFIDENCE = {
    "sure": ("Sure", "green"),
    "likely": ("Likely", "blue"),
    "unsure": ("Please check", "orange"),
    "none": ("Not used", "grey"),
}
_PATIENT = ("nhs_number", "name", "family", "given", "born", "record_number")
_DATE_ORDERS = {
    "dmy": "Day first: 03/04/1951 is 03-Apr-1951",
    "mdy": "Month first: 03/04/1951 is 04-Mar-1951",
    "ymd": "Year first: 1951/04/03 is 03-Apr-1951",
}
ANSWERS = {"yes": "Yes", "no": "No", "not_sure": "Not sure"}
URGENCIES = {"routine": "In its usual turn", "soon": "By tomorrow", "urgent": "Today"}


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a list."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Choices that belong together, under their heading."""

    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column of the file: what it is called, what stands in it, what we think, what was chosen."""

    name: str  # of its list in the form
    letter: str
    title: str
    samples: tuple[str, ...]
    tag: str
    colour: str
    evidence: str
    chosen: str
    untitled: bool  # it has no title of its own: its letter names it


@dataclass(frozen=True, slots=True)
class Question:
    """One safety question with an answer for all rows that have none of their own."""

    name: str
    words: str
    hint: str
    options: tuple[Option, ...]


def column_rows(
    guesses: Sequence[ColumnGuess], letters: Sequence[str], chosen: AnyMapping[int, str]
) -> list[ColumnRow]:
    """Return the columns as the page shows them; `chosen` is what was picked, by the column's index."""
    return [_column_row(one, letters, chosen.get(one.index, IGNORE)) for one in guesses]


def _column_row(guess: ColumnGuess, letters: Sequence[str], chosen: str) -> ColumnRow:
    tag, colour = _CONFIDENCE[guess.confidence]
    if chosen != guess.field:
        tag, colour = ("You chose", "blue") if chosen != IGNORE else ("Not used", "grey")
    letter = letters[guess.index] if guess.index < len(letters) else ""
    return ColumnRow(
        name=f"column-{guess.index}",
        letter=letter,
        title=guess.header,
        samples=guess.samples[:SHOWN_SAMPLES],
        tag=tag,
        colour=colour,
        evidence=guess.evidence,
        chosen=chosen,
        untitled=guess.header == f"Column {letter}",
    )


def titles_options(head: Any) -> list[dict[str, str]]:
    """Return where the titles may stand as the options of a select; `head` is `file_queries.Head`.

    None once only the table itself is kept.
    """
    rows = [{"value": str(number), "text": f"Row {number}: {text}"} for number, text in head.top]
    none = {"value": str(NO_TITLES), "text": "There are no titles: the first row is a request already"}
    return [*rows, none] if rows else []


def read_again_words(titles_row: int) -> str:
    """Say that the file was read once more, with its titles in this row."""
    where = f"the titles stand in row {titles_row}" if titles_row else "there are no titles"
    return f"Read once more: {where}. Look at the columns and at the first rows again."


def field_groups(fields: AnyMapping[str, Field]) -> list[OptionGroup]:
    """Return what a column may hold, in groups, as the choices of a list."""
    groups: dict[str, list[Option]] = {"The patient": [], "What is asked": [], "Answers and conditions": []}
    for code, one in fields.items():
        if code != IGNORE:
            groups[_group_of(code)].append(Option(code, one.label))
    return [OptionGroup(label, tuple(options)) for label, options in groups.items() if options]


def _group_of(code: str) -> str:
    if code in _PATIENT:
        return "The patient"
    return "Answers and conditions" if code.startswith(("fact-", "condition-")) else "What is asked"


def date_orders() -> list[dict[str, str]]:
    """Return the orders of day, month and year as radios."""
    return [{"value": code, "text": words} for code, words in _DATE_ORDERS.items()]


def urgencies() -> list[dict[str, str]]:
    """Return how soon it is needed, for all rows alike, as radios."""
    return [{"value": code, "text": words} for code, words in URGENCIES.items()]


def condition_options(kinds: Sequence[Kind]) -> list[dict[str, str]]:
    """Return the conditions of these kinds as the options of a select, an empty one first; none if none."""
    found = {one.code: one.name for kind in kinds for one in kind.subtypes}
    if not found:
        return []
    return [{"value": "", "text": "Choose one"}, *({"value": c, "text": n} for c, n in found.items())]


def questions(kinds: Sequence[Kind], mapped: Sequence[str], *, safety: bool) -> list[Question]:
    """Return the questions that no column answers; `safety` those that must be answered, else the others."""
    found: dict[str, list[tuple[Kind, SafetyFact]]] = {}
    for kind in kinds:
        for fact in kind.facts:
            if f"fact-{fact.code}" not in mapped:
                found.setdefault(fact.code, []).append((kind, fact))
    return [
        _question(code, asked)
        for code, asked in found.items()
        if any(fact.band_if_yes is not None for _, fact in asked) is safety
    ]


def _question(code: str, asked: Sequence[tuple[Kind, SafetyFact]]) -> Question:
    fact = asked[0][1]
    must = any(one.band_if_yes is not None for _, one in asked)
    options = [Option(value, words) for value, words in ANSWERS.items()]
    if not must:
        options.insert(0, Option("", "Not told"))
    hint = _unsure_words([one.band_if_yes for _, one in asked if one.raises_if_unknown and one.band_if_yes])
    if must:
        seen = "letter" if all(kind.about == "document" for kind, _ in asked) else "patient's record"
        hint += f" No counts for every row. If you have not looked at each {seen}, choose Not sure."
    if any(one.band_if_yes == Band.NOW for _, one in asked):
        hint += " If you know of one where it is Yes, telephone: do not wait for a file."
    return Question(f"default-fact-{code}", fact.question, hint.strip(), tuple(options))


DATES = frozenset({"born", "receipt", "next_issue"})
# What is not taken over from last time: a day grows stale, and nobody answers safety questions by habit.
_NOT_AGAIN = ("receipt", "urgency", "fact-")


def begun(proposed: Mapping, kinds: Sequence[Kind], today: dt.date, *, mended: bool = False) -> Mapping:
    """Return the columns as proposed, with what holds for all rows before anybody typed it.

    `mended` says that these are rows of a file that was read before: what held for all of it holds on.
    """
    left = () if mended else _NOT_AGAIN
    again = {code: value for code, value in proposed.defaults.items() if not code.startswith(left)}
    return dataclasses.replace(proposed, defaults=starting_defaults(kinds, today) | again)


def remembered_words(when: dt.datetime | None, *, mended: bool = False) -> str:
    """Say that a file with these titles was read before; "" if none was."""
    if when is None:
        return ""
    if mended:
        return (
            "These are rows to mend: read as the file that they come from, confirmed "
            f"{when.astimezone(LONDON):%d-%b-%Y}. What held for all its rows stands below, the date of "
            "receipt and the answers to safety questions too: look whether it still holds."
        )
    return (
        f"Read as last time, {when.astimezone(LONDON):%d-%b-%Y}; change it if the file changed. The date of "
        "receipt, how soon it is needed and the answers to safety questions are not taken over."
    )


def _unsure_words(bands: Sequence[Band]) -> str:
    """Say what "not sure" does to every row: it lifts as a Yes does, but never above band 2."""
    if not bands:
        return ""
    if min(bands) <= Band.BY_TOMORROW:
        return "Not sure puts each of them among what is due by tomorrow."
    return "Not sure puts each of them ahead of planned work."


def starting_defaults(kinds: Sequence[Kind], today: dt.date) -> dict[str, str]:
    """Return what stands in the defaults before anything is typed: nothing is claimed to be known."""
    facts = {
        f"fact-{fact.code}": "not_sure"
        for kind in kinds
        for fact in kind.facts
        if fact.band_if_yes is not None
    }
    return {"urgency": "routine", "receipt": today.isoformat()} | facts
