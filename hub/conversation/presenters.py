"""How a request is shown to its practice: where it stands, by when, and why, in plain words."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Protocol

from hub.domain.chasing import target_judged_at
from hub.domain.kinds import Kind
from hub.domain.promises import local_day, promise_words, when_words
from hub.domain.targets import with_length
from hub.domain.vocabulary import (
    OPEN_STATUSES,
    Band,
    CancelReason,
    FactAnswer,
    RequestedUrgency,
    Status,
    WaitingOn,
)

_STOPPED = {
    CancelReason.WITHDRAWN: "Stopped by your practice",
    CancelReason.RAISED_IN_ERROR: "Stopped, because it was raised in error",
    CancelReason.DIED: "Stopped because the patient has died",
    CancelReason.MOVED: "Stopped because the patient has moved",
}
_WAITING = {
    WaitingOn.PRACTICE: "Waiting for your practice",
    WaitingOn.PATIENT: "Waiting for the patient",
    WaitingOn.HOSPITAL: "Waiting for the hospital",
    WaitingOn.RESULTS: "Waiting for results",
}

_HOW_SOON = {
    RequestedUrgency.ROUTINE: "In its usual turn",
    RequestedUrgency.SOON: "By tomorrow",
    RequestedUrgency.URGENT: "Today",
}


class TaskLike(Protocol):
    """What is read of a task."""

    ref: str
    kind: str
    status: str
    requested: str
    receipt_on: dt.date
    raised_at: dt.datetime
    band: int
    signals: list[str]
    not_told: list[str]
    not_sure: list[str]
    due_at: dt.datetime
    deadline_at: dt.datetime | None
    deadline_why: str
    late_on_arrival: bool
    target_length: int | None
    chases: int
    assigned_at: dt.datetime | None
    started_at: dt.datetime | None
    waiting_on: str | None
    waiting_since: dt.datetime | None
    closed_at: dt.datetime | None
    cancel_reason: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands: a tag, its colour, and a sentence."""

    tag: str
    colour: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Due:
    """The promise of an open request: `promise` ("A clinician should see it by"), the date in words, how
    far away, whether that has passed.

    What is urgent and not begun promises that somebody sees it, all else that it is done; `verb` is the
    same in a list. `also` are the sentences beside it: a deadline that comes later, and what to do if
    that is too late.
    """

    promise: str
    verb: str
    when: str
    iso: str
    relative: str
    is_late: bool
    also: tuple[str, ...]


def where_it_stands(task: TaskLike, *, who: str, has_question: bool, to_dos: int, held: bool) -> Standing:
    """Return where a request stands; the first rung that holds says it.

    `who` is the person who has it, with profession; `to_dos` how many are not ticked;
    `held` whether the hub has stopped work for the practice.
    """
    status = Status(task.status)
    if status == Status.COMPLETED:
        return _completed(task, to_dos)
    if status == Status.CANCELLED:
        return _cancelled(task)
    if status == Status.SENT_BACK:
        return Standing("Sent back", "orange", "It is with you: correct it or stop it")
    if has_question:
        return Standing("Question", "orange", f"{_subject(who)} asks you something")
    if status == Status.WAITING:
        since = f" since {when_words(task.waiting_since)}" if task.waiting_since else ""
        return Standing("Waiting", "grey", f"{_WAITING[WaitingOn(task.waiting_on or '')]}{since}. With {who}")
    if status == Status.IN_PROGRESS:
        return Standing("In progress", "blue", f"{_subject(who)} is working on it")
    if status == Status.ASSIGNED:
        since = f", since {when_words(task.assigned_at)}" if task.assigned_at else ""
        return Standing("Assigned", "blue", f"With {who}{since}")
    if held:
        return Standing("On hold", "orange", "The hub cannot work for your practice at the moment")
    if status == Status.QUEUED:
        return Standing("In line", "white", "In line for the next free clinician who may do it")
    return Standing("Sent", "white", "The hub is putting it in line")


def due(task: TaskLike, now: dt.datetime, telephone: str = "") -> Due:
    """Return when the request should be done: its target, or its safety deadline if that is sooner.

    `telephone` is the hub's number, for what is late and cannot wait; "" if it has none.
    """
    at = _due_at(task)
    days = (local_day(at) - local_day(now)).days
    target_at = target_judged_at(now, task.waiting_on, task.waiting_since)
    late = target_at > task.due_at or (task.deadline_at is not None and now > task.deadline_at)
    if now > at and not late:
        relative = "its clock stands still while it waits"
    elif late and task.late_on_arrival:  # not the hub's lateness, and counted apart
        relative = "late on arrival, since today" if days == 0 else f"late on arrival, {_days(-days)} by now"
    elif late:
        relative = "late since today" if days == 0 else f"{_days(-days)} late"
    else:
        relative = {0: "today", 1: "tomorrow"}.get(days, f"in {_days(days)}")
    seen = _promises_to_see(task)
    promise = promise_words(seen=seen, passed=late and now > at)
    verb = "Seen by" if seen else "Done by"
    return Due(promise, verb, when_words(at), at.isoformat(), relative, late, _also(task, now, telephone))


def why_then(task: TaskLike, kind: Kind, telephone: str = "") -> list[str]:
    """Return the sentences that say why it should be done by then; the usual time only where that decides."""
    usual = task.band > Band.BY_TOMORROW and _due_at(task) == task.due_at
    sentences = [_target_sentence(task, kind)] if usual else []
    if task.deadline_why:
        sentences.append(task.deadline_why)
    if task.band <= Band.BY_TOMORROW and task.signals:
        sentences.append(f"It goes before other work: {', '.join(task.signals)}.")
    if unknown(task):
        sentences.append(f"It is treated as urgent until this is known: {', '.join(unknown(task))}.")
    sentences += _asked_sentences(task, telephone)
    if task.chases > 1:
        sentences.append(f"You chased it {task.chases} times, so it moved up.")
    if task.waiting_on in (WaitingOn.PRACTICE, WaitingOn.PATIENT):
        sentences.append("While it waits for you or the patient, the days are not counted.")
    if task.late_on_arrival:
        sentences.append("It reached us after it should have been done, so it was late from the start.")
    return sentences


def unknown(task: TaskLike) -> list[str]:
    """Return the signals whose missing answers make a request urgent: the practice can still tell them."""
    return [*task.not_told, *task.not_sure] if task.band <= Band.BY_TOMORROW else []


def _due_at(task: TaskLike) -> dt.datetime:
    return min(task.due_at, task.deadline_at or task.due_at)


def _asked_sentences(task: TaskLike, telephone: str) -> list[str]:
    """Say what became of what was asked for, in one place."""
    wanted = {RequestedUrgency.SOON: Band.BY_TOMORROW, RequestedUrgency.URGENT: Band.NOW}
    requested = RequestedUrgency(task.requested)
    if requested not in wanted:
        return []
    day = {RequestedUrgency.SOON: "tomorrow", RequestedUrgency.URGENT: "today"}[requested]
    if task.band <= wanted[requested]:
        return [f"You asked for {day}."]
    goes = "by tomorrow" if task.band == Band.BY_TOMORROW else "ahead of its usual turn"
    return [f"You asked for {day}; it goes {goes}. If it cannot wait, {_telephone_words(telephone)}."]


def _telephone_words(telephone: str) -> str:
    return f"telephone the hub{f' on {telephone}' if telephone else ''} or your duty clinician"


def asked_lines(draft: Any) -> list[tuple[str, str]]:
    """Return what the practice said (a `Draft`) as pairs of label and words."""
    kind = draft.kind
    names = {one.code: one.name for one in kind.subtypes}
    reason = f": {draft.urgency_reason}" if draft.urgency_reason else ""
    issue = f"{draft.next_issue_on:%d-%b-%Y}" if draft.next_issue_on else ""
    lines = [
        (kind.subtype_label, names.get(draft.subtype, draft.subtype)),
        ("Document reference", draft.document),
        ("You asked", draft.ask or "Nothing beyond the usual"),
        (kind.receipt_label, f"{draft.receipt_on:%d-%b-%Y}"),
        ("Next repeat issue", issue),
        ("How soon", f"{_HOW_SOON[draft.requested]}{reason}"),
        ("You answered Yes", _facts(draft, FactAnswer.YES)),
        ("You were not sure", _facts(draft, FactAnswer.NOT_SURE)),
        ("You answered No", _facts(draft, FactAnswer.NO)),
        ("You did not answer", _facts(draft, None)),
    ]
    return [(label, words) for label, words in lines if words]


def may_chase(task: TaskLike) -> bool:
    """Say whether chasing makes sense: the hub has the next step."""
    return (
        task.status in OPEN_STATUSES
        and task.status != Status.SENT_BACK
        and task.waiting_on != WaitingOn.PRACTICE
    )


def chase_hint(chases: int) -> str:
    """Say what the next chase does, by how many there were: only the second moves a request up by itself."""
    if chases == 0:
        return (
            "The clinician who has it, or gets it, sees what you write. The first time it keeps its place, "
            "unless an answer brings it forward."
        )
    if chases == 1:
        return (
            "You have chased it once. With this second time it moves up, unless it is near the front already."
        )
    return (
        f"You have chased it {chases} times, and it has moved up already: once more moves it no further, "
        "unless something has changed."
    )


def gone_words(count: int) -> str:
    """Say what marking a patient as gone does: "This stops 2 open requests ..."."""
    stops = {0: "Nothing is open for this patient.", 1: "This stops 1 open request."}.get(
        count, f"This stops {count} open requests."
    )
    return f"{stops} New ones are refused until you undo it, on the request's page."


def _facts(draft: Any, answer: FactAnswer | None) -> str:
    """Return the questions, as they were asked, that had this answer: one a line."""
    return "\n".join(fact.question for fact in draft.kind.facts if draft.answers.get(fact.code) == answer)


def _promises_to_see(task: TaskLike) -> bool:
    """Say whether the promise is that somebody sees it: urgent, not begun, no deadline before that."""
    if task.band > Band.BY_TOMORROW or task.started_at is not None or task.status == Status.SENT_BACK:
        return False
    return _due_at(task) == task.due_at


def _also(task: TaskLike, now: dt.datetime, telephone: str) -> tuple[str, ...]:
    """Say what else an urgent request must be done by, and what to do if that is too late."""
    if task.band > Band.BY_TOMORROW or task.status == Status.SENT_BACK:
        return ()
    found = []
    if _promises_to_see(task) and task.deadline_at is not None and task.deadline_at != task.due_at:
        found.append(f"{promise_words(seen=False)} {when_words(task.deadline_at)}.")
    too_late = "it cannot wait" if now > _due_at(task) else "that is too late for the patient"
    return (*found, f"If {too_late}, {_telephone_words(telephone)}.")


def _subject(who: str) -> str:
    """Return the person as the subject of a sentence: "Priya Nair, pharmacist," with its second comma."""
    if not who:
        return "The hub"
    return f"{who}," if "," in who else who


def _completed(task: TaskLike, to_dos: int) -> Standing:
    when = f" on {when_words(task.closed_at)}" if task.closed_at else ""
    if to_dos:
        things = "1 thing" if to_dos == 1 else f"{to_dos} things"
        return Standing("Done, to do", "orange", f"Done{when}. You have {things} to do")
    return Standing("Done", "green", f"Done{when}")


def _cancelled(task: TaskLike) -> Standing:
    when = f", {when_words(task.closed_at)}" if task.closed_at else ""
    return Standing("Stopped", "grey", f"{_STOPPED[CancelReason(task.cancel_reason or '')]}{when}")


def _target_sentence(task: TaskLike, kind: Kind) -> str:
    target = with_length(kind.target, task.target_length)
    if target.working_days is None:
        hours = (target.hub_minutes or 0) // 60
        return f"Should be done within {hours} working hours from {when_words(task.raised_at)}."
    label = kind.receipt_label[:1].lower() + kind.receipt_label[1:]
    days = "1 working day" if target.working_days == 1 else f"{target.working_days} working days"
    return f"Should be done within {days} from {task.receipt_on:%d-%b-%Y} ({label})."


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
