"""Lets a policy work on a world: `simulate(world, policy)`."""

import numpy as np

from hub.domain.order import ONE_DAY
from tests.performance.simulation.loops import run
from tests.performance.simulation.policies import Policy
from tests.performance.simulation.state import Facts, Rule, State
from tests.performance.simulation.variants import DAY_MINUTES
from tests.performance.simulation.world import Bools, Ints, World

_NOW, _TOMORROW = 1, 2


def facts_of(world: World, policy: Policy) -> Facts:
    """Return the world as the compiled loops read it; only its band 1 if the policy says so."""
    tasks = world.tasks
    kept = tasks.band == _NOW if policy.only_now else np.ones(len(tasks), bool)
    columns = {name: getattr(tasks, name)[kept] for name in Facts._fields if hasattr(tasks, name)}
    # What a rule lifted to band 2 counts as due within a day, as in the product (`order.own_target`).
    lifted = columns["band"] <= _TOMORROW
    columns["target"] = np.where(lifted, np.minimum(columns["target"], ONE_DAY), columns["target"])
    many = len(world.variants)
    if policy.push:
        # A person's own cells, whichever practice the task is for.
        own = np.arange(world.people)[:, None] * many + np.arange(many)
        first_cell, cells = np.arange(world.people + 1) * many, own.ravel()
    else:
        first_cell, cells = _listed(world.eligible.reshape(world.people, -1))
    first_able, able = _listed(world.eligible.reshape(world.people, -1).T)
    return Facts(
        **columns,
        base=np.log(np.array(policy.weights)[columns["band"] - 1] / columns["planned"]),
        pace=policy.lookahead * columns["target"],
        latest=columns["due"] - columns["planned"] - policy.margin,
        first_cell=first_cell, cells=cells, first_able=first_able, able=able,
        start=world.shifts.start, planned_end=world.shifts.planned_end, actual_end=world.shifts.actual_end,
        variants=many,
    )  # fmt: skip


def rule_of(policy: Policy) -> Rule:
    """Return the policy as numbers."""
    return Rule(
        order=int(policy.order), push=int(policy.push), hard=policy.hard, same=float(np.log(policy.same)),
        buffer=policy.buffer, urgent=int(policy.urgent), reserve=policy.reserve, ceiling=policy.ceiling,
        promote=int(policy.promote),
    )  # fmt: skip


def simulate(world: World, policy: Policy, *, until: int | None = None) -> State:
    """Run the policy in the world up to minute `until` (to the end of the last day if None).

    Task arrays of the result are those of `world.tasks`, or of its band 1 alone (`policy.only_now`).
    """
    facts = facts_of(world, policy)
    groups = world.people if policy.push else world.practices
    state = _empty(len(facts.arrival), groups * len(world.variants), world.people)
    run(rule_of(policy), facts, state, world.days * DAY_MINUTES if until is None else until)
    return state


def _empty(tasks: int, cells: int, people: int) -> State:
    sizes = {"head": cells, "tail": cells} | dict.fromkeys(
        ("mine", "free_at", "current", "last", "held", "tasks_held"), people
    )
    counts = ("free_at", "held", "tasks_held", "follows")
    arrays = {
        name: np.full(sizes.get(name, tasks), 0 if name in counts else -1, np.int64)
        for name in State._fields[:-2]
    }
    return State(**arrays, tally=np.zeros(2, np.int64), credit=np.zeros(1))


def _listed(matrix: Bools) -> tuple[Ints, Ints]:
    """Return where each row's list begins, and the columns that are true in each row."""
    counts = matrix.sum(axis=1)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), np.nonzero(matrix)[1].astype(np.int64)
