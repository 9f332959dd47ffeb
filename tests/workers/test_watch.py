"""The watch: what cannot wait and is not opened, and what nobody can do any more."""

import datetime as dt
from typing import Any

import pytest

from hub.domain.vocabulary import RequestedUrgency, Role
from hub.extensions import db
from hub.models import Competence, PracticeAccess, User
from hub.placing import system_actions, time_actions
from hub.placing.task_actions import flag
from tests.support.factories import Make
from tests.workers.conftest import Hub
from tests.workers.time_examples import NOW, booked, given


class TestWatch:
    def test_a_queue_that_lost_its_last_person_is_not_silent(self, hub: Hub, pat: User) -> None:
        task = hub.queued()
        assert hub.run(time_actions.watch) == 0
        with hub.session():
            db.session.query(PracticeAccess).filter_by(user_id=pat.id).delete()
        assert hub.run(time_actions.watch) == 1
        flagged = hub.make.again(task)
        assert flagged.decide_why == "No technician or pharmacist has access to Elm Surgery."
        assert hub.run(time_actions.watch) == 0
        assert hub.broken(settled=True) == []

    def test_what_somebody_can_do_again_leaves_the_leads_list_and_is_given_out(
        self, hub: Hub, make: Make, jobs: Any
    ) -> None:
        ash = make.pharmacist(name="Ash")
        task = hub.queued("LTC")
        assert task.decide_why == "No pharmacist has asthma competence in date."
        since = task.decide_since
        with hub.session():
            db.session.add(Competence(user_id=ash.id, code="asthma", expires_on=None))
        assert hub.run(time_actions.watch) == 1
        again = hub.make.again(task)
        assert again.decide_why.endswith("with asthma competence has access to Elm Surgery.")
        assert again.decide_since == since, "for as long as that"
        make.access(ash, hub.practice, Role.CLINICIAN)
        hub.forget_jobs()
        assert hub.run(time_actions.watch) == 1
        again = hub.make.again(task)
        assert (again.decide_why, again.decide_since) == ("", None)
        assert (hub.last(task).kind, hub.last(task).data) == ("decided", {"because": "placeable"})
        assert hub.run(time_actions.watch) == 0
        jobs()
        assert hub.make.again(task).assignee_id == ash.id
        assert hub.broken(settled=True) == []

    def test_what_a_lead_must_decide_for_another_reason_stays(self, hub: Hub, pat: User) -> None:
        task = hub.queued()
        hub.act(hub.lead, flag, task, why="It has been released 2 times.")
        assert hub.run(time_actions.watch) == 0
        assert hub.make.again(task).decide_why == "It has been released 2 times."

    @pytest.mark.parametrize("flagged_by", ["placing", "the watch"])
    def test_it_leaves_the_leads_list_by_itself_once_somebody_can_do_it(
        self, hub: Hub, make: Make, flagged_by: str
    ) -> None:
        if flagged_by == "placing":
            task = hub.queued()
        else:
            someone = make.pharmacist(hub.practice)
            task = hub.queued()
            with hub.session():
                db.session.query(PracticeAccess).filter_by(user_id=someone.id).delete()
            hub.run(time_actions.watch)
        flagged = hub.make.again(task)
        assert flagged.decide_since is not None
        assert hub.run(time_actions.watch) == 0
        make.pharmacist(hub.practice)
        hub.run(system_actions.top_up)
        assert hub.run(time_actions.watch) == 1
        found = hub.make.again(task)
        assert (found.status, found.decide_since, found.decide_why) == ("assigned", None, "")
        assert (hub.last(task).kind, hub.last(task).actor_system) == ("decided", "timetable")
        assert hub.broken(settled=True) == []

    def test_who_may_no_longer_do_it_is_named_to_the_lead(self, hub: Hub, make: Make) -> None:
        ash = make.pharmacist(hub.practice, name="Ash", competences=("asthma",))
        task = given(hub, "LTC")
        assert task.assignee_id == ash.id
        assert hub.run(time_actions.watch) == 0
        with hub.session():
            db.session.query(Competence).filter_by(user_id=ash.id).update(
                {"expires_on": dt.date(2026, 11, 22)}
            )
        assert hub.run(time_actions.watch) == 1
        flagged = hub.make.again(task)
        assert (flagged.status, flagged.decide_why) == (
            "assigned",
            "Ash's asthma competence ended on 22-Nov-2026.",
        )

    def test_what_cannot_wait_and_is_not_opened_is_offered_to_the_next(
        self, hub: Hub, clock: Any, pat: User, jobs: Any
    ) -> None:
        task = given(hub, answers=NOW)
        other = hub.make.pharmacist(hub.practice)
        hub.forget_jobs()
        clock.tick(minutes=15)
        assert hub.run(time_actions.watch) == 0
        clock.tick(seconds=1)
        assert hub.run(time_actions.watch) == 1
        assert hub.last(task).data == {"from": pat.id, "because": "not_opened"}
        jobs()
        assert hub.make.again(task).assignee_id == other.id
        assert booked(hub, pat) == {}

    def test_with_nobody_else_at_work_the_lead_hears_of_it(self, hub: Hub, clock: Any, pat: User) -> None:
        task = given(hub, answers=NOW)
        hub.make.technician(hub.practice)
        hub.make.pharmacist(hub.practice, works=False)
        clock.tick(minutes=16)
        assert hub.run(time_actions.watch) == 1
        flagged = hub.make.again(task)
        assert (flagged.status, flagged.assignee_id) == ("assigned", pat.id)
        assert flagged.decide_why == "It cannot wait, and Pat has not opened it."

    def test_once_started_or_less_urgent_it_is_left_alone(self, hub: Hub, clock: Any, pat: User) -> None:
        hub.start(pat, given(hub, answers=NOW))
        given(hub, requested=RequestedUrgency.URGENT, urgency_reason="Asked twice.")
        clock.tick(minutes=60)
        assert hub.run(time_actions.watch) == 0
