"""A request's history as its practice reads it: one plain sentence per event that concerns it."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from hub.conversation.holding_presenters import passed_on
from hub.domain.contact import told as contact_told
from hub.domain.kinds import Kind
from hub.domain.lifecycle import Act
from hub.domain.patient import detail_words
from hub.domain.promises import when_words
from hub.domain.vocabulary import CancelReason, Status, WaitingOn


class LineLike(Protocol):
    """One event, as `queries.history` returns it."""

    @property
    def act(self) -> Act:
        """What happened."""

    @property
    def at(self) -> dt.datetime:
        """When."""

    @property
    def actor(self) -> str:
        """The person's name; "" for a process of the hub."""

    @property
    def system(self) -> bool:
        """Whether a process of the hub did it."""

    @property
    def to(self) -> str:
        """The person it was given to, or ""."""

    @property
    def data(self) -> dict[str, Any]:
        """The event's codes."""

    @property
    def text(self) -> str:
        """What somebody wrote, where the practice may read it."""

    @property
    def former(self) -> str:
        """The person who had it before, or ""."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the story; `text` is what somebody wrote, or ""."""

    when: str
    iso: str
    sentence: str
    text: str
    recall: int = 0  # the recall that raised it


def story(
    lines: Iterable[LineLike], kind: Kind, to_dos: Mapping[int, str] = MappingProxyType({})
) -> list[Step]:
    """Return the events that concern the practice, newest first, in plain words.

    `to_dos` are the texts of what the practice is asked to do, by id.
    """
    steps = []
    for line, sentence in _told(lines, kind):
        text = line.text or to_dos.get(line.data.get("to_do", 0), "")
        recall = line.data.get("recall", 0)
        steps.append(Step(when_words(line.at), line.at.isoformat(), sentence, text, recall))
    return steps[::-1]


def _told(lines: Iterable[LineLike], kind: Kind) -> Iterator[tuple[LineLike, str]]:
    """Yield each event with its sentence, oldest first; what one act did is one line.

    Pausing is the hub's own affair, so going on after it is none to the practice either; a
    question already says that its answer is awaited.
    """
    before: LineLike | None = None
    shown: LineLike | None = None
    began = ""
    for line in lines:
        words = _SENTENCES.get(line.act)
        sentence = words(line, kind) if words else ""
        if line.act == Act.STARTED and began == line.actor:
            going_on = shown is not None and shown.act in _AT_WORK and shown.actor == line.actor
            sentence = "" if going_on else f"{_who(line)} went on with it."
        elif line.act == Act.WAITED and before is not None and before.act == Act.ASKED:
            sentence = "" if line.data.get("on") == WaitingOn.PRACTICE else sentence
        began = line.actor if line.act == Act.STARTED else "" if line.act in _ENDS_WORK else began
        before = line
        if sentence:
            shown = line
            yield line, sentence


def warning_of(lines: Iterable[LineLike], status: Status) -> str:
    """Return what the practice was told when it could not rely on the hub; "" if it was not.

    Once someone has the request (or it is over), the warning no longer holds: "" too.
    """
    if status not in (Status.RAISED, Status.QUEUED):
        return ""
    told = [line.data.get("sentence", "") for line in lines if line.act == Act.WARNED]
    return told[-1] if told else ""


def _who(line: LineLike) -> str:
    return "The hub" if line.system or not line.actor else line.actor


def _by(words: str) -> Callable[[LineLike, Kind], str]:
    return lambda line, kind: f"{_who(line)} {words}."


def _said(words: str) -> Callable[[LineLike, Kind], str]:
    return lambda line, kind: words


def _given(line: LineLike, kind: Kind) -> str:
    to = line.to or "a clinician"
    if line.act == Act.MOVED and not line.system and line.actor:
        before = f" from {line.former}" if line.former else ""
        return f"{line.actor} passed it on{before} to {to}."
    return f"Given to {to}."


def _woken(line: LineLike, kind: Kind) -> str:
    return f"The wait is over: back with {line.to}." if line.to else "The wait is over."


def _waited(line: LineLike, kind: Kind) -> str:
    words = {
        WaitingOn.PRACTICE: "is waiting for your answer",
        WaitingOn.PATIENT: "is waiting for the patient",
        WaitingOn.HOSPITAL: "is waiting for the hospital",
        WaitingOn.RESULTS: "is waiting for results",
    }
    return f"{_who(line)} {words[WaitingOn(line.data['on'])]}."


def _raised(line: LineLike, kind: Kind) -> str:
    if "recall" in line.data:
        return f"A recall raised this request in the name of {_who(line)}."
    return f"{_who(line)} raised this request."


def _chased(line: LineLike, kind: Kind) -> str:
    return f"{_who(line)} chased it.{_moved_up(line)}"


def _changed(line: LineLike, kind: Kind) -> str:
    if "identity" in line.data:
        return f"{_who(line)} corrected the patient's details: {detail_words(line.data['identity'])}."
    before, after = line.data.get("band_before", 0), line.data.get("band", 0)
    moved = " It moved up." if after < before else " It moved back." if after > before else ""
    return f"{_who(line)} changed it.{moved}"


def _wrote(line: LineLike, kind: Kind) -> str:
    return f"{_who(line)} wrote to you." if line.data.get("from_hub") else f"{_who(line)} wrote to the hub."


def _answered(line: LineLike, kind: Kind) -> str:
    return f"{_who(line)} answered.{_moved_up(line)}"


def _moved_up(line: LineLike) -> str:
    data: Mapping[str, int] = line.data
    return " It moved up." if data.get("band", 0) < data.get("band_before", 0) else ""


def _retimed(line: LineLike, kind: Kind) -> str:
    due = when_words(dt.datetime.fromisoformat(line.data["due"]))
    return f"The hub changed how soon such work is to be done: {line.data['target']}. It is due {due} now."


def _warned(line: LineLike, kind: Kind) -> str:
    if line.data.get("held"):
        return "You were told that the hub could not work for your practice at the moment."
    return "You were told that nobody would be at work in time."


def _telephoned(line: LineLike, kind: Kind) -> str:
    if line.data.get("read_back", True):
        return f"{_who(line)} spoke to someone about it by telephone, because it could not wait."
    return f"{_who(line)} tried to reach someone about it by telephone; nobody answered."


def _cancelled(line: LineLike, kind: Kind) -> str:
    if line.data.get("with_file"):
        return f"{_who(line)} took back the file it came from."
    why = CancelReason(line.data.get("reason", CancelReason.WITHDRAWN))
    return {
        CancelReason.WITHDRAWN: f"{_who(line)} stopped it, because it was no longer needed.",
        CancelReason.RAISED_IN_ERROR: f"{_who(line)} stopped it, because it was raised in error.",
        CancelReason.DIED: f"{_who(line)} told us that the patient has died, so it stopped.",
        CancelReason.MOVED: f"{_who(line)} told us that the patient has moved, so it stopped.",
    }[why]


def _completed(line: LineLike, kind: Kind) -> str:
    return f"{_who(line)} finished it: {outcome_words(kind, line.data.get('outcome', ''))}."


def _contacted(line: LineLike, kind: Kind) -> str:
    return f"{_who(line)} {contact_told(line.data)}."


def outcome_words(kind: Kind, code: str) -> str:
    """Return an outcome's label with a small first letter; its code if this version of the kind lacks it."""
    label = next((one.label for one in kind.outcomes if one.code == code), code)
    return label[:1].lower() + label[1:]


_AT_WORK = (Act.STARTED, Act.RESUMED)
_ENDS_WORK = (Act.MOVED, Act.RELEASED, Act.HANDED_OVER, Act.SENT_BACK, Act.COMPLETED, Act.CANCELLED)

# Acts that are left out (paused, decided ...) are the hub's own affair.
_SENTENCES: dict[Act, Callable[[LineLike, Kind], str]] = {
    Act.RAISED: _raised,
    Act.WARNED: _warned,
    Act.PLACED: _said("The hub put it in line."),
    Act.ASSIGNED: _given,
    Act.TAKEN: _by("took it on"),
    Act.MOVED: _given,
    Act.STARTED: _by("started work on it"),
    Act.WAITED: _waited,
    Act.WOKEN: _woken,
    Act.RESUMED: _by("went on with it"),
    Act.HANDED_OVER: _by("handed it on to a pharmacist"),
    Act.RELEASED: lambda line, kind: passed_on(line),
    Act.SENT_BACK: _by("sent it back to you"),
    Act.CORRECTED: _by("corrected it and sent it again"),
    Act.COMPLETED: _completed,
    Act.CANCELLED: _cancelled,
    Act.REOPENED: _by("took that back, and it was raised again"),
    Act.RETIMED: _retimed,
    Act.PROMOTED: _said("It moved up, because its time is near."),
    Act.CHASED: _chased,
    Act.ASKED: _by("asked you a question"),
    Act.ANSWERED: _answered,
    Act.CHANGED: _changed,
    Act.WROTE: _wrote,
    Act.ESCALATED: _telephoned,
    Act.FLAGGED: _said("The hub lead was told about it."),
    Act.UNPLACEABLE: _said("Nobody can do it at the moment; the hub lead was told."),
    Act.TO_DO_TICKED: _by("ticked this as done"),
    Act.CONTACTED: _contacted,
}
