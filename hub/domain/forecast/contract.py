"""Do a network's contracted minutes last to 31 March? Arithmetic, no draw of chance."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from hub.domain.forecast.state import Floats

_SATURDAY = 5


@dataclass(frozen=True)
class Outlook:
    """Per network, in minutes: `needed` for all that is open and all that comes; `left` of the contract;
    `spare` is left - needed (below 0: short). `lasts`: for how many working days it suffices (inf: for good).
    """

    needed: Floats
    left: Floats
    spare: Floats
    lasts: Floats


def outlook(*, contracted: Floats, spent: Floats, open_minutes: Floats, a_day: Floats, days: int) -> Outlook:
    """Hold what is needed in the coming `days` working days against what is left.

    `contracted` for the whole year, `spent` so far, `open_minutes` of open work, `a_day` of new work a day
    (of either reading of demand), each per network. Open work is done first.

    Raises:
        ValueError: days or minutes are below 0.
    """
    if days < 0 or any((column < 0).any() for column in (contracted, spent, open_minutes, a_day)):
        raise ValueError("Minutes and days of a contract cannot be below 0.")
    needed = open_minutes + days * a_day
    left = contracted - spent
    over = np.maximum(left - open_minutes, 0.0)
    lasts = np.divide(over, a_day, out=np.full(len(over), np.inf), where=a_day > 0)
    return Outlook(needed, left, left - needed, np.where(left < open_minutes, 0.0, lasts))


def working_days_to_year_end(today: date, bank_holidays: Collection[date] = frozenset()) -> int:
    """Return the working days after `today` up to the coming 31 March, that day included."""
    end = date(today.year + (today > date(today.year, 3, 31)), 3, 31)
    days = (today + timedelta(days=number) for number in range(1, (end - today).days + 1))
    return sum(day.weekday() < _SATURDAY and day not in bank_holidays for day in days)
