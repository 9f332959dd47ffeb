"""Why a task stands where it stands and came to whom it came, said to the person who reads it."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Protocol

from hub.domain.chasing import target_judged_at
from hub.domain.policy import Rule
from hub.domain.policy_words import rule_then
from hub.domain.promises import BAND_WORDS, Standing, in_full, local_day, why_here
from hub.domain.vocabulary import Band
from hub.domain.worktime import LONDON


class TaskLike(Protocol):
    """What lists read of a task."""

    ref: str
    effective_band: int
    signals: list[str]
    not_told: list[str]
    not_sure: list[str]
    due_at: dt.datetime
    deadline_at: dt.datetime | None
    raised_at: dt.datetime
    late_on_arrival: bool
    chases: int
    why_me: list[str]
    reasons: list[str]
    waiting_on: str | None
    waiting_since: dt.datetime | None
    minutes: int
    policy_version: int | None
    subtype: str
    version: int


_OWN = re.compile(r"(.+): (.+), unless something lifts it\.")  # of `urgency.band_of`, as are the others
_UNKNOWN = ("Not told: ", "The practice ", "Chased ")
_BACK_WORDS = {
    "answered": "the practice has answered",
    "chased": "the practice has chased it",
    "chase": "the day to look at it again has come",
}


def state_words(started_at: dt.datetime | None, back: str, now: dt.datetime) -> str:
    """Say that work on a task has begun and rests, and why; "" if nobody has started it.

    `back` is what ended its waiting: "answered", "chased", "chase" or "".
    """
    ended = _BACK_WORDS.get(back)
    if started_at is None:
        return capital(ended) if ended else ""
    began = started_at.astimezone(LONDON)
    words = f"{began:%H:%M}" if began.date() == local_day(now) else f"{began:%d-%b-%Y %H:%M}"
    return f"Started {words}, {ended or 'paused'}"


def overdue(task: TaskLike, now: dt.datetime) -> bool:
    """Say whether the due time or the deadline has passed, as the board counts it."""
    target_at = target_judged_at(now, task.waiting_on, task.waiting_since)
    return target_at >= task.due_at or (task.deadline_at is not None and now >= task.deadline_at)


def place_words(task: TaskLike, position: int, now: dt.datetime) -> str:
    """Say why a task stands at `position`: `why_here`, without "inside target" for what is overdue."""
    words = why_here(standing(task), position, now)
    inside = f": {BAND_WORDS[Band.INSIDE_TARGET]}"
    return in_full(words.replace(inside, ": overdue", 1) if overdue(task, now) else words)


def band_words(task: TaskLike, now: dt.datetime) -> str:
    """Say how soon a task is to be done now: what lifted it later counts as much as what placed it."""
    late = ", and it is overdue" if overdue(task, now) else ""
    return in_full(f"How soon: {BAND_WORDS[Band(task.effective_band)]}{late}.")


def reason_words(sentences: Iterable[str]) -> list[str]:
    """Return why a task has its band; a fact that lifts it no further than its kind's own band says so."""
    found = list(sentences)
    own = next((one[2] for one in map(_OWN.fullmatch, found) if one), None)
    return [
        f"{one.removesuffix(f': {own}.')}: no reason by itself to do it sooner."
        if own and one.endswith(f": {own}.") and not one.startswith(_UNKNOWN)
        else in_full(one)
        for one in found
    ]


def why_me(sentences: Iterable[str], me: str) -> list[str]:
    """Return why a task came to its worklist, saying "you" to the person named `me` ("": to nobody)."""
    sentences = [in_full(sentence) for sentence in sentences]
    if not me:
        return sentences
    own = re.escape(me)
    found = []
    for sentence in sentences:
        told = re.sub(rf"(?<!\w){own} was (?=\w)", "you were ", sentence)
        told = re.sub(rf"(?<!\w){own}'s(?!\w)", "your", told)
        found.append(capital(re.sub(rf"(?<!\w){own}(?!\w)", "you", told)))
    return found


def routed_words(task: TaskLike, rule: Rule | None, kind: str) -> str:
    """Name the routing rule that decided where a task goes and who may do it, and what the rule says."""
    version = f"version {task.policy_version} of the policy"
    if rule is None:
        return f"No routing rule matches it, so it goes as “{kind}” does by itself ({version})."
    says = ", ".join(rule_then(rule)) or "as its kind says"
    return f"The routing rule “{rule.name}” decided ({version}): {says}."


def standing(task: TaskLike) -> Standing:
    """Return what "why here?" is told of a task."""
    return Standing(
        band=Band(task.effective_band),
        signals=tuple(task.signals),
        not_told=tuple(task.not_told),
        due_at=task.due_at,
        deadline_at=task.deadline_at,
        raised_at=task.raised_at,
        not_sure=tuple(task.not_sure),
    )


def capital(words: str) -> str:
    """Return the words with a capital first letter."""
    return words[:1].upper() + words[1:]
