"""The simulated hub that policies are compared in: it loses nothing, bends no rule, and counts right."""

from dataclasses import replace

import numpy as np
import pytest

from tests.performance.simulation.bound import least_late
from tests.performance.simulation.engine import simulate
from tests.performance.simulation.policies import Order, Policy, Push, Urgent
from tests.performance.simulation.score import figures, floor_pct
from tests.performance.simulation.state import State
from tests.performance.simulation.variants import DAY_MINUTES, NO_DEADLINE, VARIANTS
from tests.performance.simulation.world import Ints, Shifts, Tasks, World, make_world

pytestmark = pytest.mark.full  # of the evidence, not of the product

_CODES = [variant.code for variant in VARIANTS]
MEDQ, SMR, NOW = map(_CODES.index, ("MEDQ", "SMR", "MEDQ-now"))
OURS = Policy("ours", Order.OURS, hard=2, same=1.5, buffer=45, margin=120)
POLICIES = (
    Policy("fifo", Order.FIFO),
    Policy("strict", Order.STRICT),
    Policy("edd", Order.EDD),
    Policy("hard_bands_edd", Order.BANDS_EDD),
    Policy("c_mu", Order.CMU),
    Policy("round_robin", Order.STRICT, push=Push.ROUND_ROBIN),
    Policy("fewest", Order.STRICT, push=Push.FEWEST),
    Policy("least", Order.STRICT, push=Push.LEAST_MINUTES),
    OURS,
    replace(OURS, name="soonest", urgent=Urgent.SOONEST, promote=True),
    replace(OURS, name="roomiest", urgent=Urgent.ROOMIEST, reserve=0.1),
    replace(OURS, name="unbuffered", buffer=0, hard=1),
)


@pytest.fixture(scope="module")
def drawn() -> World:
    """A small hub with too much to do."""
    return make_world(seed=5, load=1.5, days=4, people=10, practices=8, practices_each=(3, 6))


def by_hand(*rows: tuple[int, int, int, int], people: int = 1, ends: int = 450, ill_at: int = 450) -> World:
    """A world of one day; each row is arrival, variant, practice and true minutes.

    Everybody may do everything, begins at 0 and should end at `ends`; person 0 goes home at `ill_at`.
    """
    arrival, variant, practice, actual = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    chosen = [VARIANTS[number] for number in variant]
    shape = (people, 1)
    actual_end = np.full(shape, ends)
    actual_end[0] = min(ends, ill_at)
    tasks = Tasks(
        arrival=arrival, variant=variant, practice=practice, patient=np.arange(len(rows)), actual=actual,
        band=np.array([one.band for one in chosen]), target=np.array([one.target for one in chosen]),
        due=arrival + np.array([one.target for one in chosen]),
        planned=np.array([one.planned for one in chosen]), deadline=np.full(len(rows), NO_DEADLINE),
    )  # fmt: skip
    eligible = np.ones((people, 3, len(VARIANTS)), bool)
    shifts = Shifts(np.zeros(shape, np.int64), np.full(shape, ends), actual_end)
    return World(0, 1.0, "sustained", 1, VARIANTS, eligible, np.ones(3), shifts, tasks)


@pytest.mark.parametrize(
    ("policy", "started"),
    [
        # A review of 35 minutes at 0, a query at 1 and something for now at 2; each takes what is planned.
        (Policy("fifo", Order.FIFO), [0, 35, 45]),
        (Policy("strict", Order.STRICT), [0, 45, 35]),
        (Policy("edd", Order.EDD), [0, 45, 35]),
        # With all three there from the start, the review waits for both.
        (Policy("c_mu", Order.CMU), [20, 10, 0]),
        (Policy("ours", Order.OURS, hard=1), [20, 10, 0]),
    ],
)
def test_a_tiny_day_goes_as_reckoned_by_hand(policy: Policy, started: list[int]) -> None:
    at_once = started[0] > 0
    rows = [
        (number * (not at_once), *row)
        for number, row in enumerate([(SMR, 0, 35), (MEDQ, 1, 10), (NOW, 2, 10)])
    ]
    state = simulate(by_hand(*rows), policy)
    assert state.started.tolist() == started
    assert state.done.tolist() == [at + minutes for at, minutes in zip(started, (35, 10, 10), strict=True)]


def test_the_nearer_its_due_time_by_its_own_target_the_sooner() -> None:
    # The review is due in 12,000 minutes, the query in 1,200: what is left counts by a fifth of that each.
    review, query = np.log(2 / 35) - 11_965 / 2_400, np.log(4 / 10) - 1_190 / 240
    assert review < query
    rows = [(0, SMR, 0, 35), (0, MEDQ, 1, 10)]
    assert simulate(by_hand(*rows), Policy("ours", Order.OURS)).started.tolist() == [10, 0]
    # Six thousand minutes on, half of the review's target has gone, and the new query waits.
    later = [(-6_000, SMR, 0, 35), (0, MEDQ, 1, 10)]
    assert np.log(2 / 35) - 5_965 / 2_400 > query
    assert simulate(by_hand(*later), Policy("ours", Order.OURS)).started.tolist() == [0, 35]
    # With a margin as long as any target neither has time left, and only weight and length count.
    patient = Policy("ours", Order.OURS, margin=12_000)
    assert simulate(by_hand(*later), patient).started.tolist() == [10, 0]


def test_the_practice_just_worked_for_goes_first_among_near_equals_only() -> None:
    rows = [(0, MEDQ, 0, 10), (0, MEDQ, 1, 10), (0, MEDQ, 0, 10), (0, NOW, 2, 10)]
    plain, same = Policy("ours", Order.OURS, hard=1), Policy("same", Order.OURS, hard=1, same=1.2)
    assert simulate(by_hand(*rows), plain).started.tolist() == [10, 20, 30, 0]
    assert simulate(by_hand(*rows), same).started.tolist() == [10, 30, 20, 0]


def test_what_was_in_the_buffer_of_somebody_who_goes_home_goes_to_somebody_else() -> None:
    rows = [(0, MEDQ, 0, 60), (0, MEDQ, 1, 10), (0, MEDQ, 2, 10)]
    policy = Policy("ours", Order.OURS, buffer=45)
    alone = simulate(by_hand(*rows, ill_at=30), policy)
    assert alone.started.tolist() == [0, -1, -1]
    assert alone.given_to.tolist() == [0, -1, -1]
    together = simulate(by_hand(*rows, (40, MEDQ, 0, 10), people=2, ill_at=30), policy)
    assert (together.started >= 0).all()
    assert together.given_to.tolist()[0] == 0


def test_what_is_given_back_stands_before_what_came_later() -> None:
    # At 30 the first, who is still at work on 0, gives back 1 to 4 and 10; the other holds all else but 14.
    rows = [(0, MEDQ, 0, 60 if number == 0 else 10) for number in range(15)]
    state = simulate(by_hand(*rows, people=2, ill_at=30), Policy("ours", Order.OURS, buffer=45))
    assert state.started[[1, 2, 3, 4, 10, 14]].tolist() == [80, 90, 100, 110, 120, 130]


def test_what_no_longer_fits_is_left_and_what_cannot_wait_is_not() -> None:
    rows = [(0, MEDQ, 0, 50), (1, SMR, 0, 35), (1, NOW, 1, 10), (1, NOW, 2, 30)]
    for policy in (Policy("ours", Order.OURS, hard=1), replace(OURS, margin=0)):
        started = simulate(by_hand(*rows, ends=60), policy).started
        assert started.tolist() == [0, -1, 50, -1], "the review would run over, and nobody is there at 60"


def test_the_reserve_serves_the_longest_overdue_in_minutes() -> None:
    # Late queries are enough for the whole day; by the order a review past its ceiling never gets a turn.
    rows = [(-30_000, SMR, 0, 35), *((-1200, MEDQ, 1, 10) for _ in range(60))]
    without, reserved = Policy("ours", Order.OURS), Policy("reserve", Order.OURS, reserve=0.1)
    assert simulate(by_hand(*rows), without).started[0] == -1
    assert simulate(by_hand(*rows), reserved).started[0] == 10


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_nothing_is_lost_and_nobody_works_when_or_what_they_may_not(drawn: World, policy: Policy) -> None:
    state, tasks = simulate(drawn, policy), drawn.tasks
    begun = np.flatnonzero(state.started >= 0)
    assert 0 < len(begun) < len(tasks)
    assert (state.started[begun] >= tasks.arrival[begun]).all()
    assert (state.done[begun] == state.started[begun] + tasks.actual[begun]).all()
    assert (state.done[state.started < 0] == -1).all()
    assert set(begun) | waiting(drawn, state, policy) == set(range(len(tasks)))
    assert not set(begun) & waiting(drawn, state, policy)
    who = state.given_to[begun]
    assert drawn.eligible[who, tasks.practice[begun], tasks.variant[begun]].all()
    day, minute = state.started[begun] // DAY_MINUTES, state.started[begun] % DAY_MINUTES
    assert (minute >= drawn.shifts.start[who, day]).all()
    assert (minute < drawn.shifts.actual_end[who, day]).all()
    fits = minute + tasks.planned[begun] <= drawn.shifts.planned_end[who, day]
    assert (fits | (tasks.band[begun] == 1)).all()
    one_at_a_time(state, begun, day)


def waiting(world: World, state: State, policy: Policy) -> set[int]:
    """What stands in a line or in somebody's buffer, each once."""
    found: list[int] = []
    for first in (*state.lines["head"].tolist(), *state.people["mine"].tolist()):
        while first >= 0:
            found.append(first)
            first = int(state.tasks["after"][first])
    assert len(found) == len(set(found))
    return set(found)


def one_at_a_time(state: State, begun: Ints, day: Ints) -> None:
    """Nobody begins before the task before is done, within a day."""
    for person in np.unique(state.given_to[begun]):
        for number in np.unique(day):
            theirs = begun[(state.given_to[begun] == person) & (day == number)]
            theirs = theirs[np.argsort(state.started[theirs])]
            assert (state.started[theirs][1:] >= state.done[theirs][:-1]).all()


def test_the_same_seed_is_the_same_world_and_the_same_day() -> None:
    small = {"load": 1.2, "days": 2, "people": 8, "practices": 6, "practices_each": (3, 5)}
    first, again, other = (make_world(seed=seed, **small) for seed in (7, 7, 8))  # type: ignore[arg-type]
    assert all(
        np.array_equal(getattr(first.tasks, name), getattr(again.tasks, name)) for name in vars(first.tasks)
    )
    assert not np.array_equal(first.tasks.arrival, other.tasks.arrival)
    assert figures(first, simulate(first, OURS)) == figures(again, simulate(again, OURS))
    assert np.array_equal(simulate(first, OURS).done, simulate(again, OURS).done)


def test_the_same_people_work_at_every_load_and_the_load_is_what_it_says() -> None:
    calm, busy = (make_world(seed=7, load=load) for load in (0.8, 1.6))
    assert np.array_equal(calm.shifts.actual_end, busy.shifts.actual_end)
    assert np.array_equal(calm.eligible, busy.eligible)
    for world in (calm, busy):
        minutes = (world.shifts.actual_end - world.shifts.start).sum()
        assert world.tasks.actual.sum() / minutes == pytest.approx(world.load, rel=0.03)
    surge = make_world(seed=7, load=1.6, shape="surge").tasks
    after = surge.actual[surge.arrival >= 20 * DAY_MINUTES].sum() / (40 / 60 * minutes)
    assert after == pytest.approx(0.75, rel=0.07)
    assert busy.eligible.sum(axis=0).min() >= 2
    assert (busy.tasks.due > 0).all()


def test_figures_count_what_is_late_open_and_alike() -> None:
    # Due at 240, 1200 and 12000; the day ends at 600, so only the first two of band 1 are counted.
    world = by_hand((0, NOW, 0, 10), (0, NOW, 0, 300), (200, MEDQ, 1, 10), (0, SMR, 2, 35))
    state = simulate(world, Policy("strict", Order.STRICT))
    assert state.started.tolist() == [0, 10, 310, 320]
    found = figures(world, state)
    assert (found["breach_pct"], found["breach_minutes_pct"], found["band1_breach_pct"]) == (50.0, 50.0, 50.0)
    assert (found["band2_breach_pct"], found["smr_ltc_breach_pct"]) == (0.0, 0.0)
    assert found["same_practice_pct"] == 25.0
    assert (found["oldest_days"], found["open_late"], found["latest_days"]) == (0.0, 0, 0.0)
    fifo = simulate(by_hand((-2400, NOW, 0, 10), (0, SMR, 1, 500), ends=5), Policy("edd", Order.EDD))
    assert fifo.started.tolist() == [0, -1]


def test_the_floor_of_band_1_knows_nothing_else(drawn: World) -> None:
    alone = simulate(drawn, Policy("alone", Order.EDD, only_now=True))
    assert len(alone.done) == (drawn.tasks.band == 1).sum()
    floor = floor_pct(drawn, alone)
    assert 0 <= floor <= figures(drawn, simulate(drawn, Policy("fifo", Order.FIFO)))["band1_breach_pct"]


def test_the_least_that_could_be_late_by_hand() -> None:
    # Of three times 200 minutes due today, 450 minutes of work hold two and a quarter.
    three = by_hand(*((-1200 + at, MEDQ, 0, 200) for at in (500, 501, 502)))
    three = replace(three, tasks=replace(three.tasks, planned=np.full(3, 200)))
    assert least_late(three) == pytest.approx(25)
    # The shortest are kept; by minutes all are worth the same a minute.
    unlike = np.array([300, 150, 250])
    other = replace(three, tasks=replace(three.tasks, actual=unlike, planned=unlike))
    assert least_late(other) == pytest.approx(100 / 3 * (1 - 50 / 300))
    assert least_late(other, by_minutes=True) == pytest.approx(100 * 250 / 700)
    # One may hide what it takes beyond its planned minutes after the end of the shift.
    longer = replace(three, tasks=replace(three.tasks, actual=np.array([200, 200, 250])))
    assert least_late(longer) == pytest.approx(25)
    # What falls due on a later day than the last is not counted.
    assert least_late(by_hand((0, SMR, 0, 900), (0, NOW, 0, 10))) == 0


@pytest.mark.parametrize("told", [False, True])
def test_no_policy_beats_the_bound(told: bool) -> None:
    world = make_world(seed=5, load=2.5, days=10, people=10, practices=8, practices_each=(3, 6))
    found = [figures(world, simulate(world, policy)) for policy in POLICIES]
    for figure in ("breach_pct", "breach_minutes_pct"):
        least = least_late(world, by_minutes=figure != "breach_pct", told=told)
        assert 0 < least <= min(one[figure] for one in found)
