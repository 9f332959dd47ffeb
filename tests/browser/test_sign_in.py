"""Signing in, and what every page owes to everyone."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.browser_person import Person
from tests.support.factories import Make


def test_a_wrong_password_is_told_above_the_form_and_beside_the_field(
    make: Make, person: Callable[..., Person]
) -> None:
    manager = person(make.requester(make.practice(), name="Maya Manager"))
    manager.presses("Sign out")
    manager.writes("maya@example.org", into="E-mail address")
    manager.presses("Sign in")
    expect(manager.page).to_have_title("Error: Sign in - Pharmacy hub")
    expect(manager.page.locator(".nhsuk-error-summary")).to_be_focused()
    manager.jumps("Enter your password.")
    expect(manager.field("Password")).to_be_focused()
    expect(manager.field("E-mail address")).to_have_value("maya@example.org")
