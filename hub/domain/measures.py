"""What a report counts: working days taken, how many were in time, and the share of a contract.

Nothing else keeps score: what is passed in are events and outcomes, or counts of them.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from hub.domain.worktime import england_bank_holidays

HALF, NINE_OF_TEN = 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Done:
    """`count` requests of one kind, received and done on these days (of England), that ended alike.

    `lateness` is "no" (within target and deadline), "late", or "arrival" (late before the hub was asked).
    """

    kind: str
    received_on: date
    done_on: date
    lateness: str
    count: int


@dataclass(frozen=True, slots=True)
class Turnaround:
    """How long one kind took. What was late on arrival is counted apart, and in nothing else.

    `half` and `nine_of_ten` are the working days within which that share of the others was done; None
    where there are none.
    """

    kind: str
    in_time: int
    late: int
    arrival: int
    half: int | None
    nine_of_ten: int | None

    @property
    def done(self) -> int:
        """All that were done."""
        return self.in_time + self.late + self.arrival

    @property
    def share_in_time(self) -> float | None:
        """The share within target of those that could be, from 0 to 1; None where there are none."""
        could = self.in_time + self.late
        return self.in_time / could if could else None


@dataclass(frozen=True, slots=True)
class Bought:
    """A contract's minutes as far as they concern one practice of its network.

    The contract runs from `starts_on` until before `ends_on`; the practice was in the network from
    `joined_on` until before `left_on` (None: still is), with `members` practices in it.
    """

    minutes: int
    starts_on: date
    ends_on: date
    joined_on: date
    left_on: date | None
    members: int


def turnarounds(done: Iterable[Done]) -> list[Turnaround]:
    """Return how long each kind took, in the order of the kinds' codes."""
    by_kind: dict[str, list[Done]] = {}
    for one in done:
        by_kind.setdefault(one.kind, []).append(one)
    return [_turnaround(kind, by_kind[kind]) for kind in sorted(by_kind)]


def working_days(received_on: date, done_on: date) -> int:
    """Return how many working days (Monday to Friday, no bank holidays in England) after receipt it was done.

    The day of receipt does not count, as it does not in a target; done on that day or before is 0.
    """
    if done_on <= received_on:
        return 0
    holidays = [
        day for year in range(received_on.year, done_on.year + 1) for day in england_bank_holidays(year)
    ]
    day = timedelta(days=1)
    return int(np.busday_count(received_on + day, done_on + day, holidays=holidays))


def within(days: Mapping[int, int], share: float) -> int | None:
    """Return the least number of days within which at least `share` of all were done; None without any.

    `days` maps a number of days to how many took it. So "half within 3" is true as it is said, and always a
    number of days that some request took.
    """
    wanted, reached = math.ceil(share * sum(days.values()) - 1e-9), 0
    for number in sorted(days):
        reached += days[number]
        if reached >= wanted:
            return number
    return None


def share_of_month(bought: Iterable[Bought], first: date, after: date) -> float:
    """Return the minutes bought for one practice from `first` until before `after`.

    A network's minutes count evenly for the days of its contract and for the practices that are in it.
    """
    found = 0.0
    for one in bought:
        start = max(first, one.starts_on, one.joined_on)
        end = min(after, one.ends_on, one.left_on or after)
        days = max((end - start).days, 0)
        found += one.minutes * days / (one.ends_on - one.starts_on).days / max(one.members, 1)
    return found


def _turnaround(kind: str, done: list[Done]) -> Turnaround:
    days: Counter[int] = Counter()
    ended: Counter[str] = Counter()
    for one in done:
        ended[one.lateness] += one.count
        if one.lateness != "arrival":
            days[working_days(one.received_on, one.done_on)] += one.count
    return Turnaround(
        kind, ended["no"], ended["late"], ended["arrival"], within(days, HALF), within(days, NINE_OF_TEN)
    )
