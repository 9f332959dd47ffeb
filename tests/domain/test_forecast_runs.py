"""Likely completion and chances: by seed, honest at the edges, and none of it in a web process."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from hub.domain.forecast import clearing, runs
from hub.domain.forecast.demand import History, Reading
from hub.domain.forecast.state import NEVER, People, Snapshot
from tests.domain.forecast_examples import DAY, drawn, full_time, history, hub, mixed, work

NOTHING = history([[0]] * 5)
BUSY = history([[30]] * 20)


def test_the_same_seed_gives_the_same_answer_and_another_another() -> None:
    snapshot = hub(work(30, due=200.0), full_time(1, hours=300.0))
    once, again = (runs.chances(snapshot, BUSY, seed=5, runs=4) for _ in range(2))
    assert once.finished.tolist() == again.finished.tolist()
    other = runs.chances(snapshot, BUSY, seed=6, runs=4)
    assert other.finished.tolist() != once.finished.tolist()
    assert runs.likely(snapshot, BUSY, seed=5).tolist() == runs.likely(snapshot, BUSY, seed=5).tolist()


def test_the_order_of_the_rows_changes_no_likely_completion() -> None:
    snapshot = drawn(3)
    order = np.random.default_rng(3).permutation(len(snapshot.work))
    once, again = (runs.likely(one, BUSY, seed=1) for one in (snapshot, mixed(snapshot, order)))
    assert again.tolist() == once[order].tolist()


def test_without_arrivals_and_absence_the_likely_run_is_the_plain_one() -> None:
    found = runs.likely(hub(work(3), full_time(1)), NOTHING, seed=1)
    assert found.tolist() == [10.0, 20.0, 30.0]


def test_absence_stretches_the_likely_run_and_takes_days_out_of_others() -> None:
    people = replace(full_time(1), absence=np.array([0.5]))
    assert runs.likely(hub(work(1), people), NOTHING, seed=1).tolist() == [20.0]
    late = hub(work(1, since=DAY + 1), people)
    found = runs.chances(late, NOTHING, seed=1, runs=40, spread=0.01, doubt=0.0)
    never = np.isinf(found.finished[:, 0]).mean()
    assert 0.25 < never < 0.75
    today = runs.chances(hub(work(1), people), NOTHING, seed=1, runs=20)
    assert np.isfinite(today.finished).all()  # who is here today is known


def test_what_is_certain_is_said_and_what_nobody_can_know_is_not() -> None:
    rows = work(4, due=[-5.0, 600.0, 600.0, 5000.0], since=[0.0, 0.0, NEVER, NEVER])
    found = runs.chances(hub(rows, full_time(1)), NOTHING, seed=1, runs=6)
    assert found.late[:3].tolist() == pytest.approx([1.0, 0.0, 1.0])
    assert np.isnan(found.late[3])  # due beyond the horizon
    assert found.middle[2] == found.by_80[2] == NEVER
    assert (found.middle <= found.by_80).all()


def test_the_two_readings_bracket_a_change() -> None:
    """Demand has risen far above usual: if it goes on more is late than if it returns to usual."""
    past = history(np.repeat([[10], [80]], [30, 6], axis=0), ahead=4, examples=work(1, weight=40.0))
    snapshot = hub(work(60, due=4 * DAY), full_time(1, days=4, hours=400.0), days=4)
    found = runs.chances(snapshot, past, seed=1, runs=10)
    assert found.late_if_on.mean() > found.late_if_usual.mean() + 0.2
    assert (found.late <= np.maximum(found.late_if_on, found.late_if_usual) + 1e-9).all()
    assert found.weights.sum() == pytest.approx(1.0)
    on, usual = (runs.likely(snapshot, past, seed=1, reading=one) for one in Reading)
    assert np.isfinite(on).sum() < np.isfinite(usual).sum()


def test_more_people_make_less_late_in_the_sum() -> None:
    """Twice the people against the same draws of work: no single task need gain, the sum does."""
    snapshot = hub(work(80, due=500.0, practice=0), full_time(1))
    more = hub(snapshot.work, full_time(2))
    few, many = (runs.chances(one, BUSY, seed=2, runs=6).late.sum() for one in (snapshot, more))
    assert many < few


def test_one_run_is_not_enough_for_chances() -> None:
    with pytest.raises(ValueError, match="two runs"):
        runs.chances(hub(work(1), full_time(1)), NOTHING, seed=1, runs=1)


def test_a_history_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="weekday"):
        replace(BUSY, weekday=np.array([1]))
    with pytest.raises(ValueError, match="minute"):
        History(BUSY.counts, BUSY.weekday, BUSY.ahead, BUSY.examples, np.zeros(9), DAY)


def test_nobody_at_work_finishes_nothing() -> None:
    found = runs.chances(hub(work(2), People.of([])), BUSY, seed=1, runs=2)
    assert np.isinf(found.finished).all()
    assert np.isinf(runs.likely(hub(work(2), People.of([])), BUSY, seed=1)).all()


def test_days_to_clear_count_the_day_on_which_the_last_is_done() -> None:
    finished = np.array([[10.0, 700.0, NEVER], [20.0, 600.0, 30.0], [30.0, 650.0, NEVER]])
    weights, ends = np.array([0.2, 0.5, 0.3]), np.array([600.0, 1200.0])
    found = clearing.days_to_clear(finished, weights, np.array([0, 1, 2]), ends, queues=4)
    assert found.open.tolist() == [1, 1, 1, 0]
    assert found.days.tolist() == [1.0, 1.0, 1.0, 0.0]  # on the stroke of the close is on that day
    assert found.days_80.tolist() == [1.0, 2.0, NEVER, 0.0]
    assert found.left.tolist() == pytest.approx([0.0, 0.0, 0.5, 0.0])
    without = clearing.days_to_clear(finished, weights, np.array([0, 1, -1]), ends, queues=3)
    assert (without.open[2], without.days_80[2]) == (0, 0.0)


def test_snapshots_are_not_changed_by_a_run() -> None:
    snapshot: Snapshot = drawn(4)
    before = {name: getattr(snapshot.work, name).copy() for name in snapshot.work.__dataclass_fields__}
    runs.chances(snapshot, BUSY, seed=1, runs=2)
    for name, column in before.items():
        assert (getattr(snapshot.work, name) == column).all()


def test_what_pages_need_does_not_load_the_compiler() -> None:
    names = ("state", "demand", "arrivals", "durations", "calibration", "scoring", "clearing", "contract")
    imports = "; ".join(f"import hub.domain.forecast.{name}" for name in names)
    script = f"import sys; {imports}; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0
