"""A task's clocks as the rules want them: its working time, its pause so far, its ledger."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from hub.domain import deadlines, ledger
from hub.domain.deadlines import Request
from hub.domain.promises import MADE
from hub.domain.vocabulary import CLOCK_STOPPERS, Status
from hub.domain.worktime import CORE_HOURS, WorkCalendar
from hub.extensions import db
from hub.models import Event, Task
from hub.placing import queries


def hours_of(practice_id: int) -> dict[str, Any]:
    """Return the practice's opening hours as they are kept with a task that is raised now."""
    return queries.practice(practice_id).opening_hours or CORE_HOURS.to_json()


def target_calendar(task: Task) -> WorkCalendar:
    """Return the working time in which the task's target runs."""
    practice = queries.practice_calendar(queries.practice(task.practice_id))
    return deadlines.target_calendar(queries.request_of(task), practice, queries.hub_calendar())


def request_at(task: Task, at: dt.datetime) -> Request:
    """Return what the practice said, with the pause that goes on counted until `at`."""
    request = queries.request_of(task)
    if task.status != Status.WAITING or task.waiting_since is None or task.waiting_on not in CLOCK_STOPPERS:
        return request
    running = target_calendar(task).minutes_between(task.waiting_since, at)
    return replace(request, stopped_minutes=request.stopped_minutes + running)


def promise_made_at(task: Task, since: dt.datetime) -> dt.datetime:
    """Return when a promise was made while the task has stood still since `since`; else `since`.

    Asking again does that (`intake.actions.chase`), and an answer that tells more.
    """
    query = select(func.max(Event.at)).where(
        Event.task_id == task.id,
        Event.at > since,
        Event.data[ledger.TELLS]["promise"].astext == MADE,
    )
    return db.session.scalar(query) or since


def ledger_of(task: Task, events: Iterable[Any], now: dt.datetime) -> ledger.Ledger:
    """Return how the task's time was counted; `events` are its events in order, with `at`, `act`, `data`."""
    request = queries.request_of(task)
    if request.calendar is None:
        own = queries.practice_calendar(queries.practice(task.practice_id))
        request = replace(request, calendar=own)
    happened = (ledger.Happening(event.at, event.act, event.data) for event in events)
    return ledger.ledger(happened, request, queries.hub_calendar(), now)
