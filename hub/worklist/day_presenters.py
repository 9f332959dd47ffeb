"""How one clinician's day is shown: in progress, assigned, waiting, done, and the minutes that are left."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from hub.domain.eligibility import Person
from hub.domain.promises import when_words
from hub.domain.vocabulary import Profession, Status, WaitingOn
from hub.worklist import closing_presenters, news_presenters, presenters, reason_presenters
from hub.worklist.presenters import ListedLike, Row, When


class DoneLike(Protocol):
    """What the day reads of a completed task."""

    @property
    def listed(self) -> ListedLike:
        """The task."""

    @property
    def outcome(self) -> str:
        """What was recorded, in words."""

    @property
    def minutes(self) -> int:
        """How long it took."""

    @property
    def at(self) -> dt.datetime:
        """When it was completed."""


class ComingBack(ListedLike, Protocol):
    """What a row of one's own list reads beside that: what ended its waiting, its newest chase, and what
    people did about it by hand."""

    @property
    def back(self) -> str:
        """What ended it: "answered", "chase" or ""."""

    @property
    def chase(self) -> str:
        """What the practice wrote when it last chased it, or ""."""

    @property
    def given_by(self) -> str:
        """Who put it on this list by hand, or ""."""

    @property
    def escalated(self) -> dict[str, Any] | None:
        """The data of the last telephone call about it."""

    @property
    def news(self) -> int:
        """How much of it this person has not read yet."""


@dataclass(frozen=True)
class Waiting:
    """A task that waits: for whom, since when, and until when at the latest."""

    row: Row
    on: str
    since: When
    until: When


@dataclass(frozen=True)
class Finished:
    """A task completed today."""

    row: Row
    outcome: str
    minutes: int
    at: dt.datetime


@dataclass(frozen=True)
class Day:
    """A worklist as it is shown."""

    in_progress: Row | None
    assigned: tuple[Row, ...]
    waiting: tuple[Waiting, ...]
    done: tuple[Finished, ...]


@dataclass(frozen=True)
class Empty:
    """Why nothing is assigned, and what to do next."""

    why: str
    next: str


def day(
    listed: Iterable[ComingBack],
    done: Iterable[DoneLike],
    *,
    now: dt.datetime,
    me: str = "",
    profession: Profession | None = None,
) -> Day:
    """Return the day of the person named `me`; positions count the assigned tasks only."""
    listed = list(listed)
    assigned = [one for one in listed if one.task.status == Status.ASSIGNED]
    in_progress = [one for one in listed if one.task.status == Status.IN_PROGRESS]
    waiting = [one for one in listed if one.task.status == Status.WAITING]
    return Day(
        in_progress=_own(in_progress[0], 1, now, "", profession) if in_progress else None,
        assigned=tuple(_assigned(one, at, now, me, profession) for at, one in enumerate(assigned, 1)),
        waiting=tuple(
            _waiting(one, now) for one in sorted(waiting, key=lambda one: one.task.chase_at or now)
        ),
        done=tuple(
            Finished(presenters.row(one.listed, position=1, now=now), one.outcome, one.minutes, one.at)
            for one in done
        ),
    )


def _own(
    one: ComingBack, position: int, now: dt.datetime, me: str, profession: Profession | None = None
) -> Row:
    """Return a row of one's own list, with what people did by hand and whether one may finish it."""
    row, task = presenters.row(one, position=position, now=now, me=me), one.task
    finish = closing_presenters.cannot_finish(one.kind, task.answers, task.stage, profession)
    by_hand = closing_presenters.by_hand_tags(one.given_by, one.escalated, now)
    chase = news_presenters.first_line(one.chase)
    news = [presenters.NEWS] if one.news else []
    return replace(row, tags=(*news, *row.tags, *by_hand), cannot_finish=finish, chase=chase)


def _assigned(
    one: ComingBack, position: int, now: dt.datetime, me: str, profession: Profession | None
) -> Row:
    row = _own(one, position, now, me, profession)
    tags = (*row.tags, presenters.ANSWERED) if one.back == "answered" else row.tags
    return replace(row, state=reason_presenters.state_words(one.task.started_at, one.back, now), tags=tags)


def _waiting(one: ComingBack, now: dt.datetime) -> Waiting:
    task = one.task
    return Waiting(
        _own(one, 1, now, ""),
        presenters.WAITING_FOR[WaitingOn(task.waiting_on)],
        presenters.when("Since", task.waiting_since, now),
        presenters.when("Until", task.chase_at, now),
    )


def time_words(person: Person | None, next_shift: dt.datetime | None = None) -> str:
    """Say what is left of the shift and what is planned on the list, or when the next shift starts."""
    if person is None:
        return "Your account has no profession yet, so nothing can be given to you: ask a hub lead."
    if not person.at_work:
        starts = (
            f"starts {when_words(next_shift)}" if next_shift else "is not on the rota yet: ask a hub lead"
        )
        return f"You are not on shift now. Your next shift {starts}."
    left, planned = presenters.hours(person.minutes_left), presenters.hours(person.bound_minutes)
    free = presenters.hours(person.minutes_left - person.bound_minutes)
    return f"{left} left of your shift today: {planned} planned on this list, {free} free for other work."


def nothing_assigned(person: Person | None, waiting: int) -> Empty:
    """Say why the list is empty and what to do next; `waiting` counts the queues this person sees."""
    queued = f"{waiting} task{'' if waiting == 1 else 's'} in the queues that you may see."
    if person is None:
        return Empty("Nothing can be assigned to you yet.", "Ask a hub lead to complete your account.")
    if not person.at_work:
        return Empty(
            "Nothing is assigned to you, because you are not on shift now.",
            f"Work comes when your shift begins. There are {queued}" if waiting else "No task is waiting.",
        )
    if not waiting:
        return Empty("Nothing is assigned to you.", "No task is waiting in the queues that you may see.")
    if person.minutes_left <= person.bound_minutes:
        return Empty("Nothing is assigned to you: your shift has no minutes left.", f"There are {queued}")
    return Empty(
        "Nothing is assigned to you yet.",
        f"There are {queued} “Next task” gives you the first one that you may do.",
    )


def news_words(arrived: int, urgent: int, standing_now: int, stood_then: int, risen: int = 0) -> str:
    """Say what changed on a worklist since it was shown, or "".

    `urgent` of what arrived must be done now; `risen` must be, because their practices told more.
    """
    if risen:
        tasks = f"{risen} task{'s' if risen > 1 else ''} on your list"
        return f"The practice has told more: {tasks} to be done NOW"
    if arrived:
        words = f"{arrived} new task{'s' if arrived > 1 else ''}"
        if urgent:
            words += ", to be done NOW" if urgent == arrived else f", {urgent} of them to be done NOW"
        return words
    return "Your list has changed" if standing_now != stood_then else ""
