"""A request as one line of a file: its columns, and what the file says about itself."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from hub.conversation.list_presenters import Row
from hub.domain.kinds import Kind
from hub.domain.promises import when_words
from hub.domain.request_list_words import URGENCY_WORDS, outcome_label
from hub.domain.vocabulary import OPEN_STATUSES

HEAD = (
    "Reference", "Kind", "Practice", "Practice code", "Patient", "Born", "NHS number", "Your record number",
    "Where it stands", "In words", "Raised", "Received on", "Asked for", "Should be seen or done by", "Late",
    "Ended", "Outcome", "To-dos open",
)  # fmt: skip
_CONTENTS = (
    "It names patients: name, date of birth, NHS number and your record number. Keep it as you keep the "
    "record. It holds none of the texts that were written."
)


def line(found: Any, row: Row, kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """Return a row of `list_queries.every`, and as the list shows it, as cells; an NHS number in threes."""
    task, identity = found.Task, row.identity
    patient = ("Not about one patient", "", "", "")
    if identity is not None:
        number = identity.nhs_number or ""
        spaced = f"{number[:3]} {number[3:6]} {number[6:]}" if number else "none"
        patient = (identity.name, f"{identity.born:%d-%b-%Y}", spaced, identity.record_number or "")
    is_open = task.status in OPEN_STATUSES
    return (
        row.ref, row.kind, row.practice, found.ods_code, *patient,
        row.standing.tag, row.standing.sentence, row.raised, f"{task.receipt_on:%d-%b-%Y}",
        URGENCY_WORDS[task.requested], row.due.when if row.due else "",
        late_words(task, row),
        "" if is_open or task.closed_at is None else when_words(task.closed_at),
        outcome_label(kinds, task.kind, task.outcome) if task.outcome else "", str(found.to_dos),
    )  # fmt: skip


def late_words(task: Any, row: Row) -> str:
    """Say of an open request what the list's filter says; what came too late is counted apart."""
    if row.due is None:
        return ""
    return "On arrival" if task.late_on_arrival else "Yes" if row.due.is_late else "No"


def about(count: int, now: dt.datetime, who: str, filters: Sequence[str]) -> list[tuple[str, str]]:
    """Return what the file says of itself: pairs of label and words."""
    return [
        ("Requests", f"{count:,}"),
        ("Filters", "; ".join(filters)),
        ("As of", when_words(now)),
        ("Taken by", who),
        ("What it contains", _CONTENTS),
    ]


def file_name(now: dt.datetime, form: str) -> str:
    """Return the file's name: nothing in it tells of a patient."""
    return f"requests-{when_words(now)[4:15]}.{form}"
