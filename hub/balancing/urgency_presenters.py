"""How the report on urgency reads: numbers that open their tasks, shares in percent, the rules it goes by."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hub.domain.kinds import Kind
from hub.domain.promises import BAND_WORDS, in_full
from hub.domain.vocabulary import Band, RequestedUrgency

DAYS = (30, 90, 365)
PAGE = 50
NUMBERS = {
    "completed": "Completed",
    "said": "Urgency judged afterwards",
    "sooner": "Should have been sooner",
    "later": "Could have been later",
    "requests": "Asked for",
    "urgent": "Asked for today",
    "soon": "Asked for by tomorrow",
}
_REQUESTED = {
    RequestedUrgency.ROUTINE: "In its usual turn",
    RequestedUrgency.SOON: "By tomorrow",
    RequestedUrgency.URGENT: "Today",
}


@dataclass(frozen=True)
class Figure:
    """A number, the query of the address that opens its tasks, and the words that tell its link apart."""

    value: int
    query: dict[str, Any]
    words: str


@dataclass(frozen=True)
class DriftRow:
    """What was said of one kind at one practice."""

    kind: str
    practice: str
    completed: Figure
    said: Figure
    sooner: Figure
    later: Figure


@dataclass(frozen=True)
class DriftTable:
    """One page of drift, with the totals over all kinds and practices, those not judged included."""

    rows: list[DriftRow]
    totals: list[Figure]
    page: int
    pages: int


@dataclass(frozen=True)
class AskingRow:
    """How one practice asks."""

    practice: str
    requests: Figure
    urgent: Figure
    soon: Figure
    share: str
    others: str
    stands_out: bool
    might_stand_out: bool


@dataclass(frozen=True)
class AskingTable:
    """The practices that stand out, or all of them; `left` counts those that are not shown.

    `too_few` says of each practice that would stand out that it, or the others, asked too seldom to tell.
    """

    rows: list[AskingRow]
    left: int
    too_few: list[AskingRow]


def drift(found: Sequence[Any], kinds: Sequence[Kind], days: int, page: int) -> DriftTable:
    """Show drift where anything was said, most amiss first; a page that does not exist is the first."""
    judged = [one for one in found if one.said]
    pages = max(-(-len(judged) // PAGE), 1)
    page = page if 1 <= page <= pages else 1
    names = {kind.code: kind.name for kind in kinds}
    totals = [
        _figure(name, sum(getattr(one, name) for one in found), days, "in all")
        for name in ("completed", "said", "sooner", "later")
    ]
    shown = judged[(page - 1) * PAGE : page * PAGE]
    return DriftTable([_drift_row(one, names, days) for one in shown], totals, page, pages)


def _drift_row(one: Any, names: dict[str, str], days: int) -> DriftRow:
    kind = names.get(one.kind, one.kind)
    of = {"kind": one.kind, "practice": one.practice_id}
    about = f"{kind} at {one.practice_name}"
    figures = (
        _figure(n, getattr(one, n), days, about, **of) for n in ("completed", "said", "sooner", "later")
    )
    return DriftRow(kind, one.practice_name, *figures)


def asking(found: Sequence[Any], days: int, *, every: bool) -> AskingTable:
    """Show the practices that ask for much more urgently than the others, or every practice."""
    shown = [one for one in found if every or one.stands_out]
    too_few = [_asking_row(one, days) for one in found if one.might_stand_out]
    return AskingTable([_asking_row(one, days) for one in shown], len(found) - len(shown), too_few)


def _asking_row(one: Any, days: int) -> AskingRow:
    def figure(number: str) -> Figure:
        value = getattr(one, number)
        return _figure(number, value, days, one.practice_name, practice=one.practice_id)

    return AskingRow(
        practice=one.practice_name,
        requests=figure("requests"),
        urgent=figure("urgent"),
        soon=figure("soon"),
        share=_percent(one.share),
        others=_percent(one.others),
        stands_out=one.stands_out,
        might_stand_out=one.might_stand_out,
    )


def _figure(number: str, value: int, days: int, about: str, **of: Any) -> Figure:
    words = f"{NUMBERS[number][:1].lower()}{NUMBERS[number][1:]}, {about}"
    return Figure(value, {"number": number, "days": days} | of, words)


def _percent(share: float) -> str:
    return f"{share * 100:.0f}%"


def words(number: str, kind: str, practice: str, kinds: Iterable[Kind]) -> str:
    """Say what a list holds: "Should have been sooner, Medication query, Elm Surgery"."""
    names = {one.code: one.name for one in kinds}
    return ", ".join(part for part in (NUMBERS[number], names.get(kind, kind), practice) if part)


@dataclass(frozen=True)
class BehindRow:
    """One task behind a number."""

    ref: str
    kind: str
    practice: str
    given: str
    asked: str
    should: str
    at: dt.datetime


def behind_row(row: Any, kinds: Iterable[Kind]) -> BehindRow:
    """Show one task behind a number (a row of `drift_queries.behind`)."""
    names = {one.code: one.name for one in kinds}
    should = _band(row.band_should) if row.band_should is not None else "Nothing said"
    asked = _REQUESTED[RequestedUrgency(row.requested)]
    kind = names.get(row.kind, row.kind)
    return BehindRow(row.ref, kind, row.practice_name, _band(row.band), asked, should, row.at)


def _band(band: int) -> str:
    words = in_full(BAND_WORDS[Band(band)])
    return words[:1].upper() + words[1:]


def rules(enough: int, much: int) -> tuple[str, ...]:
    """Say what is counted, and when a practice stands out."""
    return (
        "“Given” is how soon the rules said it was to be done. What a person set for a time is not counted "
        "as given.",
        "Whoever completes a task may say how urgent it should have been. Nobody must, so these are "
        "opinions about some tasks, not a measure of all.",
        f"A practice stands out when it asks for today or tomorrow at least {much} times as often as the "
        f"others together, and both it and they asked at least {enough} times.",
    )
