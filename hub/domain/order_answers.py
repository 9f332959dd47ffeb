"""What would put this task first? Answered by trying changes of fact against the order itself."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from hub.domain.order import Place, order_key, slack_of, work_hours
from hub.domain.order_policy import OrderPolicy
from hub.domain.promises import BAND_WORDS, when_words

FIRST_ALREADY = "It is first already."
ONLY_A_LEAD = "Nothing but a lead who sets it first."
# Beyond a quarter of a year nobody plans by it.
_FURTHEST = 60 * 600


@dataclass(frozen=True, slots=True)
class Change:
    """A change of fact that could happen (`words` complete "if ..."), and where the task would stand then."""

    words: str
    place: Place


def what_would_put_first(
    place: Place,
    first: Place | None,
    changes: Iterable[Change],
    policy: OrderPolicy,
    when: Callable[[int], datetime] | None = None,
) -> tuple[str, ...]:
    """Return which changes of fact would each put this task first, as plain sentences.

    `first` is what stands first now (None: nothing else waits). Tried are the `changes`, which the
    caller has worked out by the rules of urgency, and time passing while nothing else changes. `when`
    says at which moment so many working minutes have passed, in the calendar of the task's target.
    """
    if first is None or order_key(place, policy) <= order_key(first, policy):
        return (FIRST_ALREADY,)
    would = [
        f"If {change.words}."
        for change in changes
        if order_key(change.place, policy) < order_key(first, policy)
    ]
    minutes = minutes_until_first(place, first, policy)
    if minutes is not None:
        at = f"In {work_hours(minutes)}" if when is None else f"From {when_words(when(minutes))} on"
        would.append(f"{at}, as its own due time comes nearer, if nothing more pressing arrives.")
    if not would and first.first:
        would.append("Once the task that a person has set first is done, or if a person sets this one first.")
    if not would and first.facts.band <= policy.hard_bands:
        would.append(
            f"Once what stands in “{BAND_WORDS[first.facts.band]}” is done, which goes first always."
        )
    return tuple(would) or (ONLY_A_LEAD,)


def minutes_until_first(place: Place, first: Place, policy: OrderPolicy) -> int | None:
    """Return after how many working minutes `place` stands before `first` by time alone; None if never.

    Between two moments at which one of the two runs out of slack the difference of their indices is a
    straight line, so one search in each such stretch finds the first crossing.
    """

    def ahead(minutes: int) -> bool:
        return order_key(_later(place, minutes), policy) < order_key(_later(first, minutes), policy)

    if place.facts.band <= policy.hard_bands or first.facts.band <= policy.hard_bands:
        return 0 if ahead(0) else None
    spare = (slack_of(one.facts, one.now_number) - policy.margin_minutes for one in (place, first))
    bends = {max(one, 0) for one in spare}
    start = 0
    for end in sorted({bend for bend in bends if bend < _FURTHEST} | {_FURTHEST}):
        if ahead(start):
            return start
        if ahead(end):
            return _first_true(ahead, start, end)
        start = end
    return None


def _later(place: Place, minutes: int) -> Place:
    return replace(place, now_number=place.now_number + minutes)


def _first_true(ahead: Callable[[int], bool], low: int, high: int) -> int:
    """Return the first minute in (low, high] at which `ahead` holds; it holds at `high` and not at `low`."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if ahead(middle) else (middle, high)
    return high
