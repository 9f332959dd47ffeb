"""The other pages of a practice: nobody at work, asked already, sent back, withdrawn, died."""

import re
from collections.abc import Callable

import pytest

from tests.browser import clinician_side, practice_side
from tests.browser.patients import BARNABY, HIPPOLYTA
from tests.support.browser_person import Person
from tests.support.factories import Make

KIND = "Medication query"
WHY_BACK = "The label shows two strengths. Which one does he take?"


@pytest.mark.slow
def test_a_practice_is_warned_asks_again_and_stops_what_is_not_needed(
    make: Make, person: Callable[..., Person]
) -> None:
    manager = person(make.requester(make.practice("Fern Hill Surgery"), name="Maya Manager"))
    ref = raises_though_nobody_is_at_work(manager)
    is_shown_what_is_open_and_chases_it(manager, ref)
    withdraws(manager, ref)
    notes_a_death_and_takes_it_back(manager)


def raises_though_nobody_is_at_work(manager: Person) -> str:
    """Ask for today while no clinician works for this practice, be warned, and send all the same."""
    practice_side.opens_the_form_of(manager, KIND)
    practice_side.says_who_it_is_about(manager, BARNABY)
    manager.writes(BARNABY.ask, into="What do you ask of us?")
    practice_side.answers_every_question_with(manager, "No")
    manager.chooses("Today", of="When do you need it?")
    manager.presses("Check before you send")
    practice_side.is_told_what_is_missing(manager, "urgency_reason", "why")
    manager.writes("He takes the last one tonight.", into="Why it cannot wait")
    manager.presses("Check before you send")
    manager.reads("We note that you were told, and the hub lead is told that it waits.")
    practice_side.goes_back_and_forth(manager)
    ref = practice_side.sends_what_was_checked(manager)
    manager.reads("You were told when you sent this")
    practice_side.finds(manager, BARNABY.family, ref)
    return ref


def is_shown_what_is_open_and_chases_it(manager: Person, ref: str) -> None:
    """Ask for the same again with a danger sign: the open request comes first, and takes it when chased."""
    practice_side.opens_the_form_of(manager, KIND)
    practice_side.says_who_it_is_about(manager, BARNABY)
    manager.writes(BARNABY.ask, into="What do you ask of us?")
    practice_side.answers_every_question_with(manager, "No")
    manager.chooses("Yes", of="Could a medicine be making the patient seriously ill?")
    manager.presses("Check before you send")
    manager.reads("You have asked for this already")
    manager.presses("Raise another")
    practice_side.is_told_what_is_missing(manager, "another_because", "why")
    practice_side.is_told_what_is_graver(manager)
    manager.writes("His wife telephoned again.", into="Chase it: what has changed?")
    manager.presses(re.compile(r"^Chase\b"))
    assert manager.page.url.endswith(f"/requests/{ref}")
    manager.reads("His wife telephoned again.")
    assert "It goes before other work: suspected serious reaction." in practice_side.where_it_stands(manager)


def withdraws(manager: Person, ref: str) -> None:
    """End a request, first without a reason."""
    manager.unfolds("Stop this request")
    manager.presses("Stop it for good")
    practice_side.is_told_what_is_missing(manager, "withdraw_reason", "why")
    manager.writes("The pharmacy found some.", into="Why is it no longer needed?")
    manager.presses("Stop it for good")
    assert "Stopped by your practice" in practice_side.where_it_stands(manager)
    manager.opens("/requests?show=stopped")
    manager.reads(re.compile(ref))


def notes_a_death_and_takes_it_back(manager: Person) -> None:
    """One act stops what is open for a patient; another raises it again."""
    practice_side.opens_the_form_of(manager, KIND)
    practice_side.says_who_it_is_about(manager, HIPPOLYTA)
    manager.writes(HIPPOLYTA.ask, into="What do you ask of us?")
    practice_side.answers_every_question_with(manager, "Not sure")
    manager.presses("Check before you send")
    ref = practice_side.sends_what_was_checked(manager)
    manager.unfolds("The patient has died or moved")
    manager.follows("The patient has died")
    manager.reads(re.compile(ref))
    manager.presses("Yes, the patient has died")
    manager.reads("Has died")
    manager.presses("Undo, the patient is registered")
    manager.does_not_read("Has died")


@pytest.mark.slow
def test_a_request_that_was_sent_back_is_corrected_and_a_late_start_is_told(
    make: Make, person: Callable[..., Person]
) -> None:
    practice = make.practice("Gorse Common Surgery")
    requester = make.requester(practice, name="Maya Manager")
    manager = person(requester)
    pharmacist = person(make.pharmacist(practice, name="Philip Pharmacist"))
    ref = make.request(practice, requester, identity=BARNABY.identity).ref

    clinician_side.finds_on_the_worklist(pharmacist, ref)
    pharmacist.follows(re.compile(ref))
    pharmacist.presses("Send back to the practice")
    pharmacist.presses("Send back")
    practice_side.is_told_what_is_missing(pharmacist, "code", "Choose the reason")
    pharmacist.chooses("Something we need is missing", of="Reason")
    pharmacist.writes(WHY_BACK, into="What must the practice add or correct?")
    pharmacist.presses("Send back")

    practice_side.opens_the_request_that_needs_us(manager, ref)
    manager.reads(re.compile(re.escape(WHY_BACK)))
    manager.follows("Correct and send again")
    manager.writes("He takes the stronger one.", into="What do you ask of us?")
    manager.presses("Check before you send")
    manager.presses("Send corrected request")

    clinician_side.finds_on_the_worklist(pharmacist, ref)
    pharmacist.follows(re.compile(ref))
    pharmacist.presses("Start")
    manager.unfolds("Stop this request")
    manager.writes("He has moved in with his son.", into="Why is it no longer needed?")
    manager.presses("Stop it for good")
    clinician_side.has_the_right_record_open(pharmacist, BARNABY)
    pharmacist.presses("Start")
    assert pharmacist.status == 409
    pharmacist.reads("This has changed since you opened it")
    pharmacist.reads(re.compile("Maya Manager|stopped"))
