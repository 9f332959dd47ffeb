"""What people have set about a task against the rules' order, in the few words of a tag."""

from datetime import datetime
from typing import Any

from hub.domain.promises import BAND_WORDS, in_full
from hub.domain.vocabulary import OPEN_STATUSES, Band
from hub.domain.worktime import LONDON


def mark_words(task: Any, *, set_by: str, kept_for: str, now: datetime) -> tuple[str, ...]:
    """Return the tags of an open task that was set first or into a band, pinned, or reserved.

    `task` is a task or a row with its columns; `set_by` and `kept_for` are names, or "" where not known.
    """
    if task.status not in OPEN_STATUSES:
        return ()
    found = []
    if task.override_until is not None:
        what = "first" if task.override_first else ""
        if task.override_band is not None:
            band = f"“{in_full(BAND_WORDS[Band(task.override_band)])}”"
            what = f"first in {band}" if what else f"to {band}"
        by = f" by {set_by}" if set_by else ""
        found.append(f"Set {what}{by} until {_until(task.override_until, now)}")
    if task.pinned_since is not None:
        found.append("Pinned")
    if task.reserved_until is not None and task.reserved_until > now:
        found.append(f"Reserved for {kept_for or 'one person'} until {_until(task.reserved_until, now)}")
    return tuple(found)


def _until(at: datetime, now: datetime) -> str:
    there = at.astimezone(LONDON)
    today = there.date() == now.astimezone(LONDON).date()
    return f"{there:%H:%M}" if today else f"{there:%d-%b-%Y %H:%M}"
