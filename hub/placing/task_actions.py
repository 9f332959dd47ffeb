"""What every act on a task's place is made of: its clocks, its route, its worklist, the lead's list.

These set columns; the act that calls them records the event. Nothing is flushed in
between, because a task goes to the database once per event.
"""

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import inspect, select

from hub import background
from hub.domain.actor import Actor
from hub.domain.eligibility import ForAct, Person, check_may_do
from hub.domain.errors import NotAllowed
from hub.domain.lifecycle import Act
from hub.domain.promises import due_of
from hub.domain.routing import route
from hub.domain.urgency import band_of
from hub.domain.vocabulary import CLOCK_STOPPERS, Band, Status
from hub.extensions import clock, db
from hub.models import Event, Task
from hub.models.history import record
from hub.placing import booking, queries
from hub.placing.booking import book, unbook
from hub.protocols.queries import kind_of

_CHANGES_HANDS = (
    Act.PLACED, Act.ASSIGNED, Act.TAKEN, Act.MOVED, Act.RELEASED, Act.HANDED_OVER, Act.SENT_BACK,
)  # fmt: skip
# Long enough for "she works from Monday", short enough that nothing is forgotten.
DECISION_HOLDS = dt.timedelta(days=3)
NO_CLINICIAN = "Only a clinician of the hub can do this."


def check_eligible(task: Task, user_id: int, for_act: ForAct, *, lead_reason: str = "") -> Person:
    """Return the person as the rules see them, if they may do this.

    Raises:
        NotAllowed: a rung of the ladder refuses; the sentence is that rung's.
    """
    person = queries.person(user_id)
    if person is None:
        raise NotAllowed(NO_CLINICIAN)
    check_may_do(
        person, queries.needs_of(task), today=booking.today(), for_act=for_act, lead_reason=lead_reason
    )
    return person


def give(task: Task, user_id: int, why: list[str]) -> None:
    """Put the task on this person's worklist and book its minutes. The caller has judged that it fits."""
    book(task, user_id)
    task.assignee_id, task.assigned_at, task.why_me = user_id, clock.now(), why


def lock_lists(tasks: Iterable[Task]) -> None:
    """Lock the days of everyone who has one of these tasks, before several are taken off their lists."""
    booking.lock_days({task.assignee_id for task in tasks if task.assignee_id is not None})


def off_list(task: Task) -> None:
    """Take the task off its worklist: its minutes are free again and it belongs to nobody.

    If it was waiting, that ends too, and the time for which its clock stood still is counted.
    """
    unbook(task)
    count_stopped(task)
    task.assignee_id = task.assigned_at = task.started_at = None
    task.why_me = []
    task.waiting_on = task.waiting_since = task.chase_at = None


def settle(task: Task) -> None:
    """Take the task off the needs-a-decision list, because what is being done decides it."""
    task.decide_why, task.decide_since = "", None


def flag(task: Task, why: str, *, by: Actor) -> None:
    """Put the task on the lead's needs-a-decision list; `why` is a sentence without patient data.

    Nothing happens if it stands there already, or if a lead has decided about this very
    cause since the task last changed hands, not longer ago than `DECISION_HOLDS`.
    """
    if task.decide_since is None and not _decided(task, why):
        task.decide_why, task.decide_since = why, clock.now()
        record(task, Act.FLAGGED, by=by, at=clock.now(), data={"why": why})


def _decided(task: Task, why: str) -> bool:
    query = (
        select(Event.kind, Event.data, Event.at)
        .where(Event.task_id == task.id, Event.kind.in_((Act.DECIDED, *_CHANGES_HANDS)))
        .order_by(Event.seq.desc())
        .limit(1)
    )
    last = db.session.execute(query).one_or_none()
    if last is None or last.kind != Act.DECIDED or last.data.get("why") != why:
        return False
    return bool(clock.now() - last.at < DECISION_HOLDS)


def recompute(task: Task) -> None:
    """Set the task's clocks, band and reasons anew from its facts; the caller records the event."""
    with db.session.no_autoflush:
        request = queries.request_of(task)
        practice = queries.practice(task.practice_id)
        clocks = queries.clocks_of(request, practice, queries.staffed_soon())
        hub, now = queries.hub_calendar(), clock.now()
        placement = band_of(request, clocks, now, hub)
        # A task that is just being raised has neither yet.
        before = (Band(task.band), task.due_at) if inspect(task).persistent else None
        task.due_at = due_of(placement.band, clocks, now=now, hub_calendar=hub, before=before)
        task.working_due_at = clocks.working_due_at
        task.deadline_at, task.deadline_why = clocks.deadline_at, clocks.deadline_why
        task.late_on_arrival = clocks.late_on_arrival
        task.band = placement.band
        task.signals, task.not_told = list(placement.signals), list(placement.not_told)
        task.not_sure = list(placement.not_sure)
        task.reasons = [reason.sentence for reason in placement.reasons]
        if task.assignee_id is None:
            apply_route(task)


def place_by_hand(task: Task, *, by: Actor) -> None:
    """Place a raised task at once, as the workers would: band, clocks and route, with the same event."""
    recompute(task)
    data = {
        "band": task.band, "reasons": task.reasons, "policy": task.policy_version, "by_hand": True,
    }  # fmt: skip
    record(task, Act.PLACED, by=by, at=clock.now(), data=data)


def apply_route(task: Task) -> list[str]:
    """Set queue, profession, competences and minutes by the routing table; return its reasons."""
    with db.session.no_autoflush:
        policy = queries.policy()
        routed = route(
            kind_of(task),
            subtype=task.subtype,
            practice_id=task.practice_id,
            practice_name=queries.practice(task.practice_id).name,
            signals=task.signals,
            stage=task.stage,
            band=Band(task.band),
            policy=policy,
        )
    needs = routed.needs
    task.queue, task.professions = needs.queue, [str(one) for one in needs.professions]
    task.needs_prescriber, task.competences = needs.needs_prescriber, list(needs.competences)
    task.minutes, task.policy_version = needs.minutes, policy.version
    return list(routed.reasons)


def count_stopped(task: Task) -> None:
    """Count the minutes for which the target clock has stood still, and move the due time by them.

    Counted in the calendar in which the target runs; a hard deadline never moves. Counts
    once: from then on the task no longer stands still.
    """
    since, task.waiting_since = task.waiting_since, None
    if since is None or task.waiting_on not in CLOCK_STOPPERS:
        return
    with db.session.no_autoflush:
        practice, kind = queries.practice(task.practice_id), kind_of(task)
        calendar = queries.target_calendar(kind, practice)
        stopped = calendar.minutes_between(since, clock.now())
        task.stopped_minutes += stopped
        target = queries.clocks_of(queries.request_of(task), practice, None).due_at
        # In bands 1 and 2 a promise runs (see `promises.due_of`), and it stood still as long.
        promised = task.band <= Band.BY_TOMORROW
        task.due_at = min(target, calendar.add_minutes(task.due_at, stopped)) if promised else target
        if task.deadline_at is None:
            task.working_due_at = task.due_at


def wake_one(task: Task, *, by: Actor) -> None:
    """End a task's waiting: back to the same person if at work and still allowed, else to its queue."""
    if task.status != Status.WAITING:
        return
    if task.assignee_id is not None and _takes_back(task, task.assignee_id):
        count_stopped(task)
        book(task, task.assignee_id)
        task.waiting_on = task.chase_at = None
        record(task, Act.WOKEN, by=by, at=clock.now(), data={"to": task.assignee_id})
        return
    former = task.assignee_id
    off_list(task)
    record(task, Act.RELEASED, by=by, at=clock.now(), data={"from": former, "because": "woken"})
    ring(task)


def _takes_back(task: Task, user_id: int) -> bool:
    booking.lock_days([user_id])  # first, so that the minutes judged are the minutes booked
    try:
        return check_eligible(task, user_id, "assign").at_work
    except NotAllowed:
        return False


def replace(task: Task) -> None:
    """Have a task that is `raised` again placed by a worker."""
    background.later("place", key=f"place:{task.id}:{task.version}", task_id=task.id)


def ring(task: Task) -> None:
    """Have worklists topped up at once, because this task or someone's minutes have become free."""
    background.later("top_up", key=f"top_up:{task.id}:{task.version}")
