"""A plan's words, figures and borders, on hubs small enough to follow by hand."""

import dataclasses
import subprocess
import sys
from typing import Any

import pytest

from hub.domain.rebalancing.applying import back, now_of, part_of, settle, still_holds
from hub.domain.rebalancing.engine import make_plan
from hub.domain.rebalancing.outlook import arrangement, late_chance, outlook
from hub.domain.rebalancing.plan import Move, Plan, moved
from hub.domain.rebalancing.problem import Prices, Problem
from tests.domain.rebalancing_examples import person, task

BOTH = (frozenset({1, 2}),)
KNOWS = frozenset({1})


def move(number: int, from_id: int | None, to_id: int | None, minutes: int = 30) -> Move:
    return Move(number, from_id, to_id, minutes, False, ("Because.",))


def ways(plan: Plan) -> list[tuple[int, int | None, int | None]]:
    return [(one.task_id, one.from_id, one.to_id) for one in plan.moves]


def test_work_beyond_someones_minutes_goes_to_who_has_room() -> None:
    people = (person(1, practices=KNOWS), person(2, 90, practices=KNOWS))
    tasks = tuple(task(number, person_id=1) for number in (10, 11, 12))
    plan = make_plan(Problem(tasks, people, BOTH))
    assert [(one.from_id, one.to_id) for one in plan.moves] == [(1, 2)]
    assert plan.moves[0].reasons == (
        "Person 1 has 90 minutes of work and 60 minutes for it.",
        "Person 2 may do it; this plan gives out 30 of their 90 minutes.",
        "Person 2 worked for this practice lately.",
    )
    assert (plan.before.overrun, plan.after.overrun) == (30, 0)
    assert plan.after.breaches < plan.before.breaches
    assert (plan.cost, plan.bound, plan.gap) == (5.0, 5.0, 0.0)


def test_what_is_well_where_it_is_stays() -> None:
    people = (person(1, practices=KNOWS), person(2, 400, practices=KNOWS))
    plan = make_plan(Problem((task(10, person_id=1), task(11, person_id=1)), people, BOTH))
    assert plan.moves == ()
    assert (plan.gap, plan.left) == (0.0, None)


@pytest.mark.parametrize(("price", "moves"), [(7.9, [(10, 1, 2)]), (8.1, [])])
def test_a_move_for_continuity_must_be_worth_its_price(
    price: float, moves: list[tuple[int, int, int]]
) -> None:
    people = (person(1), person(2, practices=KNOWS))
    problem = Problem((task(10, person_id=1),), people, BOTH, Prices(move=price))
    assert ways(make_plan(problem)) == moves


@pytest.mark.parametrize(
    ("slack", "chance", "says"),
    [
        (-6, 1.0, "It is overdue already."),
        (60, 1.0, "nobody would do it in what is left of today's shifts"),
        (2000, 1.0, "late, says the forecast, in more than 99 of 100 cases."),
        (2000, 0.0, "it would hardly be late"),
    ],
)
def test_a_plan_says_no_more_than_it_knows_of_what_is_left(slack: int, chance: float, says: str) -> None:
    left = task(10, minutes=5, slack_minutes=slack, breach_chance=chance)
    plan = make_plan(Problem((left,), (person(1, practices=KNOWS),), BOTH))
    assert says in plan.moves[0].reasons[0]


def test_who_knows_the_patient_comes_before_who_knows_the_practice() -> None:
    people = (person(1, practices=KNOWS), person(2, patients=frozenset({7})))
    plan = make_plan(Problem((task(10, patient_id=7),), people, BOTH))
    assert ways(plan) == [(10, None, 2)]
    assert plan.moves[0].reasons[0] == (
        "It is on nobody's list. Left there it would be late in about 50 of 100 cases."
    )
    assert plan.moves[0].reasons[2] == "Person 2 worked for this patient lately."


def test_breaking_continuity_is_said_and_counted() -> None:
    people = (person(1, 0, practices=KNOWS), person(2))
    plan = make_plan(Problem((task(10, person_id=1),), people, BOTH))
    assert plan.continuity_broken == 1
    assert plan.moves[0].breaks_continuity
    assert plan.moves[0].reasons[0] == (
        "Person 1 has 0 minutes beside what stays with them, and it needs 30."
    )
    assert plan.moves[0].reasons[2] == "Person 1 worked for this practice lately; Person 2 did not."
    # Only one may have it: that the other knew the practice is no cost of the plan's.
    assert plan.cost == 0.0


def test_frozen_minutes_are_taken_off_first() -> None:
    tasks = (task(10, person_id=1, frozen=True), task(11, 40, weight=64.0), task(12, 30, weight=1.0))
    plan = make_plan(Problem(tasks, (person(1),), (frozenset({1}),)))
    assert ways(plan) == [(12, None, 1)]
    assert [one.task_id for one in plan.undone] == [11]
    assert plan.undone[0].reason == (
        "It needs 40 minutes; of those who may do it nobody has more than 30 "
        "beside work that stays with them."
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"group": 1}, "Nobody here may do it."),
        ({"not_for": frozenset({1})}, "Nobody here may do it."),
        ({"frozen": True}, "It is held where it is, so the plan leaves it there."),
        ({}, "Those who may do it have other work: none of them has 30 minutes left."),
    ],
)
def test_each_task_left_undone_says_why(changes: dict[str, Any], reason: str) -> None:
    tasks = (task(10, weight=0.1, **changes), task(11, weight=64.0))
    plan = make_plan(Problem(tasks, (person(1, 40),), (frozenset({1}), frozenset())))
    assert [(one.task_id, one.reason) for one in plan.undone] == [(10, reason)]


def test_work_of_who_may_not_do_it_leaves_their_list() -> None:
    plan = make_plan(Problem((task(10, person_id=1),), (person(1),), (frozenset(),)))
    assert ways(plan) == [(10, 1, None)]
    assert plan.moves[0].reasons == ("Person 1 may not do it.", "Nobody here may do it.")


def test_a_hub_without_tasks_or_people_has_a_plan() -> None:
    assert make_plan(Problem((), (person(1),), ())).gap == 0.0
    plan = make_plan(Problem((task(10),), (), (frozenset(),)))
    assert [one.task_id for one in plan.undone] == [10]


def test_gap_and_left_are_shares_of_bound_and_of_what_greedy_has_over_it() -> None:
    state = make_plan(Problem((), (), ())).before
    plan = Plan((), (), state, state, 0, cost=110.0, bound=100.0, greedy_cost=140.0)
    assert plan.gap == pytest.approx(0.1)
    assert plan.left == pytest.approx(0.25)
    assert dataclasses.replace(plan, bound=0.0).gap is None
    assert dataclasses.replace(plan, cost=100.001, greedy_cost=100.001).left is None


def test_breaches_follow_from_the_place_on_the_list() -> None:
    assert late_chance(60, 60, 10.0) == 0.5
    assert late_chance(100, 60, 10.0) < 0.001 < 0.999 < late_chance(20, 60, 10.0)
    soon, late = task(10, slack_minutes=40, rank=1), task(11, slack_minutes=400, rank=2)
    for ranks, worse in (((1, 2), False), ((2, 1), True)):
        tasks = (dataclasses.replace(soon, rank=ranks[0]), dataclasses.replace(late, rank=ranks[1]))
        found = outlook(Problem(tasks, (person(1),), (frozenset({1}),)), {10: 1, 11: 1})
        assert (found.breaches > 0.5) is worse


def test_what_runs_past_the_end_of_a_list_counts_as_not_done() -> None:
    tasks = (task(10, rank=1), task(11, rank=2, breach_chance=1.0), task(12, rank=3, breach_chance=1.0))
    found = outlook(Problem(tasks, (person(1),), (frozenset({1}),)), {10: 1, 11: 1, 12: 1})
    assert found.overrun == 30
    assert found.breaches == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"frozen": True}, "It has been started, pinned or held since."),
        ({"person_id": None}, "It has gone back to its queue since."),
        ({"person_id": 2}, "It has gone to Person 2 since."),
        ({"not_for": frozenset({2})}, "Person 2 may not do it."),
        ({"minutes": 61}, "Person 2 no longer has the minutes for it."),
        ({"minutes": 60}, None),
    ],
)
def test_a_move_is_checked_against_the_present_state(change: dict[str, Any], reason: str | None) -> None:
    present = Problem((task(10, **({"person_id": 1} | change)),), (person(1), person(2)), BOTH)
    assert still_holds(move(10, 1, 2), now_of(present)) == reason


def test_a_move_of_what_is_gone_or_to_who_is_gone_does_not_hold() -> None:
    now = now_of(Problem((task(10, person_id=1),), (person(1),), (frozenset({1, 2}),)))
    assert still_holds(move(99, 1, 2), now) == "It is no longer open."
    assert still_holds(move(10, 1, 2), now) == "The person it would go to is no longer at work."


def test_a_refused_move_takes_the_room_of_those_that_counted_on_it() -> None:
    """1 is full and gives one task to 2, who is full too and gives one to 3; 3 has left."""
    tasks = (task(10, 60, person_id=1), task(11, 60, person_id=2), task(12, 60))
    people = (person(1), person(2))
    chain = (move(10, 1, 2, 60), move(11, 2, 3, 60), move(12, None, 1, 60))
    settled = settle(chain, now_of(Problem(tasks, people, (frozenset({1, 2, 3}),))))
    assert settled.holding == ()
    assert {one.task_id: reason for one, reason in settled.refused} == {
        10: "Person 2 no longer has the minutes for it.",
        11: "The person it would go to is no longer at work.",
        12: "Person 1 no longer has the minutes for it.",
    }
    whole = settle(chain, now_of(Problem(tasks, (*people, person(3)), (frozenset({1, 2, 3}),))))
    assert whole.refused == ()


def test_a_part_brings_along_what_makes_room_for_it() -> None:
    tasks = (task(10, 60, person_id=1), task(12, 60, weight=64.0))
    problem = Problem(tasks, (person(1), person(2)), (frozenset({1, 2}), frozenset({1})))
    problem = dataclasses.replace(problem, tasks=(tasks[0], dataclasses.replace(tasks[1], group=1)))
    plan = make_plan(problem)
    assert ways(plan) == [(10, 1, 2), (12, None, 1)]
    part = part_of(plan, problem, {12})
    assert (part.moves, part.added) == (plan.moves, plan.moves[:1])
    assert part_of(plan, problem, {10}).moves == plan.moves[:1]
    assert part_of(plan, problem, ()).moves == ()


def test_a_part_follows_the_chain_of_full_lists_to_its_end() -> None:
    tasks = (task(10, 60, person_id=1), task(11, 60, person_id=2), task(12, 60))
    problem = Problem(tasks, (person(1), person(2), person(3)), (frozenset({1, 2, 3}),))
    state = outlook(problem, arrangement(problem))
    chain = (move(10, 1, 2, 60), move(11, 2, 3, 60), move(12, None, 1, 60))
    plan = Plan(chain, (), state, state, 0, 0.0, 0.0, 0.0)
    assert part_of(plan, problem, {12}).moves == chain
    assert part_of(plan, problem, {10}).moves == chain[:2]
    assert part_of(plan, problem, {11}).moves == chain[1:2]


def test_the_way_back_is_a_move_like_any_other() -> None:
    problem = Problem((task(10, person_id=1),), (person(1), person(2)), BOTH)
    there = move(10, 1, 2)
    after = moved(problem, (there,))
    assert arrangement(after) == {10: 2}
    assert still_holds(back(there), now_of(after)) is None
    assert moved(after, (back(there),)) == problem
    with pytest.raises(ValueError, match="Task 10 is frozen or no longer where"):
        moved(after, (there,))
    with pytest.raises(ValueError, match="Task 99 is not there"):
        moved(after, (move(99, 1, 2),))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"minutes": 0}, "Task 10: it needs at least one minute"),
        ({"breach_chance": 1.1}, "Task 10: a chance lies between 0 and 1"),
        ({"weight": -1.0}, "Task 10: a weight is never below 0"),
        ({"group": 1}, "Task 10: there is no group 1"),
        ({"group": -1}, "Task 10: there is no group -1"),
        ({"person_id": 3}, "Task 10: there is no person 3"),
        ({"id": 11}, "The task 11 stands twice"),
    ],
)
def test_a_problem_that_makes_no_sense_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Problem((task(10, **changes), task(11)), (person(1), person(2)), BOTH)


def test_people_and_prices_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="The person 1 stands twice"):
        Problem((), (person(1), person(1)), ())
    with pytest.raises(ValueError, match="Person 1: minutes are never below 0"):
        Problem((), (person(1, -1),), ())
    with pytest.raises(ValueError, match="never below 0"):
        Prices(move=-1)
    with pytest.raises(ValueError, match="cannot cost more"):
        Prices(stranger=3.0)


def test_using_a_plan_loads_nothing_heavy() -> None:
    names = ("problem", "outlook", "plan", "reasons", "applying")
    lines = ["import sys", *(f"import hub.domain.rebalancing.{name}" for name in names)]
    lines.append("print(*sorted({'numba', 'ortools', 'numpy', 'pandas'} & sys.modules.keys()))")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
