"""PostgreSQL and the rules put the same tasks into the same order: tried on invented facts and ties."""

import datetime as dt
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hub.domain.actor import process
from hub.domain.order import effective_band, index_of, order_key, past_ceiling
from hub.domain.vocabulary import SystemActor
from hub.extensions import clock, db
from hub.models import Task
from hub.models.acting import act_as
from hub.placing import order_queries, queries
from tests.support.bulk import fill, past_the_guards
from tests.support.factories import Make

MANY = 24
AT = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
# Few distinct values, so that ties are common; and now and then one that is far away.
NUMBERS = st.integers(133_000, 133_400) | st.sampled_from([-2_000_000_000, 0, 2_000_000_000, 140_000])
MOMENTS = st.integers(0, 3).map(lambda hours: AT + dt.timedelta(hours=hours))
FACTS = st.fixed_dictionaries(
    {
        "band": st.integers(1, 5),
        "override_band": st.none() | st.integers(1, 5),
        "override_first": st.integers(0, 5).map(lambda n: n == 0),
        "minutes": st.sampled_from([5, 10, 30, 480]),
        "target_minutes": st.sampled_from([1, 60, 630, 12600, 2_000_000_000]),
        "due_number": NUMBERS,
        "paused_number": st.none() | NUMBERS,
        "order_fixed": st.sampled_from([-6_000_000, -2_302_585, 0, 500_000]),
        "hub_clock": st.booleans(),
        "deadline_at": st.none() | MOMENTS,
        "due_at": MOMENTS,
        "raised_at": MOMENTS,
    }
)


@pytest.fixture
def rows(app: Flask, make: Make, owner: psycopg.Connection[Any]) -> list[int]:
    """Tasks to write facts into, of three practices: core hours, hours of its own, credit and people."""
    practices = [make.practice(), make.practice(opening_hours={"mon": [["09:00", "12:00"]]}), make.practice()]
    requester, someone = make.requester(practices[0]), make.pharmacist(practices[0])
    ids = [one.id for one in practices]
    fill(owner, tasks=MANY, people=[someone.id], practices=ids, raised_by=requester.id, now=clock.now())
    owner.execute("update practice set order_credit = 180000, order_people = -90000 where id = %s", (ids[2],))
    return [row[0] for row in owner.execute("select id from task order by id").fetchall()]


def write(owner: psycopg.Connection[Any], task_id: int, facts: dict[str, Any]) -> None:
    """Write these facts into the task, past the guards: nothing but the order is looked at."""
    until = AT if facts["override_band"] or facts["override_first"] else None
    values = facts | {"override_until": until}
    columns = ", ".join(f"{name} = %({name})s" for name in values)
    owner.execute(f"update task set {columns} where id = %(id)s", values | {"id": task_id})


@pytest.mark.parametrize("hard_bands", [1, 2])
def test_sql_and_the_rules_agree_on_order_index_and_ceiling(
    app: Flask, owner: psycopg.Connection[Any], rows: list[int], hard_bands: int
) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(FACTS, min_size=MANY, max_size=MANY))
    def agree(invented: list[dict[str, Any]]) -> None:
        with past_the_guards(owner):
            for task_id, facts in zip(rows, invented, strict=True):
                write(owner, task_id, facts)
        with app.app_context():
            act_as(process(SystemActor.PLACING))
            policy = replace(queries.policy().order, hard_bands=hard_bands)
            sql = order_queries.Order(policy=policy)
            query = sql.sorted(select(Task, sql.index.label("standing"), sql.past_ceiling.label("past")))
            found = db.session.execute(query).all()
            places = [order_queries.place_of(row.Task, sql.moment) for row in found]
            assert places == sorted(places, key=lambda place: order_key(place, policy))
            for row, place in zip(found, places, strict=True):
                assert row.standing == index_of(place.facts, place.now_number, policy)
                assert row.past == past_ceiling(place.facts, place.now_number, policy)
                assert row.Task.effective_band == effective_band(row.Task.band, row.Task.override_band)
            db.session.rollback()

    agree()


def test_each_calendar_has_its_own_now(app: Flask, make: Make) -> None:
    core, short = make.practice(), make.practice(opening_hours={"mon": [["09:00", "12:00"]]})
    with app.app_context():
        act_as(process(SystemActor.PLACING))
        before = order_queries.moment(AT.replace(hour=11))
        after = order_queries.moment(AT.replace(hour=13))
    moved = {
        one.id: after.number_of(Task(practice_id=one.id, hub_clock=False))
        - before.number_of(Task(practice_id=one.id, hub_clock=False))
        for one in (core, short)
    }
    assert moved == {core.id: 120, short.id: 60}
    hub = [one.number_of(Task(practice_id=short.id, hub_clock=True)) for one in (before, after)]
    assert hub[1] - hub[0] == 120


def test_the_order_takes_two_statements_whatever_the_practices(
    app: Flask, make: Make, statements: Any
) -> None:
    def count() -> int:
        with app.app_context(), statements() as seen:
            act_as(process(SystemActor.PLACING))
            db.session.execute(order_queries.in_order(select(Task.id))).all()
        return int(seen.count)

    count()  # the policy is read once per process
    few = count()
    for _ in range(5):
        make.practice(opening_hours={"tue": [["09:00", "12:00"]]})
    assert count() == few


def test_the_order_is_found_in_the_index_alone(
    app: Flask, owner: psycopg.Connection[Any], rows: list[int]
) -> None:
    with app.app_context():
        act_as(process(SystemActor.PLACING))
        query = order_queries.in_order(select(Task.id).where(Task.status == "queued", Task.practice_id > 0))
        compiled = str(query.compile(db.engine, compile_kwargs={"literal_binds": True}))
    with owner.transaction(force_rollback=True):
        owner.execute("drop index task_board")  # so small a table could as well be read by this one
        for way in ("seqscan", "bitmapscan"):
            owner.execute(f"set local enable_{way} = off")
        plan = "\n".join(row[0] for row in owner.execute(f"explain {compiled}".replace("%", "%%")))
    assert "Index Only Scan using task_queued_order" in plan
