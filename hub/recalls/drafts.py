"""A recall, and who goes onto its list, as they were typed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.domain.kinds import Kind
from hub.domain.recalls.rhythm import Rule
from hub.domain.vocabulary import FactAnswer


@dataclass(frozen=True, slots=True)
class RecallDraft:
    """What a recall is to raise, for whose practice, and when; its list is filled apart.

    `answers` hold for everyone on the list; `buffer_because` says why the buffer is as long as it is.
    """

    practice_id: int
    kind: Kind
    name: str
    ask: str
    rule: Rule
    subtype: str = ""
    answers: Mapping[str, FactAnswer] = field(default_factory=dict)
    buffer_because: str = ""


@dataclass(frozen=True, slots=True)
class Pasted:
    """One line of a pasted list: its row (from 1), the number in it, and when it was last done.

    `nhs_number` is "" where the number can only be a record number of the practice. `details` are the fields
    of the form that raises a request, where the row names the patient; None where there is a number alone.
    """

    row: int
    number: str
    nhs_number: str
    last_done: dt.date | None
    details: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Joining:
    """A patient who goes onto a list, and when the practice says that it was last done."""

    patient_id: int
    last_done: dt.date | None = None
