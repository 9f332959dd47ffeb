"""Reading what was chosen on the pages of files."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hub.domain.contact import Contact
from hub.domain.errors import NotFound
from hub.domain.handouts import Tool
from hub.forms import Reader, time_of_day
from hub.handouts.reply_days import ONE_DAY

MOST_DAYS = 31


@dataclass(frozen=True)
class Attempt:
    """One attempt to reach a patient, as it was typed."""

    contact: Contact
    on: dt.date
    note: str
    time: str


def tool(typed: str) -> Tool:
    """Return the tool with this code. Raises NotFound."""
    try:
        return Tool(typed)
    except ValueError:
        raise NotFound("There is no such file.") from None


def chosen(typed: str, codes: Collection[str]) -> tuple[list[str], str]:
    """Return the kinds and the condition meant by "LTC" or "LTC:AST"; all kinds when none is named."""
    kind, _, subtype = typed.partition(":")
    return ([kind], subtype) if kind in codes else (list(codes), "")


def days(form: Mapping[str, str], today: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and last day typed; the last week when nothing was.

    Raises:
        Invalid: a day is not real, they are in the wrong order, or over a month apart.
    """
    reader = Reader(form)
    first = reader.date("first", "the first day", required=False) or today - dt.timedelta(days=6)
    last = reader.date("last", "the last day", required=False) or today
    if first > last:
        reader.problem("first", "The first day comes after the last: change one of them.")
    elif (last - first).days >= MOST_DAYS:
        reader.problem("first", f"Choose {MOST_DAYS} days or fewer.")
    reader.done()
    return first, last


def attempt(form: Mapping[str, str]) -> Attempt:
    """Return the attempt typed.

    Raises:
        Invalid: with a sentence for every field that has a problem.
    """
    reader = Reader(form)
    what = reader.choice("contact", [one.value for one in Contact], "Choose what came of it.")
    on = reader.date("on", "the day", example="24 11 2026")
    typed = reader.text("time", longest=10)
    time = time_of_day(typed) if typed else None
    if typed and time is None:
        reader.problem("time", "Write the time as hours and minutes, such as 09:30.")
    note = reader.text("note", longest=300)
    reader.done()
    assert on is not None
    booked = what == Contact.BOOKED
    return Attempt(Contact(what), on, note, f"{time:%H:%M}" if time and booked else "")


def column(form: Mapping[str, str], columns: int) -> int:
    """Return the column chosen, the first if it is none of the file's."""
    typed = form.get("column", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0
    return number if number < columns else 0


def day_column(form: Mapping[str, str], allowed: Collection[int], likely: int | None) -> int | None:
    """Return the column chosen for the day of each reply, None for one day for all; `likely` if none was."""
    typed = form.get("day_column", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else -1
    if number in allowed:
        return number
    return None if typed == ONE_DAY else likely


def meant(form: Mapping[str, str], words: Sequence[tuple[str, int]]) -> tuple[dict[str, str], dt.date]:
    """Return what each of `words` means by the form's word-0, word-1 ... ("": nothing), and the day.

    Raises:
        Invalid: a meaning is unknown, or the day is missing or not real.
    """
    reader = Reader(form)
    allowed = [one.value for one in Contact]
    found = {
        word: reader.choice(f"word-{i}", allowed, "Choose one of the meanings.", required=False)
        for i, (word, _) in enumerate(words)
    }
    on = reader.date("on", "the day of the replies", example="24 11 2026")
    reader.done()
    assert on is not None
    return found, on
