"""When does work count? Opening hours, bank holidays, targets in working days and minutes.

Results are aware datetimes in UTC; opening hours are wall-clock times of a zone
(Europe/London). When the clocks go back, a time that comes twice means the first;
when they go forward, a time that is skipped means the moment of the change. So hours
never overlap, and a working minute is always a minute that really passes.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays as holiday_rules

from hub.domain.hours import CORE_HOURS as CORE_HOURS
from hub.domain.hours import MIDNIGHT, Span
from hub.domain.hours import Hours as Hours

LONDON = ZoneInfo("Europe/London")
FIRST_YEAR, LAST_YEAR = 1900, 2100  # what the bank holidays are known for

_MINUTE = timedelta(minutes=1)
_NONE = timedelta(0)
_NICE_DAYS = 7


@lru_cache
def england_bank_holidays(year: int) -> frozenset[date]:
    """Return England's bank holidays of `year`, with the days kept instead of those at a weekend.

    Holidays proclaimed later than the installed `holidays` release are missing: keep it up to date.

    Raises:
        ValueError: `year` is outside 1900 to 2100, where the holidays are not known.
    """
    _check_year(year)
    return frozenset(holiday_rules.country_holidays("GB", subdiv="ENG", years=year))


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"Working days are known for {FIRST_YEAR} to {LAST_YEAR}, not for {year}.")


@lru_cache(maxsize=16_384)  # a page asks for the same few days for hundreds of people
def utc_of(day: date, at: time, zone: ZoneInfo = LONDON) -> datetime:
    """Return the moment, in UTC, when the clocks of `zone` show `at` on `day`.

    A time that comes twice is the first; a time that is skipped is the moment of the change.
    """
    wall = datetime.combine(day, at, tzinfo=zone)
    moment = wall.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return moment
    # Skipped: the change lies between the time read by the clock after it and by the clock before it.
    earliest = wall.replace(fold=1).astimezone(UTC)
    after = moment.astimezone(zone).utcoffset()
    minutes = range((moment - earliest) // _MINUTE + 1)
    changed = bisect_left(
        minutes, True, key=lambda m: (earliest + m * _MINUTE).astimezone(zone).utcoffset() == after
    )
    return (earliest + changed * _MINUTE).replace(second=0, microsecond=0)


def start_of_day(day: date, zone: ZoneInfo = LONDON) -> datetime:
    """Return the moment, in UTC, when `day` begins in `zone`."""
    return utc_of(day, MIDNIGHT, zone)


def in_utc(at: datetime) -> datetime:
    """Return the same moment in UTC.

    Raises:
        ValueError: `at` has no time zone, so that nobody knows which moment it is.
    """
    if at.tzinfo is None:
        raise ValueError("A moment needs its time zone.")
    return at.astimezone(UTC)


@dataclass(frozen=True)
class WorkCalendar:
    """Opening hours less holidays: what a practice's or the hub's working time is.

    `holidays` is a set of days, or a function from a year to its days. A working day
    is a day with opening hours that is not a holiday, so a Saturday counts where it is open.
    Methods raise ValueError for moments without a time zone and outside 1900 to 2100.
    """

    hours: Hours = CORE_HOURS
    holidays: Callable[[int], Collection[date]] | Collection[date] = england_bank_holidays
    zone: ZoneInfo = LONDON

    def __post_init__(self) -> None:
        if not callable(self.holidays):
            object.__setattr__(self, "holidays", frozenset(self.holidays))

    def is_working_day(self, day: date) -> bool:
        """Say whether there is any opening time on `day`."""
        return bool(self.spans_on(day))

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """Return the opening hours of `day`: none on a holiday."""
        spans = self.hours.days[day.weekday()]
        days_off = self.holidays(day.year) if callable(self.holidays) else self.holidays
        return () if spans and day in days_off else spans

    def open_on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Return opening and closing of each span of `day`, in UTC: none on a holiday."""
        next_day = day + timedelta(days=1)
        return tuple(
            (
                utc_of(day, start, self.zone),
                start_of_day(next_day, self.zone) if end == MIDNIGHT else utc_of(day, end, self.zone),
            )
            for start, end in self.spans_on(day)
        )

    def close_of(self, day: date) -> datetime:
        """Return the moment, in UTC, of the last closing on `day`.

        Raises:
            ValueError: `day` is not a working day.
        """
        if not self.is_working_day(day):
            raise ValueError(f"{day:%d-%b-%Y} is not a working day, so it has no closing time.")
        return self.open_on(day)[-1][1]

    def after_working_days(self, start: date, days: int) -> datetime:
        """Return the close, in UTC, of the working day number `days` after `start`.

        `start` itself never counts; 0 days is the first working day on or after it.

        Raises:
            ValueError: `days` is negative.
            TypeError: `start` is a datetime, whose day depends on the zone.
        """
        if isinstance(start, datetime):
            raise TypeError("Working days are counted from a day of the calendar, not from a moment.")
        if days < 0:
            raise ValueError("Working days are counted forwards: give 0 or more.")
        day = start if days == 0 else start + timedelta(days=1)
        left = max(days, 1)
        while True:
            _check_year(day.year)
            left -= self.is_working_day(day)
            if left == 0:
                return self.close_of(day)
            day += timedelta(days=1)

    def is_open(self, at: datetime) -> bool:
        """Say whether `at` is in working time; the moment of closing is not."""
        return self.next_open(at) == at

    def next_open(self, at: datetime) -> datetime:
        """Return the first moment at or after `at` that is in working time."""
        moment = in_utc(at)
        year = self._year_of(moment)
        while (found := _opening_year(self, year).open_from(moment)) is None:
            year += 1
        return found

    def previous_working_minute(self, at: datetime) -> datetime:
        """Return when the last working minute that is over by `at` ends.

        That is `at` itself when work goes on until then, otherwise the closing before
        it: work finished by the answer was finished in working time.
        """
        moment = in_utc(at)
        year = self._year_of(moment)
        while (found := _opening_year(self, year).open_until(moment)) is None:
            year -= 1
        return found

    def add_minutes(self, start: datetime, minutes: int) -> datetime:
        """Return the first moment when `minutes` working minutes have passed since `start`.

        Ends at closing rather than at the next opening; 0 minutes is `start`.

        Raises:
            ValueError: `minutes` is negative.
        """
        if minutes < 0:
            raise ValueError("Working minutes are counted forwards: give 0 or more.")
        moment = in_utc(start)
        if minutes == 0:
            return moment
        year = self._year_of(moment)
        wanted = minutes * _MINUTE + _opening_year(self, year).worked_by(moment)
        while wanted > (total := _opening_year(self, year).total):
            wanted -= total
            year += 1
        return _opening_year(self, year).when_worked(wanted)

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Return the whole working minutes from `start` to `end`; 0 if `end` is not later."""
        first, last = in_utc(start), in_utc(end)
        if last <= first:
            return 0
        years = [_opening_year(self, year) for year in range(self._year_of(first), self._year_of(last) + 1)]
        worked = years[-1].worked_by(last) - years[0].worked_by(first)
        return sum((year.total for year in years[:-1]), worked) // _MINUTE

    def _year_of(self, moment: datetime) -> int:
        return moment.astimezone(self.zone).year


def calendar_from(hours: Mapping[str, Any] | None) -> WorkCalendar | None:
    """Return the working time of opening hours as `Hours.to_json` gives them; None for None."""
    return None if hours is None else _calendar_from(json.dumps(hours, sort_keys=True))


@lru_cache(maxsize=1024)
def _calendar_from(hours: str) -> WorkCalendar:
    return WorkCalendar(Hours.from_json(json.loads(hours)))


@dataclass(frozen=True)
class _OpeningYear:
    """One year's working time in UTC: so every question is a search instead of a walk over days.

    `before[i]` is the working time of the year before span `i` starts; spans are in order,
    never overlap (one may start where another ends) and are never empty.
    """

    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    before: tuple[timedelta, ...]
    total: timedelta

    def worked_by(self, at: datetime) -> timedelta:
        begun = bisect_right(self.starts, at)
        if begun == 0:
            return _NONE
        return self.before[begun - 1] + min(at, self.ends[begun - 1]) - self.starts[begun - 1]

    def when_worked(self, wanted: timedelta) -> datetime:
        span = bisect_left(self.before, wanted) - 1
        return self.starts[span] + (wanted - self.before[span])

    def open_from(self, at: datetime) -> datetime | None:
        following = bisect_right(self.ends, at)
        return max(at, self.starts[following]) if following < len(self.starts) else None

    def open_until(self, at: datetime) -> datetime | None:
        begun = bisect_left(self.starts, at)
        return min(at, self.ends[begun - 1]) if begun else None


@lru_cache(maxsize=1024)  # some 100 kB each; a hub has tens of calendars and asks about three years
def _opening_year(calendar: WorkCalendar, year: int) -> _OpeningYear:
    _check_year(year)
    first = date(year, 1, 1)
    starts, ends, before, total = [], [], [], _NONE
    for number in range((date(year, 12, 31) - first).days + 1):
        day = first + timedelta(days=number)
        for start, end in calendar.open_on(day):
            if start < end:  # hours that lie wholly in the skipped hour never happen
                starts.append(start)
                ends.append(end)
                before.append(total)
                total += end - start
    return _OpeningYear(tuple(starts), tuple(ends), tuple(before), total)


def nice_discharge_deadline(receipt_on: date, next_issue_on: date | None) -> tuple[datetime, str]:
    """Return by when a discharge must be reconciled, in UTC, and the sentence that says why.

    NICE QS120 statement 5: within 7 days of the practice receiving the information, and
    before the next prescription or supply. Days are calendar days in England: the
    deadline is 23:59:59 of the seventh day after receipt, or the start of the day of
    the next issue if that is sooner.
    """
    last_day = receipt_on + timedelta(days=_NICE_DAYS)
    if next_issue_on is not None and next_issue_on <= last_day:
        return start_of_day(next_issue_on), (
            f"Before the next issue on {next_issue_on:%d-%b-%Y}, which comes before the end of the seventh "
            f"day after receipt on {receipt_on:%d-%b-%Y} (NICE QS120, statement 5)."
        )
    return start_of_day(last_day + timedelta(days=1)) - timedelta(seconds=1), (
        f"By the end of {last_day:%d-%b-%Y}, the seventh day after receipt on {receipt_on:%d-%b-%Y} "
        "(NICE QS120, statement 5)."
    )


def contract_year_end(at: datetime, zone: ZoneInfo = LONDON) -> date:
    """Return the last day of the contract year in which `at` lies: 31 March, on or after its local day.

    The year of the GP contract and of its Quality and Outcomes Framework runs from 1 April to 31 March.
    """
    day = in_utc(at).astimezone(zone).date()
    return date(day.year if (day.month, day.day) <= (3, 31) else day.year + 1, 3, 31)
