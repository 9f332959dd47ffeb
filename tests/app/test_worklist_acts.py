"""Starting and pausing a task of one's own list, and what changed meanwhile: what each does and refuses."""

import datetime as dt
import threading
from typing import Any

from hub.domain.vocabulary import FactAnswer
from hub.placing import queries
from tests.support.factories import Make
from tests.support.pages import IDENTITY, fill_in, hidden_fields, text_of


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
