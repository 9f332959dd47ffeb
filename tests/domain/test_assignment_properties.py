"""What holds for any hub and any work that waits: tried on invented ones."""

import random
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.assignment import Waiting, Worklist, next_for, top_up, unplaceable
from hub.domain.eligibility import Person, may_do
from hub.domain.promises import local_day
from hub.domain.vocabulary import Band
from tests.domain.examples import MILL_LANE, PHARMACIST, TECHNICIAN, TODAY
from tests.domain.waiting_examples import HIGH_STREET, POLICY, at, task, worker

PRACTICES = st.sampled_from([MILL_LANE, HIGH_STREET])
PROFESSIONS = st.sampled_from([(PHARMACIST,), (TECHNICIAN,), (TECHNICIAN, PHARMACIST)])
PEOPLE = st.builds(
    worker,
    st.just(0),
    st.just("Sam Lee"),
    profession=st.sampled_from([PHARMACIST, TECHNICIAN]),
    competences=st.sampled_from([{}, {"asthma": None}]),
    practices=st.frozensets(PRACTICES),
    active=st.integers(0, 9).map(bool),
    at_work=st.integers(0, 4).map(bool),
    minutes_left=st.integers(-10, 120),
)
LISTS = st.lists(
    st.builds(
        Worklist, PEOPLE, st.integers(0, 60), st.frozensets(PRACTICES), st.frozensets(st.integers(50, 53))
    ),
    max_size=5,
).map(lambda found: [replace(one, person=replace(one.person, id=n)) for n, one in enumerate(found, start=1)])
MOMENTS = st.integers(0, 72).map(lambda hours: at(23, 0) + timedelta(hours=hours))
TASKS = st.lists(
    st.builds(
        task,
        st.just(0),
        st.sampled_from(Band),
        minutes=st.sampled_from([5, 15, 30, 60]),
        professions=PROFESSIONS,
        competences=st.sampled_from([(), ("asthma",)]),
        practice_id=PRACTICES,
        deadline_at=st.none() | MOMENTS,
        due_at=MOMENTS,
        raised_at=MOMENTS,
        patient_id=st.none() | st.integers(50, 53),
        held=st.integers(0, 5).map(lambda n: n == 0),
        excluded_ids=st.frozensets(st.integers(1, 5), max_size=2),
    ),
    max_size=14,
).map(lambda found: [replace(one, id=n) for n, one in enumerate(found, start=100)])


def could(who: Person, what: Waiting) -> bool:
    """Whether nothing but minutes and the buffer can keep `what` from `who` now."""
    able = may_do(who, what.needs, today=TODAY)
    return able and who.at_work and not what.held and who.id not in what.excluded_ids


def day_of(what: Waiting) -> date:
    return local_day(what.deadline_at or what.due_at)


@given(LISTS, TASKS)
def test_every_choice_was_allowed_when_it_was_made(lists: list[Worklist], waiting: list[Waiting]) -> None:
    people = {one.person.id: one.person for one in lists}
    bound = {one.person.id: one.bound_minutes for one in lists}
    left = {each.id: each for each in waiting}
    for choice in top_up(lists, waiting, POLICY, TODAY):
        what, who = left.pop(choice.task_id), people[choice.person_id]  # pop: no task twice
        assert could(who, what)
        if what.band is not Band.NOW:
            assert bound[who.id] + what.needs.minutes <= who.minutes_left
            assert bound[who.id] < POLICY.buffer_minutes
        bound[who.id] += what.needs.minutes
        assert choice.reasons


@given(LISTS, TASKS)
def test_nothing_more_urgent_is_passed_over(lists: list[Worklist], waiting: list[Waiting]) -> None:
    people = {one.person.id: one.person for one in lists}
    bound = {one.person.id: one.bound_minutes for one in lists}
    left = {each.id: each for each in waiting}
    for choice in top_up(lists, waiting, POLICY, TODAY):
        taken, who = left.pop(choice.task_id), people[choice.person_id]
        for other in left.values():
            fits = bound[who.id] + other.needs.minutes <= who.minutes_left or other.band is Band.NOW
            if could(who, other) and fits:
                assert taken.band <= other.band
                if taken.band == other.band and bool(taken.deadline_at) == bool(other.deadline_at):
                    assert day_of(taken) <= day_of(other)
        bound[who.id] += taken.needs.minutes


@given(LISTS, TASKS)
def test_nothing_is_left_that_someone_with_room_could_take(
    lists: list[Worklist], waiting: list[Waiting]
) -> None:
    choices = top_up(lists, waiting, POLICY, TODAY)
    minutes = {each.id: each.needs.minutes for each in waiting}
    taken = {choice.task_id for choice in choices}
    for one in lists:
        mine = sum(minutes[choice.task_id] for choice in choices if choice.person_id == one.person.id)
        bound = one.bound_minutes + mine
        for each in waiting:
            if each.id not in taken and could(one.person, each):
                assert each.band is not Band.NOW
                full = bound >= POLICY.buffer_minutes
                assert full or bound + each.needs.minutes > one.person.minutes_left


@given(LISTS, TASKS, st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(
    lists: list[Worklist], waiting: list[Waiting], chance: random.Random
) -> None:
    once = top_up(lists, waiting, POLICY, TODAY)
    mixed_lists, mixed = chance.sample(lists, len(lists)), chance.sample(waiting, len(waiting))
    assert top_up(mixed_lists, mixed, POLICY, TODAY) == once


@given(LISTS, TASKS)
def test_next_task_agrees_with_topping_up(lists: list[Worklist], waiting: list[Waiting]) -> None:
    for one in lists:
        alone = top_up([one], waiting, POLICY, TODAY)
        pulled = next_for(one, waiting, TODAY)
        if alone and not any(each.band is Band.NOW for each in waiting):
            assert pulled == alone[0]
        if pulled is None:
            assert alone == []


@given(LISTS, TASKS)
def test_unplaceable_is_said_exactly_when_no_hard_rung_lets_anyone(
    lists: list[Worklist], waiting: list[Waiting]
) -> None:
    people = [one.person for one in lists]
    for each in waiting:
        anyone = any(
            may_do(who, each.needs, today=TODAY) and who.id not in each.excluded_ids for who in people
        )
        assert (unplaceable(each, people, TODAY) is None) is anyone
