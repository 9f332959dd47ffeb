"""How a request ended, as its practice reads it: the hub's answer, and where it was recorded."""

from typing import Any

import pytest

from hub.outcomes import actions
from tests.support.factories import Make

ANSWER = "Yes: take it with food.\nTell her to ring if it goes on."


@pytest.fixture
def finished(make: Make, practice: Any, manager: Any, acting: Any) -> Any:
    """Return `finished(**what_was_said)`: the reference of a query that Priya Nair has completed."""

    def do(**said: Any) -> str:
        from hub.placing import queries
        from hub.protocols.queries import kind_of

        pharmacist = make.pharmacist(practice, name="Priya Nair")
        task = make.started(practice, manager, pharmacist)
        with acting(pharmacist) as actor:
            found = queries.get(task.ref, lock=True)
            usual: dict[str, Any] = {
                "confirmed": True,
                "checklist": {item.code: "" for item in kind_of(found).checklist},
                "outcome": kind_of(found).outcomes[0].code,
                "minutes": 10,
                "to_dos": (),
                "note": "For the hub only.",
                "recorded_in": "EMIS Web",
                "recorded_code": "",
                "reply": ANSWER,
            }
            actions.record(found, completion=actions.Completion(**usual | said), by=actor)
        return task.ref

    return do


def test_the_answer_stands_on_the_page_with_who_gave_it(as_user: Any, manager: Any, finished: Any) -> None:
    page = as_user(manager).get(f"/requests/{finished()}").text
    answer = page.split('id="reply-heading"', 1)[1].split("</section>", 1)[0]
    assert ANSWER in answer
    assert "Priya Nair, pharmacist, Mon 23-Nov-2026 10:00" in answer
    assert "Recorded in EMIS Web." in page
    assert "For the hub only." not in page


def test_where_nothing_was_recorded_nothing_is_said(as_user: Any, manager: Any, finished: Any) -> None:
    page = as_user(manager).get(f"/requests/{finished(recorded_in=actions.NOTHING_TO_RECORD)}").text
    assert "Recorded in" not in page


def test_a_stranger_does_not_read_it(as_user: Any, make: Make, finished: Any) -> None:
    stranger = make.requester(make.practice())
    assert as_user(stranger).get(f"/requests/{finished()}").status_code == 404
