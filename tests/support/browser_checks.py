"""What must hold on every page that a browser shows: accessible (axe), unambiguous, safe, narrow enough."""

import json
import re
from html.parser import HTMLParser
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from hub.domain import identifiers

AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
NARROW = 320
_ASK_AXE = f"""() => axe.run(document, {{
  runOnly: {json.dumps(AXE_TAGS)}, resultTypes: ["violations"]
}}).then((found) => found.violations.map((one) => ({{
  rule: one.id, help: one.help, where: one.nodes.map((node) => node.html)
}})))"""

_LINKS_AND_BUTTONS = """() => {
  const words = (one) => (one.getAttribute("aria-label") || one.textContent).replace(/\\s+/g, " ").trim();
  const links = [...document.querySelectorAll("a[href]")].map((one) => [words(one), one.href]);
  const buttons = [...document.querySelectorAll("form button[type=submit]")].map((one) => [
    words(one), [one.form.action, one.form.method, one.name, one.value].join(" ")
  ]);
  return {links, buttons};
}"""
_TOO_WIDE = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > wide + 0.5 && !one.closest(".hub-scroll"))
    .slice(0, 5).map((one) => one.outerHTML.slice(0, 160));
}"""


class _Source(HTMLParser):
    """Collects from a page's source what a test cares about."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.h1 = 0
        self.inline: list[str] = []
        self.addresses: list[str] = []
        self.tables = self.captions = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.h1 += tag == "h1"
        self.tables += tag == "table"
        self.captions += tag == "caption"
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "style" or name.startswith("on"):
                self.inline.append(f"<{tag} {name}={value!r}>")
            elif name in ("href", "src", "action", "hx-get", "hx-post") and value:
                self.addresses.append(value)


def problems_of_source(html: str) -> list[str]:
    """What is wrong with a page as it was sent, whether or not scripts run."""
    source = _Source()
    source.feed(html)
    problems = []
    if source.h1 != 1:
        problems.append(f"the page has {source.h1} h1 headings")
    if twice := sorted({one for one in source.ids if source.ids.count(one) > 1}):
        problems.append(f"these ids stand more than once: {twice}")
    if source.inline:
        problems.append(f"style or script inside the markup: {source.inline}")
    if source.tables != source.captions:
        problems.append(f"{source.tables} tables have {source.captions} captions")
    problems += [f"an NHS number stands in {one}" for one in source.addresses if holds_nhs_number(one)]
    return problems


def problems_of_names(page: Page) -> list[str]:
    """Title, and links or buttons of the same name that lead to different places."""
    problems = []
    title = page.title()
    if not re.fullmatch(r"(Error: )?\S.* - Pharmacy hub", title):
        problems.append(f"the title is {title!r}")
    found = page.evaluate(_LINKS_AND_BUTTONS)
    for sort, pairs in found.items():
        leads_to: dict[str, set[str]] = {}
        for words, target in pairs:
            if not words:
                problems.append(f"one of the {sort} has no name: {target}")
            leads_to.setdefault(words, set()).add(target)
        problems += [f"{sort} named {w!r} lead to {sorted(t)}" for w, t in leads_to.items() if len(t) > 1]
    return problems


# Attributes whose values say which row this is, and nothing of what axe judges.
_WHICH = frozenset({"href", "action", "value", "datetime", "content", "hx-get", "hx-post", "src"})
_shapes_found_clean: set[int] = set()


class _Shape(HTMLParser):
    """A page without its words and numbers: elements, their attributes, and where text stands at all."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = (
            name if name in _WHICH else f"{name}={_DIGITS_AND_REFS.sub('0', v or '')}" for name, v in attrs
        )
        self.parts.append(f"<{tag} {' '.join(said)}>")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append("/")

    def handle_data(self, data: str) -> None:
        self.parts.append("x" if data.strip() else "")


_DIGITS_AND_REFS = re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}|\d+")


def problems_axe_finds(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands. Scripts must run in it.

    A page that differs from one found clean in this run only in its words is not asked about
    again: axe judges elements, attributes and styles, and takes a third of a second each time.
    """
    shape = _Shape()
    shape.feed(page.content())
    key = hash((*shape.parts, str(page.viewport_size)))
    if key in _shapes_found_clean:
        return []
    page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(_ASK_AXE)
    if not found:
        _shapes_found_clean.add(key)
    return [f"axe: {one['rule']} ({one['help']}): {one['where']}" for one in found]


def problems_when_narrow(page: Page) -> list[str]:
    """What sticks out sideways in a window of 320 px."""
    before = page.viewport_size
    assert before is not None
    page.set_viewport_size({"width": NARROW, "height": before["height"]})
    wide = page.evaluate(_TOO_WIDE)
    page.set_viewport_size(before)
    return [f"at {NARROW} px the page scrolls sideways because of {one}" for one in wide]


def holds_nhs_number(text: str) -> bool:
    """Whether a made-up NHS number (999 range) stands in the text, maybe with signs for blanks between."""
    plain = re.sub(r"%20|[+ -]", "", text)
    return any(_is_nhs_number(found[1]) for found in re.finditer(r"(?=(999\d{7}))", plain))


def _is_nhs_number(ten: str) -> bool:
    try:
        return identifiers.nhs_number(ten) == ten
    except ValueError:
        return False
