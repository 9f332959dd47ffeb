"""The log: one JSON object a line, the request's id in it and in the answer, nothing that anyone typed."""

import json
import logging
from typing import Any

import pytest
from flask import Flask

from hub.logs import JsonLines


def line(message: str, *, error: Exception | None = None) -> dict[str, Any]:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("hub.some", logging.WARNING, __file__, 1, message, None, info)
    written = JsonLines().format(record)
    assert "\n" not in written
    found: dict[str, Any] = json.loads(written)
    return found


def test_a_line_says_when_and_what() -> None:
    found = line("the timetable waits")
    assert found["message"] == "the timetable waits"
    assert (found["level"], found["logger"]) == ("WARNING", "hub.some")
    assert found["time"].endswith("+00:00")


def test_an_error_is_its_type_and_where_it_came_from_without_its_words() -> None:
    try:
        raise ValueError("Ida Canary, born 1 May 1950")
    except ValueError as error:
        found = line("failed", error=error)
    assert found["error"] == "ValueError"
    assert "test_logs.py" in found["places"][0]
    assert "Canary" not in json.dumps(found)


@pytest.mark.parametrize("number", ["9990000018", "999 000 0018", "999-000-0018"])
def test_what_looks_like_an_nhs_number_is_struck_out(number: str) -> None:
    assert line(f"patient {number} not found")["message"] == "patient [number] not found"


def test_a_request_is_logged_by_its_rule_with_the_id_of_its_answer(
    built_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="hub.logs"):
        answer = built_app.test_client().get(
            "/sign-in?back=/canary", headers={"X-Request-ID": "from-the-proxy.1"}
        )
    (record,) = [record for record in caplog.records if record.name == "hub.logs"]
    assert answer.headers["X-Request-ID"] == "from-the-proxy.1"
    facts = record.__dict__["facts"]
    assert (facts["method"], facts["rule"], facts["status"]) == ("GET", "/sign-in", 200)
    assert "canary" not in JsonLines().format(record)


@pytest.mark.parametrize("told", ["", "a" * 65, "two words", "<script>"])
def test_a_strange_request_id_is_not_taken_over(built_app: Flask, told: str) -> None:
    answer = built_app.test_client().get("/sign-in", headers={"X-Request-ID": told})
    assert answer.headers["X-Request-ID"] != told
    assert len(answer.headers["X-Request-ID"]) == 16
