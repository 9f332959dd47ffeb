"""The forward run: equal to a slow one, and to what must hold of any day's work."""

from dataclasses import replace

import numpy as np
import pytest

from hub.domain.forecast import forward
from hub.domain.forecast.state import NEVER, Floats, People, Rule, Snapshot, Work
from tests.domain.forecast_examples import DAY, drawn, full_time, hub, mixed, work
from tests.domain.forecast_oracle import Slow

SEEDS = range(60)
# One at a time, so that nobody keeps on a list what somebody else could do now.
ONE_AT_A_TIME = Rule(buffer_minutes=0.0, same_practice=1.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_compiled_run_is_the_slow_one(seed: int) -> None:
    snapshot = drawn(seed)
    fast, slow = forward.run(snapshot), Slow(snapshot).run()
    assert fast.who.tolist() == slow.who
    assert fast.started.tolist() == pytest.approx(slow.started)
    assert fast.finished.tolist() == pytest.approx(slow.finished)


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    snapshot = drawn(seed)
    order = np.random.default_rng(seed).permutation(len(snapshot.work))
    once, again = forward.run(snapshot), forward.run(mixed(snapshot, order))
    assert again.finished.tolist() == once.finished[order].tolist()
    assert again.who.tolist() == once.who[order].tolist()


def at_work(people: People, person: int, start: float, end: float) -> float:
    """Minutes that `person` is at work between two moments."""
    mine = slice(int(people.first[person]), int(people.first[person + 1]))
    inside = np.minimum(people.end[mine], end) - np.maximum(people.start[mine], start)
    return float(np.maximum(inside, 0.0).sum())


@pytest.mark.parametrize("seed", range(10))
def test_everybody_works_on_one_thing_at_a_time_within_their_shifts(seed: int) -> None:
    snapshot = drawn(seed)
    found = forward.run(snapshot)
    for person in range(len(snapshot.people)):
        mine = np.flatnonzero((found.who == person) & np.isfinite(found.finished))
        mine = mine[np.argsort(found.started[mine])]
        assert (found.started[mine][1:] >= found.finished[mine][:-1] - 1e-6).all()
        for row in mine.tolist():
            worked = at_work(snapshot.people, person, found.started[row], found.finished[row])
            assert worked == pytest.approx(snapshot.work.expected[row])


@pytest.mark.parametrize("seed", range(10))
def test_nobody_is_given_what_they_may_not_do_or_what_is_not_there_yet(seed: int) -> None:
    snapshot = drawn(seed)
    found = forward.run(snapshot)
    rows = snapshot.work
    for row in np.flatnonzero((found.who >= 0) & (rows.holder < 0)).tolist():
        assert snapshot.may[rows.group[row], found.who[row]]
        before = rows.after[row]
        assert found.started[row] >= (found.finished[before] if before >= 0 else rows.since[row])
    pinned = rows.pinned & (found.who >= 0)
    assert (found.who[pinned] == rows.holder[pinned]).all()


def test_what_is_started_is_finished_first() -> None:
    rows = work(3, band=[5, 1, 2], holder=[0, -1, -1], started=[True, False, False], minutes=30.0)
    found = forward.run(hub(rows, full_time(1)))
    assert found.finished.tolist() == [30.0, 60.0, 90.0]


def test_what_is_started_goes_on_the_next_day_with_the_same_person() -> None:
    rows = work(1, minutes=60.0, holder=0, started=True)
    found = forward.run(hub(rows, full_time(2, hours=40.0)))
    assert (found.who[0], found.finished[0]) == (0, DAY + 20.0)


def test_a_second_stage_comes_after_the_first() -> None:
    rows = work(2, band=[5, 1], group=[0, 1], after=[-1, 0])
    found = forward.run(hub(rows, full_time(2), may=[[True, False], [False, True]]))
    assert found.finished.tolist() == [10.0, 20.0]
    assert found.who.tolist() == [0, 1]


def test_what_waits_comes_when_it_wakes_and_what_cannot_come_never_does() -> None:
    found = forward.run(hub(work(3, since=[0.0, 100.0, NEVER]), full_time(1)))
    assert found.finished.tolist() == [10.0, 110.0, NEVER]


def test_what_a_rule_lifts_goes_before_what_it_stood_behind() -> None:
    # The first is worth more by the index; the second rises after five minutes.
    rows = work(3, weight=[400.0, 40.0, 4.0], deadline=[NEVER, NEVER, 50.0], rises=[NEVER, NEVER, 5.0])
    rule = replace(ONE_AT_A_TIME)
    assert forward.run(hub(rows, full_time(1), rule=rule)).finished.tolist() == [10.0, 30.0, 20.0]


def test_outside_the_hubs_hours_people_work_and_the_rules_clock_stands_still() -> None:
    # The heavier is due after an evening of 600 minutes in which no target runs: 640 to spare, not 1240.
    rows = work(2, due=[550.0, 1250.0], target=[600.0, 600.0], weight=[1.0, 2.0])
    plain = hub(rows, full_time(1), rule=replace(ONE_AT_A_TIME, lookahead=1.0))
    assert forward.run(plain).finished.tolist() == [10.0, 20.0]
    evening = replace(plain, beyond=np.array([[600.0, 1200.0]]))
    assert evening.rule_time(np.array([-5.0, 550.0, 700.0, 1250.0])).tolist() == [-5, 550, 600, 650]
    assert forward.run(evening).finished.tolist() == [20.0, 10.0]


def test_the_reserve_serves_what_is_past_its_age_ceiling() -> None:
    rows = work(4, weight=[400.0, 400.0, 400.0, 0.1], due=[600.0, 600.0, 600.0, -3000.0])
    without = forward.run(hub(rows, full_time(1), rule=ONE_AT_A_TIME))
    reserved = forward.run(hub(rows, full_time(1), rule=replace(ONE_AT_A_TIME, reserve=0.5)))
    assert without.finished[3] == 40.0
    assert reserved.finished[3] == 20.0


def test_what_no_longer_fits_goes_back_to_its_queue() -> None:
    # Both are on the list of the first; the first task takes longer than planned.
    rows = work(2, minutes=20.0, expected=[35.0, 20.0])
    people = People.of([[(0, 0.0, 45.0)], [(0, 40.0, 600.0)]])
    found = forward.run(hub(rows, people))
    assert found.who.tolist() == [0, 1]


def test_nobody_and_nothing() -> None:
    alone = forward.run(hub(work(2), People.of([])))
    assert np.isinf(alone.finished).all()
    assert not len(forward.run(hub(work(0), full_time(1))).finished)
    away = forward.run(hub(work(1, holder=0), People.of([[], [(0, 0.0, 600.0)]])))
    assert away.who.tolist() == [1]  # the list of who never comes goes back


def alike(seed: int, n: int, count: int) -> Snapshot:
    """Rows that all take ten minutes and that everybody may do: then it does not matter who takes which."""
    chance = np.random.default_rng(seed)
    due = chance.integers(-300, 2000, n).astype(float)
    rows = work(n, due=due, band=chance.integers(1, 6, n), practice=chance.integers(0, 3, n))
    shifts = [
        [(day, day * DAY, day * DAY + 10.0 * length) for day in range(2)] for length in range(4, 4 + count)
    ]
    return hub(rows, People.of(shifts), rule=ONE_AT_A_TIME)


def finishes(snapshot: Snapshot) -> Floats:
    return np.sort(forward.run(snapshot).finished)


@pytest.mark.parametrize("seed", range(5))
def test_more_people_make_nothing_later_where_work_is_alike(seed: int) -> None:
    """The k-th to be finished is never later.

    Of unlike work this is not true: with one more person the order changes, and a long task begun
    earlier can make another late (Graham's anomalies). So it is asked where it must hold: each
    person adds moments at which one is finished and takes none away.
    """
    for count in (1, 3, 6):
        fewer, more = finishes(alike(seed, 60, count)), finishes(alike(seed, 60, count + 1))
        assert (more <= fewer).all()
        assert np.isfinite(more).sum() > np.isfinite(fewer).sum() or np.isfinite(fewer).all()


@pytest.mark.parametrize("seed", range(5))
def test_fewer_tasks_make_nothing_later_where_work_is_alike(seed: int) -> None:
    """The k-th to be finished is never later, for the same reason."""
    whole = alike(seed, 60, 3)
    part = replace(whole, work=whole.work.rows(np.flatnonzero(whole.work.ids % 4 != 0)))
    assert (finishes(part) <= finishes(whole)[: len(part.work)]).all()


def test_bad_columns_are_refused() -> None:
    for columns, words in (
        ({"minutes": 0.0}, "minutes"), ({"ids": [1, 1]}, "ids"), ({"due": [1.0]}, "due"),
        ({"started": True}, "holder"), ({"after": 7}, "after"), ({"colour": 1}, "colour"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            work(2, **columns)
    with pytest.raises(ValueError, match="follow"):
        People.of([[(0, 0.0, 60.0), (0, 30.0, 90.0)]])
    with pytest.raises(ValueError, match="may"):
        Snapshot(work(1), full_time(2), np.ones((1, 1), bool), np.array([600.0]))
    with pytest.raises(ValueError, match="day_ends"):
        Snapshot(work(1), full_time(1), np.ones((1, 1), bool), np.array([600.0, 300.0]))


def test_rows_are_the_rows_asked_for() -> None:
    picked: Work = work(3, due=[1.0, 2.0, 3.0]).rows(np.array([2, 0]))
    assert picked.due.tolist() == [3.0, 1.0]
