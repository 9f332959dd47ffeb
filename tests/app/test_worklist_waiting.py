"""Waiting for someone and going on: what each does, and every way it refuses."""

import datetime as dt
import re
from typing import Any

import pytest

from hub import records
from hub.extensions import db
from hub.models import Event, Message
from hub.placing import queries
from tests.app.worklist_examples import booked, wait
from tests.support.factories import Make
from tests.support.pages import IDENTITY, fill_in, text_of
from tests.support.request_form import as_it_stands


class TestWait:
    def test_it_waits_until_a_day_when_someone_works(
        self, make: Make, place: Any, as_user: Any, events: Any, acting: Any
    ) -> None:
        task = make.started(place.practice, place.manager, place.pharmacist)
        client = as_user(place.pharmacist)
        assert wait(client, task).location == "/worklist"
        task = make.again(task)
        assert (task.status, task.waiting_on, task.assignee_id) == (
            "waiting",
            "hospital",
            place.pharmacist.id,
        )
        assert task.chase_at == dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
        assert events(task)[-1] == ("waited", "The ward's reply about the dose.")
        assert booked(acting, make, place.pharmacist) == 0
        words = text_of(client.get("/worklist"))
        assert "Waiting for someone: 1" in words
        assert (
            "the hospital since Mon 23-Nov-2026 10:00, now comes back Tue 24-Nov-2026 08:00, tomorrow"
            in words
        )

    def test_waiting_on_the_practice_asks_it(
        self, make: Make, place: Any, as_user: Any, acting: Any, events: Any
    ) -> None:
        task = make.started(place.practice, place.manager, place.pharmacist)
        wait(as_user(place.pharmacist), task, on="practice", words="Which brand does she take?")
        with acting(make.lead()):
            message = db.session.query(Message).one()
            said = records.unsealed(queries.get(task.ref), message.body_sealed, records.MESSAGE)
            assert (message.from_hub, said) == (True, "Which brand does she take?")
            number = message.id
        assert [act for act, _ in events(task)][-2:] == ["asked", "waited"]
        assert "Which brand does she take?" in text_of(as_user(place.manager).get(f"/requests/{task.ref}"))
        # Its answer brings the task back, and says so:
        answer = {f"answer-{number}": "The blue one.", "form_key": "an-answer-key-1"}
        answer |= as_it_stands(number, form="answer")
        as_user(place.manager).post(f"/requests/{task.ref}/answers/{number}", data=answer)
        client = as_user(place.pharmacist)
        words = text_of(client.get("/worklist"))
        assert "Answered" in words
        assert "Started 10:00, the practice has answered" in words
        words = text_of(client.get(f"/tasks/{task.ref}"))
        assert "Mo Manager answered: it came back to the worklist it was on." in words
        fill_in(client, f"/tasks/{task.ref}/start", **IDENTITY)
        assert "the practice has answered" not in text_of(client.get(f"/tasks/{task.ref}"))

    def test_no_day_is_chosen_for_anybody_and_a_choice_is_kept(
        self, make: Make, place: Any, as_user: Any, clock: Any
    ) -> None:
        clock.set(dt.datetime(2026, 11, 27, 10, 0, tzinfo=dt.UTC))
        task = make.started(place.practice, place.manager, place.pharmacist)
        client = as_user(place.pharmacist)
        page = client.get(f"/tasks/{task.ref}/wait")
        assert '<option value="2026-11-30">Mon 30-Nov-2026 08:00' in page.text
        assert not re.search(r'<option value="2026-[^>]* selected', page.text)
        refused = wait(client, task, on="", until="2026-12-01")
        assert '<option value="2026-12-01" selected>' in refused.text
        assert '<option value="2026-11-30" selected>' not in refused.text

    def test_every_problem_is_told_at_once_and_nothing_typed_is_lost(
        self, make: Make, place: Any, as_user: Any
    ) -> None:
        task = make.started(place.practice, place.manager, place.pharmacist)
        answer = wait(as_user(place.pharmacist), task, on="", until="", words="Kept words.")
        assert answer.status_code == 422
        words = text_of(answer)
        assert "Choose whom you wait for." in words
        assert "Choose the day on which you look at it again." in words
        assert "Kept words." in words
        assert make.again(task).status == "in_progress"

    @pytest.mark.parametrize("day", ["2026-11-28", "2026-12-25", "2026-11-22", "2026-12-08", "nonsense"])
    def test_other_days_are_refused(self, make: Make, place: Any, as_user: Any, day: str) -> None:
        task = make.started(place.practice, place.manager, place.pharmacist)
        answer = wait(as_user(place.pharmacist), task, until=day)
        assert answer.status_code == 422
        assert make.again(task).status == "in_progress"

    def test_a_hard_deadline_limits_the_days(self, make: Make, place: Any, as_user: Any) -> None:
        receipt = dt.date(2026, 11, 20)
        task = make.started(place.practice, place.manager, place.pharmacist, kind="DISCH", receipt_on=receipt)
        client = as_user(place.pharmacist)
        words = text_of(client.get(f"/tasks/{task.ref}/wait"))
        assert "only days before it are offered" in words
        assert "Fri 27-Nov-2026" in words.split("Look at it again on")[1]
        assert "Mon 30-Nov-2026" not in words.split("Look at it again on")[1]
        assert wait(client, task, until="2026-11-30").status_code == 422

    def test_only_what_is_in_progress_waits(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.placed(place.practice, place.manager)
        answer = as_user(place.pharmacist).get(f"/tasks/{task.ref}/wait")
        assert answer.status_code == 409


class TestResume:
    @pytest.mark.parametrize(("on", "stops"), [("patient", True), ("practice", True), ("results", False)])
    def test_it_counts_what_stopped_the_clock(
        self, make: Make, place: Any, as_user: Any, clock: Any, on: str, stops: bool
    ) -> None:
        task = make.started(place.practice, place.manager, place.pharmacist)
        due = task.due_at
        client = as_user(place.pharmacist)
        wait(client, task, on=on)
        clock.tick(minutes=90)
        client = as_user(place.pharmacist)
        fill_in(client, f"/tasks/{task.ref}/resume", **IDENTITY)
        task = make.again(task)
        assert (task.status, task.waiting_on, task.chase_at) == ("in_progress", None, None)
        assert task.stopped_minutes == (90 if stops else 0)
        assert (task.due_at > due) == stops

    def test_the_minutes_are_booked_again(self, make: Make, place: Any, as_user: Any, acting: Any) -> None:
        task = make.started(place.practice, place.manager, place.pharmacist)
        client = as_user(place.pharmacist)
        wait(client, task)
        fill_in(client, f"/tasks/{task.ref}/resume", **IDENTITY)
        assert booked(acting, make, place.pharmacist) == task.minutes

    def test_it_pauses_what_is_in_progress(self, make: Make, place: Any, as_user: Any) -> None:
        waiting = make.started(place.practice, place.manager, place.pharmacist)
        client = as_user(place.pharmacist)
        wait(client, waiting)
        other = make.started(place.practice, place.manager, place.pharmacist)
        fill_in(client, f"/tasks/{waiting.ref}/resume", **IDENTITY)
        assert [make.again(one).status for one in (waiting, other)] == ["in_progress", "assigned"]

    def test_the_identity_is_checked_again(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.started(place.practice, place.manager, place.pharmacist)
        client = as_user(place.pharmacist)
        wait(client, task)
        assert fill_in(client, f"/tasks/{task.ref}/resume").status_code == 422
        assert make.again(task).status == "waiting"


def test_no_event_is_left_without_its_version(make: Make, place: Any, as_user: Any, acting: Any) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist)
    client = as_user(place.pharmacist)
    wait(client, task, on="practice")
    fill_in(client, f"/tasks/{task.ref}/resume", **IDENTITY)
    with acting(make.lead()):
        seqs = [row.seq for row in db.session.query(Event).filter_by(task_id=task.id).order_by(Event.seq)]
    assert seqs == list(range(1, make.again(task).version + 1))
