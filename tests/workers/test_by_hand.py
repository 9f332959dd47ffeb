"""What people do with a task's place, and every way in which it is refused."""

from typing import Any

import pytest

from hub.domain.errors import Conflict, HubError, Invalid, NotAllowed
from hub.domain.vocabulary import FactAnswer, Role
from hub.extensions import db
from hub.models import ClinicianDay, Task, User
from hub.placing import actions, system_actions, time_actions
from tests.support.factories import Make
from tests.support.running import acting_as
from tests.workers.conftest import Hub

NOW = {"serious_reaction": FactAnswer.YES}
REASON = "I am needed elsewhere."


@pytest.fixture
def theirs(hub: Hub, pat: User) -> Task:
    """A task that stands on Pat's list."""
    task = hub.queued()
    hub.run(system_actions.top_up)
    task = hub.make.again(task)
    assert task.assignee_id == pat.id
    return task


def booked(hub: Hub, user: User) -> int:
    with hub.session():
        rows = db.session.query(ClinicianDay).filter_by(user_id=user.id).all()
        return sum(row.booked for row in rows)


def refused(hub: Hub, who: User, act: Any, task: Task, error: type[HubError], **given: Any) -> str:
    """The sentence of the refusal; and nothing has changed."""
    with pytest.raises(error) as refusal:
        hub.act(who, act, task, **given)
    assert hub.make.again(task).version == task.version
    assert hub.broken() == []
    return str(refusal.value)


class TestTake:
    def test_it_stands_on_my_list_with_its_minutes_booked(self, hub: Hub, pat: User) -> None:
        task = hub.queued()
        hub.act(pat, actions.take, task)
        task = hub.make.again(task)
        assert (task.status, task.assignee_id) == ("assigned", pat.id)
        assert task.why_me == ["Pat took it from the queue."]
        assert (booked(hub, pat), hub.last(task).actor_id) == (10, pat.id)

    def test_someone_else_has_it_and_the_refusal_says_who_and_when(self, hub: Hub, theirs: Task) -> None:
        other = hub.make.pharmacist(hub.practice)
        with pytest.raises(Conflict) as refusal:
            hub.act(other, actions.take, theirs)
        assert str(refusal.value) == "This task is on Pat's worklist already."
        assert (refusal.value.who, refusal.value.when) == ("Pat", theirs.assigned_at)

    def test_the_same_rungs_refuse_as_everywhere(self, hub: Hub) -> None:
        tess = hub.make.technician(hub.practice, name="Tess")
        sentence = refused(hub, tess, actions.take, hub.queued("SMR"), NotAllowed)
        assert sentence == "Tess is a technician; this needs a pharmacist."

    def test_no_more_than_the_minutes_left_but_what_cannot_wait_always(self, hub: Hub) -> None:
        sam = hub.make.pharmacist(hub.practice, name="Sam", works=False)
        hub.make.shift(sam, start="08:00", end="10:05")
        sentence = refused(hub, sam, actions.take, hub.queued(), NotAllowed)
        assert sentence == "Sam has 5 minutes free today; this needs 10."
        hub.act(sam, actions.take, hub.queued(answers=NOW))

    def test_not_by_someone_who_is_no_clinician(self, hub: Hub) -> None:
        sentence = refused(hub, hub.lead, actions.take, hub.queued(), NotAllowed)
        assert sentence == "Only a clinician of the hub can do this."

    def test_not_before_it_is_placed(self, hub: Hub, pat: User) -> None:
        assert "is being placed" in refused(hub, pat, actions.take, hub.raised(), Conflict)


class TestNextTask:
    def next(self, hub: Hub, who: User) -> Task | None:
        with acting_as(hub.app, who) as by:
            return actions.next_task(by=by)

    def test_it_is_the_first_in_order_that_i_may_do(self, hub: Hub) -> None:
        tess = hub.make.technician(hub.practice)
        hub.queued("SMR")
        second = hub.queued("MEDQ")
        first = hub.queued("MEDQ", answers={"repeat_contact": FactAnswer.YES})
        hub.queued("MEDQ", answers=NOW)  # band 1, for a pharmacist
        got = [self.next(hub, tess), self.next(hub, tess), self.next(hub, tess)]
        assert [task and task.id for task in got] == [first.id, second.id, None]
        assert booked(hub, tess) == 20
        assert hub.last(first).data["to"] == tess.id

    def test_the_buffer_does_not_limit_it_but_the_shift_does(self, hub: Hub) -> None:
        sam = hub.make.pharmacist(hub.practice, works=False)
        hub.make.shift(sam, start="08:00", end="11:05")
        for _ in range(8):
            hub.queued()
        got = [self.next(hub, sam) for _ in range(8)]
        assert sum(task is not None for task in got) == 6, "an hour and five minutes hold six of ten minutes"

    def test_nothing_for_someone_away_and_nothing_of_a_held_practice(self, hub: Hub, pat: User) -> None:
        hub.queued()
        with acting_as(hub.app, hub.lead) as by:
            from hub.placing import queries

            actions.hold(queries.practice(hub.practice.id), reason="EMIS is down.", by=by)
        assert self.next(hub, pat) is None
        elsewhere = hub.make.practice()
        absent = hub.make.pharmacist(elsewhere)
        hub.make.absent(absent)
        hub.make.request(elsewhere, hub.make.requester(elsewhere))
        hub.run(system_actions.place_batch)
        assert self.next(hub, absent) is None

    def test_it_does_not_give_back_what_i_released(self, hub: Hub, pat: User, theirs: Task) -> None:
        hub.act(pat, actions.release, theirs, reason=REASON)
        assert self.next(hub, pat) is None

    def test_a_lead_who_is_no_clinician_has_no_next_task(self, hub: Hub) -> None:
        with pytest.raises(NotAllowed, match="Only a clinician"):
            self.next(hub, hub.lead)


class TestRelease:
    def test_it_keeps_its_age_and_goes_to_another_person(
        self, hub: Hub, pat: User, theirs: Task, jobs: Any
    ) -> None:
        hub.forget_jobs()
        other = hub.make.pharmacist(hub.practice)
        hub.act(pat, actions.release, theirs, reason=REASON)
        task = hub.make.again(theirs)
        assert (task.status, task.assignee_id, task.not_back_to) == ("queued", None, [pat.id])
        assert (task.due_at, task.raised_at) == (theirs.due_at, theirs.raised_at)
        assert booked(hub, pat) == 0
        assert jobs() == 1, "a top-up follows at once"
        assert hub.make.again(theirs).assignee_id == other.id

    def test_it_does_not_come_back_to_the_same_person_and_the_lead_hears_of_it(
        self, hub: Hub, pat: User, theirs: Task
    ) -> None:
        hub.act(pat, actions.release, theirs, reason=REASON)
        assert hub.run(system_actions.top_up) == 0
        hub.run(time_actions.watch)
        assert hub.make.again(theirs).decide_why == "Everyone who may do this has just given it back."

    def test_released_twice_goes_to_the_lead(self, hub: Hub, pat: User, theirs: Task) -> None:
        other = hub.make.pharmacist(hub.practice)
        hub.act(pat, actions.release, theirs, reason=REASON)
        assert hub.make.again(theirs).decide_since is None
        hub.run(system_actions.top_up)
        hub.act(other, actions.release, theirs, reason=REASON)
        task = hub.make.again(theirs)
        assert (task.decide_why, task.not_back_to) == ("It has been released 2 times.", [pat.id, other.id])

    def test_not_without_a_reason_and_not_someone_elses(self, hub: Hub, pat: User, theirs: Task) -> None:
        refused(hub, pat, actions.release, theirs, Invalid, reason="  ")
        other = hub.make.pharmacist(hub.practice)
        refused(hub, other, actions.release, theirs, NotAllowed, reason=REASON)
        hub.act(hub.lead, actions.release, theirs, reason=REASON)

    def test_not_from_the_queue(self, hub: Hub) -> None:
        refused(hub, hub.lead, actions.release, hub.queued(), Conflict, reason=REASON)

    def test_the_reason_is_sealed(self, hub: Hub, pat: User, theirs: Task, owner: Any) -> None:
        hub.act(pat, actions.release, theirs, reason=REASON)
        row = owner.execute("select reason_sealed, data::text from event where kind = 'released'").fetchone()
        assert REASON.encode() not in row[0]
        assert len(row[0]) > len(REASON)
        assert REASON not in row[1]


class TestSendBack:
    def test_the_practice_has_it_and_the_minutes_are_free(self, hub: Hub, pat: User, theirs: Task) -> None:
        hub.act(pat, actions.send_back, theirs, reason_code="details", reason="Which letter?")
        task = hub.make.again(theirs)
        assert (task.status, task.assignee_id, booked(hub, pat)) == ("sent_back", None, 0)
        assert hub.last(task).data["code"] == "details"

    def test_corrected_it_is_placed_again_with_its_age(
        self, hub: Hub, pat: User, theirs: Task, jobs: Any
    ) -> None:
        hub.forget_jobs()
        hub.act(pat, actions.send_back, theirs, reason_code="details", reason="Which letter?")
        self.correct(hub, theirs)
        jobs()
        task = hub.make.again(theirs)
        assert (task.status, task.raised_at) == ("assigned", theirs.raised_at)

    def test_sent_back_twice_goes_to_the_lead(self, hub: Hub, pat: User, theirs: Task, jobs: Any) -> None:
        hub.act(pat, actions.send_back, theirs, reason_code="details", reason="Which letter?")
        self.correct(hub, theirs)
        jobs()
        hub.act(pat, actions.send_back, theirs, reason_code="details", reason="Still not there.")
        assert hub.make.again(theirs).decide_why == "It has been sent back 2 times."

    def correct(self, hub: Hub, task: Task) -> None:
        from hub.conversation import actions as conversation
        from hub.domain.vocabulary import RequestedUrgency
        from hub.intake.drafts import Draft
        from hub.placing import queries
        from hub.protocols.queries import kind_of

        with acting_as(hub.app, hub.manager) as by:
            locked = queries.get(task.ref, lock=True)
            kind = kind_of(locked)
            draft = Draft(
                practice_id=locked.practice_id,
                kind=kind,
                answers={fact.code: FactAnswer.NO for fact in kind.facts},
                identity=None,
                ask="The one of last Friday.",
                receipt_on=locked.receipt_on,
                requested=RequestedUrgency.ROUTINE,
                document="",
                subtype="",
            )
            conversation.correct(locked, draft, by=by)


class TestHandOver:
    def test_a_technicians_task_goes_to_a_pharmacist_inside_the_same_task(self, hub: Hub, jobs: Any) -> None:
        tess = hub.make.technician(hub.practice)
        task = hub.queued("DISCH")
        hub.run(system_actions.top_up)
        task = hub.start(tess, task)
        assert (task.stage, task.minutes, booked(hub, tess)) == (1, 15, 15)
        pat = hub.make.pharmacist(hub.practice)
        hub.act(tess, actions.hand_over, task, note="Two medicines changed.")
        jobs()
        task = hub.make.again(task)
        assert (task.stage, task.minutes, task.professions) == (2, 20, ["pharmacist"])
        assert (task.status, task.assignee_id) == ("assigned", pat.id)
        assert (booked(hub, tess), booked(hub, pat)) == (0, 20)
        handed = next(event for event in hub.events(task) if event.kind == "handed_over")
        assert handed.data["stage"] == 2
        assert handed.data["policy"] == 1
        assert any("pharmacist" in sentence for sentence in handed.data["route"])

    def test_not_beyond_the_last_stage_and_not_before_it_is_started(self, hub: Hub, pat: User) -> None:
        review = hub.queued("SMR")
        hub.act(pat, actions.take, review)
        review = hub.start(pat, review)
        refused(hub, pat, actions.hand_over, review, NotAllowed, note="Please.")
        query = hub.queued()
        hub.act(pat, actions.take, query)
        refused(hub, pat, actions.hand_over, hub.make.again(query), Conflict, note="Please.")


class TestByTheLead:
    def test_what_workers_are_late_with_is_placed_and_assigned_by_hand(self, hub: Hub, pat: User) -> None:
        task = hub.raised("SMR")
        hub.act(hub.lead, actions.assign_by_hand, task, to=pat.id, reason="The workers stand still.")
        task = hub.make.again(task)
        assert (task.status, task.assignee_id, task.version) == ("assigned", pat.id, 3)
        assert (task.queue, task.minutes, task.policy_version) == ("medication-reviews", 30, 1)
        assert hub.broken() == []

    def test_assigning_overrides_the_soft_rungs_with_a_reason_and_no_hard_one(self, hub: Hub) -> None:
        away = hub.make.pharmacist(hub.practice, works=False)
        task = hub.queued("SMR")
        refused(hub, hub.lead, actions.assign_by_hand, task, Invalid, to=away.id, reason=" ")
        tess = hub.make.technician(hub.practice)
        refused(hub, hub.lead, actions.assign_by_hand, task, NotAllowed, to=tess.id, reason="Please.")
        hub.act(hub.lead, actions.assign_by_hand, task, to=away.id, reason="She knows the patient.")
        task = hub.make.again(task)
        assert (task.status, task.assignee_id, task.decide_since) == ("assigned", away.id, None)
        assert hub.last(task).data == {"to": away.id, "by_hand": True}
        with hub.session():
            day = db.session.query(ClinicianDay).filter_by(user_id=away.id).one()
            assert (day.minutes, day.booked, day.granted) == (0, 30, 30)

    def test_moving_takes_minutes_along_and_rings_for_whoever_is_free_now(
        self, hub: Hub, pat: User, theirs: Task, jobs: Any
    ) -> None:
        waiting = hub.queued()
        other = hub.make.pharmacist(hub.practice)
        hub.act(hub.lead, actions.move, theirs, to=other.id, reason="To even it out.")
        assert (booked(hub, pat), booked(hub, other)) == (0, 10)
        jobs()
        assert hub.make.again(waiting).assignee_id == pat.id

    def test_moving_what_is_started_asks_the_new_person_to_start_afresh(
        self, hub: Hub, pat: User, theirs: Task
    ) -> None:
        hub.start(pat, theirs)
        other = hub.make.pharmacist(hub.practice)
        hub.act(hub.lead, actions.move, theirs, to=other.id, reason="Pat is ill.")
        task = hub.make.again(theirs)
        assert (task.status, task.assignee_id, task.started_at) == ("assigned", other.id, None)

    def test_not_to_where_it_is_not_from_the_queue_and_not_by_others(
        self, hub: Hub, pat: User, theirs: Task
    ) -> None:
        refused(hub, hub.lead, actions.move, theirs, Invalid, to=pat.id, reason="Stay.")
        refused(hub, hub.lead, actions.move, hub.queued(), Conflict, to=pat.id, reason="Go.")
        other = hub.make.pharmacist(hub.practice)
        refused(hub, pat, actions.move, theirs, NotAllowed, to=other.id, reason="Go.")
        refused(hub, pat, actions.assign_by_hand, hub.queued(), NotAllowed, to=pat.id, reason="Mine.")

    def test_assigning_what_someone_has_says_who(self, hub: Hub, theirs: Task) -> None:
        other = hub.make.pharmacist(hub.practice)
        sentence = refused(
            hub, hub.lead, actions.assign_by_hand, theirs, Conflict, to=other.id, reason="Please."
        )
        assert sentence == "This task is on Pat's worklist already."

    def test_deciding_takes_it_off_the_list_once(self, hub: Hub, theirs: Task) -> None:
        hub.act(hub.lead, lambda task, by: actions.flag(task, "Someone must look.", by=by), theirs)
        flagged = hub.make.again(theirs)
        refused(hub, hub.lead, actions.decide, flagged, Invalid, reason="")
        hub.act(hub.lead, actions.decide, flagged, reason="It stays.")
        task = hub.make.again(theirs)
        assert (task.decide_since, hub.last(task).kind) == (None, "decided")
        refused(hub, hub.lead, actions.decide, task, Conflict, reason="Again.")

    def test_holding_twice_and_holding_without_a_reason(self, hub: Hub, make: Make) -> None:
        from hub.placing import queries

        def hold(who: User, reason: str) -> None:
            with acting_as(hub.app, who) as by:
                actions.hold(queries.practice(hub.practice.id), reason=reason, by=by)

        with pytest.raises(Invalid):
            hold(hub.lead, " ")
        hold(hub.lead, "EMIS is down.")
        with pytest.raises(Conflict):
            hold(make.user(Role.LEAD), "EMIS is down.")
        with pytest.raises(NotAllowed):
            hold(make.pharmacist(hub.practice), "EMIS is down.")
