"""What was typed about shifts and absence, read into plain values or refused with sentences."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from hub.balancing.rota_drafts import ABSENCE_REASONS, TimeDraft, WeeklyDraft
from hub.domain import rota
from hub.domain.hours import hours_words
from hub.domain.worktime import LONDON, start_of_day, utc_of
from hub.forms import Reader, time_of_day

DAY = 24 * 60  # minutes
LONGEST_BREAK = 240  # minutes
LONGEST_TYPED = 9999  # minutes that are read at all; what is wrong with them is then said
LONGEST_EXTRA = dt.timedelta(hours=16)
LONGEST_ABSENCE = dt.timedelta(days=400)


def parse_week(text: str | None, today: dt.date) -> dt.date:
    """Return the Monday of the week that contains the day in `text` (ISO), or today if it is no day."""
    try:
        day = dt.date.fromisoformat(text or "")
    except ValueError:
        day = today
    if not 2000 <= day.year <= 2098:
        day = today
    return day - dt.timedelta(days=day.weekday())


def parse_weekly(form: Mapping[str, str], weekdays: Sequence[str]) -> WeeklyDraft:
    """Read a shift that repeats each week; `weekdays` are the boxes ticked. Raises Invalid."""
    reader = Reader(form)
    days = tuple(sorted(int(day) for day in set(weekdays) & set("0123456")))
    if not days:
        reader.problem("weekdays", "Tick at least one day of the week.")
    starts = reader.time("starts", "the start")
    ends = reader.time("ends", "the end")
    pause = reader.whole(
        "break_minutes", "Enter the minutes of break, 0 if there is none.", least=0, most=LONGEST_TYPED
    )
    breaks = parse_breaks(reader)
    first = year_checked(reader, "valid_from", reader.date("valid_from", "the first day"))
    last = year_checked(reader, "valid_to", reader.date("valid_to", "the last day", required=False))
    if starts and ends and first and days:
        _check_break(reader, starts, ends, pause)
        _check_shift(reader, starts, ends, pause, breaks, first, last)
    reader.done()
    assert starts is not None
    assert ends is not None
    assert first is not None
    return WeeklyDraft(days, starts, ends, pause, first, last, breaks)


def parse_breaks(reader: Reader) -> tuple[tuple[dt.time, dt.time], ...]:
    """Read breaks at set times, "10:30 to 10:45, 13:00-13:30"; a problem is noted under "breaks"."""
    found = []
    for part in filter(
        None, (part.strip() for part in re.split(r"[,;\n]", reader.text("breaks", longest=200)))
    ):
        times = [time_of_day(one) for one in re.split(r"\s*(?:to|until|-|\u2013)\s*", part)]
        if len(times) != 2 or times[0] is None or times[1] is None:
            reader.problem(
                "breaks", "Write each break as from and to, such as 10:30 to 10:45, 13:00 to 13:30."
            )
            return ()
        found.append((times[0], times[1]))
    return tuple(found)


def _check_shift(
    reader: Reader,
    starts: dt.time,
    ends: dt.time,
    pause: int,
    breaks: tuple[tuple[dt.time, dt.time], ...],
    first: dt.date,
    last: dt.date | None,
) -> None:
    try:
        rota.WeeklyShift(first.weekday(), starts, ends, pause, first, last)
    except ValueError as error:
        reader.problem("valid_to" if last and last < first else "break_minutes", str(error))
        return
    try:
        rota.WeeklyShift(first.weekday(), starts, ends, pause, first, last, breaks)
    except ValueError as error:
        reader.problem("breaks", str(error))


def _check_break(reader: Reader, starts: dt.time, ends: dt.time, pause: int) -> None:
    shift = (ends.hour * 60 + ends.minute - starts.hour * 60 - starts.minute) % DAY or DAY
    if pause >= shift:
        reader.problem(
            "break_minutes",
            f"The break must be shorter than the shift: {hours_words(pause)} of break, "
            f"{hours_words(shift)} of shift. Enter it in minutes.",
        )
    elif pause > LONGEST_BREAK:
        reader.problem(
            "break_minutes",
            f"A break of {hours_words(pause)} is longer than 4 hours: add two shifts instead, one before "
            "it and one after.",
        )


def parse_last_day(form: Mapping[str, str]) -> dt.date | None:
    """Read the last day of a weekly shift; None if left empty. Raises Invalid."""
    reader = Reader(form)
    last = year_checked(reader, "valid_to", reader.date("valid_to", "the last day", required=False))
    reader.done()
    return last


def parse_extra(form: Mapping[str, str]) -> TimeDraft:
    """Read a shift on one day; an end at or before the start is on the next day. Raises Invalid."""
    reader = Reader(form)
    day = year_checked(reader, "day", reader.date("day", "the day"))
    starts = reader.time("extra_starts", "the start")
    ends = reader.time("extra_ends", "the end")
    reader.done()
    assert day is not None
    assert starts is not None
    assert ends is not None
    last_day = day if ends > starts else day + dt.timedelta(days=1)
    draft = TimeDraft(utc_of(day, starts), utc_of(last_day, ends))
    if draft.ends_at <= draft.starts_at:
        reader.problem("extra_ends", "The clocks change in this hour: give a longer time.")
    if draft.ends_at - draft.starts_at > LONGEST_EXTRA:
        reader.problem("extra_ends", "This is longer than 16 hours: check the times.")
    reader.done()
    return draft


def parse_absence(form: Mapping[str, str]) -> TimeDraft:
    """Read an absence: whole days, or from one time to another. Raises Invalid."""
    reader = Reader(form)
    first = year_checked(reader, "first", reader.date("first", "the first day"))
    last = year_checked(reader, "last", reader.date("last", "the last day"))
    starts = reader.time("first_time", "the time") if reader.text("first_time") else None
    ends = reader.time("last_time", "the time") if reader.text("last_time") else None
    reason = reader.choice("reason", ABSENCE_REASONS, "Choose why they are away.")
    reader.done()
    assert first is not None
    assert last is not None
    begins = utc_of(first, starts) if starts else start_of_day(first)
    finishes = utc_of(last, ends) if ends else start_of_day(last + dt.timedelta(days=1))
    if finishes <= begins:
        reader.problem("last", "The absence must end after it begins.")
    if finishes - begins > LONGEST_ABSENCE:
        reader.problem("last", "This is longer than a year: check the dates.")
    reader.done()
    return TimeDraft(begins, finishes, reason)


def parse_away(form: Mapping[str, str], now: dt.datetime, shift_ends: dt.datetime | None = None) -> TimeDraft:
    """Read an absence that begins this moment: until the end of today, or to the end of a later day.

    `shift_ends` is when the shift ends that they are in now, where that is after midnight: whoever has gone
    home does not come back for the rest of it. Raises Invalid.
    """
    reader = Reader(form)
    reason = reader.choice("away_reason", ABSENCE_REASONS, "Choose why they are away.")
    until = reader.choice("away_until", ("today", "later"), "Say until when they are away.")
    last: dt.date | None = now.astimezone(LONDON).date()
    if until == "later":
        last = year_checked(reader, "away_last", reader.date("away_last", "the last day away"))
    reader.done()
    assert last is not None
    finishes = max(start_of_day(last + dt.timedelta(days=1)), shift_ends or now)
    if start_of_day(last + dt.timedelta(days=1)) <= now:
        reader.problem("away_last", "The last day away is over: choose today or later.")
    if finishes - now > LONGEST_ABSENCE:
        reader.problem("away_last", "This is longer than a year: check the date.")
    reader.done()
    return TimeDraft(now, finishes, reason)


def year_checked(reader: Reader, name: str, day: dt.date | None) -> dt.date | None:
    """Return `day`, with a problem noted if its year cannot be meant."""
    if day is not None and not 2000 <= day.year <= 2098:
        reader.problem(name, "Enter a year from 2000 to 2098.")
    return day
