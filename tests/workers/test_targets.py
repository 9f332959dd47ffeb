"""A lead sets a target: what is open moves with it, says so in an event, and comes back exactly."""

import datetime as dt
from typing import Any

import pytest

from hub.domain.errors import Invalid
from hub.domain.vocabulary import FactAnswer, WaitingOn
from hub.extensions import db
from hub.models import Task
from hub.placing import time_actions
from hub.policies import actions, queries, target_actions
from hub.worklist import actions as worklist
from tests.conftest import MONDAY_TEN
from tests.support.running import acting_as
from tests.workers.conftest import Hub


def publish(hub: Hub, *said: tuple[str, int], roll_back_to: int = 0) -> int:
    """Publish these targets as a lead does, or go back to a version, and run the job; return the version."""
    with acting_as(hub.app, hub.lead) as by:
        if roll_back_to:
            version = actions.roll_back(roll_back_to, why="It was too much.", by=by)
        else:
            draft = actions.begin("Targets", queries.newest_version(), by=by)
            bodies = [{"kind": kind, "working_days": days} for kind, days in said]
            actions.put_targets(draft, bodies, seen=draft.edits, by=by)
            db.session.flush()
            version = actions.publish(draft, why="Agreed.", seen=draft.edits, by=by)
    hub.run(target_actions.retime, version)
    hub.forget_jobs()
    return version


def close(day: int, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, 18, 30, tzinfo=dt.UTC)


def waiting(hub: Hub, make: Any, clock: Any) -> Task:
    """A review that its pharmacist started at once and that waits on the practice since Monday 11:00."""
    pharmacist = make.pharmacist(hub.practice)
    task: Task = make.started(hub.practice, hub.manager, pharmacist, kind="SMR")
    clock.set(MONDAY_TEN + dt.timedelta(hours=1))
    until = dt.date(2026, 11, 25)
    hub.act(pharmacist, worklist.wait, task, on=WaitingOn.PRACTICE, until=until, words="Which dose?")
    return task


def test_open_tasks_move_with_a_target_keep_their_clocks_and_come_back(
    hub: Hub, make: Any, clock: Any
) -> None:
    stands = waiting(hub, make, clock)
    plain, query = hub.queued("SMR"), hub.queued("MEDQ")
    urgent = hub.queued("MEDQ", answers={"serious_reaction": FactAnswer.YES})
    before = {task.id: make.again(task) for task in (stands, plain, query, urgent)}
    clock.set(MONDAY_TEN + dt.timedelta(hours=4))

    version = publish(hub, ("SMR", 10), ("MEDQ", 4))
    assert make.again(plain).due_at == make.again(plain).working_due_at == close(7, 12)
    assert make.again(query).due_at == close(27)
    assert make.again(urgent).version == before[urgent.id].version, "now goes by its band"
    # Three hours of its pause have passed by then; the rest is counted when it ends.
    assert make.again(stands).due_at == dt.datetime(2026, 12, 8, 11, tzinfo=dt.UTC)
    last = hub.last(query)
    assert (last.kind, last.actor_system, last.data["policy"]) == ("retimed", "placing", version)
    assert last.data["target"] == "4 working days instead of 2"
    assert hub.broken(settled=True) == []
    assert hub.run(target_actions.retime, version) == 0, "a job that runs twice changes nothing twice"

    raised = hub.queued("SMR")
    assert (raised.due_at, raised.target_length) == (close(7, 12), 10)

    back = publish(hub, roll_back_to=1)
    assert hub.last(query).data["policy"] == back
    for task in (plain, query, urgent):
        now = make.again(task)
        for name in ("due_at", "working_due_at", "target_length", "target_minutes", "due_number"):
            assert getattr(now, name) == getattr(before[task.id], name), name
    assert make.again(raised).due_at == make.again(plain).due_at
    clock.set(dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC))
    hub.run(time_actions.wake)
    found = make.again(stands)
    assert found.stopped_minutes > 10 * 60, "what it stood still before and after both versions counts"
    assert found.due_at > before[stands.id].due_at
    assert hub.broken(settled=True) == []


def test_nothing_becomes_late_at_a_stroke_and_what_is_late_stays_late(
    hub: Hub, make: Any, clock: Any
) -> None:
    old, late = hub.queued("DOCWF"), hub.queued("MEDQ")
    clock.set(dt.datetime(2026, 11, 26, 10, tzinfo=dt.UTC))  # one is due this evening; one was, yesterday
    fresh = hub.queued("DOCWF")
    publish(hub, ("DOCWF", 2), ("MEDQ", 4))
    assert (make.again(old).due_at, make.again(old).version) == (old.due_at, old.version)
    assert (make.again(late).due_at, make.again(late).version) == (late.due_at, late.version)
    assert make.again(fresh).due_at == close(30)
    assert hub.broken(settled=True) == []


def test_no_target_goes_beyond_a_deadline(hub: Hub, make: Any) -> None:
    letter = hub.queued("DISCH", next_issue_on=dt.date(2026, 11, 27))
    with pytest.raises(Invalid) as refused:
        publish(hub, ("DISCH", 5))
    assert "must be done within 7 days of receipt" in refused.value.problems["target_DISCH"]
    publish(hub, ("DISCH", 4))
    now = make.again(letter)
    assert now.deadline_at == letter.deadline_at
    assert letter.due_at < now.due_at <= now.deadline_at
    assert now.working_due_at == letter.working_due_at
    assert hub.broken(settled=True) == []
