"""A person at a browser: signs in, reads and acts by the words on the page; every page seen is checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    expect,
)

from hub.processes import wait_until
from tests.support import browser_checks as checks
from tests.support import browser_pictures
from tests.support.browser_hands import Hands, Mouse

PATIENCE = 30_000  # ms, for what real worker processes must do first
_HTMX_IS_QUIET = """() => document.readyState === "complete" &&
  !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")"""
# What differs each time that the same page is sent, and means nothing to whoever reads it.
_TOKENS = re.compile(r'(name="(csrf_token|form_key)" value|since|content)="[^"]*"')
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
# Someone went on before htmx had its answer, as people do; any real failure has a name of its own besides.
_WENT_ON = ("htmx:sendAbort", "htmx:afterRequest")
_SAYS_AGAIN_WHAT_A_STATUS_SAYS = "Failed to load resource: the server responded with a status of 4"


class Person:
    """Someone using the hub in a browser window of their own.

    `scripts` says whether JavaScript runs. Each act that opens a page ends with `settled`, so that no page
    state goes unchecked; `status` is what the last one was answered with, `addresses` all that was asked for.
    """

    _found_clean: ClassVar[set[str]] = set()  # pages without fault, so that none is looked at twice

    def __init__(self, context: BrowserContext, url: str, name: str, mirror: Page | None = None) -> None:
        self.name = name
        self.url = url
        self.page = context.new_page()
        self.hands: Hands = Mouse()
        self.scripts = mirror is None
        self.addresses: list[str] = []
        self.complaints: list[str] = []
        self._mirror = mirror
        self.status = 0
        self._source = ""
        self.page.on("request", self._note_address)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self._here()}: {error}"))

    # Moving about

    def signs_in(self, email: str, password: str) -> None:
        """Sign in through the form."""
        self.opens("/sign-in")
        self.writes(email, into="E-mail address")
        self.writes(password, into="Password")
        self.presses("Sign in")
        self.reads(self.name)

    def opens(self, path: str) -> None:
        """Type an address of the hub."""
        self._arrive(lambda: self.page.goto(self.url + path))

    def follows(self, words: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Use the link with these words (all of them; a pattern for some)."""
        link = self._named("link", words, within)
        self._arrive(lambda: self.hands.press(link))

    def presses(self, words: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Use the button with these words."""
        button = self._named("button", words, within)
        self._arrive(lambda: self.hands.press(button))

    def jumps(self, words: str) -> None:
        """Use a link to a place on the same page."""
        self.hands.press(self._named("link", words, None))

    def unfolds(self, words: str) -> None:
        """Open a folded part of the page."""
        self.hands.press(self.page.locator("summary", has_text=words))
        self.settled()

    def looks_again(self) -> None:
        """Load the page anew."""
        self._arrive(lambda: self.page.reload())

    def looks_until(self, seen: Callable[[], bool], what: str) -> None:
        """Load the page again and again until `seen()`; for what worker processes do meanwhile."""
        for _ in range(PATIENCE // 500):
            if seen():
                self.settled()
                return
            self.page.wait_for_timeout(500)
            self._load(lambda: self.page.reload())
        raise AssertionError(f"{self.name} never saw {what}:\n{self.text()[:3000]}")

    def looks_away_until(self, happened: Callable[[], bool]) -> None:
        """Leave the page as it is until something has happened elsewhere."""
        assert wait_until(happened, seconds=PATIENCE / 1000)

    # Filling in

    def writes(self, text: str, into: str) -> None:
        """Write into the field with this label."""
        self.hands.write(self.field(into), text)

    def writes_date(self, day: int, month: int, year: int, of: str) -> None:
        """Write a date into the three boxes of the group with this legend."""
        group = self.group(of)
        for label, number in (("Day", day), ("Month", month), ("Year", year)):
            self.hands.write(group.get_by_label(label, exact=True), str(number))

    def chooses(self, option: str, of: str) -> None:
        """Choose one of the radio buttons under this legend."""
        self.hands.choose(self.group(of).get_by_role("radio", name=option, exact=True))

    def ticks(self, label: str | re.Pattern[str]) -> None:
        """Tick the box with this label."""
        self.hands.choose(self.page.get_by_role("checkbox", name=label, exact=True))

    def picks(self, option: str, of: str) -> None:
        """Pick from the list with this label."""
        self.hands.pick(self.field(of), option)

    # Looking

    def field(self, label: str) -> Locator:
        """The one field with this label."""
        return self.page.get_by_label(label, exact=True)

    def group(self, legend: str) -> Locator:
        """The group of fields with this legend."""
        return self.page.get_by_role("group", name=legend, exact=True)

    def part(self, heading: str) -> Locator:
        """The part of the page that this heading names."""
        return self.page.get_by_role("region", name=heading)

    def reads(self, words: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Expect these words somewhere in sight."""
        expect((within or self.page.locator("body")).get_by_text(words).first).to_be_visible()

    def does_not_read(self, words: str) -> None:
        """Expect these words nowhere."""
        expect(self.page.locator("body")).not_to_contain_text(words)

    def picture(self) -> bytes:
        """What stands in the window now, as a small PNG."""
        browser = self.page.context.browser
        assert browser is not None
        return browser_pictures.small(self.page.screenshot(), browser)

    def text(self) -> str:
        """All words of the page's main part."""
        return self.page.locator("main").inner_text()

    # Checking

    def settled(self) -> None:
        """Wait until the page is at rest, then check all that must hold on every page."""
        if self.scripts:
            self.page.wait_for_function(_HTMX_IS_QUIET)
        found = list(self.complaints)
        if elsewhere := [one for one in self.addresses if not one.startswith(self.url)]:
            found.append(f"the page asks other hosts: {elsewhere}")
        if checks.holds_nhs_number(" ".join(self.addresses)):
            found.append("an NHS number stands in an address that was asked for")
        page = _TOKENS.sub("", self.page.content()) + str(self.page.viewport_size)
        if page not in self._found_clean:
            found += self._faults()
        assert not found, f"{self.name} at {self._here()}:\n" + "\n".join(found)
        self._found_clean.add(page)

    def _faults(self) -> list[str]:
        return [
            *checks.problems_of_source(self._source),
            *checks.problems_of_names(self.page),
            *checks.problems_axe_finds(self._page_for_axe()),
            *checks.problems_when_narrow(self.page),
        ]

    def keeps_picture(self, folder: Path) -> None:
        """Save what is on the screen, for whoever looks into a failed test."""
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{self.name}.png", full_page=True)
        (folder / f"{self.name}.html").write_text(self.page.content())

    def _arrive(self, act: Callable[[], Any]) -> None:
        self._load(act)
        self.settled()

    def _load(self, act: Callable[[], Any]) -> None:
        with self.page.expect_navigation() as arriving:
            act()
        response: Response | None = arriving.value
        assert response is not None
        assert response.status < 500, f"{self._here()} answered {response.status}"
        self.status, self._source = response.status, response.text()

    def _page_for_axe(self) -> Page:
        """This page, or a copy of it in a window where scripts run, since axe is one."""
        if self._mirror is None:
            return self.page
        if not self._mirror.url.startswith(self.url):
            self._mirror.goto(self.url + "/sign-in")  # so that the copies find their styles
        self._mirror.set_content(_SCRIPT.sub("", self.page.content()))
        return self._mirror

    def _named(self, role: Any, words: str | re.Pattern[str], within: Locator | None) -> Locator:
        where: Page | Locator = within or self.page
        return where.get_by_role(role, name=words, exact=isinstance(words, str))

    def _here(self) -> str:
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def _note_address(self, request: Request) -> None:
        self.addresses.append(request.url)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type != "error" and "Content Security Policy" not in message.text:
            return
        if message.text.startswith(_WENT_ON):
            return
        where = message.location.get("url")
        if message.text.startswith(_SAYS_AGAIN_WHAT_A_STATUS_SAYS) and where == self.page.url:
            return  # a form with a mistake is answered with 422, which the browser notes
        self.complaints.append(f"console: {message.text} ({where})")
