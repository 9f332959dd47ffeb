"""Raising many requests at once, in few statements: each becomes what `actions.raise_request` makes of it."""

import dataclasses
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import inspect, select

from hub import background, records, vault
from hub.domain.actor import Actor
from hub.domain.errors import Invalid
from hub.domain.identifiers import new_reference
from hub.domain.lifecycle import Act
from hub.domain.promises import SeenBy
from hub.domain.vocabulary import Status
from hub.extensions import db
from hub.intake import actions, patients, warning_actions
from hub.intake.drafts import Draft
from hub.intake.many_queries import Known, OpenRequests
from hub.models import DataKey, Event, Patient, Task
from hub.models.many import insert_many
from hub.placing import actions as placing
from hub.placing import queries as placing_queries

CHANGED = "What we hold about this patient has changed since the file was checked: check the file again."


@dataclass(frozen=True, slots=True)
class Wanted:
    """One of many requests.

    `as_held` is given when a person said that this is the patient held under its number: how the details
    that are held differ (`patients.differences`), as that person was told. Those that are held stand, unless
    `update` says that those given here are right. `bundle` names what is to be done together: requests of
    one patient with the same value become one bundle. `warning` is what the practice is told when nobody
    sees it in time, as in `actions.raise_request`.
    """

    draft: Draft
    as_held: Mapping[str, str] | None = None
    bundle: uuid.UUID | None = None
    update: bool = False
    warning: SeenBy | None = None


@dataclass(frozen=True, slots=True)
class Became:
    """What became of one: the request `task_id`, its own or an open one that it `repeats`, or `problems`."""

    task_id: int | None = None
    repeats: bool = False
    problems: Mapping[str, str] = field(default_factory=dict)


def raise_many(wanted: Sequence[Wanted], *, by: Actor) -> list[Became]:
    """Raise these in order, except what is open already; say what became of each. Does not commit.

    Whoever raises for one of these patients meanwhile waits until the commit, as with one request.
    """
    whose = [(one.draft.practice_id, one.draft.identity) for one in wanted if one.draft.identity is not None]
    patients.wait_for_all_twins(whose)
    known = Known(whose, lock=True)
    found = [_patient(one, known, by) for one in wanted]
    _store_patients([one for one, _ in found if one is not None])
    opened = OpenRequests(one.id for one, _ in found if one is not None)
    pairs: list[tuple[Task | None, bool]] = []
    rows: list[tuple[Task, Mapping[str, Any], bytes | None]] = []
    warned: list[tuple[Task, SeenBy]] = []
    with placing_queries.read_once(), db.session.no_autoflush:
        for one, (patient, problems) in zip(wanted, found, strict=True):
            same = opened.same(one.draft, patient.id if patient else None)
            if problems or same is not None:
                pairs.append((same, True))
                continue
            task, told, because = _new(one, patient, by)
            opened.add(task, one.draft)
            rows.append((task, told, because))
            warned += [(task, one.warning)] if one.warning is not None else []
            pairs.append((task, False))
    _store_tasks(rows, by)
    warning_actions.note_warnings(warned, by=by)
    if rows:
        background.later("place_raised", key=f"place_raised:{rows[0][0].ref}")
    return [
        Became(problems=problems) if problems else Became(task.id if task else None, repeats)
        for (task, repeats), (_, problems) in zip(pairs, found, strict=True)
    ]


def _patient(one: Wanted, known: Known, by: Actor) -> tuple[Patient | None, Mapping[str, str]]:
    """Return the patient, who may be new, or the problems with them."""
    draft, identity = one.draft, one.draft.identity
    if identity is None:
        return None, {}
    try:
        patient = known.find(draft.practice_id, identity)
        if patient is None:
            patient, _ = patients.new_patient(draft.practice_id, identity)
        else:
            if one.as_held is not None:
                held = records.identity_of(patient)
                differs = patients.differences(held, identity)
                if differs and differs != dict(one.as_held):
                    return None, {"nhs_number": CHANGED}
                if not one.update:
                    identity = dataclasses.replace(
                        identity, family=held.family, given=held.given, born=held.born
                    )
            patients.check(patient, identity, update_stored=one.update)
            if patients.take_in(patient, identity) and not _is_new(patient):
                records.note_list_access([patient.practice_id], by=by, what=patients.UPDATED)
    except Invalid as error:
        return None, error.problems
    known.add(patient)
    return patient, {}


def _store_patients(found: Sequence[Patient]) -> None:
    """Insert those who are new, with their keys, and give them their ids."""
    new = {one.data_key_id: one for one in found if _is_new(one)}
    insert_many(DataKey, [_columns(one.data_key, _KEY) for one in new.values()])
    insert_many(Patient, [_columns(one, _PATIENT) for one in new.values()])
    if new:
        ids = select(Patient.id, Patient.data_key_id).where(Patient.data_key_id.in_(list(new)))
        for patient_id, key_id in db.session.execute(ids):
            new[key_id].id = patient_id


def _new(one: Wanted, patient: Patient | None, by: Actor) -> tuple[Task, Mapping[str, Any], bytes | None]:
    """Return the request that `one` becomes, what its first event tells, and that event's reason."""
    draft = one.draft
    key = vault.practice_key(draft.practice_id) if patient is None else patient.data_key
    task = actions.new_task(draft, patient.id if patient else None, key, by)
    told = placing.recompute(task, at=task.raised_at)
    task.ref, task.bundle = new_reference(secrets.token_bytes(5)), None
    if patient is not None and one.bundle is not None:
        task.bundle = uuid.uuid5(one.bundle, str(patient.id))
    task.status, task.version = Status.RAISED, 1
    return task, told, vault.seal(key, draft.another_because or None, records.REASON)


def _store_tasks(rows: Sequence[tuple[Task, Mapping[str, Any], bytes | None]], by: Actor) -> None:
    """Insert these under references that nobody has, then their first events; each task gets its id."""
    tasks = {task.ref: task for task, _, _ in rows}
    for ref in set(db.session.scalars(select(Task.ref).where(Task.ref.in_(list(tasks))))):
        tasks[ref].ref = new_reference(secrets.token_bytes(5))
    insert_many(Task, [_columns(task, _TASK) for task, _, _ in rows])
    ids = select(Task.ref, Task.id).where(Task.ref.in_([task.ref for task, _, _ in rows]))
    found = {row.ref: row.id for row in db.session.execute(ids)} if rows else {}
    events = []
    for task, told, because in rows:
        task.id = found[task.ref]
        events.append(
            {
                "task_id": task.id,
                "seq": 1,
                "practice_id": task.practice_id,
                "at": task.raised_at,
                "actor_id": by.user_id,
                "actor_system": by.system,
                "kind": Act.RAISED.value,
                "status": task.status,
                "reason_sealed": because,
                "data": told,
            }
        )
    insert_many(Event, events)


def _is_new(patient: Patient) -> bool:
    return bool(inspect(patient).transient)


def _columns(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


_KEY = ("id", "practice_id", "master", "wrapped")
_PATIENT = (
    "practice_id", "data_key_id", "identity_sealed", "nhs_hash", "record_hash", "name_hash", "status",
    "created_at",
)  # fmt: skip
# What a request is when it is raised; every other column has its default, as with one raised singly.
_TASK = (
    "ref", "practice_id", "patient_id", "data_key_id", "kind", "kind_version", "subtype", "queue", "stage",
    "status", "version", "requested", "answers", "ask_sealed", "urgency_reason_sealed", "document_sealed",
    "receipt_on", "next_issue_on", "practice_hours", "raised_at", "raised_by_id", "bundle", "chases", "band",
    "signals", "not_told", "not_sure", "reasons", "due_at", "deadline_at", "deadline_why", "working_due_at",
    "late_on_arrival", "stopped_minutes", "minutes", "professions", "needs_prescriber", "competences",
    "policy_version", "due_number", "target_minutes", "order_fixed", "hub_clock", "target_length",
)  # fmt: skip
