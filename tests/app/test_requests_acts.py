"""What the practice does with one request: answer, tick, chase, withdraw."""

import threading
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.lifecycle import Act
from hub.domain.vocabulary import CancelReason, Status, WaitingOn
from hub.extensions import db
from hub.models import Event, Message, Task, ToDo
from hub.records import TO_DO, sealed
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.request_form import as_it_stands

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


def wait_for_practice(task: Task, actor: Any) -> None:
    from hub.worklist import actions, queries

    until = queries.chase_times(task)[0].date()
    actions.wait(task, on=WaitingOn.PRACTICE, until=until, words="Which inhaler does she use?", by=actor)


def send_back(task: Task, actor: Any) -> None:
    from hub.placing import actions

    actions.send_back(task, reason_code="unclear", reason="Which letter is meant?", by=actor)


def add_to_dos(acting: Any, who: Any, task: Task, *texts: str) -> list[int]:
    from hub.placing import queries

    with acting(who):
        found = queries.get(task.ref)
        rows = [
            ToDo(
                task_id=task.id,
                practice_id=task.practice_id,
                text_sealed=sealed(found, text, TO_DO) or b"",
                created_at=task.raised_at,
            )
            for text in texts
        ]
        db.session.add_all(rows)
        db.session.flush()
        return [row.id for row in rows]


class TestQuestions:
    def test_an_answer_wakes_the_task_and_stands_on_the_page(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, change: Any, acting: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        change(pharmacist, task.ref, wait_for_practice)
        page = client.get(f"/requests/{task.ref}").text
        assert "Question from Priya Nair" in page
        assert page.count("Which inhaler does she use?") == 1
        assert "Priya Nair, pharmacist, asks you something" in page
        with acting(manager):
            question = db.session.scalars(select(Message)).one()
        path = f"/requests/{task.ref}/answers/{question.id}"
        fields = form_values(page, path)
        told = as_it_stands(question.id, form="answer")
        sent = client.post(path, data=fields | told | {f"answer-{question.id}": "The blue one"})
        assert sent.location == f"/requests/{task.ref}"
        after = make.again(task)
        assert (after.status, after.assignee_id) == (Status.ASSIGNED, pharmacist.id)
        assert events(acting, manager, task)[-2:] == [Act.ANSWERED, Act.WOKEN]
        page = client.get(sent.location).text
        assert "The blue one" in page
        assert "Send answer" not in page

    def test_an_answer_while_the_clinician_is_away_puts_it_back_in_line(
        self, make: Make, as_user: Any, practice: Any, manager: Any, pharmacist: Any, change: Any, clock: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        change(pharmacist, task.ref, wait_for_practice)
        clock.tick(hours=10)
        told = KEY | as_it_stands(1, form="answer")
        as_user(manager).post(f"/requests/{task.ref}/answers/1", data=told | {"answer-1": "The blue one"})
        assert make.again(task).status == Status.QUEUED

    def test_only_the_last_answer_wakes_it(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, change: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        change(pharmacist, task.ref, ask)
        change(pharmacist, task.ref, wait_for_practice)
        told = KEY | as_it_stands(1, form="answer")
        client.post(f"/requests/{task.ref}/answers/1", data=told | {"answer-1": "The blue one"})
        assert make.again(task).status == Status.WAITING
        told = as_it_stands(2, form="answer") | {"form_key": "another-key", "answer-2": "Twice a day"}
        client.post(f"/requests/{task.ref}/answers/2", data=told)
        assert make.again(task).status == Status.ASSIGNED

    @pytest.mark.parametrize(
        ("text", "sentence"), [("  ", "Write your answer."), ("x" * 2001, "Use 2000 characters or fewer")]
    )
    def test_a_bad_answer_stays_on_the_page(
        self,
        make: Make,
        client: Any,
        practice: Any,
        manager: Any,
        pharmacist: Any,
        change: Any,
        text: str,
        sentence: str,
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        change(pharmacist, task.ref, wait_for_practice)
        answer = client.post(f"/requests/{task.ref}/answers/1", data=KEY | {"answer-1": text})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert 'href="#answer-1"' in answer.text
        kept = form_values(answer.text, f"/requests/{task.ref}/answers/1")["answer-1"]
        assert kept.strip() == text.strip()
        assert make.again(task).status == Status.WAITING

    def test_two_who_answer_at_once_do_not_answer_twice(
        self, make: Make, as_user: Any, practice: Any, manager: Any, pharmacist: Any, change: Any, acting: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        change(pharmacist, task.ref, wait_for_practice)
        clients = [as_user(manager), as_user(make.requester(practice))]
        barrier = threading.Barrier(2)
        codes: list[int] = []

        def send(client: Any) -> None:
            barrier.wait(10)
            told = KEY | as_it_stands(1, form="answer") | {"answer-1": "Blue"}
            codes.append(client.post(f"/requests/{task.ref}/answers/1", data=told).status_code)

        threads = [threading.Thread(target=send, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(codes) == [302, 409]
        assert events(acting, manager, task).count(Act.ANSWERED) == 1


class TestToDos:
    def test_a_to_do_is_ticked_by_name_and_once(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, acting: Any
    ) -> None:
        task = make.placed(practice, manager)
        first, _ = add_to_dos(acting, pharmacist, task, "Sign the prescription", "Book the bloods")
        path = f"/requests/{task.ref}/to-dos/{first}/tick"
        page = client.get(f"/requests/{task.ref}").text
        assert "Sign the prescription" in page
        for _ in range(2):
            assert client.post(path, data=form_values(page, path)).status_code == 302
        client.post(path, data={"form_key": "another-key"})
        assert events(acting, manager, task).count(Act.TO_DO_TICKED) == 1
        page = client.get(f"/requests/{task.ref}").text
        assert "Done: ticked by Sam Okoro, Mon 23-Nov-2026 10:00" in page
        told = page.split("Sam Okoro ticked this as done.", 1)[1].split("</li>", 1)[0]
        assert "Sign the prescription" in told
        assert "Book the bloods" in page

    def test_a_to_do_of_another_request_is_not_ticked(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, acting: Any
    ) -> None:
        one, other = make.placed(practice, manager), make.placed(practice, manager)
        (to_do,) = add_to_dos(acting, pharmacist, other, "Sign the prescription")
        assert client.post(f"/requests/{one.ref}/to-dos/{to_do}/tick", data=KEY).status_code == 409
        with acting(manager):
            assert db.session.scalars(select(ToDo.ticked_at)).all() == [None]


def test_whom_the_hub_telephoned_is_told(
    make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, change: Any, clock: Any
) -> None:
    from hub.worklist import actions

    task = make.started(practice, manager, pharmacist)

    def escalate(found: Task, actor: Any) -> None:
        whom = "Dr Ada Example, duty doctor"
        actions.escalate(found, whom=whom, when=clock.now(), reached=True, note="Stop it today.", by=actor)

    change(pharmacist, task.ref, escalate)
    page = client.get(f"/requests/{task.ref}").text
    told = page.split("Priya Nair spoke to someone about it by telephone", 1)[1].split("</li>", 1)[0]
    assert "Telephoned Dr Ada Example, duty doctor, Mon 23-Nov-2026 10:00" in told


class TestChasing:
    def test_the_second_chase_raises_the_band(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, acting: Any, jobs: Any
    ) -> None:
        task = make.placed(practice, manager)
        band = task.band
        for number in (1, 2):
            data = {"form_key": f"chase-number-{number}", "chase_reason": "She rang again"}
            data |= as_it_stands(task.ref)
            assert client.post(f"/requests/{task.ref}/chase", data=data).status_code == 302
            jobs()
            after = make.again(task)
            assert (after.chases, after.band) == (number, band if number == 1 else band - 1)
            hint = ("With this second time it moves up", "once more moves it no further")[number - 1]
            assert hint in client.get(f"/requests/{task.ref}").text
        page = client.get(f"/requests/{task.ref}").text
        assert "Sam Okoro chased it. It moved up." in page
        assert "She rang again" in page

    def test_the_same_form_chases_once(self, make: Make, client: Any, practice: Any, manager: Any) -> None:
        task = make.request(practice, manager)
        for _ in range(2):
            data = KEY | as_it_stands(task.ref) | {"chase_reason": "She rang again"}
            client.post(f"/requests/{task.ref}/chase", data=data)
        assert make.again(task).chases == 1

    def test_it_needs_a_reason(self, make: Make, client: Any, practice: Any, manager: Any) -> None:
        task = make.request(practice, manager)
        answer = client.post(f"/requests/{task.ref}/chase", data=KEY | {"chase_reason": ""})
        assert answer.status_code == 422
        assert 'href="#chase_reason"' in answer.text
        assert make.again(task).chases == 0

    def test_what_waits_for_the_practice_is_not_chased(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, change: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        change(pharmacist, task.ref, wait_for_practice)
        assert "Chase it" not in client.get(f"/requests/{task.ref}").text
        answer = client.post(f"/requests/{task.ref}/chase", data=KEY | {"chase_reason": "Where is it?"})
        assert answer.status_code == 409
        assert "answer it, and it goes on" in answer.text


@pytest.mark.parametrize(("act", "longest"), [("chase", 1500), ("withdraw", 1000)])
def test_a_reason_too_long_to_read_is_refused_and_kept(
    make: Make, client: Any, practice: Any, manager: Any, act: str, longest: int
) -> None:
    task = make.request(practice, manager)
    path, field = f"/requests/{task.ref}/{act}", f"{act}_reason"
    told = KEY | (as_it_stands(task.ref) if act == "chase" else {})
    answer = client.post(path, data=told | {field: "x" * (longest + 1)})
    assert answer.status_code == 422
    assert f"Use {longest} characters or fewer; this has {longest + 1}." in answer.text
    assert form_values(answer.text, path)[field].strip() == "x" * (longest + 1)
    after = make.again(task)
    assert (after.status, after.chases) == (Status.RAISED, 0)
    told |= {"form_key": "a-shorter-one", field: "x" * longest}
    assert client.post(path, data=told).status_code == 302


class TestWithdrawing:
    def test_it_ends_the_task_and_frees_the_minutes(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, owner: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        assert "This cannot be undone:" in client.get(f"/requests/{task.ref}").text
        data = KEY | {"withdraw_reason": "The GP dealt with it"}
        assert client.post(f"/requests/{task.ref}/withdraw", data=data).status_code == 302
        after = make.again(task)
        assert (after.status, after.cancel_reason) == (Status.CANCELLED, CancelReason.WITHDRAWN)
        assert owner.execute("select booked from clinician_day").fetchall() == [(0,)]
        page = client.get(f"/requests/{task.ref}").text
        assert "Sam Okoro stopped it, because it was no longer needed." in page
        assert "The GP dealt with it" in page
        assert "Stop this request" not in page

    def test_it_needs_a_reason(self, make: Make, client: Any, practice: Any, manager: Any) -> None:
        task = make.request(practice, manager)
        answer = client.post(f"/requests/{task.ref}/withdraw", data=KEY | {"withdraw_reason": " "})
        assert answer.status_code == 422
        assert "<title>Error: Medication query" in answer.text
        assert make.again(task).status == Status.RAISED

    def test_what_is_closed_stays_closed(self, make: Make, client: Any, practice: Any, manager: Any) -> None:
        task = make.request(practice, manager)
        client.post(f"/requests/{task.ref}/withdraw", data=KEY | {"withdraw_reason": "Not needed"})
        again = {"form_key": "another-key", "withdraw_reason": "Not needed"}
        assert client.post(f"/requests/{task.ref}/withdraw", data=again).status_code == 409
