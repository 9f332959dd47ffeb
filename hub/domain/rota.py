"""Who is at work when, and for how many minutes? Shifts, extra shifts and absences become intervals.

An interval is half-open and in UTC: its start belongs to it, its end does not. Shifts
are wall-clock times in Europe/London; one that runs through a clock change is an hour
longer or shorter, as it is for the person.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo

from hub.domain.worktime import LONDON, in_utc, start_of_day, utc_of

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_UNIT = timedelta(microseconds=1)  # counted in, so that parts of a shift add up exactly
_NONE = timedelta(0)


@dataclass(frozen=True, order=True)
class Interval:
    """The time from `start` until just before `end`; both are turned into UTC.

    Raises:
        ValueError: a time has no zone, or `end` is not after `start`.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", in_utc(self.start))
        object.__setattr__(self, "end", in_utc(self.end))
        if self.end <= self.start:
            raise ValueError("A stretch of time must end after it starts.")

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start

    @property
    def minutes(self) -> int:
        """How many whole minutes it lasts."""
        return self.length // _MINUTE

    def contains(self, at: datetime) -> bool:
        """Say whether `at` lies in it; its end does not."""
        return self.start <= at < self.end


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the same time as few intervals in order; those that overlap or touch become one."""
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if merged and interval.start <= merged[-1].end:
            if interval.end > merged[-1].end:
                merged[-1] = Interval(merged[-1].start, interval.end)
        else:
            merged.append(interval)
    return tuple(merged)


def subtract(intervals: Iterable[Interval], holes: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the time of `intervals` that lies in none of `holes`, in order."""
    left: list[Interval] = []
    cuts = union(holes)
    first = 0
    for interval in union(intervals):
        start = interval.start
        while first < len(cuts) and cuts[first].end <= start:
            first += 1
        for cut in cuts[first:]:
            if cut.start >= interval.end:
                break
            if cut.start > start:
                left.append(Interval(start, cut.start))
            start = cut.end
        if start < interval.end:
            left.append(Interval(start, interval.end))
    return tuple(left)


def clip(intervals: Iterable[Interval], start: datetime, end: datetime) -> tuple[Interval, ...]:
    """Return what of `intervals`, in their order, lies from `start` until just before `end`."""
    return tuple(
        Interval(max(interval.start, start), min(interval.end, end))
        for interval in intervals
        if max(interval.start, start) < min(interval.end, end)
    )


@dataclass(frozen=True)
class WeeklyShift:
    """A shift on the same weekday (0 is Monday) of every week from `valid_from` to `valid_to`.

    Both dates belong to it and are those of the day when the shift starts; without
    `valid_to` it goes on. An `end` at or before `start` is on the next day. `break_minutes` are
    taken at no set time; `breaks` are, from and until (see `hub.domain.pauses`).

    Raises:
        ValueError: the weekday, the dates or a break cannot be; the sentence says what to do.
    """

    weekday: int
    start: time
    end: time
    break_minutes: int
    valid_from: date
    valid_to: date | None = None
    breaks: tuple[tuple[time, time], ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError("The weekday of a shift is 0 (Monday) to 6 (Sunday).")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("The last day of a shift cannot come before its first day.")
        if not 0 <= self.break_minutes < self._wall_minutes():
            raise ValueError("The break must be shorter than the shift, and not less than 0 minutes.")
        self._check_breaks()

    def _wall_minutes(self) -> int:
        return self._into(self.end) or 24 * 60

    def _into(self, moment: time) -> int:
        """Return how many minutes of the clock after its start `moment` comes."""
        minutes = (moment.hour - self.start.hour) * 60 + moment.minute - self.start.minute
        return minutes % (24 * 60)

    def _check_breaks(self) -> None:
        whole, over, taken = self._wall_minutes(), 0, self.break_minutes
        for starts, ends in sorted((self._into(starts), self._into(ends)) for starts, ends in self.breaks):
            if not starts < ends <= whole:
                raise ValueError("A break must lie within the shift, and end after it starts.")
            if starts < over:
                raise ValueError("Two breaks overlap: give each a time of its own.")
            over, taken = ends, taken + ends - starts
        if taken >= whole:
            raise ValueError("The breaks together must be shorter than the shift.")

    def on(self, day: date, zone: ZoneInfo = LONDON) -> Interval | None:
        """Return this shift as it starts on `day`, or None if it does not."""
        is_over = self.valid_to is not None and day > self.valid_to
        if day.weekday() != self.weekday or day < self.valid_from or is_over:
            return None
        last_day = day if self.end > self.start else day + _DAY
        start, end = utc_of(day, self.start, zone), utc_of(last_day, self.end, zone)
        # A shift that lies wholly in the hour skipped in spring does not take place.
        return Interval(start, end) if start < end else None


@dataclass(frozen=True)
class ExtraShift:
    """A shift that takes place once, without a break; both times are aware."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Absence:
    """Leave, sickness or training: time that no shift counts; both times are aware."""

    starts_at: datetime
    ends_at: datetime


def working_intervals(
    weekly: Iterable[WeeklyShift],
    extra: Iterable[ExtraShift],
    absences: Iterable[Absence],
    first_day: date,
    last_day: date,
    *,
    bank_holidays: Collection[date] = frozenset(),
    zone: ZoneInfo = LONDON,
) -> tuple[Interval, ...]:
    """Return when one person is at work from the start of `first_day` to the end of `last_day`.

    Absence wins over every shift. A weekly shift that would start on one of
    `bank_holidays` does not take place; an extra shift does. Breaks are not taken out
    here, as nobody knows when they fall (`break_minutes_on`). Ask for a day more than you
    need if a shift may run past midnight: what lies beyond `last_day` is cut off.

    Raises:
        ValueError: an extra shift or an absence does not end after it starts.
    """
    shifts = [Interval(shift.starts_at, shift.ends_at) for shift in extra]
    repeating = tuple(weekly)
    # The day before as well, for the night shift that ends on the first day.
    for number in range(-1, (last_day - first_day).days + 1):
        shifts += _shifts_on(repeating, first_day + timedelta(days=number), bank_holidays, zone)
    away = [Interval(absence.starts_at, absence.ends_at) for absence in absences]
    window = start_of_day(first_day, zone), start_of_day(last_day + _DAY, zone)
    return clip(subtract(shifts, away), *window)


def _shifts_on(
    weekly: Iterable[WeeklyShift], day: date, bank_holidays: Collection[date], zone: ZoneInfo
) -> list[Interval]:
    if day in bank_holidays:
        return []
    return [found for shift in weekly if (found := shift.on(day, zone)) is not None]


def break_minutes_on(
    weekly: Iterable[WeeklyShift],
    intervals: Iterable[Interval],
    day: date,
    *,
    bank_holidays: Collection[date] = frozenset(),
    zone: ZoneInfo = LONDON,
) -> int:
    """Return how many minutes of break fall on `day` for someone at work during `intervals`.

    A break counts in the same part as its shift: someone who is away for half of a
    shift, or works half of it after midnight, has half of its break there. Rounded up,
    so that capacity is never promised that is not there.
    """
    at_work = union(clip(intervals, start_of_day(day, zone), start_of_day(day + _DAY, zone)))
    total = Fraction(0)
    for shift in weekly:
        for started_on in (day - _DAY, day):
            found = None if started_on in bank_holidays else shift.on(started_on, zone)
            if found is not None:
                worked = _sum(clip(at_work, found.start, found.end))
                total += shift.break_minutes * Fraction(worked // _UNIT, found.length // _UNIT)
    return ceil(total)


def _sum(intervals: Iterable[Interval]) -> timedelta:
    return sum((interval.length for interval in intervals), _NONE)


@dataclass(frozen=True)
class Day:
    """One person's day as it stands now.

    `minutes` are those of the whole local day, `minutes_left` those from now to its end,
    both without breaks. `current_ends_at` is the end of the unbroken stretch at work
    (None when not at work; it may lie after midnight), `next_starts_at` the start of
    the next one (None when none is known). `busy` says in which meeting or break someone is
    who is on shift and yet not at work, "" otherwise.
    """

    minutes: int
    at_work: bool
    current_ends_at: datetime | None
    minutes_left: int
    next_starts_at: datetime | None
    busy: str = ""


def day_of(
    intervals: Iterable[Interval], now: datetime, *, break_minutes: int = 0, zone: ZoneInfo = LONDON
) -> Day:
    """Return the local day of `now` for someone at work during `intervals`.

    `break_minutes` is this day's break (`break_minutes_on`). Nobody records when a break
    is taken, so it is spread evenly: with half of the day's time left, half of the
    break is still to come. Minutes are whole ones, rounded down.
    """
    stretches = union(intervals)
    today = in_utc(now).astimezone(zone).date()
    midnight = start_of_day(today + _DAY, zone)
    planned = _sum(clip(stretches, start_of_day(today, zone), midnight))
    left = _sum(clip(stretches, now, midnight))
    net = max(planned - break_minutes * _MINUTE, _NONE)
    current = next((stretch for stretch in stretches if stretch.contains(now)), None)
    return Day(
        minutes=net // _MINUTE,
        at_work=current is not None,
        current_ends_at=current.end if current else None,
        minutes_left=_part(left, net, planned) // _MINUTE,
        next_starts_at=next((stretch.start for stretch in stretches if stretch.start > now), None),
    )


def _part(left: timedelta, net: timedelta, planned: timedelta) -> timedelta:
    """Return `left` x `net` / `planned`, exactly; nothing if nothing is planned."""
    return (left // _UNIT) * (net // _UNIT) // (planned // _UNIT) * _UNIT if planned else _NONE


def first_cover(people: Iterable[Sequence[Interval]], after: datetime) -> datetime | None:
    """Return the first moment, at or after `after`, when any of `people` is at work; None if never."""
    moment = in_utc(after)
    return min(
        (max(interval.start, moment) for one in people for interval in one if interval.end > moment),
        default=None,
    )


def last_staffed_minute_before(intervals: Iterable[Interval], at: datetime) -> datetime | None:
    """Return when the last minute at work that is over by `at` ends; None if there is none.

    That is `at` itself when work goes on until then. For a whole team give everyone's intervals.
    """
    moment = in_utc(at)
    return max((min(interval.end, moment) for interval in intervals if interval.start < moment), default=None)
