"""What a shift or an absence is to be, once it has been read from a form."""

import datetime as dt
from dataclasses import dataclass

ABSENCE_REASONS = ("Leave", "Sickness", "Training", "Other")


@dataclass(frozen=True)
class WeeklyDraft:
    """A shift on each of these weekdays (0 is Monday); an end at or before the start is on the next day."""

    weekdays: tuple[int, ...]
    starts: dt.time
    ends: dt.time
    break_minutes: int
    valid_from: dt.date
    valid_to: dt.date | None
    breaks: tuple[tuple[dt.time, dt.time], ...] = ()


@dataclass(frozen=True)
class TimeDraft:
    """One stretch of time, aware; `reason` is an absence's, "" for an extra shift."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    reason: str = ""


@dataclass(frozen=True)
class MeetingDraft:
    """A meeting of one person (None: of everyone) on each of these weekdays; once if first day = last day."""

    user_id: int | None
    title: str
    weekdays: tuple[int, ...]
    starts: dt.time
    ends: dt.time
    first: dt.date
    last: dt.date | None


@dataclass(frozen=True)
class OnCallDraft:
    """When someone is on call, and the number on which they are reached."""

    user_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    telephone: str
