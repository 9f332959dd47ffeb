"""The order of waiting work: its key, its terms, and what would change a task's place."""

import math
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.fairness import credits_of, few_people
from hub.domain.kinds import Target
from hub.domain.order import (
    EPOCH,
    ONE_DAY,
    SCALE,
    Facts,
    Place,
    effective_band,
    fixed_weight,
    index_of,
    log,
    number,
    order_key,
    override_refusal,
    past_ceiling,
    slack_of,
    target_minutes,
    terms_of,
)
from hub.domain.policy import DEFAULT_POLICY, parse_policy
from hub.domain.vocabulary import Band, RequestedUrgency
from hub.domain.worktime import WorkCalendar

# Numbers that examples are reckoned with; the product's default may change.
POLICY = replace(parse_policy(DEFAULT_POLICY).order, lookahead_percent=20, margin_minutes=0)
ONE_HARD = replace(POLICY, hard_bands=1)
NOW_NUMBER = 100_000
POOL = (Band.INSIDE_TARGET, Band.PLANNED, Band.WHEN_CAPACITY_ALLOWS)


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def facts(**changes: Any) -> Facts:
    plain = Facts(Band.PLANNED, minutes=30, target_minutes=6000, due_number=NOW_NUMBER + 3000, fixed=-log(30))
    return replace(plain, **changes)


def place(task_id: int = 1, **changes: Any) -> Place:
    own = {name: changes.pop(name) for name in list(changes) if name in Facts.__dataclass_fields__}
    plain = Place(facts(**own), None, at(25), at(20), task_id, NOW_NUMBER)
    return replace(plain, **changes)


def plain_terms(one: Facts, policy: Any = POLICY) -> tuple[Any, ...]:
    asked = RequestedUrgency.ROUTINE
    return terms_of(one, signals=[], requested=asked, now_number=NOW_NUMBER, policy=policy)


def in_order(*places: Place, policy: Any = POLICY) -> list[int]:
    mixed = random.Random(1).sample(places, len(places))
    return [one.id for one in sorted(mixed, key=lambda one: order_key(one, policy))]


FACTS = st.builds(
    Facts,
    st.sampled_from(Band),
    st.integers(1, 480),
    st.integers(1, 20_000),
    st.integers(-50_000, 400_000),
    st.integers(-8 * SCALE, 2 * SCALE),
    st.none() | st.integers(0, 200_000),
    st.integers(0, SCALE),
    st.integers(-SCALE, SCALE),
)
MOMENTS = st.integers(0, 500_000).map(lambda minutes: EPOCH + timedelta(minutes=minutes))
PLACES = st.builds(
    Place,
    FACTS,
    st.none() | MOMENTS,
    MOMENTS,
    MOMENTS,
    st.integers(1, 10**9),
    st.integers(0, 200_000),
    st.booleans(),
)


# The key


def test_hard_bands_go_by_deadline_then_due_then_age_then_number_and_before_the_pool() -> None:
    assert in_order(
        place(9, band=Band.NOW),
        place(8, band=Band.BY_TOMORROW, deadline_at=at(26), due_at=at(30)),
        place(7, band=Band.BY_TOMORROW, deadline_at=at(27), due_at=at(24)),
        place(6, band=Band.BY_TOMORROW, due_at=at(24)),
        place(5, band=Band.BY_TOMORROW, due_at=at(25), raised_at=at(20)),
        place(3, band=Band.BY_TOMORROW, due_at=at(25), raised_at=at(21)),
        place(4, band=Band.BY_TOMORROW, due_at=at(25), raised_at=at(21)),
        place(1, band=Band.INSIDE_TARGET, deadline_at=at(23), due_number=0),
    ) == [9, 8, 7, 6, 5, 3, 4, 1]


def test_length_fairness_and_signals_play_no_part_in_a_hard_band() -> None:
    heavy = place(2, band=Band.BY_TOMORROW, fixed=5 * SCALE, credit=SCALE, minutes=5, due_at=at(26))
    assert in_order(heavy, place(1, band=Band.BY_TOMORROW, due_at=at(25), minutes=60)) == [1, 2]


def test_with_one_hard_band_the_second_competes_in_the_pool() -> None:
    urgent = place(1, band=Band.BY_TOMORROW, minutes=60, fixed=-log(60), due_number=NOW_NUMBER + 5000)
    late = place(2, band=Band.INSIDE_TARGET, minutes=5, fixed=-log(5), due_number=NOW_NUMBER - 10)
    assert in_order(urgent, late) == [1, 2]
    assert in_order(urgent, late, policy=ONE_HARD) == [2, 1]


def test_what_a_person_set_first_stands_first_in_the_pool_and_behind_the_hard_bands() -> None:
    first = place(3, band=Band.WHEN_CAPACITY_ALLOWS, first=True, due_number=10**6)
    assert in_order(place(1, band=Band.BY_TOMORROW), place(2, due_number=0), first) == [1, 3, 2]


@given(st.lists(PLACES, max_size=12, unique_by=lambda one: one.id), st.randoms(use_true_random=False))
def test_the_order_is_total_and_does_not_depend_on_the_input(
    places: list[Place], chance: random.Random
) -> None:
    once = sorted(places, key=lambda one: order_key(one, POLICY))
    mixed = chance.sample(places, len(places))
    assert sorted(mixed, key=lambda one: order_key(one, POLICY)) == once
    assert [min(one.facts.band, 3) for one in once] == sorted(min(one.facts.band, 3) for one in once)


# The index


def test_the_index_is_the_published_formula() -> None:
    one = facts()
    expected = math.log(2) - math.log(30) - (3000 - 30) / (0.2 * 6000)
    assert index_of(one, NOW_NUMBER, POLICY) / SCALE == pytest.approx(expected, abs=1e-5)
    late = facts(due_number=NOW_NUMBER - 500)
    assert index_of(late, NOW_NUMBER, POLICY) / SCALE == pytest.approx(math.log(2) - math.log(30), abs=1e-5)


def test_what_lies_within_the_margin_counts_as_no_time_to_spare() -> None:
    policy = replace(POLICY, margin_minutes=240)
    expected = math.log(2) - math.log(30) - (3000 - 30 - 240) / (0.2 * 6000)
    assert index_of(facts(), NOW_NUMBER, policy) / SCALE == pytest.approx(expected, abs=1e-5)
    near, gone = facts(due_number=NOW_NUMBER + 30 + 240), facts(due_number=NOW_NUMBER)
    assert index_of(near, NOW_NUMBER, policy) == index_of(gone, NOW_NUMBER, policy)
    said = plain_terms(near, policy)
    assert "4 working hours to spare: counts as none" in [term.words for term in said]


def test_what_few_people_may_do_goes_a_little_sooner() -> None:
    found = few_people({1: 100.0, 2: 200.0, 3: 400.0, 4: 10.0, 5: 200.0}, 50)
    assert found == {1: log(2**0.5), 2: 0, 3: -log(2**0.5), 4: log(2**0.5), 5: 0}, "twice at most"
    assert few_people({1: 100.0, 2: 200.0}, 0) == {1: 0, 2: 0}
    assert few_people({}, 50) == few_people({1: 0.0}, 50) == {}
    one, other = place(1), place(2, people=found[1])
    assert in_order(one, other) == [2, 1]
    few, many = (facts(people=found[number]) for number in (1, 3))
    assert [plain_terms(one)[-1].words for one in (few, many)] == [
        "Few people may work for its practice: weighs 1.41 times",
        "Many people may work for its practice: weighs 0.71 times",
    ]


@given(PLACES, st.integers(0, 10**7))
def test_time_alone_never_lowers_a_task(one: Place, passed: int) -> None:
    before = index_of(one.facts, one.now_number, POLICY)
    assert index_of(one.facts, one.now_number + passed, POLICY) >= before


@given(PLACES, st.integers(0, 10**6), st.integers(0, 10**5))
def test_of_two_that_are_alike_the_sooner_due_or_older_is_never_behind_at_any_time(
    one: Place, later: int, passed: int
) -> None:
    less = replace(
        one,
        id=one.id + 1,
        raised_at=one.raised_at + timedelta(minutes=later),
        due_at=one.due_at + timedelta(minutes=later),
        facts=replace(one.facts, due_number=one.facts.due_number + later),
        now_number=one.now_number + passed,
    )
    assert order_key(replace(one, now_number=one.now_number + passed), POLICY) < order_key(less, POLICY)


@given(PLACES, st.sampled_from(POOL), st.integers(0, SCALE))
def test_of_two_that_are_alike_the_heavier_or_more_urgent_is_never_behind(
    one: Place, band: Band, more: int
) -> None:
    less = replace(one, id=one.id + 1, facts=replace(one.facts, band=max(band, one.facts.band)))
    assert order_key(one, POLICY) < order_key(less, POLICY)
    heavier = replace(less, id=one.id - 1, facts=replace(less.facts, fixed=less.facts.fixed + more))
    assert order_key(heavier, POLICY) < order_key(less, POLICY)


def test_a_paused_clock_keeps_its_slack() -> None:
    paused = facts(paused_number=NOW_NUMBER)
    assert slack_of(paused, NOW_NUMBER + 9000) == slack_of(paused, NOW_NUMBER) == 2970
    assert past_ceiling(paused, NOW_NUMBER + 90_000, POLICY) == 0


def test_very_late_and_very_far_are_no_error() -> None:
    for due in (-(10**9), 10**9):
        assert isinstance(index_of(facts(due_number=due), NOW_NUMBER, POLICY), int)


@pytest.mark.parametrize(("late", "beyond"), [(0, 0), (3000, 0), (3001, 1), (5000, 2000)])
def test_the_age_ceiling_is_a_multiple_of_the_tasks_own_target(late: int, beyond: int) -> None:
    assert past_ceiling(facts(due_number=NOW_NUMBER - late), NOW_NUMBER, POLICY) == beyond


# Terms


@given(
    FACTS,
    st.sets(st.sampled_from([one.signal for one in POLICY.signal_weights] + ["unweighed"])),
    st.sampled_from(RequestedUrgency),
    st.integers(0, 200_000),
)
def test_the_terms_add_up_to_the_index(
    one: Facts, signals: set[str], requested: RequestedUrgency, now: int
) -> None:
    fixed = fixed_weight(signals=signals, requested=requested, minutes=one.minutes, policy=POLICY)
    whole = replace(one, fixed=fixed)
    terms = terms_of(whole, signals=signals, requested=requested, now_number=now, policy=POLICY)
    assert sum(term.value for term in terms) == index_of(whole, now, POLICY)
    assert all(term.words and term.code for term in terms)
    assert len({term.code for term in terms}) == len(terms)


def test_terms_are_said_in_words() -> None:
    one = facts(credit=log(1.2))
    terms = terms_of(
        one,
        signals=["severe frailty", "blister pack"],
        requested=RequestedUrgency.SOON,
        now_number=NOW_NUMBER,
        policy=POLICY,
    )
    assert [term.words for term in terms] == [
        "Planned: weight 2",
        "Severe frailty: weighs 1.5 times",
        "The practice asks for tomorrow: weighs 1.1 times",
        "30 minutes of work: short work goes first",
        "50 working hours to spare, of a target of 100 working hours",
        "Its practice has had less than its contracted share: weighs 1.2 times",
    ]


def test_signals_together_are_bounded() -> None:
    every = [one.signal for one in POLICY.signal_weights]
    weight = fixed_weight(signals=every, requested=RequestedUrgency.ROUTINE, minutes=1, policy=POLICY)
    assert weight == log(POLICY.signals_most_percent / 100)


# Numbers of a calendar


def test_numbers_count_working_minutes_and_stand_still_when_closed() -> None:
    calendar = WorkCalendar()
    friday, monday = datetime(2026, 11, 20, 18, 30, tzinfo=UTC), datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert number(calendar, friday) == number(calendar, monday)
    assert number(calendar, monday + timedelta(minutes=7)) == number(calendar, monday) + 7
    assert number(calendar, EPOCH) == 0
    assert number(calendar, EPOCH - timedelta(days=7)) < 0


def test_a_targets_length_is_that_of_its_working_days() -> None:
    calendar = WorkCalendar()
    friday, saturday = date(2026, 11, 20), date(2026, 11, 21)
    assert target_minutes(Target(2, None, ""), friday, calendar) == 2 * ONE_DAY
    assert target_minutes(Target(2, None, ""), saturday, calendar) == 2 * ONE_DAY
    assert target_minutes(Target(2, None, ""), date(2026, 12, 24), calendar) == 2 * ONE_DAY
    assert target_minutes(Target(None, 240, ""), friday, calendar) == 240


def test_what_a_rule_lifted_to_tomorrow_has_a_target_of_one_working_day() -> None:
    lifted = facts(band=Band.BY_TOMORROW, target_minutes=20 * ONE_DAY, due_number=NOW_NUMBER + 30 + 126)
    assert index_of(lifted, NOW_NUMBER, POLICY) == log(16) - log(30) - SCALE
    assert past_ceiling(replace(lifted, due_number=NOW_NUMBER - 316), NOW_NUMBER, POLICY) == 1


# Overrides


@pytest.mark.parametrize(
    ("band", "override", "stands"), [(4, None, 4), (4, 2, 2), (3, 5, 5), (2, 1, 1), (2, 4, 2), (1, 3, 1)]
)
def test_an_override_never_puts_a_task_behind_what_a_safety_rule_gave(
    band: int, override: int | None, stands: int
) -> None:
    assert effective_band(band, override) == stands


def test_the_refusal_of_an_override_says_why() -> None:
    refusal = override_refusal(Band.BY_TOMORROW, Band.PLANNED)
    assert refusal is not None
    assert refusal.startswith("A safety rule put this into “by tomorrow”, so nobody may set it to “planned”.")
    assert override_refusal(Band.PLANNED, Band.WHEN_CAPACITY_ALLOWS) is None
    assert override_refusal(Band.BY_TOMORROW, Band.NOW) is None


# Fairness between practices


def test_only_a_practice_behind_its_share_has_a_credit_and_it_is_bounded() -> None:
    found = credits_of({1: 1000.0, 2: 1000.0, 3: 0.0}, {1: 9000, 2: 1000}, 125)
    assert found[1] == 0
    assert 0 < found[2] < log(1.25)
    assert found[3] == 0


def test_a_few_tasks_of_difference_give_little_credit_and_equal_shares_none() -> None:
    assert credits_of({1: 1000.0, 2: 1000.0}, {1: 20, 2: 10}, 125)[2] < log(1.01)
    assert set(credits_of({1: 1000.0, 2: 500.0}, {1: 2000, 2: 1000}, 125).values()) == {0}
    assert credits_of({}, {}, 125) == {}
    assert credits_of({1: 100.0}, {}, 125) == {1: 0}
