"""Learned minutes through the real actions: learned at night, used when placed, shown with their tasks."""

import datetime as dt
import re
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.actor import process
from hub.domain.policy import DEFAULT_POLICY
from hub.domain.vocabulary import FactAnswer, Role, SystemActor
from hub.extensions import db
from hub.models import Event, LearnedMinutes, PolicyVersion
from hub.outcomes import actions as outcomes
from hub.outcomes.actions import Completion
from hub.placing import actions as placing
from hub.placing import minutes_queries, queries
from hub.protocols.queries import kind_of
from tests.support.factories import Make
from tests.support.running import run_jobs
from workers.jobs import JOBS

PLACING = process(SystemActor.PLACING)
CARE_HOME = {"care_home": FactAnswer.YES}


class Hub:
    """A practice whose queries take longer than planned, done by one pharmacist."""

    def __init__(self, make: Make, acting: Any, clock: Any) -> None:
        self.make, self.acting, self.clock = make, acting, clock
        self.elm = make.practice("Elm Street Surgery")
        self.asks = make.requester(self.elm)
        self.pat = make.pharmacist(self.elm, name="Pat")
        self.lead = make.lead()

    def done(self, took: int, kind: str = "MEDQ", **more: Any) -> Any:
        task = self.make.started(self.elm, self.asks, self.pat, kind, **more)
        with self.acting(self.pat) as by:
            mine = queries.get(task.ref, lock=True)
            the_kind = kind_of(mine)
            completion = Completion(
                confirmed=True,
                checklist={item.code: "" for item in the_kind.checklist},
                outcome=the_kind.outcomes[0].code,
                minutes=took,
                to_dos=(),
                note="",
                recorded_in="EMIS Web",
                recorded_code="",
                reply="Go on as before.",
            )
            outcomes.record(mine, completion=completion, by=by)
        self.clock.tick(minutes=1)
        return self.make.again(task)

    def learn(self) -> int:
        self.clock.tick(minutes=11)
        with self.acting(PLACING):
            return int(JOBS["learn_minutes"]())

    def figures(self) -> list[LearnedMinutes]:
        with self.acting(PLACING):
            return list(db.session.scalars(select(LearnedMinutes).order_by(LearnedMinutes.id)))

    def placed_event(self, task: Any) -> Event:
        with self.acting(PLACING):
            query = select(Event).where(Event.task_id == task.id, Event.kind == "placed")
            return db.session.scalars(query).one()

    def policy(self, percent: int) -> None:
        with self.acting(PLACING):
            body = {**DEFAULT_POLICY, "version": 2, "learned_percent": percent}
            db.session.add(PolicyVersion(version=2, body=body, published_at=self.clock.now(), why="Minutes"))


@pytest.fixture
def hub(make: Make, acting: Any, clock: Any) -> Hub:
    return Hub(make, acting, clock)


@pytest.fixture
def slow(hub: Hub) -> Hub:
    """Six queries, planned at 10 minutes, that took 16 and once, mis-keyed, 160."""
    for took in (16, 16, 160, 16, 16, 16):
        hub.done(took)
    assert hub.learn() == 1
    return hub


def test_what_is_placed_is_planned_with_what_such_work_takes_and_says_so(slow: Hub, as_user: Any) -> None:
    (figure,) = slow.figures()
    assert (figure.planned, figure.done, float(figure.median), figure.minutes) == (10, 6, 16.0, 12)
    task = slow.make.placed(slow.elm, slow.asks)
    assert task.minutes == 12
    event = slow.placed_event(task)
    assert event.data["minutes"] == {"planned": 10, "usual": 12, "done": 6}
    words = "It usually takes 12 minutes at this practice (6 done); planned 10."
    assert words in event.data["route"]
    assert words in as_user(slow.lead).get(f"/tasks/{task.ref}").text


def test_a_few_tasks_change_nothing(hub: Hub) -> None:
    for _ in range(4):
        hub.done(30)
    assert hub.learn() == 0
    assert hub.make.placed(hub.elm, hub.asks).minutes == 10


def test_what_is_placed_already_keeps_its_minutes(hub: Hub) -> None:
    for _ in range(6):
        hub.done(16)
    earlier = hub.make.placed(hub.elm, hub.asks)
    hub.learn()
    run_jobs(hub.make.app)
    assert hub.make.again(earlier).minutes == 10


def test_asked_again_in_its_queue_it_keeps_what_it_was_given(slow: Hub) -> None:
    from hub.intake import actions as intake

    mill = slow.make.practice("Old Mill")
    slow.make.access(slow.asks, mill, Role.REQUESTER)  # nobody works for Old Mill: it stays in its queue
    with slow.acting(PLACING):
        row = db.session.scalars(select(LearnedMinutes)).one()
        row.practice_id = mill.id
    task = slow.make.placed(mill, slow.asks)
    assert (task.status, task.minutes) == ("queued", 12)
    with slow.acting(PLACING):
        db.session.delete(db.session.scalars(select(LearnedMinutes)).one())
    with slow.acting(slow.asks) as by:
        intake.chase(queries.get(task.ref, lock=True), reason="She asks again", by=by)
    assert slow.make.again(task).minutes == 12


def test_a_second_stage_and_a_task_placed_by_hand_follow_it_too(slow: Hub) -> None:
    with slow.acting(PLACING):
        row = db.session.scalars(select(LearnedMinutes)).one()
        stages = {"kind": "MEDQ", "subtype": "", "planned": 10, "done": 6, "median": 16, "minutes": 15}
        at = {
            "since": row.since,
            "until": row.until,
            "applied_from": row.applied_from,
            "computed_at": row.computed_at,
        }
        db.session.add(LearnedMinutes(practice_id=slow.elm.id, stage=2, **stages, **at))
    by_hand = slow.make.request(slow.elm, slow.asks)
    with slow.acting(slow.lead) as by:
        placing.assign_by_hand(queries.get(by_hand.ref, lock=True), to=slow.pat.id, reason="Now", by=by)
    assert slow.make.again(by_hand).minutes == 12
    assert slow.placed_event(by_hand).data["minutes"]["usual"] == 12
    handed = slow.make.started(slow.elm, slow.asks, slow.pat)
    with slow.acting(slow.pat) as by:
        placing.hand_over(queries.get(handed.ref, lock=True), note="For a second look", by=by)
    assert slow.make.again(handed).minutes == 15


def test_learning_is_by_the_first_plan_and_not_by_itself(slow: Hub) -> None:
    """What was planned at 12 by learning counts with the tens: otherwise the figure would run away."""
    for _ in range(6):
        assert slow.done(16).minutes == 12
    assert slow.learn() == 1
    (figure,) = slow.figures()
    assert (figure.planned, figure.done, figure.minutes) == (10, 12, 13)


def test_a_policy_switches_it_off_or_has_it_followed_in_part(slow: Hub) -> None:
    slow.policy(50)
    assert slow.make.placed(slow.elm, slow.asks).minutes == 11
    with slow.acting(PLACING):
        body = {**DEFAULT_POLICY, "version": 3, "learned_percent": 0}
        db.session.add(PolicyVersion(version=3, body=body, published_at=slow.clock.now(), why="Off"))
    task = slow.make.placed(slow.elm, slow.asks)
    assert task.minutes == 10
    assert "minutes" not in slow.placed_event(task).data


def test_no_learning_shortens_a_review_below_its_floor(hub: Hub) -> None:
    for _ in range(6):
        hub.done(5, "SMR")
    hub.learn()
    assert hub.make.placed(hub.elm, hub.asks, "SMR").minutes == 30


def test_what_a_rule_plans_longer_is_learned_apart(hub: Hub) -> None:
    for _ in range(6):
        hub.done(40, "SMR")
    hub.learn()
    assert [(one.planned, one.minutes) for one in hub.figures()] == [(30, 34)]
    assert hub.make.placed(hub.elm, hub.asks, "SMR", answers=CARE_HOME).minutes == 60


def test_another_night_changes_nothing_but_the_moment(slow: Hub) -> None:
    (before,) = slow.figures()
    slow.clock.tick(days=1)
    slow.learn()
    (after,) = slow.figures()
    assert (after.id, after.minutes, after.applied_from) == (before.id, before.minutes, before.applied_from)
    assert after.computed_at == before.computed_at + dt.timedelta(days=1, minutes=11)


def test_a_figure_that_too_little_bears_any_more_goes(slow: Hub) -> None:
    slow.clock.tick(days=181)
    assert slow.learn() == 0
    assert slow.figures() == []


def test_the_lead_sees_every_figure_and_exactly_the_tasks_behind_it(slow: Hub, as_user: Any) -> None:
    later = slow.done(9)  # after the night: it is not behind the figure yet
    lead = as_user(slow.lead)
    assert 'href="/board/minutes"' in lead.get("/board").text
    listed = lead.get("/board/minutes")
    assert "In use: what is placed now is planned with these minutes." in listed.text
    assert "Elm Street Surgery" in listed.text
    slow.clock.tick(days=1)
    lead = as_user(slow.lead)
    (address,) = re.findall(r'href="(/board/minutes/\d+)"', listed.text)
    page = lead.get(address).text
    assert "Middle of what 6 tasks took: 16 minutes." in page
    assert "The plan counting as 10 tasks, and these as 6: 12.2 minutes." in page
    assert "Learned: 12 minutes." in page
    refs = set(re.findall(r'href="/tasks/([0-9A-Z]{4}-[0-9A-Z]{4})"', page))
    with slow.acting(PLACING):
        (figure,) = slow.figures()
        rows = minutes_queries.behind(figure).rows
    assert refs == {row.ref for row in rows}
    assert sorted(row.minutes for row in rows) == [16, 16, 16, 16, 16, 160]
    assert later.ref not in refs
    assert f'href="/board/minutes?practice={slow.elm.id}"' in listed.text
    only = lead.get(f"/board/minutes?practice={slow.elm.id}").text
    assert "All practices" in only
    assert "Nothing is learned yet" in lead.get(f"/board/minutes?practice={slow.make.practice().id}").text
    assert lead.get("/board/minutes/999999").status_code == 404


def test_a_list_of_any_length_costs_the_same_statements(slow: Hub, as_user: Any, statements: Any) -> None:
    lead = as_user(slow.lead)
    lead.get("/board/minutes")
    with statements() as few:
        lead.get("/board/minutes")
    with slow.acting(PLACING):
        row = db.session.scalars(select(LearnedMinutes)).one()
        for planned in range(20, 80):
            at = {
                "since": row.since,
                "until": row.until,
                "applied_from": row.applied_from,
                "computed_at": row.computed_at,
            }
            sort = {"practice_id": slow.elm.id, "kind": "MEDQ", "stage": 1, "planned": planned}
            db.session.add(LearnedMinutes(**sort, **at, done=5, median=planned, minutes=planned))
    with statements() as many:
        assert "Page 2 of 2" in lead.get("/board/minutes").text
    assert many.count == few.count


def test_a_practice_sees_nothing_of_another(slow: Hub, acting: Any) -> None:
    mill = slow.make.practice("Old Mill")
    with acting(slow.make.requester(mill)):
        assert list(db.session.scalars(select(LearnedMinutes))) == []
