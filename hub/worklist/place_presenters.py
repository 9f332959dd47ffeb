"""Why a task stands where it stands, for a reader who knows nothing of how the order is worked out."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from hub.domain.kinds import QUEUES
from hub.domain.lifecycle import STATUS_IN_A_SENTENCE
from hub.domain.order import SCALE
from hub.domain.promises import BAND_WORDS, band_words, in_full, when_words
from hub.domain.vocabulary import OPEN_STATUSES, Band, Status
from hub.worklist.reason_presenters import capital
from hub.worklist.sheet_presenters import Link

HARD = (
    "What is “{band}” stands before everything that is less urgent, and nothing is weighed there. The "
    "earliest deadline that cannot move goes first; then what is due earliest; then what was asked first. "
    "Once it is “{band}”, neither how long it takes nor which practice it is for moves it. Only what a "
    "person has set first goes before."
)
WEIGHED = (
    "{before} is done first. All other work stands in one line. Several things count at once, and each of "
    "them puts a task forward or back in that line, by more or by less. What they come to together decides. "
    "Only what a person has set first goes before."
)
# A factor this close to 1 changes nothing that a reader could see.
_NEARLY_ONE = 0.005
_LITTLE, _MUCH = 1.25, 2.0
_MILLION = 1_000_000
# Of the time to spare, so much of the whole target is little, and so much is most of it.
_SMALL_SHARE, _LARGE_SHARE = 0.25, 0.75
_TIME = (
    "The less time is left, the further forward. Only opening hours count, not nights or days that are closed"
)
_WHY = {
    "band": "The sooner it should be done, the further forward",
    "minutes": "Short work goes first: much of it gets done while one long piece is",
    "asked": "What the practice asks for counts, within limits",
    "slack": _TIME,
    "people": "Work that few people may do goes sooner, other work a little later",
    "credit": "Each practice gets the share that is agreed with it",
    "signals_most": "Together such facts count only up to a limit that the leads set",
    "signal": "A fact that makes waiting riskier",
}
_SHORTER = "puts it behind shorter work, and before longer work"


class TermLike(Protocol):
    """What a row of the table reads of a term."""

    @property
    def code(self) -> str:
        """What to count it by."""

    @property
    def words(self) -> str:
        """Its words."""

    @property
    def value(self) -> int:
        """Millionths of the natural logarithm of its factor."""

    @property
    def share(self) -> float:
        """Of the time to spare, how much of the whole target that is."""


@dataclass(frozen=True)
class TermRow:
    """One row: what, why it counts, how in words ("puts it forward"; "" if it changes nothing now), and
    the figure: "times 1.5"."""

    what: str
    why: str
    counts: str
    figure: str


@dataclass(frozen=True)
class WhyPlace:
    """All that the section says; `terms` is empty where a rule alone decides, `rule` if it is in no line."""

    place: str
    set_by: str
    rule: str
    terms: tuple[TermRow, ...]
    together: str
    would_put_first: tuple[str, ...]
    links: tuple[Link, ...]

    @property
    def weighed(self) -> frozenset[str]:
        """What counts in its line now, by the names of its rows."""
        return frozenset(row.what for row in self.terms if row.counts)


def has_place(status: Status) -> bool:
    """Say whether a task stands in a line now: in its queue, or on a worklist and not begun."""
    return status in (Status.QUEUED, Status.ASSIGNED)


def why_place(
    task: Any,
    story: Any,
    names: Any,
    *,
    holder: str,
    links: Iterable[Link],
    sees_all: bool = True,
    late: bool = False,
) -> WhyPlace:
    """Return the section; `story` is an `OrderStory`, or None where the task stands in no line.

    `holder` says whose worklist it is on ("your", "Pat's"), `names` who set its place. `sees_all` says
    whether the reader sees the work of every practice, `late` whether the task is overdue.
    """
    set_by = _set_words(task, names)
    if story is None:
        words = f"It stands in no line now, because it {STATUS_IN_A_SENTENCE[Status(task.status)]}."
        return WhyPlace(words, set_by, "", (), "", (), tuple(links))
    band = Band(task.effective_band)
    rule = (
        HARD.format(band=BAND_WORDS[band]) if story.hard else WEIGHED.format(before=_before(story.hard_bands))
    )
    total = sum(term.value for term in story.terms)
    return WhyPlace(
        place=_place_words(task, story, holder, sees_all),
        set_by=set_by,
        rule=rule,
        terms=() if story.hard else tuple(_row(term, band, late=late) for term in story.terms),
        together=f"{_figure(math.exp(total / SCALE))}",
        would_put_first=tuple(in_full(one) for one in story.would_put_first),
        links=tuple(links),
    )


def _place_words(task: Any, story: Any, holder: str, sees_all: bool) -> str:
    where = f"on {holder} worklist" if holder else f"in the queue “{QUEUES.get(task.queue, task.queue)}”"
    if story.waiting == 1:
        words = f"It is the only task {where}."
    else:
        words = f"It stands at place {story.position} of the {story.waiting} tasks {where}."
    return words if holder or sees_all else f"{words} Only practices that you work for are counted."


def _before(hard_bands: int) -> str:
    names = [f"“{BAND_WORDS[Band(band)]}”" for band in range(1, hard_bands + 1)]
    return f"What is {' or '.join(names)}" if names else "Nothing"


def _set_words(task: Any, names: Any) -> str:
    """Say who set its place, and what that means, or ""."""
    if task.override_until is None or task.status not in OPEN_STATUSES:
        return ""
    until, who = when_words(task.override_until), names.set_by or "Somebody"
    where = []
    if task.override_band is not None:
        where.append(f"to “{in_full(BAND_WORDS[Band(task.override_band)])}”")
    if task.override_first:
        where.append("first in its line")
    rules = (
        f"By the rules it is “{in_full(BAND_WORDS[Band(task.band)])}”." if where[0].startswith("to") else ""
    )
    return f"{who} set it {' and '.join(where)} until {until}; the reason is in the history. {rules}".strip()


def _row(term: TermLike, band: Band, *, late: bool = False) -> TermRow:
    kind = term.code.partition(":")[0]
    why = _WHY.get(kind, "")
    what = in_full(term.words.partition(": ")[0])
    if kind == "band":
        what = f"How soon: {band_words(band, late=late)}"
    left, _, target = what.partition(", of a target of ")
    if target:
        what = f"{left}, of {target} in all"
    if kind == "signals_most":
        what = "Several of these facts at once"
    factor = math.exp(term.value / SCALE)
    counts = {"minutes": _SHORTER, "slack": _time_counts(factor, term.share)}.get(kind, _counts(factor))
    if kind == "band" and not counts:
        counts = "does not put it forward"
    return TermRow(capital(what), why, counts, _figure_words(factor))


def _counts(factor: float) -> str:
    """Say how a factor counts: "puts it a little forward", "puts it far back", "" for not at all."""
    if abs(factor - 1) < _NEARLY_ONE:
        return ""
    size, way = max(factor, 1 / factor), "forward" if factor > 1 else "back"
    if size <= _LITTLE:
        return f"puts it a little {way}"
    return f"puts it {way}" if size <= _MUCH else f"puts it far {way}"


def _time_counts(factor: float, share: float) -> str:
    """Say how the time to spare counts; `share` is how much of the whole target it is."""
    if abs(factor - 1) < _NEARLY_ONE:
        return "puts it as far forward as time can"
    size = "a little " if share <= _SMALL_SHARE else "far " if share >= _LARGE_SHARE else ""
    return f"puts it {size}back for now"


def _figure_words(factor: float) -> str:
    return f"times {_figure(factor)}" if factor >= 1 else f"divided by {_figure(1 / factor)}"


def _figure(factor: float) -> str:
    """Return a number with as many digits as anyone reads."""
    if factor >= _MILLION:
        return "more than a million"
    if factor >= 10:
        return f"{factor:,.0f}"
    if factor >= 1:
        return f"{factor:.2f}".rstrip("0").rstrip(".")
    return f"{factor:.2g}" if factor >= 0.001 else "less than 0.001"


def links(task: Any, *, is_lead: bool, is_mine: bool) -> tuple[Link, ...]:
    """Return what this person may set about the task's place now."""
    status = Status(task.status)
    if status not in OPEN_STATUSES or status in (Status.RAISED, Status.SENT_BACK):
        return ()
    found = []
    if is_lead or is_mine:
        found.append(Link("Set its place", "order.override"))
        if task.override_until is not None:
            found.append(Link("Take back the place that was set", "order.clear_override", posts=True))
        can_wait = task.effective_band != Band.NOW
        if task.pinned_since is not None:
            found.append(Link("Unpin", "order.unpin", posts=True))
        elif can_wait and status is not Status.QUEUED:
            found.append(Link("Pin", "order.pin"))
    if is_lead and task.reserved_for_id is not None:
        found.append(Link("End the reservation", "order.unreserve", posts=True))
    elif is_lead and status is Status.QUEUED and task.effective_band != Band.NOW:
        found.append(Link("Reserve for someone", "order.reserve"))
    return tuple(found)
