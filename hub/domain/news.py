"""What a practice tells when it asks again or answers a question: that may lift its request, never lower it.

A danger sign that comes up later must count as much as one told at first, and a calmer
answer later must not undo one that stands: whoever answers the second time may not know
what the first one knew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.domain.kinds import Kind, SafetyFact
from hub.domain.vocabulary import FactAnswer, RequestedUrgency

_WEIGHT = {None: 0, FactAnswer.NO: 0, FactAnswer.NOT_SURE: 1, FactAnswer.YES: 2}
_URGENCIES = tuple(RequestedUrgency)  # from the least


@dataclass(frozen=True, slots=True)
class Said:
    """What a request says, as far as news can lift it; `answers` lacks the codes that were not told."""

    answers: Mapping[str, FactAnswer]
    requested: RequestedUrgency
    receipt_on: date
    next_issue_on: date | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What is told with a chase or an answer; everything may be left out."""

    answers: Mapping[str, FactAnswer] = field(default_factory=dict)
    requested: RequestedUrgency = RequestedUrgency.ROUTINE
    receipt_on: date | None = None
    next_issue_on: date | None = None


NOTHING_NEW = News()


@dataclass(frozen=True, slots=True)
class Lift:
    """What news changes in what a request says: each change as (before, after). False if nothing."""

    answers: Mapping[str, tuple[FactAnswer | None, FactAnswer]] = field(default_factory=dict)
    requested: tuple[RequestedUrgency, RequestedUrgency] | None = None
    receipt_on: tuple[date, date] | None = None
    next_issue_on: tuple[date | None, date] | None = None

    def __bool__(self) -> bool:
        """Say whether anything changes."""
        return bool(self.answers or self.requested or self.receipt_on or self.next_issue_on)

    def told(self) -> dict[str, Any]:
        """Return the changes as an event keeps them, in JSON: codes and dates, before and after."""
        found: dict[str, Any] = {}
        if self.answers:
            found["facts"] = {code: [before, after] for code, (before, after) in self.answers.items()}
        if self.requested:
            found["requested"] = list(self.requested)
        for name, days in (("receipt_on", self.receipt_on), ("next_issue_on", self.next_issue_on)):
            if days:
                found[name] = [day.isoformat() if day else None for day in days]
        return found


def lift(kind: Kind, said: Said, news: News) -> Lift:
    """Return what `news` lifts in what a request of this `kind` said.

    An answer counts if it is graver (yes before not sure before no or nothing), a wish if
    it is more urgent, a date if it is earlier. Facts that this version of the kind does not
    ask about are left out.
    """
    answers = {}
    for fact in kind.facts:
        before, after = said.answers.get(fact.code), news.answers.get(fact.code)
        if after is not None and _WEIGHT[after] > _WEIGHT[before]:
            answers[fact.code] = before, after
    sooner = _URGENCIES.index(news.requested) > _URGENCIES.index(said.requested)
    receipt, issue = news.receipt_on, news.next_issue_on
    earlier = issue is not None and (said.next_issue_on is None or issue < said.next_issue_on)
    return Lift(
        answers,
        (said.requested, news.requested) if sooner else None,
        (said.receipt_on, receipt) if receipt is not None and receipt < said.receipt_on else None,
        (said.next_issue_on, issue) if issue is not None and earlier and kind.asks_next_issue else None,
    )


def gravest(kind: Kind, answers: Mapping[str, FactAnswer]) -> list[SafetyFact]:
    """Return the questions to ask on every occasion: those that lift the furthest, unless answered yes."""
    bands = [fact.band_if_yes for fact in kind.facts if fact.band_if_yes is not None]
    if not bands:
        return []
    return [
        fact
        for fact in kind.facts
        if fact.band_if_yes == min(bands) and answers.get(fact.code) != FactAnswer.YES
    ]


def more_urgent(requested: RequestedUrgency) -> tuple[RequestedUrgency, ...]:
    """Return what may still be asked for: the urgencies above this one, the least first."""
    return _URGENCIES[_URGENCIES.index(requested) + 1 :]
