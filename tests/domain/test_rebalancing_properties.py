"""What holds for every plan of every hub."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.rebalancing.applying import back, now_of, part_of, settle, still_holds
from hub.domain.rebalancing.engine import make_plan
from hub.domain.rebalancing.outlook import arrangement, outlook
from hub.domain.rebalancing.plan import Plan, moved
from hub.domain.rebalancing.problem import Problem
from tests.domain.rebalancing_examples import problems

# A plan makes some thousand tries: fewer examples than usual, of more each.
FEW = settings(max_examples=40)
# What rounding to hundredths and a bound in floating point may differ by.
CENT = 0.01


def ends(problem: Problem, plan: Plan) -> dict[int, int | None]:
    """Where each task is after the plan, from its moves alone."""
    return arrangement(problem) | {move.task_id: move.to_id for move in plan.moves}


@FEW
@given(problems())
def test_minutes_are_conserved_and_nobody_is_overrun(problem: Problem) -> None:
    plan = make_plan(problem)
    whole = sum(task.minutes for task in problem.tasks)
    for state in (plan.before, plan.after):
        assert state.given + state.undone == whole
    assert plan.after.undone == sum(task.minutes for task in plan.undone)
    for load in plan.after.loads:
        assert load.given <= max(load.minutes, load.frozen)
    assert plan.after.overrun == sum(max(0, load.frozen - load.minutes) for load in plan.after.loads)


@FEW
@given(problems())
def test_only_those_get_work_who_may_do_it_and_frozen_work_stays(problem: Problem) -> None:
    plan = make_plan(problem)
    tasks = {task.id: task for task in problem.tasks}
    for move in plan.moves:
        task = tasks[move.task_id]
        assert not task.frozen
        assert move.from_id == task.person_id != move.to_id
        assert move.minutes == task.minutes
        assert move.reasons
        if move.to_id is not None:
            assert move.to_id in problem.able[task.group] - task.not_for
    # Nothing that is not frozen stays with who may not have it either.
    for task in problem.tasks:
        at = ends(problem, plan)[task.id]
        assert task.frozen or at is None or at in problem.able[task.group] - task.not_for


@FEW
@given(problems())
def test_the_plan_costs_no_more_than_greedy_and_no_less_than_the_bound(problem: Problem) -> None:
    plan = make_plan(problem)
    assert plan.bound - CENT <= plan.cost <= plan.greedy_cost
    assert plan.gap is None or plan.gap >= -CENT
    assert plan.left is None or plan.left <= 1 + CENT


@FEW
@given(problems(), st.randoms(use_true_random=False))
def test_the_same_input_in_any_order_gives_the_same_plan(problem: Problem, chance: random.Random) -> None:
    turned = tuple(chance.sample(range(len(problem.able)), len(problem.able)))
    mixed = Problem(
        tuple(
            replace(task, group=turned.index(task.group))
            for task in chance.sample(problem.tasks, len(problem.tasks))
        ),
        tuple(chance.sample(problem.people, len(problem.people))),
        tuple(problem.able[group] for group in turned),
    )
    assert make_plan(mixed) == make_plan(problem) == make_plan(problem)


@FEW
@given(problems())
def test_applying_all_moves_gives_the_state_that_the_plan_promised(problem: Problem) -> None:
    plan = make_plan(problem)
    after = moved(problem, plan.moves)
    assert outlook(after, arrangement(after)) == plan.after
    assert {task.id for task in after.tasks if task.person_id is None} == {one.task_id for one in plan.undone}
    assert settle(plan.moves, now_of(problem)).refused == ()
    # And the way back leads back.
    assert moved(after, tuple(back(move) for move in plan.moves)) == problem


@FEW
@given(problems(), st.data())
def test_any_part_can_be_applied_without_the_rest(problem: Problem, data: st.DataObject) -> None:
    plan = make_plan(problem)
    chosen = data.draw(st.sets(st.sampled_from([move.task_id for move in plan.moves] or [0])))
    part = part_of(plan, problem, chosen)
    assert {move.task_id for move in part.moves} >= chosen & {move.task_id for move in plan.moves}
    assert {move.task_id for move in part.moves} - chosen == {move.task_id for move in part.added}
    assert settle(part.moves, now_of(problem)).refused == ()
    before, after = plan.before, outlook(problem, arrangement(moved(problem, part.moves)))
    for was, is_now in zip(before.loads, after.loads, strict=True):
        assert is_now.given <= max(was.given, was.minutes)


@FEW
@given(problems(), problems(), st.data())
def test_nothing_is_lost_or_overrun_whatever_changed_since_the_snapshot(
    problem: Problem, later: Problem, data: st.DataObject
) -> None:
    """The present state is any other hub: the plan's people may be gone, tasks started, lists full."""
    plan = make_plan(problem)
    now = now_of(later)
    chosen = data.draw(st.lists(st.sampled_from(plan.moves), unique=True) if plan.moves else st.just([]))
    settled = settle(chosen, now)
    refused = {move.task_id for move, _ in settled.refused}
    assert {move.task_id for move in settled.holding} | refused == {move.task_id for move in chosen}
    assert all(reason.endswith(".") for _, reason in settled.refused)
    after = moved(later, settled.holding)  # raises if a task is frozen, elsewhere or gone
    assert sorted(task.id for task in after.tasks) == sorted(task.id for task in later.tasks)
    tasks = {task.id: task for task in later.tasks}
    loads = {load.person_id: load for load in outlook(after, arrangement(after)).loads}
    for move in settled.holding:
        if move.to_id is not None:
            assert loads[move.to_id].over == 0
            assert move.to_id in later.able[tasks[move.task_id].group] - tasks[move.task_id].not_for


@FEW
@given(problems(), problems(), st.data())
def test_one_move_by_itself_holds_exactly_when_it_settles_alone(
    problem: Problem, later: Problem, data: st.DataObject
) -> None:
    plan, now = make_plan(problem), now_of(later)
    for move in plan.moves[:5]:
        refused = settle([move], now).refused
        assert still_holds(move, now) == (refused[0][1] if refused else None)
