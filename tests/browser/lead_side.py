"""What a hub lead reads on the board."""

import re

from playwright.sync_api import expect

from tests.support.browser_person import Person


def counts(lead: Person, *names: str) -> dict[str, int]:
    """Open the board and read these of its numbers over the whole hub."""
    lead.opens("/board")
    found = {}
    for name in names:
        words = lead.page.locator(".hub-figures__words").get_by_text(name, exact=True)
        line = lead.page.locator(".hub-figures li", has=words)
        found[name] = int(re.match(r"\d+", line.locator(".hub-figures__value").inner_text().strip())[0])  # type: ignore[index]
    return found


def every_number_opens_its_rows(lead: Person) -> int:
    """Follow each number of the board and count what it opens; gives how many numbers there were."""
    lead.opens("/board")
    links = lead.page.locator("#board a[href*='/board/tasks?number=']")
    shown = [
        (re.match(r"\d+", link.inner_text().strip()), str(link.get_attribute("href")))
        for link in links.all()
        if not str(link.get_attribute("id")).startswith(("n-oldest", "h-"))
    ]
    assert shown, "the board shows no number"
    for number, address in shown:
        assert number, f"the link to {address} is no number"
        lead.opens(address)
        expect(lead.page.locator("h1")).to_have_text(re.compile(rf": {number[0]} tasks?$"))
        expect(lead.page.locator("tbody tr")).to_have_count(int(number[0]))
    return len(shown)
