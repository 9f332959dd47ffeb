"""What a practice manager does with a file of requests."""

import re

from playwright.sync_api import expect

from tests.support.browser_person import Person
from tests.support.messy_file import messy

NAME = "LTC reviews due.csv"
KIND = "Long-term condition review"


def uploads(manager: Person) -> None:
    """Choose practice, kind and file on the page for it, and send them."""
    practices = manager.page.locator("input[name=practice]")
    if practices.count():
        manager.hands.choose(practices.first)
    manager.chooses(KIND, of="What do you ask for?")
    file = {"name": NAME, "mimeType": "text/csv", "buffer": messy()}
    manager.page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    manager.presses("Upload the file")
    manager.reads(NAME)


def waits_for(manager: Person, heading: str) -> None:
    """Wait for the job: the page follows by itself, or is refreshed by its link."""
    there = manager.page.get_by_role("heading", name=re.compile(f"^{heading}"), level=1)
    for _ in range(120):
        if manager.scripts or there.count():
            break
        manager.page.wait_for_timeout(500)
        if manager.page.locator("#refresh").count():
            manager.follows("refresh it")
    expect(there).to_be_visible(timeout=60_000)  # the lane may be busy with a forecast
    manager.settled()
