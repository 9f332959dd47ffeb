"""Everyone on a recall's list as the rules want them: born when, last done when, open now?"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from hub import records, vault
from hub.domain.errors import NotFound
from hub.domain.kinds import Kind
from hub.domain.recalls.plan import Plan, plan
from hub.domain.recalls.rhythm import NOT_DONE, Member
from hub.domain.vocabulary import OPEN_STATUSES, PatientStatus, Status
from hub.domain.worktime import LONDON, WorkCalendar
from hub.extensions import db
from hub.intake import queries as intake
from hub.models import Patient, Recall, RecallMember, RecallRaise, Task
from hub.models.recalls import NEW
from hub.recalls import queries

TROUBLE = "recall trouble"  # the context word bound into the reason that is kept


@dataclass(frozen=True, slots=True)
class Listed:
    """One member of a list as the rules see them, with the row, the patient and the open request (or "").

    `also_open` is an open request of the same kind that does not count for this list: a person looks whether
    it means the same.
    """

    member: Member
    row: RecallMember
    patient: Patient | None
    open_ref: str
    also_open: str = ""


def members(recall: Recall) -> list[Listed]:
    """Return everyone on the list, patients with their keys loaded; as many statements, however many."""
    query = (
        select(RecallMember)
        .where(RecallMember.recall_id == recall.id, RecallMember.removed_at.is_(None))
        .options(joinedload(RecallMember.patient).joinedload(Patient.data_key))
        .order_by(RecallMember.id)
    )
    rows = list(db.session.scalars(query))
    kind = intake.kind_named(recall.kind)
    counts = _counting(recall, kind) if kind is not None else _of_kind(recall)
    done, raised = _done(recall, counts), _raised(recall)
    opened, others = _open(recall, kind, counts)
    listed = [_listed(one, done, opened, raised) for one in rows]
    return [replace(one, also_open=others.get(one.row.patient_id or 0, "")) for one in listed]


def also_open(found: Iterable[Listed]) -> set[int]:
    """Return the members with an open request of the same kind that does not count for this list."""
    return {one.member.id for one in found if one.also_open}


def _listed(
    row: RecallMember, done: dict[int, dt.date], opened: dict[int, str], raised: dict[int, set[dt.date]]
) -> Listed:
    whose, patient = row.patient_id or 0, row.patient
    known = [one for one in (row.last_done_on, done.get(whose)) if one is not None]
    born = None
    if patient is not None and patient.data_key.wrapped is not None:
        born = records.identity_of(patient).born
    member = Member(
        id=row.id,
        since=row.added_on,
        born=born,
        last_done=max(known, default=None),
        is_open=whose in opened,
        status=PatientStatus(patient.status) if patient else PatientStatus.REGISTERED,
        raised=frozenset(raised.get(row.id, ())),
    )
    return Listed(member, row, patient, opened.get(whose, ""))


def _counting(recall: Recall, kind: Kind) -> ColumnElement[bool]:
    """The tasks that count for a list, of its kind; where a name tells them apart, what such lists raised."""
    if kind.recalled_by != "name":
        return _of_kind(recall)
    by_it = select(RecallRaise.task_id).where(RecallRaise.recall_id.in_(queries.series(recall, kind)))
    return _of_kind(recall) & Task.id.in_(by_it)


def _of_kind(recall: Recall) -> ColumnElement[bool]:
    """The tasks of this kind of the list's patients; of the practice itself what the recall raised."""
    patient_ids = select(RecallMember.patient_id).where(RecallMember.recall_id == recall.id)
    own = select(RecallRaise.task_id).where(RecallRaise.recall_id == recall.id)
    about = (Task.practice_id == recall.practice_id) & (Task.kind == recall.kind)
    return about & or_(Task.patient_id.in_(patient_ids), Task.patient_id.is_(None) & Task.id.in_(own))


def _done(recall: Recall, counts: ColumnElement[bool]) -> dict[int, dt.date]:
    """Return when each patient (0: the practice) last had it done, of the recall's own sort if it has one."""
    whose = func.coalesce(Task.patient_id, 0)
    query = (
        select(whose, func.max(Task.closed_at))
        .where(counts, Task.status == Status.COMPLETED, Task.outcome.not_in(NOT_DONE))
        .group_by(whose)
    )
    if recall.subtype:
        query = query.where(Task.subtype == recall.subtype)
    return {who: at.astimezone(LONDON).date() for who, at in db.session.execute(query) if at}


def _open(
    recall: Recall, kind: Kind | None, counts: ColumnElement[bool]
) -> tuple[dict[int, str], dict[int, str]]:
    """Return the reference of an open request that counts as the same, by patient (0: the practice).

    And of one of the same kind that does not count: nobody is left out for it, and it is never hidden.
    """
    if kind is not None and kind.recalled_by == "subtype":
        counts = counts & (Task.subtype == recall.subtype)
    query = (
        select(func.coalesce(Task.patient_id, 0), counts, func.min(Task.ref))
        .where(_of_kind(recall), Task.status.in_(OPEN_STATUSES))
        .group_by(Task.patient_id, counts)
    )
    found = [(who, bool(same), ref) for who, same, ref in db.session.execute(query)]
    return {who: ref for who, same, ref in found if same}, {who: ref for who, same, ref in found if not same}


def _raised(recall: Recall) -> dict[int, set[dt.date]]:
    found: dict[int, set[dt.date]] = {}
    query = select(RecallRaise.member_id, RecallRaise.period_on).where(RecallRaise.recall_id == recall.id)
    for member_id, period in db.session.execute(query):
        found.setdefault(member_id, set()).add(period)
    return found


def foresee(recall: Recall, kind: Kind, found: Iterable[Listed], *, until: dt.date | None = None) -> Plan:
    """Return what this recall raises from today on, before `until` (twelve months on, unless said).

    One that has not started raises tomorrow at the earliest: today's early morning is over.
    """
    today = intake.today() + dt.timedelta(days=recall.status == NEW)
    return plan(
        queries.rule_of(recall, kind),
        [one.member for one in found],
        today,
        WorkCalendar(),
        until=until,
        raised_today=queries.raised_on(recall, today),
    )


def member(recall: Recall, member_id: int) -> RecallMember:
    """Return one on this recall's list.

    Raises:
        NotFound: there is none such.
    """
    query = select(RecallMember).where(
        RecallMember.id == member_id, RecallMember.recall_id == recall.id, RecallMember.removed_at.is_(None)
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(queries.GONE)
    return found


def troubles(recall: Recall, found: Iterable[Listed]) -> dict[int, str]:
    """Return why somebody could not be raised when it last was their turn, by member."""
    rows = [one.row for one in found if one.row.trouble_sealed is not None]
    key = vault.practice_key(recall.practice_id) if rows else None
    return {one.id: vault.unseal(key, one.trouble_sealed, TROUBLE) for one in rows if key is not None}
