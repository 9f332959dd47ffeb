"""Meetings and on-call: who is there but not free, and who is called for what cannot wait."""

from typing import Any

import pytest
from sqlalchemy import select

from hub.extensions import db
from hub.invariants import queries as invariants
from hub.models import ClinicianDay, OnCall, PracticeAccess, User
from hub.placing import actions, on_call_actions, queries, time_actions
from tests.workers.conftest import Hub
from tests.workers.staffing_examples import NOW, at, change, complete, holds, top_up


class TestMeetings:
    def test_a_meeting_takes_minutes_and_sends_nothing_back(self, hub: Hub, clock: Any) -> None:
        sam = hub.make.pharmacist(hub.practice, name="Sam")
        task = hub.queued()
        top_up(hub)
        before = _person(hub, sam).minutes_left
        hub.make.meeting(None, "10:00", "11:00")
        person = _person(hub, sam)
        assert (person.at_work, person.on_shift, person.busy) == (False, True, "in a meeting until 11:00")
        assert person.minutes_left == before - 60
        hub.run(time_actions.go_off_shift)
        assert hub.make.again(task).assignee_id == sam.id
        assert hub.run(time_actions.go_off_shift) == 0
        hub.start(sam, task)

    def test_nothing_is_given_out_in_a_meeting_but_what_cannot_wait(self, hub: Hub) -> None:
        sam = hub.make.pharmacist(hub.practice, name="Sam")
        hub.make.meeting(sam, "09:00", "12:00")
        planned, urgent = hub.queued(), hub.queued(answers=NOW)
        top_up(hub)
        assert hub.make.again(planned).assignee_id is None
        urgent = hub.make.again(urgent)
        assert urgent.assignee_id == sam.id
        assert urgent.why_me == ["It cannot wait, and Sam is on shift, though in a meeting until 12:00."]
        assert holds(hub) == []

    def test_meetings_of_a_whole_day_leave_no_minutes_and_never_fewer(self, hub: Hub) -> None:
        sam = hub.make.pharmacist(hub.practice, name="Sam")
        for _ in range(3):
            hub.make.meeting(sam, "07:00", "19:00")
        assert _person(hub, sam).minutes_left == 0
        hub.act(hub.lead, actions.assign_by_hand, hub.queued(), to=sam.id, reason="Cover")
        with hub.session():
            assert db.session.scalars(select(ClinicianDay.minutes)).all() == [0]


def _person(hub: Hub, who: User) -> Any:
    with hub.session():
        return queries.person(who.id)


class TestOnCall:
    def test_what_cannot_wait_reaches_whoever_is_on_call_and_stays(self, hub: Hub, clock: Any) -> None:
        clock.set(at("20:00"))
        cal = hub.make.pharmacist(hub.practice, name="Cal Reed", works=False)
        hub.make.on_call(cal, hours=10)
        urgent, planned = hub.queued(answers=NOW), hub.queued()
        top_up(hub)
        urgent = hub.make.again(urgent)
        assert (urgent.assignee_id, hub.make.again(planned).assignee_id) == (cal.id, None)
        assert urgent.why_me == ["It cannot wait, nobody who may do it is at work, and Cal Reed is on call."]
        assert hub.events(urgent)[-1].data["on_call"] is True
        hub.run(time_actions.go_off_shift)
        assert hub.make.again(urgent).assignee_id == cal.id
        clock.tick(minutes=3)
        with hub.session():
            assert [one.check.name for one in invariants.broken(settled=True)] == []
        hub.start(cal, urgent)
        complete(hub, cal, hub.make.again(urgent))

    def test_after_the_call_it_goes_back_with_its_age(self, hub: Hub, clock: Any) -> None:
        clock.set(at("20:00"))
        cal = hub.make.pharmacist(hub.practice, name="Cal Reed", works=False)
        hub.make.on_call(cal, hours=2)
        urgent = hub.queued(answers=NOW)
        top_up(hub)
        raised = hub.make.again(urgent).raised_at
        clock.tick(hours=3)
        hub.run(time_actions.go_off_shift)
        urgent = hub.make.again(urgent)
        assert (urgent.status, urgent.raised_at) == ("queued", raised)

    def test_nobody_is_called_while_somebody_at_work_may_do_it(self, hub: Hub) -> None:
        hub.make.on_call(hub.make.pharmacist(hub.practice, name="Cal", works=False))
        hub.make.pharmacist(hub.practice, name="Sam")
        urgent = hub.queued(answers=NOW)
        assert hub.run(on_call_actions.call_out) == 0
        assert hub.make.again(urgent).assignee_id is None

    @pytest.mark.parametrize("lacks", ["access", "sign_in", "sign_off", "call"])
    def test_whoever_may_not_do_it_is_not_called(self, hub: Hub, clock: Any, lacks: str, owner: Any) -> None:
        clock.set(at("20:00"))
        practices = () if lacks == "access" else (hub.practice,)
        cal = hub.make.pharmacist(*practices, works=False, all_kinds=lacks != "sign_off")
        hub.make.on_call(cal, starts_at=at("21:00") if lacks == "call" else None)
        if lacks == "sign_in":
            change(hub, PracticeAccess, cal, system_ready_on=None)
        urgent = hub.queued(answers=NOW)
        top_up(hub)
        assert hub.make.again(urgent).assignee_id is None

    def test_it_is_rung_for_as_soon_as_it_is_placed(self, hub: Hub, clock: Any, jobs: Any) -> None:
        clock.set(at("20:00"))
        cal = hub.make.pharmacist(hub.practice, works=False)
        hub.make.on_call(cal)
        task = hub.make.request(hub.practice, hub.manager, answers=NOW)
        jobs()
        assert hub.make.again(task).assignee_id == cal.id

    def test_two_are_called_by_turns(self, hub: Hub, clock: Any) -> None:
        clock.set(at("20:00"))
        both = [hub.make.pharmacist(hub.practice, works=False) for _ in range(2)]
        for one in both:
            hub.make.on_call(one)
        tasks = [hub.queued(answers=NOW)]
        top_up(hub)
        tasks.append(hub.queued(answers=NOW))
        top_up(hub)
        assert {hub.make.again(task).assignee_id for task in tasks} == {one.id for one in both}
        with hub.session():
            assert len(db.session.scalars(select(OnCall)).all()) == 2
