"""How practices, networks and contracts are shown: tags, hours and periods in words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.domain.hours import DAY_KEYS, DAY_NAMES

CORE_WORDS = "Not set: we count on Monday to Friday, 08:00 to 18:30"


@dataclass(frozen=True)
class Tag:
    """A short state with its colour in the design system."""

    text: str
    colour: str


def practice_tags(status: str, served: bool, held: bool) -> list[Tag]:
    """Return the tags of a practice: whether we work for it, and what is unusual."""
    tags = [Tag("Served", "green") if served else Tag("Not served", "grey")]
    if status != "active":
        tags.append(Tag(status.capitalize(), "orange"))
    if held:
        tags.append(Tag("On hold", "orange"))
    return tags


def hours_lines(hours: Mapping[str, Sequence[Sequence[str]]]) -> list[tuple[str, str]]:
    """Return (day, hours in words) for each weekday; empty when no hours were set."""
    if not hours:
        return []
    return [(name, hours_line(hours.get(key, ())) or "Closed") for key, name in _days()]


def hours_values(hours: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, str]:
    """Return what the form's lines hold for these hours."""
    return {f"hours-{key}": hours_line(hours.get(key, ())) for key in DAY_KEYS}


def hours_line(spans: Sequence[Sequence[str]]) -> str:
    """Return one day's hours as they are typed: "08:00 to 13:00, 14:00 to 18:30"."""
    return ", ".join(f"{start} to {end}" for start, end in spans)


def hour_fields() -> list[tuple[str, str]]:
    """Return (name of the field, day) for each weekday."""
    return [(f"hours-{key}", name) for key, name in _days()]


def last_day(ends_on: dt.date | None) -> dt.date | None:
    """Return the last day of a period that is kept with the day after it."""
    return ends_on - dt.timedelta(days=1) if ends_on else None


def period(starts_on: dt.date, ends_on: dt.date | None) -> str:
    """Return a period in words, with its last day."""
    last = last_day(ends_on)
    return f"{starts_on:%d-%b-%Y} to {last:%d-%b-%Y}" if last else f"Since {starts_on:%d-%b-%Y}"


def minutes_words(minutes: int) -> str:
    """Return minutes with the hours they are: "60,000 minutes (1,000 hours)"."""
    if not minutes:
        return "None"
    hours = minutes / 60
    shown = f"{hours:,.0f}" if minutes % 60 == 0 else f"about {hours:,.0f}"
    return f"{minutes:,} minutes ({shown} hours)"


def found_words(total: int, words: str, all_of_them: bool) -> str:
    """Return the sentence above the list of practices."""
    which = "practice" if total == 1 else "practices"
    served = "" if all_of_them else " that we work for"
    match = f" matching “{words}”" if words else ""
    return f"{total:,} {which}{served}{match}"


def _days() -> list[tuple[str, str]]:
    return list(zip(DAY_KEYS, DAY_NAMES, strict=True))
