"""The ways to decide who does what next that the bench compares, ours and the others."""

from dataclasses import dataclass
from enum import IntEnum

from hub.domain.order_policy import DEFAULT_ORDER
from hub.domain.policy import DEFAULT_POLICY

# Bands 1 to 5.
WEIGHTS = (64.0, 16.0, 4.0, 2.0, 1.0)


class Order(IntEnum):
    """What the next task is chosen by."""

    FIFO = 0
    STRICT = 1  # band, then oldest
    EDD = 2  # earliest due date
    BANDS_EDD = 3  # band, then earliest due date
    CMU = 4  # weight over minutes, then oldest
    OURS = 5  # hard bands by deadline, then the apparent-tardiness-cost index


class Push(IntEnum):
    """Whom a task is given to when it arrives; NONE leaves it in its queue."""

    NONE = 0
    ROUND_ROBIN = 1
    FEWEST = 2
    LEAST_MINUTES = 3


class Urgent(IntEnum):
    """How band 1 reaches somebody where people hold a buffer."""

    PULL = 0  # it waits in its queue; whoever may do it and is free next takes it before their buffer
    SOONEST = 1  # given at once to whoever at work is likely to be free first
    ROOMIEST = 2  # given at once to whoever at work has most minutes left


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy.

    `hard` bands go first, by deadline; `lookahead` is a part of the task's own target, and `margin`
    minutes before it is due its slack counts as used up; `same` is the factor for the practice just
    worked for; `buffer` minutes are kept on the list of whoever is at work (0: one task at a time).
    `few` is the power with which work of a practice weighs more that few people may work for (percent).
    `reserve` is the part of minutes that serves the longest overdue first, of what is past `ceiling`
    times its target. `promote`: less than a day to a hard deadline lifts to band 2. `only_now`: nothing
    but band 1 exists.
    """

    name: str
    order: Order
    push: Push = Push.NONE
    hard: int = 0
    weights: tuple[float, ...] = WEIGHTS
    lookahead: float = 0.2
    margin: int = 0
    same: float = 1.0
    few: int = 0
    buffer: int = 0
    urgent: Urgent = Urgent.PULL
    reserve: float = 0.0
    ceiling: float = 1.5
    promote: bool = False
    only_now: bool = False


def product(name: str) -> Policy:
    """Return the product's own rule with the numbers of its default policy."""
    order = DEFAULT_ORDER
    return Policy(
        name,
        Order.OURS,
        hard=order["hard_bands"],
        weights=tuple(map(float, order["band_weights"])),
        lookahead=order["lookahead_percent"] / 100,
        margin=order["margin_minutes"],
        few=order["few_people_percent"],
        same=order["same_practice_percent"] / 100,
        buffer=DEFAULT_POLICY["buffer_minutes"],
        reserve=order["reserve_percent"] / 100,
        ceiling=order["ceiling_percent"] / 100,
        urgent=Urgent.ROOMIEST,
        promote=True,
    )
