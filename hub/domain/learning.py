"""What does work really take? Planned minutes learned from what tasks took, kept within bounds.

The learned figure starts from the planned one and is drawn towards the median of what tasks took, the
more the more of them there are: planned + (median - planned) x n / (n + WEIGHT), a shrinkage estimate
with the planned figure as the prior worth WEIGHT tasks. The median, and not the mean, because a mis-keyed
figure or one hard case must not move anyone's day; the bounds, because a figure further off than that is
no planning figure but a sign that the kind's own is wrong, which a lead should mend. WEIGHT, LEAST and the
bounds are our choices.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from hub.domain.kinds import LONGEST_STAGE

WEIGHT = 10  # how many tasks the planned figure counts for
LEAST = 5  # fewer than this change nothing: one or two slips must not
LOWEST, HIGHEST = Fraction(1, 2), Fraction(2)  # of the planned minutes
WINDOW_DAYS = 180  # older work was perhaps done otherwise


@dataclass(frozen=True, slots=True)
class Figure:
    """What tasks of one sort take at one practice: learned from `done` tasks with this median."""

    minutes: int
    planned: int
    done: int
    median: Fraction

    @property
    def sentence(self) -> str:
        """The sentence that the event keeps of it."""
        return usual_words(self.told)

    def followed(self, percent: int, least: int) -> int:
        """Return the minutes to plan when only `percent` of what was learned counts; never below `least`."""
        moved = Fraction((self.minutes - self.planned) * percent, 100)
        return max(self.planned + floor(moved + Fraction(1, 2)), least)

    @property
    def exact_median(self) -> Decimal:
        """The median as it is stored: a whole or half minute."""
        return Decimal(self.median.numerator) / Decimal(self.median.denominator)

    @property
    def told(self) -> dict[str, int]:
        """What the event that uses it keeps, as JSON."""
        return {"planned": self.planned, "usual": self.minutes, "done": self.done}


def usual_words(told: Mapping[str, int]) -> str:
    """Say what an event's `Figure.told` says."""
    return (
        f"It usually takes {told['usual']} minutes at this practice ({told['done']} done); "
        f"planned {told['planned']}."
    )


# Given the minutes that kind and rules plan: what is known of them at the practice, or None.
Usual = Callable[[int], Figure | None]


def learned(took: Sequence[int], planned: int, least: int) -> Figure | None:
    """Return what work planned at `planned` minutes takes, from what tasks took; None for fewer than LEAST.

    Minutes are whole and positive; `least` is the kind's floor, below which nothing falls (30 for a
    structured medication review). The answer is rounded to whole minutes, halves up, and lies from
    `LOWEST` to `HIGHEST` times the planned minutes, and never above what fits into a working day.

    Raises:
        ValueError: a figure is not positive, or the planned minutes lie below the floor.
    """
    if planned < max(least, 1) or any(one < 1 for one in took):
        raise ValueError("Minutes are positive, and planned ones not below the kind's floor.")
    if len(took) < LEAST:
        return None
    middle = median(took)
    drawn = planned + (middle - planned) * len(took) / (len(took) + WEIGHT)
    low = max(ceil(planned * LOWEST), least)
    high = max(min(floor(planned * HIGHEST), LONGEST_STAGE), low)
    return Figure(min(max(floor(drawn + Fraction(1, 2)), low), high), planned, len(took), middle)


def median(took: Sequence[int]) -> Fraction:
    """Return the middle of these minutes, halfway between the middle two of an even number.

    Raises:
        ValueError: there are none.
    """
    if not took:
        raise ValueError("Nothing has no middle.")
    ordered, half = sorted(took), len(took) // 2
    if len(took) % 2:
        return Fraction(ordered[half])
    return Fraction(ordered[half - 1] + ordered[half], 2)
