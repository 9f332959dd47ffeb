"""Learned minutes: bounded, monotone, blind to order and to slips, and never below a kind's floor."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.domain.learning import LEAST, WEIGHT, learned, median

MINUTES = st.integers(1, 900)
TOOK = st.lists(MINUTES, min_size=LEAST, max_size=40)
PLANNED = st.integers(5, 240)


def minutes(took: list[int], planned: int, least: int = 5) -> int:
    found = learned(took, planned, least)
    assert found is not None
    return found.minutes


def test_it_is_drawn_from_the_plan_towards_what_work_takes() -> None:
    found = learned([26] * 18, 20, 10)
    assert found is not None
    assert (found.minutes, found.done) == (24, 18)
    assert found.median == Fraction(26)
    assert found.sentence == "It usually takes 24 minutes at this practice (18 done); planned 20."


def test_the_more_was_done_the_nearer_it_comes() -> None:
    assert [minutes([40] * n, 20) for n in (5, 10, 30, 190)] == [27, 30, 35, 39]


def test_fewer_than_a_handful_change_nothing() -> None:
    assert learned([90] * (LEAST - 1), 20, 10) is None


@given(TOOK, PLANNED, st.integers(1, 60))
def test_it_is_bounded_and_never_below_the_floor(took: list[int], planned: int, least: int) -> None:
    assume(least <= planned)
    found = minutes(took, planned, least)
    assert max(planned / 2, least) <= found <= planned * 2


def test_a_review_never_gets_less_than_its_floor() -> None:
    assert minutes([5] * 200, 30, 30) == 30
    assert minutes([5] * 200, 45, 30) == 30


def test_nothing_is_longer_than_a_working_day() -> None:
    assert minutes([900] * 500, 400) == 480


@given(TOOK, PLANNED, st.randoms())
def test_the_order_is_irrelevant(took: list[int], planned: int, rng: object) -> None:
    shuffled = list(took)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert learned(shuffled, planned, 5) == learned(took, planned, 5)


@given(TOOK, PLANNED, st.integers(0, 39), st.integers(0, 500))
def test_longer_work_never_lowers_it(took: list[int], planned: int, place: int, more: int) -> None:
    slower = list(took)
    slower[place % len(took)] += more
    assert minutes(slower, planned) >= minutes(took, planned)


@given(TOOK, st.integers(0, 39), st.integers(1, 9999), PLANNED)
def test_one_slip_moves_it_no_further_than_its_neighbours(
    took: list[int], place: int, slip: int, planned: int
) -> None:
    """Whatever one figure is mistaken for, the middle stays between those beside it."""
    keyed = list(took)
    keyed[place % len(took)] = slip
    ordered, half = sorted(took), len(took) // 2
    low, high = ordered[max(half - 1 - (len(took) + 1) % 2, 0)], ordered[min(half + 1, len(took) - 1)]
    assert low <= median(keyed) <= high
    assert (
        minutes([low] * len(took), planned) <= minutes(keyed, planned) <= minutes([high] * len(took), planned)
    )


@given(TOOK, PLANNED)
def test_few_observations_change_little(took: list[int], planned: int) -> None:
    change = abs(minutes(took, planned, 1) - planned)
    share = Fraction(len(took), len(took) + WEIGHT)
    assert change <= abs(median(took) - planned) * share + 1
    assert change <= planned


@given(st.integers(LEAST, 60), PLANNED)
def test_what_takes_as_long_as_planned_stays(n: int, planned: int) -> None:
    assert minutes([planned] * n, planned) == planned


@pytest.mark.parametrize(("took", "planned", "least"), [([0] * 9, 20, 5), ([9] * 9, 20, 30), ([9] * 9, 0, 0)])
def test_figures_that_cannot_be_are_refused(took: list[int], planned: int, least: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        learned(took, planned, least)


@given(TOOK, PLANNED, st.integers(0, 100))
def test_a_lead_may_have_it_followed_in_part(took: list[int], planned: int, percent: int) -> None:
    found = learned(took, planned, 5)
    assert found is not None
    low, high = sorted((planned, found.minutes))
    assert low <= found.followed(percent, 5) <= high
    assert (found.followed(0, 5), found.followed(100, 5)) == (planned, found.minutes)
    assert found.followed(percent, 300) >= 300


def test_the_middle() -> None:
    assert median([3, 1, 2]) == 2
    assert median([4, 1, 2, 3]) == Fraction(5, 2)
    with pytest.raises(ValueError, match="no middle"):
        median([])
