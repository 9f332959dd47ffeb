"""One request as its own practice sees it: its history, questions, to-dos, and what goes with its patient."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from hub import records
from hub.domain.actor import Actor
from hub.domain.contact import FROM_REPLIES
from hub.domain.errors import NotFound
from hub.domain.lifecycle import Act
from hub.domain.vocabulary import OPEN_STATUSES, FactAnswer, RequestedUrgency, Role, Status
from hub.extensions import db
from hub.intake.drafts import Draft
from hub.models import (
    AccessLog,
    Event,
    Message,
    OutcomeRecord,
    Patient,
    Practice,
    PracticeAccess,
    Task,
    ToDo,
    User,
)
from hub.outcomes.actions import NOTHING_TO_RECORD
from hub.placing import queries as placing
from hub.protocols.queries import kind_of

# Reasons that were written for the practice or by it; all others are the hub's own.
_FOR_THE_PRACTICE = frozenset(
    {
        Act.RAISED,
        Act.SENT_BACK,
        Act.CHASED,
        Act.CANCELLED,
        Act.CORRECTED,
        Act.REOPENED,
        Act.ESCALATED,
        Act.CHANGED,
    }
)
# Events whose "from" is a person; elsewhere it may be a band or a status.
_FORMER = {Act.RELEASED: ("from",), Act.MOVED: ("from",)}


@dataclass(frozen=True, slots=True)
class Line:
    """One event of a request's history, with people's names and the text the practice may read."""

    act: Act
    at: dt.datetime
    actor: str
    system: bool
    to: str
    data: dict[str, Any]
    text: str
    former: str = ""  # who had it before, where the event tells


@dataclass(frozen=True, slots=True)
class History:
    """A request's events, oldest first, and who has it now ("Priya Nair, pharmacist", or "")."""

    lines: list[Line]
    who: str


@dataclass(frozen=True, slots=True)
class Said:
    """A question or an answer."""

    id: int
    at: dt.datetime
    author: str
    from_hub: bool
    asks: bool
    body: str
    answered_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Result:
    """How a request ended: the answer to the practice, or "", and where it was recorded, "" if nowhere."""

    by: str
    at: dt.datetime
    reply: str
    recorded_in: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Something the practice is asked to do."""

    id: int
    text: str
    created_at: dt.datetime
    chased_at: dt.datetime | None
    ticked_at: dt.datetime | None
    ticked_by: str


def practice_ids_of(by: Actor) -> list[int]:
    """Return the practices this person is a requester of."""
    query = select(PracticeAccess.practice_id).where(
        PracticeAccess.user_id == by.user_id, PracticeAccess.role == Role.REQUESTER
    )
    return list(db.session.scalars(query.order_by(PracticeAccess.practice_id)))


def practices_of(by: Actor) -> list[Any]:
    """Return the practices this person is a requester of, as rows (id, ods_code, name), by name."""
    query = (
        select(Practice.id, Practice.ods_code, Practice.name)
        .join(PracticeAccess, PracticeAccess.practice_id == Practice.id)
        .where(PracticeAccess.user_id == by.user_id, PracticeAccess.role == Role.REQUESTER)
    )
    return list(db.session.execute(query.order_by(Practice.name, Practice.id)))


def get(ref: str, *, by: Actor, lock: bool = False) -> Task:
    """Return a request of one of this person's own practices.

    Raises:
        NotFound: there is none, or it is another practice's (the same sentence).
    """
    task = placing.get(ref, lock=lock)
    if task.practice_id not in practice_ids_of(by):
        raise NotFound(placing.GONE)
    return task


def history(task: Task) -> History:
    """Return the request's events with the texts the practice may read; two statements."""
    query = (
        select(Event, User.name)
        .outerjoin(User, User.id == Event.actor_id)
        .where(Event.task_id == task.id)
        .order_by(Event.seq)
    )
    rows = db.session.execute(query).all()
    told = {row.Event.data.get(name) for row in rows for name in ("to", *_FORMER.get(row.Event.kind, ()))}
    people = _people_named(told | {task.assignee_id})
    lines = [_line(task, row.Event, row.name or "", people) for row in rows]
    return History(lines, people.get(task.assignee_id or 0, ""))


def _people_named(user_ids: set[int | None]) -> dict[int, str]:
    """Return "Priya Nair, pharmacist" for each of these people."""
    query = select(User.id, User.name, User.profession).where(User.id.in_(user_ids - {None}))
    return {
        row.id: f"{row.name}, {row.profession}" if row.profession else row.name
        for row in db.session.execute(query)
    }


def opened_at(task: Task) -> dt.datetime | None:
    """Return when the person who has this request first opened it since they got it, or None."""
    if task.assignee_id is None or task.assigned_at is None:
        return None
    query = select(func.min(AccessLog.at)).where(
        AccessLog.practice_id == task.practice_id,
        AccessLog.at >= task.assigned_at,
        AccessLog.task_id == task.id,
        AccessLog.user_id == task.assignee_id,
    )
    return db.session.scalar(query)


def messages(task: Task) -> list[Said]:
    """Return what was asked and answered on this request, oldest first."""
    query = (
        select(Message, User.name)
        .join(User, User.id == Message.author_id)
        .where(Message.task_id == task.id)
        .order_by(Message.id)
    )
    return [
        Said(
            id=row.Message.id,
            at=row.Message.at,
            author=row.name,
            from_hub=row.Message.from_hub,
            asks=row.Message.asks,
            body=records.unsealed(task, row.Message.body_sealed, records.MESSAGE),
            answered_at=row.Message.answered_at,
        )
        for row in db.session.execute(query)
    ]


def to_dos(task: Task) -> list[Asked]:
    """Return what the practice is asked to do, in the order it was asked."""
    query = (
        select(ToDo, User.name)
        .outerjoin(User, User.id == ToDo.ticked_by_id)
        .where(ToDo.task_id == task.id)
        .order_by(ToDo.id)
    )
    return [
        Asked(
            id=row.ToDo.id,
            text=records.unsealed(task, row.ToDo.text_sealed, records.TO_DO),
            created_at=row.ToDo.created_at,
            chased_at=row.ToDo.chased_at,
            ticked_at=row.ToDo.ticked_at,
            ticked_by=row.name or "",
        )
        for row in db.session.execute(query)
    ]


def result(task: Task) -> Result | None:
    """Return how this request ended, for its practice; None while it has not."""
    query = (
        select(OutcomeRecord, User.name, User.profession)
        .join(User, User.id == OutcomeRecord.by_id)
        .where(OutcomeRecord.task_id == task.id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    found = row.OutcomeRecord
    return Result(
        by=f"{row.name}, {row.profession}" if row.profession else row.name,
        at=found.at,
        reply=records.unsealed(task, found.reply_sealed, records.REPLY),
        recorded_in="" if found.recorded_in == NOTHING_TO_RECORD else found.recorded_in,
    )


def open_of_patient(patient_id: int | None, *, lock: bool = False) -> list[Task]:
    """Return the patient's open requests in the order of their ids, keys loaded."""
    if patient_id is None:
        return []
    query = (
        select(Task)
        .where(Task.patient_id == patient_id, Task.status.in_(OPEN_STATUSES))
        .options(joinedload(Task.data_key))
        .order_by(Task.id)
    )
    return _maybe_locked(query, lock)


def stopped_with_patient(patient: Patient, *, lock: bool = False) -> list[Task]:
    """Return exactly the requests that were stopped by the act that marked this patient as gone."""
    query = (
        select(Task)
        .where(
            Task.patient_id == patient.id,
            Task.status == Status.CANCELLED,
            Task.cancel_reason == patient.status,
            # One act, one moment: what was withdrawn before or marked at another time stays closed.
            Task.closed_at == patient.status_since,
        )
        .options(joinedload(Task.data_key))
        .order_by(Task.id)
    )
    return _maybe_locked(query, lock)


def sent_back_because(task: Task) -> str:
    """Return the newest reason for which this request was sent back; "" if it never was."""
    query = (
        select(Event.reason_sealed)
        .where(Event.task_id == task.id, Event.kind == Act.SENT_BACK)
        .order_by(Event.seq.desc())
        .limit(1)
    )
    return records.unsealed(task, db.session.scalar(query), records.REASON)


def draft_of(task: Task) -> Draft:
    """Return what the practice said before, so that a correction starts from it."""
    return Draft(
        practice_id=task.practice_id,
        kind=kind_of(task),
        identity=records.identity_of(task.patient) if task.patient else None,
        subtype=task.subtype,
        document=records.unsealed(task, task.document_sealed, records.DOCUMENT),
        ask=records.unsealed(task, task.ask_sealed, records.ASK),
        answers={code: FactAnswer(answer) for code, answer in task.answers.items()},
        requested=RequestedUrgency(task.requested),
        urgency_reason=records.unsealed(task, task.urgency_reason_sealed, records.URGENCY),
        receipt_on=task.receipt_on,
        next_issue_on=task.next_issue_on,
    )


def lock_patient(task: Task) -> Patient:
    """Return the request's patient, locked: what opens and stops their requests goes one by one.

    Raises:
        NotFound: the request is not about a patient.
    """
    query = (
        select(Patient)
        .where(Patient.id == task.patient_id)
        .options(joinedload(Patient.data_key))
        .with_for_update(of=Patient)
        .execution_options(populate_existing=True)
    )
    patient = db.session.scalars(query).one_or_none()
    if patient is None:
        raise NotFound("This request is not about a patient.")
    return patient


def _maybe_locked(query: Select[Any], lock: bool) -> list[Task]:
    if lock:
        query = query.with_for_update(of=Task).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def _line(task: Task, event: Event, actor: str, people: dict[int, str]) -> Line:
    act = Act(event.kind)
    # A patient's own words came in the practice's own report; what the hub wrote of an attempt is the hub's.
    theirs = act == Act.CONTACTED and event.data.get("via") == FROM_REPLIES
    sealed = event.reason_sealed if act in _FOR_THE_PRACTICE or theirs else None
    return Line(
        act=act,
        at=event.at,
        actor=actor,
        system=event.actor_system is not None,
        to=people.get(event.data.get("to") or 0, ""),
        data=event.data,
        text=records.unsealed(task, sealed, records.REASON),
        former=next((people.get(event.data.get(name) or 0, "") for name in _FORMER.get(act, ())), ""),
    )
