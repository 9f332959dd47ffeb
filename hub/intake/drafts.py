"""What a practice asks for, read and checked but not yet stored."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.domain.kinds import Kind
from hub.domain.news import News
from hub.domain.patient import Identity
from hub.domain.vocabulary import FactAnswer, RequestedUrgency


@dataclass(frozen=True, slots=True)
class Draft:
    """One request as it was typed (or read from a file).

    `identity` is None only for a kind that needs no patient. `answers` maps a safety fact's
    code to its answer; a code that is missing was not told. `update_stored` says that the
    patient's details are right as typed here where they differ from those held;
    `another_because` why a second request of this kind is wanted for the same patient.
    """

    practice_id: int
    kind: Kind
    receipt_on: dt.date
    identity: Identity | None = None
    subtype: str = ""
    document: str = ""
    ask: str = ""
    answers: Mapping[str, FactAnswer] = field(default_factory=dict)
    requested: RequestedUrgency = RequestedUrgency.ROUTINE
    urgency_reason: str = ""
    next_issue_on: dt.date | None = None
    update_stored: bool = False
    another_because: str = ""

    def news(self) -> News:
        """Return what this tells that an open request for the same may lack."""
        return News(self.answers, self.requested, self.receipt_on, self.next_issue_on)

    def words(self) -> str:
        """Return what was written: why it cannot wait, then what is asked."""
        return "\n".join(filter(None, (self.urgency_reason, self.ask)))


def asked_of(kind: Kind, subtype: str, document: str, ask: str) -> tuple[str, str, str, str]:
    """Return what makes two requests for one patient the same: kind, condition and document.

    Where the practice asks something that is answered in words, it is the question, too.
    """
    return kind.code, subtype, _letters(document), _letters(ask) if kind.needs_reply else ""


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
