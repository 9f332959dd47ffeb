"""What a person may do and where: competences, access, and the steps that staff a new clinician."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.models import Competence, PracticeAccess
from tests.app.people_examples import CLINICIAN, found, log_about
from tests.support.factories import Make
from tests.support.pages import fill_in, text_of


def test_competences_are_signed_off_until_a_day(app: Any, lead: Any, make: Make) -> None:
    user = make.pharmacist()
    path = f"/people/{user.id}/competences"
    days = {"expires_on-day": "1", "expires_on-month": "12", "expires_on-year": "2026"}
    lead.post(path, data={"code": "heart_failure"} | days)
    lead.post(path, data={"code": "other", "other_code": "Minor Illness"})
    words = text_of(lead.get(f"/people/{user.id}"))
    assert "Heart failure 01-Dec-2026 Ends soon" in words
    assert "Minor illness No end" in words
    lead.post(path, data={"code": "heart_failure"})
    with app.app_context():
        rows = db.session.execute(
            select(Competence.code, Competence.expires_on).order_by(Competence.code)
        ).all()
    assert [tuple(row) for row in rows] == [("heart_failure", None), ("minor_illness", None)]
    lead.post(f"{path}/heart_failure/remove")
    assert "Competence removed: heart failure." in log_about(app, user.id)


def test_what_has_ended_already_is_taken_and_said_to_have_ended(lead: Any, make: Make, app: Any) -> None:
    over = {"registration-day": "1", "registration-month": "1", "registration-year": "2020"}
    says = "The registration ended on 01-Jan-2020, so no work will be given to them."
    assert says in text_of(fill_in(lead, "/people/new", **(CLINICIAN | over)))
    user = found(app, "paula.finch@example.org")
    words = text_of(lead.get(f"/people/{user.id}"))
    assert says in words
    assert "Registration ends 01-Jan-2020 Ended" in words
    day = {"expires_on-day": "22", "expires_on-month": "11", "expires_on-year": "2026"}
    answer = lead.post(f"/people/{user.id}/competences", data={"code": "asthma"} | day)
    words = text_of(lead.get(answer.location))
    assert "Competence added: Asthma." in words
    assert "It ended on 22-Nov-2026, so no work that needs asthma will be given to them." in words
    assert "Asthma 22-Nov-2026 Ended" in words
    assert "ended on" not in text_of(lead.get(f"/people/{make.pharmacist().id}"))


def test_the_list_says_what_ends_first(lead: Any, make: Make, owner: Any) -> None:
    user = make.pharmacist(name="Asha Patel", competences=("asthma", "copd"))
    ends = {"asthma": dt.date(2026, 12, 3), "copd": dt.date(2026, 12, 4)}
    for code, day in ends.items():
        owner.execute("update competence set expires_on = %s where code = %s", (day, code))
    assert "Asthma, 03-Dec-2026 Ends soon" in text_of(lead.get("/people"))
    owner.execute("update app_user set registration_expires_on = '2026-12-03' where id = %s", (user.id,))
    assert "Registration, 03-Dec-2026 Ends soon" in text_of(lead.get("/people"))


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"code": "astrology"}, "Choose a competence."),
        ({"code": "other"}, "Enter the competence."),
        ({"code": "other", "other_code": "a<b>"}, "Use letters, digits and spaces"),
        ({"code": "asthma", "expires_on-day": "31"}, "Add the month and year"),
    ],
)
def test_a_competence_that_cannot_be_read_is_refused(
    lead: Any, make: Make, typed: dict[str, str], says: str
) -> None:
    page = lead.post(f"/people/{make.pharmacist().id}/competences", data=typed)
    assert page.status_code == 422
    assert says in text_of(page)


def test_access_to_every_served_practice_of_a_network(app: Any, lead: Any, make: Make) -> None:
    network, other = make.network(), make.network()
    first, second = make.practice(network=network), make.practice(network=network)
    make.practice(network=network, served=False)
    make.practice(network=other)
    user = make.pharmacist(first)
    answer = lead.post(f"/people/{user.id}/access", data={"role": "clinician", "network": network.id})
    assert "Access given to 1 practice (1 had it already)." in text_of(lead.get(answer.location))
    with app.app_context():
        query = select(PracticeAccess.practice_id).where(PracticeAccess.user_id == user.id)
        assert set(db.session.scalars(query)) == {first.id, second.id}


def test_access_follows_the_role_and_is_taken_away_by_role(app: Any, lead: Any, make: Make) -> None:
    practice = make.practice("Elm Street Surgery")
    user = make.pharmacist()
    refused = lead.post(f"/people/{user.id}/access", data={"role": "requester", "practice": practice.id})
    assert refused.status_code == 422
    assert "does not have the role requester" in text_of(refused)
    lead.post(f"/people/{user.id}/access", data={"role": "clinician", "practice": practice.id})
    assert "Elm Street Surgery" in lead.get(f"/people/{user.id}").text
    assert f"{user.name}: Access to" in text_of(lead.get(f"/practices/{practice.ods_code}"))
    lead.post(f"/people/{user.id}/access/{practice.ods_code}/requester/remove")
    with app.app_context():
        assert db.session.scalar(select(PracticeAccess.role)) == "clinician"
    lead.post(f"/people/{user.id}/access/{practice.ods_code}/clinician/remove")
    with app.app_context():
        assert db.session.scalar(select(PracticeAccess.role)) is None


@pytest.mark.parametrize("typed", [{}, {"role": "clinician"}, {"role": "clinician", "practice": "999999"}])
def test_access_needs_a_role_and_a_practice_offered(lead: Any, make: Make, typed: dict[str, str]) -> None:
    make.practice()
    user = make.pharmacist()
    assert lead.post(f"/people/{user.id}/access", data=typed).status_code == 422


def test_a_new_clinician_is_staffed_in_steps_that_are_ticked(make: Make, as_user: Any) -> None:
    practice = make.practice()
    lead, new = as_user(make.lead()), make.pharmacist(name="New Starter", works=False, all_kinds=False)
    page = lead.get(f"/people/{new.id}").text
    steps = page.split("Before work comes to New Starter")[1].split("</ol>")[0]
    assert (
        f'href="/people/{new.id}#competences">Competences, and kinds of task they may do: none yet' in steps
    )
    assert f'href="/people/{new.id}#access">Practices they work in: none yet' in steps
    assert f'href="/rota/{new.id}">Shifts: none yet' in steps
    assert "given" not in steps
    make.sign_off(new, "SMR")
    make.access(new, practice, Role.CLINICIAN)
    steps = lead.get(f"/people/{new.id}").text.split("Before work comes to New Starter")[1].split("</ol>")[0]
    assert "Practices they work in: given" in steps
    assert "Competences, and kinds of task they may do: given" in steps
    assert "Shifts: none yet" in steps
    assert "a lead gives them" in as_user(make.admin()).get(f"/people/{new.id}").text
    make.shift(new)
    assert "Before work comes to" not in lead.get(f"/people/{new.id}").text


def test_only_clinicians_are_staffed(make: Make, as_user: Any) -> None:
    asks = make.requester(make.practice())
    assert "Before work comes to" not in as_user(make.lead()).get(f"/people/{asks.id}").text
