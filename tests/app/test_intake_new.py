"""Raising one request: choose a kind, fill in one form, check it, send it once."""

import re
import threading
from typing import Any

import pytest
from sqlalchemy import select

from hub.extensions import db
from hub.models import Task
from hub.records import ASK, identity_of, unsealed
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.request_form import NUMBER, filled, stands_at, stored, typed

KINDS = ("SMR", "LTC", "DISCH", "OPLET", "DOCWF", "MEDQ")


@pytest.fixture
def place(make: Make) -> Any:
    """A practice with its manager and a pharmacist at work."""
    practice = make.practice("Highfield Surgery")
    manager = make.requester(practice, name="Sam Okoro")
    pharmacist = make.pharmacist(practice, name="Priya Nair", competences=("asthma",))
    make.technician(practice, name="Tom Reid")
    return practice, manager, pharmacist


def test_the_kinds_are_offered_in_plain_words(as_user: Any, place: Any) -> None:
    page = as_user(place[1]).get("/requests/new").text
    for kind in KINDS:
        assert f'href="/requests/new?kind={kind}"' in page
    assert "Should be done within 2 working days" in page


def test_someone_without_a_practice_is_told_whom_to_ask(as_user: Any, make: Make) -> None:
    client = as_user(make.requester())
    assert "Ask your hub lead" in client.get("/requests/new").text
    assert typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="send")).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_of_each_kind_is_checked_and_sent(
    app: Any, as_user: Any, acting: Any, jobs: Any, place: Any, kind: str
) -> None:
    practice, manager, pharmacist = place
    client = as_user(manager)
    action = f"/requests/new?kind={kind}"
    assert stands_at(client, action).status_code == 200
    check = typed(client, action, data=filled(kind, step="check"))
    assert check.status_code == 200
    assert "Check before you send" in check.text
    assert "O&#39;TESTPERSON, Alex" in check.text
    assert re.search("should (see it|be done) by", check.text)
    assert stored(acting, pharmacist) == []
    sent = typed(client, action, data=form_values(check.text, action) | {"step": "send"})
    assert sent.status_code == 302
    (task,) = stored(acting, pharmacist)
    assert sent.location == f"/requests/{task.ref}"
    assert (task.status, task.kind, task.practice_id) == ("raised", kind, practice.id)
    assert NUMBER not in sent.location
    jobs()
    (task,) = stored(acting, pharmacist)
    assert task.status in ("queued", "assigned")
    page = client.get(sent.location)
    assert page.status_code == 200
    assert task.ref in page.text


def test_what_was_said_is_sealed_and_comes_back(
    app: Any, as_user: Any, acting: Any, place: Any, owner: Any
) -> None:
    _, manager, pharmacist = place
    data = filled("MEDQ", step="send", requested="soon", urgency_reason="A holiday on Thursday")
    typed(as_user(manager), "/requests/new?kind=MEDQ", data=data)
    with acting(pharmacist):
        from hub.placing import queries

        task = queries.get(db.session.scalars(select(Task.ref)).one())
        assert unsealed(task, task.ask_sealed, ASK) == "Please look at the blue inhaler."
        assert task.patient is not None
        identity = identity_of(task.patient)
        assert (identity.nhs_number, identity.family) == (NUMBER, "O'Testperson")
    row = owner.execute("select task.*::text, patient.*::text from task, patient").fetchone()
    assert not any(word in str(row) for word in (NUMBER, "Testperson", "inhaler", "holiday"))


REFUSED: list[tuple[str, dict[str, str], str, str]] = [
    ("MEDQ", {"nhs_number": ""}, "nhs_number", "Enter the NHS number"),
    ("MEDQ", {"nhs_number": "999 000 0019"}, "nhs_number", "a digit is wrong"),
    ("MEDQ", {"nhs_number": "9999999999"}, "nhs_number", "Ten equal digits"),
    ("MEDQ", {"no_number": "newborn"}, "no_number", "take one of them out"),
    ("MEDQ", {"nhs_number": "", "no_number": "nonsense"}, "no_number", "Choose one of the reasons."),
    (
        "MEDQ",
        {"nhs_number": "", "no_number": "newborn", "record_number": ""},
        "record_number",
        "without an NHS number it is how they are found",
    ),
    ("MEDQ", {"family": " "}, "family", "Enter the family name"),
    ("MEDQ", {"given": ""}, "given", "Enter the given name"),
    ("MEDQ", {"family": "x" * 81}, "family", "Use 80 characters or fewer"),
    ("MEDQ", {"born-day": ""}, "born", "Add the day of the date of birth."),
    ("MEDQ", {"born-year": "2027"}, "born", "The date of birth is in the future"),
    ("MEDQ", {"born-year": "1851"}, "born", "check the year"),
    ("MEDQ", {"born-day": "31", "born-month": "2"}, "born", "must be a real date, such as 27 3 1951."),
    ("MEDQ", {"born-year": "51"}, "born", "with four digits, such as 1951."),
    ("MEDQ", {"ask": "  "}, "ask", "Say what you ask"),
    ("MEDQ", {"ask": "x" * 1001}, "ask", "Use 1000 characters or fewer; this has 1001."),
    ("MEDQ", {"receipt-day": "24"}, "receipt", "This date is in the future"),
    ("MEDQ", {"receipt-year": "2020"}, "receipt", "more than two years ago"),
    (
        "MEDQ",
        {"receipt-day": "", "receipt-month": "", "receipt-year": ""},
        "receipt",
        "Enter the date the question",
    ),
    ("MEDQ", {"requested": ""}, "requested", "Choose how soon you need it."),
    ("MEDQ", {"requested": "urgent"}, "urgency_reason", "Say why it cannot wait"),
    (
        "MEDQ",
        {"fact-serious_reaction": ""},
        "fact-serious_reaction",
        "Could a medicine be making the patient seriously ill? Answer Yes, No or Not sure.",
    ),
    ("LTC", {"subtype": "nothing"}, "subtype", "Choose the condition."),
    ("DISCH", {"document": ""}, "document", "Enter the document"),
    (
        "DISCH",
        {"next_issue-day": "22", "next_issue-month": "11", "next_issue-year": "2026"},
        "next_issue",
        "This date has passed",
    ),
]


@pytest.mark.parametrize(("kind", "changed", "field", "sentence"), REFUSED)
@pytest.mark.parametrize("step", ["check", "send"])
def test_a_problem_is_shown_beside_its_field_and_nothing_is_lost(
    app: Any,
    as_user: Any,
    acting: Any,
    place: Any,
    kind: str,
    changed: dict[str, str],
    field: str,
    sentence: str,
    step: str,
) -> None:
    _, manager, pharmacist = place
    data = filled(kind, step=step) | changed
    answer = typed(as_user(manager), f"/requests/new?kind={kind}", data=data)
    assert answer.status_code == 422
    assert "<title>Error: New request" in answer.text
    summary = answer.text.split("<h1", 1)[0]
    target = f"{field}-day" if field in ("born", "receipt", "next_issue") else field
    assert f'href="#{target}"' in summary
    assert sentence in summary
    assert f'id="{target}"' in answer.text
    assert f'id="{field}-error"' in answer.text
    kept = form_values(answer.text, f"/requests/new?kind={kind}")
    for name, value in data.items():
        # A choice that is not offered cannot be shown as chosen; each showing has a key of its own.
        if name not in ("step", "form_key") and value not in ("nothing", "nonsense"):
            assert kept.get(name, "") == value, f"{name} is lost"
    assert stored(acting, pharmacist) == []


def test_every_problem_is_told_at_once(as_user: Any, place: Any) -> None:
    answer = typed(as_user(place[1]), "/requests/new?kind=MEDQ", data={"step": "check"})
    summary = answer.text.split("<h1", 1)[0]
    for field in ("nhs_number", "family", "given", "born-day", "ask", "receipt-day", "requested"):
        assert f'href="#{field}"' in summary


def test_the_same_form_sent_twice_makes_one_request(app: Any, as_user: Any, acting: Any, place: Any) -> None:
    client = as_user(place[1])
    first = typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="send"))
    second = typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="send"))
    assert first.location == second.location
    assert len(stored(acting, place[2])) == 1


def test_a_form_sent_twice_at_once_makes_one_request(app: Any, as_user: Any, acting: Any, place: Any) -> None:
    clients = [as_user(place[1]), as_user(place[1])]
    barrier = threading.Barrier(2)
    answers: list[Any] = []

    def send(client: Any) -> None:
        barrier.wait(10)
        answers.append(typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="send")))

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    assert len(stored(acting, place[2])) == 1


def test_a_reference_that_is_taken_is_tried_again(
    app: Any, make: Make, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice, manager, _ = place
    drawn = iter([b"aaaaa", b"aaaaa", b"bbbbb"])
    monkeypatch.setattr("hub.intake.actions.secrets.token_bytes", lambda size: next(drawn))
    first = make.request(practice, manager)
    second = make.request(practice, manager)
    assert first.ref != second.ref


def test_change_something_leads_back_to_the_form_with_everything(as_user: Any, place: Any) -> None:
    client = as_user(place[1])
    answer = typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="change"))
    assert answer.status_code == 200
    assert "Please look at the blue inhaler." in answer.text
    assert "There is a problem" not in answer.text


def test_several_practices_are_told_apart(app: Any, make: Make, as_user: Any, acting: Any) -> None:
    here, there, foreign = make.practice("Here"), make.practice("There"), make.practice("Foreign")
    manager, lead = make.requester(here, there), make.lead()
    client = as_user(manager)
    page = stands_at(client, "/requests/new?kind=SMR").text
    assert "Here" in page
    assert "There" in page
    assert "Foreign" not in page
    data = filled("SMR", step="send", warned="yes")
    assert "Choose the practice" in typed(client, "/requests/new?kind=SMR", data=data).text
    data["practice"] = str(foreign.id)
    assert "Choose the practice" in typed(client, "/requests/new?kind=SMR", data=data).text
    data["practice"] = str(there.id)
    assert typed(client, "/requests/new?kind=SMR", data=data).status_code == 302
    (task,) = stored(acting, lead)
    assert task.practice_id == there.id


def test_an_unknown_kind_is_not_found(as_user: Any, place: Any) -> None:
    assert as_user(place[1]).get("/requests/new?kind=NOPE").status_code == 404


def test_the_form_takes_a_fixed_number_of_statements(
    make: Make, as_user: Any, place: Any, statements: Any
) -> None:
    client = as_user(place[1])
    typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="check"))
    with statements() as few:
        typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="check"))
    for _ in range(5):
        make.pharmacist(place[0])
    with statements() as more:
        typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="check"))
    assert more.count == few.count <= 36


def test_what_is_typed_never_becomes_markup(app: Any, as_user: Any, acting: Any, place: Any) -> None:
    client = as_user(place[1])
    evil = '</textarea><b id="evil">"&\''
    evils = {"ask": evil, "family": evil, "given": evil, "document": evil, "urgency_reason": evil}
    data = filled("OPLET", requested="soon") | evils
    for step in ("check", "change", "send"):
        answer = typed(client, "/requests/new?kind=OPLET", data=data | {"step": step, "born-day": "99"})
        assert '<b id="evil">' not in answer.text
    sent = typed(client, "/requests/new?kind=OPLET", data=data | {"step": "send"})
    page = client.get(sent.location).text
    assert "&lt;b id=" in page
    assert '<b id="evil">' not in page
