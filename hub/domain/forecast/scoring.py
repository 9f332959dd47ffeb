"""How good were the predictions? Brier score (G. W. Brier, 1950), skill over the base rate, reliability."""

from dataclasses import dataclass

import numpy as np

from hub.domain.forecast.state import Floats


@dataclass(frozen=True)
class Bin:
    """Predictions of about the same chance: how many, what was said on average, what share was late."""

    low: float
    high: float
    count: int
    said: float
    happened: float


@dataclass(frozen=True)
class Score:
    """`brier` is the mean squared error of the chances; `base_brier` that of always saying `base_rate`.

    `base_rate` is the share that was late, known only afterwards: a hard opponent. `skill` is 1
    - brier / base_brier: 1 perfect, 0 no better than the base rate, None where nothing
    or everything was late, as the base rate is then perfect and says nothing.
    """

    count: int
    base_rate: float
    brier: float
    base_brier: float
    skill: float | None
    reliability: tuple[Bin, ...]


def score(chance: Floats, late: Floats, *, bins: int = 10) -> Score:
    """Score predictions (0 to 1; nan is left out) against what happened (1 late, 0 in time).

    Raises:
        ValueError: different lengths, or nothing to score.
    """
    if len(chance) != len(late):
        raise ValueError("Each prediction needs what happened.")
    known = ~np.isnan(chance)
    said, happened = chance[known], late[known]
    if not len(said):
        raise ValueError("There is no prediction to score.")
    base = float(happened.mean())
    brier, base_brier = float(((said - happened) ** 2).mean()), base * (1 - base)
    skill = 1 - brier / base_brier if base_brier > 0 else None
    return Score(len(said), base, brier, base_brier, skill, _table(said, happened, bins))


def _table(said: Floats, happened: Floats, bins: int) -> tuple[Bin, ...]:
    number = np.minimum((said * bins).astype(np.int64), bins - 1)
    table = []
    for one in range(bins):
        mine = number == one
        if mine.any():
            means = float(said[mine].mean()), float(happened[mine].mean())
            table.append(Bin(one / bins, (one + 1) / bins, int(mine.sum()), *means))
    return tuple(table)
