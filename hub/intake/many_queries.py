"""What is held about the patients of many requests, read at once: who they are, and what is open for them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ARRAY, LargeBinary, any_, bindparam, or_, select, text
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.elements import CollectionAggregate

from hub import records, vault
from hub.domain.errors import Invalid
from hub.domain.kinds import Kind
from hub.domain.patient import Identity
from hub.extensions import db
from hub.intake import patients
from hub.intake.drafts import Draft, asked_of
from hub.models import DataKey, Patient, Task
from hub.models.work import OPEN
from hub.protocols.queries import kind_of


class Known:
    """The patients who are held under the numbers of these, found as `patients.find` finds one.

    Patients who are added while many requests are raised are found from then on, too.
    """

    def __init__(self, whose: Iterable[tuple[int, Identity]], *, lock: bool = False) -> None:
        self._by_number: dict[bytes, Patient] = {}
        self._by_record: dict[bytes, list[Patient]] = defaultdict(list)
        pairs = list(whose)
        numbers, record_numbers = _hashes_of(pairs)
        matches = or_(Patient.nhs_hash == _any(numbers), Patient.record_hash == _any(record_numbers))
        practice_ids = {practice_id for practice_id, _ in pairs}
        query = select(Patient).where(Patient.practice_id.in_(practice_ids), matches)
        query = query.options(joinedload(Patient.data_key)).order_by(Patient.id)
        if lock:
            query = query.with_for_update(of=Patient).execution_options(populate_existing=True)
        for patient in db.session.scalars(query) if pairs else ():
            self.add(patient)

    def add(self, patient: Patient) -> None:
        """Find this patient from now on under the numbers that are held now."""
        if patient.nhs_hash is not None:
            self._by_number[patient.nhs_hash] = patient
        if patient.record_hash is not None and patient not in self._by_record[patient.record_hash]:
            self._by_record[patient.record_hash].append(patient)

    def find(self, practice_id: int, identity: Identity) -> Patient | None:
        """Return the patient with these numbers; None if there is none.

        Raises:
            Invalid: as `patients.find`.
        """
        number, record = patients.hashes(practice_id, identity)
        by_number = None if number is None else self._by_number.get(number)
        same_record = [] if record is None else self._by_record.get(record, [])
        return patients.the_one(by_number, patients.of_record(by_number, same_record), identity)


class OpenRequests:
    """What is open for these patients, by what is asked."""

    def __init__(self, patient_ids: Iterable[int]) -> None:
        self._found: dict[tuple[object, ...], Task] = {}
        self._of: defaultdict[int, list[Task]] = defaultdict(list)
        query = (
            select(Task, DataKey)
            .join(DataKey, DataKey.id == Task.data_key_id)
            .where(Task.patient_id.in_(set(patient_ids)), text(OPEN))
            .order_by(Task.raised_at.desc(), Task.id.desc())
        )
        for task, key in db.session.execute(query):
            kind = kind_of(task)
            document = (
                vault.unseal(key, task.document_sealed, records.DOCUMENT) if kind.needs_document else ""
            )
            ask = vault.unseal(key, task.ask_sealed, records.ASK) if kind.needs_reply else ""
            self._found[task.patient_id, *asked_of(kind, task.subtype, document, ask)] = task
            self._of[task.patient_id or 0].append(task)

    def reviews(self, draft: Draft, patient_id: int) -> list[Task]:
        """Return the open reviews of other conditions of this patient: one may cover them all."""
        if not covers_several(draft.kind):
            return []
        return [
            task
            for task in self._of.get(patient_id, ())
            if task.kind == draft.kind.code and task.subtype != draft.subtype
        ]

    def same(self, draft: Draft, patient_id: int | None) -> Task | None:
        """Return the oldest open request that asks the same for this patient, or None."""
        return None if patient_id is None else self._found.get(_key(draft, patient_id))

    def add(self, task: Task, draft: Draft) -> None:
        """Count a request that is being raised as open."""
        self._found.setdefault(_key(draft, task.patient_id), task)


@dataclass(frozen=True, slots=True)
class Judged:
    """What is found about one of many requests before anything is raised.

    One of: `repeats`, the id of the open request that it repeats; `differs`, a sentence by field on how the
    held patient's details differ, by which a person may decide; `problems`, why it cannot be raised.
    `beside` are the references of open reviews of other conditions of this patient, each with its condition.
    """

    repeats: int | None = None
    beside: Mapping[str, str] = field(default_factory=dict)
    differs: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


def judge(drafts: Sequence[Draft]) -> list[Judged]:
    """Return for each of these what `actions.raise_request`, or a page before it, would say now.

    The number of statements does not depend on the number of drafts.
    """
    known = Known((one.practice_id, one.identity) for one in drafts if one.identity is not None)
    found = [_found(draft, known) for draft in drafts]
    ids = {one.id for one, _ in found if one is not None}
    opened = OpenRequests(ids)
    return [_judged(draft, *one, opened) for draft, one in zip(drafts, found, strict=True)]


def _found(draft: Draft, known: Known) -> tuple[Patient | None, Mapping[str, str]]:
    if draft.identity is None:
        return None, {}
    try:
        patient = known.find(draft.practice_id, draft.identity)
        if patient is not None:
            patients.check(patient, draft.identity, update_stored=False)
    except Invalid as error:
        return None, error.problems
    return patient, {}


def _judged(
    draft: Draft, patient: Patient | None, problems: Mapping[str, str], opened: OpenRequests
) -> Judged:
    if "update_stored" in problems:
        return Judged(differs={name: told for name, told in problems.items() if name != "update_stored"})
    if problems:
        return Judged(problems=problems)
    if patient is None:
        return Judged()
    same = opened.same(draft, patient.id)
    if same is not None:
        return Judged(repeats=same.id)
    return Judged(beside={task.ref: task.subtype for task in opened.reviews(draft, patient.id)})


def covers_several(kind: Kind) -> bool:
    """Say whether one review of this kind may cover several conditions of a patient (combined care)."""
    return kind.about == "patient" and bool(kind.subtypes) and kind.subtype_label == "Condition"


def _key(draft: Draft, patient_id: int | None) -> tuple[object, ...]:
    return patient_id, *asked_of(draft.kind, draft.subtype, draft.document, draft.ask)


def _hashes_of(pairs: Iterable[tuple[int, Identity]]) -> tuple[list[bytes], list[bytes]]:
    both = [patients.hashes(practice_id, identity) for practice_id, identity in pairs]
    return [one[0] for one in both if one[0] is not None], [one[1] for one in both if one[1] is not None]


def _any(hashes: list[bytes]) -> CollectionAggregate[bool]:
    return any_(bindparam(None, hashes, ARRAY(LargeBinary)))
