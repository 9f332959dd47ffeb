"""A task's history in plain words: who did what, when and why."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hub.domain.contact import told as contact_told
from hub.domain.kinds import QUEUES, Kind
from hub.domain.learning import usual_words
from hub.domain.lifecycle import Act
from hub.domain.patient import detail_words
from hub.domain.promises import BAND_WORDS, in_full, when_words
from hub.domain.vocabulary import Band
from hub.worklist.presenters import WAITING_FOR

Teller = Callable[[dict[str, Any], Mapping[int, str], Kind], str]


class Line(Protocol):
    """What the history reads of an event."""

    @property
    def at(self) -> dt.datetime:
        """When."""

    @property
    def act(self) -> str:
        """The event's kind."""

    @property
    def who(self) -> str:
        """Whose act it was."""

    @property
    def data(self) -> dict[str, Any]:
        """Its codes and ids."""

    @property
    def reason(self) -> str:
        """The reason typed, or ""."""

    @property
    def by_person(self) -> bool:
        """Whether a person did it, rather than one of the hub's own processes."""


@dataclass(frozen=True)
class HistoryLine:
    """One line of the history."""

    at: dt.datetime
    words: str
    reason: str


def history(lines: Iterable[Line], names: Mapping[int, str], kind: Kind) -> list[HistoryLine]:
    """Return the history in plain words, latest first."""
    return [HistoryLine(line.at, _words(line, names, kind), line.reason) for line in lines][::-1]


@dataclass(frozen=True)
class Changed:
    """The practice's newest change of an open request: whose, when, what, why; `identity`: of the patient."""

    who: str
    at: dt.datetime
    words: str
    reason: str
    identity: bool


def changes(lines: Iterable[Line], names: Mapping[int, str], kind: Kind) -> list[Changed]:
    """Return the practice's newest change, and all it ever corrected of the patient's details as one.

    Whoever opens the task checks every corrected detail, not only what was corrected last.
    """
    found = [line for line in lines if line.act == Act.CHANGED]
    told = [line for line in found if "identity" not in line.data][-1:]
    said = [Changed(one.who, one.at, _changed(one.data, names, kind), one.reason, False) for one in told]
    corrected = [line for line in found if "identity" in line.data]
    if corrected:
        last = corrected[-1]
        fields = {"identity": [name for line in corrected for name in line.data["identity"]]}
        reasons = "\n".join(filter(None, (line.reason for line in corrected)))
        said.append(Changed(last.who, last.at, _changed(fields, names, kind), reasons, True))
    return said


@dataclass(frozen=True)
class Note:
    """What the one who works on a task must read first: whose words, when, and the words."""

    label: str
    at: dt.datetime
    words: str


def notes(lines: Iterable[Line]) -> list[Note]:
    """Return what was said when the task came to where it stands: handed over, released, given by hand.

    A lead's reason counts while the task stands where the lead put it; a release note until
    the task is handed on. The last telephone call about something that cannot wait stands
    there too, whoever has the task.
    """
    found: dict[str, Note] = {}
    for line in lines:
        for gone in _OUTDATES.get(line.act, ()):
            found.pop(gone, None)
        label = _NOTED.get(line.act, "")
        if label and line.reason and line.by_person:
            found[line.act] = Note(f"{label} by {line.who}", line.at, line.reason)
    return list(found.values())


_NOTED: dict[str, str] = {
    Act.HANDED_OVER: "Handed over",
    Act.RELEASED: "Released",
    Act.ASSIGNED: "Assigned",
    Act.MOVED: "Moved here",
    Act.ESCALATED: "Escalated",
}
_GIVEN = (Act.ASSIGNED, Act.MOVED)
_OUTDATES: dict[str, tuple[str, ...]] = {
    Act.HANDED_OVER: (Act.HANDED_OVER, Act.RELEASED, *_GIVEN),
    Act.RELEASED: (Act.RELEASED, *_GIVEN),
    Act.ASSIGNED: _GIVEN,
    Act.TAKEN: _GIVEN,
    Act.MOVED: _GIVEN,
    Act.SENT_BACK: (Act.RELEASED, *_GIVEN),
}


# What follows from an act by a rule: the event names whose act it was, but the hub did it.
_BY_ITSELF = (Act.FLAGGED,)


def _words(line: Line, names: Mapping[int, str], kind: Kind) -> str:
    if line.act == Act.WOKEN or line.data.get("because") == "woken":
        return _woken(line)
    teller = _TELLERS.get(line.act)
    words = teller(line.data, names, kind) if teller else _PLAIN.get(line.act, line.act.replace("_", " "))
    return f"{'The hub' if line.act in _BY_ITSELF else line.who} {words}."


def _woken(line: Line) -> str:
    """Say why a task stopped waiting: what the practice did, or that the day to look again came."""
    did = {Act.CHASED.value: "chased it", Act.CHANGED.value: "changed it"}.get(
        line.data.get("after", ""), "answered"
    )
    why = f"{line.who} {did}" if line.by_person else "The day to look at it again has come"
    if line.act == Act.WOKEN:
        return f"{why}: it came back to the worklist it was on."
    return f"{why}: it went to its queue, because its clinician cannot take it back now."


def _to(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    return f"put it on {_name(data, 'to', names)}'s worklist"


def _moved(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    return f"moved it from {_name(data, 'from', names)} to {_name(data, 'to', names)}"


def _waited(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    on = WAITING_FOR.get(data.get("on", ""), "someone")
    until = data.get("until")
    return f"waits for {on}" + (f" until {when_words(dt.datetime.fromisoformat(until))}" if until else "")


def _placed(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    queue = QUEUES.get(data.get("queue", ""), "")
    band = data.get("band")
    words = f"placed it in {queue or 'its queue'}"
    words = f"{words}: {in_full(BAND_WORDS[Band(band)])}" if band else words
    nobody = str(data.get("unplaceable", "")).rstrip(".")
    return ". ".join(filter(None, (words, _route(data), nobody)))


def _route(data: Mapping[str, Any]) -> str:
    """Say by which rule of which policy it went where it went, or "" where the event does not tell."""
    where = str(next(iter(data.get("route", ())), "")).rstrip(".")
    return f"{where} (policy version {data['policy']})" if where and "policy" in data else where


def _promoted(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    band = data.get("to") or data.get("band")
    return f"lifted it: {in_full(BAND_WORDS[Band(band)])}" if band else "lifted it, because time has passed"


def _completed(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    labels = {outcome.code: outcome.label for outcome in kind.outcomes}
    label = labels.get(data.get("outcome", ""), "")
    minutes = data.get("minutes")
    words = f"completed it: {label}" + (f" ({minutes} minutes)" if minutes else "")
    return words + (
        f", supervised by {_name(data, 'supervised_by', names)}" if "supervised_by" in data else ""
    )


def _released(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    because = {
        "told_more": "told more, so it went back into its queue: its clinician may not do it any longer",
        "not_opened": "took it back into its queue, because it was not opened in time",
        "unsupervised": "put it back into its queue, because nobody who may supervise it is at work",
        "off_shift": "put it back into its queue, because its clinician is not at work (shift over, or away)",
    }
    return because.get(data.get("because", ""), "released it to its queue")


def _paused(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    return "paused it to start another" if data.get("because") == "started_another" else "paused it"


def _cancelled(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    if data.get("with_file"):
        return "took back the file it came from"
    words = {
        "withdrawn": "stopped it, because it is no longer needed",
        "raised_in_error": "stopped it: raised in error",
        "died": "stopped it: the patient has died",
        "moved": "stopped it: the patient has left the practice",
    }
    return words.get(data.get("reason", ""), "stopped it")


def _escalated(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    if data.get("read_back", True):
        return "escalated it by telephone"
    return "tried to escalate it by telephone, and nobody answered"


def _flagged(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    why = str(data.get("why", "")).rstrip(".")
    return "put it on the lead's list" + (f": {why}" if why else "")


def _decided(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    if data.get("because") == "placeable":
        return "took it off the lead's list, because there is somebody who may do it now"
    if data.get("because") == "ticked":
        return "took it off the lead's list, because the practice has ticked everything"
    return "decided about it"


def _changed(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    if "identity" in data:
        return f"corrected the patient's details: {detail_words(data['identity'])}"
    signals = {fact.code: fact.signal for fact in kind.facts}
    facts = [f"{signals.get(code, code)}: {_SAID[said]}" for code, said in data.get("told", {}).items()]
    asked = data.get("requested")
    soon = [f"wanted {_HOW_SOON[asked[1]]} instead of {_HOW_SOON[asked[0]]}"] if asked else []
    return f"changed the request: {'; '.join([*soon, *facts])}"


def _wrote(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    return "wrote to the practice" if data.get("from_hub") else "wrote for the practice"


_SAID = {"yes": "yes", "no": "no", "not_sure": "not sure"}
_HOW_SOON = {"routine": "in its usual turn", "soon": "by tomorrow", "urgent": "today"}


def _routed_anew(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    changes = "; ".join(data.get("changes", ()))
    return f"routed it anew by version {data.get('policy')} of the policy: {changes}"


def _retimed(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    due = when_words(dt.datetime.fromisoformat(data["due"]))
    version, target = data.get("policy"), data.get("target")
    return f"set another target by version {version} of the policy: {target}, so it is due {due}"


def _warned(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    if data.get("held"):
        return "was told that the practice is on hold"
    return "was told that nobody is at work in time"


def _name(data: dict[str, Any], key: str, names: Mapping[int, str]) -> str:
    return names.get(data.get(key) or 0, "someone")


def _overridden(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    band, until = data.get("band"), data.get("until")
    set_to = [f"to “{in_full(BAND_WORDS[Band(band)])}”"] if band else []
    set_to += ["first in its line"] if data.get("first") else []
    when = f" until {when_words(dt.datetime.fromisoformat(until))}" if until else ""
    return f"set it {' and '.join(set_to)}{when}"


def _pinned(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    return f"pinned it: it stays with {_name(data, 'to', names)}"


def _reserved(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    until = data.get("until")
    when = f" until {when_words(dt.datetime.fromisoformat(until))}" if until else ""
    return f"reserved it for {_name(data, 'for', names)}{when}"


def _unreserved(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    if data.get("because") == "expired":
        return "ended its reservation, because the time was over"
    return "ended its reservation"


def _contacted(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    return contact_told(data)


def _weighed(data: dict[str, Any], names: Mapping[int, str], kind: Kind) -> str:
    """Say what changed: what is counted but the time is the policy's, and the time the opening hours'."""
    why = "the opening hours changed"
    if data.get("from") != data.get("to"):
        why = f"version {data.get('policy')} of the policy weighs what is told of it otherwise"
    return f"counted its place in the order anew, because {why}"


_TELLERS: dict[str, Teller] = {
    Act.WEIGHED: _weighed,
    Act.CONTACTED: _contacted,
    Act.ASSIGNED: _to,
    Act.MOVED: _moved,
    Act.WAITED: _waited,
    Act.PLACED: _placed,
    Act.PROMOTED: _promoted,
    Act.COMPLETED: _completed,
    Act.RELEASED: _released,
    Act.PAUSED: _paused,
    Act.CANCELLED: _cancelled,
    Act.ESCALATED: _escalated,
    Act.FLAGGED: _flagged,
    Act.DECIDED: _decided,
    Act.WARNED: _warned,
    Act.ROUTED_ANEW: _routed_anew,
    Act.RETIMED: _retimed,
    Act.CHANGED: _changed,
    Act.WROTE: _wrote,
    Act.OVERRIDDEN: _overridden,
    Act.PINNED: _pinned,
    Act.RESERVED: _reserved,
    Act.UNRESERVED: _unreserved,
}
_PLAIN: dict[str, str] = {
    Act.RAISED: "raised it",
    Act.TAKEN: "took it",
    Act.STARTED: "checked the identity and started it",
    Act.RESUMED: "checked the identity and resumed it",
    Act.HANDED_OVER: "handed it to a pharmacist",
    Act.SENT_BACK: "sent it back to the practice",
    Act.CORRECTED: "corrected it and sent it again",
    Act.REOPENED: "opened it again",
    Act.CHASED: "chased it",
    Act.ASKED: "asked the practice a question",
    Act.ANSWERED: "answered for the practice",
    Act.TO_DO_TICKED: "ticked a to-do",
    Act.OVERRIDE_CLEARED: "took back the place that a person had set",
    Act.OVERRIDE_EXPIRED: "ended the place that a person had set, because its time was over",
    Act.UNPINNED: "unpinned it",
    Act.UNPLACEABLE: "found nobody who may do it",
}


def usual(lines: Iterable[Line]) -> str:
    """Say what such work usually takes, if the task's minutes were planned by that; else ""."""
    told: dict[str, int] = {}
    for line in lines:
        if line.act in (Act.PLACED, Act.HANDED_OVER) or "minutes" in line.data:
            told = line.data.get("minutes", {}) if line.act != Act.COMPLETED else told
    return usual_words(told) if "usual" in told else ""
