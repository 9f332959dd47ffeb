"""Time on shift that no work can be given for: breaks at set times, and meetings.

Whoever pauses has not gone home: their worklist stays theirs, and what cannot wait may still
reach them. But a pause counts neither as time at work nor as minutes.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.domain.rota import Day, Interval, WeeklyShift, clip, day_of, subtract
from hub.domain.worktime import LONDON, in_utc, start_of_day

_DAY = timedelta(days=1)
BREAK = "on a break"
MEETING = "in a meeting"


@dataclass(frozen=True, order=True)
class Pause:
    """One pause: when, and its words after "is": `BREAK` or `MEETING`."""

    when: Interval
    words: str


def pauses(
    weekly: Iterable[WeeklyShift],
    meetings: Iterable[WeeklyShift],
    first_day: date,
    last_day: date,
    *,
    bank_holidays: Collection[date] = frozenset(),
    zone: ZoneInfo = LONDON,
) -> tuple[Pause, ...]:
    """Return the breaks at set times and the meetings that start from `first_day` to `last_day`, in order.

    A meeting has the shape of a shift without a break. One that repeats does not take place on
    one of `bank_holidays`; one on a single day does.
    """
    shifts, gatherings = tuple(weekly), tuple(meetings)
    found = []
    for number in range(-1, (last_day - first_day).days + 1):
        day = first_day + timedelta(days=number)
        found += [one for shift in shifts for one in _breaks_on(shift, day, zone)]
        for meeting in gatherings:
            is_single = meeting.valid_from == meeting.valid_to
            when = meeting.on(day, zone) if is_single or day not in bank_holidays else None
            found += [Pause(when, MEETING)] if when else []
    return tuple(sorted(found))


def _breaks_on(shift: WeeklyShift, day: date, zone: ZoneInfo) -> list[Pause]:
    if shift.on(day, zone) is None:
        return []
    found = []
    for starts, ends in shift.breaks:
        began = _wall(day, starts, shift.start)
        when = WeeklyShift(began.weekday(), starts, ends, 0, began, began).on(began, zone)
        found += [Pause(when, BREAK)] if when else []
    return found


def _wall(day: date, moment: time, start: time) -> date:
    """Return the day on which `moment` comes in a shift that starts on `day` at `start`."""
    return day if moment >= start else day + _DAY


@dataclass(frozen=True)
class Working:
    """One person's time: `on_shift` with all its pauses, and `at_work`, what is left without them."""

    on_shift: tuple[Interval, ...]
    at_work: tuple[Interval, ...]
    pauses: tuple[Pause, ...] = ()

    def minutes_on(self, day: date, break_minutes: int = 0, zone: ZoneInfo = LONDON) -> int:
        """Return the minutes for work on `day` without pauses and `break_minutes`; never below 0."""
        window = start_of_day(day, zone), start_of_day(day + _DAY, zone)
        return max(sum(one.minutes for one in clip(self.at_work, *window)) - break_minutes, 0)

    def day(self, now: datetime, break_minutes: int = 0, zone: ZoneInfo = LONDON) -> Day:
        """Return the local day of `now` as it stands (`rota.day_of`), and how someone is busy, if so."""
        found = day_of(self.at_work, now, break_minutes=break_minutes, zone=zone)
        return replace(found, busy="" if found.at_work else self._busy(in_utc(now)))

    def _busy(self, now: datetime) -> str:
        if not any(one.contains(now) for one in self.on_shift):
            return ""
        pause = max((one for one in self.pauses if one.when.contains(now)), key=lambda one: one.when.end)
        return f"{pause.words} until {pause.when.end.astimezone(LONDON):%H:%M}"


def working(on_shift: Sequence[Interval], paused: Iterable[Pause]) -> Working:
    """Return the time of someone on shift during `on_shift` who pauses as `paused` says."""
    known = tuple(paused)
    return Working(tuple(on_shift), subtract(on_shift, (one.when for one in known)), known)
