"""Finding a request of one's own practice: by reference, NHS number or name; and a patient who is gone."""

from typing import Any

import pytest
from sqlalchemy import select

from hub.conversation import search_queries
from hub.domain import identifiers
from hub.domain.vocabulary import Status
from hub.extensions import db
from hub.models import AccessLog, Task
from tests.support.factories import Make
from tests.support.pages import text_of

NUMBER = identifiers.made_up_nhs_number(4711)


@pytest.fixture
def identity(make: Make) -> Any:
    return make.identity(family="Testby-O'Hara", given="Noëlle Anne", nhs_number=NUMBER)


@pytest.fixture
def task(make: Make, practice: Any, manager: Any, identity: Any) -> Task:
    make.request(practice, manager)
    return make.request(practice, manager, identity=identity)


def find(client: Any, text: str) -> Any:
    """Type it into the field and go where that leads."""
    sent = client.post("/requests/find", data={"find": text})
    assert sent.status_code == 302
    assert sent.location.startswith("/requests/found/")
    return client.get(sent.location)


def refs_on(page: Any, *tasks: Task) -> list[bool]:
    return [f'href="/requests/{one.ref}"' in page.text for one in tasks]


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        identifiers.format_nhs_number(NUMBER),
        "testby",
        "TESTBY-O'HARA",
        "o\u2019hara",
        "noelle",
        "anne testby",
    ],
)
def test_it_is_found_and_nothing_else(client: Any, task: Task, text: str) -> None:
    page = find(client, text)
    assert page.status_code == 200
    assert "1 request found." in page.text
    assert refs_on(page, task) == [True]


def test_what_no_name_begins_with_finds_nothing(client: Any, task: Task) -> None:
    assert "No requests found." in find(client, "hara noelle").text


@pytest.mark.parametrize("shape", ["{}", " {} "])
def test_a_reference_is_found_however_it_is_written(client: Any, task: Task, shape: str) -> None:
    for ref in (task.ref, task.ref.lower(), task.ref.replace("-", "")):
        page = find(client, shape.format(ref))
        assert refs_on(page, task) == [True], ref


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Type a reference, a whole NHS number, or at least two letters of a name."),
        ("x", "at least two letters"),
        ("999 000 0019", "a digit is wrong"),
        ("12345", "This NHS number is too short"),
    ],
)
def test_what_cannot_be_looked_for_is_said_and_kept(client: Any, text: str, sentence: str) -> None:
    page = find(client, text)
    assert page.status_code == 422
    assert "<title>Error: Find a request" in page.text
    assert sentence in page.text
    assert f'value="{text}"' in page.text


def test_closed_ones_are_found_too_after_the_open_ones(
    make: Make, client: Any, practice: Any, manager: Any, task: Task
) -> None:
    data = {"form_key": "a-key-of-one-form", "withdraw_reason": "Not needed"}
    client.post(f"/requests/{task.ref}/withdraw", data=data)
    assert make.again(task).status == Status.CANCELLED
    identity = make.identity(family="Testby", given="Noëlle", nhs_number=identifiers.made_up_nhs_number(4712))
    still_open = make.request(practice, manager, identity=identity)
    page = find(client, "testby")
    assert refs_on(page, task, still_open) == [True, True]
    assert page.text.index(still_open.ref) < page.text.index(task.ref)


def test_the_page_of_the_dead_and_moved_has_their_acts_and_nothing_else(
    make: Make, client: Any, task: Task
) -> None:
    assert 'href="/requests/gone"' in client.get("/requests").text
    assert "<h1>Tell us that a patient has died or moved</h1>" in client.get("/requests/gone").text
    sent = client.post("/requests/find", data={"find": "testby", "purpose": "gone"})
    page = client.get(sent.location).text
    assert "<h1>Tell us that a patient has died or moved</h1>" in page and "Who is it?" in page
    assert f"/requests/{task.ref}/patient?status=died" in page and "<table" not in page
    wrong = client.get(client.post("/requests/find", data={"find": "x", "purpose": "gone"}).location)
    assert "<title>Error: Tell us that a patient" in wrong.text


def test_other_practices_stay_out(make: Make, client: Any, as_user: Any, manager: Any, task: Task) -> None:
    other = make.practice()
    stranger = as_user(make.requester(other))
    make.access(manager, other, "clinician")  # type: ignore[arg-type]
    theirs = make.request(other, make.requester(other), identity=make.identity(family="Testby"))
    for text in (NUMBER, "testby", task.ref):
        assert refs_on(find(stranger, text), task) == [False], text
        assert refs_on(find(client, text), theirs) == [False], text


def test_what_was_typed_stands_in_no_address_and_is_nobody_elses(
    make: Make, client: Any, as_user: Any, practice: Any, task: Task, owner: Any
) -> None:
    sent = client.post("/requests/find", data={"find": NUMBER})
    assert NUMBER not in sent.location
    colleague = as_user(make.requester(practice))
    answer = colleague.get(sent.location)
    assert answer.location == "/requests/find"
    assert NUMBER not in str(owner.execute("select intake_draft::text from intake_draft").fetchall())


def test_a_result_is_kept_for_a_day_only(
    client: Any, as_user: Any, manager: Any, task: Task, clock: Any
) -> None:
    where = client.post("/requests/find", data={"find": NUMBER}).location
    clock.tick(hours=24)
    answer = as_user(manager).get(where)
    assert (answer.status_code, answer.location) == (302, "/requests/find")


def test_who_looked_is_noted(make: Make, client: Any, acting: Any, task: Task, manager: Any) -> None:
    find(client, "testby")
    with acting(make.lead()):
        seen = db.session.execute(select(AccessLog.what, AccessLog.user_id)).all()
    assert ("requests found", manager.id) in [tuple(row) for row in seen]


def test_a_patient_who_has_died_is_found_without_knowing_a_request(client: Any, task: Task) -> None:
    start = client.get("/requests")
    assert "Tell us that a patient has died or moved" in start.text
    assert client.get("/requests/find").status_code == 200
    page = find(client, NUMBER)
    assert f'href="/requests/{task.ref}/patient?status=died"' in page.text
    assert "has died" in text_of(page)
    key = {"form_key": "a-key-of-one-form"}
    client.post(f"/requests/{task.ref}/patient", data=key | {"status": "died"})
    again = find(client, NUMBER)
    assert "status=died" not in again.text
    assert "Your practice has told us already" in again.text


def test_it_takes_a_fixed_number_of_statements(
    make: Make, client: Any, practice: Any, manager: Any, task: Task, statements: Any
) -> None:
    where = client.post("/requests/find", data={"find": "testp"}).location
    client.get(where)
    with statements() as few:
        client.get(where)
    for _ in range(8):
        make.request(practice, manager)
    with statements() as more:
        page = client.get(where)
    assert "9 requests found." in page.text
    assert more.count == few.count <= 14


def test_what_was_not_looked_at_is_said(
    make: Make, client: Any, practice: Any, manager: Any, task: Task, identity: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(search_queries, "MOST_PATIENTS", 1)
    monkeypatch.setattr(search_queries, "MOST_FOUND", 1)
    page = find(client, "testby")
    assert "Only your newest 1 patients were looked at by name: use the NHS number for others." in page.text
    make.request(practice, manager, "SMR", identity=identity)
    assert "The first 1 are shown: type more of the name." in find(client, NUMBER).text


def test_each_patient_is_named_once(
    make: Make, client: Any, practice: Any, manager: Any, task: Task, identity: Any
) -> None:
    make.request(practice, manager, "SMR", identity=identity)
    page = find(client, NUMBER)
    assert "2 requests found." in page.text
    assert page.text.count("status=died") == 1


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("K7QM-4TXN", ("K7QM-4TXN", "", ("k7qm4txn",))),
        ("robinson", ("R0B1-NS0N", "", ("robinson",))),
        (NUMBER, ("", NUMBER, ())),
        ("O'Hara  Ann", ("", "", ("ohara", "ann"))),
    ],
)
def test_what_was_typed_is_read(text: str, what: tuple[str, str, tuple[str, ...]]) -> None:
    found = search_queries.wanted(text)
    assert (found.ref, found.nhs_number, found.words) == what
