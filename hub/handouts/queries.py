"""Which requests stand in a file, which files were taken, and what was done with documents."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from hub import records, vault
from hub.domain.actor import Actor
from hub.domain.contact import SETTLED, Contact
from hub.domain.errors import NotFound
from hub.domain.handouts import Left, Tool, row
from hub.domain.lifecycle import Act
from hub.domain.patient import Identity
from hub.domain.vocabulary import OPEN_STATUSES, PatientStatus, Role, Status
from hub.domain.worktime import start_of_day
from hub.extensions import db
from hub.models import Event, Handout, OutcomeRecord, Patient, Practice, PracticeAccess, Task, User
from hub.protocols.queries import current_kinds, kind_of

# Reviews are by appointment: their patients are invited.
REVIEW_QUEUES = ("medication-reviews", "ltc-reviews")
TAKEN_LISTED = 10
MOST_DOCUMENTS = 500


@dataclass(frozen=True)
class Standing:
    """One patient of a file: who, their open reviews, and their line in the file or why there is none."""

    identity: Identity
    tasks: tuple[Task, ...]
    line: tuple[str, ...] | Left

    @property
    def to_mend(self) -> str:
        """Return the request on which the patient's details can be corrected; "" if all were sent back."""
        return next((one.ref for one in self.tasks if one.status != Status.SENT_BACK), "")


@dataclass(frozen=True)
class DoneDocument:
    """One document that the hub has dealt with."""

    task: Task
    document: str
    outcome: str
    by: str
    at: dt.datetime


def practices(by: Actor) -> list[Practice]:
    """Return the practices for which this person may take files, by name: leads all that are served."""
    query = select(Practice).where(Practice.served)
    if not by.has(Role.LEAD):
        mine = select(PracticeAccess.practice_id).where(PracticeAccess.user_id == by.user_id)
        query = query.where(Practice.id.in_(mine))
    return list(db.session.scalars(query.order_by(Practice.name, Practice.id)))


def practice(ods_code: str, *, by: Actor) -> Practice:
    """Return one of those practices.

    Raises:
        NotFound: there is none with this code, or it is not this person's (the same sentence).
    """
    found = next((one for one in practices(by) if one.ods_code == ods_code.upper()), None)
    if found is None:
        raise NotFound("There is no practice with this code that you work for.")
    return found


def review_kinds() -> list[Any]:
    """Return the kinds whose patients are invited."""
    return [kind for kind in current_kinds() if kind.queue in REVIEW_QUEUES]


def open_reviews(practice_id: int, kinds: Collection[str], subtype: str = "") -> list[Task]:
    """Return this practice's open reviews of these kinds (and this condition), oldest first, keys loaded."""
    query = (
        select(Task)
        .join(Task.patient)
        .where(Task.practice_id == practice_id, Task.kind.in_(kinds), Task.status.in_(OPEN_STATUSES))
        .where(Patient.status == PatientStatus.REGISTERED)
        .options(joinedload(Task.data_key), joinedload(Task.patient).joinedload(Patient.data_key))
        .order_by(Task.raised_at, Task.id)
    )
    if subtype:
        query = query.where(Task.subtype == subtype)
    return list(db.session.scalars(query).unique())


def invitable(tasks: Sequence[Task], who: str) -> list[Task]:
    """Return those of these reviews whose patients are to be asked; one statement.

    `who`: "all"; "new" for those never invited; else those who have neither declined nor booked.
    """
    noted = contacts_of([task.id for task in tasks])
    told = {task_id: {event.data["contact"] for event in events} for task_id, events in noted.items()}
    if who == "all":
        return list(tasks)
    if who == "new":
        return [task for task in tasks if task.id not in told]
    return [task for task in tasks if told.get(task.id, set()).isdisjoint(SETTLED)]


def standing(tool: Tool, tasks: Iterable[Task]) -> list[Standing]:
    """Return the patients of these tasks as they stand in this tool's file: each once, in order."""
    of_patient: dict[int, list[Task]] = defaultdict(list)
    for task in tasks:
        assert task.patient_id is not None
        of_patient[task.patient_id].append(task)
    silent = not_to_be_texted(of_patient)
    found = []
    for patient_id, theirs in of_patient.items():
        assert theirs[0].patient is not None
        identity = records.identity_of(theirs[0].patient)
        found.append(Standing(identity, tuple(theirs), row(tool, identity, no_texts=patient_id in silent)))
    return found


def not_to_be_texted(patient_ids: Collection[int]) -> set[int]:
    """Return which of these patients asked not to be texted, on whichever request they said so."""
    query = (
        select(Task.patient_id)
        .join(Event, Event.task_id == Task.id)
        .where(Task.patient_id.in_(patient_ids), Event.kind == Act.CONTACTED)
        .where(Event.data["contact"].astext == Contact.NO_TEXTS.value)
    )
    return {one for one in db.session.scalars(query) if one is not None}


def wants_no_texts(task: Task) -> bool:
    """Say whether this task's patient asked not to be texted; one statement."""
    return task.patient_id is not None and bool(not_to_be_texted([task.patient_id]))


def taken(practice_id: int) -> list[tuple[Handout, str]]:
    """Return the newest files that were taken for this practice, each with who took it."""
    query = (
        select(Handout, User.name)
        .join(User, User.id == Handout.by_id)
        .where(Handout.practice_id == practice_id)
        .order_by(Handout.at.desc(), Handout.id.desc())
        .limit(TAKEN_LISTED)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def handout(handout_id: int, practice_id: int) -> Handout:
    """Return a file that was taken for this practice, locked. Raises NotFound."""
    query = select(Handout).where(Handout.id == handout_id, Handout.practice_id == practice_id)
    found = db.session.scalars(query.with_for_update()).one_or_none()
    if found is None:
        raise NotFound("There is no such file.")
    return found


def by_number(practice_id: int, numbers: Collection[str]) -> dict[str, list[Task]]:
    """Return the open reviews of this practice's patients with these NHS numbers, by number."""
    hashes = {vault.lookup(practice_id, "nhs", number): number for number in numbers}
    kinds = [kind.code for kind in review_kinds()]
    query = (
        select(Task, Patient.nhs_hash)
        .join(Task.patient)
        .where(Task.practice_id == practice_id, Task.kind.in_(kinds), Task.status.in_(OPEN_STATUSES))
        .where(Patient.nhs_hash.in_(hashes))
        .options(joinedload(Task.data_key))
        .order_by(Task.id)
    )
    found: dict[str, list[Task]] = defaultdict(list)
    for task, kept in db.session.execute(query):
        found[hashes[bytes(kept or b"")]].append(task)
    return found


def contacts_of(task_ids: Collection[int]) -> dict[int, list[Event]]:
    """Return the attempts to reach the patient that were noted on these tasks, oldest first."""
    query = select(Event).where(Event.task_id.in_(task_ids), Event.kind == Act.CONTACTED)
    found: dict[int, list[Event]] = defaultdict(list)
    for event in db.session.scalars(query.order_by(Event.task_id, Event.seq)):
        found[event.task_id].append(event)
    return found


def is_noted(events: Iterable[Event], contact: Contact, on: dt.date) -> bool:
    """Say whether this has been noted already for this day."""
    return any(
        event.data.get("contact") == contact and event.data.get("day") == on.isoformat() for event in events
    )


def done_documents(practice_id: int, first: dt.date, last: dt.date) -> list[DoneDocument]:
    """Return the documents of this practice that were completed from `first` to `last`, oldest first."""
    from_, until = start_of_day(first), start_of_day(last + dt.timedelta(days=1))
    query = (
        select(Task, OutcomeRecord, User.name)
        .join(OutcomeRecord, OutcomeRecord.task_id == Task.id)
        .join(User, User.id == OutcomeRecord.by_id)
        .where(Task.practice_id == practice_id, Task.document_sealed.is_not(None))
        .where(OutcomeRecord.at >= from_, OutcomeRecord.at < until)
        .options(joinedload(Task.data_key))
        .order_by(OutcomeRecord.at, Task.id)
        .limit(MOST_DOCUMENTS)
    )
    return [
        DoneDocument(
            task,
            records.unsealed(task, task.document_sealed, records.DOCUMENT),
            kind_of(task).outcome(outcome.code).label,
            name,
            outcome.at,
        )
        for task, outcome, name in db.session.execute(query)
    ]
