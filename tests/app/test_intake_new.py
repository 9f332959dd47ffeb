"""Raising one request: choose a kind, fill in one form, check it, send it once."""

import threading
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain import identifiers
from hub.domain.lifecycle import Act
from hub.extensions import db
from hub.models import AccessLog, Event, Outbox, Patient, Task
from hub.records import ASK, identity_of, unsealed
from tests.support.factories import Make
from tests.support.form_fields import form_values

KINDS = ("SMR", "LTC", "DISCH", "OPLET", "DOCWF", "MEDQ")
NUMBER = identifiers.made_up_nhs_number(12345)


def filled(kind: str, **changed: str) -> dict[str, str]:
    """A form of this kind, filled in by a careful person."""
    from hub.protocols.files import kinds_on_disk

    the_kind = {one.code: one for one in kinds_on_disk()}[kind]
    values = {
        "form_key": "a-key-of-one-form",
        "nhs_number": identifiers.format_nhs_number(NUMBER),
        "family": "O'Testperson",
        "given": "Alex",
        "born-day": "27",
        "born-month": "3",
        "born-year": "1951",
        "record_number": "70001",
        "ask": "Please look at the blue inhaler.",
        "receipt-day": "23",
        "receipt-month": "11",
        "receipt-year": "2026",
        "requested": "routine",
    }
    values |= {f"fact-{fact.code}": "no" for fact in the_kind.facts}
    if the_kind.subtypes:
        values["subtype"] = the_kind.subtypes[0].code
    if the_kind.needs_document:
        values["document"] = "DOC 4711"
    return values | changed


@pytest.fixture
def place(make: Make) -> Any:
    """A practice with its manager and a pharmacist at work."""
    practice = make.practice("Highfield Surgery")
    manager = make.requester(practice, name="Sam Okoro")
    pharmacist = make.pharmacist(practice, name="Priya Nair", competences=("asthma",))
    make.technician(practice, name="Tom Reid")
    return practice, manager, pharmacist


def stored(app: Any, acting: Any, who: Any) -> list[Task]:
    with acting(who):
        return list(db.session.scalars(select(Task).order_by(Task.id)))


def test_the_kinds_are_offered_in_plain_words(as_user: Any, place: Any) -> None:
    page = as_user(place[1]).get("/requests/new").text
    for kind in KINDS:
        assert f'href="/requests/new?kind={kind}"' in page
    assert "Usually done within 2 working days" in page


def test_someone_without_a_practice_is_told_whom_to_ask(as_user: Any, make: Make) -> None:
    client = as_user(make.requester())
    assert "Ask your hub lead" in client.get("/requests/new").text
    assert client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="send")).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_of_each_kind_is_checked_and_sent(
    app: Any, as_user: Any, acting: Any, jobs: Any, place: Any, kind: str
) -> None:
    practice, manager, pharmacist = place
    client = as_user(manager)
    action = f"/requests/new?kind={kind}"
    assert client.get(action).status_code == 200
    check = client.post(action, data=filled(kind, step="check"))
    assert check.status_code == 200
    assert "Check before you send" in check.text
    assert "O&#39;TESTPERSON, Alex" in check.text
    assert "should see this by" in check.text
    assert stored(app, acting, pharmacist) == []
    sent = client.post(action, data=form_values(check.text, action) | {"step": "send"})
    assert sent.status_code == 302
    (task,) = stored(app, acting, pharmacist)
    assert sent.location == f"/requests/{task.ref}"
    assert (task.status, task.kind, task.practice_id) == ("raised", kind, practice.id)
    assert NUMBER not in sent.location
    jobs()
    (task,) = stored(app, acting, pharmacist)
    assert task.status in ("queued", "assigned")
    page = client.get(sent.location)
    assert page.status_code == 200
    assert task.ref in page.text


def test_what_was_said_is_sealed_and_comes_back(
    app: Any, as_user: Any, acting: Any, place: Any, owner: Any
) -> None:
    _, manager, pharmacist = place
    data = filled("MEDQ", step="send", requested="soon", urgency_reason="A holiday on Thursday")
    as_user(manager).post("/requests/new?kind=MEDQ", data=data)
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
    ("MEDQ", {"born-day": "31", "born-month": "2"}, "born", "must be a real date"),
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
    ("MEDQ", {"fact-serious_reaction": ""}, "fact-serious_reaction", "answer Yes, No or Not sure"),
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
    answer = as_user(manager).post(f"/requests/new?kind={kind}", data=data)
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
        # A choice that is not offered cannot be shown as chosen.
        if name != "step" and value not in ("nothing", "nonsense"):
            assert kept.get(name, "") == value, f"{name} is lost"
    assert stored(app, acting, pharmacist) == []


def test_every_problem_is_told_at_once(as_user: Any, place: Any) -> None:
    answer = as_user(place[1]).post("/requests/new?kind=MEDQ", data={"step": "check"})
    summary = answer.text.split("<h1", 1)[0]
    for field in ("nhs_number", "family", "given", "born-day", "ask", "receipt-day", "requested"):
        assert f'href="#{field}"' in summary


def test_the_same_form_sent_twice_makes_one_request(app: Any, as_user: Any, acting: Any, place: Any) -> None:
    client = as_user(place[1])
    first = client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="send"))
    second = client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="send"))
    assert first.location == second.location
    assert len(stored(app, acting, place[2])) == 1


def test_a_form_sent_twice_at_once_makes_one_request(app: Any, as_user: Any, acting: Any, place: Any) -> None:
    clients = [as_user(place[1]), as_user(place[1])]
    barrier = threading.Barrier(2)
    answers: list[Any] = []

    def send(client: Any) -> None:
        barrier.wait(10)
        answers.append(client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="send")))

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    assert len(stored(app, acting, place[2])) == 1


def test_two_people_who_raise_for_a_new_patient_at_once_share_the_patient(
    app: Any, make: Make, as_user: Any, acting: Any, place: Any
) -> None:
    practice, manager, pharmacist = place
    other = make.requester(practice)
    barrier = threading.Barrier(2)
    answers: list[Any] = []

    def send(client: Any, kind: str) -> None:
        barrier.wait(10)
        answers.append(client.post(f"/requests/new?kind={kind}", data=filled(kind, step="send")))

    threads = [
        threading.Thread(target=send, args=(as_user(who), kind))
        for who, kind in ((manager, "MEDQ"), (other, "SMR"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [answer.status_code for answer in answers] == [302, 302]
    with acting(pharmacist):
        assert len(db.session.scalars(select(Patient)).all()) == 1
        assert len(db.session.scalars(select(Task)).all()) == 2


def test_a_reference_that_is_taken_is_tried_again(
    app: Any, make: Make, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice, manager, _ = place
    drawn = iter([b"aaaaa", b"aaaaa", b"bbbbb"])
    monkeypatch.setattr("hub.intake.actions.secrets.token_bytes", lambda size: next(drawn))
    first = make.request(practice, manager)
    second = make.request(practice, manager)
    assert first.ref != second.ref


def test_a_patient_without_a_number_is_found_again_by_the_record_number(
    app: Any, as_user: Any, acting: Any, place: Any
) -> None:
    client = as_user(place[1])
    none = {"no_number": "newborn", "nhs_number": "", "form_key": "another-key"}
    client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="send") | none)
    client.post(
        "/requests/new?kind=SMR",
        data=filled("SMR", step="send") | none | {"record_number": " 70-001", "form_key": "a-third-key"},
    )
    with acting(place[2]):
        (patient,) = db.session.scalars(select(Patient)).all()
        from sqlalchemy.orm import joinedload

        patient = db.session.scalars(select(Patient).options(joinedload(Patient.data_key))).one()
        assert identity_of(patient).no_number_because == "the patient is a newborn baby"
    assert len(stored(app, acting, place[2])) == 2


class TestDetailsThatDiffer:
    @pytest.fixture
    def client(self, as_user: Any, place: Any) -> Any:
        client = as_user(place[1])
        client.post("/requests/new?kind=SMR", data=filled("SMR", step="send"))
        return client

    def test_the_difference_is_shown_and_nothing_is_stored(
        self, app: Any, client: Any, acting: Any, place: Any
    ) -> None:
        changed = {"born-year": "1953", "form_key": "another-key", "step": "send"}
        answer = client.post("/requests/new?kind=MEDQ", data=filled("MEDQ") | changed)
        assert answer.status_code == 422
        assert "We hold the date of birth 27-Mar-1951 for this patient." in answer.text
        assert "What I typed is right" in answer.text
        assert len(stored(app, acting, place[2])) == 1
        with acting(place[2]):
            seen = db.session.scalars(select(AccessLog.what)).all()
            assert "patient details compared" in seen

    def test_confirmed_details_replace_those_held(
        self, app: Any, client: Any, acting: Any, place: Any
    ) -> None:
        changed = {"family": "Newname", "update_stored": "yes", "form_key": "another-key", "step": "send"}
        answer = client.post("/requests/new?kind=MEDQ", data=filled("MEDQ") | changed)
        assert answer.status_code == 302
        with acting(place[2]):
            from sqlalchemy.orm import joinedload

            patient = db.session.scalars(select(Patient).options(joinedload(Patient.data_key))).one()
            assert identity_of(patient).family == "Newname"

    def test_another_patients_number_is_refused_whatever_is_confirmed(self, client: Any) -> None:
        changed = {
            "family": "Someoneelse",
            "born-year": "1980",
            "update_stored": "yes",
            "form_key": "another-key",
            "step": "send",
        }
        answer = client.post("/requests/new?kind=MEDQ", data=filled("MEDQ") | changed)
        assert answer.status_code == 422
        assert "Another of your patients is held under this number" in answer.text

    def test_two_numbers_of_two_patients_are_refused(self, client: Any) -> None:
        other = identifiers.made_up_nhs_number(777)
        answer = client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="check", nhs_number=other))
        assert answer.status_code == 422
        assert "This record number is held with another NHS number" in answer.text

    @pytest.mark.parametrize(
        "change", [{"family": "o\u2019testperson"}, {"given": "Alex Jo"}, {"record_number": ""}]
    )
    def test_what_does_not_matter_is_no_difference(self, client: Any, change: dict[str, str]) -> None:
        data = filled("MEDQ", step="send") | change | {"form_key": "another-key"}
        assert client.post("/requests/new?kind=MEDQ", data=data).status_code == 302


class TestAnOpenRequestForTheSame:
    @pytest.fixture
    def client(self, as_user: Any, place: Any) -> Any:
        client = as_user(place[1])
        client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="send"))
        return client

    @pytest.mark.parametrize("step", ["check", "send"])
    def test_it_is_shown_first(self, app: Any, client: Any, acting: Any, place: Any, step: str) -> None:
        data = filled("MEDQ", step=step, form_key="another-key")
        answer = client.post("/requests/new?kind=MEDQ", data=data)
        (task,) = stored(app, acting, place[2])
        assert "You have asked for this already" in answer.text
        assert f'href="/requests/{task.ref}"' in answer.text
        assert f'action="/requests/{task.ref}/chase"' in answer.text

    def test_another_needs_a_reason_and_then_goes_on_to_the_check(
        self, app: Any, client: Any, acting: Any, place: Any
    ) -> None:
        action = "/requests/new?kind=MEDQ"
        shown = client.post(action, data=filled("MEDQ", step="check", form_key="another-key"))
        fields = form_values(shown.text, action)
        refused = client.post(action, data=fields | {"another_because": " ", "step": "check"})
        assert refused.status_code == 422
        assert "Say why another one is needed." in refused.text
        check = client.post(action, data=fields | {"another_because": "Another matter", "step": "check"})
        assert "Check before you send" in check.text
        sent = client.post(action, data=form_values(check.text, action) | {"step": "send"})
        assert sent.status_code == 302
        assert len(stored(app, acting, place[2])) == 2
        assert "Another matter" in client.get(sent.location).text

    def test_another_kind_is_another_matter(self, client: Any) -> None:
        data = filled("SMR", step="check", form_key="another-key")
        assert "Check before you send" in client.post("/requests/new?kind=SMR", data=data).text

    def test_another_practice_learns_nothing(self, make: Make, as_user: Any, client: Any) -> None:
        elsewhere = make.practice()
        stranger = as_user(make.requester(elsewhere))
        data = filled("MEDQ", step="check", **{"born-year": "1960"})
        answer = stranger.post("/requests/new?kind=MEDQ", data=data)
        assert answer.status_code == 200
        assert "Check before you send" in answer.text

    def test_a_different_letter_has_its_reason_to_hand(self, client: Any) -> None:
        client.post("/requests/new?kind=OPLET", data=filled("OPLET", step="send", form_key="letter-one"))
        data = filled("OPLET", step="check", document="DOC 4712", form_key="letter-two")
        assert "It is another document: DOC 4712" in client.post("/requests/new?kind=OPLET", data=data).text


def test_a_patient_who_died_is_refused_with_the_way_back(
    app: Any, make: Make, as_user: Any, place: Any
) -> None:
    client = as_user(place[1])
    sent = client.post("/requests/new?kind=SMR", data=filled("SMR", step="send"))
    key = {"form_key": "another-key"}
    assert client.post(f"{sent.location}/patient", data=key | {"status": "died"}).status_code == 302
    answer = client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="check"))
    assert answer.status_code == 422
    ref = sent.location.rsplit("/", 1)[1]
    assert f"this patient has died since 23-Nov-2026. If that is wrong, open request {ref}" in answer.text


class TestWhenSomeoneSeesIt:
    def test_the_panel_follows_the_answers(self, as_user: Any, place: Any) -> None:
        client = as_user(place[1])
        urgent = filled("MEDQ", step="when", **{"fact-serious_reaction": "yes"}, requested="urgent")
        headers = {"HX-Request": "true"}
        calm = client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="when"), headers=headers)
        soon = client.post("/requests/new?kind=MEDQ", data=urgent, headers=headers)
        assert "<html" not in calm.text
        assert "should see this by Wed 25-Nov-2026" in calm.text
        assert "should see this by Mon 23-Nov-2026 11:00" in soon.text

    def test_it_never_refuses_half_a_form(self, as_user: Any, place: Any) -> None:
        answer = as_user(place[1]).post(
            "/requests/new?kind=DISCH",
            data={"step": "when", "receipt-day": "99"},
            headers={"HX-Request": "true"},
        )
        assert answer.status_code == 200

    def test_a_warning_is_recorded_and_the_lead_is_told(
        self, app: Any, make: Make, as_user: Any, acting: Any
    ) -> None:
        practice = make.practice()
        manager, lead = make.requester(practice), make.lead()
        client = as_user(manager)
        data = filled("MEDQ", step="send", **{"fact-serious_reaction": "yes"})
        check = client.post("/requests/new?kind=MEDQ", data=data)
        assert "Do not rely on this" in check.text, "it is never sent unseen"
        assert stored(app, acting, lead) == []
        sent = client.post(
            "/requests/new?kind=MEDQ",
            data=form_values(check.text, "/requests/new?kind=MEDQ") | {"step": "send"},
        )
        assert sent.status_code == 302
        (task,) = stored(app, acting, lead)
        assert task.decide_since is not None
        with acting(lead):
            events = db.session.scalars(select(Event).order_by(Event.seq)).all()
            assert [one.kind for one in events][:3] == [Act.RAISED, Act.WARNED, Act.FLAGGED]
            assert "Do not rely on this" in events[1].data["sentence"]
            assert db.session.scalars(select(Outbox.job)).all() == ["place"]
        assert "Do not rely on this" in client.get(sent.location).text

    def test_a_practice_on_hold_is_told_so(self, make: Make, as_user: Any, acting: Any, place: Any) -> None:
        practice, manager, _ = place
        lead = make.lead()
        with acting(lead) as actor:
            from hub.placing import actions, queries

            actions.hold(queries.practice(practice.id), reason="EMIS Web is down.", by=actor)
        answer = as_user(manager).post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="check"))
        assert "EMIS Web is down." in answer.text
        assert "Do not rely on this" in answer.text


def test_change_something_leads_back_to_the_form_with_everything(as_user: Any, place: Any) -> None:
    client = as_user(place[1])
    answer = client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="change"))
    assert answer.status_code == 200
    assert "Please look at the blue inhaler." in answer.text
    assert "There is a problem" not in answer.text


def test_several_practices_are_told_apart(app: Any, make: Make, as_user: Any, acting: Any) -> None:
    here, there, foreign = make.practice("Here"), make.practice("There"), make.practice("Foreign")
    manager, lead = make.requester(here, there), make.lead()
    client = as_user(manager)
    page = client.get("/requests/new?kind=SMR").text
    assert "Here" in page
    assert "There" in page
    assert "Foreign" not in page
    data = filled("SMR", step="send", warned="yes")
    assert "Choose the practice" in client.post("/requests/new?kind=SMR", data=data).text
    data["practice"] = str(foreign.id)
    assert "Choose the practice" in client.post("/requests/new?kind=SMR", data=data).text
    data["practice"] = str(there.id)
    assert client.post("/requests/new?kind=SMR", data=data).status_code == 302
    (task,) = stored(app, acting, lead)
    assert task.practice_id == there.id


def test_an_unknown_kind_is_not_found(as_user: Any, place: Any) -> None:
    assert as_user(place[1]).get("/requests/new?kind=NOPE").status_code == 404


def test_the_form_takes_a_fixed_number_of_statements(
    make: Make, as_user: Any, place: Any, statements: Any
) -> None:
    client = as_user(place[1])
    client.get("/requests/new?kind=MEDQ")
    with statements() as few:
        client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="check"))
    for _ in range(5):
        make.pharmacist(place[0])
    with statements() as more:
        client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="check"))
    assert more.count == few.count <= 25


def test_what_is_typed_never_becomes_markup(app: Any, as_user: Any, acting: Any, place: Any) -> None:
    client = as_user(place[1])
    evil = '</textarea><b id="evil">"&\''
    typed = {"ask": evil, "family": evil, "given": evil, "document": evil, "urgency_reason": evil}
    data = filled("OPLET", requested="soon") | typed
    for step in ("check", "change", "send"):
        answer = client.post("/requests/new?kind=OPLET", data=data | {"step": step, "born-day": "99"})
        assert '<b id="evil">' not in answer.text
    sent = client.post("/requests/new?kind=OPLET", data=data | {"step": "send"})
    page = client.get(sent.location).text
    assert "&lt;b id=" in page
    assert '<b id="evil">' not in page
