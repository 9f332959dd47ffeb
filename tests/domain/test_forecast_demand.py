"""What will arrive: levels that change, weekdays, shares, and the rows drawn from them."""

import numpy as np
import pytest

from hub.domain.forecast import arrivals, durations
from hub.domain.forecast.demand import Demand, Reading, believed
from hub.domain.forecast.state import NEVER, Floats, Ints, Snapshot
from tests.domain.forecast_examples import DAY, full_time, history, hub, work

SHARES = np.array([0.6, 0.3, 0.1])


def counts(levels: list[float], seed: int = 1, noise: float = 0.1) -> Ints:
    """Days x three kinds, as chance would have them at these levels."""
    chance = np.random.default_rng(seed)
    noisy = np.array(levels) * chance.lognormal(0.0, noise, len(levels))
    found: Ints = chance.poisson(noisy[:, None] * SHARES)
    return found


def level(found: Demand) -> float:
    """Expected arrivals of a day ahead if demand goes on."""
    return float(found.rates(Reading.GOES_ON)[-1].sum())


@pytest.mark.parametrize("seed", range(5))
def test_a_steady_level_is_that_level(seed: int) -> None:
    found = believed(history(counts([500.0] * 40, seed)))
    assert level(found) == pytest.approx(500, rel=0.1)
    assert found.rates(Reading.RETURNS)[-1].sum() == pytest.approx(500, rel=0.1)
    shares = found.rates(Reading.GOES_ON)[-1] / level(found)
    assert shares == pytest.approx(SHARES, abs=0.05)


@pytest.mark.parametrize(("before", "after"), [(700.0, 375.0), (375.0, 700.0)])
def test_two_days_after_a_change_the_new_level_is_believed(before: float, after: float) -> None:
    found = believed(history(counts([before] * 30 + [after] * 2)))
    assert abs(np.log(level(found) / after)) < abs(np.log(level(found) / before))
    ten = believed(history(counts([before] * 30 + [after] * 10)))
    assert level(ten) == pytest.approx(after, rel=0.12)
    assert ten.rates(Reading.RETURNS)[-1].sum() == pytest.approx(before, rel=0.12)


def test_today_stays_as_it_is_in_both_readings() -> None:
    found = believed(history(counts([700.0] * 30 + [375.0] * 10)))
    assert found.rates(Reading.RETURNS)[0].tolist() == found.rates(Reading.GOES_ON)[0].tolist()


def test_one_kind_alone_can_change() -> None:
    past = counts([500.0] * 30)
    past[-8:, 2] *= 4
    found = believed(history(past)).rates(Reading.GOES_ON)[-1]
    assert found[2] == pytest.approx(200, rel=0.3)
    assert found[0] == pytest.approx(300, rel=0.15)


def test_weekdays_are_learned_and_are_no_change() -> None:
    week = np.array([1.3, 1.1, 0.95, 0.85, 0.8])
    found = believed(history(counts(list(500 * np.tile(week, 6))), ahead=5))
    assert found.profile == pytest.approx(week, rel=0.12)
    assert found.level.mean == pytest.approx(np.log(500), abs=0.08)


def test_without_a_day_of_history_nothing_is_expected() -> None:
    found = believed(history(np.zeros((0, 3))))
    assert found.rates(Reading.GOES_ON).tolist() == [[], []]
    one = believed(history([[0, 0]]))
    assert level(one) < 2


def test_draws_differ_around_what_is_expected() -> None:
    found = believed(history(counts([500.0] * 20)))
    chance = np.random.default_rng(3)
    drawn = np.array([found.rates(Reading.GOES_ON, chance)[-1].sum() for _ in range(300)])
    assert drawn.mean() == pytest.approx(level(found), rel=0.05)
    assert 0.01 < drawn.std() / drawn.mean() < 0.3


def snapshot() -> Snapshot:
    return hub(work(4), full_time(1))


def test_arrivals_come_with_times_of_their_own() -> None:
    examples = work(1, due=1200.0, deadline=3000.0, rises=2400.0, minutes=20.0, practice=2)
    past = history([[10]] * 20, examples=examples, minute=120.0)
    found = arrivals.expected(
        snapshot(), past, believed(past), Reading.GOES_ON, np.random.default_rng(1)
    ).work
    assert set(found.since) == {120.0, DAY + 120.0}
    assert (found.due - found.since == 1200.0).all() and (found.rises - found.since == 2400.0).all()
    assert (found.practice == 2).all() and found.ids.min() > 3
    assert abs(len(found) - 20) <= 2


def test_of_today_only_the_rest_is_to_come() -> None:
    past = history([[10]] * 20, minute=120.0)
    part = hub(work(1), full_time(1))
    part = Snapshot(part.work, part.people, part.may, np.array([300.0, 900.0]))  # half of today is over
    found = arrivals.expected(part, past, believed(past), Reading.GOES_ON, np.random.default_rng(1)).work
    assert set(found.since) == {300.0 + 120.0}


def test_a_kind_without_an_example_does_not_arrive() -> None:
    past = history(counts([100.0] * 10), examples=work(2, kind=[0, 1]))
    found = arrivals.drawn(snapshot(), past, believed(past), Reading.GOES_ON, np.random.default_rng(1))
    assert set(found.work.kind) == {0, 1}
    assert (found.work.deadline == NEVER).all()


def test_durations_are_learned_by_kind_and_practice() -> None:
    chance = np.random.default_rng(1)
    kind, practice = chance.integers(0, 3, 4000), chance.integers(0, 4, 4000)
    planned: Floats = np.array([10.0, 20.0, 30.0])[kind]
    true = np.array([1.0, 1.5, 0.7])[kind] * np.array([0.8, 1.0, 1.1, 1.1])[practice]
    actual = planned * true * chance.lognormal(-(0.3**2) / 2, 0.3, 4000)
    found = durations.learned(actual, planned, kind, practice, kinds=3, practices=4)
    assert found.expected(planned, kind, practice) == pytest.approx(planned * true, rel=0.1)
    assert found.spread == pytest.approx(0.3, rel=0.1)


def test_a_few_strange_durations_say_little() -> None:
    one = np.array([60.0]), np.array([10.0]), np.array([0]), np.array([0])
    found = durations.learned(*one, kinds=2, practices=1)
    assert 1.0 < found.by_kind[0] < 1.3
    assert found.by_kind[1] == 1.0
