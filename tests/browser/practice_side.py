"""What a practice manager does."""

import re

from playwright.sync_api import expect

from tests.browser.patients import Patient
from tests.support.browser_person import Person


def opens_the_form_of(manager: Person, kind: str) -> None:
    """Find the form from the front page."""
    manager.follows("New request")
    manager.follows(kind)


def says_who_it_is_about(manager: Person, patient: Patient, *, born: bool = True) -> None:
    """Fill in the patient, perhaps forgetting the date of birth."""
    manager.writes(patient.spaced_number, into="NHS number")
    manager.writes(patient.family, into="Family name")
    manager.writes(patient.given, into="Given name")
    if born:
        says_when_born(manager, patient)
    manager.writes(patient.record_number, into="Your record number for the patient")


def says_when_born(manager: Person, patient: Patient) -> None:
    """Fill in the three boxes of the date of birth."""
    born = patient.born
    manager.writes_date(born.day, born.month, born.year, of="Date of birth")


def answers_every_question_with(manager: Person, answer: str) -> None:
    """Answer every safety question and every other one alike."""
    groups = manager.page.locator("fieldset", has=manager.page.locator("input[name^='fact-']"))
    for place in range(groups.count()):
        manager.hands.choose(groups.nth(place).get_by_role("radio", name=answer, exact=True))


def is_told_what_is_missing(manager: Person, field_id: str, prefix: str) -> None:
    """See the list of problems first, and get from it to the field."""
    expect(manager.page).to_have_title(re.compile(r"^Error: "))
    summary = manager.page.locator(".nhsuk-error-summary")
    if manager.scripts:
        expect(summary).to_be_focused()
    link = summary.get_by_role("link", name=re.compile(prefix))
    sentence = link.inner_text()
    expect(manager.page.locator(".nhsuk-error-message", has_text=sentence)).to_be_visible()
    manager.hands.press(link)
    expect(manager.page.locator(f"#{field_id}")).to_be_focused()


def goes_back_and_forth(manager: Person) -> None:
    """The browser's own buttons: Back shows the filled form, Forward and reload what was checked."""
    typed = manager.page.url
    manager.page.go_back()
    manager.reads("Safety questions")
    expect(manager.page.get_by_label("Family name")).not_to_be_empty()
    manager.page.go_forward()
    manager.reads("Check before you send")
    manager.page.reload()
    manager.reads("Check before you send")
    assert manager.page.url == typed


def is_told_what_is_graver(manager: Person) -> None:
    """See that what was typed now weighs more than the open request says."""
    manager.reads(re.compile("What you typed now is graver than this request"))
    manager.reads(re.compile(r"Yes \(the open request says: No\)"))


def finds(manager: Person, words: str, ref: str) -> None:
    """Find a request of the practice."""
    manager.follows("Requests")
    manager.writes(words, into="Find a request")
    manager.presses("Find")
    manager.reads("1 request found.")
    manager.reads(re.compile(ref))


def answers(manager: Person, words: str) -> None:
    """Answer the hub's question; what is asked every time is as it was."""
    manager.writes(words, into="Your answer")
    manager.presses("Send answer")


def sends_what_was_checked(manager: Person) -> str:
    """Send it, and give its reference."""
    manager.presses("Send request")
    manager.reads("Sent. Its reference is")
    found = re.search(r"Its reference is ([A-Z0-9-]+)\.", manager.text())
    assert found, manager.text()
    assert manager.page.url.endswith(f"/requests/{found[1]}")
    return found[1]


def opens_the_request(manager: Person, kind: str, ref: str) -> None:
    """Find the request on the practice's list."""
    manager.follows("Requests")
    manager.follows(re.compile(rf"{kind} {ref}"))


def opens_the_request_that_needs_us(manager: Person, ref: str) -> None:
    """Find the one request that waits for the practice."""
    manager.follows("Requests")
    manager.follows("Needs you (1)")
    manager.follows(re.compile(ref))


def where_it_stands(manager: Person) -> str:
    """What the practice reads of its request's standing."""
    return manager.part("Where it stands").inner_text()
