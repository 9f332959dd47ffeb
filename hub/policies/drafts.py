"""What a lead typed about a policy, as plain values that forms make and actions take."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TypedRule:
    """One routing rule in the policy's JSON form: only the fields that say something."""

    body: dict[str, Any]


@dataclass(frozen=True)
class TypedNumbers:
    """Every number of the policy by its path ("order.hard_bands"), and what the order says in lists."""

    numbers: dict[str, int]
    band_weights: list[int]
    signal_weights: list[dict[str, Any]]
    unpleasant_kinds: list[str]
