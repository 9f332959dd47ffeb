"""Are seven of ten tasks late of which 70 % was said? What past predictions teach about new ones.

Isotonic regression by pooling adjacent violators (M. Ayer and others, 1955, Annals of Mathematical
Statistics 26): the best step function that never falls. Kept as data, so that a stored
prediction can be explained by what was known then.

Predictions of one morning fail together: when demand turns, thousands are wrong for one reason. So
what counts as evidence is mornings, not tasks, and a curve is believed only as far as curves
learned from earlier mornings would have made later ones better, and none worse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np

from hub.domain.forecast.state import Floats, Ints

# Below this, nothing is learned: a few bad days are no evidence.
FEWEST = 200
FEWEST_MORNINGS = 10
_FEWEST_OF_EACH = 20
_KNOTS = 50
# How far a curve may be believed; the first that did best is taken.
_TRUST = (0.0, 0.25, 0.5, 0.75, 1.0)
_BLOCKS = 4


@dataclass(frozen=True)
class Calibration:
    """A curve from what the runs say to what is then said; `resolved` predictions taught it."""

    said: tuple[float, ...] = (0.0, 1.0)
    meant: tuple[float, ...] = (0.0, 1.0)
    resolved: int = 0

    def apply(self, chance: Floats) -> Floats:
        """Return calibrated chances: 0 to 1, never falling as `chance` rises; nan stays nan."""
        found: Floats = np.interp(chance, self.said, self.meant)
        return np.where(np.isnan(chance), np.nan, found)

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {"said": list(self.said), "meant": list(self.meant), "resolved": self.resolved}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return it from JSON data.

        Raises:
            ValueError: it is not a rising curve within 0 to 1.
        """
        said, meant = tuple(map(float, data["said"])), tuple(map(float, data["meant"]))
        rising = all(a <= b for curve in (said, meant) for a, b in pairwise(curve))
        within = all(0 <= one <= 1 for one in (*said, *meant))
        if not (said and len(said) == len(meant) and rising and within):
            raise ValueError("A calibration must be a rising curve from and to chances of 0 to 1.")
        return cls(said, meant, int(data["resolved"]))


def learned(chance: Floats, late: Floats, made: Ints) -> Calibration:
    """Return the curve that resolved predictions teach.

    `chance` is what the runs said, `late` what happened (1 or 0), `made` the number of the morning the
    prediction is from, rising. Take only predictions whose due time has passed: what is finished
    before says nothing about what is not. With too few of them, of mornings, or of either
    outcome, nothing is learned, and nothing either if it would not have helped so far.

    Raises:
        ValueError: the columns have different lengths.
    """
    if not len(chance) == len(late) == len(made):
        raise ValueError("Each prediction needs what happened, and when it was made.")
    known = ~np.isnan(chance)
    said, happened, morning = chance[known], late[known], made[known]
    mornings = np.unique(morning)
    few = len(said) < FEWEST or min(happened.sum(), (1 - happened).sum()) < _FEWEST_OF_EACH
    if few or len(mornings) < FEWEST_MORNINGS:
        return Calibration(resolved=len(said))
    trust = _trust(said, happened, np.searchsorted(mornings, morning) * _BLOCKS // len(mornings))
    x, y = _curve(said, happened)
    meant = np.maximum.accumulate(np.clip(trust * y + (1 - trust) * x, 0.0, 1.0))
    return Calibration(tuple(x.tolist()), tuple(meant.tolist()), len(said))


def _trust(said: Floats, happened: Floats, block: Ints) -> float:
    """Return how far curves learned from the blocks before would best have been believed in the next.

    Never so far that any block would have been worse for it: a curve that helps on most mornings and
    misleads on the one when demand turns is not worth having.
    """
    errors = np.zeros((_BLOCKS - 1, len(_TRUST)))
    for number in range(1, _BLOCKS):
        before, then = block < number, block == number
        found = np.interp(said[then], *_curve(said[before], happened[before]))
        for place, trust in enumerate(_TRUST):
            mixed = trust * found + (1 - trust) * said[then]
            errors[number - 1, place] = ((mixed - happened[then]) ** 2).mean()
    harmless = (errors <= errors[:, :1] + 1e-12).all(axis=0)
    return _TRUST[int(np.argmin(np.where(harmless, errors.sum(axis=0), np.inf)))]


def _curve(said: Floats, happened: Floats) -> tuple[Floats, Floats]:
    """Return the isotonic curve: what was said, each once, and what share of it happened."""
    order = np.argsort(said, kind="stable")
    bins = np.array_split(order, max(min(_KNOTS, len(order) // 20), 1))
    x = np.array([said[one].mean() for one in bins])
    y = np.array([happened[one].mean() for one in bins])
    level = pooled(y, np.array([float(len(one)) for one in bins]))
    edges = np.concatenate([[0.0], x, [1.0]])
    ends = np.concatenate([[min(level[0], x[0])], level, [max(level[-1], x[-1])]])
    once, first = np.unique(edges, return_index=True)
    return once, ends[first]


def pooled(values: Floats, weights: Floats) -> Floats:
    """Return the closest values that never fall (least squares, weighted), by pooling neighbours."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            last, before = blocks.pop(), blocks.pop()
            together = before[1] + last[1]
            mean = (before[0] * before[1] + last[0] * last[1]) / together
            blocks.append((mean, together, before[2] + last[2]))
    return np.repeat([one[0] for one in blocks], [one[2] for one in blocks]).astype(np.float64)
