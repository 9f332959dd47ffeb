"""When a request will likely be done, as its practice reads it: with what is not known, and since when."""

import datetime as dt
from typing import Any, Protocol

from hub.domain.forecast_words import needs_appointment, short_words
from hub.domain.promises import when_words
from hub.domain.vocabulary import OPEN_STATUSES, Band, Status, WaitingOn


class TaskLike(Protocol):
    """What is read of a task."""

    status: str
    band: int
    due_at: dt.datetime
    deadline_at: dt.datetime | None
    waiting_on: str | None
    started_at: dt.datetime | None


def likely_words(
    task: TaskLike, forecast: Any | None, now: dt.datetime, *, held: bool, queue: str
) -> list[str]:
    """Say when an open request will likely be done, or why nobody can say; [] for what is over or due now.

    `forecast` is what was foretold since it last changed, or None; `held` whether the hub has stopped work
    for the practice; `queue` is the slug of the queue of its kind. A review that is not begun waits for an
    appointment too, of which the forecast knows nothing: then it says so.
    """
    if task.status not in OPEN_STATUSES or task.band == Band.NOW:
        return []
    if task.status == Status.SENT_BACK:
        return ["When it will be done can be said once you have corrected it."]
    if task.waiting_on == WaitingOn.PRACTICE:
        return ["When it will be done depends on your answer."]
    if held:
        return ["When it will be done cannot be said while the hub cannot work for your practice."]
    if forecast is None:
        return [
            "When it will likely be done is not worked out yet since it last changed. That happens within a "
            "quarter of an hour."
        ]
    appointment = needs_appointment(queue, task.started_at)
    if forecast.middle_at is None:
        done = "taken up by a clinician" if appointment else "done"
        found = [f"It is not likely to be {done} within the next ten working days."]
    else:
        found = [short_words(forecast, now, appointment=appointment)]
    if forecast.middle_at is None or forecast.middle_at > min(task.due_at, task.deadline_at or task.due_at):
        found.append("That is later than it should be.")
    found.append(
        f"Worked out {when_words(forecast.at)} from all the work that waits and who is at work. It is no "
        "promise, and changes with both."
    )
    return found
