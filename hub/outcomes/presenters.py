"""How the page of completion is shown: the checklist, outcomes with refusals, codes to copy."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.domain.eligibility import Person, may_record
from hub.domain.kinds import Kind, Outcome
from hub.domain.promises import BAND_WORDS, in_full
from hub.domain.vocabulary import Band, FactAnswer, Profession, Status
from hub.domain.worktime import LONDON


@dataclass(frozen=True)
class Step:
    """What must be done with one's own task before it can be completed, and the page that does it."""

    title: str
    words: str
    button: str
    endpoint: str


def step_before(status: Status, begun: bool) -> Step | None:
    """Return what comes before completing a task of one's own; None where it is in hand (or closed)."""
    if status is Status.WAITING:
        words = "It waits for someone. Resume it if you have what you need, then complete it."
        return Step("This task waits", words, "Resume it", "worklist.resume")
    if status is not Status.ASSIGNED:
        return None
    if begun:
        return Step("You paused this task", "Go on with it, then complete it.", "Go on with it", _START)
    return Step("You have not started this task", "Start it, then complete it.", "Start it", _START)


_START = "worklist.start"
FOUND_OUT_OPTIONS = [
    {"value": "yes", "text": "Yes"},
    {"value": "no", "text": "No"},
    {"value": "not_found_out", "text": "I could not find out"},
]


@dataclass(frozen=True)
class Choices:
    """What may be chosen: outcomes open to this person, and in `refused` why others are not, or ""."""

    outcomes: list[dict[str, str]]
    refused: str
    to_dos: list[dict[str, str]]
    codes: list[dict[str, str]]


def choices(
    kind: Kind,
    profession: Profession,
    answers: Mapping[str, FactAnswer],
    suggested: Iterable[str],
    *,
    chosen: str = "",
) -> Choices:
    """Return the choices of this kind for someone of this profession.

    To-dos that go with the outcome `chosen` stand first.
    """
    usual = {text for one in kind.outcomes if one.code == chosen for text in one.to_dos}
    judged = [(one, may_record(one, profession, answers, kind.facts)) for one in kind.outcomes]
    # Nobody is offered a to-do of an outcome that is not theirs to record.
    mine = {text for one, refusal in judged if refusal is None for text in one.to_dos}
    return Choices(
        outcomes=[{"value": one.code, "text": one.label} for one, refusal in judged if refusal is None],
        refused=_refused((one, refusal.sentence) for one, refusal in judged if refusal is not None),
        to_dos=[
            {"value": text, "text": text, "hint": _with(kind, text)}
            for text in sorted(suggested, key=lambda text: text not in usual)
            if text in mine
        ],
        codes=_codes(kind, profession, {one.code for one, refusal in judged if refusal is None}),
    )


def _refused(refused: Iterable[tuple[Outcome, str]]) -> str:
    """Say once for all of them which outcomes are not open, and why."""
    never: list[str] = []
    here: defaultdict[str, list[str]] = defaultdict(list)
    for outcome, sentence in refused:
        _, _, why = sentence.partition("' here: ")
        (here[why] if why else never).append(f"“{outcome.label}”")
    sentences = [f"Only a pharmacist may record {_listed(never)}."] if never else []
    return " ".join(
        [
            *sentences,
            *(f"A technician may not record {_listed(labels)} here: {why}" for why, labels in here.items()),
        ]
    )


def _listed(labels: Sequence[str]) -> str:
    *others, last = labels
    return f"{', '.join(others)} or {last}" if others else last


def minutes_hint(planned: int, started_at: dt.datetime | None, now: dt.datetime) -> str:
    """Say what was planned and when the work began, so that nobody has to remember."""
    hint = f"Whole minutes. Planned: {planned}."
    if started_at is None:
        return hint
    gone = int((now - started_at).total_seconds() // 60)
    began = started_at.astimezone(LONDON)
    if began.date() != now.astimezone(LONDON).date():
        return f"{hint} Started on {began:%d-%b-%Y}."
    return f"{hint} Started at {began:%H:%M}, {gone} minute{'' if gone == 1 else 's'} ago."


def _with(kind: Kind, text: str) -> str:
    labels = [f"“{one.label}”" for one in kind.outcomes if text in one.to_dos]
    return f"Usual with {' or '.join(labels)}."


def _codes(kind: Kind, profession: Profession, open_to_me: Collection[str]) -> list[dict[str, str]]:
    found = []
    for one in kind.record_codes:
        mine = not one.outcomes or any(code in open_to_me for code in one.outcomes)
        if profession in one.professions and mine:
            labels = [f"“{kind.outcome(code).label}”" for code in one.outcomes if code in open_to_me]
            goes_with = f"Goes with {' or '.join(labels)}." if labels else ""
            found.append({"value": one.code, "text": one.term, "hint": goes_with})
    return found


def supervisor_options(people: Iterable[Person]) -> list[dict[str, str]]:
    """Return those of whom one supervised as options, headed by none; nothing where nobody must."""
    found = [{"value": str(one.id), "text": f"{one.name}, {one.profession}"} for one in people]
    return [{"value": "", "text": "Choose"}, *found] if found else []


def urgency_options(given: Band) -> list[dict[str, str]]:
    """Return how urgent a task may have had to be, said afterwards; `given` is what it was."""
    return [
        {"value": "as_it_was", "text": f"As it was: {in_full(BAND_WORDS[given])}"},
        {"value": "now", "text": "Now"},
        {"value": "by_tomorrow", "text": "By tomorrow"},
        {"value": "usual", "text": "In its usual time"},
        {"value": "later", "text": "Later"},
    ]
