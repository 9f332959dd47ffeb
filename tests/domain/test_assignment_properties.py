"""What holds for any hub and any work that waits: tried on invented ones."""

import random
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.assignment import Waiting, Worklist, next_for, top_up, unplaceable
from hub.domain.eligibility import Person, may_do
from hub.domain.order import log
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
        Worklist,
        PEOPLE,
        st.integers(0, 60),
        st.frozensets(PRACTICES),
        st.frozensets(st.integers(50, 53)),
        st.none() | PRACTICES,
        st.integers(0, 3),
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
        index=st.integers(-4, 4).map(lambda n: n * 400_000),
        first=st.integers(0, 9).map(lambda n: n == 0),
        past_ceiling=st.integers(0, 3).map(lambda n: max(n - 1, 0) * 100),
        reserved_for=st.none() | st.none() | st.integers(1, 5),
        kind=st.sampled_from(["MEDQ", "DOCWF"]),
    ),
    max_size=14,
).map(lambda found: [replace(one, id=n) for n, one in enumerate(found, start=100)])


HARD = POLICY.order.hard_bands
DEAREST = log(POLICY.order.same_practice_percent / 100) + log(POLICY.order.same_patient_percent / 100)


def could(who: Person, what: Waiting) -> bool:
    """Whether nothing but minutes and the buffer can keep `what` from `who` now."""
    able = may_do(who, what.needs, today=TODAY)
    theirs = what.reserved_for in (None, who.id) or what.band is Band.NOW
    return able and who.at_work and not what.held and theirs and who.id not in what.excluded_ids


def day_of(what: Waiting) -> date:
    return local_day(what.deadline_at or what.due_at)


@given(LISTS, TASKS, st.integers(0, 60))
def test_every_choice_was_allowed_when_it_was_made(
    lists: list[Worklist], waiting: list[Waiting], reserve: int
) -> None:
    people = {one.person.id: one.person for one in lists}
    bound = {one.person.id: one.bound_minutes for one in lists}
    left = {each.id: each for each in waiting}
    drawn = 0
    for choice in top_up(lists, waiting, POLICY, TODAY, reserve):
        what, who = left.pop(choice.task_id), people[choice.person_id]  # pop: no task twice
        assert could(who, what)
        if what.band is not Band.NOW:
            assert bound[who.id] + what.needs.minutes <= who.minutes_left
            assert bound[who.id] < POLICY.buffer_minutes
        if choice.reserve_minutes:
            assert what.past_ceiling and choice.reserve_minutes == what.needs.minutes
        drawn += choice.reserve_minutes
        bound[who.id] += what.needs.minutes
        assert choice.reasons
    assert drawn <= reserve


@given(LISTS, TASKS, st.integers(0, 60))
def test_nothing_more_urgent_is_passed_over(
    lists: list[Worklist], waiting: list[Waiting], reserve: int
) -> None:
    """In hard bands by the day; in the pool by no more than continuity is worth, save out of the reserve."""
    people = {one.person.id: one.person for one in lists}
    bound = {one.person.id: one.bound_minutes for one in lists}
    left = {each.id: each for each in waiting}
    for choice in top_up(lists, waiting, POLICY, TODAY, reserve):
        taken, who = left.pop(choice.task_id), people[choice.person_id]
        for other in left.values():
            fits = bound[who.id] + other.needs.minutes <= who.minutes_left or other.band is Band.NOW
            if could(who, other) and fits:
                assert min(taken.band, HARD + 1) <= min(other.band, HARD + 1)
                if taken.band <= HARD and key_of(taken) == key_of(other):
                    assert day_of(taken) <= day_of(other)
                if taken.band > HARD and other.band > HARD and not choice.reserve_minutes:
                    assert taken.first or not other.first
                    if taken.first == other.first:
                        assert taken.index + DEAREST * (not taken.first) >= other.index
        bound[who.id] += taken.needs.minutes


def key_of(what: Waiting) -> tuple[Band, bool, bool]:
    return what.band, what.first, what.deadline_at is None


@given(LISTS, TASKS, st.integers(0, 60))
def test_an_older_task_of_the_same_order_is_never_passed_over(
    lists: list[Worklist], waiting: list[Waiting], reserve: int
) -> None:
    """Of two that differ in nothing but their age the older is given first, or neither."""
    twins = [
        replace(each, id=each.id + 100, raised_at=each.raised_at + timedelta(hours=1)) for each in waiting
    ]
    given_out = [choice.task_id for choice in top_up(lists, [*twins, *waiting], POLICY, TODAY, reserve)]
    for each in waiting:
        if each.id + 100 in given_out:
            assert each.id in given_out
            assert given_out.index(each.id) < given_out.index(each.id + 100)


@given(LISTS, TASKS, st.integers(1, 3), st.sampled_from(["index", "band", "due"]))
def test_more_urgent_is_never_behind_all_else_equal(
    lists: list[Worklist], waiting: list[Waiting], more: int, how: str
) -> None:
    urgent = [_more_urgent(each, more, how) for each in waiting]
    given_out = [choice.task_id for choice in top_up(lists, [*urgent, *waiting], POLICY, TODAY)]
    for less, most in zip(waiting, urgent, strict=True):
        if less.id in given_out:
            assert most.id in given_out
            assert given_out.index(most.id) < given_out.index(less.id)


def _more_urgent(each: Waiting, more: int, how: str) -> Waiting:
    """The same task, with a higher index, a band above (in the pool: a higher index), or due sooner."""
    new = replace(each, id=each.id + 100, raised_at=each.raised_at - timedelta(minutes=1))
    if how == "index":
        return replace(new, index=each.index + more)
    if how == "due":
        sooner = timedelta(minutes=more)
        deadline = each.deadline_at and each.deadline_at - sooner
        return replace(new, due_at=each.due_at - sooner, deadline_at=deadline)
    band = Band(max(each.band - more, 1))
    return replace(new, band=band, index=each.index + more, needs=replace(each.needs, band=band))


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
    once = top_up(lists, waiting, POLICY, TODAY, 30)
    mixed_lists, mixed = chance.sample(lists, len(lists)), chance.sample(waiting, len(waiting))
    assert top_up(mixed_lists, mixed, POLICY, TODAY, 30) == once


@given(LISTS, TASKS)
def test_next_task_agrees_with_topping_up(lists: list[Worklist], waiting: list[Waiting]) -> None:
    for one in lists:
        alone = top_up([one], waiting, POLICY, TODAY)
        pulled = next_for(one, waiting, POLICY, TODAY)
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
