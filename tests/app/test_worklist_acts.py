"""Each act of a clinician on their own list: what it does, and every way it refuses."""

import datetime as dt
import threading
from typing import Any

import pytest

from hub import records
from hub.domain.vocabulary import FactAnswer
from hub.extensions import db
from hub.forms import Reader
from hub.models import ClinicianDay, Event, Message, Task
from hub.placing import queries
from hub.worklist import sheet_queries
from tests.support.factories import Make
from tests.support.pages import IDENTITY, fill_in, hidden_fields, text_of
from tests.support.request_form import as_it_stands

TUESDAY = "2026-11-24"


@pytest.fixture
def place(make: Make) -> Any:
    """A practice with its manager and one pharmacist at work."""
    practice = make.practice("Elm Surgery")
    manager = make.requester(practice, name="Mo Manager")
    pharmacist = make.pharmacist(practice, name="Pat Pharmacist")
    return type("Place", (), {"practice": practice, "manager": manager, "pharmacist": pharmacist})


@pytest.fixture
def events(make: Make, acting: Any) -> Any:
    """Return `events(task)`: the kinds of its events with their unsealed reasons, in order."""
    lead = make.lead()

    def read(task: Task) -> list[tuple[str, str]]:
        with acting(lead):
            history = sheet_queries.sheet(queries.get(task.ref)).history
        return [(line.act, line.reason) for line in history]

    return read


def booked(acting: Any, make: Make, user: Any) -> int:
    """Return the minutes booked on this person's day."""
    with acting(make.lead()):
        found = db.session.get(ClinicianDay, (user.id, dt.date(2026, 11, 23)))
        return found.booked if found else 0


class TestStart:
    def test_it_asks_for_the_identity_and_starts(
        self, make: Make, place: Any, as_user: Any, events: Any
    ) -> None:
        task = make.placed(place.practice, place.manager)
        client = as_user(place.pharmacist)
        page = client.get(f"/tasks/{task.ref}/start")
        assert "Does the record open in EMIS Web show the same?" in text_of(page)
        answer = fill_in(client, f"/tasks/{task.ref}/start", **IDENTITY)
        assert (answer.status_code, answer.location) == (302, f"/tasks/{task.ref}")
        task = make.again(task)
        assert task.status == "in_progress"
        assert task.started_at is not None
        assert events(task)[-1] == ("started", "")

    def test_two_ticks_are_not_three(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.placed(place.practice, place.manager)
        answer = fill_in(as_user(place.pharmacist), f"/tasks/{task.ref}/start", identity=["name", "born"])
        assert answer.status_code == 422
        assert "tick all three" in text_of(answer)
        assert "<title>Error: Start" in answer.get_data(as_text=True)
        assert make.again(task).version == task.version

    def test_starting_another_pauses_the_first_and_says_so(
        self, make: Make, place: Any, as_user: Any, events: Any
    ) -> None:
        first = make.started(place.practice, place.manager, place.pharmacist)
        second = make.placed(place.practice, place.manager)
        client = as_user(place.pharmacist)
        words = text_of(client.get(f"/tasks/{second.ref}/start"))
        assert f"If you go on here, {first.ref} is paused" in words
        assert "This pauses a task that must be done now" not in words
        fill_in(client, f"/tasks/{second.ref}/start", **IDENTITY)
        assert make.again(first).status == "assigned"
        assert make.again(second).status == "in_progress"
        assert events(first)[-1][0] == "paused"
        assert f"{first.ref} is paused" in text_of(client.get("/worklist"))
        fill_in(client, f"/tasks/{first.ref}/start", **IDENTITY)
        assert [make.again(one).status for one in (first, second)] == ["in_progress", "assigned"]

    def test_leaving_what_must_be_done_now_is_warned_of(self, make: Make, place: Any, as_user: Any) -> None:
        urgent = {"serious_reaction": FactAnswer.YES}
        make.started(place.practice, place.manager, place.pharmacist, answers=urgent)
        second = make.placed(place.practice, place.manager)
        words = text_of(as_user(place.pharmacist).get(f"/tasks/{second.ref}/start"))
        assert "This pauses a task that must be done now" in words

    def test_two_windows_at_once_leave_one_in_progress(self, make: Make, place: Any, as_user: Any) -> None:
        tasks = [make.placed(place.practice, place.manager) for _ in range(2)]
        clients = [as_user(place.pharmacist) for _ in tasks]
        forms = [
            hidden_fields(client.get(f"/tasks/{task.ref}/start"))
            for client, task in zip(clients, tasks, strict=True)
        ]
        barrier, answers = threading.Barrier(2), {}

        def press(number: int) -> None:
            barrier.wait()
            path = f"/tasks/{tasks[number].ref}/start"
            answers[number] = clients[number].post(path, data=forms[number] | IDENTITY).status_code

        threads = [threading.Thread(target=press, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert sorted(answers.values()) == [302, 302]
        assert sorted(make.again(task).status for task in tasks) == ["assigned", "in_progress"]

    def test_someone_elses_task_is_a_conflict_with_who_and_when(
        self, make: Make, place: Any, as_user: Any
    ) -> None:
        task = make.placed(place.practice, place.manager)
        other = make.pharmacist(place.practice)
        answer = as_user(other).get(f"/tasks/{task.ref}/start")
        assert answer.status_code == 409
        assert "This task is on Pat Pharmacist's worklist. Pat Pharmacist, Mon 23-Nov-2026 10:00" in text_of(
            answer
        )

    def test_no_minutes_left_refuses_a_new_task_but_not_a_begun_one(
        self, make: Make, place: Any, as_user: Any, clock: Any
    ) -> None:
        fresh = make.placed(place.practice, place.manager)
        begun = make.started(place.practice, place.manager, place.pharmacist)
        clock.set(dt.datetime(2026, 11, 23, 17, 55, tzinfo=dt.UTC))
        client = as_user(place.pharmacist)
        client.post(f"/tasks/{begun.ref}/pause", data={"form_key": "pause-key-1"})
        answer = fill_in(client, f"/tasks/{fresh.ref}/start", **IDENTITY)
        assert answer.status_code == 403
        assert "Pat Pharmacist has 5 minutes free today; this needs 10." in text_of(answer)
        assert "You cannot start this:" in text_of(client.get(f"/tasks/{fresh.ref}"))
        fill_in(client, f"/tasks/{begun.ref}/start", **IDENTITY)
        assert make.again(begun).status == "in_progress"

    def test_what_a_lead_gave_by_hand_may_be_started_beyond_the_minutes(
        self, make: Make, place: Any, as_user: Any, acting: Any, clock: Any
    ) -> None:
        from hub.placing import actions

        task = make.placed(place.practice, place.manager, kind="SMR")
        other = make.pharmacist(place.practice, name="Lee Late")
        clock.set(dt.datetime(2026, 11, 23, 17, 50, tzinfo=dt.UTC))
        with acting(make.lead()) as lead:
            actions.move(queries.get(task.ref, lock=True), to=other.id, reason="Only Lee knows her.", by=lead)
        fill_in(as_user(other), f"/tasks/{task.ref}/start", **IDENTITY)
        assert make.again(task).status == "in_progress"

    def test_a_lost_registration_refuses(self, make: Make, place: Any, as_user: Any, owner: Any) -> None:
        task = make.placed(place.practice, place.manager)
        owner.execute(
            "update app_user set registration_expires_on = '2026-11-01' where id = %s", [place.pharmacist.id]
        )
        answer = fill_in(as_user(place.pharmacist), f"/tasks/{task.ref}/start", **IDENTITY)
        assert answer.status_code == 403
        assert "Pat Pharmacist's registration ended on 01-Nov-2026." in text_of(answer)


class TestPause:
    def test_it_goes_back_to_the_list(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.started(place.practice, place.manager, place.pharmacist)
        answer = as_user(place.pharmacist).post(f"/tasks/{task.ref}/pause", data={"form_key": "pause-key-1"})
        assert answer.location == "/worklist"
        assert make.again(task).status == "assigned"

    def test_what_is_not_in_progress_cannot_be_paused(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.placed(place.practice, place.manager)
        answer = as_user(place.pharmacist).post(f"/tasks/{task.ref}/pause", data={"form_key": "pause-key-1"})
        assert answer.status_code == 409
        assert "is on someone's worklist, so it cannot be paused" in text_of(answer)

    def test_a_paused_task_says_when_it_was_started(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.started(place.practice, place.manager, place.pharmacist)
        client = as_user(place.pharmacist)
        client.post(f"/tasks/{task.ref}/pause", data={"form_key": "pause-key-1"})
        assert "Started 10:00, paused" in text_of(client.get("/worklist"))
        words = text_of(client.get(f"/tasks/{task.ref}"))
        assert "On your worklist, started 10:00, paused." in words
        assert "Go on" in words
        assert "not started" not in words


class TestWait:
    def wait(self, client: Any, task: Task, **more: Any) -> Any:
        typed = {"on": "hospital", "words": "The ward's reply about the dose.", "until": TUESDAY} | more
        return fill_in(client, f"/tasks/{task.ref}/wait", **typed)

    def test_it_waits_until_a_day_when_someone_works(
        self, make: Make, place: Any, as_user: Any, events: Any, acting: Any
    ) -> None:
        task = make.started(place.practice, place.manager, place.pharmacist)
        client = as_user(place.pharmacist)
        assert self.wait(client, task).location == "/worklist"
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
        self.wait(as_user(place.pharmacist), task, on="practice", words="Which brand does she take?")
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

    def test_the_next_working_day_is_offered_and_another_choice_is_kept(
        self, make: Make, place: Any, as_user: Any, clock: Any
    ) -> None:
        clock.set(dt.datetime(2026, 11, 27, 10, 0, tzinfo=dt.UTC))
        task = make.started(place.practice, place.manager, place.pharmacist)
        client = as_user(place.pharmacist)
        page = client.get(f"/tasks/{task.ref}/wait")
        assert '<option value="2026-11-30" selected>Mon 30-Nov-2026' in page.text
        refused = self.wait(client, task, on="", until="2026-12-01")
        assert '<option value="2026-12-01" selected>' in refused.text
        assert '<option value="2026-11-30" selected>' not in refused.text

    def test_every_problem_is_told_at_once_and_nothing_typed_is_lost(
        self, make: Make, place: Any, as_user: Any
    ) -> None:
        task = make.started(place.practice, place.manager, place.pharmacist)
        answer = self.wait(as_user(place.pharmacist), task, on="", until="", words="Kept words.")
        assert answer.status_code == 422
        words = text_of(answer)
        assert "Choose whom you wait for." in words
        assert "Choose the day on which you look at it again." in words
        assert "Kept words." in words
        assert make.again(task).status == "in_progress"

    @pytest.mark.parametrize("day", ["2026-11-28", "2026-12-25", "2026-11-22", "2026-12-08", "nonsense"])
    def test_other_days_are_refused(self, make: Make, place: Any, as_user: Any, day: str) -> None:
        task = make.started(place.practice, place.manager, place.pharmacist)
        answer = self.wait(as_user(place.pharmacist), task, until=day)
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
        assert self.wait(client, task, until="2026-11-30").status_code == 422

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
        TestWait().wait(client, task, on=on)
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
        TestWait().wait(client, task)
        fill_in(client, f"/tasks/{task.ref}/resume", **IDENTITY)
        assert booked(acting, make, place.pharmacist) == task.minutes

    def test_it_pauses_what_is_in_progress(self, make: Make, place: Any, as_user: Any) -> None:
        waiting = make.started(place.practice, place.manager, place.pharmacist)
        client = as_user(place.pharmacist)
        TestWait().wait(client, waiting)
        other = make.started(place.practice, place.manager, place.pharmacist)
        fill_in(client, f"/tasks/{waiting.ref}/resume", **IDENTITY)
        assert [make.again(one).status for one in (waiting, other)] == ["in_progress", "assigned"]

    def test_the_identity_is_checked_again(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.started(place.practice, place.manager, place.pharmacist)
        client = as_user(place.pharmacist)
        TestWait().wait(client, task)
        assert fill_in(client, f"/tasks/{task.ref}/resume").status_code == 422
        assert make.again(task).status == "waiting"


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


class TestConflicts:
    def test_a_real_conflict_shows_who_and_when_and_keeps_my_text(
        self, make: Make, place: Any, as_user: Any, acting: Any, clock: Any
    ) -> None:
        from hub.placing import actions

        task = make.placed(place.practice, place.manager)
        client = as_user(place.pharmacist)
        mine = hidden_fields(client.get(f"/tasks/{task.ref}/release"))
        other = make.pharmacist(place.practice, name="Olu Other")
        clock.tick(minutes=5)
        with acting(make.lead(name="Lea Lead")) as lead:
            actions.move(queries.get(task.ref, lock=True), to=other.id, reason="Busy.", by=lead)
        answer = client.post(f"/tasks/{task.ref}/release", data=mine | {"reason": "My long typed reason."})
        assert answer.status_code == 409
        words = text_of(answer)
        assert "Lea Lead has acted on this task since you opened it (moved)." in words
        assert "Mon 23-Nov-2026 10:05" in words
        assert "My long typed reason." in words
        assert make.again(task).assignee_id == other.id

    def test_what_the_hub_itself_did_meanwhile_is_no_conflict(
        self, make: Make, place: Any, as_user: Any, acting: Any
    ) -> None:
        from hub.domain.actor import process
        from hub.domain.vocabulary import SystemActor
        from hub.placing import actions

        task = make.placed(place.practice, place.manager)
        client = as_user(place.pharmacist)
        mine = hidden_fields(client.get(f"/tasks/{task.ref}/release"))
        with acting(process(SystemActor.TIMETABLE)) as timetable:
            actions.flag(queries.get(task.ref, lock=True), "Someone must look.", by=timetable)
        answer = client.post(f"/tasks/{task.ref}/release", data=mine | {"reason": "I go home."})
        assert answer.status_code == 302
        assert make.again(task).status == "queued"

    def test_a_chase_meanwhile_shows_itself_first(
        self, make: Make, place: Any, as_user: Any, acting: Any
    ) -> None:
        from hub.intake import actions as intake

        task = make.placed(place.practice, place.manager)
        client = as_user(place.pharmacist)
        mine = hidden_fields(client.get(f"/tasks/{task.ref}/send-back"))
        with acting(place.manager) as manager:
            intake.chase(queries.get(task.ref, lock=True), reason="She rang again.", by=manager)
        typed = {"code": "other", "reason": "Please say more."}
        answer = client.post(f"/tasks/{task.ref}/send-back", data=mine | typed)
        assert answer.status_code == 409
        assert "Mo Manager has acted" in text_of(answer)
        again = client.post(f"/tasks/{task.ref}/send-back", data=hidden_fields(answer) | typed)
        assert again.status_code == 302

    def test_a_form_sent_twice_acts_once(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.placed(place.practice, place.manager)
        client = as_user(place.pharmacist)
        typed = hidden_fields(client.get(f"/tasks/{task.ref}/start")) | IDENTITY
        first = client.post(f"/tasks/{task.ref}/start", data=typed)
        second = client.post(f"/tasks/{task.ref}/start", data=typed)
        assert (first.location, second.location) == (f"/tasks/{task.ref}", f"/tasks/{task.ref}")
        assert make.again(task).version == task.version + 1

    def test_a_form_without_a_version_is_refused(self, make: Make, place: Any, as_user: Any) -> None:
        task = make.placed(place.practice, place.manager)
        answer = as_user(place.pharmacist).post(
            f"/tasks/{task.ref}/start", data={"form_key": "some-form-key"} | IDENTITY
        )
        assert answer.status_code == 422


def test_a_technician_may_hand_on_and_a_pharmacist_need_not(make: Make, as_user: Any) -> None:
    practice = make.practice()
    manager, technician = make.requester(practice), make.technician(practice)
    task = make.started(practice, manager, technician)
    words = text_of(as_user(technician).get(f"/tasks/{task.ref}"))
    assert "Hand to a pharmacist" in words
    theirs = make.started(practice, manager, make.pharmacist(practice), kind="SMR")
    client = as_user(make.lead())
    assert "Hand to a pharmacist" not in text_of(client.get(f"/tasks/{theirs.ref}"))


def test_no_event_is_left_without_its_version(make: Make, place: Any, as_user: Any, acting: Any) -> None:
    task = make.started(place.practice, place.manager, place.pharmacist)
    client = as_user(place.pharmacist)
    TestWait().wait(client, task, on="practice")
    fill_in(client, f"/tasks/{task.ref}/resume", **IDENTITY)
    with acting(make.lead()):
        seqs = [row.seq for row in db.session.query(Event).filter_by(task_id=task.id).order_by(Event.seq)]
    assert seqs == list(range(1, make.again(task).version + 1))
