"""What ordering rules do to a simulated hub: ours beside the usual ones, with too little and too much to do.

Needs no database. `SEED=` (one number, or several with commas) runs other worlds than the evidence's.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.performance.simulation.bound import least_late
from tests.performance.simulation.engine import simulate
from tests.performance.simulation.policies import Order, Policy, Push, product
from tests.performance.simulation.score import figures, floor_pct
from tests.performance.simulation.world import Shape, World, make_world

# Rule, world and weights were chosen on seeds 1 to 4; nothing was ever tuned on these.
EVIDENCE_SEEDS = (101, 102, 103)
LOADS = (0.8, 1.1, 1.4, 1.6)
SHAPES: tuple[Shape, ...] = ("sustained", "surge")

ALONE = Policy("band1_alone", Order.EDD, only_now=True)
OTHERS = (
    Policy("fifo", Order.FIFO),
    Policy("strict_priority", Order.STRICT),
    Policy("edd", Order.EDD),
    Policy("hard_bands_edd", Order.BANDS_EDD),
    Policy("c_mu", Order.CMU),
    Policy("push_round_robin", Order.STRICT, push=Push.ROUND_ROBIN),
    Policy("push_fewest_tasks", Order.STRICT, push=Push.FEWEST),
    Policy("push_least_minutes", Order.STRICT, push=Push.LEAST_MINUTES),
)


def ours() -> tuple[Policy, ...]:
    """Return the product's default, and the same with one choice changed at a time."""
    default = product("ours")
    return (
        default,
        replace(default, name="ours_one_hard_band", hard=1),
        replace(default, name="ours_no_buffer", buffer=0),
        replace(default, name="ours_lookahead_20", lookahead=0.2),
        replace(default, name="ours_same_practice_150", same=1.5),
        replace(default, name="ours_no_margin", margin=0),
        replace(default, name="ours_people_0", few=0),
        replace(default, name="ours_before", margin=0, few=0, lookahead=0.35, same=1.1),
        replace(default, name="ours_former", margin=240, same=1.1),
        replace(default, name="ours_reserve_5", reserve=0.05),
        replace(default, name="ours_reserve_10", reserve=0.1),
    )


def run() -> Iterator[dict[str, Any]]:
    """Every policy in every world."""
    for load in LOADS:
        for shape in SHAPES:
            for seed in _seeds():
                yield from compare(make_world(seed=seed, load=load, shape=shape))


def compare(world: World) -> Iterator[dict[str, Any]]:
    """Every policy in one world, beside the floor of band 1: how it fares if there is nothing else to do."""
    floor = floor_pct(world, simulate(world, ALONE))
    for policy in (*OTHERS, *ours()):
        found = figures(world, simulate(world, policy))
        yield {
            "policy": policy.name, "load": world.load, "shape": world.shape, "seed": world.seed,
            **dict(list(found.items())[:4]), "band1_floor_pct": floor, **dict(list(found.items())[4:]),
        }  # fmt: skip


def bounds() -> Iterator[dict[str, Any]]:
    """For every world the least that any policy could leave late (`simulation.bound`)."""
    for load in LOADS:
        for shape in SHAPES:
            for seed in _seeds():
                world = make_world(seed=seed, load=load, shape=shape)
                yield {"load": load, "shape": shape, "seed": seed} | {
                    f"least_{figure}_pct{'' if told else '_untold'}": round(
                        least_late(world, by_minutes=figure != "breach", told=told), 2
                    )
                    for told in (True, False)
                    for figure in ("breach", "breach_minutes")
                }


def _seeds() -> tuple[int, ...]:
    chosen = os.environ.get("SEED", "")
    return tuple(int(one) for one in chosen.split(",")) if chosen else EVIDENCE_SEEDS
