"""To-dos that nobody ticks: the practice is reminded once, the lead is told once, ticking ends it."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from hub.conversation import actions as conversation
from hub.conversation import queries as requests
from hub.conversation.sent_back_actions import LEFT_ALONE
from hub.conversation.to_do_actions import chase_to_dos, unticked_words
from hub.domain.lifecycle import Act
from hub.extensions import clock, db
from hub.models import Notice, Task, ToDo
from hub.outcomes.actions import NOTHING_TO_RECORD, Completion, record
from hub.placing import actions as placing
from hub.protocols.queries import kind_of
from tests.workers.conftest import Hub


@pytest.fixture
def done(hub: Hub) -> Task:
    """A request that is done, with two things for the practice to do, on a Monday at ten."""
    pharmacist = hub.make.pharmacist(hub.practice)
    task = hub.make.started(hub.practice, hub.manager, pharmacist)

    def complete(task: Task, *, by: Any) -> None:
        kind = kind_of(task)
        outcome = next(one for one in kind.outcomes if one.may_be_unrecorded)
        said = Completion(
            True, {one.code: "" for one in kind.checklist}, outcome.code, 10, ("Sign it.", "Book bloods."),
            "", NOTHING_TO_RECORD, "", reply="Yes.",
        )  # fmt: skip
        record(task, completion=said, by=by)

    hub.act(pharmacist, complete, task)
    return hub.make.again(task)


def told(hub: Hub, who: Any) -> list[str]:
    with hub.session():
        return list(
            db.session.scalars(select(Notice.code).where(Notice.user_id == who.id).order_by(Notice.id))
        )


def after(hub: Hub, days: int) -> int:
    """Run the job so many days after that Monday, at six in the evening."""
    monday = clock.now().replace(day=23)
    clock.set(monday.replace(hour=18, minute=30) + dt.timedelta(days=days))
    touched: int = hub.run(chase_to_dos)
    return touched


def later(hub: Hub, days: int) -> int:
    """Run the job so many days later."""
    clock.set(clock.now() + dt.timedelta(days=days))
    touched: int = hub.run(chase_to_dos)
    return touched


def tick(hub: Hub, task: Task) -> None:
    with hub.session():
        ids = list(db.session.scalars(select(ToDo.id).where(ToDo.ticked_at.is_(None)).order_by(ToDo.id)))
    hub.act(hub.manager, conversation.tick, task, to_do_id=ids[0])


def test_the_practice_is_reminded_once_after_three_working_days_and_the_lead_told_once_after_ten(
    hub: Hub, done: Task
) -> None:
    assert told(hub, hub.manager) == ["done_to_do"]
    assert after(hub, 2) == 0
    assert after(hub, 3) == 1
    assert after(hub, 3) == 0
    assert told(hub, hub.manager) == ["done_to_do", "to_do_open"], "two to-dos of one request are one notice"
    assert after(hub, 11) == 0, "a weekend counts no working days"
    assert after(hub, 14) == 1
    task = hub.make.again(done)
    assert task.decide_why == unticked_words(10)
    assert hub.last(task).kind == Act.FLAGGED
    assert told(hub, hub.lead) == ["decision"]
    assert hub.broken() == []
    hub.act(hub.lead, placing.decide, task, reason="They have been telephoned.")
    assert after(hub, 30) == 0, "what a lead has decided does not come back"
    assert hub.make.again(done).decide_since is None


def test_the_last_tick_takes_it_off_the_list_and_what_is_ticked_is_not_chased(hub: Hub, done: Task) -> None:
    after(hub, 14)
    tick(hub, done)
    assert hub.make.again(done).decide_since is not None, "one is left"
    tick(hub, done)
    task = hub.make.again(done)
    assert task.decide_since is None
    assert [event.kind for event in hub.events(task)][-2:] == [Act.TO_DO_TICKED, Act.DECIDED]
    assert hub.broken() == []
    assert after(hub, 30) == 0


def test_what_was_ticked_in_time_troubles_nobody(hub: Hub, done: Task) -> None:
    tick(hub, done)
    tick(hub, done)
    assert after(hub, 30) == 0
    assert told(hub, hub.manager) == ["done_to_do"]


def test_what_was_sent_back_and_left_alone_ages_as_to_dos_do_and_correcting_it_ends_that(hub: Hub) -> None:
    task = hub.make.placed(hub.practice, hub.manager)
    hub.act(hub.lead, placing.send_back, task, reason_code="unclear", reason="Which medicine?")
    assert [after(hub, day) for day in (2, 3, 3, 11)] == [0, 1, 0, 0]
    assert told(hub, hub.manager) == ["sent_back", "sent_back_open"]
    assert [after(hub, 14), hub.run(chase_to_dos)] == [1, 0]
    flagged = hub.make.again(task)
    assert flagged.decide_why == LEFT_ALONE and told(hub, hub.lead) == ["decision"]
    hub.act(hub.lead, placing.decide, flagged, reason="Karen is away until Thursday.")
    assert [later(hub, 2), later(hub, 1)] == [0, 1], "it comes back when the decision holds no longer"

    def correct(task: Task, *, by: Any) -> None:
        conversation.correct(task, requests.draft_of(task), by=by)

    hub.act(hub.manager, correct, task)
    assert hub.make.again(task).decide_since is None
    assert later(hub, 7) == 0 and hub.broken() == []
