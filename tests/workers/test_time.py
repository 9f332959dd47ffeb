"""What happens because time passes: promotion, and waking."""

import datetime as dt
import threading
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.vocabulary import WaitingOn
from hub.extensions import db
from hub.models import Task, User
from hub.placing import actions, time_actions
from tests.support.factories import Make
from tests.workers.conftest import Hub
from tests.workers.time_examples import booked, given, london, waits


class TestPromote:
    def test_the_last_working_day_before_a_deadline_lifts_to_band_2_once(
        self, hub: Hub, clock: Any, pat: User
    ) -> None:
        task = hub.queued("DISCH")
        assert task.band == 3
        clock.set(london("2026-11-27T17:00"))  # Friday; the working due is Monday, 17:40
        assert hub.run(time_actions.promote) == 0
        clock.set(london("2026-11-30T08:00"))
        assert hub.run(time_actions.promote) == 1
        lifted = hub.make.again(task)
        assert (lifted.band, lifted.status) == (2, "queued")
        assert lifted.reasons[:-1] == task.reasons
        event = hub.last(task)
        assert (event.kind, event.actor_system) == ("promoted", "timetable")
        assert event.data == {"from": 3, "to": 2, "because": "deadline_today"}
        assert hub.run(time_actions.promote) == 0

    def test_whoever_has_it_keeps_it(self, hub: Hub, clock: Any, pat: User) -> None:
        task = given(hub, "DISCH")
        clock.set(london("2026-11-30T08:00"))
        hub.run(time_actions.promote)
        lifted = hub.make.again(task)
        assert (lifted.band, lifted.assignee_id, lifted.status) == (2, pat.id, "assigned")

    def test_what_changed_while_it_was_judged_is_left_for_the_next_time(
        self, hub: Hub, clock: Any, pat: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task, lock = hub.queued("DISCH"), time_actions._locked

        def locked_after_someone_was_quicker(*conditions: Any) -> list[Task]:
            monkeypatch.setattr(time_actions, "_locked", lock)
            taking = threading.Thread(target=hub.act, args=(pat, actions.take, task))
            taking.start()
            taking.join(timeout=30)
            return lock(*conditions)

        monkeypatch.setattr(time_actions, "_locked", locked_after_someone_was_quicker)
        clock.set(london("2026-11-30T08:00"))
        assert hub.run(time_actions.promote) == 0
        assert hub.run(time_actions.promote) == 1
        assert [event.kind for event in hub.events(task)] == ["raised", "placed", "taken", "promoted"]

    def test_without_a_hard_deadline_age_lifts_nothing(self, hub: Hub, clock: Any, pat: User) -> None:
        task = hub.queued("MEDQ")
        clock.set(london("2027-01-29T10:00"))
        assert hub.run(time_actions.promote) == 0
        assert hub.make.again(task).band == 3


class TestWake:
    def test_on_the_chase_date_it_is_back_on_the_same_list(self, hub: Hub, clock: Any, pat: User) -> None:
        task = waits(hub, pat, given(hub))
        assert booked(hub, pat) == {}
        assert hub.run(time_actions.wake) == 0
        clock.set(london("2026-11-24T09:00"))
        assert hub.run(time_actions.wake) == 1
        woken = hub.make.again(task)
        assert (woken.status, woken.assignee_id) == ("assigned", pat.id)
        assert (woken.waiting_on, woken.waiting_since, woken.chase_at) == (None, None, None)
        assert woken.started_at is not None, "it was begun, so the shift's end must not put it back silently"
        assert booked(hub, pat) == {dt.date(2026, 11, 24): 10}
        assert (hub.last(task).kind, hub.last(task).data) == ("woken", {"to": pat.id})

    def test_if_that_person_is_away_it_goes_to_its_queue_and_to_another(
        self, hub: Hub, clock: Any, pat: User, jobs: Any
    ) -> None:
        task = waits(hub, pat, given(hub))
        other = hub.make.pharmacist(hub.practice)
        hub.make.absent(pat, london("2026-11-24T00:00"), hours=24)
        hub.forget_jobs()
        clock.set(london("2026-11-24T09:00"))
        hub.run(time_actions.wake)
        assert hub.make.again(task).status == "queued"
        assert hub.last(task).data == {"from": pat.id, "because": "woken"}
        jobs()
        assert hub.make.again(task).assignee_id == other.id

    def test_waiting_on_the_practice_moves_the_due_and_never_the_deadline(
        self, hub: Hub, clock: Any, pat: User
    ) -> None:
        task = waits(hub, pat, given(hub, "DISCH"))
        clock.set(london("2026-11-24T10:00"))  # practice hours are 08:00 to 18:30: 8.5 + 2 hours waited
        hub.run(time_actions.wake)
        woken = hub.make.again(task)
        assert woken.stopped_minutes == 630
        assert task.due_at == london("2026-11-25T18:30")
        assert woken.due_at == london("2026-11-26T18:30")
        assert (woken.deadline_at, woken.working_due_at) == (task.deadline_at, task.working_due_at)

    def test_without_a_deadline_the_working_due_moves_along(self, hub: Hub, clock: Any, pat: User) -> None:
        task = waits(hub, pat, given(hub))
        clock.set(london("2026-11-24T10:00"))
        hub.run(time_actions.wake)
        woken = hub.make.again(task)
        assert woken.working_due_at == woken.due_at == london("2026-11-26T18:30")

    def test_waiting_is_counted_in_the_hours_of_the_practice(self, hub: Hub, clock: Any, make: Make) -> None:
        # A target in working days runs in the practice's calendar; this one is open for three hours a day.
        mornings = {day: [["09:00", "12:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
        small = Hub(hub.app, make, make.practice(opening_hours=mornings), hub.manager, hub.lead)
        small.manager = make.requester(small.practice)
        someone = make.pharmacist(small.practice)
        task = waits(small, someone, given(small))
        assert task.due_at == london("2026-11-25T12:00")
        clock.set(london("2026-11-24T10:00"))
        hub.run(time_actions.wake)
        woken = hub.make.again(task)
        assert woken.stopped_minutes == 180  # two hours on Monday, one on Tuesday
        assert woken.due_at == london("2026-11-26T12:00")

    def test_waiting_on_a_hospital_moves_nothing(self, hub: Hub, clock: Any, pat: User) -> None:
        task = waits(hub, pat, given(hub), on=WaitingOn.HOSPITAL)
        clock.set(london("2026-11-24T10:00"))
        hub.run(time_actions.wake)
        assert (hub.make.again(task).due_at, hub.make.again(task).stopped_minutes) == (task.due_at, 0)

    @pytest.mark.parametrize("how", ["release", "send_back", "withdrawn"])
    def test_waiting_is_counted_once_however_it_ends(self, hub: Hub, clock: Any, pat: User, how: str) -> None:
        task = waits(hub, pat, given(hub))
        clock.set(london("2026-11-23T11:30"))
        if how == "release":
            hub.act(pat, actions.release, task, reason="I am needed elsewhere.")
        elif how == "send_back":
            hub.act(pat, actions.send_back, task, reason_code="details", reason="Which letter?")
        else:
            from hub.conversation import actions as conversation

            hub.act(hub.manager, conversation.withdraw, task, reason="Solved.")
        assert hub.make.again(task).stopped_minutes == 90
        assert hub.broken() == []

    def test_the_answer_wakes_it_at_once(self, hub: Hub, clock: Any, pat: User) -> None:
        from hub.conversation import actions as conversation
        from hub.models import Message

        task = waits(hub, pat, given(hub))
        with hub.session():
            question = db.session.scalars(select(Message.id)).one()
        clock.set(london("2026-11-23T11:00"))
        hub.act(hub.manager, conversation.answer, task, message_id=question, text="Five milligrams.")
        woken = hub.make.again(task)
        assert (woken.status, woken.assignee_id, woken.stopped_minutes) == ("assigned", pat.id, 60)
        assert hub.last(task).actor_id == hub.manager.id
