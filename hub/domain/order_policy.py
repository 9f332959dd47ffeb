"""What leads may set about the order and about giving out work: the numbers, their limits, their defaults.

Whole numbers only, percentages where a factor is meant (150 is 1.5), so that a policy reads the same
in its JSON form, on its page and in the database.
"""

import itertools
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SignalWeight:
    """How much more a task weighs in the pool when this signal holds (the words shown in "why here?")."""

    signal: str
    percent: int


@dataclass(frozen=True, slots=True)
class OrderPolicy:
    """How waiting work is put in order and given out.

    `hard_bands`: so many bands stand in front by rule alone; the others form one pool, ordered by the
    index of `hub.domain.order`. `band_weights` are the weights of bands 1 to 5 in it, `lookahead_percent`
    the share of a task's own target within which its due time makes itself felt; the last `margin_minutes`
    before it must be begun count as no time to spare. `few_people_percent` is how far work of a practice that
    few people may work for goes sooner (`fairness.few_people`). Signals multiply, up to
    `signals_most_percent` together; `asked_soon_percent` and `asked_urgent_percent` are what a requester's
    word adds on top of the band it may have moved. `fairness_most_percent` bounds the credit of a practice
    behind its contracted share. `same_practice_percent` and `same_patient_percent` are what continuity is
    worth when work is given to one person. A task older than `ceiling_percent` of its own target stands on
    the lead's list and may draw on `reserve_percent` of the hub's minutes of the day. Work of
    `unpleasant_kinds` goes round among people who are near equals.
    """

    hard_bands: int
    lookahead_percent: int
    margin_minutes: int
    few_people_percent: int
    band_weights: tuple[int, ...]
    signal_weights: tuple[SignalWeight, ...]
    signals_most_percent: int
    asked_soon_percent: int
    asked_urgent_percent: int
    fairness_most_percent: int
    same_practice_percent: int
    same_patient_percent: int
    ceiling_percent: int
    reserve_percent: int
    unpleasant_kinds: tuple[str, ...]


# Weights, lookahead, the worth of the same practice and no reserve are what did best in simulation
# (docs/evidence/policies.md has the prices of other choices). Signals weigh little, on top of the band
# that they have set already: those of patients at most risk from their medicines.
DEFAULT_ORDER: dict[str, Any] = {
    "hard_bands": 2,
    "lookahead_percent": 30,
    "margin_minutes": 300,
    "few_people_percent": 50,
    "band_weights": [64, 16, 4, 2, 1],
    "signal_weights": [
        {"signal": "high-risk medicine", "percent": 150},
        {"signal": "severe frailty", "percent": 150},
        {"signal": "recent hospital visit or fall", "percent": 130},
        {"signal": "care home", "percent": 120},
        {"signal": "10 or more medicines", "percent": 120},
        {"signal": "more than 12 months since the last review", "percent": 110},
    ],
    "signals_most_percent": 200,
    "asked_soon_percent": 110,
    "asked_urgent_percent": 125,
    "fairness_most_percent": 125,
    "same_practice_percent": 105,
    "same_patient_percent": 200,
    "ceiling_percent": 150,
    "reserve_percent": 0,
    "unpleasant_kinds": ["DOCWF"],
}

# Field: lowest and highest allowed. Three or more hard bands cost 4 to 11 points of breaches in
# simulation; a factor of 4 for the same practice cost 9.
_LIMITS: dict[str, tuple[int, int]] = {
    "hard_bands": (1, 2),
    "lookahead_percent": (5, 100),
    "margin_minutes": (0, 600),
    "few_people_percent": (0, 100),
    "signals_most_percent": (100, 400),
    "asked_soon_percent": (100, 200),
    "asked_urgent_percent": (100, 200),
    "fairness_most_percent": (100, 200),
    "same_practice_percent": (100, 400),
    "same_patient_percent": (100, 400),
    "ceiling_percent": (100, 1000),
    "reserve_percent": (0, 20),
}
_CAME_LATER = {"margin_minutes": 0, "few_people_percent": 0}
_BANDS = 5
_HEAVIEST = 1000
_SIGNAL_LIMITS = (100, 300)


def with_defaults(order: Any) -> Any:
    """Return the JSON form with every field it lacks at its default, as older policy versions lack some.

    A version that says how far it looks ahead, but nothing of what came later, keeps the order it had.
    """
    if not isinstance(order, dict):
        return order
    return {**DEFAULT_ORDER, **(_CAME_LATER if "lookahead_percent" in order else {}), **order}


def check_order(order: OrderPolicy) -> None:
    """Let pass only what may be set.

    Raises:
        ValueError: a field is out of range; the sentence names it.
    """
    for field, (low, high) in _LIMITS.items():
        _within(getattr(order, field), low, high, field)
    weights = order.band_weights
    if len(weights) != _BANDS or not all(1 <= weight <= _HEAVIEST for weight in weights):
        raise ValueError(
            f"The policy, order, band_weights: must be {_BANDS} numbers from 1 to {_HEAVIEST}, band 1 first."
        )
    if any(later > sooner for sooner, later in itertools.pairwise(weights)):
        raise ValueError("The policy, order, band_weights: a later band may not weigh more than a sooner.")
    for one in order.signal_weights:
        _within(one.percent, *_SIGNAL_LIMITS, f"signal_weights, {one.signal}")
    named = [one.signal for one in order.signal_weights]
    if len(set(named)) < len(named):
        raise ValueError("The policy, order, signal_weights: a signal stands there twice.")


def _within(value: int, low: int, high: int, field: str) -> None:
    if not low <= value <= high:
        raise ValueError(f"The policy, order, {field}: must be from {low} to {high}.")
