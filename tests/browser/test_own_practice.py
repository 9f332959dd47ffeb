"""A manager lets a colleague in by a link, and reads replies back, in a browser without JavaScript."""

import re
from collections.abc import Callable
from pathlib import Path

from tests.support.browser_person import Person
from tests.support.browser_site import Site
from tests.support.factories import Make

PASSWORD = "saddle plum heron attic"


def test_a_colleague_joins_by_a_link_and_replies_are_read_back(
    site: Site, make: Make, person: Callable[..., Person], tmp_path: Path
) -> None:
    practice = make.practice("Elder Tree Surgery")
    boss, known = make.requester(practice, name="Maya Manager"), make.identity()
    task = make.request(practice, boss, "LTC", identity=known)
    manager = person(boss, scripts=False)

    manager.follows("Practice")
    manager.presses("Make the link")
    assert manager.status == 422
    manager.writes("Nia New", into="Name")
    manager.writes("nia@example.org", into="E-mail address")
    manager.chooses(
        "No, they raise and follow requests", of="May they let others in and change the facts above?"
    )
    manager.presses("Make the link")
    link = re.search(r"/join/[\w-]+", manager.page.locator("#link").inner_text())
    assert link is not None

    manager.follows("Patient lists")
    manager.follows("Read replies from Accurx")
    manager.presses("Continue")
    assert manager.status == 422
    report = tmp_path / "replies.csv"
    report.write_text(f"NHS number,Response\n{known.nhs_number},Booked\n")
    manager.page.locator("#file").set_input_files(report)
    manager.presses("Continue")
    manager.reads("1 row has an NHS number that passes its check.")
    manager.presses("Note these replies")
    manager.reads("1 reply noted.")
    manager.opens(f"/requests/{task.ref}")
    manager.reads(re.compile("noted that the patient is booked"))

    manager.presses("Sign out")
    manager.opens(link[0])
    manager.writes(PASSWORD, into="Choose a password")
    manager.presses("Open my account")
    assert manager.status == 422
    manager.writes(PASSWORD, into="Choose a password")
    manager.writes(PASSWORD, into="The password once more")
    manager.presses("Open my account")
    manager.writes("nia@example.org", into="E-mail address")
    manager.writes(PASSWORD, into="Password")
    manager.presses("Sign in")
    manager.reads("Nia New")
    manager.opens(link[0])
    assert manager.status == 404
    manager.reads("This link opens nothing")

    _forgets_the_password(manager, person(boss, scripts=False))


def _forgets_the_password(colleague: Person, boss: Person) -> None:
    boss.follows("Practice")
    boss.follows("New password link for Nia New")
    boss.presses("Make the link")
    link = re.search(r"/password/[\w-]+", boss.page.locator("#link").inner_text())
    assert link is not None
    colleague.opens(link[0])
    colleague.writes(f"{PASSWORD} quill", into="Choose a password")
    colleague.presses("Set the password")
    assert colleague.status == 422
    colleague.writes(f"{PASSWORD} quill", into="Choose a password")
    colleague.writes(f"{PASSWORD} quill", into="The password once more")
    colleague.presses("Set the password")
    colleague.reads("Your new password is set.")
    colleague.follows("Forgotten your password?")
    colleague.reads("Ask somebody for a link")
