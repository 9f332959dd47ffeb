"""What tests of the passing of time do to the small hub."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hub.domain.vocabulary import FactAnswer, WaitingOn
from hub.extensions import db
from hub.models import ClinicianDay, Task, User
from hub.placing import system_actions
from tests.workers.conftest import Hub

LONDON = ZoneInfo("Europe/London")
NOW = {"serious_reaction": FactAnswer.YES}


def london(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=LONDON)


def given(hub: Hub, kind: str = "MEDQ", **more: Any) -> Task:
    """A task that a top-up has given to someone."""
    task = hub.queued(kind, **more)
    hub.run(system_actions.top_up)
    return hub.make.again(task)


def waits(hub: Hub, who: User, task: Task, on: WaitingOn = WaitingOn.PRACTICE) -> Task:
    """The task, started and then waiting until tomorrow morning."""
    from hub.worklist import actions as worklist

    hub.start(who, task)
    hub.act(who, worklist.wait, task, on=on, until=dt.date(2026, 11, 24), words="Which dose?")
    return hub.make.again(task)


def booked(hub: Hub, user: User) -> dict[dt.date, int]:
    with hub.session():
        rows = db.session.scalars(select(ClinicianDay).where(ClinicianDay.user_id == user.id))
        return {row.day: row.booked for row in rows if row.booked}
