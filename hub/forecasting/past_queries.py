"""What the forecast learns from the past: how much came on which day, and how long work took in fact."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import func, select

from hub.domain.forecast import durations
from hub.domain.forecast.demand import History
from hub.domain.forecast.state import Work
from hub.domain.hub_time import HubTime
from hub.domain.promises import local_day
from hub.extensions import clock, db
from hub.forecasting.columns_queries import Numbers
from hub.models import OutcomeRecord, Task

HISTORY_DAYS = 90


def took(numbers: Numbers) -> durations.Durations:
    """Learn from what was done lately how long work takes in fact."""
    since = clock.now() - dt.timedelta(days=HISTORY_DAYS)
    query = (
        select(OutcomeRecord.minutes, Task.minutes, Task.kind, Task.practice_id)
        .join(Task, Task.id == OutcomeRecord.task_id)
        .where(OutcomeRecord.at > since)
    )
    rows = db.session.execute(query).all()
    kind = np.array([numbers.kinds(row[2]) for row in rows], np.int64)
    practice = np.array([numbers.practices(row[3]) for row in rows], np.int64)
    return durations.learned(
        np.array([row[0] for row in rows], float),
        np.array([row[1] for row in rows], float),
        kind,
        practice,
        kinds=max(len(numbers.kinds.of), 1),
        practices=max(len(numbers.practices.of), 1),
    )


def history(numbers: Numbers, examples: Work, rows: Sequence[Any], time: HubTime) -> History:
    """Count what arrived on each past working day; what came on others counts for the next."""
    since = clock.now() - dt.timedelta(days=HISTORY_DAYS)
    day = func.date(func.timezone("Europe/London", Task.raised_at))
    query = select(day, Task.kind, func.count()).where(Task.raised_at > since).group_by(day, Task.kind)
    counted: Counter[tuple[dt.date, int]] = Counter()
    today = local_day(time.now)
    first = today
    for on, kind, count in db.session.execute(query):
        counted[_working(on, time), numbers.kinds(kind)] += count
        first = min(first, on)
    days = _days(first, today, time)
    kinds = max(len(numbers.kinds.of), 1)
    counts = np.zeros((len(days), kinds), np.int64)
    for place, one in enumerate(days):
        for kind in range(kinds):
            counts[place, kind] = counted[one, kind]
    calendar = time.calendar
    length = sum(end - start for start, end in _minutes_of(time))
    minute = [
        float(
            calendar.minutes_between(
                calendar.open_on(_working(local_day(row.raised_at), time))[0][0], row.raised_at
            )
        )
        for row in rows
    ]
    return History(
        counts,
        np.array([one.weekday() for one in days], np.int64),
        np.array([one.weekday() for one in time.days], np.int64),
        examples,
        np.minimum(np.array(minute, float), float(length)),
        float(length),
    )


def _minutes_of(time: HubTime) -> list[tuple[float, float]]:
    day = time.days[-1]
    return [(time.minute(start), time.minute(end)) for start, end in time.calendar.open_on(day)]


def _working(day: dt.date, time: HubTime) -> dt.date:
    while not time.calendar.is_working_day(day):
        day += dt.timedelta(days=1)
    return day


def _days(first: dt.date, today: dt.date, time: HubTime) -> list[dt.date]:
    """Return the whole working days from `first` until yesterday."""
    count = (today - first).days
    days = (first + dt.timedelta(days=number) for number in range(count))
    return [day for day in days if time.calendar.is_working_day(day)]
