"""Stored tasks as the rules want them, and the only door to a task."""

import contextlib
import datetime as dt
import functools
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from hub.domain import deadlines, targets
from hub.domain.actor import Actor
from hub.domain.eligibility import Person
from hub.domain.errors import Conflict, NotFound
from hub.domain.kinds import Kind
from hub.domain.lifecycle import Act
from hub.domain.order import effective_band
from hub.domain.policy import Policy, Rule, parse_policy
from hub.domain.promises import Standing
from hub.domain.rota import Interval
from hub.domain.routing import Needs, first_match, what_words
from hub.domain.vocabulary import Band, FactAnswer, Profession, RequestedUrgency
from hub.domain.worktime import CORE_HOURS, LONDON, Hours, WorkCalendar, calendar_from
from hub.extensions import clock, db
from hub.models import Event, Patient, PolicyVersion, Practice, Task, User
from hub.placing import staff_queries
from hub.protocols.queries import kind_of

GONE = "There is no such task, or it belongs to a practice that you do not work for."
HUB_HOURS = CORE_HOURS
# How far ahead the rota is read for a deadline; none lies further.
ROTA_DAYS = 14
# What others may do to a task without getting in the way of someone who acts on it.
IMMATERIAL = (
    Act.PROMOTED, Act.FLAGGED, Act.DECIDED, Act.TO_DO_TICKED, Act.WARNED, Act.WEIGHED, Act.RETIMED,
    Act.OVERRIDDEN, Act.OVERRIDE_CLEARED, Act.OVERRIDE_EXPIRED, Act.PINNED, Act.UNPINNED, Act.CONTACTED,
    Act.WROTE,
)  # fmt: skip

_policies: dict[int, Policy] = {}
_once: ContextVar[dict[str, Any] | None] = ContextVar("read_once", default=None)


@contextlib.contextmanager
def read_once() -> Iterator[None]:
    """Within it policy, rota and practices are read once, however many requests are judged.

    For hundreds of requests of one moment, each judged as if it were the only one.
    """
    token = _once.set({})
    try:
        yield
    finally:
        _once.reset(token)


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
    conflict by itself: the lifecycle still judges whether the act is possible. Nor are
    acts that no other act depends on (`IMMATERIAL`).

    Raises:
        Conflict: another person acted since; says who and when.
    """
    if seen_version >= task.version:
        return
    query = (
        select(Event.at, Event.kind, User.name)
        .join(User, User.id == Event.actor_id)
        .where(Event.task_id == task.id, Event.seq > seen_version, Event.actor_id != by.user_id)
        .where(Event.kind.not_in(IMMATERIAL))
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


NEWEST_POLICY = select(func.max(PolicyVersion.version)).scalar_subquery()


def policy(version: int | None = None) -> Policy:
    """Return the policy in force: the newest published version, or `version` for who knows already."""
    if version is None:
        version = _remembered("policy", lambda: db.session.scalar(select(NEWEST_POLICY)))
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


def rule_of(task: Task) -> Rule | None:
    """Return the routing rule that decided where a task goes; None if none matched, so its kind did."""
    found = policy(task.policy_version)
    return first_match(found, task.kind, task.subtype, task.practice_id, task.signals, task.stage)


def practice(practice_id: int) -> Practice:
    """Return a practice; NotFound if there is none."""
    # Kept meanwhile: a session forgets what nobody holds.
    read = functools.partial(db.session.get, Practice, practice_id)
    found: Practice | None = _remembered(f"practice {practice_id}", read)
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


def target_calendar(kind: Kind, of: Practice) -> WorkCalendar:
    """Return the working time in which a kind's target runs: the practice's, or the hub's for minutes."""
    return hub_calendar() if kind.target.working_days is None else practice_calendar(of)


def staffed_soon() -> tuple[Interval, ...] | None:
    """Return when any clinician works in the next two weeks; None when no rota is kept."""
    today = clock.now().astimezone(LONDON).date()
    until = today + dt.timedelta(days=ROTA_DAYS)
    found: tuple[Interval, ...] = _remembered("staffed", lambda: staff_queries.staffed(today, until))
    return found or None


def _remembered(what: str, read: Callable[[], Any]) -> Any:
    known = _once.get()
    if known is None:
        return read()
    if what not in known:
        known[what] = read()
    return known[what]


def request_of(task: Any) -> deadlines.Request:
    """Return what the practice said in a task (or a row with its columns), as the rules weigh it."""
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
        calendar=calendar_from(task.practice_hours),
        target_length=task.target_length,
    )


def target_length(kind: Kind, subtype: str) -> int | None:
    """Return the target that the policy in force sets for such work, in the kind's unit; None: its own."""
    return targets.set_length(kind, subtype, policy().targets)


def as_promised(kind: Kind, subtype: str = "", *, under: Policy | None = None) -> Kind:
    """Return the kind with the target that such a request gets if it is raised now.

    `under` is the policy in force, for who knows it already.
    """
    length = targets.set_length(kind, subtype, (under or policy()).targets)
    return kind if length is None else replace(kind, target=targets.with_length(kind.target, length))


def kind_promised(task: Task) -> Kind:
    """Return the kind of a task with the target that this task has."""
    return replace(kind_of(task), target=request_of(task).target)


def all_as_promised(kinds: Iterable[Kind]) -> list[Kind]:
    """Return these kinds as they are promised now, in their order."""
    under = policy()
    return [as_promised(kind, under=under) for kind in kinds]


def clocks_of(
    request: deadlines.Request, of: Practice, staffed: tuple[Interval, ...] | None
) -> deadlines.Clocks:
    """Return the clocks of a request of this practice, against `staffed_soon()`."""
    second = second_stage_minutes(request.kind)
    return deadlines.clocks(request, practice_calendar(of), hub_calendar(), staffed, second)


def second_stage_minutes(kind: Kind) -> int:
    """Return what must be left before a hard deadline for the stage after the first; 0 without one."""
    return kind.stages[-1].minutes if len(kind.stages) > 1 else 0


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
        band=Band(effective_band(task.band, task.override_band)),
        kind=task.kind,
        subtype=task.subtype,
        what=what_words(kind_of(task), task.subtype),
    )


def standing_of(task: Task) -> Standing:
    """Return what "why here?" is told of this task."""
    return Standing(
        band=Band(effective_band(task.band, task.override_band)),
        signals=tuple(task.signals),
        not_told=tuple(task.not_told),
        due_at=task.due_at,
        deadline_at=task.deadline_at,
        raised_at=task.raised_at,
        not_sure=tuple(task.not_sure),
    )
