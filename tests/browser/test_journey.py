"""A request becomes a done task: three people, three browsers, and the hub's real processes between them."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser import clinician_side, lead_side, practice_side
from tests.browser.patients import HIPPOLYTA, Patient
from tests.support.browser_person import Person
from tests.support.browser_site import Site
from tests.support.factories import Make

KIND = "Medication query"
SYSTEM = "EMIS Web"
TO_DO = "Sign the prescriptions left ready"
WHERE = ("Waiting for a clinician", "On a worklist, not started", "In progress", "Waiting on someone else")


@dataclass(frozen=True)
class Cast:
    """Who takes part."""

    manager: Person
    pharmacist: Person
    lead: Person


@pytest.mark.slow
@pytest.mark.parametrize(
    "scripts",
    [
        # The keyboard goes the same way with JavaScript in every run.
        pytest.param(True, id="with JavaScript", marks=pytest.mark.full),
        pytest.param(False, id="without JavaScript"),
    ],
)
def test_a_request_becomes_a_done_task(
    site: Site, make: Make, person: Callable[..., Person], scripts: bool
) -> None:
    practice = make.practice("Alder Grove Surgery")
    cast = Cast(
        person(make.requester(practice, name="Maya Manager"), scripts=scripts),
        person(make.pharmacist(practice, name="Philip Pharmacist"), scripts=scripts),
        person(make.lead(name="Leda Lead"), scripts=scripts),
    )
    ref = raised(cast.manager, HIPPOLYTA)
    placed_with_reasons(cast, HIPPOLYTA, ref)
    asked_and_answered(cast, HIPPOLYTA, ref)
    completed(cast, HIPPOLYTA, ref)
    seen_done(cast, ref)
    nothing_gave_the_patient_away(site, cast, HIPPOLYTA)
    the_invariants_hold(site)


def raised(manager: Person, patient: Patient) -> str:
    """The manager forgets the date of birth, mends it, reads when someone will see it, and sends."""
    practice_side.opens_the_form_of(manager, KIND)
    practice_side.says_who_it_is_about(manager, patient, born=False)
    manager.writes(patient.ask, into="What do you ask of us?")
    manager.presses("Check before you send")
    practice_side.is_told_what_is_missing(manager, "born-day", "date of birth")
    expect(manager.field("What do you ask of us?")).to_have_value(patient.ask)
    expect(manager.field("Family name")).to_have_value(patient.family)

    practice_side.says_when_born(manager, patient)
    practice_side.answers_every_question_with(manager, "No")
    promised = ""
    if manager.scripts:
        panel = manager.page.locator("#when .hub-when")
        expect(panel).to_be_visible()
        manager.settled()
        promised = panel.inner_text()
    manager.presses("Check before you send")
    manager.reads("Check before you send")
    manager.reads(promised or re.compile("should be done by|see"))
    manager.reads(patient.spaced_number)
    return practice_side.sends_what_was_checked(manager)


def placed_with_reasons(cast: Cast, patient: Patient, ref: str) -> None:
    """The workers place it; it stands on the worklist with why here and why me; the board counts it."""
    row = clinician_side.finds_on_the_worklist(cast.pharmacist, ref)
    expect(row).to_contain_text("Why here?")
    expect(row).to_contain_text("Why me?")
    expect(row).to_contain_text(patient.spaced_number)
    assert lead_side.counts(cast.lead, *WHERE) == dict(zip(WHERE, (0, 1, 0, 0), strict=True))
    assert lead_side.every_number_opens_its_rows(cast.lead) >= 3


def asked_and_answered(cast: Cast, patient: Patient, ref: str) -> None:
    """The pharmacist checks who the record is about, asks the practice, and gets the task back, answered."""
    cast.pharmacist.follows(f"{KIND}, {ref}")
    cast.pharmacist.presses("Start")
    cast.pharmacist.presses("Start")
    practice_side.is_told_what_is_missing(cast.pharmacist, "identity", "Check name")
    clinician_side.has_the_right_record_open(cast.pharmacist, patient)
    cast.pharmacist.presses("Start")
    assert lead_side.counts(cast.lead, "In progress") == {"In progress": 1}
    clinician_side.asks_the_practice(cast.pharmacist, patient.question)
    assert lead_side.counts(cast.lead, *WHERE) == dict(zip(WHERE, (0, 0, 0, 1), strict=True))

    practice_side.opens_the_request(cast.manager, KIND, ref)
    cast.manager.reads("Question from Philip Pharmacist")
    cast.manager.reads(patient.question)
    practice_side.answers(cast.manager, patient.answer)
    cast.manager.reads("Your answer was sent.")
    assert lead_side.counts(cast.lead, *WHERE) == dict(zip(WHERE, (0, 1, 0, 0), strict=True))


def completed(cast: Cast, patient: Patient, ref: str) -> None:
    """The pharmacist reads the answer, goes on, and records what was done and what is left to do."""
    pharmacist = cast.pharmacist
    clinician_side.finds_on_the_worklist(pharmacist, ref)
    pharmacist.follows(f"{KIND}, {ref}")
    pharmacist.reads(patient.answer)
    clinician_side.goes_on(pharmacist, patient)
    pharmacist.presses("Complete")
    pharmacist.presses("Complete")
    practice_side.is_told_what_is_missing(pharmacist, "outcome", "Choose the outcome")
    clinician_side.has_the_right_record_open(pharmacist, patient)
    clinician_side.says_yes_to_the_checklist(pharmacist)
    clinician_side.says_what_was_done(pharmacist, outcome="A medicine was changed", minutes=12, system=SYSTEM)
    pharmacist.ticks(TO_DO)
    pharmacist.presses("Complete")
    pharmacist.reads(f"{ref} is completed.")
    pharmacist.reads("Completed today: 1 task, 12 minutes")


def seen_done(cast: Cast, ref: str) -> None:
    """The practice sees the outcome and ticks what it had to do; nothing is left on the board."""
    manager = cast.manager
    practice_side.opens_the_request_that_needs_us(manager, ref)
    assert "Outcome: a medicine was changed." in practice_side.where_it_stands(manager)
    manager.presses(re.compile(rf"^Tick as done in my name ?: {TO_DO}"))
    manager.reads("ticked by Maya Manager")
    assert lead_side.counts(cast.lead, "Open", *WHERE) == dict.fromkeys(("Open", *WHERE), 0)


def nothing_gave_the_patient_away(site: Site, cast: Cast, patient: Patient) -> None:
    """No name, number, date or sentence of it stands in a log, in Redis, in an address or in a job."""
    from tests.browser.canary import places_that_name

    people = (cast.manager, cast.pharmacist, cast.lead)
    asked_for = [address for one in people for address in one.addresses]
    assert places_that_name(patient.secrets, site, asked_for) == []


def the_invariants_hold(site: Site) -> None:
    """`flask check-invariants` finds nothing on the database that the journey left behind."""
    result = site.app.test_cli_runner().invoke(args=["check-invariants"])
    assert result.exit_code == 0, result.output
