"""A task's clocks through the real actions: its events alone give them, and nothing else moves them."""

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import select

from hub.conversation import actions as conversation
from hub.domain.actor import process
from hub.domain.vocabulary import FactAnswer, SystemActor, WaitingOn
from hub.domain.worktime import LONDON
from hub.extensions import db
from hub.intake import actions as intake
from hub.invariants import queries as invariants
from hub.models import Event, Practice
from hub.placing import actions as placing
from hub.placing import queries
from hub.worklist import actions as worklist
from hub.worklist import queries as worklist_queries
from tests.support.factories import Make
from tests.support.running import run_jobs

SHORT_DAYS = {"mon": [["09:00", "12:00"]], "tue": [["09:00", "12:00"]], "wed": [["09:00", "12:00"]]}


def london(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=LONDON)


class Hub:
    """One practice, its manager, two pharmacists and a lead; every act goes through the real actions."""

    def __init__(self, make: Make, acting: Any, clock: Any) -> None:
        self.make, self.acting, self.clock = make, acting, clock
        self.elm = make.practice("Elm Street Surgery")
        self.asks = make.requester(self.elm)
        self.pat, self.bo = make.pharmacist(self.elm, name="Pat"), make.pharmacist(self.elm, name="Bo")
        self.lead = make.lead()

    def act(self, who: Any, action: Any, task: Any, **more: Any) -> Any:
        with self.acting(who) as by:
            action(queries.get(task.ref, lock=True), by=by, **more)
        self.clock.tick(minutes=7)
        return self.make.again(task)

    def waits(self, task: Any, on: WaitingOn = WaitingOn.PATIENT) -> Any:
        with self.acting(self.pat):
            days = worklist_queries.chase_times(queries.get(task.ref))
        return self.act(self.pat, worklist.wait, task, on=on, until=days[-1].date(), words="Please wait")

    def wrong(self) -> list[Any]:
        """What the rule on clocks finds in the database now."""
        with self.acting(process(SystemActor.TIMETABLE)):
            found = invariants.broken()
        return [row for one in found if one.check.name == "clocks-from-events" for row in one.rows]

    def events(self, task: Any) -> list[Event]:
        with self.acting(process(SystemActor.SEED)):
            return list(db.session.scalars(select(Event).where(Event.task_id == task.id).order_by(Event.seq)))


@pytest.fixture
def hub(make: Make, acting: Any, clock: Any) -> Hub:
    return Hub(make, acting, clock)


def test_the_first_event_tells_what_the_clocks_stand_on_and_nothing_about_the_patient(hub: Hub) -> None:
    task = hub.make.request(hub.elm, hub.asks, "DISCH", next_issue_on=dt.date(2026, 11, 27))
    told = hub.events(task)[0].data["clocks"]
    hours = told.pop("hours")
    assert hours["mon"] == [["08:00", "18:30"]]
    dates = {"receipt_on": "2026-11-23", "next_issue_on": "2026-11-27"}
    assert told == {"kind": "DISCH", "kind_version": task.kind_version, "band": 3, **dates}
    assert "Testperson" not in json.dumps(hub.events(task)[0].data)


def test_reassigning_releasing_notes_hours_and_policy_reset_nothing(hub: Hub) -> None:
    task = hub.make.started(hub.elm, hub.asks, hub.pat)
    before = hub.make.again(task)
    call = {"whom": "Dr Lee", "when": hub.clock.now(), "reached": True, "note": "Read back"}
    hub.act(hub.pat, worklist.escalate, task, **call)
    hub.act(hub.pat, worklist.pause, task)
    hub.act(hub.lead, placing.move, task, to=hub.bo.id, reason="Bo knows her")
    with hub.acting(process(SystemActor.SEED)):
        practice = db.session.get(Practice, hub.elm.id)
        assert practice is not None
        practice.opening_hours = SHORT_DAYS
    hub.act(hub.bo, placing.release, task, reason="Needs a colleague")
    hub.act(hub.asks, intake.chase, task, reason="She asks again")
    hub.act(hub.lead, placing.assign_by_hand, task, to=hub.pat.id, reason="Pat is back from leave")
    run_jobs(hub.make.app)
    after = hub.make.again(task)
    assert (after.due_at, after.deadline_at) == (before.due_at, before.deadline_at)
    assert after.due_at == london("2026-11-25 18:30")
    assert hub.wrong() == []


def test_a_pause_runs_in_the_hours_the_practice_had_when_it_was_raised(hub: Hub) -> None:
    task = hub.make.started(hub.elm, hub.asks, hub.pat)
    hub.clock.set(london("2026-11-23 17:30"))
    hub.waits(task)
    with hub.acting(process(SystemActor.SEED)):
        practice = db.session.get(Practice, hub.elm.id)
        assert practice is not None
        practice.opening_hours = SHORT_DAYS
    hub.clock.set(london("2026-11-24 09:30"))
    woken = hub.act(hub.pat, worklist.resume, task, confirmed=True)
    assert woken.stopped_minutes == 60 + 90
    assert woken.due_at == london("2026-11-26 10:30")
    assert hub.wrong() == []


def test_asked_again_while_it_waits_the_promise_stands_still_from_then_on(hub: Hub) -> None:
    task = hub.make.started(hub.elm, hub.asks, hub.pat, "SMR")
    hub.clock.set(london("2026-11-23 12:00"))
    hub.waits(task)
    hub.act(hub.asks, intake.chase, task, reason="Worse today")
    hub.clock.set(london("2026-11-24 09:00"))
    worse = hub.act(hub.asks, intake.chase, task, reason="Worse again")
    hub.act(hub.asks, intake.chase, task, reason="And again")
    hub.clock.set(london("2026-11-24 11:00"))
    assert worse.band < 4
    hub.act(hub.pat, worklist.resume, task, confirmed=True)
    assert hub.wrong() == []


@pytest.mark.parametrize("answer", [FactAnswer.YES, FactAnswer.NOT_SURE, FactAnswer.NO])
@pytest.mark.parametrize("kind", ["DISCH", "MEDQ", "LTC", "SMR"])
def test_every_way_through_a_life_leaves_the_clocks_its_events_give(
    hub: Hub, kind: str, answer: FactAnswer
) -> None:
    from hub.protocols.queries import current_kinds

    with hub.acting(hub.asks):
        facts = {fact.code: answer for one in current_kinds() if one.code == kind for fact in one.facts}
    task = hub.make.placed(hub.elm, hub.asks, kind, answers=facts, subtype="HYP" if kind == "LTC" else "")
    assert hub.wrong() == []
    holder = task.assignee_id
    if holder != hub.pat.id:
        if holder is not None:
            hub.act(hub.lead, placing.release, task, reason="To Pat")
        hub.act(hub.lead, placing.assign_by_hand, task, to=hub.pat.id, reason="To Pat")
    hub.act(hub.pat, worklist.start, task, confirmed=True)
    hub.waits(task, WaitingOn.HOSPITAL)
    hub.clock.tick(hours=3)
    hub.act(hub.pat, worklist.resume, task, confirmed=True)
    hub.waits(task, WaitingOn.PRACTICE)
    hub.clock.tick(hours=26)
    hub.act(hub.pat, placing.send_back, task, reason_code="unclear", reason="Which medicine?")
    assert hub.wrong() == []
    hub.clock.tick(hours=2)
    hub.act(hub.asks, conversation.withdraw, task, reason="Done here")
    assert hub.wrong() == []


def test_a_stored_clock_that_was_tampered_with_is_named(hub: Hub, owner: Any) -> None:
    task = hub.make.placed(hub.elm, hub.asks)
    owner.execute("alter table task disable trigger user")
    owner.execute("update task set due_at = due_at + interval '1 day' where id = %s", (task.id,))
    owner.execute("alter table task enable trigger user")
    ((what, detail),) = hub.wrong()
    assert what == task.ref
    assert detail == "due_at: Thu 26-Nov-2026 18:30 stored, Wed 25-Nov-2026 18:30 by its events"


def test_what_was_raised_before_events_told_is_left_alone(hub: Hub, owner: Any, as_user: Any) -> None:
    task = hub.make.placed(hub.elm, hub.asks)
    owner.execute("alter table event disable trigger user")
    owner.execute("update event set data = data - 'clocks' where task_id = %s", (task.id,))
    owner.execute("alter table event enable trigger user")
    assert hub.wrong() == []
    assert (
        "raised before the hub kept what this is counted from"
        in as_user(hub.lead).get(f"/tasks/{task.ref}").text
    )


def test_the_page_says_how_the_time_was_counted_in_the_same_number_of_statements(
    hub: Hub, as_user: Any, statements: Any
) -> None:
    task = hub.make.started(hub.elm, hub.asks, hub.pat, "DISCH")
    client = as_user(hub.pat)
    client.get(f"/tasks/{task.ref}")
    with statements() as short:
        seen = client.get(f"/tasks/{task.ref}").text
    assert "How its time was counted" in seen
    assert "The target is 2 working days after receipt on 23-Nov-2026" in seen
    assert "The deadline never pauses. By the end of 30-Nov-2026" in seen
    for _ in range(3):
        hub.waits(task)
        hub.clock.tick(hours=1)
        hub.act(hub.pat, worklist.resume, task, confirmed=True)
    client = as_user(hub.pat)  # the former session has ended by now
    client.get("/worklist")
    with statements() as long:
        seen = client.get(f"/tasks/{task.ref}").text
    assert seen.count("The target pauses: it waits on the patient.") == 3
    assert seen.count("The target goes on. It stood still for 1 h 7 min of working time") == 3
    assert long.count == short.count
