"""Calibration, scores and contracts, against values worked out by hand."""

import random
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.forecast.calibration import FEWEST, FEWEST_MORNINGS, Calibration, learned, pooled
from hub.domain.forecast.contract import outlook, working_days_to_year_end
from hub.domain.forecast.scoring import score
from hub.domain.forecast.state import Floats, Ints

CHANCES = st.lists(st.floats(0, 1), min_size=FEWEST, max_size=FEWEST + 100)


def test_neighbours_that_fall_are_pooled() -> None:
    values, weights = np.array([1.0, 3.0, 2.0, 4.0]), np.array([1.0, 1.0, 3.0, 1.0])
    assert pooled(values, weights).tolist() == [1.0, 2.25, 2.25, 4.0]
    falling = np.array([4.0, 3.0, 2.0])
    assert pooled(falling, np.ones(3)).tolist() == [3.0, 3.0, 3.0]


@settings(max_examples=30)
@given(CHANCES, st.randoms(use_true_random=False))
def test_a_curve_never_falls_and_stays_a_chance(said: list[float], chance: random.Random) -> None:
    late = np.array([float(chance.random() < 0.5) for _ in said])
    curve = learned(np.array(said), late, mornings(len(said)))
    asked = np.linspace(0, 1, 101)
    found = curve.apply(asked)
    assert (np.diff(found) >= 0).all()
    assert found.min() >= 0 and found.max() <= 1
    assert Calibration.from_data(curve.as_data()) == curve


def mornings(n: int, count: int = 20) -> Ints:
    """Say that `n` predictions were made on `count` mornings, as many on each."""
    return np.arange(n) * count // n


def overconfident(n: int) -> tuple[Floats, Floats, Ints]:
    """Predictions of 90 % of which half are late, and of 10 % of which none is, on every morning."""
    said = np.tile([0.9, 0.1, 0.9, 0.1], n // 2)
    return said, np.tile([1.0, 0.0, 0.0, 0.0], n // 2), mornings(2 * (n // 2) * 2)


def test_what_was_said_too_boldly_is_taken_back() -> None:
    assert learned(*overconfident(2000)).apply(np.array([0.9, 0.1])) == pytest.approx([0.5, 0.0], abs=0.01)


def test_a_good_forecast_is_left_almost_alone() -> None:
    chance = np.random.default_rng(1)
    said = chance.random(20_000)
    late = (chance.random(20_000) < said).astype(float)
    asked = np.linspace(0, 1, 11)
    assert learned(said, late, mornings(20_000)).apply(asked) == pytest.approx(asked, abs=0.05)


def test_what_would_not_have_helped_so_far_is_not_learned() -> None:
    """Every quarter of the mornings goes the other way: a curve from the past is wrong each time."""
    said = np.full(4000, 0.5)
    late = np.repeat([1.0, 0.0, 1.0, 0.0], 1000)
    said[::2] = 0.4
    curve = learned(said, late, mornings(4000))
    assert curve.apply(np.array([0.4, 0.5])) == pytest.approx([0.4, 0.5])


def test_from_few_resolved_predictions_or_few_mornings_nothing_is_learned() -> None:
    asked = np.array([0.0, 0.3, 1.0])
    said, late, made = overconfident(FEWEST // 2 - 2)
    assert learned(said, late, made).apply(asked).tolist() == asked.tolist()
    said, late, made = overconfident(2000)
    few = learned(said, late, made * (FEWEST_MORNINGS - 1) // 20)
    assert few.apply(asked).tolist() == asked.tolist()
    none_late = learned(np.full(1000, 0.5), np.zeros(1000), mornings(1000))
    assert none_late.apply(asked).tolist() == asked.tolist()
    assert none_late.resolved == 1000


def test_what_was_not_said_is_not_learned_from() -> None:
    said, late, made = overconfident(1000)
    holes = np.concatenate([said, np.full(500, np.nan)])
    found = learned(holes, np.concatenate([late, np.ones(500)]), np.concatenate([made, made[:500]]))
    assert found == learned(said, late, made)
    assert np.isnan(found.apply(np.array([np.nan]))[0])


def test_data_that_is_no_rising_curve_is_refused() -> None:
    for said, meant in (([0, 1], [0.5, 0.4]), ([0, 1], [0, 2]), ([0, 1], [0]), ([], [])):
        with pytest.raises(ValueError, match="rising curve"):
            Calibration.from_data({"said": said, "meant": meant, "resolved": 0})
    with pytest.raises(ValueError, match="what happened"):
        learned(np.zeros(2), np.zeros(1), np.zeros(2, np.int64))


def test_a_score_by_hand() -> None:
    found = score(np.array([0.8, 0.6, 0.1, 0.3, np.nan]), np.array([1.0, 0.0, 0.0, 1.0, 1.0]))
    assert found.count == 4
    assert found.brier == pytest.approx((0.04 + 0.36 + 0.01 + 0.49) / 4)
    assert (found.base_rate, found.base_brier) == (0.5, 0.25)
    assert found.skill == pytest.approx(1 - 0.225 / 0.25)


def test_perfect_is_one_the_base_rate_is_none_and_worse_is_below() -> None:
    late = np.array([1.0, 0.0, 0.0, 0.0])
    assert score(late, late).skill == 1.0
    assert score(np.full(4, 0.25), late).skill == pytest.approx(0.0)
    assert (score(1 - late, late).skill or 0.0) < 0
    assert score(np.full(4, 0.1), np.zeros(4)).skill is None
    with pytest.raises(ValueError, match="no prediction"):
        score(np.array([np.nan]), np.zeros(1))


def test_reliability_by_hand() -> None:
    table = score(np.array([0.05, 0.07, 0.55, 1.0]), np.array([0.0, 1.0, 1.0, 1.0])).reliability
    assert [(one.low, one.count) for one in table] == [(0.0, 2), (0.5, 1), (0.9, 1)]
    assert table[0].said == pytest.approx(0.06)
    assert table[0].happened == 0.5


def test_a_contract_by_hand() -> None:
    found = outlook(
        contracted=np.array([10_000.0, 1_000.0, 500.0]), spent=np.array([4_000.0, 900.0, 0.0]),
        open_minutes=np.array([1_000.0, 300.0, 0.0]), a_day=np.array([100.0, 50.0, 0.0]), days=40,
    )  # fmt: skip
    assert found.needed.tolist() == [5_000.0, 2_300.0, 0.0]
    assert found.left.tolist() == [6_000.0, 100.0, 500.0]
    assert found.spare.tolist() == [1_000.0, -2_200.0, 500.0]
    assert found.lasts.tolist() == [50.0, 0.0, np.inf]
    with pytest.raises(ValueError, match="below 0"):
        outlook(contracted=found.left, spent=found.left, open_minutes=found.left, a_day=found.spare, days=1)


def test_working_days_to_31_march() -> None:
    assert working_days_to_year_end(date(2027, 3, 30)) == 1  # the 31st is a Wednesday
    assert working_days_to_year_end(date(2027, 3, 31)) == 0
    assert working_days_to_year_end(date(2027, 4, 1)) == 261  # 52 weeks and Friday 31-Mar-2028
    assert working_days_to_year_end(date(2027, 3, 24), {date(2027, 3, 26)}) == 4  # Good Friday
