"""Files of the pages: only those on the list, kept for good by browsers, nothing from another host."""

import gzip
import re
from typing import Any

import pytest
from flask import Flask

from hub.assets import FILES, asset


@pytest.fixture
def address(built_app: Flask) -> Any:
    """`address(name)` as a template writes it."""

    def of(name: str) -> str:
        with built_app.test_request_context():
            return asset(name)

    return of


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_file_is_there_for_anyone_and_for_good(built_app: Flask, address: Any, name: str) -> None:
    plain = built_app.test_client().get(address(name))
    packed = built_app.test_client().get(address(name), headers={"Accept-Encoding": "gzip, br"})
    assert plain.status_code == packed.status_code == 200
    assert "immutable" in plain.headers["Cache-Control"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data)
    assert "Set-Cookie" not in plain.headers


def test_yesterdays_page_gets_todays_file_but_may_not_keep_it(built_app: Flask) -> None:
    answer = built_app.test_client().get("/assets/yesterday/hub.css")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["package.json", "..%2fconfig.py", "nhsuk-frontend.css", "hub.css.map"])
def test_nothing_else_is_served(built_app: Flask, name: str) -> None:
    assert built_app.test_client().get(f"/assets/yesterday/{name}").status_code == 404


def test_a_name_that_is_not_on_the_list_is_a_mistake_in_the_template(address: Any) -> None:
    with pytest.raises(KeyError, match="nhs-logo"):
        address("nhs-logo.svg")


def test_no_style_fetches_from_elsewhere(built_app: Flask, address: Any) -> None:
    for name in (name for name in FILES if name.endswith(".css")):
        css = built_app.test_client().get(address(name)).get_data(as_text=True)
        assert "@font-face" not in css, "the NHS font is not ours to use"
        for found in re.findall(r"url\(([^)]*)\)", css):
            assert found.strip("\"'") in FILES, found
