"""Why a task stands where it stands and came to whom it came, said to the person who reads it."""

import datetime as dt
import re
from collections.abc import Container, Iterable
from typing import Protocol

from hub.domain.chasing import target_judged_at
from hub.domain.policy import Rule
from hub.domain.policy_words import rule_then
from hub.domain.promises import BAND_WORDS, Standing, in_full, local_day, why_here
from hub.domain.promises import band_words as short_words
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
    """Say why a task stands at `position`: `why_here`, saying that it is overdue where it is."""
    words = why_here(standing(task), position, now)
    if not overdue(task, now) or task.effective_band != Band.INSIDE_TARGET:
        return words
    place, _, rest = words.partition(": ")
    usual = f"{short_words(Band.INSIDE_TARGET, late=True)}, "
    return f"{place}: overdue, {rest.removeprefix(usual)}"


def band_words(task: TaskLike, now: dt.datetime) -> str:
    """Say how soon a task is to be done now: what lifted it later counts as much as what placed it."""
    late = overdue(task, now)
    words = short_words(Band(task.effective_band), late=late)
    return f"How soon: {words}{', and it is overdue' if late else ''}."


def reason_words(sentences: Iterable[str], weighed: Container[str] = ()) -> list[str]:
    """Return why a task has its band; a fact that lifts it no further than its kind's own band says so.

    `weighed` are the facts that count a little in its line all the same, as its terms name them.
    """
    found = [in_full(one) for one in sentences]
    own, line = _own_words(found), ", but puts it forward in its line (see below)"

    def changes_nothing(fact: str) -> str:
        return f"{fact}: does not change how soon it must be seen{line if fact in weighed else ''}."

    return [
        changes_nothing(one.removesuffix(f": {own}."))
        if own and one.endswith(f": {own}.") and not one.startswith(_UNKNOWN)
        else one
        for one in found
    ]


def _own_words(reasons: Iterable[str]) -> str:
    """Return how soon its kind is by itself, in the words of its reasons; "" if they do not say."""
    return next((one[2] for one in map(_OWN.fullmatch, reasons) if one), "")


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
        return f"No routing rule speaks about it: the usual routing of “{kind}” ({version})."
    says = ", ".join(rule_then(rule)) or "as its kind says"
    return f"The routing rule “{rule.name}” decided ({version}): {says}."


def standing(task: TaskLike) -> Standing:
    """Return what "why here?" is told of a task: as a cause only a fact whose reason names its band."""
    reasons = [in_full(one) for one in task.reasons]
    band = BAND_WORDS[Band(task.effective_band)]
    moved = band != _own_words(reasons)

    def lifted(facts: Iterable[str], said: str) -> tuple[str, ...]:
        return tuple(one for one in facts if moved and said.format(fact=one, band=band) in reasons)

    signals = tuple(one for one in task.signals if lifted([capital(one)], "{fact}: {band}."))
    not_told = lifted(task.not_told, "Not told: {fact}. Until it is known: {band}.")
    not_sure = lifted(task.not_sure, "The practice is not sure: {fact}. Until it is known: {band}.")
    return Standing(
        band=Band(task.effective_band),
        signals=signals,
        not_told=not_told,
        due_at=task.due_at,
        deadline_at=task.deadline_at,
        raised_at=task.raised_at,
        not_sure=not_sure,
        beside=(
            *(one for one in task.signals if one not in signals),
            *(f"not sure: {one}" for one in task.not_sure if one not in not_sure),
            *(f"not told: {one}" for one in task.not_told if one not in not_told),
        ),
    )


def capital(words: str) -> str:
    """Return the words with a capital first letter."""
    return words[:1].upper() + words[1:]
