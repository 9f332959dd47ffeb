"""A small kind and a small hub, for tests of the rules; each test changes only what it is about."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hub.domain.eligibility import Person
from hub.domain.kinds import Kind, Outcome, SafetyFact, Stage, Subtype, Target
from hub.domain.routing import Needs
from hub.domain.vocabulary import Band, Profession

PHARMACIST, TECHNICIAN = Profession.PHARMACIST, Profession.TECHNICIAN
TODAY = date(2026, 11, 23)  # a Monday
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MILL_LANE = 7

HIGH_RISK = SafetyFact(
    "high_risk", "Is a high-risk medicine involved?", "", "high-risk medicine", Band.BY_TOMORROW, True
)
OUT_OF_STOCK = SafetyFact(
    "ran_out", "Has a critical medicine run out?", "", "out of a critical medicine", Band.NOW, False
)
NO_CHANGES = Outcome("no_changes", "Reconciled, no changes", (PHARMACIST,), ("high_risk",), ())
CHANGED = Outcome("changed", "Reconciled, with changes", (PHARMACIST,), (), ())

LETTER = Kind(
    code="LETTER",
    version=1,
    name="Letter",
    queue="documents",
    about="document",
    needs_patient=True,
    needs_document=True,
    asks_next_issue=True,
    receipt_label="Received by the practice on",
    ask_hint="",
    band=Band.INSIDE_TARGET,
    target=Target(working_days=2, hub_minutes=None, deadline_rule="nice_discharge"),
    floor_minutes=10,
    stages=(
        Stage("screen", (TECHNICIAN, PHARMACIST), False, 15),
        Stage("finish", (PHARMACIST,), True, 20),
    ),
    subtypes=(Subtype("asthma", "Asthma", "asthma"), Subtype("plain", "Plain", "")),
    facts=(HIGH_RISK, OUT_OF_STOCK),
    checklist=(),
    outcomes=(NO_CHANGES, CHANGED),
    record_codes=(),
    source="Invented for tests.",
)

SAM = Person(
    id=1,
    name="Sam Lee",
    profession=PHARMACIST,
    is_prescriber=True,
    competences={"asthma": None},
    registration_expires=date(2027, 3, 31),
    practices=frozenset({MILL_LANE}),
    at_work=True,
    minutes_left=120,
)

NEEDS = Needs(
    practice_id=MILL_LANE,
    practice_name="Mill Lane Surgery",
    queue="documents",
    professions=(PHARMACIST,),
    needs_prescriber=False,
    competences=(),
    minutes=15,
    band=Band.INSIDE_TARGET,
)


def person(**changes: Any) -> Person:
    """Return Sam Lee, changed."""
    return replace(SAM, **changes)


def needs(**changes: Any) -> Needs:
    """Return what a plain letter at Mill Lane Surgery needs, changed."""
    return replace(NEEDS, **changes)


def kind(**changes: Any) -> Kind:
    """Return the letter kind, changed."""
    return replace(LETTER, **changes)
