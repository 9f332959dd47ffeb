"""When is a queue clear? By the forward runs: when all that waits in it now is done."""

from dataclasses import dataclass

import numpy as np

from hub.domain.forecast.state import Floats, Ints


@dataclass(frozen=True)
class Clearing:
    """Per queue: rows open now; working days until all of them are done, in half and in 80 % of runs
    (inf: not within the horizon); rows expected to be open still at its end.
    """

    open: Ints
    days: Floats
    days_80: Floats
    left: Floats


def days_to_clear(
    finished: Floats, weights: Floats, queue: Ints, day_ends: Floats, *, queues: int
) -> Clearing:
    """Return when each queue is clear; `finished` is runs x rows, `weights` what each run counts.

    `queue` is each row's queue, -1 to leave it out (held, or nobody could do it: such a row
    alone would keep the queue from ever being clear). New arrivals do not count here. A day
    that has begun counts as one; an empty queue is clear after 0 days.
    """
    days = np.zeros((len(finished), queues))
    left = np.zeros(queues)
    share = weights / weights.sum()
    for one in range(queues):
        mine = finished[:, queue == one]
        if mine.shape[1]:
            last = mine.max(axis=1)
            number = np.searchsorted(day_ends, last, side="left") + 1.0
            days[:, one] = np.where(np.isinf(last), np.inf, number)
            left[one] = share @ np.isinf(mine).sum(axis=1)
    opened = np.bincount(queue[queue >= 0], minlength=queues)
    return Clearing(opened, quantile(days, share, 0.5), quantile(days, share, 0.8), left)


def quantile(values: Floats, weights: Floats, part: float) -> Floats:
    """Return, per column of runs x columns, what runs of `part` of all weight do not exceed."""
    order = np.argsort(values, axis=0)
    reached = np.cumsum(weights[order], axis=0) >= part * weights.sum() - 1e-9
    chosen = np.take_along_axis(order, np.argmax(reached, axis=0)[None], axis=0)
    found: Floats = np.take_along_axis(values, chosen, axis=0)[0]
    return found
