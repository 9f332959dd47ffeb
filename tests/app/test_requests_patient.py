"""Correcting what was sent back, and a patient who has died or moved."""

import threading
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.identifiers import format_nhs_number
from hub.domain.lifecycle import Act
from hub.domain.vocabulary import CancelReason, Status
from hub.extensions import db
from hub.models import Event, Patient, Task
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.request_form import stands_at, typed

KEY = {"form_key": "a-key-of-one-form"}


@pytest.fixture
def pharmacist(make: Make, practice: Any) -> Any:
    return make.pharmacist(practice, name="Priya Nair", competences=("asthma",))


def events(acting: Any, who: Any, task: Task) -> list[str]:
    with acting(who):
        query = select(Event.kind).where(Event.task_id == task.id).order_by(Event.seq)
        return list(db.session.scalars(query))


def ask(task: Task, actor: Any) -> None:
    from hub.conversation import actions

    actions.ask(task, "Which inhaler does she use?", by=actor)


def send_back(task: Task, actor: Any) -> None:
    from hub.placing import actions

    actions.send_back(task, reason_code="unclear", reason="Which letter is meant?", by=actor)


class TestCorrecting:
    @pytest.fixture
    def task(self, make: Make, practice: Any, manager: Any, pharmacist: Any, change: Any) -> Task:
        identity = make.identity(family="Testperson", record_number="70001")
        task = make.placed(practice, manager, "OPLET", identity=identity, ask="Start the new tablets")
        change(pharmacist, task.ref, send_back)
        return task

    def test_the_form_comes_filled_in_and_the_task_goes_on_with_its_age(
        self, make: Make, as_user: Any, task: Task, acting: Any, manager: Any, jobs: Any, clock: Any
    ) -> None:
        clock.tick(days=1)
        client = as_user(manager)
        page = client.get(f"/requests/{task.ref}").text
        assert "Which letter is meant?" in page
        action = f"/requests/{task.ref}/correct"
        form = stands_at(client, action)
        assert "Which letter is meant?" in form.text
        values = form_values(form.text, action)
        assert values["ask"] == "Start the new tablets"
        assert values["family"] == "Testperson"
        assert values["document"] == "DOC-1"
        check = typed(client, action, data=values | {"document": "DOC-2", "step": "check"})
        assert "Check before you send" in check.text
        sent = typed(client, action, data=form_values(check.text, action) | {"step": "send"})
        assert sent.location == f"/requests/{task.ref}"
        after = make.again(task)
        assert (after.status, after.raised_at) == (Status.RAISED, task.raised_at)
        assert events(acting, manager, task)[-1] == Act.CORRECTED
        jobs()
        assert make.again(task).status in (Status.QUEUED, Status.ASSIGNED)
        assert "DOC-2" in client.get(sent.location).text

    def test_a_mistyped_number_is_put_right(
        self, make: Make, client: Any, task: Task, acting: Any, manager: Any
    ) -> None:
        action = f"/requests/{task.ref}/correct"
        values = form_values(stands_at(client, action).text, action)
        right = make.identity().nhs_number
        sent = typed(client, action, data=values | {"nhs_number": right, "step": "send"})
        assert sent.status_code == 302
        assert format_nhs_number(right) in client.get(sent.location).text
        with acting(manager):
            assert len(db.session.scalars(select(Patient)).all()) == 1

    def test_sending_it_back_unchanged_is_told(self, make: Make, client: Any, task: Task) -> None:
        action = f"/requests/{task.ref}/correct"
        form = stands_at(client, action).text
        assert f'href="/requests/{task.ref}">Back to request {task.ref}</a>' in form
        values = form_values(form, action)
        for step in ("check", "send"):
            same = typed(client, action, data=values | {"step": step})
            assert same.status_code == 422
            assert "You have changed nothing." in same.text.split("<h1", 1)[0]
        assert make.again(task).status == Status.SENT_BACK
        said = values | {"ask": f"{values['ask']} The letter is in Docman now.", "step": "send"}
        assert typed(client, action, data=said).status_code == 302

    def test_a_correction_never_changes_the_patient(
        self, make: Make, client: Any, task: Task, practice: Any, manager: Any
    ) -> None:
        action = f"/requests/{task.ref}/correct"
        values = form_values(stands_at(client, action).text, action)
        other = make.identity()
        make.request(practice, manager, identity=other)
        held = typed(client, action, data=values | {"nhs_number": other.nhs_number, "step": "send"})
        assert held.status_code == 422
        assert "This number belongs to another of your patients." in held.text
        unknown = {"family": "Someoneelse", "born-year": "1980", "step": "check"}
        assert "This looks like another patient" in typed(client, action, data=values | unknown).text
        assert make.again(task).status == Status.SENT_BACK

    def test_only_what_was_sent_back_is_corrected(
        self, make: Make, client: Any, practice: Any, manager: Any
    ) -> None:
        task = make.request(practice, manager)
        assert client.get(f"/requests/{task.ref}/correct").status_code == 409


class TestAPatientWhoIsGone:
    def test_one_act_stops_everything_and_undo_reopens_exactly_that(
        self,
        make: Make,
        client: Any,
        practice: Any,
        manager: Any,
        pharmacist: Any,
        clock: Any,
        jobs: Any,
        change: Any,
    ) -> None:
        identity = make.identity()
        one = make.started(practice, manager, pharmacist, identity=identity)
        two = make.request(practice, manager, "SMR", identity=identity)
        withdrawn = make.request(practice, manager, "LTC", identity=identity)
        stranger = make.request(practice, manager)
        change(manager, withdrawn.ref, _withdraw)
        clock.tick(minutes=5)
        page = client.get(f"/requests/{one.ref}/patient?status=died").text
        assert one.ref in page
        assert two.ref in page
        assert withdrawn.ref not in page
        path = f"/requests/{one.ref}/patient"
        assert client.post(path, data=form_values(page, path)).status_code == 302
        for task in (one, two):
            after = make.again(task)
            assert (after.status, after.cancel_reason) == (Status.CANCELLED, CancelReason.DIED)
        assert make.again(stranger).status == Status.RAISED
        page = client.get(f"/requests/{two.ref}").text
        assert "Has died" in page
        clock.tick(minutes=5)
        path = f"/requests/{two.ref}/patient/back"
        assert client.post(path, data=form_values(page, path)).status_code == 302
        assert [make.again(task).status for task in (one, two)] == [Status.RAISED, Status.RAISED]
        assert make.again(withdrawn).status == Status.CANCELLED
        jobs()
        assert make.again(one).status in (Status.QUEUED, Status.ASSIGNED)

    def test_the_question_must_be_one_of_the_two(
        self, make: Make, client: Any, practice: Any, manager: Any
    ) -> None:
        task = make.request(practice, manager)
        assert client.get(f"/requests/{task.ref}/patient?status=lost").status_code == 404
        assert client.post(f"/requests/{task.ref}/patient", data=KEY).status_code == 404

    def test_twice_is_a_conflict(self, make: Make, client: Any, practice: Any, manager: Any) -> None:
        task = make.request(practice, manager)
        data = {"status": "moved"}
        client.post(f"/requests/{task.ref}/patient", data=data | KEY)
        again = client.post(f"/requests/{task.ref}/patient", data=data | {"form_key": "another-key"})
        assert again.status_code == 409

    def test_a_request_raised_at_the_same_moment_is_never_left_open(
        self, make: Make, as_user: Any, practice: Any, manager: Any, app: Any
    ) -> None:
        from tests.support.running import acting_as

        identity = make.identity()
        task = make.request(practice, manager, identity=identity)
        client = as_user(manager)
        barrier = threading.Barrier(2)

        def mark() -> None:
            barrier.wait(10)
            client.post(f"/requests/{task.ref}/patient", data=KEY | {"status": "died"})

        def raise_another() -> None:
            barrier.wait(10)
            from hub.domain.errors import Invalid

            try:
                make.request(practice, manager, "SMR", identity=identity)
            except Invalid:
                return

        threads = [threading.Thread(target=mark), threading.Thread(target=raise_another)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with acting_as(app, manager):
            statuses = db.session.scalars(select(Task.status)).all()
            assert set(statuses) == {Status.CANCELLED}


def _withdraw(task: Task, actor: Any) -> None:
    from hub.conversation import actions

    actions.withdraw(task, reason="Not needed", by=actor)
