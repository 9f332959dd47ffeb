"""Reading pages and sending their forms in tests, as a browser without JavaScript would."""

import html
import re
from typing import Any

from flask.testing import FlaskClient

IDENTITY = {"identity": ["name", "born", "number"]}


def text_of(response: Any) -> str:
    """Return the page's text without tags, white space joined."""
    found = re.sub(r"<(style|script|head)\b.*?</\1>", " ", response.get_data(as_text=True), flags=re.S)
    words = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found)).split())
    return re.sub(r" ([,.:;)])", r"\1", words)


def hidden_fields(page: Any) -> dict[str, str]:
    """Return version and form key of the page's own form."""
    markup = page.get_data(as_text=True)
    fields = {}
    for name in ("form_key", "version"):
        found = re.search(rf'name="{name}" value="([^"]*)"', markup)
        if found:
            fields[name] = html.unescape(found[1])
    return fields


def fill_in(client: FlaskClient, path: str, **typed: Any) -> Any:
    """Open the form at `path`, fill it in and send it."""
    page = client.get(path)
    assert page.status_code == 200, (path, page.status_code, text_of(page))
    return client.post(path, data=hidden_fields(page) | typed)
