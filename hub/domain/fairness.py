"""How far is a practice behind its contracted share, and what credit does that give its waiting work?"""

from collections.abc import Mapping

from hub.domain.order import log

_PERCENT = 100
# Minutes of work that count as "not enough to tell": a difference that a few tasks made gives little credit.
_DOUBT = 600


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
