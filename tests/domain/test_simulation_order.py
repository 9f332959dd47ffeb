"""The simulation orders by the very rule that the product orders by."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.domain import order
from hub.domain.fairness import few_people
from hub.domain.policy import DEFAULT_POLICY, parse_policy
from hub.domain.vocabulary import Band
from tests.performance.simulation.engine import facts_of, rule_of
from tests.performance.simulation.loops import key
from tests.performance.simulation.policies import product
from tests.performance.simulation.variants import NO_DEADLINE
from tests.performance.simulation.world import World, make_world

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
NOW = 900


@pytest.fixture(scope="module")
def world() -> World:
    """Some hundred tasks of every band, some late, some due far ahead."""
    return make_world(seed=3, load=1.0, days=3, people=6, practices=5, practices_each=(3, 5))


def place(world: World, row: int, people: dict[int, int]) -> order.Place:
    """The task as the product knows it; working minutes stand for minutes."""
    tasks = world.tasks
    minutes = int(tasks.planned[row])
    facts = order.Facts(
        band=Band(int(tasks.band[row])), minutes=minutes, target_minutes=int(tasks.target[row]),
        due_number=int(tasks.due[row]), fixed=-order.log(minutes), people=people[int(tasks.practice[row])],
    )  # fmt: skip
    deadline = int(tasks.deadline[row])
    return order.Place(
        facts=facts, now_number=NOW, id=row,
        deadline_at=None if deadline == NO_DEADLINE else EPOCH + timedelta(minutes=deadline),
        due_at=EPOCH + timedelta(minutes=int(tasks.due[row])),
        raised_at=EPOCH + timedelta(minutes=int(tasks.arrival[row])),
    )  # fmt: skip


@pytest.mark.parametrize("hard", [1, 2])
def test_the_simulated_order_is_the_products(world: World, hard: int) -> None:
    default = replace(product("ours"), hard=hard, promote=False)
    policy = replace(parse_policy(DEFAULT_POLICY).order, hard_bands=hard)
    rule, facts = rule_of(default), facts_of(world, default)
    rows = range(len(world.tasks))
    simulated = sorted(rows, key=lambda row: (*key(rule, facts, row, NOW, False), row))
    shifts = world.shifts.planned_end - world.shifts.start
    capacity = {
        practice: float(shifts[world.eligible[:, practice].any(axis=1)].sum())
        for practice in range(world.practices)
    }
    people = few_people(capacity, policy.few_people_percent)
    assert len(set(people.values())) > 1
    product_keys = [order.order_key(place(world, row, people), policy) for row in rows]
    assert len(set(world.tasks.band.tolist())) == 5
    for row in rows:
        part, first, *_ = key(rule, facts, row, NOW, False)
        assert part == product_keys[row][0]
        if part > hard:
            # The product counts in whole millionths.
            assert product_keys[row][4] / order.SCALE == pytest.approx(first, abs=1e-5)
    in_product = sorted(rows, key=lambda row: product_keys[row])
    for one, other in zip(simulated, in_product, strict=True):
        ours, theirs = product_keys[one], product_keys[other]
        assert abs(ours[4] - theirs[4]) <= 3, "the same place, but for what rounding makes equal"
        assert ours[:4] == theirs[:4]
