"""What a form on a page holds, as a browser would send it."""

from html.parser import HTMLParser


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str], set[str]]] = []
        self._open: dict[str, str] = {}
        self._hidden: set[str] = set()
        self._area = self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open, self._hidden = {}, set()
            self.forms.append((of.get("action", ""), self._open, self._hidden))
        elif tag == "input" and "name" in of:
            self._input(of)
        elif tag == "textarea":
            self._area = of["name"]
            self._open[self._area] = ""
        elif tag == "select":
            self._select = of["name"]
        elif tag == "option" and "selected" in of:
            self._open[self._select] = of.get("value", "")

    def _input(self, of: dict[str, str]) -> None:
        if of.get("type") in ("radio", "checkbox"):
            if "checked" in of:
                self._open[of["name"]] = of.get("value", "on")
            return
        self._open[of["name"]] = of.get("value", "")
        if of.get("type") == "hidden":
            self._hidden.add(of["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._open[self._area] += data


def form_values(html: str, action: str, *, hidden_only: bool = False) -> dict[str, str]:
    """Return the fields of the form that goes to `action`."""
    reader = _Fields()
    reader.feed(html)
    for to, values, hidden in reader.forms:
        if to == action:
            return {name: value for name, value in values.items() if name in hidden or not hidden_only}
    raise AssertionError(f"no form goes to {action}")
