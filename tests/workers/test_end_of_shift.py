"""The end of a shift: what goes back, what goes to the lead, and what stays."""

import datetime as dt
from typing import Any

import pytest

from hub.extensions import db
from hub.models import User
from hub.placing import actions, system_actions, time_actions
from tests.workers.conftest import Hub
from tests.workers.time_examples import booked, given, london, waits


class TestEndOfShift:
    def test_what_was_not_started_goes_back_with_its_age(self, hub: Hub, clock: Any, pat: User) -> None:
        task = given(hub)
        clock.set(london("2026-11-23T17:59"))
        assert hub.run(time_actions.go_off_shift) == 0
        clock.set(london("2026-11-23T18:00"))
        assert hub.run(time_actions.go_off_shift) == 1
        back = hub.make.again(task)
        assert (back.status, back.assignee_id, back.decide_since) == ("queued", None, None)
        assert (back.due_at, back.raised_at, back.not_back_to) == (task.due_at, task.raised_at, [])
        assert hub.last(task).data == {"from": pat.id, "because": "off_shift"}
        assert booked(hub, pat) == {}
        assert hub.broken(settled=True) == []

    def test_what_was_started_goes_to_the_lead_once_and_stays(self, hub: Hub, clock: Any, pat: User) -> None:
        task = hub.start(pat, given(hub))
        clock.set(london("2026-11-23T18:05"))
        assert hub.run(time_actions.go_off_shift) == 1
        assert hub.run(time_actions.go_off_shift) == 0
        left = hub.make.again(task)
        assert (left.status, left.assignee_id) == ("in_progress", pat.id)
        assert left.decide_why == "Started, and then its clinician went off shift."
        assert (hub.last(task).kind, hub.last(task).actor_system) == ("flagged", "timetable")

    def test_what_was_started_and_paused_goes_to_the_lead_too(self, hub: Hub, clock: Any, pat: User) -> None:
        from hub.worklist import actions as worklist

        task = hub.start(pat, given(hub))
        hub.act(pat, worklist.pause, task)
        clock.set(london("2026-11-23T18:05"))
        hub.run(time_actions.go_off_shift)
        assert hub.make.again(task).decide_since is not None
        assert hub.make.again(task).status == "assigned"

    @pytest.mark.parametrize("how", ["absence", "switched off"])
    def test_absence_and_a_switched_off_account_end_a_shift_as_well(
        self, hub: Hub, pat: User, how: str
    ) -> None:
        task = given(hub)
        other = hub.make.pharmacist(hub.practice)
        if how == "absence":
            hub.make.absent(pat, london("2026-11-23T09:00"))  # noted only now: ill since nine
        else:
            with hub.session():
                db.session.query(User).filter(User.id == pat.id).update({"active": False})
        assert hub.run(time_actions.go_off_shift) == 1
        hub.run(system_actions.top_up)
        assert hub.make.again(task).assignee_id == other.id

    def test_waiting_tasks_stay_with_the_person(self, hub: Hub, clock: Any, pat: User) -> None:
        task = waits(hub, pat, given(hub))
        clock.set(london("2026-11-23T19:00"))
        assert hub.run(time_actions.go_off_shift) == 0
        assert hub.make.again(task).assignee_id == pat.id

    def test_a_top_up_follows_at_once(self, hub: Hub, clock: Any, pat: User, jobs: Any) -> None:
        task = given(hub)
        late = hub.make.pharmacist(hub.practice, works=False)
        hub.make.shift(late, start="12:00", end="20:00")
        clock.set(london("2026-11-23T18:00"))
        hub.run(time_actions.go_off_shift)
        jobs()
        assert hub.make.again(task).assignee_id == late.id

    def test_what_a_lead_gave_to_someone_away_stays_on_the_leads_list_until_they_have_worked(
        self, hub: Hub, clock: Any
    ) -> None:
        late = hub.make.pharmacist(hub.practice, works=False)
        hub.make.shift(late, start="12:00", end="18:00")
        task = hub.queued()
        hub.act(hub.lead, actions.assign_by_hand, task, to=late.id, reason="She knows the patient.")
        hub.run(time_actions.go_off_shift)
        kept = hub.make.again(task)
        assert (kept.status, kept.assignee_id) == ("assigned", late.id)
        assert kept.decide_why == "Given by hand to someone who is not at work."
        assert hub.broken(settled=True) == []
        hub.act(hub.lead, actions.decide, task, reason="She comes at noon.")
        hub.run(time_actions.go_off_shift)
        decided = hub.make.again(task)
        assert (decided.status, decided.decide_since) == ("assigned", None), "a decision holds"
        assert hub.broken(settled=True) == []
        clock.set(london("2026-11-23T18:00"))
        hub.run(time_actions.go_off_shift)
        assert hub.make.again(task).status == "queued"

    def test_a_day_later_the_minutes_are_given_back_to_the_day_they_were_booked_on(
        self, hub: Hub, clock: Any, pat: User
    ) -> None:
        task = hub.start(pat, given(hub))
        clock.set(london("2026-11-24T09:00"))
        assert booked(hub, pat) == {dt.date(2026, 11, 23): 10}
        hub.act(pat, actions.release, task, reason="I am needed elsewhere.")
        assert booked(hub, pat) == {}
