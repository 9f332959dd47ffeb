"""Told without asking, in a browser without JavaScript: messages, a change, the inbox, the settings."""

import re
from collections.abc import Callable

import pytest

from hub.domain.vocabulary import Role
from hub.placing import queries
from hub.worklist import actions
from tests.support.browser_person import Person
from tests.support.browser_site import Site
from tests.support.factories import Make
from tests.support.running import acting_as


@pytest.mark.slow
def test_practice_and_pharmacist_write_change_and_read(
    site: Site, make: Make, person: Callable[..., Person]
) -> None:
    practice = make.practice("Elder Tree Surgery")
    maya = make.requester(practice, name="Maya Manager")
    priya = make.pharmacist(practice, name="Priya Raman")
    task = make.request(practice, maya, "MEDQ")
    site.wait_until_placed()
    with acting_as(site.app, priya) as by:
        actions.start(queries.get(task.ref, lock=True), confirmed=True, by=by)

    manager = person(maya, scripts=False)
    manager.opens(f"/requests/{task.ref}")
    manager.unfolds("Write to the hub")
    manager.presses("Send message")
    manager.reads("Write your message.")
    manager.writes("She is away until Friday.", into="Your message")
    manager.presses("Send message")
    manager.reads("She is away until Friday.")
    manager.follows("Change how soon you need it, or your answers")
    manager.chooses("By tomorrow", of="When do you need it?")
    manager.presses("Change the request")
    manager.reads("Say what has changed, so that the clinician understands.")
    manager.writes("Her tablets run out on Wednesday.", into="What has changed, and why?")
    manager.presses("Change the request")
    manager.reads("Changed. The clinician who has it is told.")
    manager.follows("Correct the patient's details")
    manager.presses("Correct the details")
    manager.reads("These are the details that we hold already.")

    pharmacist = person(priya, scripts=False)
    pharmacist.reads("Inbox (2")
    pharmacist.follows(f"Medication query, {task.ref}")
    pharmacist.reads("wanted by tomorrow instead of in its usual turn")
    pharmacist.follows("Write to Elder Tree Surgery")
    pharmacist.writes("Thank you. Friday is fine.", into="Your message")
    pharmacist.presses("Send message")
    pharmacist.reads("Thank you. Friday is fine.")
    pharmacist.follows("Inbox")
    pharmacist.reads("Nothing unread.")

    manager.opens("/requests")
    manager.reads("1 unread")
    manager.opens("/inbox")
    manager.reads("Priya Raman wrote to you.")
    manager.presses(re.compile("^Mark as read"))
    manager.reads("Nothing unread.")
    manager.follows("What comes by e-mail")
    manager.reads("E-mail is off in this hub")
    manager.chooses("No", of="A digest of what is unread, on each working day")
    manager.presses("Keep this")
    manager.reads("Kept. It counts from now on.")
    manager.page.set_viewport_size({"width": 320, "height": 800})
    for path in ("/inbox?show=all", "/inbox/settings", f"/requests/{task.ref}"):
        manager.opens(path)

    admin = person(make.user(Role.ADMIN, name="Ada Admin"), scripts=False)
    admin.opens("/letters")
    admin.reads("E-mail is off: no server for it is set up.")
