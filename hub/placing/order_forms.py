"""What is typed to put a task before others, or to keep it for one person: where, until when, and why."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hub.domain.vocabulary import Band
from hub.domain.worktime import LONDON
from hub.forms import Reader, time_of_day

LONGEST = 2000
FIRST = "first"
TODAY, TOMORROW, OTHER_DAY = "today", "tomorrow", "day"
# The last minute of a day: "until midnight" leaves open which one.
_END = dt.time(23, 59)


@dataclass(frozen=True)
class Override:
    """Where a task is to stand, until when, and why; `band` is None where it is only to stand first."""

    band: Band | None
    first: bool
    until: dt.datetime
    reason: str


@dataclass(frozen=True)
class Reservation:
    """For whom a task is kept, until when, and why."""

    person_id: int
    until: dt.datetime
    reason: str


def read_override(form: Mapping[str, str], now: dt.datetime) -> Override:
    """Return what was typed; Invalid with every problem together."""
    reader = Reader(form)
    bands = {str(int(band)): band for band in Band}
    place = reader.choice("place", (FIRST, *bands), "Choose where it should stand.")
    until = _until(reader, now)
    reason = reader.text(
        "reason", "Say why, so that everyone who is passed over can read it.", longest=LONGEST
    )
    reader.done()
    return Override(bands.get(place), place == FIRST, until, reason)


def read_reservation(form: Mapping[str, str], people: Collection[int], now: dt.datetime) -> Reservation:
    """Return what was typed, for one of `people` (ids); Invalid with every problem together."""
    reader = Reader(form)
    person = reader.choice("to", [str(one) for one in people], "Choose for whom it is to be kept.")
    until = _until(reader, now)
    reason = reader.text("reason", "Say why it should wait for this person.", longest=LONGEST)
    reader.done()
    return Reservation(int(person), until, reason)


def _until(reader: Reader, now: dt.datetime) -> dt.datetime:
    """Return the moment that was chosen; `now`, with a problem noted, where there is none."""
    today = now.astimezone(LONDON).date()
    chosen = reader.choice("until", (TODAY, TOMORROW, OTHER_DAY), "Choose until when.")
    if chosen != OTHER_DAY:
        return _at(today + dt.timedelta(days=chosen == TOMORROW), _END)
    typed = reader.form.get("time", "").strip()
    time = time_of_day(typed) if typed else _END
    if time is None:
        reader.problem("time", "Write the time as hours and minutes, such as 14:30, or leave it empty.")
    day = reader.date("day", "the day until which it counts")
    return now if day is None or time is None else _at(day, time)


def _at(day: dt.date, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, time, LONDON).astimezone(dt.UTC)
