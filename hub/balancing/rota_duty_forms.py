"""What was typed about meetings and on-call, read into plain values or refused with sentences."""

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence

from hub.balancing.rota_drafts import MeetingDraft, OnCallDraft
from hub.balancing.rota_forms import year_checked
from hub.forms import Reader

EVERYONE = "everyone"
LONGEST_ON_CALL = dt.timedelta(days=14)
LONGEST_TITLE = 60
_TELEPHONE = re.compile(r"\+?[0-9 ()-]{7,20}")


def parse_meeting(
    form: Mapping[str, str], weekdays: Sequence[str], user_ids: Collection[int]
) -> MeetingDraft:
    """Read a meeting, once or each week; `weekdays` are the boxes ticked. Raises Invalid."""
    reader = Reader(form)
    who = reader.choice("who", [EVERYONE, *map(str, user_ids)], "Choose whose meeting it is.")
    title = reader.text("title", "Enter what it is, for example Team meeting.", longest=LONGEST_TITLE)
    starts, ends = reader.time("starts", "the start"), reader.time("ends", "the end")
    if starts and ends and ends <= starts:
        reader.problem("ends", "The meeting must end after it starts, on the same day.")
    repeats = reader.choice("repeats", ("once", "weekly"), "Say whether it repeats.")
    days, first, last = _once(reader) if repeats == "once" else _weekly(reader, repeats, weekdays)
    reader.done()
    assert starts is not None
    assert ends is not None
    assert first is not None
    return MeetingDraft(None if who == EVERYONE else int(who), title, days, starts, ends, first, last)


def _once(reader: Reader) -> tuple[tuple[int, ...], dt.date | None, dt.date | None]:
    day = year_checked(reader, "first", reader.date("first", "the day"))
    return (day.weekday(),) if day else (), day, day


def _weekly(
    reader: Reader, repeats: str, weekdays: Sequence[str]
) -> tuple[tuple[int, ...], dt.date | None, dt.date | None]:
    days = tuple(sorted(int(day) for day in set(weekdays) & set("0123456")))
    if repeats and not days:
        reader.problem("weekdays", "Tick at least one day of the week.")
    first = year_checked(reader, "first", reader.date("first", "the first day"))
    last = year_checked(reader, "last", reader.date("last", "the last day", required=False))
    if first and last and last <= first:
        reader.problem("last", "The last day must come after the first day.")
    return days, first, last


def parse_on_call(form: Mapping[str, str], user_ids: Collection[int], now: dt.datetime) -> OnCallDraft:
    """Read who is on call, from when to when, and the number. Raises Invalid."""
    reader = Reader(form)
    who = reader.choice("who", [str(one) for one in user_ids], "Choose who is on call.")
    starts = reader.moment("starts", "starts_time", "the start")
    ends = reader.moment("ends", "ends_time", "the end")
    telephone = reader.text("telephone", "Enter the number on which they are reached.", longest=20)
    if telephone and not _TELEPHONE.fullmatch(telephone):
        reader.problem("telephone", "Enter a telephone number, such as 01632 960001.")
    if starts and ends:
        _check_stretch(reader, starts, ends, now)
    reader.done()
    assert starts is not None
    assert ends is not None
    return OnCallDraft(int(who), starts, ends, telephone)


def _check_stretch(reader: Reader, starts: dt.datetime, ends: dt.datetime, now: dt.datetime) -> None:
    if ends <= starts:
        reader.problem("ends", "Being on call must end after it starts.")
    elif ends - starts > LONGEST_ON_CALL:
        reader.problem("ends", "This is longer than 14 days: check the dates.")
    elif ends <= now:
        reader.problem("ends", "This is over already: check the dates.")
