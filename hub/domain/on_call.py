"""Who is reached for what cannot wait while nobody at work may do it, and what a practice is told of it."""

from collections.abc import Iterable
from dataclasses import replace

from hub.domain.eligibility import Person
from hub.domain.promises import SeenBy


def called_out(able: Iterable[Person]) -> Person | None:
    """Return whom to give it, of those whom no hard rung refuses: None if nobody can be reached.

    Whoever is on shift, in a meeting or on a break, comes before whoever is on call at home;
    among equals the one with least work on their list.
    """
    reached = [person for person in able if person.on_shift or person.on_call]
    return min(reached, key=lambda one: (not one.on_shift, one.bound_minutes, one.id), default=None)


def why_called(person: Person) -> str:
    """Say why this person was given what cannot wait though they are not at work just now."""
    if person.on_shift:
        return f"It cannot wait, and {person.name} is on shift, though {person.busy or 'at work'}."
    return f"It cannot wait, nobody who may do it is at work, and {person.name} is on call."


def with_on_call(seen: SeenBy, name: str, telephone: str) -> SeenBy:
    """Say that what nobody at work sees in time goes to somebody who is on call.

    It stays a warning: the hub puts it on their list, and only a telephone makes sure that they look.
    """
    if seen.in_time:
        return seen
    first, _, _ = seen.sentence.partition(" Do not rely on this")
    return replace(
        seen,
        sentence=f"{first} It goes at once to {name}, who is on call. Do not rely on this alone: telephone "
        f"them on {telephone}, or your duty clinician.",
    )
