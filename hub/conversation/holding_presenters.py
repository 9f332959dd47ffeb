"""Who has an open request, whether they have looked at it, why it was passed on: as its practice reads it."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Protocol

from hub.domain.lifecycle import Act
from hub.domain.promises import when_words
from hub.domain.vocabulary import OPEN_STATUSES, Band, Status, WaitingOn

NOTHING_TO_DO = "Nothing for you to do: it is with the hub."
# Said of what is passed on by the hub's own rules; `{who}` is the person who had it.
_PASSED_ON = {
    "not_opened": "{who} had not begun it within a quarter of an hour, so it was offered to the next person "
    "at work.",
    "off_shift": "{who} is not at work any more, so it was put back in line for the next free clinician.",
    "unsupervised": "Nobody who may supervise {who} was at work, so it was put back in line.",
    "told_more": "After what you told us somebody else must do it, so it was put back in line.",
    "plan": "The hub shared its work out anew, so it was put back in line.",
    "woken": "It was put back in line for the next free clinician.",
}
_NEXT = "What cannot wait and is not begun within a quarter of an hour is offered to the next person at work."


class TaskLike(Protocol):
    """What is read of a task."""

    status: str
    band: int
    started_at: dt.datetime | None
    waiting_on: str | None
    late_on_arrival: bool


class LineLike(Protocol):
    """What is read of an event."""

    @property
    def act(self) -> Act:
        """What happened."""

    @property
    def actor(self) -> str:
        """The person's name; "" for a process of the hub."""

    @property
    def former(self) -> str:
        """The person who had it before, or ""."""

    @property
    def data(self) -> dict[str, Any]:
        """The event's codes."""


def passed_on(line: LineLike) -> str:
    """Say why a request was taken off somebody's list (a `released` event), in one sentence."""
    known = _PASSED_ON.get(str(line.data.get("because", "")))
    if known is not None:
        who = line.former or "The clinician"
        # "Daniel Okafor, pharmacist, had not ...": the second comma, where a verb follows.
        return known.format(who=f"{who}," if "," in who and known.startswith("{who}") else who)
    giver = line.actor or "The hub"
    return f"{giver} put it back in line for the next free clinician."


def holding(
    task: TaskLike, lines: Iterable[LineLike], who: str, opened_at: dt.datetime | None
) -> tuple[str, ...]:
    """Say of what is in line or given, but not begun, why it was passed on and whether it was opened.

    `who` is the person who has it; `opened_at` when they first opened it since they got it, or None.
    """
    if task.status not in (Status.QUEUED, Status.ASSIGNED) or task.started_at is not None:
        return ()
    found = [passed_on(line) for line in _since_begun(lines) if line.act == Act.RELEASED][-1:]
    if task.status == Status.ASSIGNED:
        name = who.partition(",")[0] or "The clinician"
        opened = f"opened it {when_words(opened_at)} and has not begun it yet" if opened_at else ""
        found.append(f"{name} {opened or 'has not opened it yet'}.")
        found += [_NEXT] if task.band == Band.NOW else []
    return tuple(found)


def nothing_to_do(task: TaskLike, *, has_question: bool, to_dos: int, asks: bool) -> str:
    """Say that the practice need do nothing; "" where it must, or may want to (see `asks`).

    `to_dos` are those not ticked; `asks` says that the page asks for something else: an answer that is
    missing, or that somebody telephones.
    """
    with_practice = (
        task.status == Status.SENT_BACK or task.waiting_on == WaitingOn.PRACTICE or has_question or to_dos
    )
    if task.status not in OPEN_STATUSES or with_practice or asks:
        return ""
    return NOTHING_TO_DO


def _since_begun(lines: Iterable[LineLike]) -> list[LineLike]:
    """Return the events after work was last begun on it."""
    found: list[LineLike] = []
    for line in lines:
        found = [] if line.act in (Act.STARTED, Act.RESUMED) else [*found, line]
    return found
