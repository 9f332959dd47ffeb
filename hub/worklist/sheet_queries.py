"""Everything that one task's page shows, unsealed: what is asked, its history, its talk, its to-dos."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from hub import records
from hub.domain.kinds import Kind
from hub.domain.lifecycle import Act
from hub.domain.patient import Identity
from hub.domain.vocabulary import OPEN_STATUSES
from hub.extensions import db
from hub.models import Event, Message, OutcomeRecord, Practice, Task, ToDo
from hub.placing import mark_queries, order_queries
from hub.placing import queries as placing
from hub.protocols.queries import kind_of

_NAMES_PEOPLE = (
    Act.ASSIGNED,
    Act.MOVED,
    Act.COMPLETED,
    Act.PINNED,
    Act.RESERVED,
    Act.UNRESERVED,
)  # whose event data holds people's ids


@dataclass(frozen=True)
class Happened:
    """One line of the history; `data` holds codes and ids only."""

    seq: int
    at: dt.datetime
    act: str
    who: str
    data: dict[str, Any]
    reason: str
    by_person: bool = True


@dataclass(frozen=True)
class Said:
    """One message: `from_hub` to the practice, `asks` whether it wants an answer."""

    at: dt.datetime
    who: str
    from_hub: bool
    asks: bool
    text: str
    answered_at: dt.datetime | None


@dataclass(frozen=True)
class Asked:
    """One to-do of the practice."""

    text: str
    ticked_at: dt.datetime | None
    ticked_by: str


@dataclass(frozen=True)
class Result:
    """What was recorded at completion."""

    label: str
    at: dt.datetime
    who: str
    minutes: int
    recorded_in: str
    recorded_code: str
    reply: str
    note: str
    found_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """One task with all that belongs to it. `names` maps people's ids to their names."""

    task: Task
    practice: Practice
    kind: Kind
    identity: Identity | None
    ask: str
    urgency_reason: str
    document: str
    history: list[Happened]
    said: list[Said]
    to_dos: list[Asked]
    others: list[Task]
    result: Result | None
    names: dict[int, str] = field(default_factory=dict)

    def is_mate(self, other: Task) -> bool:
        """Say whether the other task was raised together with this one, to be done by one person."""
        return self.task.bundle is not None and other.bundle == self.task.bundle

    @property
    def back(self) -> str:
        """What ended its waiting since somebody last worked on it (see `queries.Listed`)."""
        for event in reversed(self.history):
            if event.act == Act.WOKEN:
                return event.data.get("after") or ("answered" if event.by_person else "chase")
            if event.act in (Act.ANSWERED, Act.STARTED, Act.RESUMED):
                return "answered" if event.act == Act.ANSWERED else ""
        return ""

    @property
    def marks(self) -> mark_queries.Names:
        """Who set its place last, and for whom it is kept."""
        setters = (event.who for event in reversed(self.history) if event.act == Act.OVERRIDDEN)
        return mark_queries.Names(next(setters, ""), self.names.get(self.task.reserved_for_id or 0, ""))

    @property
    def last_call(self) -> dict[str, Any] | None:
        """The data of the last telephone call about what cannot wait, or None."""
        calls = (event.data for event in reversed(self.history) if event.act == Act.ESCALATED)
        return next(calls, None)


def sheet(task: Task) -> Sheet:
    """Return the task's page: seven statements, whatever its history. Its keys must be loaded."""
    events = db.session.scalars(select(Event).where(Event.task_id == task.id).order_by(Event.seq)).all()
    messages = db.session.scalars(
        select(Message).where(Message.task_id == task.id).order_by(Message.at, Message.id)
    ).all()
    to_dos = db.session.scalars(select(ToDo).where(ToDo.task_id == task.id).order_by(ToDo.id)).all()
    outcome = db.session.get(OutcomeRecord, task.id)
    names = placing.names(_people(task, events, messages, to_dos, outcome))
    return Sheet(
        task=task,
        practice=placing.practice(task.practice_id),
        kind=kind_of(task),
        identity=identity_of(task),
        ask=records.unsealed(task, task.ask_sealed, records.ASK),
        urgency_reason=records.unsealed(task, task.urgency_reason_sealed, records.URGENCY),
        document=records.unsealed(task, task.document_sealed, records.DOCUMENT),
        history=[_happened(task, event, names) for event in events],
        said=[_said(task, message, names) for message in messages],
        to_dos=[_asked(task, to_do, names) for to_do in to_dos],
        others=_others(task),
        result=_result(task, outcome, names),
        names=names,
    )


def identity_of(task: Task) -> Identity | None:
    """Return whom the task is about; None if it is about the practice."""
    return records.identity_of(task.patient) if task.patient else None


def _others(task: Task) -> list[Task]:
    if task.patient_id is None:
        return []
    query = select(Task).where(
        Task.patient_id == task.patient_id,
        Task.id != task.id,
        Task.status.in_([str(status) for status in OPEN_STATUSES]),
    )
    return list(db.session.scalars(order_queries.in_order(query)))


def _people(
    task: Task,
    events: Iterable[Event],
    messages: Iterable[Message],
    to_dos: Iterable[ToDo],
    outcome: OutcomeRecord | None,
) -> set[int | None]:
    found: set[int | None] = {task.assignee_id, task.raised_by_id, outcome.by_id if outcome else None}
    for event in events:
        found.add(event.actor_id)
        if event.kind in _NAMES_PEOPLE:
            found.update(event.data.get(key) for key in ("to", "from", "for", "supervised_by"))
    found.update(message.author_id for message in messages)
    found.update(to_do.ticked_by_id for to_do in to_dos)
    return found


def _happened(task: Task, event: Event, names: dict[int, str]) -> Happened:
    who = names.get(event.actor_id, "Someone") if event.actor_id else "The hub"
    reason = records.unsealed(task, event.reason_sealed, records.REASON)
    return Happened(event.seq, event.at, event.kind, who, event.data, reason, event.actor_id is not None)


def _said(task: Task, message: Message, names: dict[int, str]) -> Said:
    text = records.unsealed(task, message.body_sealed, records.MESSAGE)
    who = names.get(message.author_id, "Someone")
    return Said(message.at, who, message.from_hub, message.asks, text, message.answered_at)


def _asked(task: Task, to_do: ToDo, names: dict[int, str]) -> Asked:
    text = records.unsealed(task, to_do.text_sealed, records.TO_DO)
    return Asked(text, to_do.ticked_at, names.get(to_do.ticked_by_id or 0, ""))


def _result(task: Task, outcome: OutcomeRecord | None, names: dict[int, str]) -> Result | None:
    if outcome is None:
        return None
    return Result(
        label=kind_of(task).outcome(outcome.code).label,
        at=outcome.at,
        who=names.get(outcome.by_id, "Someone"),
        minutes=outcome.minutes,
        recorded_in=outcome.recorded_in,
        recorded_code=outcome.recorded_code,
        found_out=_found_out(kind_of(task), outcome.checklist),
        reply=records.unsealed(task, outcome.reply_sealed, records.REPLY),
        note=records.unsealed(task, outcome.note_sealed, records.NOTE),
    )


def _found_out(kind: Kind, checklist: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the clinician found out of what the practice did not know, as "care home: yes"."""
    words = {"yes": "yes", "no": "no"}
    answers = [(fact.signal, checklist.get(f"fact:{fact.code}")) for fact in kind.facts]
    return tuple(f"{signal}: {words.get(said, 'could not be found out')}" for signal, said in answers if said)
