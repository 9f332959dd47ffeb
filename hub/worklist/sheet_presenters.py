"""How one task's page reads: facts with their answers, what may be done now, who could do it."""

import datetime as dt
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

from hub.domain.eligibility import Person
from hub.domain.hours import DAY_NAMES, MIDNIGHT, Hours
from hub.domain.kinds import Kind
from hub.domain.lifecycle import STATUS_IN_A_SENTENCE, Act, can
from hub.domain.promises import local_day, when_words
from hub.domain.vocabulary import CLOCK_STOPPERS, FactAnswer, Profession, RequestedUrgency, Status, WaitingOn
from hub.domain.worktime import LONDON
from hub.worklist.presenters import WAITING_FOR, hours, kind_words

_SAID = {FactAnswer.YES: "Yes", FactAnswer.NO: "No", FactAnswer.NOT_SURE: "Not sure"}
_ON_MY_LIST = (Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING)


class ClocksLike(Protocol):
    """What the clocks' sentences read of a task."""

    due_at: dt.datetime
    deadline_at: dt.datetime | None
    deadline_why: str
    late_on_arrival: bool
    waiting_on: str | None
    stopped_minutes: int


@dataclass(frozen=True)
class Fact:
    """One safety fact: what was asked, and what was answered; `open` marks what is not known."""

    question: str
    answer: str
    open: bool
    signal: str


@dataclass(frozen=True)
class Facts:
    """The safety facts: those answered yes, then those that are not known; and what was answered no."""

    standing_out: list[Fact]
    answered_no: str


@dataclass(frozen=True)
class Link:
    """An act that may be done now; `endpoint` opens its page, or takes the form when `posts`."""

    words: str
    endpoint: str
    posts: bool = False


_HAND_OVER = Link("Hand to a pharmacist", "placing.hand_over")


@dataclass(frozen=True)
class Acts:
    """What this person may do with the task now: at most one main act, others, and refusals in sentences."""

    main: Link | None
    others: tuple[Link, ...]
    refusals: tuple[str, ...]


@dataclass(frozen=True)
class Viewer:
    """Who looks: whether the task is on their list, and why they may not take or do it.

    `person` is None for a lead who is no clinician. `take` and `start` hold the first
    refusal's sentence, or "". `begun` says that work on it has started already, and
    `may_close` that one of its outcomes is theirs to record.
    """

    person: Person | None
    is_mine: bool
    is_lead: bool
    take: str = ""
    start: str = ""
    begun: bool = False
    may_close: bool = True


def facts(kind: Kind, answers: Mapping[str, str]) -> Facts | None:
    """Return the kind's safety facts, what is yes or unknown one by one; None if the kind has none.

    A fact that is missing from `answers` was not told, and says so.
    """
    found = []
    for fact in kind.facts:
        answer = FactAnswer(answers[fact.code]) if fact.code in answers else None
        words = "Not told" if answer is None else _SAID[answer]
        found.append((answer, Fact(fact.question, words, answer in (None, FactAnswer.NOT_SURE), fact.signal)))
    if not found:
        return None
    said_no = [fact.signal for answer, fact in found if answer == FactAnswer.NO]
    others = [fact for answer, fact in found if answer != FactAnswer.NO]
    return Facts(sorted(others, key=lambda fact: fact.open), ", ".join(said_no))


def acts(status: Status, viewer: Viewer, *, stage: int, stages: int) -> Acts:
    """Return the acts that the lifecycle and the ladder allow this viewer, in the order of use."""
    main, refused = _main_act(status, viewer)
    own = _own_acts(status, viewer, stage < stages)
    if main and not viewer.may_close and _HAND_OVER in own:
        # Nothing they could record would close it, so handing on is what comes next.
        own[own.index(_HAND_OVER)], main = main, _HAND_OVER
    others = [
        *own,
        *_giving_back(status, viewer),
        *_anyones(status, viewer),
        *_lead_acts(status, viewer),
    ]
    return Acts(main, tuple(others), refused)


def _main_act(status: Status, viewer: Viewer) -> tuple[Link | None, tuple[str, ...]]:
    if status is Status.QUEUED and viewer.person is not None:
        if viewer.take:
            return None, (f"You cannot take this: {viewer.take}",)
        return Link("Take", "placing.take", posts=True), ()
    if not viewer.is_mine:
        return None, ()
    if status is Status.ASSIGNED and viewer.start:
        verb = "go on with" if viewer.begun else "start"
        return None, (f"You cannot {verb} this: {viewer.start}",)
    links = {
        Status.ASSIGNED: Link("Go on" if viewer.begun else "Start", "worklist.start"),
        Status.IN_PROGRESS: Link("Complete", "outcomes.complete"),
        Status.WAITING: Link("Resume", "worklist.resume"),
    }
    return links.get(status), ()


def _own_acts(status: Status, viewer: Viewer, has_next_stage: bool) -> list[Link]:
    if status is not Status.IN_PROGRESS or not viewer.is_mine:
        return []
    found = [Link("Pause", "worklist.pause", posts=True), Link("Ask the practice, or wait", "worklist.wait")]
    technician = viewer.person is not None and viewer.person.profession is Profession.TECHNICIAN
    if has_next_stage and technician:
        found.append(_HAND_OVER)
    return found


def _giving_back(status: Status, viewer: Viewer) -> list[Link]:
    found = []
    mine_or_lead = viewer.is_mine or viewer.is_lead
    if can(status, Act.RELEASED) and mine_or_lead:
        found.append(Link("Release to the queue", "placing.release"))
    queued = status is Status.QUEUED and (viewer.person is not None or viewer.is_lead)
    if can(status, Act.SENT_BACK) and (mine_or_lead or queued):
        found.append(Link("Send back to the practice", "placing.send_back"))
    return found


def _anyones(status: Status, viewer: Viewer) -> list[Link]:
    found = []
    if can(status, Act.CANCELLED):
        found.append(Link("Escalate now", "worklist.escalate"))
        if viewer.is_mine or viewer.is_lead:
            found.append(Link("Raised in error", "worklist.raised_in_error"))
    return found


def _lead_acts(status: Status, viewer: Viewer) -> list[Link]:
    if not viewer.is_lead:
        return []
    if status in (Status.RAISED, Status.QUEUED):
        return [Link("Assign to someone", "balancing.assign")]
    return [Link("Move to someone else", "balancing.move")] if can(status, Act.MOVED) else []


def who_has_it(status: Status, is_mine: bool, name: str, waiting_on: str | None, state: str = "") -> str:
    """Say in one sentence where the task stands and with whom; `state` is `presenters.state_words`."""
    on = WAITING_FOR[WaitingOn(waiting_on)] if waiting_on else ""
    state = f"{state[:1].lower()}{state[1:]}" if state else "not started"
    yours = {
        Status.ASSIGNED: f"On your worklist, {state}.",
        Status.IN_PROGRESS: "You have this in progress.",
        Status.WAITING: f"On your worklist, waiting for {on}.",
    }
    theirs = {
        Status.ASSIGNED: f"On {name}'s worklist, {state}.",
        Status.IN_PROGRESS: f"{name} has this in progress.",
        Status.WAITING: f"On {name}'s worklist, waiting for {on}.",
        Status.RAISED: "Just raised: the hub is placing it.",
        Status.QUEUED: "Waiting in its queue; nobody has it yet.",
        Status.SENT_BACK: "Sent back to the practice, which must correct or stop it.",
        Status.COMPLETED: "Completed.",
        Status.CANCELLED: "Stopped.",
    }
    return yours[status] if is_mine and status in _ON_MY_LIST else theirs[status]


def only_known(acts: Acts, endpoints: Container[str]) -> Acts:
    """Return the acts whose pages exist in this installation."""
    others = tuple(link for link in acts.others if link.endpoint in endpoints)
    return Acts(acts.main, others, acts.refusals)


def clock_lines(task: ClocksLike, now: dt.datetime) -> list[str]:
    """Return the sentences about the clocks: which one counts, why the deadline, late on arrival, waiting."""
    lines = [_LIMIT if task.deadline_at > task.due_at else _DEADLINE_FIRST] if task.deadline_at else []
    lines += [task.deadline_why] if task.deadline_why else []
    if task.late_on_arrival:
        lines.append("Late on arrival: a target or deadline had passed before the hub was asked.")
    if task.waiting_on in CLOCK_STOPPERS:
        lines.append(CLOCK_WORDS)
    if task.stopped_minutes:
        stood = hours(task.stopped_minutes)
        lines.append(f"The target clock stood still for {stood} of working time while it waited.")
    return lines


def other_words(kind: Kind, subtype: str, status: str) -> str:
    """Name another task of the same patient."""
    return f"{kind_words(kind, subtype)}, {STATUS_IN_A_SENTENCE[Status(status)]}"


def hours_lines(opening_hours: dict[str, Any]) -> list[str]:
    """Return a week's opening hours, neighbouring days with the same hours in one line."""
    if not opening_hours:
        return ["Not known"]
    week = Hours.from_json(opening_hours)
    days = [
        (name, " and ".join(f"{start:%H:%M} to {_closing(end)}" for start, end in spans) or "closed")
        for name, spans in zip(DAY_NAMES, week.days, strict=True)
    ]
    lines = []
    for times, group in groupby(days, key=lambda day: day[1]):
        names = [name for name, _ in group]
        lines.append(f"{names[0]}{f' to {names[-1]}' if len(names) > 1 else ''}: {times}")
    return lines


def _closing(end: dt.time) -> str:
    return "24:00" if end == MIDNIGHT else f"{end:%H:%M}"


_LIMIT = (
    "Have it done by its due time: from then on it counts as overdue. The deadline is the limit for safety."
)
_DEADLINE_FIRST = "Have it done by its deadline, which comes first."
CLOCK_WORDS = (
    "While it waits on the practice or the patient, its target clock stands still: when the waiting ends, it "
    "is due later by as long. A safety deadline never moves."
)
WAIT_OPTIONS = [
    {
        "value": WaitingOn.PRACTICE.value,
        "text": "The practice",
        "hint": "What you write is sent to it as a question. Its answer brings the task back to you.",
    },
    {"value": WaitingOn.PATIENT.value, "text": "The patient"},
    {"value": WaitingOn.HOSPITAL.value, "text": "The hospital"},
    {"value": WaitingOn.RESULTS.value, "text": "Results"},
]


def day_options(moments: Iterable[dt.datetime], now: dt.datetime) -> list[dict[str, str]]:
    """Return the moments until which a task may wait as options; the value is the day."""
    options = [{"value": "", "text": "Choose a day"}]
    for moment in moments:
        day = local_day(moment)
        words = f"Today, {moment.astimezone(LONDON):%H:%M}" if day == local_day(now) else when_words(moment)
        options.append({"value": day.isoformat(), "text": words})
    return options


def deadline_words(deadline_at: dt.datetime | None, now: dt.datetime) -> str:
    """Say what a hard deadline means for waiting, or ""."""
    if deadline_at is None:
        return ""
    if now >= deadline_at:
        return f"Its deadline has passed ({when_words(deadline_at)}), so only the soonest day is offered."
    return f"Its deadline is {when_words(deadline_at)}; only days before it are offered."


def requested_words(requested: str) -> str:
    """Say how soon the practice asked for it."""
    return {
        RequestedUrgency.ROUTINE: "In its usual turn",
        RequestedUrgency.SOON: "By tomorrow",
        RequestedUrgency.URGENT: "Today",
    }[RequestedUrgency(requested)]
