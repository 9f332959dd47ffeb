"""Finding one patient's tasks by what is only kept as a keyed hash, across the practices one may see."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import ARRAY, Integer, LargeBinary, and_, cast, func, or_, select

from hub import vault
from hub.domain.actor import Actor
from hub.domain.errors import NotFound
from hub.domain.patient import name_key
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.models import Patient, Practice, PracticeAccess, Task
from hub.worklist.queries import WITH_PATIENT, Listed, in_reach, listed, visible

MOST = 50


def by_reference(ref: str, *, by: Actor) -> Task | None:
    """Return the task with this reference, or None if there is none that this person may see."""
    try:
        return visible(ref, by=by)
    except NotFound:
        return None


def by_nhs_number(number: str, *, by: Actor) -> list[Listed]:
    """Return the tasks of the patients with this NHS number; see `_tasks_of`."""
    return _tasks_of(Patient.nhs_hash, lambda practice: vault.lookup(practice, "nhs", number), by)


def by_name(family: str, born: dt.date, *, by: Actor) -> list[Listed]:
    """Return the tasks of the patients with this family name and date of birth; see `_tasks_of`."""
    key = name_key(family, born)
    return _tasks_of(Patient.name_hash, lambda practice: vault.lookup(practice, "name", key), by)


def _tasks_of(kept: Any, hashed: Callable[[int], bytes], by: Actor) -> list[Listed]:
    """Return the tasks of the patients whose hash `kept` is that of their practice: open ones, then newest.

    Two statements, however many practices and tasks there are; at most one more than `MOST` rows.
    """
    practices = _practices(by)
    hashes = [hashed(practice) for practice in practices]
    pairs = func.unnest(cast(practices, ARRAY(Integer)), cast(hashes, ARRAY(LargeBinary)))
    wanted = pairs.table_valued("practice_id", "hash").render_derived(name="wanted")
    query = (
        select(Task, Practice)
        .join(Practice, Practice.id == Task.practice_id)
        .join(Patient, Patient.id == Task.patient_id)
        .join(wanted, and_(wanted.c.practice_id == Patient.practice_id, wanted.c.hash == kept))
        .where(in_reach(by))
        .options(*WITH_PATIENT)
        .order_by(Task.closed_at.desc().nulls_first(), Task.raised_at.desc(), Task.id)
        .limit(MOST + 1)
    )
    return listed(db.session.execute(query))


def _practices(by: Actor) -> list[int]:
    """Return the ids of the practices whose patients this person may find."""
    if by.has(Role.LEAD):
        has_patients = select(Patient.id).where(Patient.practice_id == Practice.id).exists()
        return list(db.session.scalars(select(Practice.id).where(or_(Practice.served, has_patients))))
    query = select(PracticeAccess.practice_id).where(
        PracticeAccess.user_id == by.user_id, PracticeAccess.role == Role.CLINICIAN
    )
    return list(db.session.scalars(query))
