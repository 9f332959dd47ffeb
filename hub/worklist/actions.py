"""What a clinician does with a task on their own worklist: start, pause, wait, resume, escalate, end it."""

import datetime as dt

from hub import records
from hub.conversation import actions as conversation
from hub.domain.actor import Actor
from hub.domain.errors import Conflict, Invalid, NotAllowed
from hub.domain.lifecycle import STATUS_IN_A_SENTENCE, Act, status_after
from hub.domain.notices import Code
from hub.domain.promises import local_day, when_words
from hub.domain.vocabulary import OPEN_STATUSES, CancelReason, Role, Status, WaitingOn
from hub.extensions import clock, db
from hub.models import Task
from hub.models.history import record
from hub.notices import actions as notices
from hub.placing import actions as placing
from hub.placing import queries as placing_queries
from hub.placing.booking import lock_days
from hub.worklist import queries

NOBODY_ANSWERED = "It cannot wait, and nobody answered when it was escalated by telephone."
NOT_CONFIRMED = "Check name, date of birth and NHS number against the open record, and tick all three."


def start(task: Task, *, confirmed: bool, by: Actor) -> Task | None:
    """Begin work on a task of one's own list, after checking who the open record is about.

    What else this person has in progress is paused, and returned. Work begun before and
    paused may always be taken up again; for anything new the minutes left must suffice.

    Raises:
        Conflict: it is not on this person's list, or not waiting to be started.
        NotAllowed: a rung of the ladder refuses.
        Invalid: the identity was not confirmed.
    """
    person = _own(task, Act.STARTED, by)
    _check_confirmed(confirmed)
    other = _lock_other(task, person)
    by_hand = "A lead gave it by hand." if queries.was_given_by_hand(task) else ""
    placing.check_eligible(task, person, "complete" if task.started_at else "start", lead_reason=by_hand)
    paused = _pause_other(other, by)
    task.started_at = task.started_at or clock.now()
    record(task, Act.STARTED, by=by, at=clock.now(), data={"identity": "confirmed"})
    return paused


def pause(task: Task, *, by: Actor) -> None:
    """Lay a task aside; it stays on the list of the same person.

    Raises:
        Conflict: it is not this person's, or not in progress.
    """
    _own(task, Act.PAUSED, by)
    record(task, Act.PAUSED, by=by, at=clock.now())


def resume(task: Task, *, confirmed: bool, by: Actor) -> Task | None:
    """Go on with a task that waited, after checking again who the open record is about.

    What else this person has in progress is paused, and returned.

    Raises:
        Conflict: it is not this person's, or not waiting.
        NotAllowed: a hard rung refuses (what was begun may be ended after the shift).
        Invalid: the identity was not confirmed.
    """
    person = _own(task, Act.RESUMED, by)
    _check_confirmed(confirmed)
    other = _lock_other(task, person)
    placing.check_eligible(task, person, "complete")
    paused = _pause_other(other, by)
    with db.session.no_autoflush:  # a task goes to the database once per event
        now = clock.now()
        placing.count_stopped(task, at=now)
        placing.book(task, person)
        task.waiting_on = task.waiting_since = task.chase_at = None
        record(task, Act.RESUMED, by=by, at=now, data={"identity": "confirmed"})
    return paused


def wait(task: Task, *, on: WaitingOn, until: dt.date, words: str, by: Actor) -> None:
    """Lay a task aside until someone outside the hub has acted, and say when it is looked at again.

    `until` is one of the days of `queries.chase_times`. Waiting on the practice sends `words` to
    it as a question; otherwise they say in the history what is awaited.

    Raises:
        Conflict: it is not this person's, or not in progress.
        Invalid: nothing was said, or the day is not one of those allowed.
    """
    _own(task, Act.WAITED, by)
    chase_at = _chase_at(task, until)
    if not words.strip():
        raise Invalid({"words": "Say what you need, or what you are waiting for."})
    sealed = None
    if on == WaitingOn.PRACTICE:
        conversation.ask(task, words.strip(), by=by)
    else:
        sealed = records.sealed(task, words.strip(), records.REASON)
    now = clock.now()
    placing.unbook(task)
    task.waiting_on, task.waiting_since, task.chase_at = on.value, now, chase_at
    placing.set_order(task)
    data = {"on": on.value, "until": chase_at.isoformat()}
    record(task, Act.WAITED, by=by, at=now, data=data, reason_sealed=sealed)


def escalate(task: Task, *, whom: str, when: dt.datetime, reached: bool, note: str, by: Actor) -> None:
    """Note a telephone call about something that cannot wait.

    `reached`: they answered and read it back. A call that nobody answered is an attempt, and
    puts the task on the lead's list: somebody must try again.

    Raises:
        Conflict: the task is closed.
        Invalid: whom or when is missing, or the moment lies ahead.
    """
    if Status(task.status) not in OPEN_STATUSES:
        raise Conflict(f"This task {STATUS_IN_A_SENTENCE[Status(task.status)]}, so it cannot be escalated.")
    problems = {}
    if not whom.strip():
        problems["whom"] = "Say whom you telephoned: name and role."
    if when > clock.now():
        problems["time"] = "This moment has not come yet. Telephone first, then write it down."
    if problems:
        raise Invalid(problems)
    said = "they read it back" if reached else "nobody answered"
    words = f"Telephoned {whom.strip()}, {when_words(when)}; {said}. {note.strip()}".strip()
    sealed = records.sealed(task, words, records.REASON)
    data = {"when": when.isoformat(), "read_back": reached}
    record(task, Act.ESCALATED, by=by, at=clock.now(), data=data, reason_sealed=sealed)
    if not reached:
        placing.flag(task, NOBODY_ANSWERED, by=by, anew=True)


def raised_in_error(task: Task, *, reason: str, by: Actor) -> None:
    """End a task that should never have been raised; the practice sees why.

    Raises:
        NotAllowed: it is not on this person's list, and they are no lead.
        Conflict: it is closed already.
        Invalid: no reason was given.
    """
    if task.assignee_id != by.user_id and not by.has(Role.LEAD):
        raise NotAllowed("Only the person whose worklist this task is on, or a lead, can end it as an error.")
    status_after(Status(task.status), Act.CANCELLED)
    if not reason.strip():
        raise Invalid({"reason": "Say why this was an error, so that the practice understands."})
    with db.session.no_autoflush:  # a task goes to the database once per event
        conversation.cancel(task, CancelReason.RAISED_IN_ERROR, by=by, at=clock.now(), reason=reason.strip())
    notices.tell_raiser(Code.STOPPED, task, by=by)


def check_own(task: Task, act: Act, *, by: Actor) -> None:
    """Let pass only a task on this person's list, in a status that allows `act`.

    Raises:
        Conflict: it is someone else's (says whose, and since when), or its status does not allow it.
    """
    if task.assignee_id not in (None, by.user_id):
        name = placing_queries.names([task.assignee_id]).get(task.assignee_id or 0, "someone else")
        raise Conflict(f"This task is on {name}'s worklist.", who=name, when=task.assigned_at)
    status_after(Status(task.status), act)


def _own(task: Task, act: Act, by: Actor) -> int:
    """Check as `check_own` does, and return this person's id."""
    check_own(task, act, by=by)
    assert by.user_id is not None
    return by.user_id


def _lock_other(task: Task, person: int) -> Task | None:
    """Lock what else this person has in progress, and then their day; return that other task.

    In this order, because whoever ends or moves a task locks it first and the day after it.
    """
    queries.in_progress(person, lock=True)
    lock_days([person])
    other = queries.in_progress(person, lock=True)  # what another window may have begun meanwhile
    return None if other is None or other.id == task.id else other


def _pause_other(other: Task | None, by: Actor) -> Task | None:
    if other is not None:
        record(other, Act.PAUSED, by=by, at=clock.now(), data={"because": "started_another"})
    return other


def _check_confirmed(confirmed: bool) -> None:
    if not confirmed:
        raise Invalid({"identity": NOT_CONFIRMED})


def _chase_at(task: Task, until: dt.date) -> dt.datetime:
    moments = {local_day(moment): moment for moment in queries.chase_times(task)}
    if until not in moments:
        raise Invalid({"until": "Choose one of the days offered: someone works then, before any deadline."})
    return moments[until]
