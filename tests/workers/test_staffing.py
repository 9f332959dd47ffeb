"""Sign-off, sign-in and supervision: at every act, and by every way work is given out."""

import datetime as dt
from typing import Any

import pytest

from hub.domain.errors import Invalid, NotAllowed
from hub.extensions import db
from hub.models import PracticeAccess, SignOff, Task, User
from hub.placing import actions, queries, supervision_actions, time_actions, waiting_queries
from tests.workers.conftest import Hub
from tests.workers.staffing_examples import (
    YESTERDAY,
    change,
    complete,
    holds,
    take_next,
    top_up,
)


def assigned(hub: Hub, task: Task, who: User) -> Task:
    """The task, given to this person by a lead who overrides what may be overridden."""
    hub.act(hub.lead, actions.assign_by_hand, task, to=who.id, reason="Yours")
    return hub.make.again(task)


@pytest.fixture
def pat(hub: Hub) -> User:
    """A pharmacist at work who may do only what is signed off."""
    return hub.make.pharmacist(hub.practice, name="Pat Lane", all_kinds=False)


def sign_off_lapses(hub: Hub, who: User) -> str:
    change(hub, SignOff, who, expires_on=YESTERDAY)
    return "Pat Lane's sign-off for Medication query ended on 22-Nov-2026."


def sign_off_goes(hub: Hub, who: User) -> str:
    with hub.session():
        db.session.query(SignOff).filter(SignOff.user_id == who.id).delete()
    return "Pat Lane is not signed off for Medication query."


def sign_in_goes(hub: Hub, who: User) -> str:
    change(hub, PracticeAccess, who, system_ready_on=None)
    return f"Pat Lane cannot sign in to the clinical system of {hub.practice.name} yet."


def supervision_begins(hub: Hub, who: User) -> str:
    change(hub, SignOff, who, supervised=True)
    return "Pat Lane does Medication query only under supervision, and nobody in the hub may supervise it."


LOSSES = [sign_off_lapses, sign_off_goes, sign_in_goes, supervision_begins]


@pytest.mark.parametrize("lose", LOSSES)
class TestEachNewRung:
    def test_nobody_is_given_or_takes_what_they_may_not_do(self, hub: Hub, pat: User, lose: Any) -> None:
        hub.make.sign_off(pat, "MEDQ")
        sentence = lose(hub, pat)
        task = hub.queued()
        top_up(hub)
        assert hub.make.again(task).assignee_id is None
        with pytest.raises(NotAllowed, match=sentence):
            hub.act(pat, actions.take, task)
        with pytest.raises(NotAllowed, match=sentence):
            assigned(hub, task, pat)
        assert take_next(hub, pat) is None

    def test_what_is_lost_later_stops_the_start_and_the_completion(
        self, hub: Hub, pat: User, lose: Any
    ) -> None:
        hub.make.sign_off(pat, "MEDQ")
        first, second = hub.queued(), hub.queued()
        top_up(hub)
        started = hub.start(pat, first)
        assert hub.make.again(second).assignee_id == pat.id
        sentence = lose(hub, pat)
        with pytest.raises(NotAllowed, match=sentence):
            hub.start(pat, second)
        with pytest.raises(NotAllowed, match=sentence):
            complete(hub, pat, started)
        hub.run(time_actions.watch)
        assert {hub.make.again(one).decide_why for one in (first, second)} == {sentence}

    def test_nothing_is_narrowed_away_that_the_rules_allow(self, hub: Hub, pat: User, lose: Any) -> None:
        hub.make.sign_off(pat, "MEDQ")
        task = hub.queued()
        assert [row.id for row in _for(hub, pat)] == [task.id]
        lose(hub, pat)
        if lose is supervision_begins:  # judged by the rules: it depends on who is at work
            return
        assert _for(hub, pat) == []


def _for(hub: Hub, who: User) -> list[Any]:
    with hub.session():
        person = queries.person(who.id)
        assert person is not None
        return waiting_queries.waiting_for(person, dt.date(2026, 11, 23))


class TestSignOffs:
    def test_a_subtype_counts_before_its_kind(self, hub: Hub, pat: User) -> None:
        hub.make.sign_off(pat, "LTC")
        hub.make.sign_off(pat, "LTC", "AST", expires_on=YESTERDAY)
        with hub.session():
            from hub.models import Competence

            for code in ("asthma", "copd"):
                db.session.add(Competence(user_id=pat.id, code=code))
        asthma, copd = hub.queued("LTC", subtype="AST"), hub.queued("LTC", subtype="COPD")
        assert [row.id for row in _for(hub, pat)] == [copd.id]
        top_up(hub)
        assert hub.make.again(copd).assignee_id == pat.id
        assert hub.make.again(asthma).assignee_id is None

    def test_whoever_may_do_every_kind_loses_the_one_whose_sign_off_ends(self, hub: Hub) -> None:
        sam = hub.make.pharmacist(hub.practice, name="Sam")
        hub.make.sign_off(sam, "SMR", expires_on=YESTERDAY)
        query, review = hub.queued(), hub.queued("SMR")
        assert [row.id for row in _for(hub, sam)] == [query.id]
        top_up(hub)
        assert (hub.make.again(query).assignee_id, hub.make.again(review).assignee_id) == (sam.id, None)
        hub.run(time_actions.watch)
        assert (
            hub.make.again(review).decide_why
            == "No pharmacist is signed off for Structured medication review."
        )

    def test_a_person_nobody_has_said_anything_about_is_given_nothing(self, hub: Hub, owner: Any) -> None:
        new = hub.make.pharmacist(hub.practice)
        owner.execute("update app_user set all_kinds = default where id = %s", (new.id,))
        task = hub.queued()
        top_up(hub)
        assert hub.make.again(task).assignee_id is None


class TestSupervision:
    @pytest.fixture
    def vera(self, hub: Hub) -> User:
        """A pharmacist on shift who may supervise, and may not work for the practice herself."""
        return hub.make.pharmacist(name="Vera Moss", supervises=True)

    def test_work_comes_while_somebody_supervises_and_completion_says_who(
        self, hub: Hub, pat: User, vera: User
    ) -> None:
        hub.make.sign_off(pat, "MEDQ", supervised=True)
        task = hub.queued()
        top_up(hub)
        task = hub.start(pat, task)
        with pytest.raises(Invalid, match="Say who supervised you"):
            complete(hub, pat, task)
        with pytest.raises(Invalid, match="Say who supervised you"):
            complete(hub, pat, task, supervised_by=pat.id)
        complete(hub, pat, task, supervised_by=vera.id)
        assert hub.events(task)[-1].data["supervised_by"] == vera.id
        assert holds(hub) == []

    def test_nobody_is_left_with_it_when_the_supervisor_goes(self, hub: Hub, pat: User, vera: User) -> None:
        hub.make.sign_off(pat, "MEDQ", supervised=True)
        first, second = hub.queued(), hub.queued()
        top_up(hub)
        hub.start(pat, first)
        due, raised = hub.make.again(second).due_at, hub.make.again(second).raised_at
        hub.make.absent(vera)
        sentence = (
            "Pat Lane does Medication query only under supervision, and nobody who may supervise it is at "
            "work now."
        )
        with pytest.raises(NotAllowed, match=sentence):
            hub.start(pat, second)
        assert hub.run(supervision_actions.leave_nobody_unsupervised) == 2
        assert hub.run(supervision_actions.leave_nobody_unsupervised) == 0
        second = hub.make.again(second)
        assert (second.status, second.due_at, second.raised_at) == ("queued", due, raised)
        assert hub.make.again(first).decide_why == sentence
        top_up(hub)
        assert hub.make.again(second).assignee_id is None
        assert hub.make.again(second).decide_since is None, "somebody will come to work again"
        complete(hub, pat, hub.make.again(first), supervised_by=vera.id)

    def test_a_supervisor_in_a_meeting_is_there(self, hub: Hub, pat: User, vera: User) -> None:
        hub.make.sign_off(pat, "MEDQ", supervised=True)
        hub.make.meeting(vera, "09:30", "11:00")
        task = hub.queued()
        top_up(hub)
        assert hub.make.again(task).assignee_id == pat.id

    def test_only_the_one_who_is_named_will_do(self, hub: Hub, pat: User, vera: User) -> None:
        named = hub.make.pharmacist(name="Nell Gray", works=False)
        hub.make.sign_off(pat, "MEDQ", supervised=True, supervisor_id=named.id)
        task = hub.queued()
        top_up(hub)
        assert hub.make.again(task).assignee_id is None
        with pytest.raises(NotAllowed, match="under supervision, and Nell Gray is not at work now"):
            hub.act(pat, actions.take, task)
        hub.make.extra_shift(named)
        top_up(hub)
        assert hub.make.again(task).assignee_id == pat.id

    @pytest.mark.parametrize("lacks", ["flag", "sign_off", "registration", "competence"])
    def test_who_could_not_do_it_alone_supervises_nobody(
        self, hub: Hub, pat: User, vera: User, owner: Any, lacks: str
    ) -> None:
        hub.make.sign_off(pat, "LTC", supervised=True)
        with hub.session():
            from hub.models import Competence

            db.session.add(Competence(user_id=pat.id, code="asthma"))
            if lacks != "competence":
                db.session.add(Competence(user_id=vera.id, code="asthma"))
        if lacks == "flag":
            owner.execute("update app_user set supervises = false where id = %s", (vera.id,))
        if lacks == "sign_off":
            hub.make.sign_off(vera, "LTC", supervised=True)
        if lacks == "registration":
            owner.execute(
                "update app_user set registration_expires_on = %s where id = %s", (YESTERDAY, vera.id)
            )
        task = hub.queued("LTC", subtype="AST")
        top_up(hub)
        assert hub.make.again(task).assignee_id is None
        with pytest.raises(
            NotAllowed, match="only under supervision, and nobody in the hub may supervise it"
        ):
            hub.act(pat, actions.take, task)
