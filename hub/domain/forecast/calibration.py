"""Are seven of ten tasks late of which 70 % was said? What past predictions teach about new ones.

Isotonic regression by pooling adjacent violators (M. Ayer and others, 1955, Annals of Mathematical
Statistics 26): the best step function that never falls. Kept as data, so that a stored
prediction can be explained by what was known then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np

from hub.domain.forecast.state import Floats

# With so many resolved predictions, what they teach and what the runs say weigh the same.
_PRIOR = 300.0
# Below this, nothing is learned: one bad afternoon is no evidence.
FEWEST = 200
_FEWEST_OF_EACH = 20
_KNOTS = 50


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


def learned(chance: Floats, late: Floats) -> Calibration:
    """Return the curve that resolved predictions teach.

    `chance` is what the runs said, `late` what happened (1 or 0). Take only predictions
    whose due time has passed: what is finished before says nothing about what is not.
    With fewer than `FEWEST`, or fewer than 20 that were late or in time, nothing is learned.

    Raises:
        ValueError: the two have different lengths.
    """
    if len(chance) != len(late):
        raise ValueError("Each prediction needs what happened.")
    known = ~np.isnan(chance)
    said, happened = chance[known], late[known]
    if len(said) < FEWEST or min(happened.sum(), (1 - happened).sum()) < _FEWEST_OF_EACH:
        return Calibration(resolved=len(said))
    order = np.argsort(said, kind="stable")
    bins = np.array_split(order, min(_KNOTS, len(order) // 20))
    x = np.array([said[one].mean() for one in bins])
    y = np.array([happened[one].mean() for one in bins])
    size = np.array([float(len(one)) for one in bins])
    level = pooled(y, size)
    trust = len(said) / (len(said) + _PRIOR)
    meant = np.clip(trust * level + (1 - trust) * x, 0.0, 1.0)
    said_x, first = np.unique(x, return_index=True)
    return Calibration(tuple(said_x.tolist()), tuple(np.maximum.accumulate(meant[first]).tolist()), len(said))


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
