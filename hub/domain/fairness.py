"""What a practice's waiting work gains in the order: behind its contracted share, or few people to do it."""

import statistics
from collections.abc import Mapping

from hub.domain.order import log

_PERCENT = 100
# Minutes of work that count as "not enough to tell": a difference that a few tasks made gives little credit.
_DOUBT = 600
# Whatever the rota says, a practice has at least half and at most twice the people of another in this.
_FURTHEST = 2.0


def credits_of(
    contracted: Mapping[int, float], delivered: Mapping[int, int], most_percent: int
) -> dict[int, int]:
    """Return each practice's credit in the unit of the order's index, from 0 to `log(most_percent / 100)`.

    `contracted` are the minutes bought for each practice for the time that has passed, `delivered` those
    worked for it in that time. What was delivered in all is shared out as it was contracted; whoever got
    less than that has a credit that grows evenly with what is missing, in proportion to their share. Only
    shares count, so when the hub is behind with everybody, nobody is favoured.
    """
    bought = sum(contracted.values())
    done = sum(delivered.get(practice, 0) for practice in contracted)
    if bought <= 0:
        return {}
    found = {}
    for practice, minutes in contracted.items():
        fair = done * minutes / bought
        missing = max(fair - delivered.get(practice, 0), 0.0) / (fair + _DOUBT)
        found[practice] = log(1 + (most_percent / _PERCENT - 1) * missing)
    return found


def few_people(capacity: Mapping[int, float], percent: int) -> dict[int, int]:
    """Return what each practice's work gains, in the unit of the order's index, where few may do it.

    `capacity` are the planned minutes of those who may work for it. Measured is against the middle practice:
    half its minutes weigh `percent` of a doubling, as a power (50: the square root), twice its minutes
    take as much away. What only few can do waits for them alone, so they turn to it a little sooner.
    """
    if not capacity or (middle := statistics.median(capacity.values())) <= 0:
        return {}
    parts = {practice: minutes / middle for practice, minutes in capacity.items()}
    return {
        practice: -round(percent * log(min(max(part, 1 / _FURTHEST), _FURTHEST)) / _PERCENT)
        for practice, part in parts.items()
    }
