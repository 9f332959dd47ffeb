"""Many requests from a file: a practice manager who has never seen the page, with a messy export."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.import_side import uploads, waits_for
from tests.browser.practice_side import is_told_what_is_missing
from tests.support.browser_person import Person
from tests.support.browser_site import Site
from tests.support.factories import Make


@pytest.mark.slow
@pytest.mark.parametrize(
    "scripts", [True, pytest.param(False, marks=pytest.mark.full)], ids=["scripts", "no scripts"]
)
def test_a_messy_export_becomes_requests_and_is_taken_back(
    site: Site, make: Make, person: Callable[..., Person], scripts: bool
) -> None:
    practice = make.practice("Fern Hill Surgery")
    manager = person(make.requester(practice, name="Maya Manager"), scripts=scripts)
    forgets_the_file(manager)
    uploads(manager)
    corrects_the_columns(manager)
    looks_and_approves(manager)
    reads_what_became_of_it(manager)
    takes_it_back(manager)


def forgets_the_file(manager: Person) -> None:
    """Find the way from the list of requests, and send the form without a file."""
    manager.follows("Raise many from a file")
    manager.presses("Upload the file")
    is_told_what_is_missing(manager, "file", "Choose a file")


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


def looks_and_approves(manager: Person) -> None:
    """Read what would be raised and what cannot be; nothing is raised before."""
    manager.reads("12 rows checked. Nothing is raised yet.")
    manager.reads("This is not an NHS number, a digit is wrong: check it against the record.")
    manager.follows("1 row Twice in this file")
    manager.reads("The same as row 5.")
    manager.follows("Back to the file")
    manager.reads("Long-term condition review: Asthma (10 rows)")
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
