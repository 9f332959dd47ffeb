"""Who may go onto a list: patients of this very practice, found by number or by what was done."""

import datetime as dt
from collections.abc import Iterable, Mapping

from sqlalchemy import or_, select

from hub import vault
from hub.domain.recalls.rhythm import NOT_DONE
from hub.domain.vocabulary import OPEN_STATUSES, PatientStatus, Status
from hub.extensions import clock, db
from hub.intake import patients
from hub.intake import queries as intake
from hub.models import Patient, Recall, RecallMember, Task
from hub.models.recalls import NEW, RUNNING
from hub.recalls.drafts import Joining, Pasted
from hub.recalls.queries import Words, alike, words_of

LOOK_BACK = dt.timedelta(days=366)
TWICE = "This patient stands in your list twice."


def elsewhere(recall: Recall) -> dict[int, str]:
    """Return the patients who are on another recall of the practice that raises the same, or is about to.

    By patient, the name of that recall; whoever is on `recall` too is left out.
    """
    kind = intake.kind_named(recall.kind)
    if kind is None:
        return {}
    own = words_of(recall, vault.practice_key(recall.practice_id)).name
    others = alike(recall.practice_id, kind, recall.subtype, own)
    names = {one.id: name for one, name in others if one.id != recall.id and one.status in (NEW, RUNNING)}
    if not names:
        return {}
    on_it = select(RecallMember.patient_id).where(
        RecallMember.recall_id == recall.id, RecallMember.removed_at.is_(None)
    )
    query = select(RecallMember.patient_id, RecallMember.recall_id).where(
        RecallMember.recall_id.in_(names),
        RecallMember.removed_at.is_(None),
        RecallMember.patient_id.is_not(None),
        RecallMember.patient_id.not_in(on_it),
    )
    return {who: names[recall_id] for who, recall_id in db.session.execute(query) if who is not None}


def elsewhere_words(name: str) -> str:
    """Say that a patient is on the recall of this name already, and what to do."""
    return (
        f"This patient is on the recall “{name}”, which raises the same. "
        "Take them off that list first if they belong on this one."
    )


def find_pasted(
    practice_id: int, rows: Iterable[Pasted], elsewhere: Mapping[int, str]
) -> tuple[list[Joining], dict[int, str]]:
    """Return the patients of this practice whom these rows name, and why each other row is refused.

    An NHS number is found first, then the practice's own record number; nothing beyond this practice is
    looked at, so the sentence is the same whether another practice has such a patient or not.
    `elsewhere` are the patients of other recalls that raise the same.
    """
    rows = list(rows)
    by_number = {one.row: _hash_of(practice_id, one) for one in rows}
    hashes = [hashed for pair in by_number.values() for hashed in pair if hashed is not None]
    query = select(Patient.id, Patient.nhs_hash, Patient.record_hash, Patient.status).where(
        Patient.practice_id == practice_id,
        or_(Patient.nhs_hash.in_(hashes), Patient.record_hash.in_(hashes)),
    )
    found = db.session.execute(query).all()
    nhs = {one.nhs_hash: one for one in found if one.nhs_hash}
    record = {one.record_hash: one for one in found if one.record_hash}
    joining: dict[int, Joining] = {}
    refused: dict[int, str] = {}
    for one in rows:
        number, own = by_number[one.row]
        patient = nhs.get(number) or record.get(own)
        if patient is None:
            refused[one.row] = (
                "None of your patients known to us has this number. Check it; if the patient is new to us, "
                "write family name, given name and date of birth in this row too."
            )
        elif patient.status != PatientStatus.REGISTERED:
            refused[one.row] = "Your practice told us that this patient has died or moved."
        elif patient.id in joining:
            refused[one.row] = TWICE
        elif patient.id in elsewhere:
            refused[one.row] = elsewhere_words(elsewhere[patient.id])
        else:
            joining[patient.id] = Joining(patient.id, one.last_done)
    return list(joining.values()), refused


def _hash_of(practice_id: int, one: Pasted) -> tuple[bytes | None, bytes | None]:
    number = vault.lookup(practice_id, "nhs", one.nhs_number) if one.nhs_number else None
    return number, patients.record_hash(practice_id, one.number)


def recently_done(practice_id: int, kind: str, subtype: str = "") -> list[int]:
    """Return this practice's patients who had this kind done in the last twelve months.

    With a subtype only of this sort, and whoever has one open too: they belong on its list as well.
    """
    since = clock.now() - LOOK_BACK
    done = (Task.status == Status.COMPLETED) & (Task.closed_at >= since) & Task.outcome.not_in(NOT_DONE)
    query = (
        select(Task.patient_id)
        .join(Task.patient)
        .where(Task.practice_id == practice_id, Task.kind == kind)
        .where(Patient.status == PatientStatus.REGISTERED)
        .where(or_(done, Task.status.in_(OPEN_STATUSES)) if subtype else done)
        .distinct()
    )
    if subtype:
        query = query.where(Task.subtype == subtype)
    return [one for one in db.session.scalars(query.order_by(Task.patient_id)) if one is not None]


def of_practice_with(practice_id: int, patient_id: int) -> list[tuple[Recall, Words, bool]]:
    """Return a practice's recalls for patients that have not ended, and whether this patient is on each."""
    on = select(RecallMember.id).where(
        RecallMember.recall_id == Recall.id,
        RecallMember.patient_id == patient_id,
        RecallMember.removed_at.is_(None),
    )
    practice = select(RecallMember.id).where(
        RecallMember.recall_id == Recall.id, RecallMember.patient_id.is_(None)
    )
    query = (
        select(Recall, on.exists())
        .where(Recall.practice_id == practice_id, Recall.status != "ended", ~practice.exists())
        .order_by(Recall.id)
    )
    key = vault.practice_key(practice_id)
    return [(recall, words_of(recall, key), is_on) for recall, is_on in db.session.execute(query)]
