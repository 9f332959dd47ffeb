"""The filters of a list of requests in words: chips, choices, and the order it stands in."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub.domain.kinds import Kind
from hub.domain.request_list import ANY, Wanted
from hub.domain.sending_back import REASONS
from hub.domain.vocabulary import RequestedUrgency

STATUS_WORDS = {
    "open": "Not done yet",
    "in-line": "In line for a clinician",
    "assigned": "With a clinician, not started",
    "in-progress": "Being worked on",
    "waiting-practice": "Waiting for the practice",
    "waiting-others": "Waiting for someone else",
    "sent-back": "Sent back to the practice",
}
LATE_WORDS = {"no": "Not late", "late": "Late", "arrival": "Late on arrival"}
URGENCY_WORDS = {
    RequestedUrgency.ROUTINE.value: "In its usual turn",
    RequestedUrgency.SOON.value: "By tomorrow",
    RequestedUrgency.URGENT.value: "Today",
}
_ORDER = {
    "due": ("By when it should be done, soonest first", "By when it should be done, latest first"),
    "raised": ("First raised first", "Last raised first"),
    "closed": ("First closed first", "Last closed first"),
    "kind": ("By kind", "By kind, the other way round"),
    "practice": ("By practice, A to Z", "By practice, Z to A"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in words, and the address's words without it."""

    text: str
    without: dict[str, str]


def chips(wanted: Wanted, kinds: Mapping[str, Kind], practices: Mapping[str, str]) -> list[Chip]:
    """Return each filter that is set; practices are names by code. What belongs together goes together."""
    found = []
    for name in wanted.filters():
        also = {"done": ("outcome",), "sent_back": ("reason",)}.get(name, ())
        found.append(Chip(_text(wanted, name, kinds, practices), wanted.without(name, *also).query()))
    return found


def month_words(month: str) -> str:
    """Return "November 2026" for "2026-11"."""
    return f"{dt.date.fromisoformat(f'{month}-01'):%B %Y}"


def order_words(wanted: Wanted) -> str:
    """Say in which order a list stands."""
    if wanted.sort:
        return f"{_ORDER[wanted.sort.removeprefix('-')][wanted.sort.startswith('-')]}."
    if wanted.show in ("done", "stopped"):
        return "Last closed first."
    if wanted.show == "all":
        return "Last raised first."
    return "What needs you first, then by when it should be done."


def outcome_label(kinds: Mapping[str, Kind], kind: str, code: str) -> str:
    """Return an outcome's label in the newest version of its kind (of any, if none is named), or its code."""
    known = [kinds[kind]] if kind in kinds else list(kinds.values())
    return next((one.label for each in known for one in each.outcomes if one.code == code), code)


def _text(wanted: Wanted, name: str, kinds: Mapping[str, Kind], practices: Mapping[str, str]) -> str:
    value = getattr(wanted, name)
    plain: dict[str, Callable[[], str]] = {
        "status": lambda: STATUS_WORDS[value],
        "late": lambda: LATE_WORDS[value],
        "kind": lambda: kinds[value].name if value in kinds else value,
        "practice": lambda: practices.get(value, value),
        "urgency": lambda: f"Asked for: {URGENCY_WORDS[value][:1].lower()}{URGENCY_WORDS[value][1:]}",
        "mine": lambda: "Raised by me",
        "raised_from": lambda: f"Raised on or after {value:%d-%b-%Y}",
        "raised_to": lambda: f"Raised on or before {value:%d-%b-%Y}",
        "due": lambda: "Still due this week",
        "to_do": lambda: "With to-dos for the practice",
        "done": lambda: f"Done in {month_words(value)}",
        "outcome": lambda: f"Outcome: {outcome_label(kinds, wanted.kind, value)}",
        "sent_back": lambda: f"Sent back in {month_words(value)}",
        "reason": lambda: f"Sent back because: {REASONS.get(value, value)}",
        "file": lambda: f"Raised by the file {value}",
        "not_told": lambda: "Safety question not answered" + ("" if value == ANY else f": {value}"),
    }
    return plain[name]()
