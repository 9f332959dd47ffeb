"""What the hub's own processes do: place what was raised, top up worklists, and act when time passes.

Each may run twice or die half way: it looks at what is true now, changes only what it
has locked, and its one commit carries change, event and done-mark together.
"""

import datetime as dt
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import joinedload

from hub.domain import assignment
from hub.domain.actor import process
from hub.domain.eligibility import Person, hard_refusals
from hub.domain.lifecycle import Act
from hub.domain.policy import Policy
from hub.domain.rota import Interval
from hub.domain.routing import route
from hub.domain.urgency import band_of, promotion
from hub.domain.vocabulary import Band, Status, SystemActor
from hub.extensions import clock, db
from hub.models import ClinicianDay, Practice, Task
from hub.models.history import record
from hub.placing import booking, bulk, queries
from hub.placing.actions import DECIDE_OFF_SHIFT, flag, off_list, wake_one

PLACING = process(SystemActor.PLACING)
TIMETABLE = process(SystemActor.TIMETABLE)
CHUNK = 250
UNOPENED = dt.timedelta(minutes=15)
_TOP_UP_LOCK = 4713


def place(task_id: int) -> int:
    """Place one raised task and top up at once, so that it reaches a worklist within a second.

    Whatever else waits to be placed goes along. Returns how many were placed.
    """
    placed = place_batch([task_id]) + place_batch()
    if placed:
        top_up()
    return placed


def place_raised() -> int:
    """Place every request whose own job was lost. Returns how many were placed."""
    return place_batch()


def place_batch(task_ids: list[int] | None = None, limit: int = CHUNK) -> int:
    """Route and prioritise raised tasks (these, or the oldest `limit`) in one go.

    Raised tasks that another process has locked are left to it. Returns how many were placed.
    """
    query = (
        select(Task, Practice)
        .join(Practice, Practice.id == Task.practice_id)
        .where(Task.status == Status.RAISED)
        .order_by(Task.id)
        .limit(limit)
        .with_for_update(of=Task, skip_locked=True)
    )
    if task_ids is not None:
        query = query.where(Task.id.in_(task_ids))
    rows = db.session.execute(query).all()
    if not rows:
        return 0
    facts = _Facts()
    bulk.place([_placed(task, practice, facts) for task, practice in rows], now=facts.now)
    return len(rows)


class _Facts:
    """What every task of a batch is judged against, read once."""

    def __init__(self) -> None:
        self.now = clock.now()
        self.staffed: tuple[Interval, ...] | None = queries.staffed_soon()
        self.people: list[Person] = queries.people()
        self.policy: Policy = queries.policy()
        self.hub = queries.hub_calendar()
        self.today = booking.today()
        self._unplaceable: dict[Any, str] = {}

    def unplaceable(self, one: assignment.Waiting) -> str:
        """Say why nobody could ever do this, or ""; asked once per group of like needs."""
        if one.excluded_ids:
            return assignment.unplaceable(one, self.people, self.today) or ""
        needs = one.needs
        alike = (needs.practice_id, needs.professions, needs.needs_prescriber, needs.competences)
        if alike not in self._unplaceable:
            self._unplaceable[alike] = assignment.unplaceable(one, self.people, self.today) or ""
        return self._unplaceable[alike]


def _placed(task: Task, practice: Practice, facts: _Facts) -> bulk.Placed:
    request = queries.request_of(task)
    clocks = queries.clocks_of(request, practice, facts.staffed)
    placement = band_of(request, clocks, facts.now, facts.hub)
    routed = route(
        request.kind,
        subtype=task.subtype,
        practice_id=practice.id,
        practice_name=practice.name,
        signals=placement.signals,
        stage=task.stage,
        band=placement.band,
        policy=facts.policy,
    )
    needs = routed.needs
    waiting = assignment.Waiting(
        id=task.id, needs=needs, band=placement.band, deadline_at=clocks.deadline_at,
        working_due_at=clocks.working_due_at, due_at=clocks.due_at, raised_at=task.raised_at,
        patient_id=task.patient_id, practice_id=practice.id,
    )  # fmt: skip
    nobody = facts.unplaceable(waiting)
    reasons = [reason.sentence for reason in placement.reasons]
    return bulk.Placed(
        id=task.id,
        band=int(placement.band),
        signals=list(placement.signals),
        not_told=list(placement.not_told),
        not_sure=list(placement.not_sure),
        reasons=reasons,
        due_at=clocks.due_at.isoformat(),
        deadline_at=clocks.deadline_at.isoformat() if clocks.deadline_at else None,
        deadline_why=clocks.deadline_why,
        working_due_at=clocks.working_due_at.isoformat(),
        late_on_arrival=clocks.late_on_arrival,
        queue=needs.queue,
        professions=[str(one) for one in needs.professions],
        needs_prescriber=needs.needs_prescriber,
        competences=list(needs.competences),
        minutes=needs.minutes,
        policy_version=facts.policy.version,
        decide_why=nobody,
        data={
            "band": int(placement.band),
            "because": [reason.code for reason in placement.reasons],
            "reasons": reasons,
            "route": list(routed.reasons),
            "policy": facts.policy.version,
            **({"unplaceable": nobody} if nobody else {}),
        },
    )


def top_up() -> int:
    """Give everyone at work the next tasks in order, up to their buffer. Returns how many were given.

    One top-up runs at a time; another that comes meanwhile leaves, because the timetable
    comes again within seconds.
    """
    lock = text("select pg_try_advisory_xact_lock(:key)")
    if not db.session.execute(lock, {"key": _TOP_UP_LOCK}).scalar_one():
        return 0
    at_work = [person.id for person in queries.people() if person.at_work]
    if not at_work:
        return 0
    booking.lock_days(at_work)
    # Counted again under the lock: what was bound meanwhile is seen now.
    people = [person for person in queries.people() if person.at_work and person.id in set(at_work)]
    held = queries.on_worklists(at_work)
    worklists = [_worklist(person, held[person.id]) for person in people]
    rows = queries.waiting()
    waiting = [queries.as_waiting(row) for row in rows]
    choices = assignment.top_up(worklists, waiting, queries.policy(), booking.today())
    return _assign(choices, {row.id: row for row in rows})


def _worklist(person: Person, held: list[Any]) -> assignment.Worklist:
    return assignment.Worklist(
        person,
        person.bound_minutes,
        frozenset(row.practice_id for row in held),
        frozenset(row.patient_id for row in held if row.patient_id),
    )


def _assign(choices: list[assignment.Choice], rows: dict[int, Any]) -> int:
    if not choices:
        return 0
    wanted = [choice.task_id for choice in choices]
    query = select(Task.id).where(Task.id.in_(wanted), Task.status == Status.QUEUED)
    free = set(db.session.scalars(query.with_for_update(skip_locked=True)))
    given = [choice for choice in choices if choice.task_id in free]
    day = booking.today()
    for person_id in {choice.person_id for choice in given}:
        minutes = sum(rows[one.task_id].minutes for one in given if one.person_id == person_id)
        _book_many(person_id, day, minutes)
    changes = [
        {
            "id": choice.task_id,
            "person_id": choice.person_id,
            "reasons": list(choice.reasons),
            "data": {"to": choice.person_id, "reasons": list(choice.reasons)},
        }
        for choice in given
    ]
    bulk.assign(changes, now=clock.now(), day=day)
    return len(given)


def _book_many(person_id: int, day: dt.date, minutes: int) -> None:
    after = ClinicianDay.booked + minutes
    statement = (
        update(ClinicianDay)
        .where(ClinicianDay.user_id == person_id, ClinicianDay.day == day)
        # Only band 1 may go beyond the shift; the rules have seen to that under this row's lock.
        .values(
            booked=after,
            granted=func.greatest(ClinicianDay.granted, after - ClinicianDay.minutes),
        )
        .execution_options(synchronize_session=False)
    )
    db.session.execute(statement)


def promote() -> int:
    """Lift tasks whose deadline has come near into a higher band, with an event. Returns how many."""
    now, hub, staffed = clock.now(), queries.hub_calendar(), queries.staffed_soon()
    query = (
        select(Task, Practice)
        .join(Practice, Practice.id == Task.practice_id)
        .where(
            Task.status.in_((Status.QUEUED, Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING)),
            Task.deadline_at.is_not(None),
            Task.band > Band.BY_TOMORROW,
        )
        .with_for_update(of=Task, skip_locked=True)
    )
    lifted = 0
    for task, practice in db.session.execute(query).all():
        request = queries.request_of(task)
        clocks = queries.clocks_of(request, practice, staffed)
        found = promotion(Band(task.band), request, clocks, now, hub)
        if found is not None:
            data = {"from": task.band, "to": int(found.band), "because": found.reason.code}
            task.band = int(found.band)
            task.reasons = [*task.reasons, found.reason.sentence]
            record(task, Act.PROMOTED, by=TIMETABLE, at=now, data=data)
            lifted += 1
    return lifted


def wake() -> int:
    """Bring waiting tasks back on their chase date. Returns how many."""
    woken = 0
    for task in _locked(Task.status == Status.WAITING, Task.chase_at <= clock.now()):
        wake_one(task, by=TIMETABLE)
        woken += 1
    return woken


def go_off_shift() -> int:
    """Release what people who are not at work had not started; hand what they had started to the lead.

    Returns how many tasks were touched.
    """
    at_work = {person.id for person in queries.people() if person.at_work}
    touched = 0
    on_list = Task.status.in_((Status.ASSIGNED, Status.IN_PROGRESS))
    for task in _locked(on_list, Task.assignee_id.not_in(at_work)):
        if task.started_at is None:
            former = task.assignee_id
            off_list(task)
            data = {"from": former, "because": "off_shift"}
            record(task, Act.RELEASED, by=TIMETABLE, at=clock.now(), data=data)
            touched += 1
        elif task.decide_since is None:
            flag(task, DECIDE_OFF_SHIFT, by=TIMETABLE)
            touched += 1
    return touched


def watch() -> int:
    """Put on the lead's list what would otherwise be silent. Returns how many tasks were flagged.

    That is: a task in a queue that nobody in the hub could do; one on the list of someone
    who may no longer do it; one that cannot wait and was not opened for a quarter of an hour.
    """
    facts = _Facts()
    flagged = 0
    queued = (
        select(*queries.WAITING_COLUMNS)
        .join(Practice, Practice.id == Task.practice_id)
        .where(Task.status == Status.QUEUED, Task.decide_since.is_(None))
    )
    stuck = {
        row.id: why
        for row in db.session.execute(queued)
        if (why := facts.unplaceable(queries.as_waiting(row)))
    }
    if stuck:
        for task in _locked(Task.id.in_(stuck), Task.status == Status.QUEUED):
            flag(task, stuck[task.id], by=TIMETABLE)
            flagged += 1
    return flagged + _watch_worklists(facts)


def _watch_worklists(facts: _Facts) -> int:
    flagged, people = 0, {person.id: person for person in facts.people}
    on_list = Task.status.in_((Status.ASSIGNED, Status.IN_PROGRESS))
    for task in _locked(on_list, Task.decide_since.is_(None)):
        person = people.get(task.assignee_id or 0)
        refused = hard_refusals(person, queries.needs_of(task), today=facts.today) if person else ()
        if person is None:
            flag(task, "The account of the person who has it is switched off.", by=TIMETABLE)
        elif refused:
            flag(task, refused[0].sentence, by=TIMETABLE)
        elif _unopened(task, facts.now):
            flag(task, f"It cannot wait, and {person.name} has not opened it.", by=TIMETABLE)
        else:
            continue
        flagged += 1
    return flagged


def _unopened(task: Task, now: dt.datetime) -> bool:
    assigned = task.assigned_at or now
    return task.band == Band.NOW and task.started_at is None and now - assigned > UNOPENED


def _locked(*conditions: Any) -> list[Task]:
    query = (
        select(Task)
        .where(*conditions)
        .options(joinedload(Task.data_key))
        .order_by(Task.id)
        .with_for_update(of=Task, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query).unique())
