"""When is a practice, or the hub, open in an ordinary week? Opening hours, checked and kept as JSON."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from itertools import pairwise

DAY_KEYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MIDNIGHT = time(0, 0)  # as an end it means the end of the day

Span = tuple[time, time]


@dataclass(frozen=True)
class Hours:
    """Weekly opening hours: for each day, Monday first, its spans from opening to closing.

    Times are whole minutes of the wall clock; an end of 00:00 is the end of the day.
    Spans are kept in order and do not overlap; at least one day is open.

    Raises:
        ValueError: the hours break one of these rules; the sentence names the day.
    """

    days: tuple[tuple[Span, ...], ...]

    def __post_init__(self) -> None:
        if len(self.days) != len(DAY_KEYS):
            raise ValueError(f"Opening hours are for the 7 days of a week, not for {len(self.days)}.")
        object.__setattr__(self, "days", tuple(tuple(sorted(spans)) for spans in self.days))
        for name, spans in zip(DAY_NAMES, self.days, strict=True):
            _check_spans(name, spans)
        if not any(self.days):
            raise ValueError("Enter opening hours for at least one day.")

    @classmethod
    def from_json(cls, data: Mapping[str, Sequence[Sequence[str]]]) -> "Hours":
        """Build hours from `{"mon": [["08:00", "18:30"]], ...}`; a day left out is closed.

        Raises:
            ValueError: the form or the hours are wrong; the sentence says what to do.
        """
        for key in data:
            if key not in DAY_KEYS:
                raise ValueError(f"Name a day of opening hours {', '.join(DAY_KEYS)}, not “{key}”.")
        return cls(
            tuple(
                tuple(_parse_span(name, span) for span in data.get(key, ()))
                for key, name in zip(DAY_KEYS, DAY_NAMES, strict=True)
            )
        )

    def to_json(self) -> dict[str, list[list[str]]]:
        """Return the hours as `from_json` takes them, without the closed days."""
        return {
            key: [[f"{start:%H:%M}", _closing(end)] for start, end in spans]
            for key, spans in zip(DAY_KEYS, self.days, strict=True)
            if spans
        }


def _closing(end: time) -> str:
    return "24:00" if end == MIDNIGHT else f"{end:%H:%M}"


def _minute_of_day(end: time) -> int:
    return end.hour * 60 + end.minute or 24 * 60


def _check_spans(name: str, spans: Sequence[Span]) -> None:
    for start, end in spans:
        if any(t.second or t.microsecond or t.tzinfo for t in (start, end)):
            raise ValueError(f"{name}: opening hours are whole minutes of the clock on the wall.")
        if start.hour * 60 + start.minute >= _minute_of_day(end):
            raise ValueError(f"{name}: closing at {_closing(end)} must come after opening at {start:%H:%M}.")
    for (start, end), (following, _) in pairwise(spans):
        if following.hour * 60 + following.minute < _minute_of_day(end):
            raise ValueError(
                f"{name}: the hours from {start:%H:%M} and from {following:%H:%M} overlap; make them one."
            )


def _parse_span(name: str, span: Sequence[str]) -> Span:
    if isinstance(span, str) or len(span) != 2:
        raise ValueError(f"{name}: give an opening and a closing time for each part of the day.")
    return _parse_time(name, span[0]), MIDNIGHT if span[1] == "24:00" else _parse_time(name, span[1])


def _parse_time(name: str, text: object) -> time:
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", str(text).strip())
    if match is None:
        raise ValueError(f"{name}: write times on the 24-hour clock, for example 08:30, not “{text}”.")
    return time(int(match[1]), int(match[2]))


# A practice's core hours unless it says otherwise: 08:00 to 18:30, Monday to Friday (the National
# Health Service (General Medical Services Contracts) Regulations 2015, regulation 3, "core hours").
CORE_HOURS = Hours.from_json({key: [["08:00", "18:30"]] for key in DAY_KEYS[:5]})


def hours_words(minutes: int) -> str:
    """Return minutes as people read a shift: "7 h 30 min", "8 h", "45 min"."""
    hours, rest = divmod(minutes, 60)
    if not rest:
        return f"{hours:,} h"
    return f"{hours:,} h {rest} min" if hours else f"{rest} min"
