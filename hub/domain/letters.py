"""Letters by e-mail: who wants which and when, what stands in them, and when one is tried again.

A letter holds counts and links. It names no patient and no request, and its address stands
in no table but that of accounts.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hub.domain.notices import SORTS, Code, codes_of, counted
from hub.domain.worktime import LONDON, WorkCalendar

# Greylisting servers want to be asked again after minutes; after a day a letter with counts is stale.
# RFC 5321, 4.5.4.1: fewer and fewer attempts, and an end.
PAUSES = tuple(dt.timedelta(minutes=n) for n in (1, 5, 15, 30, 60, 120, 240, 480, 480))
MOST_ATTEMPTS = len(PAUSES) + 1
# What is written within a quarter of an hour comes in one letter.
TOGETHER = dt.timedelta(minutes=15)
# Longer than a job may run: whoever began to send and has not ended by then is dead.
LEASE = dt.timedelta(minutes=5)


class Kind(StrEnum):
    """Why a letter is written."""

    DIGEST = "digest"
    AT_ONCE = "at_once"


class Ending(StrEnum):
    """How an attempt to send ended, as far as we know."""

    SENT = "sent"
    LATER = "later"  # it did not arrive, and may the next time
    NEVER = "never"  # the server will not take this letter
    UNSURE = "unsure"  # everything was said, and no answer came: it may have arrived


@dataclass(frozen=True, slots=True)
class Wants:
    """What a person wants by e-mail: at which hour the day's digest (None: none), of which sorts, and
    whether a letter comes soon after somebody wrote to them."""

    digest_hour: int | None
    sorts: frozenset[str]
    at_once: bool

    def codes(self) -> frozenset[Code]:
        """Return the codes of notices that their digest counts."""
        return codes_of(self.sorts)


DEFAULT = Wants(8, frozenset(SORTS), True)


def digest_is_due(wants: Wants, now: dt.datetime, calendar: WorkCalendar) -> bool:
    """Say whether the digest of the day is due: on working days, from its hour on (one that was missed
    because everything stood still is sent later on the same day)."""
    local = now.astimezone(LONDON)
    return (
        wants.digest_hour is not None
        and local.hour >= wants.digest_hour
        and calendar.is_working_day(local.date())
    )


def next_try(attempts: int, now: dt.datetime) -> dt.datetime | None:
    """Return when to try again after so many attempts; None: never."""
    return now + PAUSES[attempts - 1] if attempts < MOST_ATTEMPTS else None


def ending_of(code: int) -> Ending:
    """Return what a server's reply to a letter means (RFC 5321, 4.2.1): 2 taken, 4 later, 5 never."""
    return {2: Ending.SENT, 5: Ending.NEVER}.get(code // 100, Ending.LATER)


def subject(kind: str, counts: Mapping[str, int]) -> str:
    """Return a letter's subject: nothing but a count."""
    if Code.NOBODY_IN_TIME in counts:
        return "Pharmacy hub: a practice was told to telephone"
    if kind == Kind.AT_ONCE:
        return "Pharmacy hub: somebody wrote to you"
    total = sum(counts.values())
    return f"Pharmacy hub: {total} {'thing' if total == 1 else 'things'} to see"


def body(counts: Mapping[str, int], *, inbox: str, settings: str) -> str:
    """Return a letter's text: how many of what, and two links."""
    lines = "\n".join(f"  {line}" for line in counted(counts))
    return (
        f"There is something for you at the pharmacy hub:\n\n{lines}\n\n"
        f"Sign in to read it: {inbox}\n\n"
        "This e-mail says nothing about patients, and nobody reads answers to it.\n"
        f"Choose what comes by e-mail, and when, or nothing: {settings}\n"
    )
