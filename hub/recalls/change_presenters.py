"""What is said of a recall's life: when it starts, pauses or is held, and what was done with it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from hub.domain.promises import when_words
from hub.domain.recalls.plan import Plan
from hub.domain.recalls.words import from_to

CHANGES = {
    "set_up": "set it up",
    "changed": "changed",
    "paused": "paused it",
    "started": "started it; from then on it raises in their name",
    "went_on": "Its pause ended, so it went on by itself",
    "resumed": "resumed it; from then on it raises in their name",
    "ended": "ended it",
    "stopped": "It stopped by itself",
    "added": "put {count} on the list",
    "removed": "took {count} off the list",
}
BY_ITSELF = ("stopped", "went_on")
PARTS = {
    "name": "its name",
    "ask": "what it asks",
    "condition": "the condition or medicine",
    "answers": "the answers for the whole list",
    "rhythm": "when it is due",
    "starts": "the day from which it counts",
    "because": "why so long between",
    "buffer": "how soon it may come again",
    "limit": "how many a day",
}


def start_words(plan: Plan, first_day: dt.date) -> str:
    """Say what happens if a recall is started now: the first day it raises on, and how many."""
    if not plan.raises:
        return "If you start it now, it raises nothing within twelve months: put patients on the list first."
    day = min(one.on for one in plan.raises)
    first = sum(one.on == day for one in plan.raises)
    requests = "1 request" if first == 1 else f"{first} requests"
    return (
        f"If you start it now, it first raises on {max(day, first_day):%a %d-%b-%Y}, early in the morning: "
        f"{requests} that day, {len(plan.raises)} in all within twelve months. Below they stand by month."
    )


def paused_words(resumes_on: dt.date | None) -> str:
    """Say until when nothing is raised."""
    if resumes_on is None:
        return "Nothing is raised until somebody resumes it. Below is what it would raise."
    return (
        f"Nothing is raised before {resumes_on:%d-%b-%Y}: then it goes on by itself. "
        "Below is what it would raise without the pause."
    )


def hold_words(practice: str, held_since: dt.datetime | None, status: str) -> str:
    """Say what becomes of a recall while a lead holds its practice; "" if nobody does, or it has ended."""
    if held_since is None or status == "ended":
        return ""
    words = f"The hub has had work for {practice} on hold since {when_words(held_since)}. "
    if status != "running":
        return words + "This recall raises nothing at the moment anyway."
    return words + (
        "This recall goes on: what falls due is raised on its day, so nobody's turn is lost, and its time "
        "runs. It waits in its queue until the hold ends. Pause the recall if you do not want that."
    )


def change_line(change: Any, by: str) -> str:
    """Return one line of a recall's history."""
    count = change.data.get("count", 0)
    words = CHANGES[change.what].format(count="1 patient" if count == 1 else f"{count} patients")
    if change.data.get("until"):
        words += f" until {dt.date.fromisoformat(change.data['until']):%d-%b-%Y}"
    told = change.data.get("was_and_is", {})
    if change.what == "changed" and not change.data.get("parts"):
        words += " nothing"
    if parts := [_part(part, told.get(part)) for part in change.data.get("parts", ())]:
        words += f" {'; '.join(parts)}"
    return f"{by} {words}." if change.what not in BY_ITSELF else f"{words}."


def _part(part: str, told: Sequence[str] | None) -> str:
    return f"{PARTS[part]}: {from_to(*told)}" if told else PARTS[part]
