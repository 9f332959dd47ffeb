"""How a task's time was counted: one ledger, made from its events alone.

The columns of a task are a fast copy of what this says; a rule in `hub.invariants`
recomputes every task and names those that differ. What moves the clocks:

* an event that tells them (`promises.told`): raised, placed, chased, corrected, reopened, given
  another target by a policy;
* waiting on the practice or the patient, which pauses the target (and a band's promise),
  until whatever ends the waiting.

Everything else (assigning, moving, releasing, pausing, a lead's decision, a note, hours or other
parts of the policy changed later) is an event like any other, and moves nothing. Nothing pauses a deadline.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from hub.domain.deadlines import Clocks, Request, clocks, target_calendar
from hub.domain.hours import hours_words
from hub.domain.lifecycle import TRANSITIONS, Act
from hub.domain.promises import BAND_WORDS, KEPT, MADE, promised, when_words
from hub.domain.targets import words as target_words
from hub.domain.vocabulary import CLOCK_STOPPERS, Band, WaitingOn
from hub.domain.worktime import WorkCalendar, calendar_from

TELLS = "clocks"  # the key of an event's data under which it tells the clocks


_ANOTHER_BAND = "because it stands in another band now"
_BECAUSE: dict[str, str] = {
    Act.CORRECTED: "because the practice corrected its request",
    Act.RETIMED: "because a policy set another target for such work",
}


class Change(StrEnum):
    """What an entry says."""

    STARTED = "started"
    DEADLINE = "deadline"
    STOP = "stop"
    MOVED = "moved"
    PAUSED = "paused"
    RAN_ON = "ran_on"
    RESUMED = "resumed"
    ENDED = "ended"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as far as clocks go: when, which act (`lifecycle.Act`), and its data."""

    at: datetime
    act: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger, in words."""

    at: datetime
    change: Change
    sentence: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The entries in order of time, and where the clocks stand after the last event.

    `stopped_minutes` are those of pauses that are over; `paused_since` is when the one
    that goes on began. `told` is False for a task whose first event does not tell its
    clocks (raised before events did so): what it lacked was taken from the request as it
    stands, and nothing may be concluded from a difference.
    """

    entries: tuple[Entry, ...]
    due_at: datetime
    deadline_at: datetime | None
    stopped_minutes: int
    late_on_arrival: bool
    paused_since: datetime | None
    told: bool


def facts_told(request: Request, hours: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what an event that tells the clocks says of the request beside `promises.told`, as JSON.

    `hours` are the practice's opening hours when it was raised (`Hours.to_json`), None where they were
    not kept. Where a policy set its target, its number. Dates, codes, numbers and hours only.
    """
    issue = request.next_issue_on
    return {
        "kind": request.kind.code,
        "kind_version": request.kind.version,
        "receipt_on": request.receipt_on.isoformat(),
        "next_issue_on": issue.isoformat() if issue else None,
        **({"hours": dict(hours)} if hours is not None else {}),
        **({"target": request.target_length} if request.target_length is not None else {}),
    }


def ledger(
    events: Iterable[Happening], request: Request, hub_calendar: WorkCalendar, now: datetime
) -> Ledger:
    """Return the ledger of a task whose `events` happened, in their order.

    `request` gives the kind, and stands in for what events made before they told clocks do
    not say; its `chases` and `stopped_minutes` are not read. `now` judges an open task.

    Raises:
        ValueError: there is no event.
    """
    found = iter(events)
    first = next(found, None)
    if first is None:
        raise ValueError("A task has at least the event that raised it.")
    book = _Book(request, first, hub_calendar)
    for event in found:
        book.write(event)
    return book.close(now)


class _Book:
    """The ledger while it is being written; the clocks are those after the events so far."""

    def __init__(self, request: Request, first: Happening, hub_calendar: WorkCalendar) -> None:
        self.hub = hub_calendar
        self.told = TELLS in first.data
        known = None if self.told else request.target_length
        self.request = replace(request, raised_at=first.at, stopped_minutes=0, target_length=known)
        self.entries: list[Entry] = []
        self.since: datetime | None = None  # of the pause that goes on
        self.made_at = first.at  # of the promise in force
        self.closed: tuple[datetime, str] | None = None
        told = first.data.get(TELLS, {})
        self._take_facts(told)
        self.clocks = self._clocks()
        self.due_at = self.clocks.due_at
        self._start(first.at)
        self._promise(first.at, told)

    @property
    def calendar(self) -> WorkCalendar:
        return target_calendar(self.request, WorkCalendar(), self.hub)

    def write(self, event: Happening) -> None:
        """Take one event in."""
        if event.act in TRANSITIONS:
            self._end_waiting(event)
            self.closed = (event.at, event.act) if event.act in (Act.COMPLETED, Act.CANCELLED) else None
        if TELLS in event.data:
            told, before, known = event.data[TELLS], self.clocks, self.request
            self._take_facts(told)
            if self.since is not None or self.request != known:
                self.clocks = self._clocks(running_to=event.at)
            if self.clocks.deadline_at != before.deadline_at and self.clocks.deadline_why:
                self._add(event.at, Change.DEADLINE, f"The deadline moved. {self.clocks.deadline_why}")
            self._promise(event.at, told, because=_BECAUSE.get(event.act, _ANOTHER_BAND))
        if event.act == Act.WAITED:
            self._wait(event)
        if event.act == Act.SENT_BACK:
            self._add(event.at, Change.RAN_ON, "Sent back to the practice: the target goes on.")

    def close(self, now: datetime) -> Ledger:
        """Judge what is over, and return the ledger."""
        ended_at, act = self.closed or (now, "")
        if act == Act.CANCELLED:
            self._add(ended_at, Change.ENDED, "Cancelled: the clocks end here.")
        elif act:
            self._judge_done(ended_at)
        else:
            self._judge_open(self.since or now, now)
        return Ledger(
            tuple(sorted(self.entries, key=lambda entry: entry.at)),
            self.due_at,
            self.clocks.deadline_at,
            self.request.stopped_minutes,
            self.clocks.late_on_arrival,
            self.since,
            self.told,
        )

    def _add(self, at: datetime, change: Change, sentence: str) -> None:
        self.entries.append(Entry(at, change, sentence))

    def _take_facts(self, told: Mapping[str, Any]) -> None:
        changed: dict[str, Any] = {}
        if "receipt_on" in told:
            changed["receipt_on"] = date.fromisoformat(told["receipt_on"])
            issue = told["next_issue_on"]
            changed["next_issue_on"] = date.fromisoformat(issue) if issue else None
        if "hours" in told:
            changed["calendar"] = calendar_from(told["hours"])
        if "receipt_on" in told or "target" in told:
            changed["target_length"] = told.get("target")
        self.request = replace(self.request, **changed)

    def _clocks(self, running_to: datetime | None = None) -> Clocks:
        """Return the clocks; with `running_to` the pause that goes on counts until then, too."""
        request = self.request
        if running_to is not None and self.since is not None:
            running = self.calendar.minutes_between(self.since, running_to)
            request = replace(request, stopped_minutes=request.stopped_minutes + running)
        # The working due hangs on the rota of that day: the event tells it where it matters.
        return clocks(request, WorkCalendar(), self.hub, (), 0)

    def _start(self, at: datetime) -> None:
        target = self.request.target
        if target.working_days is not None:
            length = target_words(target)
            words = f"{length} after receipt on {self.request.receipt_on:%d-%b-%Y}, in the practice's hours"
        else:
            words = f"{hours_words(target.hub_minutes or 0)} of the hub's working time after it was raised"
        self._add(at, Change.STARTED, f"The target is {words}: {when_words(self.due_at)}.")
        if self.clocks.stop_at is not None:
            self._add(at, Change.STOP, self.clocks.stop_why)
        if self.clocks.deadline_at is not None:
            self._add(at, Change.DEADLINE, f"The deadline never pauses. {self.clocks.deadline_why}")
        if self.clocks.late_on_arrival:
            self._add(at, Change.MISSED, "Late on arrival: a target or deadline had passed by then.")

    def _promise(self, at: datetime, told: Mapping[str, Any], *, because: str = _ANOTHER_BAND) -> None:
        """Set the due time: the target, or the promise of bands 1 and 2 if that is sooner."""
        before, self.due_at = self.due_at, self._due(at, told)
        if self.due_at == before:
            return
        if told.get("promise") == MADE and self.due_at < self.clocks.due_at:
            because = f"because it must be seen {_band_words(told)}"
        self._add(at, Change.MOVED, f"The target moved to {when_words(self.due_at)}, {because}.")

    def _due(self, at: datetime, told: Mapping[str, Any]) -> datetime:
        target = self.clocks.due_at
        if told.get("promise") == KEPT:
            return min(target, self.due_at)
        if told.get("promise") == MADE:
            self.made_at = at
            working = datetime.fromisoformat(told["working_due_at"])
            bound = replace(self.clocks, working_due_at=working)
            return min(target, promised(Band(told["band"]), bound, raised_at=at, hub_calendar=self.hub))
        return target if told else self.due_at

    def _wait(self, event: Happening) -> None:
        on = WaitingOn(event.data["on"])
        whom = _WHOM[on]
        if on in CLOCK_STOPPERS:
            self.since = event.at
            self._add(event.at, Change.PAUSED, f"The target pauses: it waits on {whom}.")
        else:
            self._add(event.at, Change.RAN_ON, f"It waits on {whom}: that does not pause the target.")

    def _end_waiting(self, event: Happening) -> None:
        since, self.since = self.since, None
        if since is None:
            return
        stopped = self.calendar.minutes_between(since, event.at)
        self.request = replace(self.request, stopped_minutes=self.request.stopped_minutes + stopped)
        self.clocks = self._clocks()
        stood = since, event.at
        self.due_at = after_pause(self.due_at, self.clocks.due_at, self.calendar, stood, self.made_at)
        moved = f"moved to {when_words(self.due_at)}" if stopped else "did not move"
        words = f"It stood still for {hours_words(stopped)} of working time, so it {moved}."
        self._add(event.at, Change.RESUMED, f"The target goes on. {words}")

    def _judge_done(self, at: datetime) -> None:
        """Say whether each clock was kept, at completion."""
        late = at > self.due_at
        between = sorted((at, self.due_at))
        length = hours_words(self.calendar.minutes_between(*between))
        words = f"{length} of working time {'after it' if late else 'before it'}"
        self._verdict("target", at, late, f"completed {words}")
        if self.clocks.deadline_at is not None:
            late = at > self.clocks.deadline_at
            self._verdict("deadline", at, late, f"it was {when_words(self.clocks.deadline_at)}")

    def _verdict(self, name: str, at: datetime, late: bool, words: str) -> None:
        change = Change.MISSED if late else Change.MET
        self._add(at, change, f"The {name} was {change}: {words}.")

    def _judge_open(self, target_at: datetime, now: datetime) -> None:
        """Say which clocks have run out; a target that pauses is judged at the moment it paused."""
        for name, runs_out, judged_at in (
            ("target", self.due_at, target_at),
            ("deadline", self.clocks.deadline_at, now),
        ):
            # What had passed before it was raised is told as "late on arrival".
            if runs_out is not None and self.request.raised_at <= runs_out < judged_at:
                self._add(runs_out, Change.MISSED, f"The {name} passed, and it was not done.")


_WHOM = {
    WaitingOn.PRACTICE: "the practice",
    WaitingOn.PATIENT: "the patient",
    WaitingOn.HOSPITAL: "the hospital",
    WaitingOn.RESULTS: "results",
}


def after_pause(
    due_at: datetime,
    target_at: datetime,
    calendar: WorkCalendar,
    pause: tuple[datetime, datetime],
    made_at: datetime,
) -> datetime:
    """Return the due time after the target stood still for `pause` in `calendar`.

    `target_at` is the target with all its pauses; a promise made at `made_at` (bands 1 and 2) stood
    still with it, from then on, and goes on if it is sooner.
    """
    stood = calendar.minutes_between(max(pause[0], made_at), pause[1])
    return min(target_at, calendar.add_minutes(due_at, stood))


def _band_words(told: Mapping[str, Any]) -> str:
    return BAND_WORDS[Band(told["band"])]


def differences(found: Ledger, stored: Mapping[str, Any]) -> list[str]:
    """Name the clocks that are not `stored` as the events give them, as "due_at: stored, counted".

    `stored` holds due_at, deadline_at, stopped_minutes and late_on_arrival. None for a task whose
    events do not tell its clocks.
    """
    if not found.told:
        return []
    return [
        f"{name}: {_plain(stored[name])} stored, {_plain(getattr(found, name))} by its events"
        for name in ("due_at", "deadline_at", "stopped_minutes", "late_on_arrival")
        if stored[name] != getattr(found, name)
    ]


def _plain(value: object) -> str:
    return when_words(value) if isinstance(value, datetime) else str(value)
