"""What a pharmacist or a technician does."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.patients import Patient
from tests.support.browser_person import Person


def finds_on_the_worklist(clinician: Person, ref: str) -> Locator:
    """Look at the worklist until the workers have put the task there; gives its row."""
    clinician.opens("/worklist")
    row = clinician.page.locator("tr", has=clinician.page.get_by_role("link", name=re.compile(ref)))
    clinician.looks_until(lambda: row.count() > 0, f"{ref} on the worklist")
    return row


def has_the_right_record_open(clinician: Person, patient: Patient) -> None:
    """Compare name, date of birth and NHS number with the record that is open."""
    clinician.ticks(re.compile(patient.family, re.IGNORECASE))
    clinician.ticks(f"Born {patient.born:%d-%b-%Y}")
    clinician.ticks(f"NHS No. {patient.spaced_number}")


def starts(clinician: Person, patient: Patient) -> None:
    """Start the task that is open, after the identity check."""
    clinician.presses("Start")
    has_the_right_record_open(clinician, patient)
    clinician.presses("Start")
    clinician.reads("You have this in progress.")


def goes_on(clinician: Person, patient: Patient) -> None:
    """Take up again the task that is open, after the identity check."""
    clinician.presses("Go on")
    has_the_right_record_open(clinician, patient)
    clinician.presses("Go on")
    clinician.reads("You have this in progress.")


def asks_the_practice(clinician: Person, question: str) -> None:
    """Wait for the practice, with a question."""
    clinician.presses("Ask the practice, or wait")
    clinician.chooses("The practice", of="Whom do you ask or wait for?")
    clinician.writes(question, into="Your question, or what you are waiting for")
    picks_a_day(clinician)
    clinician.presses("Ask or wait")
    clinician.reads("It comes back to you by itself.")


def picks_a_day(clinician: Person) -> None:
    """Choose the last of the days on which it may come back."""
    days = clinician.field("Look at it again on").locator("option")
    clinician.picks(days.last.inner_text().strip(), of="Look at it again on")


def says_yes_to_the_checklist(clinician: Person) -> None:
    """Confirm every point of the kind's checklist."""
    groups = clinician.page.locator("fieldset", has=clinician.page.locator("input[name^='check-']"))
    expect(groups.first).to_be_visible()
    for place in range(groups.count()):
        clinician.hands.choose(groups.nth(place).get_by_role("radio", name="Yes", exact=True))


def answers_what_the_practice_did_not_know(clinician: Person, answer: str) -> None:
    """Answer alike every safety question that the practice was not sure of."""
    groups = clinician.page.locator("fieldset", has=clinician.page.locator("input[name^='fact-']"))
    expect(groups.first).to_be_visible()
    for place in range(groups.count()):
        clinician.hands.choose(groups.nth(place).get_by_role("radio", name=answer, exact=True))


def says_what_was_done(clinician: Person, *, outcome: str, minutes: int, system: str) -> None:
    """Choose the outcome, the minutes, and that it is in the record."""
    clinician.chooses(outcome, of="What was the outcome?")
    clinician.writes("Tell the patient to go on as before.", into="Answer for the practice")
    clinician.writes(str(minutes), into="Minutes spent")
    clinician.chooses(f"Yes, in {system}", of="Did you record it in the patient's record?")
    clinician.chooses("Another code, or the practice's template", of="With which SNOMED CT code?")
