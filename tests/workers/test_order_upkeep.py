"""What keeps the order right: weights after a change of policy, practices' credits, age ceilings, reserve."""

import datetime as dt
import itertools
from typing import Any

import pytest
from sqlalchemy import select, text

from hub.domain.policy import DEFAULT_POLICY
from hub.extensions import db
from hub.models import Contract, OutcomeRecord, PolicyVersion, Practice, ReserveDay
from hub.placing import booking, order_actions, queries, system_actions, waiting_queries
from tests.workers.conftest import Hub

NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)


# A version never changes, so each process reads it once: every test publishes one of its own.
VERSIONS = itertools.count(200)


def publish(hub: Hub, **order: Any) -> int:
    version = next(VERSIONS)
    body = {**DEFAULT_POLICY, "version": version, "order": {**DEFAULT_POLICY["order"], **order}}
    with hub.session():
        db.session.add(PolicyVersion(version=version, body=body, published_at=NOW, why="For this test"))
    return version


# Weights


def test_a_policy_that_weighs_otherwise_reaches_every_open_task_with_an_event(hub: Hub) -> None:
    from hub.domain.vocabulary import FactAnswer

    risky = hub.queued("SMR", answers={"severe_frailty": FactAnswer.YES})
    plain = hub.queued("SMR")
    assert hub.run(order_actions.reweigh) == 0
    assert hub.broken(settled=True) == []
    percent = 300
    version = publish(hub, signal_weights=[{"signal": one, "percent": percent} for one in risky.signals])
    assert [one for one in hub.broken(settled=True) if one.startswith("order-as-facts")]
    assert hub.run(order_actions.reweigh) == 1
    event = hub.last(risky)
    assert (event.kind, event.actor_system, event.data["policy"]) == ("weighed", "placing", version)
    assert hub.last(plain).kind == "placed"
    assert hub.broken(settled=True) == []
    assert hub.run(order_actions.reweigh) == 0


def test_opening_hours_that_change_move_the_place_in_the_order_and_no_due_time(hub: Hub, make: Any) -> None:
    task = hub.queued("SMR")
    with hub.session():
        practice = db.session.get(Practice, hub.practice.id)
        assert practice is not None
        practice.opening_hours = {"mon": [["09:00", "12:00"]]}
    assert hub.run(order_actions.reweigh) == 1
    again = make.again(task)
    assert again.due_at == task.due_at
    assert again.due_number < task.due_number
    assert again.target_minutes < task.target_minutes
    assert hub.broken(settled=True) == []


def test_the_clock_of_a_waiting_task_stands_in_the_order_too_and_goes_on_where_it_stood(
    hub: Hub, make: Any, clock: Any
) -> None:
    from hub.domain.order import slack_of
    from hub.domain.vocabulary import WaitingOn
    from hub.placing import actions, order_queries
    from hub.worklist import actions as worklist
    from hub.worklist import queries as worklist_queries

    def slack() -> int:
        with hub.session():
            now = order_queries.moment()
            again = make.again(task)
            return slack_of(order_queries.facts_of(again), now.number_of(again))

    pharmacist = make.pharmacist(hub.practice)
    task = hub.queued("SMR")
    hub.act(pharmacist, actions.take, task)
    task = hub.start(pharmacist, task)
    with hub.session():
        until = worklist_queries.chase_times(task)[0].date()
    before = slack()
    hub.act(pharmacist, worklist.wait, task, on=WaitingOn.PATIENT, until=until, words="A call back")
    clock.tick(hours=2)
    assert slack() == before
    hub.act(pharmacist, worklist.resume, make.again(task), confirmed=True)
    assert slack() == before
    assert make.again(task).paused_number is None
    clock.tick(hours=1)
    assert slack() == before - 60
    assert hub.broken(settled=True) == []


# Credits


def contract(hub: Hub, *practices: Any) -> None:
    network = hub.make.network()
    with hub.session():
        for practice in practices:
            db.session.execute(
                text(
                    "insert into network_membership (network_id, practice_id, starts_on) "
                    "values (:network, :practice, '2026-04-01')"
                ),
                {"network": network.id, "practice": practice.id},
            )
        year = dt.date(2026, 4, 1), dt.date(2027, 4, 1)
        db.session.add(Contract(network_id=network.id, starts_on=year[0], ends_on=year[1], minutes=60_000))


def test_a_practice_behind_its_share_gains_in_the_order_and_loses_it_again(
    hub: Hub, make: Any, owner: Any
) -> None:
    other = make.practice()
    contract(hub, hub.practice, other)
    assert hub.run(order_actions.share_out) == 0, "nothing was delivered yet, so nobody is behind"
    pharmacist = make.pharmacist(hub.practice, other)
    for _ in range(3):
        worked(hub, pharmacist, hub.practice, 2000)
    assert hub.run(order_actions.share_out) == 1
    credit = credits(hub)
    assert credit[hub.practice.id] == 0
    assert credit[other.id] > 100_000
    mine, theirs = hub.queued("SMR"), make.request(other, make.requester(other), "SMR")
    hub.forget_jobs()
    hub.run(system_actions.place_batch)
    with hub.session():
        assert waiting_queries.waiting()[0].id == theirs.id != mine.id
    worked(hub, pharmacist, other, 6000)
    assert hub.run(order_actions.share_out) == 1
    assert set(credits(hub).values()) == {0}


def test_a_practice_that_few_people_may_work_for_gains_in_the_order(hub: Hub, make: Any) -> None:
    few, none = make.practice(), make.practice()
    for practices in ((hub.practice, few), (hub.practice,), (hub.practice,)):
        make.pharmacist(*practices)
    hub.run(order_actions.share_out)
    from hub.placing import order_queries

    with hub.session():
        found = {row[0]: row[1] for row in db.session.execute(select(Practice.id, Practice.order_people))}
        sorted_in = order_queries.moment().own
    assert found[none.id] == 0, "nobody may work for it"
    assert found[few.id] > 0 > found[hub.practice.id]
    assert sorted_in[few.id].people == found[few.id]


def credits(hub: Hub) -> dict[int, int]:
    with hub.session():
        rows = db.session.execute(select(Practice.id, Practice.order_credit))
        return {row.id: row.order_credit for row in rows}


def worked(hub: Hub, who: Any, practice: Any, minutes: int) -> None:
    """A completed task of this practice that took so long."""
    task = hub.make.request(practice, hub.make.requester(practice), "SMR")
    hub.forget_jobs()
    with hub.session():
        db.session.add(
            OutcomeRecord(
                task_id=task.id, practice_id=practice.id, at=NOW, by_id=who.id, code="x", minutes=minutes,
                recorded_in="EMIS Web",
            )
        )  # fmt: skip


# Age ceilings and the reserve


def test_what_is_past_its_ceiling_stands_on_the_leads_list_once_the_longest_first(
    hub: Hub, make: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.pharmacist(hub.practice, works=False)
    older = hub.queued("MEDQ")
    clock.tick(hours=24)
    newer = hub.queued("MEDQ")
    assert hub.run(order_actions.flag_past_ceiling) == 0
    clock.tick(hours=24 * 8)
    monkeypatch.setattr(order_actions, "MOST_FLAGGED", 1)
    assert hub.run(order_actions.flag_past_ceiling) == 1
    assert make.again(older).decide_why == order_actions.PAST_CEILING
    assert make.again(newer).decide_since is None
    assert hub.run(order_actions.flag_past_ceiling) == 0, "the list stays short"
    monkeypatch.setattr(order_actions, "MOST_FLAGGED", 50)
    assert hub.run(order_actions.flag_past_ceiling) == 1
    assert make.again(older).band == make.again(newer).band == 3, "age alone promotes nothing"


def test_the_reserve_is_a_share_of_the_days_minutes_and_is_used_up(hub: Hub, make: Any, clock: Any) -> None:
    publish(hub, reserve_percent=5)
    late = [hub.queued("SMR") for _ in range(3)]
    clock.tick(hours=24 * 52)
    due = [hub.queued("MEDQ") for _ in range(8)]
    clock.tick(hours=24 * 5)  # just due, and short: they come before the others
    with hub.session():
        assert {row.id for row in waiting_queries.waiting()[:8]} == {one.id for one in due}
    pharmacist = make.pharmacist(hub.practice)  # on shift 600 minutes a day, so the reserve holds 30
    assert hub.run(system_actions.top_up) > 0
    given = [one for one in hub.tasks() if one.assignee_id == pharmacist.id]
    drew = [one for one in given if "reserve" in hub.last(one).data]
    assert [one.id for one in drew] == [late[0].id]
    assert hub.last(drew[0]).data["reserve"] == 30
    assert drew[0].why_me[0].startswith("It is past its age ceiling, so it drew 30 minutes")
    with hub.session():
        assert db.session.scalars(select(ReserveDay.used)).all() == [30]
        assert booking.reserve_left(queries.policy().order.reserve_percent) == 0


def test_without_a_reserve_nothing_is_drawn(hub: Hub, make: Any, clock: Any) -> None:
    publish(hub, reserve_percent=0)
    hub.queued("SMR")
    clock.tick(hours=24 * 56)
    make.pharmacist(hub.practice)
    for _ in range(6):
        hub.queued("MEDQ")
    hub.run(system_actions.top_up)
    assert not [one for one in hub.tasks() if "reserve" in hub.last(one).data]


# Near equals


def test_the_practice_just_worked_for_counts_once_the_list_is_empty(hub: Hub, make: Any) -> None:
    other = make.practice()
    pharmacist = make.pharmacist(hub.practice, other)
    worked(hub, pharmacist, other, 10)
    with hub.session():
        (one,) = waiting_queries.worklists([pharmacist.id])
    assert (one.practices, one.last_practice, one.unpleasant) == (frozenset(), other.id, 0)


# Its story


def test_a_task_says_its_terms_and_what_would_put_it_first(hub: Hub, clock: Any) -> None:
    from hub.domain.order_answers import FIRST_ALREADY
    from hub.placing import order_queries, order_story_queries

    first, behind = hub.queued("MEDQ"), hub.queued("MEDQ")
    with hub.session():
        now = order_queries.Order()
        story, other = (order_story_queries.story_of(one) for one in (first, behind))
        index = order_queries.place_of(behind, now.moment)
    assert story.would_put_first == (FIRST_ALREADY,)
    assert not other.hard
    assert [term.code for term in other.terms] == ["band", "minutes", "slack"]
    from hub.domain.order import index_of

    assert sum(term.value for term in other.terms) == index_of(index.facts, index.now_number, now.policy)
    assert other.would_put_first[0].startswith("If the practice said that it needs this today (")
    assert any(
        "answered yes to the safety question “suspected serious reaction”" in one
        for one in other.would_put_first
    )
