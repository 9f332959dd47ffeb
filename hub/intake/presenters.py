"""How a request is shown while it is being made: which kinds there are, what was typed, what it means."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from hub.domain.identifiers import format_nhs_number
from hub.domain.kinds import Kind, SafetyFact
from hub.domain.patient import Identity
from hub.domain.urgency import SeenBy
from hub.domain.vocabulary import FactAnswer, RequestedUrgency

# One line for someone who has never seen the kind's name; a kind without one shows its target only.
_MEANING = {
    "SMR": "A pharmacist goes through all of a patient's medicines with them.",
    "LTC": "A yearly or overdue review for asthma, diabetes, blood pressure and other long-term conditions.",
    "DISCH": "A patient came out of hospital: bring the medicines in the record in line with the letter.",
    "OPLET": "A clinic or outpatient letter asks you to start, stop, change or check a medicine.",
    "DOCWF": "Any other document in your workflow that pharmacy should code, file or look at.",
    "MEDQ": "A question about a medicine from a patient, carer, pharmacy, care home or colleague.",
}
ANSWER_WORDS = {FactAnswer.YES: "Yes", FactAnswer.NO: "No", FactAnswer.NOT_SURE: "Not sure"}
ANSWER_OPTIONS = [{"value": answer.value, "text": words} for answer, words in ANSWER_WORDS.items()]
_URGENCY_WORDS = {
    RequestedUrgency.ROUTINE: "In its usual turn",
    RequestedUrgency.SOON: "By tomorrow",
    RequestedUrgency.URGENT: "Today",
}


@dataclass(frozen=True, slots=True)
class KindCard:
    """One kind in the list to choose from."""

    code: str
    name: str
    meaning: str
    target: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of "Check before you send"."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Panel:
    """What "When will someone see this?" says."""

    warning: bool
    sentence: str


def cards(kinds: Iterable[Kind]) -> list[KindCard]:
    """Return the kinds to choose from, in the order given."""
    return [KindCard(one.code, one.name, _MEANING.get(one.code, ""), usual_target(one)) for one in kinds]


def usual_target(kind: Kind) -> str:
    """Say how long the kind usually takes: "Usually done within 2 working days."."""
    target = kind.target
    if target.working_days is not None:
        days = "1 working day" if target.working_days == 1 else f"{target.working_days} working days"
        return f"Usually done within {days}."
    return f"Usually done within {(target.hub_minutes or 0) // 60} working hours."


def urgency_options(kind: Kind) -> list[dict[str, str]]:
    """Return the three urgencies as radios."""
    return [
        {"value": "routine", "text": "In its usual turn", "hint": usual_target(kind)},
        {"value": "soon", "text": "By tomorrow", "hint": "It cannot wait for its usual turn."},
        {
            "value": "urgent",
            "text": "Today",
            "hint": "Also telephone us or your duty clinician if harm could come within hours.",
        },
    ]


def safety_facts(kind: Kind) -> list[SafetyFact]:
    """Return the questions that decide how soon it must be seen; each must be answered."""
    return [fact for fact in kind.facts if fact.band_if_yes is not None]


def helpful_facts(kind: Kind) -> list[SafetyFact]:
    """Return the questions that help to prepare the work; they may be left out."""
    return [fact for fact in kind.facts if fact.band_if_yes is None]


def panel(seen: SeenBy) -> Panel:
    """Return what the form says about when someone sees it."""
    return Panel(not seen.in_time, seen.sentence)


def patient_lines(identity: Identity) -> list[Line]:
    """Return who it is about, as typed."""
    number = identity.nhs_number
    return [
        Line("Name", identity.name),
        Line("Born", f"{identity.born:%d-%b-%Y}"),
        Line("NHS number", format_nhs_number(number) if number else f"None: {identity.no_number_because}"),
        Line("Your record number", identity.record_number or "Not given"),
    ]


def fact_lines(kind: Kind, answers: dict[str, FactAnswer]) -> list[Line]:
    """Return each question with its answer; one that was left out says so."""
    return [
        Line(fact.question, ANSWER_WORDS[answers[fact.code]] if fact.code in answers else "Not answered")
        for fact in kind.facts
    ]


def request_lines(
    kind: Kind,
    *,
    subtype: str,
    document: str,
    ask: str,
    requested: RequestedUrgency,
    urgency_reason: str,
    receipt_on: dt.date,
    next_issue_on: dt.date | None,
) -> list[Line]:
    """Return what is asked, as typed, in the order of the form."""
    names = {one.code: one.name for one in kind.subtypes}
    why = f": {urgency_reason}" if urgency_reason else ""
    lines = [Line("Condition", names[subtype])] if subtype else []
    lines += [Line("Document reference", document)] if kind.needs_document else []
    lines += [
        Line("What you ask", ask or "Nothing beyond the usual"),
        Line(kind.receipt_label, f"{receipt_on:%d-%b-%Y}"),
    ]
    if kind.asks_next_issue:
        lines.append(Line("Next repeat issue", f"{next_issue_on:%d-%b-%Y}" if next_issue_on else "Not known"))
    return [*lines, Line("How soon", f"{_URGENCY_WORDS[requested]}{why}")]
