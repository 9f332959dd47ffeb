"""Which patient is meant: found again, told apart, never mixed; an open request for the same comes first."""

import re
import threading
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain import identifiers
from hub.extensions import db
from hub.models import AccessLog, Patient
from hub.records import identity_of
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.request_form import filled, stored, typed


@pytest.fixture
def place(make: Make) -> Any:
    """A practice with its manager and a pharmacist at work."""
    practice = make.practice("Highfield Surgery")
    manager = make.requester(practice, name="Sam Okoro")
    pharmacist = make.pharmacist(practice, name="Priya Nair", competences=("asthma",))
    make.technician(practice, name="Tom Reid")
    return practice, manager, pharmacist


def test_a_patient_without_a_number_is_found_again_by_the_record_number(
    app: Any, as_user: Any, acting: Any, place: Any
) -> None:
    client = as_user(place[1])
    none = {"no_number": "newborn", "nhs_number": "", "form_key": "another-key"}
    typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="send") | none)
    typed(
        client,
        "/requests/new?kind=SMR",
        data=filled("SMR", step="send") | none | {"record_number": " 70-001", "form_key": "a-third-key"},
    )
    with acting(place[2]):
        (patient,) = db.session.scalars(select(Patient)).all()
        from sqlalchemy.orm import joinedload

        patient = db.session.scalars(select(Patient).options(joinedload(Patient.data_key))).one()
        assert identity_of(patient).no_number_because == "the patient is a newborn baby"
    assert len(stored(acting, place[2])) == 2


def test_two_people_who_raise_for_a_new_patient_at_once_share_the_patient(
    make: Make, as_user: Any, acting: Any, place: Any
) -> None:
    answers = at_once(as_user, place[1], make.requester(place[0]), kinds=("MEDQ", "SMR"))
    assert [answer.status_code for answer in answers] == [302, 302]
    with acting(place[2]):
        assert len(db.session.scalars(select(Patient)).all()) == 1
    assert len(stored(acting, place[2])) == 2


def test_two_people_who_raise_the_same_at_once_make_one_request(
    make: Make, as_user: Any, acting: Any, place: Any
) -> None:
    answers = at_once(as_user, place[1], make.requester(place[0]), kinds=("MEDQ", "MEDQ"))
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    (shown,) = [answer for answer in answers if answer.status_code == 200]
    assert "You have asked for this already" in shown.text
    assert re.search(
        r'<a [^>]*target="_blank" rel="noopener">See request \S+ \(opens in a new tab\)', shown.text
    )
    assert len(stored(acting, place[2])) == 1


def at_once(as_user: Any, *people: Any, kinds: tuple[str, ...]) -> list[Any]:
    """The answers of people who each send a form of the same patient at the same moment."""
    barrier = threading.Barrier(len(people))
    answers: list[Any] = []

    def send(client: Any, kind: str) -> None:
        barrier.wait(10)
        answers.append(typed(client, f"/requests/new?kind={kind}", data=filled(kind, step="send")))

    threads = [
        threading.Thread(target=send, args=(as_user(who), kind))
        for who, kind in zip(people, kinds, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


class TestDetailsThatDiffer:
    @pytest.fixture
    def client(self, as_user: Any, place: Any) -> Any:
        client = as_user(place[1])
        typed(client, "/requests/new?kind=SMR", data=filled("SMR", step="send"))
        return client

    def test_the_difference_is_shown_and_nothing_is_stored(
        self, app: Any, client: Any, acting: Any, place: Any
    ) -> None:
        changed = {"born-year": "1953", "form_key": "another-key", "step": "send"}
        answer = typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ") | changed)
        assert answer.status_code == 422
        assert "We hold the date of birth 27-Mar-1951 for this patient." in answer.text
        assert "What I typed is right" in answer.text
        assert len(stored(acting, place[2])) == 1
        with acting(place[2]):
            seen = db.session.scalars(select(AccessLog.what)).all()
            assert "patient details compared" in seen

    def test_confirmed_details_replace_those_held(
        self, app: Any, client: Any, acting: Any, place: Any
    ) -> None:
        changed = {"family": "Newname", "update_stored": "yes", "form_key": "another-key", "step": "send"}
        answer = typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ") | changed)
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
        answer = typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ") | changed)
        assert answer.status_code == 422
        assert "Another of your patients is held under this number" in answer.text
        assert re.search(r'href="/requests/[\w-]{9}/identity">If what we hold is wrong', answer.text)

    def test_two_numbers_of_two_patients_are_refused(self, client: Any) -> None:
        other = identifiers.made_up_nhs_number(777)
        answer = typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="check", nhs_number=other))
        assert answer.status_code == 422
        assert "This record number is held with another NHS number" in answer.text

    @pytest.mark.parametrize(
        "change", [{"family": "o\u2019testperson"}, {"given": "Alex Jo"}, {"record_number": ""}]
    )
    def test_what_does_not_matter_is_no_difference(self, client: Any, change: dict[str, str]) -> None:
        data = filled("MEDQ", step="send") | change | {"form_key": "another-key"}
        assert typed(client, "/requests/new?kind=MEDQ", data=data).status_code == 302


class TestAnOpenRequestForTheSame:
    @pytest.fixture
    def client(self, as_user: Any, place: Any) -> Any:
        client = as_user(place[1])
        typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="send"))
        return client

    @pytest.mark.parametrize("step", ["check", "send"])
    def test_it_is_shown_first(self, app: Any, client: Any, acting: Any, place: Any, step: str) -> None:
        data = filled("MEDQ", step=step, form_key="another-key")
        answer = typed(client, "/requests/new?kind=MEDQ", data=data)
        (task,) = stored(acting, place[2])
        assert "You have asked for this already" in answer.text
        assert f'href="/requests/{task.ref}"' in answer.text
        assert f'action="/requests/{task.ref}/chase"' in answer.text

    def test_another_needs_a_reason_and_then_goes_on_to_the_check(
        self, app: Any, client: Any, acting: Any, place: Any
    ) -> None:
        action = "/requests/new?kind=MEDQ"
        shown = typed(client, action, data=filled("MEDQ", step="check", form_key="another-key"))
        fields = form_values(shown.text, action)
        refused = typed(client, action, data=fields | {"another_because": " ", "step": "check"})
        assert refused.status_code == 422
        assert "Say why another one is needed." in refused.text
        check = typed(client, action, data=fields | {"another_because": "Another matter", "step": "check"})
        assert "Check before you send" in check.text
        sent = typed(client, action, data=form_values(check.text, action) | {"step": "send"})
        assert sent.status_code == 302
        assert len(stored(acting, place[2])) == 2
        assert "Another matter" in client.get(sent.location).text

    def test_another_kind_is_another_matter(self, client: Any) -> None:
        data = filled("SMR", step="check", form_key="another-key")
        assert "Check before you send" in typed(client, "/requests/new?kind=SMR", data=data).text

    def test_another_practice_learns_nothing(self, make: Make, as_user: Any, client: Any) -> None:
        elsewhere = make.practice()
        stranger = as_user(make.requester(elsewhere))
        data = filled("MEDQ", step="check", **{"born-year": "1960"})
        answer = typed(stranger, "/requests/new?kind=MEDQ", data=data)
        assert answer.status_code == 200
        assert "Check before you send" in answer.text

    def test_a_different_letter_has_its_reason_to_hand(self, client: Any) -> None:
        typed(client, "/requests/new?kind=OPLET", data=filled("OPLET", step="send", form_key="letter-one"))
        data = filled("OPLET", step="check", document="DOC 4712", form_key="letter-two")
        assert "It is another document: DOC 4712" in typed(client, "/requests/new?kind=OPLET", data=data).text


def test_a_patient_who_died_is_refused_with_the_way_back(
    app: Any, make: Make, as_user: Any, place: Any
) -> None:
    client = as_user(place[1])
    sent = typed(client, "/requests/new?kind=SMR", data=filled("SMR", step="send"))
    key = {"form_key": "another-key"}
    assert client.post(f"{sent.location}/patient", data=key | {"status": "died"}).status_code == 302
    answer = typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="check"))
    assert answer.status_code == 422
    ref = sent.location.rsplit("/", 1)[1]
    assert f"this patient has died since 23-Nov-2026. If that is wrong, open request {ref}" in answer.text
