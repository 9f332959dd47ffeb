"""What is foretold of one task, in words: when it is likely done, and how sure that is."""

import datetime as dt
from typing import Any

from hub.domain.promises import local_day, when_words
from hub.domain.worktime import LONDON, WorkCalendar

# Work of these kinds is done with the patient, on a day that nobody has settled before it is begun.
_WITH_THE_PATIENT = frozenset({"SMR", "LTC"})
_WEEK = WorkCalendar()  # the core hours, Monday to Friday, without bank holidays
_NOON, _EVENING = 12, 17
APPOINTMENT = "the review itself waits for an appointment with the patient."


def needs_appointment(kind: str, started_at: dt.datetime | None) -> bool:
    """Say whether a task of this kind (a code) still waits for a day with the patient, that nobody knows."""
    return kind in _WITH_THE_PATIENT and started_at is None


def done_words(
    forecast: Any | None,
    now: dt.datetime,
    hindered: str = "",
    *,
    due_at: dt.datetime,
    appointment: bool = False,
) -> list[str]:
    """Say when a task is likely done, how sure that is, and how likely it is late; [] without a forecast.

    `hindered` says why nobody can do it as things stand, or "": then nothing foretold is of use.
    `appointment` is `needs_appointment`. What is late already has no chance of that: it is said as a fact.
    """
    if hindered:
        return [no_forecast_words(hindered)]
    if forecast is None:
        return []
    found = [_when(forecast, now, appointment)]
    if now > due_at:
        found.append(f"It is late already: it was due {when_words(due_at)}.")
    elif forecast.late is not None:
        found.append(f"The chance that it is late is {percent(forecast.late)}.")
        if differ(forecast):
            on, usual = percent(forecast.late_if_on), percent(forecast.late_if_usual)
            found.append(f"{on} if as much work goes on arriving as now, {usual} if that returns to usual.")
    found.append(
        f"Foretold {when_words(forecast.at)}, by running the hub's own rules forward {forecast.runs} times."
    )
    return found


def no_forecast_words(hindered: str) -> str:
    """Say why nothing is foretold of an open task."""
    if hindered:
        return f"That cannot be said as things stand. {hindered}"
    return "Not foretold since it last changed. The next forecast is made within a quarter of an hour."


def short_words(forecast: Any | None, now: dt.datetime, *, appointment: bool = False) -> str:
    """Say in one sentence when a request is likely done, as its practice reads it; "" without a forecast.

    With `appointment` (`needs_appointment`) it says when a clinician likely gets to it, and no more.
    """
    if forecast is None or forecast.middle_at is None:
        return ""
    day = about_words(forecast.middle_at, now)
    if forecast.by_80_at is None:
        sure = ", but that is not sure yet"
    else:
        later = about_words(forecast.by_80_at, now)
        sure = f", in 8 of 10 cases by {later}" if later != day else ""
    if appointment:
        return f"A clinician will likely take it up by {day}{sure}; {APPOINTMENT}"
    return f"It will likely be done by {day}{sure}."


def differ(forecast: Any) -> bool:
    """Say whether the two readings of the future tell different things."""
    on, usual = forecast.late_if_on, forecast.late_if_usual
    return on is not None and usual is not None and abs(on - usual) >= 0.05


def percent(chance: float) -> str:
    """Return a chance as people say it: never 0 or 100, because nobody knows."""
    if chance < 0.01:
        return "below 1%"
    return "above 99%" if chance > 0.99 else f"{chance:.0%}"


def _when(forecast: Any, now: dt.datetime, appointment: bool) -> str:
    if forecast.middle_at is None:
        done = "taken up" if appointment else "done"
        return f"It is not likely to be {done} within the next ten working days."
    words = f"It will probably be done by {day_words(forecast.middle_at, now)}"
    if appointment:
        words = f"A clinician will probably take it up by {day_words(forecast.middle_at, now)}"
    if forecast.by_80_at is None:
        found = f"{words}, in half of the runs; in some it takes longer than ten working days."
    else:
        found = f"{words} (in half of the runs), and in 8 of 10 by {day_words(forecast.by_80_at, now)}."
    return f"{found} {APPOINTMENT[:1].upper()}{APPOINTMENT[1:]}" if appointment else found


def day_words(at: dt.datetime, now: dt.datetime) -> str:
    """Return a moment as people say it: "16:25 today", "09:00 tomorrow, Tue 24-Nov-2026"."""
    days, local = (local_day(at) - local_day(now)).days, at.astimezone(LONDON)
    near = {0: f"{local:%H:%M} today", 1: f"{local:%H:%M} tomorrow, {local:%a %d-%b-%Y}"}.get(days)
    return near or when_words(at)


def about_words(at: dt.datetime, now: dt.datetime) -> str:
    """Return a foretold moment as roughly as it is known: "this afternoon", "tomorrow morning, Tue ...".

    On a later day, what falls outside the core hours is said as the next part of a day in them: a practice
    is never told an hour of the night.
    """
    days = (local_day(at) - local_day(now)).days
    at = at if days == 0 else _WEEK.next_open(at)
    local = at.astimezone(LONDON)
    days = (local.date() - local_day(now)).days
    part = "morning" if local.hour < _NOON else "afternoon" if local.hour < _EVENING else "evening"
    if days == 0:
        return f"this {part}"
    day = f"{local:%a %d-%b-%Y}"
    return f"tomorrow {part}, {day}" if days == 1 else f"the {part} of {day}"
