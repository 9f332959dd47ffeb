"""When a request will likely be done, as its practice reads it: with what is not known, and since when."""

import datetime as dt
from typing import Any, Protocol

from hub.domain.forecast_words import needs_appointment, short_words
from hub.domain.promises import when_words
from hub.domain.vocabulary import OPEN_STATUSES, Band, Status, WaitingOn


class TaskLike(Protocol):
    """What is read of a task."""

    kind: str
    status: str
    band: int
    due_at: dt.datetime
    deadline_at: dt.datetime | None
    waiting_on: str | None
    started_at: dt.datetime | None


def likely_words(task: TaskLike, forecast: Any | None, now: dt.datetime, *, held: bool) -> list[str]:
    """Say when an open request will likely be done, or why nobody can say; [] for what is over.

    `forecast` is what was foretold since it last changed, or None; `held` whether the hub has stopped work
    for the practice. A review that is not begun waits for an
    appointment too, of which the forecast knows nothing: then it says so.
    """
    if task.status not in OPEN_STATUSES:
        return []
    if task.status == Status.SENT_BACK:
        return ["When it will be done can be said once you have corrected it."]
    if task.waiting_on == WaitingOn.PRACTICE:
        return ["When it will be done depends on your answer."]
    if held:
        return ["When it will be done cannot be said while the hub cannot work for your practice."]
    begun = task.started_at is not None
    found = [] if begun or task.band > Band.NOW else ["It goes before all other work."]
    if forecast is None:
        said = "When it will likely be done is not worked out yet since it last changed. That happens within "
        return [*found, f"{said}a quarter of an hour."]
    appointment = needs_appointment(task.kind, task.started_at)
    if forecast.middle_at is None:
        done = "taken up by a clinician" if appointment else "done"
        found.append(f"It is not likely to be {done} within the next ten working days.")
    else:
        found.append(short_words(forecast, now, appointment=appointment))
    limit = _done_by(task)
    if forecast.middle_at is None or (limit is not None and forecast.middle_at > limit):
        found.append("That is later than it should be.")
    found.append(
        f"Worked out {when_words(forecast.at)} from all the work that waits and who is at work. It is no "
        "promise, and changes with both."
    )
    return found


def _done_by(task: TaskLike) -> dt.datetime | None:
    """Return by when it should be done: what is urgent and not begun promises that somebody sees it."""
    if task.band <= Band.BY_TOMORROW and task.started_at is None:
        return task.deadline_at
    return min(task.due_at, task.deadline_at or task.due_at)
