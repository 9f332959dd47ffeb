"""What people are told about a task's turn: why it stands where it stands, and when it will be seen."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hub.domain.deadlines import Clocks
from hub.domain.vocabulary import Band
from hub.domain.worktime import LONDON, WorkCalendar

BAND_WORDS: dict[Band, str] = {
    Band.NOW: "now",
    Band.BY_TOMORROW: "by tomorrow",
    Band.INSIDE_TARGET: "in its usual time",
    Band.PLANNED: "planned",
    Band.WHEN_CAPACITY_ALLOWS: "when capacity allows",
}

# As the third band was called: reasons that were stored then still say so.
_ONCE_SAID = re.compile(r"\binside target\b")

MADE, KEPT = "made", "kept"  # what becomes of a band's promise

_NOW_MEANS = timedelta(hours=1)  # of the clock, not of working time: harm does not wait for Monday
_ORDINALS = (
    "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """What "why here?" is told of a task: its band, the words of its facts (`Placement`) and its clocks.

    `signals`, `not_told` and `not_sure` are facts that gave it its band; `beside` are facts that did not.
    """

    band: Band
    signals: tuple[str, ...]
    not_told: tuple[str, ...]
    due_at: datetime
    deadline_at: datetime | None
    raised_at: datetime
    not_sure: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenBy:
    """What the form says before sending: when someone sees it (None: nobody on the rota), in time or not."""

    at: datetime | None
    in_time: bool
    sentence: str


def why_here(standing: Standing, position: int, now: datetime) -> str:
    """Say why a task stands at `position` (from 1), e.g. "Third: by tomorrow (high-risk medicine), ..."."""
    place = _ORDINALS[position - 1] if position <= len(_ORDINALS) else f"Number {position}"
    unknown = {"not sure": standing.not_sure, "not told": standing.not_told}
    because = [
        ", ".join(standing.signals),
        *(f"{what}: {', '.join(words)}" for what, words in unknown.items() if words),
    ]
    facts = f" ({'; '.join(filter(None, because))})" if any(because) else ""
    if standing.deadline_at is not None:
        passed = "deadline passed" if now >= standing.deadline_at else "deadline"
        clock = f"{passed} {when_words(standing.deadline_at)}"
    else:
        clock = f"{'was due' if now >= standing.due_at else 'due'} {when_words(standing.due_at)}"
    beside = f" Also: {', '.join(standing.beside)}." if standing.beside else ""
    waited = _waited(standing.raised_at, now)
    late = now >= standing.due_at or (standing.deadline_at is not None and now >= standing.deadline_at)
    return f"{place}: {band_words(standing.band, late=late)}{facts}, {clock}, {waited}.{beside}"


def band_words(band: Band, *, late: bool) -> str:
    """Return how soon a task is to be done; what is overdue is not "in" its usual time any more."""
    return "usual time" if late and band == Band.INSIDE_TARGET else BAND_WORDS[band]


def in_full(words: str) -> str:
    """Return a stored sentence for hub staff with the third band's name of today, whenever it was stored."""
    return _ONCE_SAID.sub(BAND_WORDS[Band.INSIDE_TARGET], words)


def promised(band: Band, clocks: Clocks, *, raised_at: datetime, hub_calendar: WorkCalendar) -> datetime:
    """Return by when `band` promises that a clinician sees a request raised at `raised_at`.

    Band 1: within an hour of the clock. Band 2: by the close of the hub's next working
    day. Bands 3 to 5: by the target. Never after the target or the working due, unless
    these had passed on arrival; then the next working day is the soonest promise.
    """
    if band == Band.NOW:
        return raised_at + _NOW_MEANS
    next_day = hub_calendar.after_working_days(local_day(raised_at), 1)
    soonest = min(clocks.due_at, clocks.working_due_at)
    if soonest <= raised_at:
        return next_day
    return min(next_day, soonest) if band == Band.BY_TOMORROW else soonest


def due_of(
    band: Band,
    clocks: Clocks,
    *,
    now: datetime,
    hub_calendar: WorkCalendar,
    before: tuple[Band, datetime] | None = None,
) -> datetime:
    """Return by when a task of this band is due: what was promised must be what is kept.

    In bands 3 to 5 that is the target. In bands 1 and 2 it is the band's promise, made when the task
    reaches the band (`now`), if that is sooner. `before` is the band and due time that it had: a promise
    made in the same band stands, whatever is recomputed later.
    """
    if band > Band.BY_TOMORROW:
        return clocks.due_at
    if before is not None and before[0] == band:
        return min(clocks.due_at, before[1])
    return min(clocks.due_at, promised(band, clocks, raised_at=now, hub_calendar=hub_calendar))


def told(band: Band, clocks: Clocks, before: Band | None) -> dict[str, Any]:
    """Return what the event that sets a task's clocks says of them, so that events alone give them again.

    `before` is the band it had, None for a new task. As JSON: the band; in bands 1 and 2 also whether
    their promise is "made" at this moment or "kept" from before (see `due_of`); and for one made the
    working due, which nothing but the rota of that day can tell.
    """
    if band > Band.BY_TOMORROW:
        return {"band": int(band)}
    if before == band:
        return {"band": int(band), "promise": KEPT}
    return {"band": int(band), "promise": MADE, "working_due_at": clocks.working_due_at.isoformat()}


def promise_words(*, seen: bool, passed: bool = False) -> str:
    """Return how a promise is told to a practice, wherever it is told: a date follows.

    Urgent work (bands 1 and 2) promises that a clinician sees it, all other that it is done.
    """
    if seen:
        return f"A clinician should {'have seen' if passed else 'see'} it by"
    return f"It should {'have been' if passed else 'be'} done by"


def seen_by(
    promised_at: datetime, first_cover: datetime | None, *, telephone: str = "", band: Band = Band.NOW
) -> SeenBy:
    """Say what the form says before sending, in the words of `band`'s promise.

    `first_cover` is the first moment when someone who may do it is at work, None if
    never; `telephone` is the number to ring, "" if the hub has none.
    """
    if first_cover is not None and first_cover <= promised_at:
        words = promise_words(seen=band <= Band.BY_TOMORROW)
        return SeenBy(promised_at, True, f"{words} {when_words(promised_at)}.")
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


def local_day(at: datetime) -> date:
    """Return the day of `at` on the calendar in England."""
    return at.astimezone(LONDON).date()


def _waited(raised_at: datetime, now: datetime) -> str:
    days = (local_day(now) - local_day(raised_at)).days
    if days <= 0:
        return "raised today"
    return f"waited {days} day{'s' if days > 1 else ''}"
