"""Many requests from a file: a practice manager who has never seen the page, with a messy export."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from hub.extensions import db
from hub.imports.upkeep_actions import FAULT
from hub.models import ImportRun
from tests.browser.import_side import uploads, waits_for
from tests.browser.practice_side import is_told_what_is_missing
from tests.support.browser_person import Person
from tests.support.browser_site import Site
from tests.support.factories import Make
from tests.support.messy_file import identity_of
from tests.support.running import acting_as


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scripts", "keyboard"),
    [
        pytest.param(True, False, id="scripts"),
        pytest.param(False, False, marks=pytest.mark.full, id="no scripts"),
        pytest.param(True, True, marks=pytest.mark.full, id="keyboard"),
    ],
)
def test_a_messy_export_becomes_requests_and_is_taken_back(
    site: Site, make: Make, person: Callable[..., Person], scripts: bool, keyboard: bool
) -> None:
    practice = make.practice("Fern Hill Surgery")
    maya = make.requester(practice, name="Maya Manager")
    other_details, other_review = identity_of(0) | {"given": "Zara"}, identity_of(1)
    make.request(practice, maya, "MEDQ", identity=replace(make.identity(), **other_details))
    make.request(practice, maya, "LTC", subtype="COPD", identity=replace(make.identity(), **other_review))
    manager = person(maya, scripts=scripts, keyboard=keyboard)
    forgets_the_file(manager)
    uploads(manager)
    says_where_the_titles_stand(manager)
    corrects_the_columns(manager)
    decides_about_two_rows(manager)
    looks_and_approves(manager)
    reads_what_became_of_it(manager)
    takes_it_back(manager)
    with acting_as(site.app, maya):
        db.session.execute(update(ImportRun).values(status="failed", error=FAULT))
    manager.follows(re.compile("^LTC reviews due.csv"))
    manager.reads(FAULT)


def forgets_the_file(manager: Person) -> None:
    """Find the way from the list of requests, and send the form without a file."""
    manager.follows("Raise many from a file")
    manager.presses("Upload the file")
    is_told_what_is_missing(manager, "file", "Choose a file")


def says_where_the_titles_stand(manager: Person) -> None:
    """Have the file read with its titles in another row, see that this is wrong, and go back."""
    for row, told in (
        ("Row 5: DEMO", "Its titles stand in row 5, as you chose."),
        ("Row 4: Patient", "row 4, as"),
    ):
        manager.unfolds("The titles stand in another row, or there are none")
        choices = [one.strip() for one in manager.page.locator("#titles_row option").all_inner_texts()]
        label = next(one for one in choices if one.casefold().startswith(row.casefold()))
        manager.picks(label, of="Where do the titles of the columns stand?")
        manager.presses("Read the file so")
        manager.reads(told)


def corrects_the_columns(manager: Person) -> None:
    """See a wrong date by its month, mend it; be told what is missing; have all rows checked."""
    expect(manager.page).to_have_title(re.compile("^Check how we read your file"))
    manager.picks("Not needed", of="DOB, column C, is read as")
    manager.picks("Date of birth", of="Last Done, column F, is read as")
    manager.presses("Show the first rows again")
    manager.reads("01-Feb-2025")
    manager.picks("Date of birth", of="DOB, column C, is read as")
    manager.picks("Not needed", of="Last Done, column F, is read as")
    manager.presses("Check all rows")
    is_told_what_is_missing(manager, "default-condition", "Choose the column with the condition")
    manager.picks("Asthma", of="Condition")
    manager.presses("Check all rows")
    waits_for(manager, "Look, then approve")


def decides_about_two_rows(manager: Person) -> None:
    """Say that a patient with another given name is meant, and that a second review is wanted."""
    manager.reads("We hold the given name Zara for this patient.")
    manager.chooses("It is this patient, as you hold them: raise it", of="What do you do with row 5?")
    manager.reads("Open already: Long-term condition review: COPD")
    wanted = "Raise it as well: the clinician sees both and can do them together"
    manager.chooses(wanted, of="What do you do with row 6, Long-term condition review: Asthma?")
    manager.presses("Keep these decisions")
    manager.reads("Your decisions are kept.")


def looks_and_approves(manager: Person) -> None:
    """Read what would be raised and what cannot be; nothing is raised before."""
    manager.reads("12 rows checked. Nothing is raised yet.")
    manager.reads("This is not an NHS number, a digit is wrong: check it against the record.")
    manager.follows("1 row Twice in this file")
    manager.reads("The same as row 5.")
    manager.follows("Back to the file")
    manager.reads("Long-term condition review: Asthma (8 rows)")
    manager.presses("Raise 10 requests")
    waits_for(manager, "Your requests are raised")


def reads_what_became_of_it(manager: Person) -> None:
    """Follow a count to its rows, and a row to its request."""
    manager.reads("10 requests were raised.")
    manager.follows("10 rows Raised")
    manager.follows(re.compile("^Raised as .* of row 5$"))
    manager.reads("Yearly review due")
    manager.page.go_back()
    manager.follows("Back to the file")


def takes_it_back(manager: Person) -> None:
    """Undo, and see it in the list of files."""
    manager.follows("Undo: take back what this file raised")
    manager.presses("Yes, take back 10 requests")
    waits_for(manager, "Undone")
    manager.reads("10 requests were taken back.")
    manager.follows("Requests from files")
    manager.reads("Undone")
