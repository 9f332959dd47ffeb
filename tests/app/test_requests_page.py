"""One request as its practice sees it: where it stands, and everything the practice may do with it."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.identifiers import format_nhs_number
from hub.domain.lifecycle import Act
from hub.domain.vocabulary import CancelReason, Status, WaitingOn
from hub.extensions import db
from hub.models import AccessLog, Event, Message, Patient, Task, ToDo
from hub.records import TO_DO, sealed
from tests.support.factories import Make
from tests.support.form_fields import form_values

KEY = {"form_key": "a-key-of-one-form"}


@pytest.fixture
def practice(make: Make) -> Any:
    return make.practice("Highfield Surgery")


@pytest.fixture
def manager(make: Make, practice: Any) -> Any:
    return make.requester(practice, name="Sam Okoro")


@pytest.fixture
def pharmacist(make: Make, practice: Any) -> Any:
    return make.pharmacist(practice, name="Priya Nair", competences=("asthma",))


@pytest.fixture
def client(as_user: Any, manager: Any) -> Any:
    return as_user(manager)


@pytest.fixture
def change(acting: Any) -> Callable[..., None]:
    """Return `change(who, ref, act)`: the person does `act(task, actor)` on the task and commits."""

    def do(who: Any, ref: str, act: Callable[[Task, Any], Any]) -> None:
        from hub.placing import queries

        with acting(who) as actor:
            act(queries.get(ref, lock=True), actor)

    return do


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


class TestWhoMaySeeIt:
    def test_the_patient_stands_in_the_banner_and_the_look_is_logged(
        self, make: Make, client: Any, practice: Any, manager: Any, acting: Any
    ) -> None:
        identity = make.identity(family="Testperson", given="Alex")
        task = make.request(practice, manager, identity=identity)
        page = client.get(f"/requests/{task.ref}").text
        assert "TESTPERSON, Alex" in page
        assert format_nhs_number(identity.nhs_number) in page
        assert identity.nhs_number not in page
        with acting(make.lead()):
            seen = db.session.execute(select(AccessLog.what, AccessLog.user_id)).all()
            assert ("request opened", manager.id) in [tuple(row) for row in seen]

    def test_a_missing_number_is_said_in_words(
        self, make: Make, client: Any, practice: Any, manager: Any
    ) -> None:
        identity = make.identity(nhs_number="", no_number_because="it has not been traced yet")
        task = make.request(practice, manager, identity=identity)
        assert "None, because it has not been traced yet" in client.get(f"/requests/{task.ref}").text

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("get", ""),
            ("get", "/correct"),
            ("post", "/correct"),
            ("get", "/patient?status=died"),
            ("post", "/patient"),
            ("post", "/patient/back"),
            ("post", "/chase"),
            ("post", "/withdraw"),
            ("post", "/answers/1"),
            ("post", "/to-dos/1/tick"),
        ],
    )
    def test_another_practice_gets_what_a_random_reference_gets(
        self, make: Make, as_user: Any, practice: Any, manager: Any, pharmacist: Any, method: str, path: str
    ) -> None:
        task = make.request(practice, manager)
        stranger = make.requester(make.practice())
        # Someone who also works in the practice as a clinician is no requester of it.
        make.access(stranger, practice, "clinician")  # type: ignore[arg-type]
        data = KEY | {"status": "died", "step": "check"} if method == "post" else None
        client = as_user(stranger)
        there = getattr(client, method)(f"/requests/{task.ref}{path}", data=data)
        nowhere = getattr(client, method)(f"/requests/ZZZZ-ZZZZ{path}", data=data)
        assert there.status_code == nowhere.status_code == 404
        assert _without_token(there.text) == _without_token(nowhere.text)

    def test_a_lead_who_is_no_requester_there_does_not_see_it(
        self, make: Make, as_user: Any, practice: Any, manager: Any
    ) -> None:
        task = make.request(practice, manager)
        assert as_user(make.lead()).get(f"/requests/{task.ref}").status_code == 403


class TestWhereItStands:
    def test_it_says_who_has_it_and_why_by_then(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any
    ) -> None:
        task = make.placed(practice, manager)
        page = client.get(f"/requests/{task.ref}").text
        assert "With Priya Nair, pharmacist, since Mon 23-Nov-2026 10:00" in page
        assert "Wed 25-Nov-2026 18:30" in page
        assert "2 working days from 23-Nov-2026 (date the question reached the practice)" in page
        assert "Given to Priya Nair, pharmacist." in page
        assert "Sam Okoro raised this request." in page

    def test_a_deadline_gives_its_reason(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any
    ) -> None:
        task = make.placed(practice, manager, "DISCH")
        assert "NICE QS120, statement 5" in client.get(f"/requests/{task.ref}").text

    def test_polling_brings_only_where_it_stands_until_it_is_closed(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, acting: Any
    ) -> None:
        task = make.placed(practice, manager)
        polled = f"/requests/{task.ref}?poll=1"
        answer = client.get(polled, headers={"HX-Request": "true"})
        assert answer.text.lstrip().startswith("<section")
        assert 'hx-trigger="every 20s"' in answer.text
        assert "HX-Request" in answer.headers["Vary"]
        with acting(make.lead()):
            assert db.session.scalars(select(AccessLog)).all() == []
        client.post(f"/requests/{task.ref}/withdraw", data=KEY | {"withdraw_reason": "Not needed"})
        assert "hx-trigger" not in client.get(polled, headers={"HX-Request": "true"}).text

    def test_the_page_is_whole_without_javascript_even_at_the_polled_address(
        self, make: Make, client: Any, practice: Any, manager: Any
    ) -> None:
        task = make.request(practice, manager)
        assert "<h1" in client.get(f"/requests/{task.ref}?poll=1").text

    def test_the_page_takes_a_fixed_number_of_statements(
        self,
        make: Make,
        client: Any,
        practice: Any,
        manager: Any,
        pharmacist: Any,
        acting: Any,
        change: Any,
        statements: Any,
    ) -> None:
        task = make.placed(practice, manager)
        client.get(f"/requests/{task.ref}")
        with statements() as few:
            client.get(f"/requests/{task.ref}")
        for _ in range(4):
            change(pharmacist, task.ref, ask)
        add_to_dos(acting, pharmacist, task, "One", "Two")
        with statements() as more:
            client.get(f"/requests/{task.ref}")
        assert more.count == few.count <= 14


class TestQuestions:
    def test_an_answer_wakes_the_task_and_stands_on_the_page(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, change: Any, acting: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        change(pharmacist, task.ref, wait_for_practice)
        page = client.get(f"/requests/{task.ref}").text
        assert "Question from Priya Nair" in page
        assert "Which inhaler does she use?" in page
        assert "Priya Nair, pharmacist, asks you something" in page
        with acting(manager):
            question = db.session.scalars(select(Message)).one()
        path = f"/requests/{task.ref}/answers/{question.id}"
        fields = form_values(page, path)
        sent = client.post(path, data=fields | {f"answer-{question.id}": "The blue one"})
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
        as_user(manager).post(f"/requests/{task.ref}/answers/1", data=KEY | {"answer-1": "The blue one"})
        assert make.again(task).status == Status.QUEUED

    def test_only_the_last_answer_wakes_it(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, change: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        change(pharmacist, task.ref, ask)
        change(pharmacist, task.ref, wait_for_practice)
        client.post(f"/requests/{task.ref}/answers/1", data=KEY | {"answer-1": "The blue one"})
        assert make.again(task).status == Status.WAITING
        client.post(
            f"/requests/{task.ref}/answers/2", data={"form_key": "another-key", "answer-2": "Twice a day"}
        )
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
            codes.append(
                client.post(f"/requests/{task.ref}/answers/1", data=KEY | {"answer-1": "Blue"}).status_code
            )

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
        assert "Book the bloods" in page

    def test_a_to_do_of_another_request_is_not_ticked(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, acting: Any
    ) -> None:
        one, other = make.placed(practice, manager), make.placed(practice, manager)
        (to_do,) = add_to_dos(acting, pharmacist, other, "Sign the prescription")
        assert client.post(f"/requests/{one.ref}/to-dos/{to_do}/tick", data=KEY).status_code == 409
        with acting(manager):
            assert db.session.scalars(select(ToDo.ticked_at)).all() == [None]


class TestChasing:
    def test_the_second_chase_raises_the_band(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, acting: Any, jobs: Any
    ) -> None:
        task = make.placed(practice, manager)
        band = task.band
        for number in (1, 2):
            data = {"form_key": f"chase-number-{number}", "chase_reason": "She rang again"}
            assert client.post(f"/requests/{task.ref}/chase", data=data).status_code == 302
            jobs()
            after = make.again(task)
            assert (after.chases, after.band) == (number, band if number == 1 else band - 1)
        page = client.get(f"/requests/{task.ref}").text
        assert "Sam Okoro chased it. It moved up." in page
        assert "She rang again" in page

    def test_the_same_form_chases_once(self, make: Make, client: Any, practice: Any, manager: Any) -> None:
        task = make.request(practice, manager)
        for _ in range(2):
            client.post(f"/requests/{task.ref}/chase", data=KEY | {"chase_reason": "She rang again"})
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


class TestWithdrawing:
    def test_it_ends_the_task_and_frees_the_minutes(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, owner: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        data = KEY | {"withdraw_reason": "The GP dealt with it"}
        assert client.post(f"/requests/{task.ref}/withdraw", data=data).status_code == 302
        after = make.again(task)
        assert (after.status, after.cancel_reason) == (Status.CANCELLED, CancelReason.WITHDRAWN)
        assert owner.execute("select booked from clinician_day").fetchall() == [(0,)]
        page = client.get(f"/requests/{task.ref}").text
        assert "Sam Okoro withdrew it." in page
        assert "The GP dealt with it" in page
        assert "Withdraw this request" not in page

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
        form = client.get(action)
        assert "Which letter is meant?" in form.text
        values = form_values(form.text, action)
        assert values["ask"] == "Start the new tablets"
        assert values["family"] == "Testperson"
        assert values["document"] == "DOC-1"
        check = client.post(action, data=values | {"document": "DOC-2", "step": "check"})
        assert "Check before you send" in check.text
        sent = client.post(action, data=form_values(check.text, action) | {"step": "send"})
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
        values = form_values(client.get(action).text, action)
        right = make.identity().nhs_number
        sent = client.post(action, data=values | {"nhs_number": right, "step": "send"})
        assert sent.status_code == 302
        assert format_nhs_number(right) in client.get(sent.location).text
        with acting(manager):
            assert len(db.session.scalars(select(Patient)).all()) == 1

    def test_a_correction_never_changes_the_patient(
        self, make: Make, client: Any, task: Task, practice: Any, manager: Any
    ) -> None:
        action = f"/requests/{task.ref}/correct"
        values = form_values(client.get(action).text, action)
        other = make.identity()
        make.request(practice, manager, identity=other)
        held = client.post(action, data=values | {"nhs_number": other.nhs_number, "step": "send"})
        assert held.status_code == 422
        assert "This number belongs to another of your patients." in held.text
        unknown = {"family": "Someoneelse", "born-year": "1980", "step": "check"}
        assert "This looks like another patient" in client.post(action, data=values | unknown).text
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


def _without_token(html: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", html)


def _withdraw(task: Task, actor: Any) -> None:
    from hub.conversation import actions

    actions.withdraw(task, reason="Not needed", by=actor)
