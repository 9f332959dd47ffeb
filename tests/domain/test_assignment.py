"""Late binding: who gets which waiting task next, in what order, and why."""

import random
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hub.domain.assignment import Worklist, next_for, order_key, top_up, unplaceable
from hub.domain.vocabulary import Band
from tests.domain.examples import TECHNICIAN, TODAY, needs
from tests.domain.waiting_examples import HIGH_STREET, POLICY, at, given_tasks, given_to, soon, task, worker

# The order


def test_the_order_is_the_one_of_all_lists() -> None:
    expected = [
        task(9, Band.NOW),
        task(8, Band.BY_TOMORROW, deadline_at=at(26), due_at=at(30), index=-9),
        task(7, Band.BY_TOMORROW, deadline_at=at(27), due_at=at(24)),
        task(6, Band.BY_TOMORROW, due_at=at(24), index=-9),
        task(5, Band.WHEN_CAPACITY_ALLOWS, index=-9, first=True),
        task(1, Band.PLANNED, index=5, due_at=at(30)),
        task(2, Band.INSIDE_TARGET, index=4, due_at=at(20)),
        task(4, Band.PLANNED, index=4, raised_at=at(28)),
    ]
    for mixed in (expected[::-1], random.Random(1).sample(expected, len(expected))):
        assert [each.id for each in sorted(mixed, key=lambda one: order_key(one, 2))] == [
            each.id for each in expected
        ]


# Topping up


def test_a_list_is_topped_up_until_it_holds_the_buffer() -> None:
    waiting = [task(number, minutes=15) for number in range(1, 9)]
    assert given_tasks([Worklist(worker())], waiting) == [1, 2, 3]
    assert given_tasks([Worklist(worker(), bound_minutes=30)], waiting) == [1]
    assert given_tasks([Worklist(worker(), bound_minutes=45)], waiting) == []


def test_the_buffer_is_the_policys() -> None:
    waiting = [task(number, minutes=15) for number in range(1, 9)]
    longer = replace(POLICY, buffer_minutes=60)
    assert len(given_to([Worklist(worker())], waiting, longer)) == 4


def test_a_list_never_holds_more_than_the_minutes_left() -> None:
    waiting = [task(1, minutes=30), task(2, minutes=15), task(3, minutes=10)]
    assert given_tasks([Worklist(worker(minutes_left=25))], waiting) == [2, 3]
    assert given_tasks([Worklist(worker(minutes_left=25), bound_minutes=15)], waiting) == [3]
    assert given_tasks([Worklist(worker(minutes_left=0))], waiting) == []


def test_nobody_off_work_and_nobody_unable_is_given_anything() -> None:
    off = Worklist(worker(1, at_work=False))
    unable = Worklist(worker(2, profession=TECHNICIAN))
    elsewhere = Worklist(worker(3, practices=frozenset({HIGH_STREET})))
    assert given_to([off, unable, elsewhere], [task(1), task(2, Band.NOW)]) == []


def test_held_tasks_wait() -> None:
    assert given_tasks([Worklist(worker())], [task(1, held=True), task(2), task(3, Band.NOW, held=True)]) == [
        2
    ]


def test_a_task_does_not_go_back_to_whom_it_must_not() -> None:
    waiting = [task(1, excluded_ids=frozenset({1})), task(2, Band.NOW, excluded_ids=frozenset({1}))]
    assert given_to([Worklist(worker(1))], waiting) == []
    assert given_to([Worklist(worker(1)), Worklist(worker(2))], waiting) == [(2, 2), (1, 2)]


def test_work_goes_to_whoever_has_least_on_the_list() -> None:
    lists = [Worklist(worker(1), bound_minutes=30), Worklist(worker(2), bound_minutes=10)]
    waiting = [task(number, minutes=15) for number in range(1, 6)]
    assert given_to(lists, waiting) == [(1, 2), (2, 2), (3, 1), (4, 2)]


def test_what_one_may_not_do_is_left_for_another_and_holds_nobody_up() -> None:
    lists = [Worklist(worker(1, competences={})), Worklist(worker(2), bound_minutes=40)]
    waiting = [task(1, Band.BY_TOMORROW, competences=("asthma",)), task(2, Band.PLANNED, minutes=60)]
    assert given_to(lists, waiting) == [(2, 1), (1, 2)]


# The reserve for what is past its age ceiling


def test_the_reserve_serves_the_longest_overdue_first_until_it_is_used() -> None:
    waiting = [
        task(1, minutes=10, index=50),
        task(2, minutes=10, index=40),
        task(3, minutes=10, index=1, past_ceiling=100),
        task(4, minutes=10, index=2, past_ceiling=500),
        task(5, minutes=30, index=3, past_ceiling=900),
        task(6, minutes=10, index=0, past_ceiling=50),
    ]
    choices = top_up([Worklist(worker())], waiting, POLICY, TODAY, 20)
    assert [(one.task_id, one.reserve_minutes) for one in choices] == [
        (4, 10),
        (3, 10),
        (1, 0),
        (2, 0),
        (5, 0),
    ]
    assert choices[0].reasons[0] == (
        "It is past its age ceiling, so it drew 10 minutes of the day's reserve for what has waited longest: "
        "in its usual time, due Wed 25-Nov-2026 12:00."
    )
    assert given_tasks([Worklist(worker())], waiting)[:2] == [1, 2], "without a reserve age promotes nothing"


def test_the_reserve_waits_for_hard_bands_and_draws_nothing_for_what_comes_anyway() -> None:
    waiting = [soon(1), task(2, index=9, past_ceiling=5), task(3, index=1)]
    choices = top_up([Worklist(worker())], waiting, POLICY, TODAY, 100)
    assert [(one.task_id, one.reserve_minutes) for one in choices] == [(1, 0), (2, 0), (3, 0)]


# Work kept for one person


def test_what_is_reserved_goes_to_that_person_only_unless_it_cannot_wait() -> None:
    waiting = [task(1, index=9, reserved_for=2), task(2), task(3, Band.NOW, reserved_for=2)]
    assert given_to([Worklist(worker(1))], waiting) == [(3, 1), (2, 1)]
    (_, first, _) = top_up([Worklist(worker(2, "Jo Ash"))], waiting, POLICY, TODAY)
    assert first.task_id == 1
    assert "It was reserved for Jo Ash." in first.reasons


# The morning


def test_the_first_person_in_is_not_given_the_whole_backlog() -> None:
    early = Worklist(worker(1, minutes_left=480))
    backlog = [task(number, minutes=15, index=-number) for number in range(1, 200)]
    first = given_tasks([early], backlog)
    assert first == [1, 2, 3], "the buffer, and no more"
    rest = [one for one in backlog if one.id not in first]
    later = [Worklist(worker(1, minutes_left=480), 45), Worklist(worker(2, minutes_left=480))]
    assert given_to(later, rest) == [(4, 2), (5, 2), (6, 2)]


# Band 1


def test_band_1_goes_at_once_to_whoever_has_most_minutes_whatever_the_buffer() -> None:
    busy = Worklist(worker(1, minutes_left=300), bound_minutes=100)
    short = Worklist(worker(2, minutes_left=150), bound_minutes=0)
    assert given_to([short, busy], [task(1, Band.NOW)]) == [(1, 1)]


def test_band_1_overrides_minutes_and_then_nothing_else_fits() -> None:
    last_minutes = Worklist(worker(minutes_left=5))
    (choice,) = top_up([last_minutes], [task(1, Band.NOW, minutes=20), task(2, minutes=5)], POLICY, TODAY)
    assert choice.task_id == 1
    assert "It needs 20 minutes; what cannot wait may run over." in choice.reasons


def test_several_band_1_tasks_are_spread() -> None:
    lists = [Worklist(worker(1, minutes_left=100)), Worklist(worker(2, minutes_left=90))]
    waiting = [task(number, Band.NOW, minutes=20) for number in (1, 2, 3)]
    assert given_to(lists, waiting) == [(1, 1), (2, 2), (3, 1)]


@pytest.mark.parametrize("band", [Band.NOW, Band.PLANNED])
def test_between_two_who_are_alike_the_number_decides_not_the_order_of_the_input(band: Band) -> None:
    alike = [Worklist(worker(2)), Worklist(worker(1))]
    assert given_to(alike, [task(1, band)]) == given_to(alike[::-1], [task(1, band)]) == [(1, 1)]


def test_two_who_are_alike_take_turns() -> None:
    waiting = [task(number, minutes=15) for number in range(1, 5)]
    assert given_to([Worklist(worker(2)), Worklist(worker(1))], waiting) == [(1, 1), (2, 2), (3, 1), (4, 2)]


# Next task


def test_next_task_gives_the_first_in_order_even_above_the_buffer() -> None:
    full = Worklist(worker(), bound_minutes=60)
    waiting = [task(1, Band.PLANNED), task(2, Band.BY_TOMORROW)]
    assert top_up([full], waiting, POLICY, TODAY) == []
    choice = next_for(full, waiting, POLICY, TODAY)
    assert choice is not None
    assert (choice.task_id, choice.person_id) == (2, 1)


def test_next_task_gives_nothing_that_is_held_unfit_or_not_for_this_person() -> None:
    worklist = Worklist(worker(minutes_left=10))
    waiting = [task(1), task(2, minutes=10, held=True), task(3, minutes=10, professions=(TECHNICIAN,))]
    assert next_for(worklist, waiting, POLICY, TODAY) is None
    assert next_for(Worklist(worker(at_work=False)), [task(1)], POLICY, TODAY) is None


# Nobody could


@pytest.mark.parametrize(
    ("changed", "needed", "sentence"),
    [
        ({"active": False}, {}, "No clinician has an account that is switched on."),
        ({"profession": TECHNICIAN}, {}, "The hub has no pharmacist."),
        ({"is_prescriber": False}, {"needs_prescriber": True}, "The hub has no prescribing pharmacist."),
        ({"competences": {}}, {"competences": ("asthma",)}, "No pharmacist has asthma competence in date."),
        (
            {"registration_expires": date(2026, 1, 1)},
            {"competences": ("asthma",)},
            "No pharmacist with asthma competence has a registration in date.",
        ),
        ({"practices": frozenset()}, {}, "No pharmacist has access to Mill Lane Surgery."),
        (
            {"practices": frozenset()},
            {"competences": ("asthma",), "needs_prescriber": True},
            "No prescribing pharmacist with asthma competence has access to Mill Lane Surgery.",
        ),
    ],
)
def test_the_sentence_names_the_rung_that_leaves_nobody(
    changed: dict[str, Any], needed: dict[str, Any], sentence: str
) -> None:
    waiting = replace(task(1), needs=needs(**needed))
    able, unable = worker(1), worker(2, **changed)
    assert unplaceable(waiting, [unable], TODAY) == sentence
    assert unplaceable(waiting, [unable, able], TODAY) is None


def test_two_who_each_lack_something_else_leave_nobody() -> None:
    waiting = task(1, competences=("asthma",))
    no_access = worker(1, practices=frozenset())
    no_competence = worker(2, competences={})
    assert unplaceable(waiting, [no_access, no_competence], TODAY) == (
        "No pharmacist with asthma competence has access to Mill Lane Surgery."
    )


def test_an_empty_hub_and_a_task_that_everyone_gave_back_are_said() -> None:
    assert unplaceable(task(1), [], TODAY) == "No clinician has an account that is switched on."
    given_back = task(1, excluded_ids=frozenset({1}))
    assert unplaceable(given_back, [worker(1)], TODAY) == "Everyone who may do this has just given it back."
    assert unplaceable(given_back, [worker(1), worker(2)], TODAY) is None


def test_who_is_merely_off_work_or_full_could_still() -> None:
    assert unplaceable(task(1), [worker(at_work=False, minutes_left=0)], TODAY) is None
