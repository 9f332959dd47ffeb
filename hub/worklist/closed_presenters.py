"""How a task that was looked for, or that is closed, is shown in one row."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from hub.domain.kinds import Kind
from hub.domain.lifecycle import STATUS_IN_A_SENTENCE
from hub.domain.promises import local_day
from hub.domain.vocabulary import CancelReason, Status
from hub.worklist import presenters, queue_presenters
from hub.worklist.presenters import ListedLike, Patient, When

SPANS = {"1": "That day", "7": "That day and the 6 before", "31": "That day and the 30 before"}
USUAL_SPAN = "7"
_STOPPED = {
    CancelReason.WITHDRAWN: "withdrawn by the practice",
    CancelReason.RAISED_IN_ERROR: "raised in error",
    CancelReason.DIED: "the patient has died",
    CancelReason.MOVED: "the patient has left the practice",
}


@dataclass(frozen=True)
class Found:
    """One task: what it is, whom it is about, how it stands or ended, and since when."""

    ref: str
    kind: str
    practice: str
    patient: Patient | None
    standing: str
    moment: When
    who: str = ""


def found_row(one: ListedLike, now: dt.datetime, who: str = "") -> Found:
    """Return a task as a row; `who` is who closed it."""
    task = one.task
    closed = task.closed_at is not None
    moment = ("Closed", task.closed_at) if closed else ("Raised", task.raised_at)
    return Found(
        ref=task.ref,
        kind=presenters.kind_words(one.kind, task.subtype),
        practice=one.practice.name,
        patient=presenters.patient(one.identity, task.patient.status if task.patient else "", local_day(now)),
        standing=_standing(one.kind, task),
        moment=presenters.when(*moment, now),
        who=who or ("The hub" if closed else ""),
    )


def _standing(kind: Kind, task: Any) -> str:
    status = Status(task.status)
    if status is Status.COMPLETED:
        return f"Completed: {kind.outcome(task.outcome).label}"
    if status is Status.CANCELLED:
        return f"Stopped: {_STOPPED[CancelReason(task.cancel_reason)]}"
    words = STATUS_IN_A_SENTENCE[status]
    return f"Open: {words.removeprefix('is ')}"


def what_was_sought(reference: str, number: str) -> str:
    """Name what was looked for without repeating it, unless it is a reference."""
    if reference:
        return f"the reference {reference}"
    return "this NHS number" if number else "this family name and date of birth"


def span_options() -> list[dict[str, str]]:
    """Return how many days are listed, as options."""
    return [{"value": value, "text": words} for value, words in SPANS.items()]


def people_options(people: Iterable[Any]) -> list[dict[str, str]]:
    """Return people (id, name) as options, headed by everyone."""
    return [{"value": "", "text": "Everyone"}, *({"value": str(one.id), "text": one.name} for one in people)]


def day_query(day: dt.date, kept: dict[str, str]) -> str:
    """Return the address's query of the list for another day, its other filters kept."""
    return urlencode(day_values(day) | kept)


def day_values(day: dt.date) -> dict[str, str]:
    """Return the three boxes of the day."""
    return {"day-day": str(day.day), "day-month": str(day.month), "day-year": str(day.year)}


def pages(number: int, count: int, query: Mapping[str, str]) -> dict[str, Any]:
    """Return what the NHS pagination needs; {} for one page."""
    return queue_presenters.pages(number, count, query, tuple(query))
