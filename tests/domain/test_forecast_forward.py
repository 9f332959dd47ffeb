"""The forward run: equal to a slow one, and to what must hold of any day's work."""

import pytest

from hub.domain.forecast import forward
from tests.domain.forecast_examples import drawn
from tests.domain.forecast_oracle import Slow

SEEDS = range(60)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_compiled_run_is_the_slow_one(seed: int) -> None:
    snapshot = drawn(seed)
    fast, slow = forward.run(snapshot), Slow(snapshot).run()
    assert fast.who.tolist() == slow.who
    assert fast.started.tolist() == pytest.approx(slow.started)
    assert fast.finished.tolist() == pytest.approx(slow.finished)
