"""What happens because time passes: promotion, waking, the end of a shift, and the watch."""

import datetime as dt
import threading
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hub.domain.vocabulary import FactAnswer, RequestedUrgency, Role, WaitingOn
from hub.extensions import db
from hub.models import ClinicianDay, Competence, PracticeAccess, Task, User
from hub.placing import actions, system_actions, time_actions
from hub.placing.task_actions import flag
from tests.support.factories import Make
from tests.workers.conftest import Hub

LONDON = ZoneInfo("Europe/London")
NOW = {"serious_reaction": FactAnswer.YES}


def london(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.fixture
def pat(hub: Hub) -> User:
    """A pharmacist at work from 08:00 to 18:00."""
    return hub.make.pharmacist(hub.practice, name="Pat")


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
