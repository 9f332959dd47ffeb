"""What sort of task: its questions, clocks, people, checklist and outcomes, as versioned data.

The shapes live here; the data lives in `hub/protocols/kinds/*.json` and, once
loaded, in the table `kind_version`. A task keeps the version it was raised under.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hub.domain.identifiers import snomed_is_valid
from hub.domain.strict import build
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
    days from receipt, or the next issue if that is sooner). `stop_rule` names a hard
    stop, beyond which no pause moves the target: "" or "contract_year_end" (31 March).
    """

    working_days: int | None
    hub_minutes: int | None
    deadline_rule: str
    stop_rule: str = ""


@dataclass(frozen=True)
class Stage:
    """One part of the work: who may do it (whom it is meant for comes first), and its planned minutes."""

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

    `professions` may record it always. A technician who is not among them may too
    where `technician_unless` names facts, unless one of those was answered yes, not
    sure, or not told.
    `to_dos` are suggestions offered to the clinician for the practice's page.
    """

    code: str
    label: str
    professions: tuple[Profession, ...]
    technician_unless: tuple[str, ...]
    to_dos: tuple[str, ...]
    # Whether it may end without anything written into the clinical record.
    may_be_unrecorded: bool = False
    # Whether it says that nothing is left to do: to-dos beside it are asked about once.
    nothing_left: bool = False


@dataclass(frozen=True)
class RecordCode:
    """A SNOMED CT code the clinician is shown, to record in the clinical system.

    `outcomes` are the outcomes it is true of (none named: all of them), so that
    nobody is offered "review done" for a review that the patient declined.
    """

    code: str
    term: str
    professions: tuple[Profession, ...]
    outcomes: tuple[str, ...] = ()


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
    needs_reply: bool = False  # whether the practice asked something that must be answered in words
    subtype_label: str = "Condition"  # what its subtypes are called on forms
    # What a recall takes for the same, when it asks whether it is open or was done: any request of this
    # kind (one visit covers all), those of its subtype, or only what recalls of the same name have raised.
    recalled_by: str = "kind"

    def stage(self, number: int) -> Stage:
        """Return stage `number`, counted from 1; the last stage if there are fewer."""
        return self.stages[min(number, len(self.stages)) - 1]

    def fact(self, code: str) -> SafetyFact:
        """Return the safety fact named `code`; KeyError if the kind has none."""
        return {fact.code: fact for fact in self.facts}[code]

    def outcome(self, code: str) -> Outcome:
        """Return the outcome named `code`; KeyError if the kind has none."""
        return {outcome.code: outcome for outcome in self.outcomes}[code]


QUEUES: dict[str, str] = {
    "medication-reviews": "Medication reviews",
    "ltc-reviews": "LTC reviews",
    "documents": "Documents and workflow",
    "queries": "Queries",
}


ABOUT = ("patient", "document", "practice")
DEADLINE_RULES = ("", "nice_discharge")
STOP_RULES = ("", "contract_year_end")
RECALLED_BY = ("kind", "subtype", "name")
LONGEST_STAGE = 480  # minutes: more than a working day cannot be fitted into anyone's shift
_MAY_BE_EMPTY = frozenset({"hint", "ask_hint", "competence", "deadline_rule", "stop_rule"})
_WORD = re.compile(r"[a-z][a-z0-9_]*")  # a code inside a kind
_SIGNAL = re.compile(r"\S.*")  # words for a person; routing rules match on them
_CAPITALS = re.compile(r"[A-Z][A-Z0-9]{1,11}")  # a kind's or subtype's own code


def parse(data: object) -> Kind:
    """Build a Kind from its JSON form, an object with exactly the fields of `Kind`.

    Raises:
        ValueError: a field is missing, unknown or out of range; the sentence names
            the kind and the field.
    """
    code = data.get("code") if isinstance(data, dict) else None
    where = f"Kind {code}" if isinstance(code, str) and code else "Kind without a code"
    kind: Kind = build(Kind, data, where, may_be_empty=_MAY_BE_EMPTY)
    for check in (
        _check_itself,
        _check_codes,
        _check_work,
        _check_facts,
        _check_outcomes,
        _check_record_codes,
    ):
        check(kind)
    return kind


def _list(choices: Iterable[object]) -> str:
    return ", ".join(str(choice) or "(empty)" for choice in choices)


def _require(truth: bool, kind: Kind, field: str, rule: str) -> None:
    if not truth:
        raise ValueError(f"Kind {kind.code}, {field}: {rule}")


def _check_itself(kind: Kind) -> None:
    """What stands in the kind itself: its names, its clock, and what one task is about."""
    target = kind.target
    _require(bool(_CAPITALS.fullmatch(kind.code)), kind, "code", "must be 2 to 12 capitals or digits.")
    _require(kind.version >= 1, kind, "version", "must be 1 or more.")
    _require(kind.queue in QUEUES, kind, "queue", f"must be one of {_list(QUEUES)}.")
    _require(kind.about in ABOUT, kind, "about", f"must be one of {_list(ABOUT)}.")
    needed = {
        "patient": kind.needs_patient,
        "document": kind.needs_document,
        "practice": not kind.needs_patient,
    }
    _require(needed[kind.about], kind, "about", "does not agree with needs_patient and needs_document.")
    one_clock = (target.working_days is None) != (target.hub_minutes is None)
    _require(
        one_clock, kind, "target", "must have either working_days or hub_minutes, and null for the other."
    )
    _require((target.working_days or target.hub_minutes or 0) >= 1, kind, "target", "must be 1 or more.")
    rule_known = target.deadline_rule in DEADLINE_RULES
    _require(rule_known, kind, "target, deadline_rule", f"must be one of {_list(DEADLINE_RULES)}.")
    stop_known = target.stop_rule in STOP_RULES
    _require(stop_known, kind, "target, stop_rule", f"must be one of {_list(STOP_RULES)}.")
    recalled = kind.recalled_by in RECALLED_BY and (kind.recalled_by != "subtype" or bool(kind.subtypes))
    rule = f"must be one of {_list(RECALLED_BY)}; subtype needs subtypes."
    _require(recalled, kind, "recalled_by", rule)
    # The rule is the earlier of seven days and the next issue, so the form has to ask for that date.
    asks = target.deadline_rule != "nice_discharge" or kind.asks_next_issue
    _require(asks, kind, "asks_next_issue", "must be true when deadline_rule is nice_discharge.")


def _check_codes(kind: Kind) -> None:
    """Codes are stored with tasks and used as form fields: plain words, each only once."""
    groups: dict[str, tuple[list[str], re.Pattern[str]]] = {
        "subtypes": ([one.code for one in kind.subtypes], _CAPITALS),
        "facts": ([one.code for one in kind.facts], _WORD),
        "signals": ([one.signal for one in kind.facts], _SIGNAL),
        "checklist": ([one.code for one in kind.checklist], _WORD),
        "outcomes": ([one.code for one in kind.outcomes], _WORD),
        "competence": ([one.competence for one in kind.subtypes if one.competence], _WORD),
    }
    for field, (codes, shape) in groups.items():
        for code in codes:
            _require(bool(shape.fullmatch(code)), kind, field, f"“{code}” is not a code ({shape.pattern}).")
        twice = sorted({code for code in codes if codes.count(code) > 1})
        _require(
            field == "competence" or not twice, kind, field, f"the code {_list(twice)} stands there twice."
        )


def _check_work(kind: Kind) -> None:
    """Stages: at least one, each with people and with minutes between the floor and a day."""
    _require(bool(kind.stages), kind, "stages", "must have at least one.")
    _require(kind.floor_minutes >= 1, kind, "floor_minutes", "must be 1 or more.")
    for stage in kind.stages:
        people = len(stage.professions) == len(set(stage.professions)) > 0
        _require(people, kind, f"stages, {stage.name}", "must name one or more professions, each once.")
        fits = kind.floor_minutes <= stage.minutes <= LONGEST_STAGE
        rule = f"minutes must be from floor_minutes ({kind.floor_minutes}) to {LONGEST_STAGE}."
        _require(fits, kind, f"stages, {stage.name}", rule)


def _check_facts(kind: Kind) -> None:
    """A fact that lifts must lift above the kind's own band; only such a fact can lift when unknown."""
    for fact in kind.facts:
        where = f"facts, {fact.code}"
        lifts = fact.band_if_yes is None or fact.band_if_yes < kind.band
        _require(
            lifts, kind, where, f"band_if_yes must be sooner than the kind's band {kind.band:d}, or null."
        )
        consistent = fact.band_if_yes is not None or not fact.raises_if_unknown
        _require(consistent, kind, where, "raises_if_unknown needs a band_if_yes.")


def _check_outcomes(kind: Kind) -> None:
    """Somebody must be able to end the task, and a rule for technicians must be able to bite."""
    facts = {fact.code for fact in kind.facts}
    for outcome in kind.outcomes:
        where = f"outcomes, {outcome.code}"
        people = len(outcome.professions) == len(set(outcome.professions)) > 0
        _require(people, kind, where, "must name one or more professions, each once.")
        strange = [code for code in outcome.technician_unless if code not in facts]
        _require(not strange, kind, where, f"technician_unless names no fact of this kind: {_list(strange)}.")
        bites = not outcome.technician_unless or Profession.TECHNICIAN not in outcome.professions
        _require(bites, kind, where, "technician_unless means nothing where professions name technicians.")
    for profession in kind.stages[-1].professions:
        ends = any(profession in one.professions for one in kind.outcomes)
        _require(
            ends, kind, "outcomes", f"a {profession} can do the last stage, but can never record an outcome."
        )


def _check_record_codes(kind: Kind) -> None:
    """SNOMED codes are corrupted by spreadsheets: a wrong check digit is refused here."""
    outcomes = {outcome.code for outcome in kind.outcomes}
    for record_code in kind.record_codes:
        where = f"record_codes, {record_code.code}"
        _require(snomed_is_valid(record_code.code), kind, where, "is not a SNOMED CT code (check digit).")
        _require(bool(record_code.professions), kind, where, "must name one or more professions.")
        strange = [code for code in record_code.outcomes if code not in outcomes]
        _require(not strange, kind, where, f"names no outcome of this kind: {_list(strange)}.")
