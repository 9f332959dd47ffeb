"""What every act on a task's place is made of: its clocks, its route, its worklist, the lead's list.

These set columns; the act that calls them records the event. Nothing is flushed in
between, because a task goes to the database once per event.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import inspect, select

from hub import background
from hub.domain.actor import Actor
from hub.domain.eligibility import ForAct, Person, check_may_do
from hub.domain.errors import NotAllowed
from hub.domain.ledger import TELLS, after_pause, facts_told
from hub.domain.lifecycle import Act
from hub.domain.notices import Code
from hub.domain.order import effective_band
from hub.domain.promises import BAND_WORDS, due_of, told, when_words
from hub.domain.routing import Routed, route
from hub.domain.urgency import band_of
from hub.domain.vocabulary import CLOCK_STOPPERS, Band, Status
from hub.extensions import clock, db
from hub.models import Event, Task
from hub.models.history import record
from hub.notices import actions as notices
from hub.placing import booking, clock_queries, minutes_queries, order_queries, queries
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
    task.reserved_for_id = task.reserved_until = None


def lock_lists(tasks: Iterable[Task]) -> None:
    """Lock the days of everyone who has one of these tasks, before several are taken off their lists."""
    booking.lock_days({task.assignee_id for task in tasks if task.assignee_id is not None})


def off_list(task: Task, *, at: dt.datetime | None = None) -> None:
    """Take the task off its worklist: its minutes are free again and it belongs to nobody.

    If it was waiting, that ends too, and the time for which its clock stood still is counted, until
    `at` (now): the moment of the event that the caller records.
    """
    unbook(task)
    count_stopped(task, at=at)
    task.assignee_id = task.assigned_at = task.started_at = task.pinned_since = None
    task.why_me = []
    task.waiting_on = task.waiting_since = task.chase_at = None


def settle(task: Task) -> None:
    """Take the task off the needs-a-decision list, because what is being done decides it."""
    task.decide_why, task.decide_since = "", None


def unflag(task: Task, why: str) -> None:
    """Take this cause off the needs-a-decision list, because it holds no longer; others stay there."""
    rest = " ".join(task.decide_why.replace(why, "").split())
    if not rest:
        settle(task)
    elif why in task.decide_why:
        task.decide_why = rest


def flag(task: Task, why: str, *, by: Actor, anew: bool = False) -> None:
    """Put the task on the lead's needs-a-decision list; `why` is a sentence without patient data.

    Nothing happens if it stands there already, or if a lead has decided about this very
    cause since the task last changed hands, not longer ago than `DECISION_HOLDS`. What has
    just happened (`anew`) was decided by nobody yet: it stands there beside other reasons.
    """
    if anew and why not in task.decide_why:
        task.decide_why = f"{task.decide_why} {why}".strip()
        task.decide_since = task.decide_since or clock.now()
    elif not anew and task.decide_since is None and not _decided(task, why):
        task.decide_why, task.decide_since = why, clock.now()
    else:
        return
    record(task, Act.FLAGGED, by=by, at=clock.now(), data={"why": why})
    notices.tell_leads(Code.DECISION, task, by=by)


def _decided(task: Task, why: str) -> bool:
    query = (
        select(Event.kind, Event.data, Event.at)
        .where(Event.task_id == task.id, Event.kind.in_((Act.DECIDED, *_CHANGES_HANDS)))
        .order_by(Event.seq.desc())
        .limit(1)
    )
    last = db.session.execute(query).one_or_none()
    if last is None or last.kind != Act.DECIDED or why not in last.data.get("why", ""):
        return False
    return bool(clock.now() - last.at < DECISION_HOLDS)


def recompute(task: Task, *, at: dt.datetime | None = None) -> dict[str, Any]:
    """Set the task's clocks, band and reasons anew from its facts.

    The caller records the event, at the same moment `at` (now), with what is returned as part of its
    data: so its events alone give its clocks again (`domain.ledger`).
    """
    now = at or clock.now()
    with db.session.no_autoflush:
        if not inspect(task).persistent or inspect(task).attrs.subtype.history.has_changes():
            # What is raised, or becomes another sort of work, is promised as the policy says by then.
            task.target_length = queries.target_length(kind_of(task), task.subtype)
        request = clock_queries.request_at(task, now)
        practice = queries.practice(task.practice_id)
        clocks = queries.clocks_of(request, practice, queries.staffed_soon())
        hub = queries.hub_calendar()
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
        set_order(task)
    promise = told(placement.band, clocks, before[0] if before else None)
    return {TELLS: facts_told(request, task.practice_hours) | promise}


def place_by_hand(task: Task, *, by: Actor) -> None:
    """Place a raised task at once, as the workers would: band, clocks and route, with the same event."""
    now = clock.now()
    told_clocks = recompute(task, at=now)
    routed = apply_route(task, learn=True)
    data = {
        "band": task.band, "reasons": task.reasons, "route": list(routed.reasons), "by_hand": True,
        "policy": task.policy_version, **told_clocks, **minutes_queries.told(routed),
    }  # fmt: skip
    record(task, Act.PLACED, by=by, at=now, data=data)


def apply_route(task: Task, *, learn: bool = False) -> Routed:
    """Set queue, profession, competences and minutes by the routing table.

    With `learn`, for a task or a stage that is being placed, the minutes follow what such work takes at its
    practice. One that is in its queue already keeps the minutes it was given, unless the rules plan others.
    """
    with db.session.no_autoflush:
        policy, usual = queries.policy(), None
        if learn:
            figures = minutes_queries.figures(task.practice_id)
            usual = figures.usual(task.practice_id, task.kind, task.subtype, task.stage)
        routed = route(
            kind_of(task),
            subtype=task.subtype,
            practice_id=task.practice_id,
            practice_name=queries.practice(task.practice_id).name,
            signals=task.signals,
            stage=task.stage,
            band=Band(task.band),
            policy=policy,
            usual=usual,
        )
        needs = routed.needs
        kept = task.status == Status.QUEUED and needs.minutes == minutes_queries.planned_of(task)
    task.queue, task.professions = needs.queue, [str(one) for one in needs.professions]
    task.needs_prescriber, task.competences = needs.needs_prescriber, list(needs.competences)
    task.minutes, task.policy_version = task.minutes if kept else needs.minutes, policy.version
    set_order(task)
    return routed


def set_order(task: Task) -> None:
    """Set what the order stands on (`placing.order_queries`) as due time, length, signals and clock are now.

    Every act that changes one of these calls this; the database is searched for any that did not.
    """
    with db.session.no_autoflush:
        hours = queries.practice_calendar(queries.practice(task.practice_id))
        found = order_queries.of_task(task, hours, queries.policy().order)
    task.due_number, task.paused_number = found.due_number, found.paused_number
    task.target_minutes, task.order_fixed = found.target_minutes, found.order_fixed
    task.hub_clock = found.hub_clock


def count_stopped(task: Task, *, at: dt.datetime | None = None) -> None:
    """Count the minutes for which the target clock stood still until `at` (now), and move the due time.

    Counted in the calendar in which the target runs; a hard deadline never moves. Counts
    once: from then on the task no longer stands still. `at` is the moment of the event that ends it.
    """
    since, task.waiting_since = task.waiting_since, None
    if since is None or task.waiting_on not in CLOCK_STOPPERS:
        return
    with db.session.no_autoflush:
        practice, pause = queries.practice(task.practice_id), (since, at or clock.now())
        calendar = clock_queries.target_calendar(task)
        task.stopped_minutes += calendar.minutes_between(*pause)
        target = queries.clocks_of(queries.request_of(task), practice, None).due_at
        if task.band <= Band.BY_TOMORROW:
            # A promise runs (see `promises.due_of`), and it stood still, too.
            made_at = clock_queries.promise_made_at(task, since)
            task.due_at = after_pause(task.due_at, target, calendar, pause, made_at)
        else:
            task.due_at = target
        if task.deadline_at is None:
            task.working_due_at = task.due_at
    set_order(task)


def note_rise(task: Task, before: tuple[int, dt.datetime], why: str) -> None:
    """Say in "why me?" that a task is wanted sooner than when it came to its worklist, if it is.

    `before` is the band and due time that it had; `why` completes "Since then ...". Whoever has it would
    else read the urgency that it came with.
    """
    band, due_at = before
    if task.assignee_id is not None and (task.band < band or task.due_at < due_at):
        words = f"Since then {why}: it is “{BAND_WORDS[Band(task.band)]}” now, due {when_words(task.due_at)}."
        task.why_me = [*task.why_me, words]


def wake_one(task: Task, *, by: Actor, after: Act | None = None) -> None:
    """End a task's waiting: back to the same person if at work and still allowed, else to its queue.

    `after` is what its practice did, where it did not answer: the event says so.
    """
    if task.status != Status.WAITING:
        return
    now, said = clock.now(), {"after": after.value} if after else {}
    if task.assignee_id is not None and _takes_back(task, task.assignee_id):
        count_stopped(task, at=now)
        book(task, task.assignee_id)
        task.waiting_on = task.chase_at = None
        record(task, Act.WOKEN, by=by, at=now, data={"to": task.assignee_id, **said})
        return
    former, pinned = task.assignee_id, task.pinned_since is not None
    off_list(task, at=now)
    if pinned:
        _keep_for(task, former, now)
    record(task, Act.RELEASED, by=by, at=now, data={"from": former, "because": "woken", **said})
    ring(task)


def _keep_for(task: Task, user_id: int | None, now: dt.datetime) -> None:
    """Keep what was pinned to someone who is away for them, as long as it can wait."""
    until = min(task.due_at, task.working_due_at)
    if effective_band(task.band, task.override_band) > Band.BY_TOMORROW and until > now:
        task.reserved_for_id, task.reserved_until = user_id, until


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
