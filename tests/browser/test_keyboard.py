"""The same work without a mouse: Tab reaches everything, the focus is always seen, nothing holds it fast."""

import re
from collections.abc import Callable

import pytest

from tests.browser import clinician_side, practice_side
from tests.browser.patients import BARNABY
from tests.support.browser_person import Person
from tests.support.factories import Make

KIND = "Medication query"


@pytest.mark.full
def test_a_request_is_raised_done_and_ticked_with_the_keyboard_alone(
    make: Make, person: Callable[..., Person]
) -> None:
    practice = make.practice("Birch Lane Practice")
    manager = person(make.requester(practice, name="Kay Manager"), keyboard=True)
    pharmacist = person(make.pharmacist(practice, name="Kit Pharmacist"), keyboard=True)

    practice_side.opens_the_form_of(manager, KIND)
    practice_side.says_who_it_is_about(manager, BARNABY)
    manager.writes(BARNABY.ask, into="What do you ask of us?")
    practice_side.answers_every_question_with(manager, "Not sure")
    manager.presses("Check before you send")
    ref = practice_side.sends_what_was_checked(manager)

    clinician_side.finds_on_the_worklist(pharmacist, ref)
    pharmacist.follows(f"{KIND}, {ref}")
    clinician_side.starts(pharmacist, BARNABY)
    pharmacist.presses("Complete")
    clinician_side.has_the_right_record_open(pharmacist, BARNABY)
    clinician_side.says_yes_to_the_checklist(pharmacist)
    clinician_side.answers_what_the_practice_did_not_know(pharmacist, "I could not find out")
    clinician_side.says_what_was_done(
        pharmacist,
        outcome="The supply was sorted out, with no change of medicine",
        minutes=7,
        system="EMIS Web",
    )
    pharmacist.ticks("Sign the prescriptions left ready")
    pharmacist.presses("Complete and open next task")
    pharmacist.reads("No waiting task is one that you may do now.")

    practice_side.opens_the_request_that_needs_us(manager, ref)
    manager.presses(re.compile(r"^Tick as done"))
    manager.reads("ticked by Kay Manager")


def test_the_first_tab_skips_to_the_content(make: Make, person: Callable[..., Person]) -> None:
    manager = person(make.requester(make.practice(), name="Kay Manager"), keyboard=True)
    manager.page.keyboard.press("Tab")
    focused = manager.page.locator(":focus")
    assert focused.inner_text() == "Skip to main content"
    manager.page.keyboard.press("Enter")
    manager.page.keyboard.press("Tab")
    assert manager.page.locator("main :focus").count() == 1
