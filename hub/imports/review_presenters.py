"""What a person reads before they approve a file: what holds for all rows, and what speaks against it."""

import datetime as dt
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.domain.importing.fields import FACT
from hub.domain.importing.mapping import Mapping
from hub.domain.kinds import Kind, SafetyFact
from hub.imports.column_presenters import ANSWERS, URGENCIES
from hub.imports.presenters import number, requests, rows


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what would be raised: what it is, and what holds."""

    label: str
    value: str


def facts(tally: Any, mapping: Mapping, header: Sequence[str], kinds: Sequence[Kind]) -> list[Fact]:
    """Return what would be raised, of the new rows (`tally_queries.Tally`) and what was said for all."""
    if not tally.total:
        return []
    titles = {code: header[index] for index, code in mapping.columns.items() if index < len(header)}
    found = [
        Fact("For", ", ".join(_counted(tally.practices))),
        Fact("What is asked", ", ".join(_counted(_named(tally.asked, kinds)))),
        Fact("How soon it is asked for", _from(titles, "urgency", URGENCIES, mapping)),
        Fact("Received", _days(tally.received)),
        Fact("When they are due", due_words(tally)),
    ]
    used = [kind for kind in kinds if any(kind.code == code for code, _ in tally.asked)]
    return found + [
        Fact(fact.question, _from(titles, FACT + fact.code, ANSWERS, mapping))
        for fact in _safety(used).values()
    ]


def due_words(tally: Any) -> str:
    """Say how many are late when they arrive, when the others are due, and how many go first."""
    said = []
    if tally.late:
        said.append(f"{number(tally.late)} of {number(tally.total)} past their target when they arrive.")
    if tally.due:
        first, last = tally.due
        day = f"on {first:%d-%b-%Y}" if first == last else f"from {first:%d-%b-%Y} to {last:%d-%b-%Y}"
        said.append(f"{'The others have' if tally.late else 'All have'} their target {day}.")
    if tally.soon:
        said.append(
            f"{number(tally.soon)} of {number(tally.total)} go before planned work, by tomorrow at the "
            "latest: so asked for, or a safety question is answered Yes or Not sure."
        )
    return " ".join(said)


def doubts(tally: Any, kinds: Sequence[Kind]) -> list[str]:
    """Say which rows are raised as Not sure although No was given for all: their own text names something."""
    questions = {FACT + code: fact.question for code, fact in _safety(kinds).items()}
    return [
        f"{rows(count)} {'names' if count == 1 else 'name'} {word}: raised as Not sure, not as No, for "
        f"“{questions.get(field, field)}”"
        for (field, word), count in sorted(tally.doubts.items())
    ]


def unseen_words(count: int, telephone: str) -> str:
    """Warn of the requests that nobody who may do them sees in time; "" if there are none."""
    if not count:
        return ""
    them, whom = ("it" if count == 1 else "them"), f"the hub on {telephone}" if telephone else "the hub"
    return (
        f"{requests(count)} cannot be seen in time: nobody who may do {them} is at work. Do not rely on this "
        f"file for {them}: telephone {whom} or your duty clinician."
    )


def unused(found: AnyMapping[str, Sequence[str]], mapping: Mapping, kinds: Sequence[Kind]) -> list[str]:
    """Warn of columns that name conditions while one other is given for all rows."""
    names = {one.code: one.name for kind in kinds for one in kind.subtypes}
    alike = names.get(mapping.defaults.get("condition", ""), "")
    return [
        f"The column “{title}” is not used, but names {', '.join(names.get(one, one) for one in codes)}. "
        f"Every row would be raised as {alike}: change how the columns are read if that is wrong."
        for title, codes in found.items()
    ]


def _safety(kinds: Sequence[Kind]) -> dict[str, SafetyFact]:
    found = [fact for kind in kinds for fact in kind.facts if fact.band_if_yes is not None]
    return {fact.code: fact for fact in found}


def _from(titles: AnyMapping[str, str], code: str, words: AnyMapping[str, str], mapping: Mapping) -> str:
    alike = words.get(mapping.defaults.get(code, ""), "")
    if code not in titles:
        return f"{alike}, for all rows" if alike else "Not told"
    blank = f"; where it is empty, {alike}" if alike else ""
    return f"As the column “{titles[code]}” says{blank}"


def _named(asked: AnyMapping[tuple[str, str], int], kinds: Sequence[Kind]) -> dict[str, int]:
    kind_names = {kind.code: kind.name for kind in kinds}
    conditions = {one.code: one.name for kind in kinds for one in kind.subtypes}
    found: dict[str, int] = {}
    for (kind, subtype), count in asked.items():
        name = kind_names.get(kind, kind) + (f": {conditions.get(subtype, subtype)}" if subtype else "")
        found[name] = found.get(name, 0) + count
    return found


def _counted(found: AnyMapping[str, int]) -> list[str]:
    largest_first = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return [f"{name} ({rows(count)})" for name, count in largest_first]


def _days(received: tuple[dt.date, dt.date] | None) -> str:
    if received is None:
        return ""
    first, last = received
    return f"{first:%d-%b-%Y}" if first == last else f"{first:%d-%b-%Y} to {last:%d-%b-%Y}"
