"""One's own account in plain words: roles, and where one is signed in."""

from typing import Any

import pytest

from hub.domain.vocabulary import Role
from hub.people.account_presenters import browser_name, roles
from tests.support.factories import Make

_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("says", "name"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Edg/140.0.0.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME}", "Chrome on Windows"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME}", "Chrome on Android"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0.0.0 Safari/537.36",
            "Chromium on Linux",
        ),
        (
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari on Mac"),
        ("Something on Linux", "A browser on Linux"),
        ("curl/8.0", "Not known"),
        ("", "Not known"),
    ],
)
def test_a_browser_has_a_name_that_its_user_knows(says: str, name: str) -> None:
    assert browser_name(says) == name


def test_roles_are_words() -> None:
    assert roles({Role.LEAD, Role.CLINICIAN}) == "Clinician, hub lead"
    assert roles({Role.REQUESTER}) == "Practice staff"
    assert roles({Role.REQUESTER, Role.LEAD}, manages=True).startswith("Practice manager")
    for role in Role:
        assert roles({role}) != "None"


def test_the_page_shows_neither_codes_nor_raw_strings(as_user: Any, make: Make) -> None:
    page = as_user(make.requester(make.practice())).get("/account").text
    assert "Practice manager" in page
    assert "Mozilla/" not in page
    assert "Werkzeug" not in page
