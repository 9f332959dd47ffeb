"""What the hub's own processes do because time passes: promote, wake, send home, watch.

Each first reads without locks, then locks only the few tasks it is about to change and
asks again, so that nobody who works on the others ever waits for it. What another
process has locked is left for the next time, a minute later.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from hub.domain.actor import process
from hub.domain.assignment import GIVEN_BACK, Waiting, lacks_somebody
from hub.domain.eligibility import may_do, standing_refusals
from hub.domain.lifecycle import Act
from hub.domain.urgency import Promotion, promotion
from hub.domain.vocabulary import Band, Status, SystemActor
from hub.extensions import clock, db
from hub.models import Practice, Task
from hub.models.history import record
from hub.notices import actions as notices
from hub.placing import booking, queries, staff_queries, waiting_queries
from hub.placing.judging import Facts
from hub.placing.supervision_actions import leave_nobody_unsupervised
from hub.placing.task_actions import flag, note_rise, off_list, ring, settle, wake_one

TIMETABLE = process(SystemActor.TIMETABLE)
UNOPENED = dt.timedelta(minutes=15)
OFF_SHIFT = "Started, and then its clinician went off shift."
GIVEN_WHILE_AWAY = "Given by hand to someone who is not at work."
SWITCHED_OFF = "The account of the person who has it is switched off."

_PLACED = (Status.QUEUED, Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING)
_ON_A_LIST = Task.status.in_((Status.ASSIGNED, Status.IN_PROGRESS))


def promote() -> int:
    """Lift tasks whose deadline has come near into a higher band, with an event. Returns how many."""
    now, hub, staffed = clock.now(), queries.hub_calendar(), queries.staffed_soon()
    query = (
        select(Task, Practice)
        .join(Practice, Practice.id == Task.practice_id)
        .where(
            Task.status.in_(_PLACED),
            Task.deadline_at.is_not(None),
            Task.band > Band.BY_TOMORROW,
        )
    )
    found: dict[int, tuple[int, Promotion]] = {}
    for task, practice in db.session.execute(query):
        request = queries.request_of(task)
        clocks = queries.clocks_of(request, practice, staffed)
        risen = promotion(Band(task.band), request, clocks, now, hub)
        if risen is not None:
            found[task.id] = task.version, risen
    lifted = 0
    for task in _locked(Task.id.in_(list(found))):
        seen, risen = found[task.id]
        if task.version == seen:
            _lift(task, risen)
            lifted += 1
    return lifted


def _lift(task: Task, risen: Promotion) -> None:
    data = {"from": task.band, "to": int(risen.band), "because": risen.reason.code}
    before, task.band = (task.band, task.due_at), int(risen.band)
    task.reasons = [*task.reasons, risen.reason.sentence]
    note_rise(task, before, "its deadline has come near")
    record(task, Act.PROMOTED, by=TIMETABLE, at=clock.now(), data=data)
    notices.given_urgent([task.id])


def wake() -> int:
    """Bring waiting tasks back on their chase date. Returns how many."""
    due = (Task.status == Status.WAITING, Task.chase_at <= clock.now())
    _lock_days_of(due)
    woken = 0
    for task in _locked(*due):
        wake_one(task, by=TIMETABLE)
        woken += 1
    return woken


def go_off_shift() -> int:
    """Release what people who are not at work had not started; hand what they had started to the lead.

    What a lead gave by hand to someone who was away stays there, on the lead's list, until
    that person has been at work; what is pinned stays with a person who is back before it is due.
    Returns how many tasks were touched.
    """
    unstarted_or_unseen = Task.started_at.is_(None) | Task.decide_since.is_(None)
    away = (_ON_A_LIST, staff_queries.left_alone(queries.people()), unstarted_or_unseen)
    _lock_days_of(away)
    tasks = _locked(*away)
    kept, pinned = _given_while_away(tasks), _pinned_till_back(tasks)
    released: list[Task] = []
    for task in tasks:
        if task.started_at is not None:
            flag(task, OFF_SHIFT, by=TIMETABLE)
        elif task.id in kept:
            flag(task, GIVEN_WHILE_AWAY, by=TIMETABLE)
        elif task.id in pinned:
            continue
        else:
            _release(task, "off_shift")
            released.append(task)
    if released:
        ring(released[-1])
    return len(tasks)


def _pinned_till_back(tasks: Collection[Task]) -> set[int]:
    """Return what is pinned, can wait, and is due only after its person works again."""
    pinned = [task for task in tasks if task.pinned_since and task.effective_band > Band.BY_TOMORROW]
    if not pinned:
        return set()
    now, today = clock.now(), booking.today()
    people = {task.assignee_id for task in pinned if task.assignee_id is not None}
    until = today + dt.timedelta(days=queries.ROTA_DAYS)
    back = {
        who: min((one.start for one in times if one.end > now), default=None)
        for who, times in staff_queries.shift_times(people, today, until).items()
    }
    return {
        task.id
        for task in pinned
        if (at := back.get(task.assignee_id or 0)) and at < min(task.due_at, task.working_due_at)
    }


def _given_while_away(tasks: Collection[Task]) -> set[int]:
    """Return what a lead gave to people who have not been at work since then."""
    by_hand = waiting_queries.given_by_hand([task.id for task in tasks if task.started_at is None])
    gifts = {
        task.id: (task.assignee_id, task.assigned_at)
        for task in tasks
        if task.id in by_hand and task.assignee_id and task.assigned_at
    }
    if not gifts:
        return set()
    earliest = min(at for _, at in gifts.values()).date() - dt.timedelta(days=1)
    worked = staff_queries.shift_times({who for who, _ in gifts.values()}, earliest, booking.today())
    now = clock.now()
    return {
        task_id
        for task_id, (who, at) in gifts.items()
        if not any(one.end > at and one.start < now for one in worked[who])
    }


def _release(task: Task, because: str) -> None:
    former = task.assignee_id
    off_list(task)
    data = {"from": former, "because": because}
    record(task, Act.RELEASED, by=TIMETABLE, at=clock.now(), data=data)


def watch() -> int:
    """See to what would otherwise be silent. Returns how many tasks were touched.

    Onto the lead's list goes a task in a queue that nobody in the hub could do (and off it
    again once somebody can), and one on the list of someone who may no longer do it. One
    that cannot wait and was not opened for a quarter of an hour is offered to the next
    person at work, or goes to the lead too.
    """
    facts = Facts()
    touched = _watch_unplaceable(facts) + _watch_queues(facts)
    return touched + _watch_lists(facts) + _watch_unopened(facts) + leave_nobody_unsupervised()


def _watch_unplaceable(facts: Facts) -> int:
    """Judge afresh what was put on the lead's list because nobody could do it."""
    changed: dict[int, tuple[int, str]] = {}
    # Somebody may have been given it already: a top-up is often sooner than this.
    for row in _rows(Task.status.in_(_PLACED), Task.decide_since.is_not(None)):
        waiting = waiting_queries.as_waiting(row)
        why = facts.nobody(waiting)
        if why != row.decide_why and _is_for_want_of_somebody(row.decide_why, waiting):
            changed[row.id] = row.version, why
    locked = _locked(Task.id.in_(list(changed)))
    tasks = [task for task in locked if task.version == changed[task.id][0]]
    for task in tasks:
        _judged_afresh(task, changed[task.id][1])
    return len(tasks)


def _is_for_want_of_somebody(why: str, waiting: Waiting) -> bool:
    return why == GIVEN_BACK or lacks_somebody(why, waiting.needs)


def _judged_afresh(task: Task, why: str) -> None:
    """Take the task off the lead's list, or say the other reason why nobody can do it."""
    if why:
        task.decide_why = why  # since when it stands there stays
        record(task, Act.FLAGGED, by=TIMETABLE, at=clock.now(), data={"why": why})
        return
    settle(task)
    record(task, Act.DECIDED, by=TIMETABLE, at=clock.now(), data={"because": "placeable"})
    ring(task)


def _watch_queues(facts: Facts) -> int:
    rows = _rows(Task.status == Status.QUEUED, Task.decide_since.is_(None))
    stuck = {row.id: why for row in rows if (why := facts.nobody(waiting_queries.as_waiting(row)))}
    tasks = _locked(Task.id.in_(list(stuck)), Task.status == Status.QUEUED, Task.decide_since.is_(None))
    for task in tasks:
        flag(task, stuck[task.id], by=TIMETABLE)
    return len(tasks)


def _watch_lists(facts: Facts) -> int:
    people = {person.id: person for person in facts.people}
    lost: dict[int, tuple[int, str]] = {}
    for row in _rows(_ON_A_LIST, Task.decide_since.is_(None)):
        person = people.get(row.assignee_id)
        if person is None:
            lost[row.id] = row.version, SWITCHED_OFF
            continue
        refused = standing_refusals(person, waiting_queries.as_waiting(row).needs, today=facts.today)
        if refused:
            lost[row.id] = row.version, refused[0].sentence
    tasks = [
        task for task in _locked(Task.id.in_(list(lost)), _ON_A_LIST) if task.version == lost[task.id][0]
    ]
    for task in tasks:
        flag(task, lost[task.id][1], by=TIMETABLE)
    return len(tasks)


def _watch_unopened(facts: Facts) -> int:
    unopened = (
        Task.status == Status.ASSIGNED,
        Task.effective_band == Band.NOW,
        Task.started_at.is_(None),
        Task.assigned_at < facts.now - UNOPENED,
        Task.decide_since.is_(None),
    )
    _lock_days_of(unopened)
    tasks = _locked(*unopened)
    for task in tasks:
        _offer_to_next(task, facts)
    return len(tasks)


def _offer_to_next(task: Task, facts: Facts) -> None:
    """Release the task if someone else at work could have it now; otherwise tell the lead."""
    former, needs = task.assignee_id or 0, queries.needs_of(task)
    tried = {former, *task.not_back_to}
    if any(
        person.at_work and person.id not in tried and may_do(person, needs, today=facts.today)
        for person in facts.people
    ):
        task.not_back_to = [*task.not_back_to, former]
        _release(task, "not_opened")
        ring(task)
        return
    name = next((person.name for person in facts.people if person.id == former), "its clinician")
    flag(task, f"It cannot wait, and {name} has not opened it.", by=TIMETABLE)


def _rows(*conditions: ColumnElement[bool]) -> list[Any]:
    """Return tasks as rows for the rules, held practices' too."""
    query = select(*waiting_queries.WAITING_COLUMNS, Task.assignee_id, Task.decide_why)
    return list(db.session.execute(query.join(Practice, Practice.id == Task.practice_id).where(*conditions)))


def _lock_days_of(conditions: Collection[ColumnElement[bool]]) -> None:
    """Lock the days of everyone whose minutes such tasks hold: days come before tasks, in order of ids."""
    people = db.session.scalars(select(Task.assignee_id).where(*conditions).distinct())
    booking.lock_days([person for person in people if person is not None])


def _locked(*conditions: ColumnElement[bool]) -> list[Task]:
    query = (
        select(Task)
        .where(*conditions)
        .options(joinedload(Task.data_key))
        .order_by(Task.id)
        .with_for_update(of=Task, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query).unique())
