"""What sort of task: its questions, clocks, people, checklist and outcomes, as versioned data.

The shapes live here; the data lives in `hub/protocols/kinds/*.json` and, once
loaded, in the table `kind_version`. A task keeps the version it was raised under.
"""

from dataclasses import dataclass
from typing import Any

from hub.domain.vocabulary import Band, Profession


@dataclass(frozen=True)
class SafetyFact:
    """One question whose answer may raise a task; "not sure" is always offered.

    `band_if_yes` lifts the task to that band when answered yes; `raises_if_unknown`
    lifts it (never above band 2) when answered "not sure" or not told.
    """

    code: str
    question: str
    hint: str
    signal: str  # the words shown in "why here?", e.g. "high-risk medicine"
    band_if_yes: Band | None
    raises_if_unknown: bool


@dataclass(frozen=True)
class Target:
    """When the practice is promised it: working days after receipt, or hub minutes after raising.

    Exactly one of the two is set. `deadline_rule` names a safety deadline in
    calendar time: "" (none) or "nice_discharge" (NICE QS120 statement 5: seven
    days from receipt, or the next issue if that is sooner).
    """

    working_days: int | None
    hub_minutes: int | None
    deadline_rule: str


@dataclass(frozen=True)
class Stage:
    """One part of the work: who may do it, and its planned minutes."""

    name: str
    professions: tuple[Profession, ...]
    needs_prescriber: bool
    minutes: int


@dataclass(frozen=True)
class ChecklistItem:
    """Something the clinician confirms, or says why not, before completing."""

    code: str
    text: str
    required: bool


@dataclass(frozen=True)
class Outcome:
    """One way the task may end, and who may record it.

    `professions` may record it always. `technician_unless` names facts that, when
    answered yes, not sure or not told, forbid a technician to record it.
    `to_dos` are suggestions offered to the clinician for the practice's page.
    """

    code: str
    label: str
    professions: tuple[Profession, ...]
    technician_unless: tuple[str, ...]
    to_dos: tuple[str, ...]


@dataclass(frozen=True)
class RecordCode:
    """A SNOMED CT code the clinician is shown, to record in the clinical system."""

    code: str
    term: str
    professions: tuple[Profession, ...]


@dataclass(frozen=True)
class Subtype:
    """A narrower sort of the kind (LTC: asthma, COPD ...) and the competence it needs."""

    code: str
    name: str
    competence: str


@dataclass(frozen=True)
class Kind:
    """Everything the product needs to know about one sort of task."""

    code: str
    version: int
    name: str
    queue: str  # slug of the queue it belongs to
    about: str  # "patient" | "document" | "practice": what one task is about
    needs_patient: bool
    needs_document: bool
    asks_next_issue: bool  # whether the form asks for the date of the next repeat issue
    receipt_label: str  # what the date of receipt is called on the form
    ask_hint: str
    band: Band
    target: Target
    floor_minutes: int  # planned minutes may never go below this
    stages: tuple[Stage, ...]
    subtypes: tuple[Subtype, ...]
    facts: tuple[SafetyFact, ...]
    checklist: tuple[ChecklistItem, ...]
    outcomes: tuple[Outcome, ...]
    record_codes: tuple[RecordCode, ...]
    source: str  # where the targets and minutes come from, in a sentence

    def stage(self, number: int) -> Stage:
        """Return stage `number`, counted from 1; the last stage if there are fewer."""
        return self.stages[min(number, len(self.stages)) - 1]

    def fact(self, code: str) -> SafetyFact:
        """Return the safety fact named `code`; KeyError if the kind has none."""
        return {fact.code: fact for fact in self.facts}[code]


QUEUES: dict[str, str] = {
    "medication-reviews": "Medication reviews",
    "ltc-reviews": "LTC reviews",
    "documents": "Documents and workflow",
    "queries": "Queries",
}


def parse(data: dict[str, Any]) -> Kind:
    """Build a Kind from its JSON form.

    Raises:
        ValueError: a field is missing, unknown or out of range; the sentence names
            the kind and the field.
    """
    raise NotImplementedError
