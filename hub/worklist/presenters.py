"""How lists show a task: when it is due in words, its tags, whom it is about, and why it stands there."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Protocol

from hub.domain.identifiers import format_nhs_number
from hub.domain.kinds import Kind
from hub.domain.mark_words import mark_words
from hub.domain.patient import Identity
from hub.domain.promises import BAND_WORDS, band_words, local_day, when_words
from hub.domain.vocabulary import Band, PatientStatus, WaitingOn
from hub.worklist.reason_presenters import TaskLike, capital, overdue, place_words, reason_words, why_me

WAITING_FOR = {
    WaitingOn.PRACTICE: "the practice",
    WaitingOn.PATIENT: "the patient",
    WaitingOn.HOSPITAL: "the hospital",
    WaitingOn.RESULTS: "results",
}
# Red is for what cannot wait; the words say it too, never the colour alone.
_BAND_COLOUR = {
    Band.NOW: "red",
    Band.BY_TOMORROW: "orange",
    Band.INSIDE_TARGET: "blue",
    Band.PLANNED: "grey",
    Band.WHEN_CAPACITY_ALLOWS: "white",
}


class ListedLike(Protocol):
    """What a row reads: the task, its kind and practice, and whom it is about."""

    @property
    def task(self) -> Any:
        """The task."""

    @property
    def practice(self) -> Any:
        """Its practice."""

    @property
    def kind(self) -> Kind:
        """Its kind."""

    @property
    def identity(self) -> Identity | None:
        """Whom it is about."""

    @property
    def marks(self) -> Any:
        """Who set its place, and for whom it is kept (`set_by`, `kept_for`: names, or "")."""


@dataclass(frozen=True)
class When:
    """A moment for `<time>`: machine-readable, absolute, and relative to now."""

    label: str
    iso: str
    words: str
    relative: str


@dataclass(frozen=True)
class Tag:
    """A short adjective with a colour that says nothing the words do not."""

    text: str
    colour: str


ANSWERED = Tag("Answered", "green")
NEWS = Tag("Unread", "orange")


@dataclass(frozen=True)
class Patient:
    """A patient as a banner or one cell shows them; `stopped` says died or moved, or is ""."""

    name: str
    born: str
    born_iso: str
    age: str
    number: str
    has_number: bool
    record_number: str
    stopped: str


@dataclass(frozen=True)
class Row:
    """One task of a list."""

    ref: str
    version: int
    position: int
    kind: str
    practice: str
    system: str
    patient: Patient | None
    clocks: tuple[When, ...]
    minutes: int
    tags: tuple[Tag, ...]
    why_here: str
    why_me: str
    raised: When
    reasons: tuple[str, ...]
    state: str = ""
    chase: str = ""
    cannot_finish: str = ""


def when(label: str, at: dt.datetime, now: dt.datetime) -> When:
    """Return a moment with its label ("Due", "Deadline")."""
    return When(label, at.isoformat(), when_words(at), relative(at, now))


def relative(at: dt.datetime, now: dt.datetime) -> str:
    """Say how far `at` lies from `now`: "in 25 minutes", "tomorrow", "3 days ago"."""
    ahead = at > now
    minutes = int(abs(at - now).total_seconds() // 60)
    days = abs((local_day(at) - local_day(now)).days)
    if minutes < 1:
        return "now"
    if minutes < 60:
        amount = _counted(minutes, "minute")
    elif days == 0:
        amount = _counted(minutes // 60, "hour")
    elif days == 1:
        return "tomorrow" if ahead else "yesterday"
    else:
        amount = _counted(days, "day")
    return f"in {amount}" if ahead else f"{amount} ago"


def clocks(task: TaskLike, now: dt.datetime) -> tuple[When, ...]:
    """Return the deadline, where there is one, and the due time."""
    due = when("Due", task.due_at, now)
    return (due,) if task.deadline_at is None else (when("Deadline", task.deadline_at, now), due)


def tags(task: TaskLike, now: dt.datetime, *, held: bool = False) -> tuple[Tag, ...]:
    """Return the band in words, then lateness, then what was answered yes or not sure."""
    band, late = Band(task.effective_band), overdue(task, now)
    found = [Tag(capital(band_words(band, late=late)), _BAND_COLOUR[band])]
    if late:
        found.append(Tag("Overdue", "red"))
    if task.deadline_at is not None and now >= task.deadline_at:
        found.append(Tag("Deadline passed", "red"))
    if task.late_on_arrival:
        found.append(Tag("Late on arrival", "orange"))
    if task.chases:
        found.append(Tag(f"Chased {task.chases} times" if task.chases > 1 else "Chased", "orange"))
    if held:
        found.append(Tag("Practice held", "orange"))
    found += [Tag(capital(signal), "yellow") for signal in task.signals]
    if task.not_sure:
        found.append(Tag(f"Not sure: {', '.join(task.not_sure)}", "yellow"))
    return tuple(found)


def marks(task: Any, names: Any, now: dt.datetime) -> tuple[Tag, ...]:
    """Return what people have set about a task against the rules' order; `names` is a row's `marks`."""
    words = mark_words(task, set_by=names.set_by, kept_for=names.kept_for, now=now)
    return tuple(Tag(one, "purple") for one in words)


def patient(identity: Identity | None, status: str, today: dt.date) -> Patient | None:
    """Return whom a task is about; None where it is about a practice."""
    if identity is None:
        return None
    number = identity.nhs_number
    stopped = {PatientStatus.DIED: "Has died", PatientStatus.MOVED: "Has left this practice"}
    return Patient(
        name=identity.name,
        born=identity.born.strftime("%d-%b-%Y"),
        born_iso=identity.born.isoformat(),
        age=f"{identity.age_on(today)}y",
        number=format_nhs_number(number) if number else f"None, because {identity.no_number_because}",
        has_number=bool(number),
        record_number=identity.record_number or "Not known",
        stopped=stopped.get(PatientStatus(status), ""),
    )


def row(one: ListedLike, *, position: int, now: dt.datetime, me: str = "") -> Row:
    """Return a task as one row of a list, at `position` from 1; `me` names the person who reads it."""
    task, practice = one.task, one.practice
    status = task.patient.status if task.patient else ""
    return Row(
        ref=task.ref,
        version=task.version,
        position=position,
        kind=kind_words(one.kind, task.subtype),
        practice=practice.name,
        system=practice.clinical_system,
        patient=patient(one.identity, status, local_day(now)),
        clocks=clocks(task, now),
        minutes=task.minutes,
        tags=(*tags(task, now, held=practice.held_since is not None), *marks(task, one.marks, now)),
        why_here=place_words(task, position, now),
        why_me=" ".join(why_me(task.why_me, me)),
        reasons=tuple(reason_words(task.reasons)),
        raised=when("Raised", task.raised_at, now),
    )


def kind_words(kind: Kind, subtype: str) -> str:
    """Return the kind's name, with the subtype's where there is one."""
    named = {one.code: one.name for one in kind.subtypes}.get(subtype, "")
    return f"{kind.name}: {named}" if named else kind.name


def hours(minutes: int) -> str:
    """Return minutes as people read a shift: "3 h 25 min"."""
    whole, rest = divmod(max(minutes, 0), 60)
    return " ".join(filter(None, (f"{whole} h" if whole else "", f"{rest} min" if rest or not whole else "")))


def band_choices() -> list[dict[str, str]]:
    """Return how soon a task may be as options of a filter."""
    return [{"value": str(int(band)), "text": capital(words)} for band, words in BAND_WORDS.items()]


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
