"""What would put this task first? Answered by trying changes of fact against the order itself."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from hub.domain.order import Place, order_key, slack_of, work_hours
from hub.domain.order_policy import OrderPolicy
from hub.domain.promises import BAND_WORDS, when_words
from hub.domain.vocabulary import Band

FIRST_ALREADY = "It is first already."
_SET_FIRST = "If somebody sets it first in its line."
# Beyond a quarter of a year nobody plans by it.
_FURTHEST = 60 * 600


@dataclass(frozen=True, slots=True)
class Change:
    """A change of fact that could happen (`words` complete "if ..."), and where the task would stand then."""

    words: str
    place: Place


@dataclass(frozen=True, slots=True)
class Ahead:
    """What stands before a task in its line: how many of the hard bands, how many of all others.

    `first` is what stands first of all, `pool_first` what stands first outside the hard bands; each may be
    the task itself. None: nothing stands there.
    """

    first: Place | None
    pool_first: Place | None = None
    hard: int = 0
    others: int = 0


def what_would_put_first(
    place: Place,
    ahead: Ahead,
    changes: Iterable[Change],
    policy: OrderPolicy,
    when: Callable[[int], datetime] | None = None,
) -> tuple[str, ...]:
    """Return what would each put this task first, as plain sentences: all that they say must happen.

    Tried are the `changes`, which the caller has worked out by the rules of urgency, and time passing while
    nothing else changes: first alone, then after what always goes first is done. `when` says at which
    moment so many working minutes have passed, in the calendar of the task's target.
    """
    first = ahead.first
    if first is None or order_key(place, policy) <= order_key(first, policy):
        return (FIRST_ALREADY,)
    tried = tuple(changes)
    at_once = [one for one in tried if order_key(one.place, policy) < order_key(first, policy)]
    would = [f"If {one.words}." for one in at_once]
    if place.facts.band <= policy.hard_bands:
        words = _hard_words(policy)
        return *would, f"Once {_that_are(ahead.hard, words, 'before it')} {_are(ahead.hard)} done."
    done, pool = _once_hard_is_done(ahead, policy), ahead.pool_first
    if pool is None or order_key(place, policy) <= order_key(pool, policy):
        return *would, f"{done}."
    later = [one for one in tried if one not in at_once]
    if done:
        than_pool = [one for one in later if order_key(one.place, policy) < order_key(pool, policy)]
        would += [f"{done}, and if {one.words}." for one in than_pool]
    minutes = minutes_until_first(place, pool, policy)
    if minutes is not None:
        at = f"in {work_hours(minutes)}" if when is None else f"from {when_words(when(minutes))} on"
        at = f"{done}, {at}" if done else f"{at[:1].upper()}{at[1:]}"
        would.append(f"{at}, as its own due time comes nearer, unless another is more pressing by then.")
    if order_key(replace(place, first=True), policy) < order_key(pool, policy):
        would.append(f"{done}, and if somebody sets it first in its line." if done else _SET_FIRST)
    return _said_once(done, [*would, _once_all_are_done(ahead, done)])


def _said_once(done: str, sentences: Iterable[str]) -> tuple[str, ...]:
    """Return the sentences; what must be `done` before is said in full in the first of them only."""
    found: list[str] = []
    for one in sentences:
        again = done and any(said.startswith(done) for said in found)
        found.append(one.replace(done, "Once those are done", 1) if again else one)
    return tuple(found)


def _once_all_are_done(ahead: Ahead, done: str) -> str:
    """Say how much else must be done before it."""
    others = "task" if ahead.others == 1 else "tasks"
    if done:
        return f"{done}, and then the {_count(ahead.others)}other {others} before it."
    return f"Once the {_count(ahead.others)}{others} before it {_are(ahead.others)} done."


def _once_hard_is_done(ahead: Ahead, policy: OrderPolicy) -> str:
    """Say that all of the hard bands must be done before, with how many they are; "" if there are none."""
    if not ahead.hard:
        return ""
    go = "goes" if ahead.hard == 1 else "go"
    words = _that_are(ahead.hard, _hard_words(policy), "")
    return f"Once {words} {_are(ahead.hard)} done, which always {go} first"


def _that_are(count: int, words: str, where: str) -> str:
    where = f" {where}" if where else ""
    return f"the {_count(count)}{'task' if count == 1 else 'tasks'}{where} that {_are(count)} {words}"


def _hard_words(policy: OrderPolicy) -> str:
    return " or ".join(f"“{BAND_WORDS[Band(band)]}”" for band in range(1, policy.hard_bands + 1))


def _count(count: int) -> str:
    return "" if count == 1 else f"{count:,} "


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


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
