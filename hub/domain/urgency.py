"""How urgent is a task, by when is it promised, and why does it stand where it stands?

Bands are set by rule, never by a score. Every rung of the ladder only lifts, so that
neither an answer nor the passing of time can make a task less urgent than it was.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from hub.domain.kinds import Kind, SafetyFact
from hub.domain.rota import Interval, clip, union
from hub.domain.vocabulary import Band, FactAnswer, RequestedUrgency
from hub.domain.worktime import LONDON, WorkCalendar, nice_discharge_deadline

BAND_WORDS: dict[Band, str] = {
    Band.NOW: "now",
    Band.BY_TOMORROW: "by tomorrow",
    Band.INSIDE_TARGET: "inside target",
    Band.PLANNED: "planned",
    Band.WHEN_CAPACITY_ALLOWS: "when capacity allows",
}

_MINUTE = timedelta(minutes=1)
_NOW_MEANS = timedelta(hours=1)  # of the clock, not of working time: harm does not wait for Monday
_CHASES_THAT_LIFT = 2
_ORDINALS = (
    "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """What the practice said, as far as the rules weigh it.

    `answers` maps a safety fact's code to its answer; a code that is missing was not
    told. `stopped_minutes` are the working minutes for which the target clock stood
    still (while the task waited on practice or patient).
    """

    kind: Kind
    subtype: str
    requested: RequestedUrgency
    answers: Mapping[str, FactAnswer]
    receipt_on: date
    raised_at: datetime
    next_issue_on: date | None = None
    chases: int = 0
    stopped_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Clocks:
    """By when: moments in UTC.

    `due_at` is the target promised to the practice, `deadline_at` the safety deadline
    (None where the kind has none; `deadline_why` is its sentence, or ""). `working_due_at`
    is when the work must be under way to keep the deadline with the people on the rota;
    without a deadline it is `due_at`. `late_on_arrival`: target or deadline had passed
    before the hub was asked.
    """

    due_at: datetime
    deadline_at: datetime | None
    deadline_why: str
    working_due_at: datetime
    late_on_arrival: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """One rung's finding: a code to count by, and the sentence people read."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Placement:
    """The band, with everything that speaks for it.

    `signals` are the words of the facts answered yes, `not_told` the words of those
    without any answer ("not sure" is an answer), both in the kind's order.
    """

    band: Band
    signals: tuple[str, ...]
    reasons: tuple[Reason, ...]
    not_told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Promotion:
    """What a task rises to, and the reason that lifts it there."""

    band: Band
    reason: Reason


@dataclass(frozen=True, slots=True)
class Standing:
    """What "why here?" is told of a task: its band, its facts and its clocks."""

    band: Band
    signals: tuple[str, ...]
    not_told: tuple[str, ...]
    due_at: datetime
    deadline_at: datetime | None
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class SeenBy:
    """What the form says before sending: when someone sees it (None: nobody on the rota), in time or not."""

    at: datetime | None
    in_time: bool
    sentence: str


def clocks(
    request: Request,
    practice_calendar: WorkCalendar,
    hub_calendar: WorkCalendar,
    staffed: Iterable[Interval] | None,
    second_stage_minutes: int,
) -> Clocks:
    """Return by when the request is promised and by when it is safe.

    A target in working days ends at the close of the Nth working day after receipt in
    the practice's calendar; one in minutes runs in hub hours from raising. Stopped
    minutes move the target in the same calendar, the deadline never. The working due
    of a deadline is the last staffed minute before it, less `second_stage_minutes` of
    staffed time. `staffed` is when anyone who may do it is at work; None (rota not
    known) stands for the hub's hours. If even now is too late it is the moment of raising.
    """
    target = request.kind.target
    if target.working_days is not None:
        calendar = practice_calendar
        promised_at = calendar.after_working_days(request.receipt_on, target.working_days)
    else:
        calendar = hub_calendar
        promised_at = calendar.add_minutes(request.raised_at, target.hub_minutes or 0)
    due_at = calendar.add_minutes(promised_at, request.stopped_minutes)
    deadline_at, why = _deadline(request)
    working_due_at = due_at
    if deadline_at is not None:
        working_due_at = _latest_start(
            request.raised_at, deadline_at, second_stage_minutes, hub_calendar, staffed
        )
    late = request.raised_at > min(promised_at, deadline_at or promised_at)
    return Clocks(due_at, deadline_at, why, working_due_at, late)


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
    return Placement(
        band=min(band for band, _ in rungs),
        signals=tuple(fact.signal for fact in facts if _answered(request, fact) == FactAnswer.YES),
        reasons=tuple(reason for _, reason in rungs),
        not_told=tuple(fact.signal for fact in facts if _answered(request, fact) is None),
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


def why_here(standing: Standing, position: int, now: datetime) -> str:
    """Say why a task stands at `position` (from 1), e.g. "Third: by tomorrow (high-risk medicine), ..."."""
    place = _ORDINALS[position - 1] if position <= len(_ORDINALS) else f"Number {position}"
    because = [*standing.signals, *(f"not told: {words}" for words in standing.not_told)]
    facts = f" ({', '.join(because)})" if because else ""
    if standing.deadline_at is not None:
        passed = "deadline passed" if now >= standing.deadline_at else "deadline"
        clock = f"{passed} {when_words(standing.deadline_at)}"
    else:
        clock = f"{'was due' if now >= standing.due_at else 'due'} {when_words(standing.due_at)}"
    return f"{place}: {BAND_WORDS[standing.band]}{facts}, {clock}, {_waited(standing.raised_at, now)}."


def promised(band: Band, clocks: Clocks, *, raised_at: datetime, hub_calendar: WorkCalendar) -> datetime:
    """Return by when `band` promises that a clinician sees a request raised at `raised_at`.

    Band 1: within an hour of the clock. Band 2: by the close of the hub's next working
    day. Bands 3 to 5: by the target. Never after the target or the working due, unless
    these had passed on arrival; then the next working day is the soonest promise.
    """
    if band is Band.NOW:
        return raised_at + _NOW_MEANS
    next_day = hub_calendar.after_working_days(_local_day(raised_at), 1)
    soonest = min(clocks.due_at, clocks.working_due_at)
    if soonest <= raised_at:
        return next_day
    return min(next_day, soonest) if band is Band.BY_TOMORROW else soonest


def seen_by(promised_at: datetime, first_cover: datetime | None, *, telephone: str = "") -> SeenBy:
    """Say what the form says before sending.

    `first_cover` is the first moment when someone who may do it is at work, None if
    never; `telephone` is the number to ring, "" if the hub has none.
    """
    if first_cover is not None and first_cover <= promised_at:
        return SeenBy(promised_at, True, f"A clinician should see this by {when_words(promised_at)}.")
    until = f"at work until {when_words(first_cover)}" if first_cover else "on the rota"
    return SeenBy(
        first_cover,
        False,
        f"Nobody who may do this is {until}. Do not rely on this: "
        f"telephone {telephone or 'the hub'} or your duty clinician.",
    )


def when_words(at: datetime) -> str:
    """Return a moment as people in England read it: "Tue 24-Nov-2026 17:00"."""
    return f"{at.astimezone(LONDON):%a %d-%b-%Y %H:%M}"


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
    sentence = f"The practice asks for today; by its answers: {BAND_WORDS[band]}."
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
    if _local_day(deadline) <= _local_day(now):
        return [(band, Reason("deadline_today", f"Its deadline is today: {when}."))]
    if hub_calendar.minutes_between(now, clocks.working_due_at) < _longest_day(hub_calendar):
        return [(band, Reason("deadline_near", f"Less than one working day to its deadline: {when}."))]
    return []


def _one_sooner(band: Band) -> Band:
    """Return the band above, but never above 2 (and never below the one given)."""
    return min(band, max(Band.BY_TOMORROW, Band(max(band - 1, 1))))


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


def _deadline(request: Request) -> tuple[datetime | None, str]:
    rule = request.kind.target.deadline_rule
    if not rule:
        return None, ""
    if rule == "nice_discharge":
        return nice_discharge_deadline(request.receipt_on, request.next_issue_on)
    raise ValueError(f"{request.kind.code} names a deadline rule that does not exist: {rule}.")


def _latest_start(
    raised_at: datetime,
    deadline: datetime,
    minutes: int,
    hub_calendar: WorkCalendar,
    staffed: Iterable[Interval] | None,
) -> datetime:
    """Return the latest moment that leaves `minutes` of staffed time before `deadline`."""
    if staffed is None:
        return _back_in_hub_hours(raised_at, deadline, minutes, hub_calendar)
    return _back_in_staffed_time(raised_at, deadline, minutes, union(staffed))


def _back_in_hub_hours(
    raised_at: datetime, deadline: datetime, minutes: int, hub_calendar: WorkCalendar
) -> datetime:
    last = hub_calendar.previous_working_minute(deadline)
    back = range(max((last - raised_at) // _MINUTE + 1, 0))
    found = bisect_left(back, minutes, key=lambda m: hub_calendar.minutes_between(last - m * _MINUTE, last))
    return last - found * _MINUTE if found < len(back) else raised_at


def _back_in_staffed_time(
    raised_at: datetime, deadline: datetime, minutes: int, staffed: Sequence[Interval]
) -> datetime:
    left = minutes * _MINUTE
    for interval in reversed(clip(staffed, raised_at, deadline)):
        if interval.length >= left:
            return interval.end - left
        left -= interval.length
    return raised_at


def _local_day(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def _waited(raised_at: datetime, now: datetime) -> str:
    days = (_local_day(now) - _local_day(raised_at)).days
    if days <= 0:
        return "raised today"
    return f"waited {days} day{'s' if days > 1 else ''}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
