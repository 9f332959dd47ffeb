"""How the rota is shown: a week as a table of minutes, shifts and absences as lines."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from hub.domain.hours import DAY_NAMES
from hub.domain.hours import hours_words as hours_words  # templates show with it
from hub.domain.rota import Interval
from hub.domain.worktime import LONDON

DAY_OPTIONS = [{"value": str(number), "text": name} for number, name in enumerate(DAY_NAMES)]


@dataclass(frozen=True)
class Cell:
    """One person's day: its hours and minutes in words, and when."""

    minutes: str
    when: str


@dataclass(frozen=True)
class MeetingLine:
    """One meeting as its row shows it."""

    id: int
    who: str
    title: str
    when: str
    holds: str


@dataclass(frozen=True)
class OnCallLine:
    """One stretch on call as its row shows it; `is_now` says that it has begun."""

    id: int
    user_id: int
    who: str
    when: str
    telephone: str
    is_now: bool


def meeting_line(one: Any, name: str | None) -> MeetingLine:
    """Return a meeting for its row; `name` is the person's, None for everyone's meeting."""
    hours = f"{one.starts:%H:%M} to {one.ends:%H:%M}"
    if one.valid_from == one.valid_to:
        return MeetingLine(
            one.id, name or "Everyone", one.title, f"{one.valid_from:%a %d-%b-%Y}, {hours}", "Once"
        )
    when = f"Every {DAY_NAMES[one.weekday]}, {hours}"
    return MeetingLine(one.id, name or "Everyone", one.title, when, validity(one.valid_from, one.valid_to))


def on_call_line(one: Any, name: str, now: dt.datetime) -> OnCallLine:
    """Return a stretch on call for its row."""
    when = stretch(one.starts_at, one.ends_at)
    return OnCallLine(one.id, one.user_id, name, when, one.telephone, one.starts_at <= now)


def breaks_words(minutes: int, breaks: Sequence[Sequence[str]]) -> str:
    """Return the breaks of a weekly shift: "30 min, 10:30 to 10:45"; "None" if it has none."""
    timed = [f"{start} to {end}" for start, end in breaks]
    return ", ".join([*([hours_words(minutes)] if minutes else []), *timed]) or "None"


def cell(minutes: int, stretches: Sequence[Interval], is_away: bool, in_meetings: int = 0) -> Cell:
    """Return a person's day; nobody's cell is empty."""
    if not stretches:
        return Cell("Away" if is_away else "Off", "")
    when = ", ".join(f"{_time(one.start)} to {_time(one.end)}" for one in stretches)
    when += f", {hours_words(in_meetings)} in meetings" if in_meetings else ""
    return Cell(hours_words(minutes), when + (", away for part" if is_away else ""))


def heading(day: dt.date, bank_holidays: Collection[dt.date]) -> str:
    """Return a column's heading: "Mon 23-Nov", and that it is a bank holiday."""
    return f"{day:%a %d-%b}" + (", bank holiday" if day in bank_holidays else "")


def shift_title(weekday: int, starts: dt.time, ends: dt.time) -> str:
    """Return a weekly shift as a line: "Monday, 09:00 to 17:00"."""
    over = " (next day)" if ends <= starts else ""
    return f"{DAY_NAMES[weekday]}, {starts:%H:%M} to {ends:%H:%M}{over}"


def validity(first: dt.date, last: dt.date | None) -> str:
    """Return from when to when a weekly shift holds."""
    return f"{first:%d-%b-%Y} to {last:%d-%b-%Y}" if last else f"Since {first:%d-%b-%Y}"


def stretch(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """Return a stretch of time; whole days without their midnights."""
    first, last = starts_at.astimezone(LONDON), ends_at.astimezone(LONDON)
    if first.time() == last.time() == dt.time():
        final = last.date() - dt.timedelta(days=1)
        return f"{first:%d-%b-%Y}" if final == first.date() else f"{first:%d-%b-%Y} to {final:%d-%b-%Y}"
    if last.time() == dt.time():
        final = last.date() - dt.timedelta(days=1)
        return f"{first:%a %d-%b-%Y, %H:%M} to {final:%a %d-%b-%Y}, 24:00"
    if first.date() == last.date():
        return f"{first:%a %d-%b-%Y, %H:%M} to {last:%H:%M}"
    return f"{first:%a %d-%b-%Y, %H:%M} to {last:%a %d-%b-%Y, %H:%M}"


def _time(at: dt.datetime) -> str:
    return f"{at.astimezone(LONDON):%H:%M}"
