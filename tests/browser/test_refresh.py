"""Pages that refresh a part of themselves: the numbers change, the focus stays, and only news is spoken."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser_person import Person
from tests.support.browser_site import Site
from tests.support.factories import Make

HALF_A_MINUTE = 31_000  # ms; no page refreshes itself less often


def opens_and_stays(one: Person, path: str) -> None:
    """Open a page on which time can be made to pass."""
    one.page.clock.install()
    one.opens(path)
    expect(one.page.locator("#live")).to_have_text("")


def lets_time_pass(one: Person) -> None:
    """Let the page refresh itself."""
    with one.page.expect_response(lambda response: "poll=1" in response.url):
        one.page.clock.fast_forward(HALF_A_MINUTE)


@pytest.mark.slow
def test_the_counts_of_the_practices_list_follow_and_the_focus_stays(
    make: Make, person: Callable[..., Person]
) -> None:
    practice = make.practice()
    requester = make.requester(practice, name="Maya Manager")
    manager = person(requester)
    opens_and_stays(manager, "/requests")
    manager.page.get_by_role("link", name="All (0)").focus()
    make.request(practice, requester)
    lets_time_pass(manager)
    expect(manager.page.get_by_role("link", name="All (1)")).to_be_focused()
    manager.settled()


@pytest.mark.slow
def test_where_a_request_stands_is_spoken_when_it_changes(
    site: Site, make: Make, person: Callable[..., Person]
) -> None:
    practice = make.practice()
    requester = make.requester(practice, name="Maya Manager")
    manager = person(requester)
    ref = make.request(practice, requester).ref
    site.wait_until_placed()
    opens_and_stays(manager, f"/requests/{ref}")
    lets_time_pass(manager)
    expect(manager.page.locator("#live")).to_have_text("")
    make.pharmacist(practice, name="Philip Pharmacist")
    gone_to = "select 1 from task where assignee_id is not null"
    manager.looks_away_until(lambda: bool(site.rows(gone_to)))
    lets_time_pass(manager)
    expect(manager.page.locator("#live")).to_have_text(re.compile("Philip Pharmacist"))
    manager.settled()


@pytest.mark.slow
def test_new_work_is_told_on_the_worklist_and_the_board_without_moving_the_reader(
    site: Site, make: Make, person: Callable[..., Person]
) -> None:
    practice = make.practice()
    requester = make.requester(practice)
    pharmacist = person(make.pharmacist(practice, name="Philip Pharmacist"))
    lead = person(make.lead(name="Leda Lead"))
    make.request(practice, requester)
    site.wait_until_placed()
    opens_and_stays(pharmacist, "/worklist")
    opens_and_stays(lead, "/board")
    pharmacist.page.get_by_role("button", name="Next task").focus()
    lead.page.get_by_role("link", name=re.compile(r"^1 On a worklist, not started$")).focus()
    make.request(practice, requester, "SMR")
    site.wait_until_placed()
    lets_time_pass(pharmacist)
    expect(pharmacist.page.locator("#live")).to_have_text(re.compile("1 new task"))
    expect(pharmacist.page.get_by_role("button", name="Next task")).to_be_focused()
    expect(pharmacist.page.locator("tbody tr")).to_have_count(1)
    pharmacist.settled()
    lets_time_pass(lead)
    expect(lead.page.get_by_role("link", name=re.compile(r"^2 On a worklist, not started$"))).to_be_focused()
    lead.settled()
