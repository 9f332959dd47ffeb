"""Stored tasks as the rules want them, and the only door to a task."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from hub.domain import deadlines
from hub.domain.actor import Actor
from hub.domain.assignment import Waiting
from hub.domain.eligibility import Person
from hub.domain.errors import Conflict, NotFound
from hub.domain.policy import Policy, parse_policy
from hub.domain.promises import Standing
from hub.domain.rota import Interval
from hub.domain.routing import Needs
from hub.domain.vocabulary import Band, FactAnswer, Profession, RequestedUrgency
from hub.domain.worktime import CORE_HOURS, Hours, WorkCalendar
from hub.extensions import clock, db
from hub.models import Event, Patient, PolicyVersion, Practice, Task, User
from hub.placing import staff_queries
from hub.protocols.queries import kind_of

GONE = "There is no such task, or it belongs to a practice that you do not work for."
HUB_HOURS = CORE_HOURS
# How far ahead the rota is read for a deadline; none lies further.
ROTA_DAYS = 14

_policies: dict[int, Policy] = {}


def get(ref: str, *, lock: bool = False) -> Task:
    """Return the task with this reference, its patient and keys loaded; locked if it is to be changed.

    Raises:
        NotFound: there is none, or the one who acts may not see it (the same sentence).
    """
    query = (
        select(Task)
        .where(Task.ref == ref)
        .options(joinedload(Task.data_key), joinedload(Task.patient).joinedload(Patient.data_key))
    )
    if lock:
        query = query.with_for_update(of=Task).execution_options(populate_existing=True)
    task = db.session.scalars(query).unique().one_or_none()
    if task is None:
        raise NotFound(GONE)
    return task


def check_not_overtaken(task: Task, seen_version: int, *, by: Actor) -> None:
    """Let the act pass when nobody else has acted on the task since `seen_version`.

    What the hub's own processes, or this person in another window, did since then is no
    conflict by itself: the lifecycle still judges whether the act is possible.

    Raises:
        Conflict: another person acted since; says who and when.
    """
    if seen_version >= task.version:
        return
    query = (
        select(Event.at, Event.kind, User.name)
        .join(User, User.id == Event.actor_id)
        .where(Event.task_id == task.id, Event.seq > seen_version, Event.actor_id != by.user_id)
        .order_by(Event.seq.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    if row is not None:
        words = row.kind.replace("_", " ")
        raise Conflict(
            f"{row.name} has acted on this task since you opened it ({words}). Read it again, then decide.",
            who=row.name,
            when=row.at,
        )


def policy() -> Policy:
    """Return the policy in force: the newest published version."""
    newest = select(func.max(PolicyVersion.version))
    version = db.session.scalar(newest)
    if version not in _policies:
        body = db.session.scalar(select(PolicyVersion.body).where(PolicyVersion.version == version))
        _policies[version or 0] = parse_policy(body or {})
    return _policies[version or 0]


def people() -> list[Person]:
    """Return every active clinician as of now, by name."""
    return staff_queries.people()


def person(user_id: int) -> Person | None:
    """Return this clinician as of now; None if this person is no clinician."""
    return staff_queries.person(user_id)


def practice(practice_id: int) -> Practice:
    """Return a practice; NotFound if there is none."""
    found = db.session.get(Practice, practice_id)
    if found is None:
        raise NotFound("There is no such practice.")
    return found


def names(user_ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of these people."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    if not wanted:
        return {}
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def hub_calendar() -> WorkCalendar:
    """Return the hub's working time, in which targets in minutes run."""
    return WorkCalendar(HUB_HOURS)


def practice_calendar(of: Practice) -> WorkCalendar:
    """Return the practice's working time; the core hours until it has said its own."""
    return WorkCalendar(Hours.from_json(of.opening_hours)) if of.opening_hours else WorkCalendar()


def staffed_soon() -> tuple[Interval, ...] | None:
    """Return when any clinician works in the next two weeks; None when no rota is kept."""
    today = clock.now().date()
    found = staff_queries.staffed(today, today + dt.timedelta(days=ROTA_DAYS))
    return found or None


def request_of(task: Task) -> deadlines.Request:
    """Return what the practice said, as the rules weigh it."""
    return deadlines.Request(
        kind=kind_of(task),
        subtype=task.subtype,
        requested=RequestedUrgency(task.requested),
        answers={code: FactAnswer(answer) for code, answer in task.answers.items()},
        receipt_on=task.receipt_on,
        raised_at=task.raised_at,
        next_issue_on=task.next_issue_on,
        chases=task.chases,
        stopped_minutes=task.stopped_minutes,
    )


def clocks_of(
    request: deadlines.Request, of: Practice, staffed: tuple[Interval, ...] | None
) -> deadlines.Clocks:
    """Return the clocks of a request of this practice, against `staffed_soon()`."""
    stages = request.kind.stages
    second = stages[-1].minutes if len(stages) > 1 else 0
    return deadlines.clocks(request, practice_calendar(of), hub_calendar(), staffed, second)


def needs_of(task: Task) -> Needs:
    """Return what the task asks of the person who does it, as it was placed."""
    return Needs(
        practice_id=task.practice_id,
        practice_name=practice(task.practice_id).name,
        queue=task.queue,
        professions=tuple(Profession(one) for one in task.professions),
        needs_prescriber=task.needs_prescriber,
        competences=tuple(task.competences),
        minutes=task.minutes,
        band=Band(task.band),
    )


def standing_of(task: Task) -> Standing:
    """Return what "why here?" is told of this task."""
    return Standing(
        band=Band(task.band),
        signals=tuple(task.signals),
        not_told=tuple(task.not_told),
        due_at=task.due_at,
        deadline_at=task.deadline_at,
        raised_at=task.raised_at,
        not_sure=tuple(task.not_sure),
    )


def order_by() -> tuple[Any, ...]:
    """Return the columns that put tasks in order, the same as `assignment.order_key`."""
    return (
        Task.band,
        Task.deadline_at.asc().nulls_last(),
        Task.due_at,
        Task.raised_at,
        Task.id,
    )


WAITING_COLUMNS = (
    Task.id, Task.version, Task.practice_id, Task.patient_id, Task.queue, Task.professions,
    Task.needs_prescriber, Task.competences, Task.minutes, Task.band, Task.deadline_at, Task.working_due_at,
    Task.due_at, Task.raised_at, Task.not_back_to, Practice.name.label("practice_name"),
)  # fmt: skip


def waiting(limit: int = 5000) -> list[Any]:
    """Return the queued tasks of practices that are not held, first in order, as rows."""
    query = (
        select(*WAITING_COLUMNS)
        .join(Practice, Practice.id == Task.practice_id)
        .where(Task.status == "queued", Practice.held_since.is_(None))
        .order_by(*order_by())
        .limit(limit)
    )
    return list(db.session.execute(query))


def as_waiting(row: Any) -> Waiting:
    """Return a row of `WAITING_COLUMNS` as the rules see it."""
    needs = Needs(
        practice_id=row.practice_id,
        practice_name=row.practice_name,
        queue=row.queue,
        professions=tuple(Profession(one) for one in row.professions),
        needs_prescriber=row.needs_prescriber,
        competences=tuple(row.competences),
        minutes=row.minutes,
        band=Band(row.band),
    )
    return Waiting(
        id=row.id,
        needs=needs,
        band=Band(row.band),
        deadline_at=row.deadline_at,
        working_due_at=row.working_due_at,
        due_at=row.due_at,
        raised_at=row.raised_at,
        patient_id=row.patient_id,
        practice_id=row.practice_id,
        held=False,
        excluded_ids=frozenset(row.not_back_to),
    )


def on_worklists(user_ids: Collection[int]) -> dict[int, list[Any]]:
    """Return practice and patient of what each person has on the worklist, for continuity."""
    query = select(Task.assignee_id, Task.practice_id, Task.patient_id).where(
        Task.assignee_id.in_(user_ids), Task.status.in_(staff_queries.BOUND)
    )
    found: dict[int, list[Any]] = {user_id: [] for user_id in user_ids}
    for row in db.session.execute(query):
        found[row.assignee_id].append(row)
    return found
