"""Counts what a policy did in a world: what was late, what stayed open, how often the practice changed."""

import numpy as np

from tests.performance.simulation.state import State
from tests.performance.simulation.variants import DAY_MINUTES
from tests.performance.simulation.world import Bools, World


def figures(world: World, state: State) -> dict[str, float]:
    """Return the figures of one run to the end of the world, over the tasks due within its days.

    A task breaches when it is finished after its due time or not at all. `breach_minutes_pct` weighs each
    by its planned minutes. At the end, `oldest_days` is the age in working days of the oldest task nobody
    has begun, `open_late` how many of those are past their due time, `latest_days` how far the furthest is.
    """
    tasks, end = world.tasks, world.days * DAY_MINUTES
    due = tasks.due <= end
    late = (state.done < 0) | (state.done > tasks.due)
    review = np.array([variant.is_review for variant in world.variants])[tasks.variant]
    begun, waiting = state.started >= 0, state.started < 0
    age = (end - tasks.arrival)[waiting].max(initial=0) / DAY_MINUTES
    over = (end - tasks.due)[waiting]
    planned = tasks.planned
    return {
        "breach_pct": percent(late, due),
        "breach_minutes_pct": round(100 * float(planned[due & late].sum() / max(planned[due].sum(), 1)), 2),
        "smr_ltc_breach_pct": percent(late, due & review),
        "band1_breach_pct": percent(late, due & (tasks.band == 1)),
        "band2_breach_pct": percent(late, due & (tasks.band == 2)),
        "oldest_days": round(float(age), 1),
        "same_practice_pct": percent(state.follows > 0, begun),
        "open_late": int((over > 0).sum()),
        "latest_days": round(float(over.max(initial=0)) / DAY_MINUTES, 1),
    }


def floor_pct(world: World, state: State) -> float:
    """Return how much of band 1 breaches where there is nothing else; `state` of a policy with `only_now`."""
    due = world.tasks.due[world.tasks.band == 1]
    return percent((state.done < 0) | (state.done > due), due <= world.days * DAY_MINUTES)


def percent(chosen: Bools, among: Bools) -> float:
    """Return how many of those `among` are chosen, as a percentage to a hundredth; 0 of none."""
    return round(100 * float(chosen[among].mean()), 2) if among.any() else 0.0
