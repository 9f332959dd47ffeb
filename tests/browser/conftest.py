"""A running hub, a browser, and people who sign in through the form."""

import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from hub.models import User
from tests.conftest import MONDAY_TEN
from tests.support import browser_site, chromium
from tests.support.browser_hands import Keyboard
from tests.support.browser_person import PATIENCE, Person
from tests.support.browser_site import Site
from tests.support.factories import PASSWORD, Make

expect.set_options(timeout=10_000)
FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def running_site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Site]:
    """The hub's processes, started once for all browser tests of this test process."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "servers"
    number = int(re.sub(r"\D", "", worker_id) or 0)
    with browser_site.running(shared, tmp_path_factory.mktemp("site"), number, MONDAY_TEN) as site:
        yield site


@pytest.fixture
def site(running_site: Site) -> Iterator[Site]:
    """The running hub with an empty database; at the end no process may have complained."""
    assert running_site.is_alive(), "a process of the hub has ended"
    running_site.empty()
    with browser_site.same_clock(running_site):
        yield running_site
    assert not running_site.complaints()


@pytest.fixture
def make(site: Site) -> Make:
    """Factories for made-up practices, people, patients and requests in the running hub."""
    return Make(site.app)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    found = chromium.find()
    assert found, chromium.NONE_FOUND
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(**found.launch_options())
        yield started
        started.close()


@pytest.fixture(scope="session")
def mirror(browser: Browser) -> Page:
    """A window in which scripts run, for axe to look at copies of pages where they do not."""
    return browser.new_page()


@pytest.fixture
def person(
    request: pytest.FixtureRequest, site: Site, browser: Browser, tmp_path: Path
) -> Iterator[Callable[..., Person]]:
    """Return `person(user, scripts=True, keyboard=False)`, someone who has signed in through the form."""
    people: list[Person] = []

    def enter(user: User, *, scripts: bool = True, keyboard: bool = False) -> Person:
        context = browser.new_context(
            java_script_enabled=scripts, viewport={"width": 1280, "height": 900}, locale="en-GB"
        )
        context.set_default_timeout(PATIENCE)
        mirror = None if scripts else request.getfixturevalue("mirror")
        one = Person(context, site.url, user.name, mirror)
        people.append(one)
        if keyboard:
            one.hands = Keyboard(one.page)
        one.signs_in(user.email, PASSWORD)
        return one

    yield enter
    failed = request.node.stash.get(FAILED, False)
    for one in people:
        if failed:
            one.keeps_picture(tmp_path / "failed")
        one.page.context.close()
    if failed:
        print(f"What each person saw last lies in {tmp_path / 'failed'}")
    assert failed or not [found for one in people for found in one.complaints]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the fixtures of a failed test know that it failed."""
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report
