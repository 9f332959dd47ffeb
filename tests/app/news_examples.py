"""What tests of danger signs that come up later do to a request."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from hub.domain.lifecycle import Act
from hub.domain.vocabulary import WaitingOn
from hub.extensions import db
from hub.models import Event, Task
from tests.support.request_form import as_it_stands

KEY = {"form_key": "a-key-of-one-form"}
WITHIN_THE_HOUR = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)
NEW = "/requests/new?kind=MEDQ"


def chased(ref: str, **told: str) -> dict[str, str]:
    """A chase with everything as it stands, but for what is `told`."""
    more = {f"chase-{ref}-{name.replace('_fact_', 'fact-')}": value for name, value in told.items()}
    return KEY | as_it_stands(ref) | {"chase_reason": "Widespread rash now"} | more


def events(acting: Any, who: Any, task: Task, act: Act | None = None) -> list[Any]:
    with acting(who):
        query = select(Event).where(Event.task_id == task.id).order_by(Event.seq)
        return [one for one in db.session.scalars(query) if act is None or one.kind == act]


def wait_on(on: WaitingOn) -> Callable[[Task, Any], None]:
    from hub.worklist import actions, queries

    def act(task: Task, actor: Any) -> None:
        until = queries.chase_times(task)[-1].date()
        actions.wait(task, on=on, until=until, words="Which inhaler does she use?", by=actor)

    return act
