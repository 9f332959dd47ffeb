"""What the browser tests check on every page is able to fail: each fault, planted, is found."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from hub.background import redis_connection
from tests.browser import canary
from tests.browser.patients import HIPPOLYTA
from tests.support import browser_checks as checks
from tests.support.browser_hands import Keyboard
from tests.support.browser_site import Site

# The checks change seldom; the rest of the browser tests need the time.
pytestmark = pytest.mark.full

SOUND = """<!DOCTYPE html><html lang="en-GB"><head><title>A page - Pharmacy hub</title></head><body><main>
<h1>A page</h1><form action="/send" method="post"><p><label for="name">Name</label> <input id="name"></p>
<table><caption>Rows</caption><tr><th scope="col">One</th></tr><tr><td>1</td></tr></table>
<p><a href="/tasks/1">Open 1</a></p><button type="submit">Send</button></form></main></body></html>"""
FAULTS = {
    "has 2 h1": ("<h1>A page</h1>", "<h1>A page</h1><h1>Another</h1>"),
    "the title is": ("<title>A page - Pharmacy hub</title>", "<title>Pharmacy hub</title>"),
    "ids stand more than once": ("<main>", '<main><span id="name"></span>'),
    "style or script inside the markup: .*style": ("<main>", '<main style="color: #111">'),
    "style or script inside the markup: .*onclick": ("<main>", '<main onclick="go()">'),
    "have 0 captions": ("<caption>Rows</caption>", ""),
    "an NHS number stands in": ("/tasks/1", f"/tasks/{HIPPOLYTA.spaced_number.replace(' ', '%20')}"),
    "links named 'Open 1' lead to": ("</form>", '</form><p><a href="/tasks/2">Open 1</a></p>'),
    "buttons named 'Send' lead to": ("</main>", '<form><button type="submit">Send</button></form></main>'),
    "one of the links has no name": ("Open 1", ""),
    "axe: label": ('<label for="name">Name</label>', "Name"),
    "axe: html-has-lang": (' lang="en-GB"', ""),
    "axe: heading-order": ("<table>", "<h4>Rows</h4><table>"),
    "scrolls sideways because of": ("<td>1</td>", f"<td>{'wide' * 100}</td>"),
}


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    """An empty window."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


def problems(page: Page, html: str) -> list[str]:
    """Everything that the checks say about a page."""
    page.set_content(html)
    return [
        *checks.problems_of_source(html),
        *checks.problems_of_names(page),
        *checks.problems_axe_finds(page),
        *checks.problems_when_narrow(page),
    ]


def test_a_sound_page_has_no_problem(blank: Page) -> None:
    assert problems(blank, SOUND) == []


@pytest.mark.parametrize("told", list(FAULTS))
def test_a_planted_fault_is_told(blank: Page, told: str) -> None:
    sound, faulty = FAULTS[told]
    assert sound in SOUND
    found = problems(blank, SOUND.replace(sound, faulty))
    assert any(re.search(told, problem) for problem in found), found


def test_the_keyboard_notices_a_focus_that_does_not_show(blank: Page) -> None:
    blank.set_content(SOUND + "<style>:focus { outline: none }</style>")
    with pytest.raises(AssertionError, match="the focus does not show"):
        Keyboard(blank).press(blank.get_by_role("button"))


def test_the_keyboard_notices_what_tab_does_not_reach(blank: Page) -> None:
    blank.set_content(SOUND.replace("<button", '<button tabindex="-1"'))
    with pytest.raises(AssertionError, match="Tab never reaches"):
        Keyboard(blank).press(blank.get_by_role("button"))


def test_the_canaries_are_found_wherever_they_are_put(site: Site) -> None:
    secret = HIPPOLYTA.family.upper()
    redis: Any = redis_connection(site.settings.redis_url)
    redis.rpush("planted", f"for {secret}")
    put_into: Any = SimpleNamespace(
        settings=site.settings,
        logged=lambda: {"web": f"opened by {secret}"},
        rows=lambda query: [("place", "key", secret, None)],
    )
    try:
        found = canary.places_that_name(
            HIPPOLYTA.secrets, put_into, [f"http://hub.test/?q={HIPPOLYTA.spaced_number.replace(' ', '+')}"]
        )
    finally:
        redis.delete("planted")
    places = {line.split(" holds ")[0] for line in found}
    assert places == {"the log of web", "an address", "a job", "Redis under planted"}
