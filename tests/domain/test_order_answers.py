"""What would put a task first: every sentence is true, and says all that must happen."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.order import (
    SCALE,
    Place,
    log,
    order_key,
    work_hours,
)
from hub.domain.order_answers import (
    FIRST_ALREADY,
    Ahead,
    Change,
    minutes_until_first,
    what_would_put_first,
)
from hub.domain.vocabulary import Band
from tests.domain.test_order import NOW_NUMBER, ONE_HARD, PLACES, POLICY, place


def answers(one: Place, *others: Place, changes: Any = (), policy: Any = POLICY, when: Any = None) -> Any:
    """What would put `one` first in a line with these others."""
    line = sorted((one, *others), key=lambda each: order_key(each, policy))
    before = [each for each in line if order_key(each, policy) < order_key(one, policy)]
    pool = [each for each in line if each.facts.band > policy.hard_bands]
    hard = sum(each.facts.band <= policy.hard_bands for each in before)
    ahead = Ahead(line[0], pool[0] if pool else None, hard, len(before) - hard)
    return what_would_put_first(one, ahead, changes, policy, when)


def test_time_puts_it_first_when_its_due_time_comes_nearer() -> None:
    leader = place(1, band=Band.PLANNED, due_number=NOW_NUMBER, minutes=60, fixed=-log(60))
    behind = place(2, band=Band.INSIDE_TARGET, minutes=20, fixed=-log(20), due_number=NOW_NUMBER + 3000)
    minutes = minutes_until_first(behind, leader, POLICY)
    assert minutes is not None
    then = [replace(one, now_number=one.now_number + minutes) for one in (behind, leader)]
    just_before = [replace(one, now_number=one.now_number - 1) for one in then]
    assert order_key(then[0], POLICY) < order_key(then[1], POLICY)
    assert order_key(just_before[0], POLICY) > order_key(just_before[1], POLICY)
    said = answers(behind, leader)
    nearer = "as its own due time comes nearer, unless another is more pressing by then."
    assert said[0] == f"In {work_hours(minutes)}, {nearer}"
    monday = datetime(2026, 11, 30, 9, tzinfo=UTC)
    dated, *_ = answers(behind, leader, when=lambda _: monday)
    assert dated.startswith("From Mon 30-Nov-2026 09:00 on, as its own due time comes nearer")


@given(PLACES, PLACES)
def test_the_moment_found_is_one_at_which_it_stands_first(one: Place, other: Place) -> None:
    minutes = minutes_until_first(one, replace(other, id=one.id + 1), POLICY)
    if minutes is not None:
        then = [
            replace(each, now_number=each.now_number + minutes)
            for each in (one, replace(other, id=one.id + 1))
        ]
        assert order_key(then[0], POLICY) < order_key(then[1], POLICY)


def test_a_change_of_fact_is_named_when_it_would_do() -> None:
    leader, behind = place(1, due_number=NOW_NUMBER), place(2, minutes=480, fixed=-log(480))
    changes = [
        Change(
            "the practice asks for today", replace(behind, facts=replace(behind.facts, band=Band.BY_TOMORROW))
        ),
        Change("it were for tomorrow week", behind),
    ]
    assert answers(behind, leader, changes=changes)[0] == "If the practice asks for today."
    assert len(answers(behind, leader, changes=changes)) == 3


def test_first_already_or_once_what_stands_before_it_is_done() -> None:
    leader, behind = place(1, due_number=NOW_NUMBER), place(2, minutes=480, fixed=-log(480))
    assert answers(leader, behind) == (FIRST_ALREADY,)
    assert answers(leader) == (FIRST_ALREADY,)
    alone = "Once the task before it is done."
    assert answers(behind, leader) == ("If somebody sets it first in its line.", alone)
    # Setting it first does nothing against what is set first and weighs more.
    assert answers(behind, replace(leader, first=True)) == (alone,)


def test_all_that_always_goes_before_it_is_counted_and_then_what_else_stands_ahead() -> None:
    leader, behind = place(1, due_number=NOW_NUMBER), place(2, minutes=480, fixed=-log(480))
    hard = [place(3, band=Band.NOW), place(4, band=Band.BY_TOMORROW), place(5, band=Band.BY_TOMORROW)]
    three = "Once the 3 tasks that are “now” or “by tomorrow” are done, which always go first"
    assert answers(leader, behind, *hard) == (f"{three}.",)
    assert answers(behind, leader, *hard) == (
        f"{three}, and if somebody sets it first in its line.",
        "Once those are done, and then the other task before it.",
    )
    more = Change("it were short", replace(behind, facts=replace(behind.facts, fixed=SCALE)))
    assert answers(behind, leader, *hard, changes=[more])[0] == f"{three}, and if it were short."
    assert answers(hard[2], *hard[:2], leader) == (
        "Once the 2 tasks before it that are “now” or “by tomorrow” are done.",
    )
    assert answers(behind, place(3, band=Band.NOW), policy=ONE_HARD) == (
        "Once the task that is “now” is done, which always goes first.",
    )


@given(PLACES, st.lists(PLACES, max_size=6), st.booleans())
def test_if_what_the_answer_says_happened_it_would_be_first(
    one: Place, found: list[Place], two: bool
) -> None:
    policy = POLICY if two else ONE_HARD
    others = [replace(each, id=one.id + n) for n, each in enumerate(found, start=1)]
    said, key = answers(one, *others, policy=policy), order_key(one, policy)
    before = [each for each in others if order_key(each, policy) < key]
    full = re.search(r"Once the [^,]*, which always go(es)? first", " ".join(said))
    said = tuple(each.replace("Once those are done", full[0]) if full else each for each in said)
    assert (said == (FIRST_ALREADY,)) == (not before)
    hard = [each for each in before if each.facts.band <= policy.hard_bands]
    counts = [int(number or 1) for number in re.findall(r"the (?:(\d+) )?(?:other )?tasks?\b", said[-1])]
    assert sum(counts) == len(before), "everything before it is in the last sentence"
    for sentence in said if before else ():
        # Whatever else it says, it is said to come after all that always goes first.
        first = re.search(r"the (?:(\d+) )?tasks?(?: before it)? that (?:is|are)", sentence)
        assert (int(first[1] or 1) if first else 0) == len(hard), sentence
    if any("somebody sets it first" in sentence for sentence in said):
        set_first = order_key(replace(one, first=True), policy)
        assert all(set_first < order_key(each, policy) for each in others if each not in hard)
