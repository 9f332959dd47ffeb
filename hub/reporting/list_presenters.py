"""The requests behind a number, as a lead sees them: no patient is named here."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from hub.domain.lifecycle import STATUS_IN_A_SENTENCE
from hub.domain.promises import when_words
from hub.domain.vocabulary import OPEN_STATUSES, Status


@dataclass(frozen=True, slots=True)
class Row:
    """One request behind a number."""

    ref: str
    kind: str
    practice: str
    status: str
    raised: str
    due: str
    ended: str


def row(found: Any, kind: str) -> Row:
    """Return a row of the list's queries as a lead sees it."""
    task = found.Task
    is_open = task.status in OPEN_STATUSES
    due: dt.datetime = min(task.due_at, task.deadline_at or task.due_at)
    words = STATUS_IN_A_SENTENCE[Status(task.status)]
    return Row(
        ref=task.ref,
        kind=kind,
        practice=found.practice,
        status=f"{words[:1].upper()}{words[1:]}",
        raised=when_words(task.raised_at),
        due=when_words(due),
        ended="Open" if is_open or task.closed_at is None else when_words(task.closed_at),
    )
