"""Whose turn it is among near equals: continuity, unpleasant work, and the sentences that say why."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub.domain.assignment import Choice, Waiting, Worklist, top_up
from hub.domain.order import log
from hub.domain.vocabulary import Band
from tests.domain.examples import TECHNICIAN, TODAY, needs
from tests.domain.waiting_examples import HIGH_STREET, POLICY, at, given_tasks, given_to, soon, task, worker

# Near equals


def test_in_a_hard_band_the_same_patient_then_practice_goes_first_among_near_equals() -> None:
    waiting = [
        soon(1, due_at=at(25, 9)),
        soon(2, due_at=at(25, 10), practice_id=HIGH_STREET),
        soon(3, due_at=at(25, 11), practice_id=HIGH_STREET, patient_id=50),
    ]
    knows_both = Worklist(worker(minutes_left=15), 0, frozenset({HIGH_STREET}), frozenset({50}))
    assert given_tasks([knows_both], waiting) == [3]
    assert given_tasks([replace(knows_both, patients=frozenset())], waiting) == [2]
    assert given_tasks([replace(knows_both, patients=frozenset(), practices=frozenset())], waiting) == [1]


def test_the_practice_taken_last_counts_for_the_next() -> None:
    waiting = [
        task(1, index=log(4), practice_id=HIGH_STREET),
        task(2, index=log(3)),
        task(3, index=log(2.5), practice_id=HIGH_STREET),
    ]
    assert given_tasks([Worklist(worker(minutes_left=30))], waiting) == [1, 3]
    nobody_known = Worklist(worker(minutes_left=15), last_practice=HIGH_STREET)
    assert given_tasks([nobody_known], [task(2, index=log(3)), waiting[2]]) == [3]


@pytest.mark.parametrize(
    "later",
    [
        task(2, Band.PLANNED, practice_id=HIGH_STREET),
        task(2, Band.BY_TOMORROW, due_at=at(26), practice_id=HIGH_STREET),
        task(2, Band.BY_TOMORROW, deadline_at=at(27), practice_id=HIGH_STREET),
    ],
)
def test_in_a_hard_band_a_later_day_is_no_near_equal_and_neither_is_the_pool(later: Waiting) -> None:
    first = soon(1, deadline_at=at(26) if later.deadline_at else None)
    known = Worklist(worker(minutes_left=15), 0, frozenset({HIGH_STREET}))
    assert given_tasks([known], [later, first]) == [1]


def test_a_day_is_the_day_in_england() -> None:
    # 23:30 UTC on 01-Jul is 00:30 on 02-Jul in England: not the same day as 12:00 UTC.
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    waiting = [
        soon(1, due_at=noon),
        soon(2, due_at=noon.replace(hour=23, minute=30), practice_id=HIGH_STREET),
    ]
    known = Worklist(worker(minutes_left=15), 0, frozenset({HIGH_STREET}))
    assert given_tasks([known], waiting) == [1]


@pytest.mark.parametrize(("other", "expected"), [(log(1.49), 2), (log(1.51), 1)])
def test_in_the_pool_the_same_practice_has_its_price(other: int, expected: int) -> None:
    known = Worklist(worker(minutes_left=15), 0, frozenset({HIGH_STREET}))
    waiting = [task(1, index=other), task(2, index=0, practice_id=HIGH_STREET)]
    assert given_tasks([known], waiting) == [expected]


@pytest.mark.parametrize(("other", "expected"), [(log(2.9), 2), (log(3.1), 1)])
def test_in_the_pool_the_same_patient_is_worth_more_and_the_practice_counts_too(
    other: int, expected: int
) -> None:
    known = Worklist(worker(minutes_left=15), 0, frozenset({HIGH_STREET}), frozenset({50}))
    waiting = [task(1, index=other), task(2, index=0, practice_id=HIGH_STREET, patient_id=50)]
    assert given_tasks([known], waiting) == [expected]


def test_what_a_person_set_first_is_first_whatever_continuity_is_worth() -> None:
    known = Worklist(worker(minutes_left=15), 0, frozenset({HIGH_STREET}))
    waiting = [task(1, index=-log(50), first=True), task(2, index=0, practice_id=HIGH_STREET)]
    (choice,) = top_up([known], waiting, POLICY, TODAY)
    assert choice.task_id == 1
    assert choice.reasons[0].startswith("A person set it first, and it came first in order")


def test_what_is_open_for_one_patient_comes_as_a_bundle() -> None:
    waiting = [
        task(1, index=log(9), patient_id=50),
        task(2, index=log(8), practice_id=HIGH_STREET),
        task(3, index=log(4), patient_id=50),
    ]
    assert given_tasks([Worklist(worker(minutes_left=30))], waiting) == [1, 3]


# Unpleasant work


def test_unpleasant_work_goes_to_the_near_equal_who_did_least_of_it_lately() -> None:
    lists = [Worklist(worker(1), unpleasant=9), Worklist(worker(2), bound_minutes=10, unpleasant=1)]
    letters = [task(number, kind="DOCWF", index=9 - number) for number in range(1, 3)]
    choices = top_up(lists, letters, POLICY, TODAY)
    assert [(one.task_id, one.person_id) for one in choices] == [(1, 2), (2, 1)]
    assert choices[0].reasons[-1] == "Sam Lee had done least of this kind of work lately."
    assert given_to(lists, [task(1, kind="MEDQ")]) == [(1, 1)]
    far = [lists[0], replace(lists[1], bound_minutes=30)]
    assert given_to(far, letters[:1]) == [(1, 1)]


def test_nobody_is_given_unpleasant_work_before_what_they_would_take_first() -> None:
    other = task(5, index=99, competences=("asthma",))
    lists = [
        Worklist(worker(1, competences={}), unpleasant=9),
        Worklist(worker(2), bound_minutes=10),
    ]
    assert given_to(lists, [task(1, kind="DOCWF"), other]) == [(1, 1), (5, 2)]


# Reasons


def test_why_me_says_what_decided() -> None:
    first, second = top_up(
        [Worklist(worker(), bound_minutes=20)],
        [task(1, due_at=at(25, 9)), task(2, due_at=at(25, 10), patient_id=50, deadline_at=None)],
        POLICY,
        TODAY,
    )
    assert first == Choice(
        1,
        1,
        (
            "It came first in order of what Sam Lee may do: in its usual time, due Wed 25-Nov-2026 09:00.",
            "At that moment Sam Lee was at work with 100 minutes free and 20 minutes of other work on "
            "the list.",
        ),
    )
    assert second.reasons[-1] == "Work for the same practice was on the list."


def test_why_me_says_when_someone_jumped_among_equals_and_names_the_deadline() -> None:
    known = Worklist(worker(minutes_left=15), 0, frozenset(), frozenset({50}))
    waiting = [task(1, deadline_at=at(25, 9)), task(2, deadline_at=at(25, 10), patient_id=50)]
    (choice,) = top_up([known], waiting, POLICY, TODAY)
    assert choice.reasons[0] == (
        "Work for the same patient or practice counts more: it came first in order of what Sam Lee may do: "
        "in its usual time, deadline Wed 25-Nov-2026 10:00."
    )
    assert choice.reasons[-1] == "Work for the same patient was on the list."


def test_why_me_for_band_1() -> None:
    (choice,) = top_up([Worklist(worker())], [task(1, Band.NOW)], POLICY, TODAY)
    assert choice.reasons == (
        "It cannot wait, so it goes at once to whoever may do it and has most minutes free.",
        "At that moment Sam Lee was at work with 120 minutes free and 0 minutes of other work on the list.",
    )


# What was raised together


def test_what_was_raised_together_goes_to_one_person_also_beyond_the_buffer() -> None:
    together = [task(one, minutes=30, patient_id=7, bundle="b", index=-one) for one in (1, 5)]
    between = [task(one, minutes=30, index=-one) for one in (2, 3, 4)]
    people = [Worklist(worker(1)), Worklist(worker(2, name="Alex Ray"))]
    assert given_to(people, [*together, *between])[:2] == [(1, 1), (5, 1)]
    apart = [replace(one, bundle=None) for one in together]
    assert given_to(people, [*apart, *between])[:2] == [(1, 1), (2, 2)]
    said = top_up(people, [*together, *between], POLICY, TODAY)[1].reasons
    assert any("raised together" in one for one in said)


def test_what_was_raised_together_never_fills_more_than_the_day_or_is_forced_on_anybody() -> None:
    short = Worklist(worker(minutes_left=50))
    together = [task(one, minutes=30, patient_id=7, bundle="b") for one in (1, 2)]
    assert given_tasks([short], together) == [1]
    other = replace(together[1], needs=needs(band=together[1].band, professions=(TECHNICIAN,)))
    assert given_tasks([Worklist(worker())], [together[0], other]) == [1]
