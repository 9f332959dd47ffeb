"""What tests of sign-offs, supervision, meetings and on-call do to the small hub."""

import datetime as dt
from typing import Any

from sqlalchemy import update

from hub.domain.vocabulary import FactAnswer
from hub.domain.worktime import LONDON
from hub.extensions import db
from hub.invariants import queries as invariants
from hub.models import Task, User
from hub.placing import actions, on_call_actions, system_actions
from tests.workers.conftest import Hub

NOW = {"serious_reaction": FactAnswer.YES}
TODAY = dt.date(2026, 11, 23)
YESTERDAY = dt.date(2026, 11, 22)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-11-23 {text}").replace(tzinfo=LONDON)


def change(hub: Hub, table: Any, user: User, **values: Any) -> None:
    with hub.session():
        db.session.execute(update(table).where(table.user_id == user.id).values(**values))


def top_up(hub: Hub) -> None:
    hub.run(system_actions.top_up)
    hub.run(on_call_actions.call_out)


def holds(hub: Hub) -> list[str]:
    with hub.session():
        return [one.check.name for one in invariants.broken()]


def take_next(hub: Hub, who: User) -> Task | None:
    from tests.support.running import acting_as

    with acting_as(hub.app, who) as by:
        return actions.next_task(by=by)


def complete(hub: Hub, who: User, task: Task, **more: Any) -> None:
    from hub.outcomes import actions as outcomes
    from hub.protocols.queries import kind_of

    def act(mine: Task, *, by: Any) -> None:
        kind = kind_of(mine)
        done = outcomes.Completion(
            confirmed=True, checklist={item.code: "" for item in kind.checklist},
            outcome=kind.outcomes[0].code, minutes=9, to_dos=(), note="", recorded_in="EMIS Web",
            recorded_code="", reply="Go on as before.", **more,
        )  # fmt: skip
        outcomes.record(mine, completion=done, by=by)

    hub.act(who, act, task)
