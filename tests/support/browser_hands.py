"""How a person works a page: with a mouse, or with the keyboard alone."""

from typing import Protocol

from playwright.sync_api import Locator, Page

MOST_TABS = 300
_IS_FOCUSED = "(one) => one === document.activeElement"
# Each check of a Tab is a question to the browser, and there are hundreds: all are asked in one.
_AFTER_TAB = """(one, {asGroup, look}) => {
  const now = document.activeElement;
  const isGroup = now && now.type === "radio" && now.name === one.name && now.form === one.form;
  const arrived = now === one || (asGroup && isGroup);
  // Past the last element the focus leaves the page and comes back.
  if (!look || !now || now === document.body) return {arrived, wrong: ""};
  // What shows the focus: an outline or shadow of its own, or (NHS radios and checkboxes) of its label's box.
  const shows = (style) =>
    (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  const label = now.labels && now.labels[0];
  const isSeen = shows(getComputedStyle(now)) || (!!label && shows(getComputedStyle(label, "::before")));
  const isButton = now.type === "radio" || now.type === "checkbox";
  const box = (isButton && label ? label : now).getBoundingClientRect();
  const isInSight = box.bottom > 0 && box.top < innerHeight && box.width > 0;
  const what = !isSeen ? "does not show" : !isInSight ? "is out of sight" : "";
  return {arrived, wrong: what && `the focus ${what} on ${now.outerHTML.slice(0, 120)}`};
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
        self._reach(target, as_group=True)
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

    def _reach(self, target: Locator, *, as_group: bool = False) -> None:
        target.wait_for()
        for tabs in range(MOST_TABS):
            found = target.evaluate(_AFTER_TAB, {"asGroup": as_group, "look": tabs > 0})
            assert not found["wrong"], found["wrong"]
            if found["arrived"]:
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {target}")
