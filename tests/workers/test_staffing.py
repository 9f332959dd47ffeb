"""Sign-off, sign-in, supervision, meetings and on-call: at every act, and by every way work is given out."""

import datetime as dt
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.domain.eligibility import may_do
from hub.domain.errors import Invalid, NotAllowed
from hub.domain.vocabulary import FactAnswer
from hub.domain.worktime import LONDON
from hub.extensions import db
from hub.invariants import queries as invariants
from hub.models import ClinicianDay, OnCall, PracticeAccess, SignOff, Task, User
from hub.placing import (
    actions,
    on_call_actions,
    queries,
    scope_queries,
    supervision_actions,
    system_actions,
    time_actions,
    waiting_queries,
)
from tests.workers.conftest import Hub

NOW = {"serious_reaction": FactAnswer.YES}
TODAY = dt.date(2026, 11, 23)
YESTERDAY = dt.date(2026, 11, 22)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-11-23 {text}").replace(tzinfo=LONDON)


def change(hub: Hub, table: Any, user: User, **values: Any) -> None:
    with hub.session():
        db.session.execute(update(table).where(table.user_id == user.id).values(**values))


def assigned(hub: Hub, task: Task, who: User) -> Task:
    """The task, given to this person by a lead who overrides what may be overridden."""
    hub.act(hub.lead, actions.assign_by_hand, task, to=who.id, reason="Yours")
    return hub.make.again(task)


def top_up(hub: Hub) -> None:
    hub.run(system_actions.top_up)
    hub.run(on_call_actions.call_out)


def holds(hub: Hub) -> list[str]:
    with hub.session():
        return [one.check.name for one in invariants.broken()]


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
        assert _next(hub, pat) is None

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
            _complete(hub, pat, started)
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


def _next(hub: Hub, who: User) -> Task | None:
    from tests.support.running import acting_as

    with acting_as(hub.app, who) as by:
        return actions.next_task(by=by)


def _for(hub: Hub, who: User) -> list[Any]:
    with hub.session():
        person = queries.person(who.id)
        assert person is not None
        return waiting_queries.waiting_for(person, dt.date(2026, 11, 23))


def _complete(hub: Hub, who: User, task: Task, **more: Any) -> None:
    from hub.outcomes import actions as outcomes
    from hub.protocols.queries import kind_of

    def act(mine: Task, *, by: Any) -> None:
        kind = kind_of(mine)
        done = outcomes.Completion(
            confirmed=True, checklist={item.code: "" for item in kind.checklist},
            outcome=kind.outcomes[0].code, minutes=9, to_dos=(), note="", recorded_in="EMIS Web",
            recorded_code="", reply="Go on as before.", **more,
        )  # fmt: skip
        outcomes.record(mine, completion=done, by=by)

    hub.act(who, act, task)


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
            _complete(hub, pat, task)
        with pytest.raises(Invalid, match="Say who supervised you"):
            _complete(hub, pat, task, supervised_by=pat.id)
        _complete(hub, pat, task, supervised_by=vera.id)
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
        _complete(hub, pat, hub.make.again(first), supervised_by=vera.id)

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
        _complete(hub, cal, hub.make.again(urgent))

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


KINDS = ("MEDQ", "DISCH", "SMR", "LTC", "DOCWF")


def _staff(hub: Hub, rng: Random, owner: Any) -> list[User]:
    """Clinicians of every sort: limited, supervised, without a sign-in, away, in a meeting, lapsed."""
    found = []
    for n in range(8):
        make = hub.make.technician if n % 4 == 3 else hub.make.pharmacist
        codes = tuple(code for code in ("asthma", "copd", "diabetes") if rng.random() < 0.7)
        one = make(
            hub.practice, all_kinds=rng.random() < 0.5, supervises=rng.random() < 0.4, competences=codes,
            is_prescriber=n % 4 == 0, works=rng.random() < 0.8,
        )  # fmt: skip
        found.append(one)
        for kind in rng.sample(KINDS, rng.randint(0, 3)):
            subtype = "AST" if kind == "LTC" and rng.random() < 0.5 else ""
            supervised = rng.random() < 0.5
            hub.make.sign_off(
                one, kind, subtype, supervised=supervised,
                supervisor_id=found[0].id if supervised and n and rng.random() < 0.3 else None,
                expires_on=rng.choice((None, None, YESTERDAY, dt.date(2026, 12, 1))),
            )  # fmt: skip
        if rng.random() < 0.2:
            change(hub, PracticeAccess, one, system_ready_on=None)
        if rng.random() < 0.2:
            hub.make.absent(one)
        if rng.random() < 0.2:
            hub.make.meeting(one, "09:30", "10:30")
        if rng.random() < 0.2:
            hub.make.on_call(one)
        if rng.random() < 0.15:
            owner.execute(
                "update app_user set registration_expires_on = %s where id = %s", (YESTERDAY, one.id)
            )
    return found


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_staff_nobody_is_given_what_they_may_not_do(hub: Hub, owner: Any, seed: int) -> None:
    rng = Random(seed)
    staff = _staff(hub, rng, owner)
    tasks = []
    for n in range(14):
        kind = KINDS[n % len(KINDS)]
        urgent = kind == "MEDQ" and rng.random() < 0.5
        sub = {"subtype": rng.choice(("AST", "COPD", "DM"))} if kind == "LTC" else {}
        tasks.append(hub.queued(kind, **({"answers": NOW} if urgent else {}), **sub))
    with hub.session():
        for one in staff:
            person = queries.person(one.id)
            assert person is not None
            rows = db.session.scalars(select(Task)).all()
            by_rules = {row.id for row in rows if may_do(person, queries.needs_of(row), today=TODAY)}
            by_sql = set(db.session.scalars(select(Task.id).where(scope_queries.hard_rungs(person, TODAY))))
            assert by_sql == by_rules, person
    top_up(hub)
    for one in staff:
        with suppress(NotAllowed):
            _next(hub, one)
    given = [hub.make.again(task) for task in tasks]
    assert any(task.assignee_id for task in given), "the test would prove nothing"
    with hub.session():
        known = {one.id: queries.person(one.id) for one in staff}
        for task in given:
            if task.assignee_id is not None:
                who = known[task.assignee_id]
                assert who is not None
                assert _by_hand_may(who, task), (who, task.kind, task.subtype)
                assert who.at_work or (task.band == 1 and (who.on_shift or who.on_call))
        assert [one.check.name for one in invariants.broken()] == []
    hub.run(time_actions.watch)
    _settle(hub)
    with hub.session():
        assert [one.check.name for one in invariants.broken(settled=True)] == []


def _settle(hub: Hub) -> None:
    """Do what the timetable does within two minutes."""
    for job in (time_actions.go_off_shift, time_actions.watch):
        hub.run(job)
    hub.forget_jobs()


def _by_hand_may(who: Any, task: Task) -> bool:
    """The ladder's new rungs, spelled out a second time for one person and one task."""
    signed = who.sign_offs.get((task.kind, task.subtype)) or who.sign_offs.get((task.kind, ""))
    in_date = who.all_kinds if signed is None else signed.ends is None or signed.ends >= TODAY
    there = [one for one in who.supervisors if one.on_shift and one.id != who.id]
    watched = signed is None or not signed.supervised or any(
        one.supervises if signed.supervisor_id is None else one.id == signed.supervisor_id for one in there
    )  # fmt: skip
    registered = who.registration_expires is not None and who.registration_expires >= TODAY
    may_sign_in = task.practice_id in who.practices and task.practice_id not in who.no_sign_in
    return bool(
        in_date and watched and registered and may_sign_in and set(task.competences) <= set(who.competences)
    )
