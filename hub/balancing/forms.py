"""What a lead typed: whom to give a task to, what was decided, which practice to hold."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hub.forms import Reader

LONGEST_REASON = 1000


class Dismissal(StrEnum):
    """Why a job that gave up is put away. Codes, because a free text could name a patient."""

    DONE_BY_HAND = "done_by_hand"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True)
class Handing:
    """Whom a lead gives a task to, and why."""

    to: int
    reason: str


@dataclass(frozen=True)
class Hold:
    """Which practice to hold, and why."""

    practice_id: int
    reason: str


def handing(form: Mapping[str, str], people: Collection[int]) -> Handing:
    """Return whom a lead chose among `people` (ids), and the reason.

    Raises:
        hub.domain.errors.Invalid: nobody was chosen, or no reason was given.
    """
    reader = Reader(form)
    to = reader.choice("to", map(str, people), "Choose who is to do it.")
    reason = reader.text("reason", "Say why, so that the person and the record know.", longest=LONGEST_REASON)
    reader.done()
    return Handing(int(to), reason)


def decision(form: Mapping[str, str]) -> str:
    """Return what a lead decided, in words.

    Raises:
        hub.domain.errors.Invalid: nothing was written.
    """
    reader = Reader(form)
    reason = reader.text(
        "reason", "Say why you leave it, so that nobody decides it again.", longest=LONGEST_REASON
    )
    reader.done()
    return reason


def hold(form: Mapping[str, str], practices: Collection[int]) -> Hold:
    """Return which of `practices` (ids) to hold, and why.

    Raises:
        hub.domain.errors.Invalid: no practice was chosen, or no reason was given.
    """
    reader = Reader(form)
    practice_id = reader.choice("practice", map(str, practices), "Choose a practice that is not on hold.")
    reason = reader.text("reason", "Say why, for example that its clinical system is down.")
    reader.done()
    return Hold(int(practice_id), reason)


def dismissal(form: Mapping[str, str]) -> Dismissal:
    """Return why a job that gave up may be put away.

    Raises:
        hub.domain.errors.Invalid: no reason was chosen.
    """
    reader = Reader(form)
    why = reader.choice("why", Dismissal, "Choose why this job need not be tried again.")
    reader.done()
    return Dismissal(why)
