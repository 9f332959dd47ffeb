"""How a request is shown while it is being made: which kinds there are, what was typed, what it means."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.domain.kinds import Kind, SafetyFact
from hub.domain.news import Lift
from hub.domain.promises import promise_words
from hub.domain.urgency import BAND_WORDS, Placement, Reason, SeenBy
from hub.domain.vocabulary import Band, FactAnswer, RequestedUrgency, Status, WaitingOn

LONG_AGO_DAYS = 14  # a request that reached the practice longer ago is more often a slip of the pen

# One line for someone who has never seen the kind's name; a kind without one shows its target only.
_MEANING = {
    "SMR": "A pharmacist goes through all of a patient's medicines with them.",
    "LTC": "A yearly or overdue review for asthma, diabetes, blood pressure and other long-term conditions.",
    "DISCH": "A patient came out of hospital: bring the medicines in the record in line with the letter.",
    "OPLET": "A clinic or outpatient letter asks you to start, stop, change or check a medicine.",
    "DOCWF": "Any other document in your workflow that pharmacy should code, file or look at.",
    "HRDM": "Tests of a medicine such as methotrexate or lithium are due or back.",
    "CAREHOME": "A resident is seen on the weekly round of their care home.",
    "MEDQ": "A question about a medicine from a patient, carer, pharmacy, care home or colleague.",
}
ANSWER_WORDS = {FactAnswer.YES: "Yes", FactAnswer.NO: "No", FactAnswer.NOT_SURE: "Not sure"}
ANSWER_OPTIONS = [{"value": answer.value, "text": words} for answer, words in ANSWER_WORDS.items()]
_URGENCY_WORDS = {
    RequestedUrgency.ROUTINE: "In its usual turn",
    RequestedUrgency.SOON: "By tomorrow",
    RequestedUrgency.URGENT: "Today",
}

# Why it is not seen as soon as was asked for; what to do if it cannot wait follows.
_LATER_THAN_ASKED = {
    RequestedUrgency.SOON: "You asked for tomorrow; it goes one step ahead of its usual turn, which is later "
    "than tomorrow, because no answer says that it cannot wait.",
    RequestedUrgency.URGENT: "You asked for today; it goes by tomorrow, because no answer says that the "
    "patient may come to harm today.",
}
# How an answer moves it, to the practice; bands that are not here move nothing.
_MOVES = {Band.NOW: "within the hour", Band.BY_TOMORROW: "by tomorrow"}

# An open request's status after "It ..."; a closed one is never shown here.
_STATUS_WORDS = {
    Status.RAISED: "is being put in line",
    Status.QUEUED: "is in line for the next free clinician",
    Status.ASSIGNED: "is with a clinician",
    Status.IN_PROGRESS: "is being worked on",
    Status.WAITING: "is waiting for someone",
    Status.SENT_BACK: "was sent back to you",
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
class OpenRequest:
    """An open request for the same patient and kind, as it is shown before another is raised.

    `says_more` is what was typed now and would lift it, each with what the request says;
    `asks_you` that the hub waits for an answer first (a danger sign need not wait for that).
    """

    ref: str
    raised_at: dt.datetime
    by: str
    status: str
    promise: str
    due_at: dt.datetime
    ask: str
    document: str
    sent_back: bool
    asks_you: bool
    says_more: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """What "By when?" says; `why` is one sentence for each thing that decides it."""

    warning: bool
    sentence: str
    why: tuple[str, ...] = ()


def cards(kinds: Iterable[Kind]) -> list[KindCard]:
    """Return the kinds to choose from, in the order given."""
    return [KindCard(one.code, one.name, _MEANING.get(one.code, ""), usual_target(one)) for one in kinds]


def usual_target(kind: Kind) -> str:
    """Say how long the kind usually takes: "Should be done within 2 working days."."""
    target = kind.target
    if target.working_days is not None:
        days = "1 working day" if target.working_days == 1 else f"{target.working_days} working days"
        return f"Should be done within {days}."
    return f"Should be done within {(target.hub_minutes or 0) // 60} working hours."


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


def panel(seen: SeenBy, why: tuple[str, ...] = ()) -> Panel:
    """Return what the form says about when someone sees it, and why then."""
    return Panel(not seen.in_time, seen.sentence, why)


def why_then(
    kind: Kind, requested: RequestedUrgency, placement: Placement, telephone: str = ""
) -> tuple[str, ...]:
    """Say why it is seen by then, always; `telephone` is the hub's number, "" if it has none."""
    asked = {RequestedUrgency.SOON: Band.BY_TOMORROW, RequestedUrgency.URGENT: Band.NOW}
    cannot_wait = f"If it cannot wait, {telephone_words(telephone)}."
    if placement.band > asked.get(requested, kind.band):
        instead = "choose Today, or " if requested == RequestedUrgency.SOON else ""
        sooner = f"If it cannot wait, {instead}{telephone_words(telephone)}."
        return (f"{_LATER_THAN_ASKED[requested]} {sooner}",)
    if placement.band == kind.band:
        return (f"This is its usual time. {usual_target(kind)}",)
    ends = f": {BAND_WORDS[placement.band]}."
    said = tuple(
        _to_the_practice(one, ends, placement.band)
        for one in placement.reasons
        if one.code.startswith("deadline") or one.sentence.endswith(ends)
    )
    return said if placement.band in _MOVES else (*said, cannot_wait)


def telephone_words(telephone: str) -> str:
    """Say whom to telephone: the hub, on its number where it has one, or the duty clinician."""
    return f"telephone the hub{f' on {telephone}' if telephone else ''} or your duty clinician"


def late_receipt(receipt_on: dt.date, today: dt.date) -> str:
    """Ask whether a day of receipt that lies far back is right; "" if it does not."""
    days = (today - receipt_on).days
    return f"You say it reached you {days} days ago: is that right?" if days > LONG_AGO_DAYS else ""


def fact_lines(kind: Kind, answers: Mapping[str, FactAnswer]) -> list[Line]:
    """Return each question with its answer; one that was left out says so."""
    return [
        Line(fact.question, ANSWER_WORDS[answers[fact.code]] if fact.code in answers else "Not answered")
        for fact in kind.facts
    ]


def request_lines(draft: Any) -> list[Line]:
    """Return what a `Draft` asks, as typed, in the order of the form."""
    kind = draft.kind
    names = {one.code: one.name for one in kind.subtypes}
    why = f": {draft.urgency_reason}" if draft.urgency_reason else ""
    lines = [Line(kind.subtype_label, names[draft.subtype])] if draft.subtype else []
    lines += [Line("Document reference", draft.document)] if kind.needs_document else []
    lines += [
        Line("What you ask", draft.ask or "Nothing beyond the usual"),
        Line(kind.receipt_label, f"{draft.receipt_on:%d-%b-%Y}"),
    ]
    if kind.asks_next_issue:
        day = draft.next_issue_on
        lines.append(Line("Next repeat issue", f"{day:%d-%b-%Y}" if day else "Not known"))
    return [*lines, Line("You asked for it", f"{_URGENCY_WORDS[draft.requested]}{why}")]


def open_request(
    task: Any, texts: tuple[str, str], names: Mapping[int, str], kind: Kind, lift: Lift
) -> OpenRequest:
    """Return an open request as it is shown to someone who is about to raise the same again.

    `texts` are what was asked and the document's reference; `names` maps ids to people;
    `kind` is the request's, and `lift` what was typed now that weighs more than it says.
    """
    ask, document = texts
    status = Status(task.status)
    return OpenRequest(
        ref=task.ref,
        raised_at=task.raised_at,
        by=names.get(task.raised_by_id, ""),
        status=_STATUS_WORDS[status],
        promise=promise_words(seen=task.band <= Band.BY_TOMORROW and task.started_at is None),
        due_at=task.due_at,
        ask=ask,
        document=document,
        sent_back=status == Status.SENT_BACK,
        asks_you=task.waiting_on == WaitingOn.PRACTICE and not lift,
        says_more=_lift_lines(kind, lift),
    )


def _lift_lines(kind: Kind, lift: Lift) -> tuple[Line, ...]:
    lines = [
        Line(kind.fact(code).question, _now_and_before(ANSWER_WORDS[after], _answered(before)))
        for code, (before, after) in lift.answers.items()
    ]
    if lift.requested:
        before, after = lift.requested
        lines.append(Line("How soon", _now_and_before(_URGENCY_WORDS[after], _URGENCY_WORDS[before])))
    for label, days in (
        (kind.receipt_label, lift.receipt_on),
        ("Next repeat issue", lift.next_issue_on),
    ):
        if days:
            held = f"{days[0]:%d-%b-%Y}" if days[0] else "Not known"
            lines.append(Line(label, _now_and_before(f"{days[1]:%d-%b-%Y}", held)))
    return tuple(lines)


def _now_and_before(now: str, before: str) -> str:
    return f"{now} (the open request says: {before})"


def _answered(answer: FactAnswer | None) -> str:
    return ANSWER_WORDS[answer] if answer else "Not answered"


def why_another(document: str, texts: Iterable[tuple[str, str]]) -> str:
    """Return the reason that stands to hand: it is another document. "" if it is not."""
    known = {_plain(held) for _, held in texts}
    return f"It is another document: {document}" if document and _plain(document) not in known else ""


def options(words: Mapping[str, str]) -> list[dict[str, str]]:
    """Return a code-to-words table as the options of a select, with an empty one first."""
    return [
        {"value": "", "text": "Choose one"},
        *({"value": code, "text": text} for code, text in words.items()),
    ]


def no_number_options(reasons: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the reasons for having no NHS number as the options of a select."""
    usual = {"value": "", "text": "There is one, entered above"}
    return [usual, *({"value": code, "text": f"None, because {words}"} for code, words in reasons.items())]


def subtype_options(kind: Kind) -> list[dict[str, str]]:
    """Return the kind's subtypes as the options of a select."""
    return options({one.code: one.name for one in kind.subtypes})


def practice_options(practices: Iterable[Any]) -> list[dict[str, str]]:
    """Return practices as the options of a select; none where there is no choice."""
    practices = list(practices)
    if len(practices) < 2:
        return []
    return options({str(one.id): f"{one.name} ({one.ods_code})" for one in practices})


def _to_the_practice(reason: Reason, ends: str, band: Band) -> str:
    """Return a reason, which is written for the hub, as it is said to the practice itself."""
    if reason.code == "asked_soon":
        return "You asked for tomorrow."
    if reason.code == "asked_urgent":
        said = reason.sentence.replace("The practice asks", "You asked", 1)
        return said.replace("its answers", "your answers", 1)
    if reason.code.startswith("deadline"):
        return reason.sentence
    moves = _MOVES.get(band, "it goes ahead of planned work, but not by an earlier date")
    said = reason.sentence.removesuffix(ends).replace("The practice is not sure", "You are not sure", 1)
    return f"{said.replace('Not told', 'Not answered', 1)}: {moves}."


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
