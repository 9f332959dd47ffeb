"""How the forms read that put a task before others or keep it for one person."""

import datetime as dt
from collections.abc import Iterable
from typing import Protocol

from hub.domain.eligibility import Person
from hub.domain.order import override_refusal
from hub.domain.promises import BAND_WORDS, in_full, when_words
from hub.domain.vocabulary import Band
from hub.domain.worktime import LONDON


class TaskLike(Protocol):
    """What the form reads of a task."""

    band: int
    override_band: int | None
    override_first: bool
    override_until: dt.datetime | None


def place_options(band: Band) -> list[dict[str, str]]:
    """Return where a task may be put that a rule put into `band`: first, or any band that no rule forbids."""
    first = {
        "value": "first",
        "text": "First in its line",
        "hint": "The line is its queue, or the worklist it is on. What cannot wait goes before it still.",
    }
    bands = [
        {
            "value": str(int(one)),
            "text": _capital(in_full(words)),
            "hint": "As the rules have it." * (one == band),
        }
        for one, words in BAND_WORDS.items()
        if override_refusal(band, one) is None
    ]
    return [first, *bands]


def until_options(now: dt.datetime) -> list[dict[str, str]]:
    """Return until when it may count."""
    today = now.astimezone(LONDON).date()
    return [
        {"value": "today", "text": f"The end of today, {today:%a %d-%b-%Y}"},
        {"value": "tomorrow", "text": f"The end of tomorrow, {today + dt.timedelta(days=1):%a %d-%b-%Y}"},
        {"value": "day", "text": "Another day", "hint": "Write it below; at most two weeks ahead."},
    ]


def day_example(now: dt.datetime) -> str:
    """Return a day that makes sense to type."""
    day = now.astimezone(LONDON).date() + dt.timedelta(days=3)
    return f"{day.day} {day.month} {day.year}"


def stands_now(task: TaskLike) -> str:
    """Say what a person has set already, or ""."""
    if task.override_until is None:
        return ""
    where = "first in its line"
    if task.override_band is not None:
        where = f"“{in_full(BAND_WORDS[Band(task.override_band)])}”"
    return f"It is set to {where} until {when_words(task.override_until)}. What you set now replaces that."


def people_options(people: Iterable[Person]) -> list[dict[str, str]]:
    """Return those for whom a task may be kept as options of a select, headed by none."""
    found = [{"value": str(one.id), "text": f"{one.name}, {one.profession}"} for one in people]
    return [{"value": "", "text": "Choose a person"}, *found]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
