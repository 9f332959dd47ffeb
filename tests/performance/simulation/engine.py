"""Lets a policy work on a world: `simulate(world, policy)`."""

import numpy as np

from hub.domain.fairness import few_people
from hub.domain.order import ONE_DAY, SCALE
from tests.performance.simulation.loops import run
from tests.performance.simulation.policies import Policy
from tests.performance.simulation.state import (
    LINE,
    PERSON,
    PROGRESS,
    SHIFT,
    TASK,
    Facts,
    Records,
    Rule,
    State,
)  # fmt: skip
from tests.performance.simulation.variants import DAY_MINUTES
from tests.performance.simulation.world import Bools, Floats, Ints, World

_NOW, _TOMORROW = 1, 2


def facts_of(world: World, policy: Policy) -> Facts:
    """Return the world as the compiled loops read it; only its band 1 if the policy says so."""
    if policy.push:
        # A person's own cells, whichever practice the task is for.
        first_cell, cells = _listed(np.eye(world.people, dtype=bool).repeat(len(world.variants), axis=1))
    else:
        first_cell, cells = _listed(world.eligible.reshape(world.people, -1))
    first_able, able = _listed(world.eligible.reshape(world.people, -1).T)
    shifts = np.empty(world.shifts.start.shape, SHIFT)
    for name in SHIFT.fields or ():
        shifts[name] = getattr(world.shifts, name)
    return Facts(_task_facts(world, policy), first_cell, cells, first_able, able, shifts, len(world.variants))


def _task_facts(world: World, policy: Policy) -> Records:
    kept = world.tasks.band == _NOW if policy.only_now else np.ones(len(world.tasks), bool)
    found = np.empty(kept.sum(), TASK)
    for name in TASK.fields or ():
        if hasattr(world.tasks, name):
            found[name] = getattr(world.tasks, name)[kept]
    # What a rule lifted to band 2 counts as due within a day, as in the product (`order.own_target`).
    lifted = found["band"] <= _TOMORROW
    found["target"][lifted] = np.minimum(found["target"][lifted], ONE_DAY)
    found["base"] = np.log(np.array(policy.weights)[found["band"] - 1] / found["planned"])
    found["base"] += people_terms(world, policy.few)[found["practice"]]
    found["pace"] = policy.lookahead * found["target"]
    found["latest"] = found["due"] - found["planned"] - policy.margin
    return found


def people_terms(world: World, percent: int) -> Floats:
    """Return what each practice's work gains where few may work for it; leave and part time are known."""
    minutes = (world.shifts.planned_end - world.shifts.start).sum(axis=1)
    capacity = minutes @ world.eligible.any(axis=2)
    found = few_people(dict(enumerate(capacity.tolist())), percent)
    return np.array([found.get(practice, 0) for practice in range(world.practices)]) / SCALE


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
    state = State(
        _nothing(len(facts.tasks), PROGRESS, zero=("follows",)),
        _nothing(groups * len(world.variants), LINE),
        _nothing(world.people, PERSON, zero=("free_at", "held", "tasks_held")),
        np.zeros(2, np.int64),
        np.zeros(1),
    )
    run(rule_of(policy), facts, state, world.days * DAY_MINUTES if until is None else until)
    return state


def _nothing(rows: int, kind: np.dtype[np.void], zero: tuple[str, ...] = ()) -> Records:
    found = np.empty(rows, kind)
    for name in kind.fields or ():
        found[name] = 0 if name in zero else -1
    return found


def _listed(matrix: Bools) -> tuple[Ints, Ints]:
    """Return where each row's list begins, and the columns that are true in each row."""
    counts = matrix.sum(axis=1)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), np.nonzero(matrix)[1].astype(np.int64)
