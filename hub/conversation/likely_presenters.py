"""When a request will likely be done, as its practice reads it: with what is not known, and since when."""

import datetime as dt
from typing import Any, Protocol

from hub.domain.forecast_words import short_words
from hub.domain.promises import when_words
from hub.domain.vocabulary import OPEN_STATUSES, Band, Status, WaitingOn


class TaskLike(Protocol):
    """What is read of a task."""

    status: str
    band: int
    due_at: dt.datetime
    deadline_at: dt.datetime | None
    waiting_on: str | None


def likely_words(task: TaskLike, forecast: Any | None, now: dt.datetime, *, held: bool) -> list[str]:
    """Say when an open request will likely be done, or why nobody can say; [] for what is over or due now.

    `forecast` is what was foretold since it last changed, or None; `held` whether the hub has stopped work
    for the practice.
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
    if forecast.middle_at is None:
        found = ["It is not likely to be done within the next ten working days."]
    else:
        found = [short_words(forecast, now)]
    if forecast.middle_at is None or forecast.middle_at > min(task.due_at, task.deadline_at or task.due_at):
        found.append("That is later than it should be.")
    found.append(
        f"Worked out {when_words(forecast.at)} from all the work that waits and who is at work. It is no "
        "promise, and changes with both."
    )
    return found
