"""Telling a doctor at once, and what was raised in error: what each does, and every way it refuses."""

import datetime as dt
from typing import Any

import pytest

from hub.forms import Reader
from tests.app.worklist_examples import booked
from tests.support.factories import Make
from tests.support.pages import fill_in, hidden_fields, text_of


class TestEscalate:
    typed = {
        "whom": "Dr Osei, duty GP", "when-day": "23", "when-month": "11", "when-year": "2026",
        "time": "09:55", "read_back": "yes", "note": "Stop the tablets today.",
    }  # fmt: skip

    def test_it_stands_in_the_history(self, make: Make, place: Any, as_user: Any, events: Any) -> None:
        task = make.placed(place.practice, place.manager)
        client = as_user(place.pharmacist)
        page = client.get(f"/tasks/{task.ref}/escalate")
        assert "01632 960001" in text_of(page)
        answer = client.post(f"/tasks/{task.ref}/escalate", data=hidden_fields(page) | self.typed)
        assert answer.location == f"/tasks/{task.ref}"
        assert events(task)[-1] == (
            "escalated",
            "Telephoned Dr Osei, duty GP, Mon 23-Nov-2026 09:55; they read it back. Stop the tablets today.",
        )
        assert make.again(task).status == "assigned"

    def test_it_stands_at_the_top_and_as_a_tag_afterwards(
        self, make: Make, place: Any, as_user: Any, clock: Any
    ) -> None:
        task = make.placed(place.practice, place.manager)
        client = as_user(place.pharmacist)
        fill_in(client, f"/tasks/{task.ref}/escalate", **self.typed)
        page = text_of(client.get(f"/tasks/{task.ref}"))
        told = "Escalated by Pat Pharmacist, Mon 23-Nov-2026 10:00: Telephoned Dr Osei, duty GP"
        assert told in page.split("What is asked")[0]
        assert "Escalated 09:55" in page.split("What is asked")[0]
        assert "Escalated 09:55" in text_of(client.get("/worklist"))
        fill_in(client, f"/tasks/{task.ref}/escalate", **(self.typed | {"read_back": "nobody"}))
        assert "Escalated 09:55, nobody answered" in text_of(client.get("/worklist"))
        fill_in(client, f"/tasks/{task.ref}/release", reason="Gone home.")
        assert "Escalated 09:55, nobody answered" in text_of(client.get("/queues/queries"))
        clock.tick(days=1)
        again = text_of(as_user(place.pharmacist).get(f"/tasks/{task.ref}"))
        assert "Escalated 23-Nov-2026 09:55, nobody answered" in again

    @pytest.mark.parametrize(
        "typed", ["9.55", "0955", "9:55am", "9.55 AM", "9 55 a.m.", "9.55pm", "13am", "0:10pm", "24:00"]
    )
    def test_a_time_as_people_write_it(self, typed: str) -> None:
        reader = Reader({"time": typed})
        wanted = {"9.55pm": dt.time(21, 55), "13am": None, "0:10pm": None, "24:00": None}
        assert reader.time("time", "the time") == wanted.get(typed, dt.time(9, 55))

    def test_a_call_that_nobody_answered_goes_to_the_lead(
        self, make: Make, place: Any, as_user: Any, events: Any
    ) -> None:
        task = make.placed(place.practice, place.manager)
        client = as_user(place.pharmacist)
        fill_in(client, f"/tasks/{task.ref}/escalate", **(self.typed | {"read_back": "nobody"}))
        assert [act for act, _ in events(task)][-2:] == ["escalated", "flagged"]
        assert "09:55; nobody answered." in events(task)[-2][1]
        assert "nobody answered when it was escalated" in make.again(task).decide_why
        words = text_of(client.get(f"/tasks/{task.ref}"))
        assert "tried to escalate it by telephone, and nobody answered." in words

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"whom": ""}, "Say whom you telephoned"),
            ({"time": "10:30"}, "This moment has not come yet"),
            ({"time": "soon"}, "Write the time of the call"),
            ({"read_back": ""}, "Say whether they answered and said it back to you"),
            ({"when-year": "26"}, "four digits"),
        ],
    )
    def test_what_is_missing_is_asked_for(
        self, make: Make, place: Any, as_user: Any, change: dict[str, str], sentence: str
    ) -> None:
        task = make.placed(place.practice, place.manager)
        answer = fill_in(as_user(place.pharmacist), f"/tasks/{task.ref}/escalate", **(self.typed | change))
        assert answer.status_code == 422
        assert sentence in text_of(answer)
        assert "Stop the tablets today." in text_of(answer)
        assert make.again(task).version == task.version


class TestRaisedInError:
    def test_it_ends_the_task_and_frees_the_minutes(
        self, make: Make, place: Any, as_user: Any, acting: Any, events: Any
    ) -> None:
        task = make.placed(place.practice, place.manager)
        client = as_user(place.pharmacist)
        fill_in(client, f"/tasks/{task.ref}/raised-in-error", reason="Meant for another practice.")
        task = make.again(task)
        assert (task.status, task.cancel_reason) == ("cancelled", "raised_in_error")
        assert events(task)[-1] == ("cancelled", "Meant for another practice.")
        assert booked(acting, make, place.pharmacist) == 0
        words = text_of(client.get(f"/tasks/{task.ref}"))
        assert "stopped it: raised in error" in words
        assert "Escalate now" not in words

    def test_it_needs_a_reason(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.placed(place.practice, place.manager)
        answer = fill_in(as_user(place.pharmacist), f"/tasks/{task.ref}/raised-in-error", reason=" ")
        assert answer.status_code == 422

    def test_only_its_clinician_or_a_lead(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.placed(place.practice, place.manager)
        other = make.pharmacist(place.practice)
        answer = fill_in(as_user(other), f"/tasks/{task.ref}/raised-in-error", reason="No reason of mine.")
        assert answer.status_code == 403
        assert "No reason of mine." in text_of(answer)
        fill_in(as_user(make.lead()), f"/tasks/{task.ref}/raised-in-error", reason="Asked twice.")
        assert make.again(task).status == "cancelled"
