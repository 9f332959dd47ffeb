"""What was foretold: of one task, of all open work, of each network's minutes; and how good it was."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import func, select

from hub.domain.forecast import contract, scoring
from hub.domain.lifecycle import Act
from hub.domain.promises import local_day
from hub.domain.vocabulary import OPEN_STATUSES
from hub.domain.worktime import england_bank_holidays
from hub.extensions import clock, db
from hub.models import (
    Contract,
    Event,
    Forecast,
    ForecastRun,
    Network,
    NetworkMembership,
    OutcomeRecord,
    Practice,
    Prediction,
    Task,
    User,
)

PAGE = 50
_CHANGES_THE_FUTURE = (
    Act.PLACED, Act.CHASED, Act.ANSWERED, Act.CHANGED, Act.PROMOTED, Act.HANDED_OVER, Act.WAITED, Act.WOKEN,
    Act.ROUTED_ANEW, Act.RETIMED,
)  # fmt: skip
_LATELY, _DAYS_LATELY = dt.timedelta(days=28), 20  # calendar days, and the working days in them


@dataclass(frozen=True)
class NetworkOutlook:
    """Do a network's minutes last until its contract ends? `lasts` in working days, None: to the end."""

    network: str
    code: str
    ends_on: dt.date
    contracted: int
    spent: int
    open_minutes: int
    a_day: float
    spare: float
    lasts: float | None


@dataclass(frozen=True)
class LatePage:
    """Open tasks by their chance of being late, one page of them."""

    rows: list[Any]
    total: int
    page: int
    pages: int


def newest_run() -> Any | None:
    """Return the newest forecast, or None if there is none yet."""
    return db.session.scalars(select(ForecastRun).order_by(ForecastRun.id.desc()).limit(1)).one_or_none()


def of_task(task_id: int) -> Any | None:
    """Return what is foretold of one task, with when; None if nothing is.

    Nor is anything where something happened since then that changes when it will be done: what was
    foretold before a chase must not stand beside the due time that the chase brought.
    """
    since = select(Event.seq).where(
        Event.task_id == Forecast.task_id, Event.at > ForecastRun.at, Event.kind.in_(_CHANGES_THE_FUTURE)
    )
    query = (
        select(
            Forecast.middle_at, Forecast.by_80_at, Forecast.late, Forecast.late_if_on, Forecast.late_if_usual,
            ForecastRun.at, ForecastRun.runs,
        )
        .join(ForecastRun, ForecastRun.id == Forecast.run_id)
        .where(Forecast.task_id == task_id, ~since.exists())
    )  # fmt: skip
    return db.session.execute(query).one_or_none()


def likely_late(*, page: int, least: float = 0.5) -> LatePage:
    """Return open, not yet late tasks whose chance of being late is `least` or more, the surest first."""
    where = (
        Task.status.in_(OPEN_STATUSES), Forecast.late >= least, Task.due_at > clock.now(),
    )  # fmt: skip
    joined = select(func.count()).select_from(Forecast).join(Task, Task.id == Forecast.task_id)
    total = db.session.scalar(joined.where(*where)) or 0
    pages = max(-(-total // PAGE), 1)
    page = page if 1 <= page <= pages else 1
    query = (
        select(
            Task.ref, Task.kind, Task.due_at, Task.queue, Task.status, Practice.name.label("practice"),
            User.name.label("who"), Forecast.middle_at, Forecast.late,
        )
        .join(Task, Task.id == Forecast.task_id)
        .join(Practice, Practice.id == Task.practice_id)
        .outerjoin(User, User.id == Task.assignee_id)
        .where(*where)
        .order_by(Forecast.late.desc(), Task.due_at, Task.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )  # fmt: skip
    return LatePage(list(db.session.execute(query)), total, page, pages)


def outlooks() -> list[NetworkOutlook]:
    """Return the outlook of every contract in force: its minutes against what is open and what will come.

    What comes a day is the planned minutes raised over the last 28 days. Four statements, however many.
    """
    today = local_day(clock.now())
    held = db.session.execute(
        select(Contract, Network)
        .join(Network, Network.id == Contract.network_id)
        .where(Contract.starts_on <= today, Contract.ends_on > today)
        .order_by(Network.name, Contract.id)
    ).all()
    since = clock.now() - _LATELY
    london = func.date(func.timezone("Europe/London", OutcomeRecord.at))
    spent = _per_contract(OutcomeRecord, OutcomeRecord.minutes, london >= Contract.starts_on, today)
    still = _per_contract(Task, Task.minutes, Task.status.in_(OPEN_STATUSES), today)
    came = _per_contract(Task, Task.minutes, Task.raised_at > since, today)
    return [_outlook(one, network, today, spent, still, came) for one, network in held]


def _per_contract(table: Any, minutes: Any, which: Any, today: dt.date) -> dict[int, int]:
    """Sum minutes of a table of the practices that are in the network of each contract today."""
    query = (
        select(Contract.id, func.sum(minutes))
        .join(NetworkMembership, NetworkMembership.network_id == Contract.network_id)
        .join(table, table.practice_id == NetworkMembership.practice_id)
        .where(NetworkMembership.starts_on <= today, which)
        .where(NetworkMembership.ends_on.is_(None) | (NetworkMembership.ends_on > today))
        .where(Contract.starts_on <= today, Contract.ends_on > today)
        .group_by(Contract.id)
    )
    return {row[0]: int(row[1]) for row in db.session.execute(query)}


def _outlook(
    held: Contract,
    network: Network,
    today: dt.date,
    spent: dict[int, int],
    still: dict[int, int],
    came: dict[int, int],
) -> NetworkOutlook:
    days = _working_days(today, held.ends_on)
    a_day = came.get(held.id, 0) / _DAYS_LATELY
    one = contract.outlook(
        contracted=np.array([float(held.minutes)]),
        spent=np.array([float(spent.get(held.id, 0))]),
        open_minutes=np.array([float(still.get(held.id, 0))]),
        a_day=np.array([a_day]),
        days=days,
    )
    lasts = float(one.lasts[0])
    return NetworkOutlook(
        network.name,
        network.code,
        held.ends_on,
        held.minutes,
        spent.get(held.id, 0),
        still.get(held.id, 0),
        a_day,
        float(one.spare[0]),
        lasts if lasts < days else None,
    )


def _working_days(today: dt.date, end: dt.date) -> int:
    """Count the working days after `today` and before `end`."""
    days_off = england_bank_holidays(today.year) | england_bank_holidays(end.year)
    days = (today + dt.timedelta(days=n) for n in range(1, (end - today).days))
    return sum(day.weekday() < 5 and day not in days_off for day in days)


def score(days: int = 90) -> scoring.Score | None:
    """Return how good the predictions of so many days were; None while none of them is resolved."""
    since = local_day(clock.now()) - dt.timedelta(days=days)
    rows = db.session.execute(
        select(Prediction.said, Prediction.late).where(
            Prediction.late.is_not(None), Prediction.made_on >= since
        )
    ).all()
    if not rows:
        return None
    said = np.array([row.said for row in rows], float)
    late = np.array([float(row.late) for row in rows], float)
    return scoring.score(said, late)
