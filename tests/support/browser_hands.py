"""How a person works a page: with a mouse, or with the keyboard alone."""

from typing import Protocol

from playwright.sync_api import Locator, Page

MOST_TABS = 300
_IS_FOCUSED = "(one) => one === document.activeElement"
_GROUP_IS_FOCUSED = """(one) => {
  const now = document.activeElement;
  return now === one || (now.type === "radio" && now.name === one.name && now.form === one.form);
}"""
# What shows the focus: an outline or shadow of its own, or (NHS radios and checkboxes) of its label's box.
_FOCUS_SHOWS = """(one) => {
  const shows = (style) =>
    (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  const label = one.labels && one.labels[0];
  return shows(getComputedStyle(one)) || (!!label && shows(getComputedStyle(label, "::before")));
}"""
_IS_IN_SIGHT = """(one) => {
  const isButton = one.type === "radio" || one.type === "checkbox";
  const box = (isButton && one.labels[0] ? one.labels[0] : one).getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight && box.width > 0;
}"""


class Hands(Protocol):
    """The few things that a person does to a page."""

    def press(self, target: Locator) -> None:
        """Use a link or a button, or open what is folded."""

    def choose(self, target: Locator) -> None:
        """Choose a radio button or tick a box."""

    def write(self, target: Locator, text: str) -> None:
        """Write into a field, over what stands there."""

    def pick(self, target: Locator, option: str) -> None:
        """Pick an option of a list by its words."""


class Mouse:
    """Points and clicks."""

    def press(self, target: Locator) -> None:
        target.click()

    def choose(self, target: Locator) -> None:
        target.check()

    def write(self, target: Locator, text: str) -> None:
        target.fill(text)

    def pick(self, target: Locator, option: str) -> None:
        target.select_option(label=option)


class Keyboard:
    """Reaches everything with Tab, and fails where the focus cannot be seen or does not come."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stops: list[str] = []

    def press(self, target: Locator) -> None:
        self._reach(target)
        self.page.keyboard.press("Enter")

    def choose(self, target: Locator) -> None:
        self._reach(target, _GROUP_IS_FOCUSED)
        for _ in range(20):
            if target.is_checked():
                return
            if target.evaluate(_IS_FOCUSED):
                self.page.keyboard.press("Space")
            else:
                self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the keyboard cannot choose {target}")

    def write(self, target: Locator, text: str) -> None:
        self._reach(target)
        self.page.keyboard.press("ControlOrMeta+A")
        if text:
            self.page.keyboard.type(text)
        else:
            self.page.keyboard.press("Delete")

    def pick(self, target: Locator, option: str) -> None:
        self._reach(target)
        self.page.keyboard.press("Home")
        for _ in range(50):
            if target.evaluate("(one) => one.selectedOptions[0].text.trim()") == option:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{option} is not on the list")

    def _reach(self, target: Locator, arrived: str = _IS_FOCUSED) -> None:
        target.wait_for()
        for _ in range(MOST_TABS):
            if target.evaluate(arrived):
                return
            self.page.keyboard.press("Tab")
            self._check_focus_is_seen()
        raise AssertionError(f"Tab never reaches {target}")

    def _check_focus_is_seen(self) -> None:
        focused = self.page.locator(":focus")
        if focused.count() == 0:  # past the last element the focus leaves the page and comes back
            return
        where = focused.evaluate("(one) => one.outerHTML.slice(0, 120)")
        assert focused.evaluate(_FOCUS_SHOWS), f"the focus does not show on {where}"
        assert focused.evaluate(_IS_IN_SIGHT), f"the focus is out of sight on {where}"
