"""How urgent is a task, by when is it promised, and why does it stand where it stands?

Bands are set by rule, never by a score. Every rung of the ladder only lifts, so that
neither an answer nor the passing of time can make a task less urgent than it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

from hub.domain.deadlines import Clocks as Clocks
from hub.domain.deadlines import Request as Request
from hub.domain.deadlines import clocks as clocks
from hub.domain.kinds import SafetyFact
from hub.domain.promises import BAND_WORDS as BAND_WORDS
from hub.domain.promises import SeenBy as SeenBy
from hub.domain.promises import Standing as Standing
from hub.domain.promises import local_day, when_words
from hub.domain.promises import promised as promised
from hub.domain.promises import seen_by as seen_by
from hub.domain.promises import why_here as why_here
from hub.domain.vocabulary import Band, FactAnswer, RequestedUrgency
from hub.domain.worktime import WorkCalendar

_CHASES_THAT_LIFT = 2


@dataclass(frozen=True, slots=True)
class Reason:
    """One rung's finding: a code to count by, and the sentence people read."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Placement:
    """The band, with everything that speaks for it.

    `signals` are the words of the facts answered yes, in the kind's order. `not_told`
    and `not_sure` are the words of those facts that raise a task while unknown: without
    any answer, and answered "not sure".
    """

    band: Band
    signals: tuple[str, ...]
    reasons: tuple[Reason, ...]
    not_told: tuple[str, ...]
    not_sure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Promotion:
    """What a task rises to, and the reason that lifts it there."""

    band: Band
    reason: Reason


def band_of(request: Request, clocks: Clocks, now: datetime, hub_calendar: WorkCalendar) -> Placement:
    """Return the band as the topmost rung that holds, with the reasons of all that do.

    1. The kind's own band.
    2. A safety fact answered yes lifts to that fact's band.
    3. A safety fact that the kind names as one that matters, not told or "not sure", lifts
       one band, however many are missing: never above band 2, never above what "yes" would.
    4. What the requester asks for is weighed: "soon" lifts one band, up to 2. "Urgent"
       lifts to 2; to 1 only if a fact that means "now" is answered yes.
    5. From the second chase on, one band above all this, up to 2.
    6. A hard deadline that leaves less than one working day (to its working due), is
       today or has passed lifts to 2. Not to 1: inside band 2 the earliest deadline stands
       first anyway, and overdue work must not drown what cannot wait an hour.

    `now` is aware; later is never lower (the target's age lifts nothing).
    """
    rungs = _climb(request, clocks, now, hub_calendar)
    facts = request.kind.facts
    raising = [fact for fact in facts if fact.raises_if_unknown]
    return Placement(
        band=min(band for band, _ in rungs),
        signals=_words_of(request, facts, FactAnswer.YES),
        reasons=tuple(reason for _, reason in rungs),
        not_told=_words_of(request, raising, None),
        not_sure=_words_of(request, raising, FactAnswer.NOT_SURE),
    )


def promotion(
    current: Band, request: Request, clocks: Clocks, now: datetime, hub_calendar: WorkCalendar
) -> Promotion | None:
    """Return the band a task in band `current` rises to by now, with the reason, or None.

    Never a lower one: what once lifted a task goes on holding it.
    """
    rungs = _climb(request, clocks, now, hub_calendar)
    band = min(band for band, _ in rungs)
    if band >= current:
        return None
    return Promotion(band, next(reason for reached, reason in reversed(rungs) if reached == band))


_Rung = tuple[Band, Reason]


def _climb(request: Request, clocks: Clocks, now: datetime, hub_calendar: WorkCalendar) -> list[_Rung]:
    kind = request.kind
    own = Reason("kind", f"{kind.name}: {BAND_WORDS[kind.band]}, unless something lifts it.")
    rungs: list[_Rung] = [(kind.band, own)]
    for fact in kind.facts:
        rungs += _fact_rung(request, fact)
    rungs += _requested_rung(request)
    rungs += _chase_rung(request, min(band for band, _ in rungs))
    return rungs + _deadline_rung(request, clocks, now, hub_calendar)


def _fact_rung(request: Request, fact: SafetyFact) -> list[_Rung]:
    kind, answer = request.kind, _answered(request, fact)
    if answer == FactAnswer.YES:
        band = kind.band if fact.band_if_yes is None else min(kind.band, fact.band_if_yes)
        return [(band, Reason(f"yes:{fact.code}", f"{_capital(fact.signal)}: {BAND_WORDS[band]}."))]
    if answer == FactAnswer.NO or not fact.raises_if_unknown:
        return []
    band = max(_one_sooner(kind.band), min(kind.band, fact.band_if_yes or Band.NOW))
    code, said = ("not_told", "Not told") if answer is None else ("not_sure", "The practice is not sure")
    sentence = f"{said}: {fact.signal}. Until it is known: {BAND_WORDS[band]}."
    return [(band, Reason(f"{code}:{fact.code}", sentence))]


def _requested_rung(request: Request) -> list[_Rung]:
    kind = request.kind
    if request.requested == RequestedUrgency.ROUTINE:
        return []
    if request.requested == RequestedUrgency.SOON:
        band = _one_sooner(kind.band)
        return [(band, Reason("asked_soon", f"The practice asks for tomorrow: {BAND_WORDS[band]}."))]
    for fact in kind.facts:
        if fact.band_if_yes == Band.NOW and _answered(request, fact) == FactAnswer.YES:
            sentence = f"The practice asks for today, and its answers bear that out ({fact.signal}): now."
            return [(Band.NOW, Reason("asked_urgent", sentence))]
    band = min(kind.band, Band.BY_TOMORROW)
    because = "" if band == Band.NOW else ", as none of its answers means now"
    sentence = f"The practice asks for today: {BAND_WORDS[band]}{because}."
    return [(band, Reason("asked_urgent", sentence))]


def _chase_rung(request: Request, reached: Band) -> list[_Rung]:
    if request.chases < _CHASES_THAT_LIFT:
        return []
    band = _one_sooner(reached)
    return [(band, Reason("chased", f"Chased {request.chases} times: {BAND_WORDS[band]}."))]


def _deadline_rung(
    request: Request, clocks: Clocks, now: datetime, hub_calendar: WorkCalendar
) -> list[_Rung]:
    deadline = clocks.deadline_at
    if deadline is None:
        return []
    band = min(request.kind.band, Band.BY_TOMORROW)
    when = when_words(deadline)
    if now >= deadline:
        return [(band, Reason("deadline_passed", f"Its deadline has passed: {when}."))]
    if local_day(deadline) <= local_day(now):
        return [(band, Reason("deadline_today", f"Its deadline is today: {when}."))]
    if hub_calendar.minutes_between(now, clocks.working_due_at) < _longest_day(hub_calendar):
        return [(band, Reason("deadline_near", f"Less than one working day to its deadline: {when}."))]
    return []


def _one_sooner(band: Band) -> Band:
    """Return the band above, but never above 2 (and never below the one given)."""
    return min(band, max(Band.BY_TOMORROW, Band(max(band - 1, 1))))


def _words_of(request: Request, facts: Iterable[SafetyFact], answer: FactAnswer | None) -> tuple[str, ...]:
    return tuple(fact.signal for fact in facts if _answered(request, fact) == answer)


def _answered(request: Request, fact: SafetyFact) -> FactAnswer | None:
    return request.answers.get(fact.code)


def _longest_day(calendar: WorkCalendar) -> int:
    """Return one working day in minutes: the longest of the week.

    The longest, because a length that changed from day to day would let time lower a band.
    """
    return max(sum(_span_minutes(*span) for span in spans) for spans in calendar.hours.days)


def _span_minutes(start: time, end: time) -> int:
    closing = end.hour * 60 + end.minute or 24 * 60
    return closing - start.hour * 60 - start.minute


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
