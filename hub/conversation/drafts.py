"""What is asked with every chase and every answer, and what its fields hold before they are sent."""

from collections.abc import Mapping
from dataclasses import dataclass

from hub.domain.kinds import Kind, SafetyFact
from hub.domain.news import News, Said, gravest, more_urgent
from hub.domain.vocabulary import FactAnswer, RequestedUrgency

ANSWERS = tuple(
    {"value": answer.value, "text": words}
    for answer, words in ((FactAnswer.YES, "Yes"), (FactAnswer.NO, "No"), (FactAnswer.NOT_SURE, "Not sure"))
)
_HOW_SOON = {
    RequestedUrgency.ROUTINE: "in its usual turn",
    RequestedUrgency.SOON: "by tomorrow",
    RequestedUrgency.URGENT: "today",
}


@dataclass(frozen=True, slots=True)
class Asking:
    """The fields of one form: `prefix` begins their names, so that forms on one page do not mix.

    `questions` must be answered; `kept` are hidden fields, as (name, value), `held` what fields hold at
    first.
    """

    prefix: str
    questions: tuple[SafetyFact, ...]
    urgencies: tuple[dict[str, str], ...]
    kept: tuple[tuple[str, str], ...] = ()
    held: tuple[tuple[str, str], ...] = ()
    answers: tuple[dict[str, str], ...] = ANSWERS


def prefix_of(form: str, ref: str | int) -> str:
    """Return what the names of the fields of a form on this request (or message) begin with."""
    return f"{form}-{ref}-"


def asking(prefix: str, kind: Kind, said: Said, values: Mapping[str, str]) -> Asking:
    """Return what is asked about a request that says `said` so far; `values` are fields with contents."""
    questions = tuple(gravest(kind, said.answers))
    urgencies = _urgencies(said.requested)
    shown = {f"{prefix}fact-{fact.code}" for fact in questions}
    shown |= {f"{prefix}requested"} if urgencies else set()
    kept = tuple(
        (name, value) for name, value in values.items() if name.startswith(prefix) and name not in shown
    )
    answered = {
        f"fact-{fact.code}": said.answers[fact.code] for fact in questions if fact.code in said.answers
    }
    held = {"requested": said.requested} | answered
    return Asking(
        prefix,
        questions,
        urgencies,
        kept,
        tuple((f"{prefix}{name}", one.value) for name, one in held.items()),
    )


def values_of(prefix: str, news: News) -> dict[str, str]:
    """Return the fields that hold these news."""
    values = {f"{prefix}fact-{code}": answer.value for code, answer in news.answers.items()}
    values[f"{prefix}requested"] = news.requested.value
    for name, day in (("receipt_on", news.receipt_on), ("next_issue_on", news.next_issue_on)):
        values |= {f"{prefix}{name}": day.isoformat()} if day else {}
    return values


def _urgencies(requested: RequestedUrgency) -> tuple[dict[str, str], ...]:
    """Return what may be chosen: as it stands, or sooner; nothing where it is wanted today already."""
    sooner = more_urgent(requested)
    if not sooner:
        return ()
    stands = {"value": requested.value, "text": f"As it stands: {_HOW_SOON[requested]}"}
    words = ({"value": one.value, "text": _HOW_SOON[one].capitalize()} for one in sooner)
    return (stands, *words)
