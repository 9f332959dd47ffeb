"""The steps of a file through its pages, and what tests read of a page."""

import html
import io
import re
from typing import Any

from tests.support.form_fields import form_values
from tests.support.pages import text_of


def uploaded(client: Any, data: bytes, name: str = "asthma due.csv", **said: str) -> str:
    """Upload a file through the form; give the address it leads to."""
    fields = form_values(client.get("/imports/new").text, "/imports/new")
    sent: dict[str, Any] = fields | {"kind": "LTC"} | said | {"file": (io.BytesIO(data), name)}
    answer = client.post("/imports/new", data=sent)
    assert answer.status_code == 302, text_of(answer)
    return str(answer.location)


def sends(client: Any, address: str, form: str, **typed: str) -> Any:
    """Send the form of a page that goes to `form`, as it stands and with `typed`; follow where it leads."""
    fields = form_values(client.get(address).text, f"{address}/{form}")
    return client.post(f"{address}/{form}", data=fields | typed, follow_redirects=True)


def checked(client: Any, jobs: Any, data: bytes, **typed: str) -> str:
    """Upload a file, confirm its columns, have it checked."""
    address = uploaded(client, data)
    answer = sends(client, address, "columns", **({"default-condition": "AST", "step": "check"} | typed))
    assert "Checking your file" in text_of(answer), text_of(answer)
    jobs()
    return address


def raised(client: Any, jobs: Any, data: bytes) -> str:
    """Upload, confirm, have checked, approve, have raised."""
    address = checked(client, jobs, data)
    assert "Raising your requests" in text_of(sends(client, address, "approve"))
    jobs()
    return address


def problems_on(page: Any) -> dict[str, str]:
    """The fields that the summary of a refused page links to, and the last that it says of each."""
    assert page.status_code == 422
    assert "<title>Error: " in page.text
    summary = page.text.partition("nhsuk-error-summary__list")[2].partition("</ul>")[0]
    found = re.findall(r'href="#([^"]+)"[^>]*>(.*?)</a>', summary, re.S)
    ids = set(re.findall(r'id="([^"]+)"', page.text))
    assert {field for field, _ in found} <= ids, "each leads to its field"
    return {field: " ".join(html.unescape(words).split()) for field, words in found}


def numbers_on(page: Any) -> dict[str, str]:
    """The groups of rows that a page counts, each with its number."""
    found = re.findall(r'group=(\w+)">([\d,]+) rows?<', page.text)
    return dict(found)


def rows_behind(client: Any, address: str, group: str) -> list[int]:
    """The numbers of the rows that a count links to."""
    page = client.get(f"{address}/rows?group={group}")
    assert page.status_code == 200
    return [
        int(one)
        for one in re.findall(r"</span><div>(\d+)</div>|<li>Row (\d+):", page.text)
        for one in one
        if one
    ]
