"""How lists of the board show a task, a person who could do it, a hold and a job: words, colours, ages."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.domain.assignment import lacks_somebody
from hub.domain.eligibility import Person, Refusal
from hub.domain.kinds import QUEUES
from hub.domain.lifecycle import Act, can
from hub.domain.mark_words import mark_words
from hub.domain.promises import band_words, in_full
from hub.domain.routing import Needs, who_phrase
from hub.domain.vocabulary import CLOCK_STOPPERS, OPEN_STATUSES, Band, Status, WaitingOn
from hub.domain.worktime import LONDON

WAITING_ON_WORDS = {
    WaitingOn.PRACTICE: "the practice",
    WaitingOn.PATIENT: "the patient",
    WaitingOn.HOSPITAL: "the hospital",
    WaitingOn.RESULTS: "results",
}
JOB_WORDS = {
    "place": "Place one task",
    "place_raised": "Place what was raised",
    "top_up": "Top up worklists",
    "call_out": "Reach somebody for what cannot wait",
    "promote": "Lift tasks by time",
    "wake": "Wake waiting tasks",
    "go_off_shift": "Take back work of people off shift",
    "watch": "Look for what nobody decides",
    "learn_minutes": "Learn how long work takes",
    "chase_to_dos": "Chase what practices must do",
    "write_letters": "Write and send e-mail",
    "write_digests": "Write digests",
    "forget_notices": "Remove old notices",
}


def ago(then: dt.datetime | None, now: dt.datetime) -> str:
    """Say how long ago a moment was, roughly: "12 minutes", "5 hours", "3 days"."""
    if then is None:
        return "never"
    minutes = max(int((now - then).total_seconds() // 60), 0)
    if minutes < 1:
        return "less than a minute"
    if minutes < 120:
        return some(minutes, "minute")
    hours = minutes // 60
    return some(hours, "hour") if hours < 48 else some(hours // 24, "day")


def some(number: int, thing: str) -> str:
    """Say how many: "1 minute", "2,000 minutes"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def short(at: dt.datetime) -> str:
    """Show a moment as 05-Jan-2026 14:30, in London."""
    return f"{at.astimezone(LONDON):%d-%b-%Y %H:%M}"


@dataclass(frozen=True)
class TaskRow:
    """One task in a list of the board."""

    ref: str
    kind: str
    practice: str
    practice_held: bool
    queue: str
    band: str
    band_colour: str
    status: str
    who: str
    due_at: dt.datetime
    is_overdue: bool
    deadline_at: dt.datetime | None
    raised: str
    raised_at: dt.datetime
    minutes: int
    why: str
    since: str
    may_assign: bool
    may_move: bool
    may_release: bool
    may_send_back: bool
    marks: tuple[str, ...] = ()
    is_over: bool = False


_BAND_COLOURS = {1: "red", 2: "orange", 3: "blue", 4: "grey", 5: "grey"}
_STATUS_WORDS = {
    Status.RAISED: "Being placed",
    Status.QUEUED: "Waiting for a clinician",
    Status.ASSIGNED: "Assigned to {who}",
    Status.IN_PROGRESS: "In progress with {who}",
    Status.WAITING: "Waiting on {whom}, for {who}",
    Status.SENT_BACK: "Sent back to the practice",
    Status.COMPLETED: "Completed",
    Status.CANCELLED: "Stopped",
}


def band_tag(band: int, *, late: bool = False) -> str:
    """Return how soon a task is to be done, as its tag says it."""
    words = band_words(Band(band), late=late)
    return words[:1].upper() + words[1:]


def status_words(status: Status, who: str, waiting_on: str | None) -> str:
    """Say where a task stands, and with whom."""
    whom = WAITING_ON_WORDS[WaitingOn(waiting_on)] if waiting_on else ""
    return _STATUS_WORDS[status].format(who=who or "nobody", whom=whom)


def task_row(row: Any, kinds: Mapping[str, str], now: dt.datetime) -> TaskRow:
    """Show one row of `queries.tasks`; `kinds` maps a kind's code to its name."""
    status = Status(row.status)
    return TaskRow(
        ref=row.ref,
        kind=kinds.get(row.kind, row.kind),
        practice=row.practice_name,
        practice_held=row.held_since is not None,
        queue=QUEUES.get(row.queue, row.queue),
        band=band_tag(row.effective_band, late=row.is_overdue),
        band_colour=_BAND_COLOURS[row.effective_band],
        status=status_words(status, row.assignee_name or "", row.waiting_on),
        who=row.assignee_name or "",
        due_at=row.due_at,
        is_overdue=row.is_overdue,
        deadline_at=row.deadline_at,
        raised=ago(row.raised_at, now),
        raised_at=row.raised_at,
        minutes=row.minutes,
        why=row.decide_why,
        since=f"{ago(row.decide_since, now)}, since {short(row.decide_since)}" if row.decide_since else "",
        may_assign=can(status, Act.ASSIGNED),
        may_move=can(status, Act.MOVED),
        may_release=can(status, Act.RELEASED),
        may_send_back=can(status, Act.SENT_BACK),
        marks=mark_words(row, set_by=row.set_by or "", kept_for=row.kept_for or "", now=now),
        is_over=status not in OPEN_STATUSES,
    )


def list_words(number: str, queue: str, person: str) -> str:
    """Say what a list holds: "Overdue, Queries", "In progress, Asha Patel"."""
    return ", ".join(part for part in (number, QUEUES.get(queue, queue), person) if part)


def practice_options(rows: Iterable[Any]) -> list[dict[str, str]]:
    """Return the practices as options of a select, headed by none."""
    options = [{"value": "", "text": "Choose a practice"}]
    return options + [{"value": str(row.id), "text": f"{row.name} ({row.ods_code})"} for row in rows]


@dataclass(frozen=True)
class Facts:
    """What a lead must know of a task to decide who does it; nothing about the patient."""

    ref: str
    band: str
    band_colour: str
    status: str
    practice: str
    who: str
    minutes: int
    due_at: dt.datetime
    is_overdue: bool
    deadline_at: dt.datetime | None
    reasons: list[str]
    decide_why: str


def is_overdue(task: Any, now: dt.datetime) -> bool:
    """Say whether a task (a `Task`) is past its target or its deadline, as the board counts it."""
    stopped = task.status == Status.WAITING and task.waiting_on in CLOCK_STOPPERS
    judged_at = task.waiting_since if stopped else now
    return task.due_at < judged_at or (task.deadline_at is not None and task.deadline_at < now)


def task_facts(
    task: Any, needs: Needs, holder: str, now: dt.datetime, *, somebody_may: bool = False
) -> Facts:
    """Show one task (a `Task`) to a lead; `holder` is the name of the person who has it, or "".

    `somebody_may` says that a person was found who may do it: what the task says to the
    contrary is then not true any more, and the minute's watch will take it away.
    """
    stale = somebody_may and lacks_somebody(task.decide_why, needs)
    return Facts(
        ref=task.ref,
        band=band_tag(task.effective_band, late=is_overdue(task, now)),
        band_colour=_BAND_COLOURS[task.effective_band],
        status=status_words(Status(task.status), holder, task.waiting_on),
        practice=needs.practice_name,
        who=who_phrase(needs),
        minutes=needs.minutes,
        due_at=task.due_at,
        is_overdue=is_overdue(task, now),
        deadline_at=task.deadline_at,
        reasons=[in_full(sentence) for sentence in task.reasons],
        decide_why="" if stale else task.decide_why,
    )


# The heading on a person's page under which a rung's refusal is mended.
_MENDED_AT = {"competence": "competences", "access": "access"}


@dataclass(frozen=True)
class Candidate:
    """Someone a task could be given to, or why not; `mend` is the part of their page that changes it."""

    id: int
    name: str
    about: str
    objections: list[str]
    mend: str | None = None
    warning: str = ""


@dataclass(frozen=True)
class Candidates:
    """Everyone, in three groups: may now; may with a lead's reason; may not, whatever the reason."""

    ready: list[Candidate]
    with_reason: list[Candidate]
    refused: list[Candidate]


def candidates(
    judged: Iterable[tuple[Person, tuple[Refusal, ...]]], *, without: int | None, on_rota: Collection[int]
) -> Candidates:
    """Show who could do a task; `without` is the id of the person who has it now.

    `on_rota` are the ids of those who have any shift, now or later.
    """
    groups = Candidates([], [], [])
    for person, refusals in judged:
        if person.id == without:
            continue
        free = max(person.minutes_left - person.bound_minutes, 0)
        at_work = "at work" if person.at_work else "not at work now"
        about = f"{person.profession.capitalize()}, {at_work}, {some(free, 'minute')} free today"
        if refusals:  # they say the rest
            about = person.profession.capitalize()
        sentences = [refusal.sentence for refusal in refusals]
        mend = next((_MENDED_AT[refusal.rung] for refusal in refusals if refusal.rung in _MENDED_AT), None)
        warning = _away_words(person, person.id in on_rota)
        shown = Candidate(person.id, person.name, about, sentences, mend, warning)
        if any(refusal.hard for refusal in refusals):
            groups.refused.append(shown)
        elif refusals:
            groups.with_reason.append(shown)
        else:
            groups.ready.append(shown)
    return groups


def _away_words(person: Person, on_rota: bool) -> str:
    """Say what becomes of a task that is given to someone who is not there, or ""."""
    if person.at_work:
        return ""
    if not on_rota:
        return (
            f"{person.name} has no shifts at all: give them shifts on the rota first, "
            "or this comes back to the list of decisions."
        )
    return "It comes back to the list of decisions until they are at work."


@dataclass(frozen=True)
class HeldPractice:
    """A practice on hold: since when, why, and who did it."""

    id: int
    name: str
    reason: str
    since: str
    by: str


def held_practices(rows: Iterable[Any], now: dt.datetime) -> list[HeldPractice]:
    """Show the practices on hold."""
    return [
        HeldPractice(
            row.id,
            row.name,
            row.held_reason,
            f"{ago(row.held_since, now)}, since {short(row.held_since)}",
            row.held_by or "Not known",
        )
        for row in rows
    ]


@dataclass(frozen=True)
class DeadJob:
    """A job that gave up."""

    id: int
    job: str
    about: str
    error: str
    attempts: int
    dead_at: dt.datetime


def dead_jobs(rows: Iterable[Any]) -> list[DeadJob]:
    """Show the jobs that gave up; their payload is ids only."""
    return [
        DeadJob(
            row.id,
            JOB_WORDS.get(row.job, row.job),
            ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in row.payload.items())
            or "Nothing named",
            row.last_error or "Not known",
            row.attempts,
            row.dead_at,
        )
        for row in rows
    ]
