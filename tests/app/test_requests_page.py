"""One request as its practice sees it: where it stands, and everything the practice may do with it."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.identifiers import format_nhs_number
from hub.domain.vocabulary import FactAnswer
from hub.extensions import db
from hub.models import AccessLog, Task, ToDo
from hub.records import TO_DO, sealed
from tests.support.factories import Make

KEY = {"form_key": "a-key-of-one-form"}


@pytest.fixture
def pharmacist(make: Make, practice: Any) -> Any:
    return make.pharmacist(practice, name="Priya Nair", competences=("asthma",))


def ask(task: Task, actor: Any) -> None:
    from hub.conversation import actions

    actions.ask(task, "Which inhaler does she use?", by=actor)


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

    def test_answers_are_repeated_under_the_questions_as_asked(
        self, make: Make, client: Any, practice: Any, manager: Any
    ) -> None:
        task = make.request(practice, manager, answers={"serious_reaction": FactAnswer.YES})
        page = client.get(f"/requests/{task.ref}").text
        asked = "Could a medicine be making the patient seriously ill?"
        assert f'<dt>You answered Yes</dt><dd class="hub-wrap">{asked}</dd>' in page

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


def _without_token(html: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", html)
