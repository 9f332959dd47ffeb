"""How the queues are shown: the overview, rows with "Take" or why not, filters as chips, page links."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import urlencode

from hub.domain.kinds import QUEUES, Kind
from hub.domain.vocabulary import Profession
from hub.worklist import closing_presenters, presenters

_FILTERS = ("practice", "kind", "band", "fits")


class LoadLike(Protocol):
    """What the overview reads of a queue's load."""

    @property
    def waiting(self) -> int:
        """How many tasks wait."""

    @property
    def minutes(self) -> int:
        """Their planned minutes."""

    @property
    def soon(self) -> int:
        """How many are now or by tomorrow."""

    @property
    def late(self) -> int:
        """How many are past due or deadline."""

    @property
    def oldest(self) -> dt.datetime:
        """When the oldest was raised."""


Judge = Callable[[presenters.ListedLike], str]


class PracticeLike(Protocol):
    """What filters read of a practice."""

    id: int
    name: str


@dataclass(frozen=True)
class Overview:
    """One queue in the overview; `oldest` is None when nothing waits."""

    name: str
    title: str
    waiting: int
    soon: int
    late: int
    work: str
    oldest: presenters.When | None


@dataclass(frozen=True)
class QueueRow:
    """One waiting task, with why this person may not take it, or ""."""

    row: presenters.Row
    refusal: str


@dataclass(frozen=True)
class Chip:
    """One filter that is applied, and the query string without it."""

    text: str
    without: str


def overview(loads: Mapping[str, LoadLike], now: dt.datetime) -> list[Overview]:
    """Return every queue, also those in which nothing waits."""
    return [_overview(name, title, loads.get(name), now) for name, title in QUEUES.items()]


def _overview(name: str, title: str, load: LoadLike | None, now: dt.datetime) -> Overview:
    if load is None:
        return Overview(name, title, 0, 0, 0, presenters.hours(0), None)
    oldest = presenters.when("Raised", load.oldest, now)
    return Overview(name, title, load.waiting, load.soon, load.late, presenters.hours(load.minutes), oldest)


class Waits(presenters.ListedLike, Protocol):
    """What a row of a queue reads beside that."""

    @property
    def escalated(self) -> dict[str, Any] | None:
        """The data of the last telephone call about it."""


def rows(
    listed: Iterable[Waits], first: int, now: dt.datetime, judge: Judge, profession: Profession | None
) -> list[QueueRow]:
    """Return the rows of one page; `first` is the place of its first row, `profession` the reader's."""
    found = []
    for position, one in enumerate(listed, start=first):
        row, task, refusal = presenters.row(one, position=position, now=now), one.task, judge(one)
        finish = closing_presenters.cannot_finish(one.kind, task.answers, task.stage, profession)
        calls = closing_presenters.by_hand_tags("", one.escalated, now)
        row = replace(row, tags=(*row.tags, *calls), cannot_finish="" if refusal else finish)
        found.append(QueueRow(row, refusal))
    return found


def filter_options(practices: Iterable[PracticeLike], kinds: Iterable[Kind]) -> dict[str, list[Any]]:
    """Return the choices of each filter; the first of each is "any"."""
    return {
        "practice": [
            {"value": "", "text": "Any practice"},
            *({"value": str(one.id), "text": one.name} for one in practices),
        ],
        "kind": [
            {"value": "", "text": "Any kind"},
            *({"value": one.code, "text": one.name} for one in kinds),
        ],
        "band": [{"value": "", "text": "Any"}, *presenters.band_choices()],
    }


def chips(args: Mapping[str, str], practices: Iterable[PracticeLike], kinds: Iterable[Kind]) -> list[Chip]:
    """Return the filters that are applied, each with the address's query without it."""
    words = {
        "practice": {str(one.id): one.name for one in practices},
        "kind": {one.code: one.name for one in kinds},
        "band": {one["value"]: one["text"] for one in presenters.band_choices()},
        "fits": {"1": "I may do"},
    }
    applied = {key: args[key] for key in _FILTERS if args.get(key)}
    return [
        Chip(words[key].get(value, "Unknown"), urlencode({k: v for k, v in applied.items() if k != key}))
        for key, value in applied.items()
    ]


def pages(
    number: int, count: int, args: Mapping[str, str], filters: Iterable[str] = _FILTERS
) -> dict[str, Any]:
    """Return what the NHS pagination needs, with gaps where there are many pages; {} for one page."""
    if count <= 1:
        return {}
    kept = {key: args[key] for key in filters if args.get(key)}

    def href(page: int) -> str:
        return "?" + urlencode(kept | {"page": page})

    shown = sorted({1, number - 1, number, number + 1, count} & set(range(1, count + 1)))
    items: list[dict[str, Any]] = []
    for before, page in zip([0, *shown], shown, strict=False):
        if page - before > 1:
            items.append({"ellipsis": True})
        items.append({"number": page, "href": href(page), "current": page == number})
    found: dict[str, Any] = {"items": items}
    if number > 1:
        found["previous"] = {"href": href(number - 1)}
    if number < count:
        found["next"] = {"href": href(number + 1)}
    return found
