"""How long work takes in fact: learned from what was done, with how much single tasks differ."""

from dataclasses import dataclass

import numpy as np

from hub.domain.forecast.state import Floats, Ints

# So many tasks "exactly as planned" are mixed in: a few strange ones say little.
_KIND_PRIOR, _PRACTICE_PRIOR = 20.0, 40.0
_LEAST_SPREAD = 0.1


@dataclass(frozen=True)
class Durations:
    """Factors on planned minutes by kind and by practice; `spread` is that of a single task's logarithm."""

    by_kind: Floats
    by_practice: Floats
    spread: float = 0.4

    def expected(self, minutes: Floats, kind: Ints, practice: Ints) -> Floats:
        """Return the minutes that work is expected to take (the mean: capacity is spent on the sum)."""
        found: Floats = minutes * self.by_kind[kind] * self.by_practice[practice]
        return found


def learned(
    actual: Floats, planned: Floats, kind: Ints, practice: Ints, *, kinds: int, practices: int
) -> Durations:
    """Return what finished work teaches, in total minutes per kind, then per practice on what is left."""
    by_kind = _ratio(actual, planned, kind, kinds, _KIND_PRIOR)
    after_kind = planned * by_kind[kind]
    by_practice = _ratio(actual, after_kind, practice, practices, _PRACTICE_PRIOR)
    logs = np.log(np.maximum(actual, 0.5) / np.maximum(after_kind * by_practice[practice], 0.5))
    spread = float(logs.std()) if len(logs) > 1 else 0.4
    return Durations(by_kind, by_practice, max(spread, _LEAST_SPREAD))


def _ratio(actual: Floats, planned: Floats, group: Ints, groups: int, prior: float) -> Floats:
    done = np.bincount(group, actual, groups)
    meant = np.bincount(group, planned, groups)
    typical = meant / np.maximum(np.bincount(group, minlength=groups), 1)
    extra = prior * np.where(typical > 0, typical, 1.0)
    found: Floats = (done + extra) / (meant + extra)
    return found
