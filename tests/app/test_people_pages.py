"""A lead staffs the hub: accounts, pass phrases, roles; each change on record."""

from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.vocabulary import Profession, Role
from hub.extensions import db
from hub.models import PracticeAccess, User, UserRole
from tests.app.people_examples import CLINICIAN, found, log_about, phrase_on
from tests.support.factories import PASSWORD, Make
from tests.support.pages import fill_in, text_of


def test_a_new_person_signs_in_with_the_phrase_that_was_shown_once(app: Any, lead: Any) -> None:
    page = fill_in(lead, "/people/new", **CLINICIAN)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    phrase = phrase_on(page)
    user = found(app, "paula.finch@example.org")
    assert (user.profession, user.gphc_number, user.is_prescriber) == ("pharmacist", "2012345", True)
    assert phrase not in (user.password_hash or "")
    assert phrase not in lead.get(f"/people/{user.id}").text
    answer = app.test_client().post("/sign-in", data={"email": user.email, "password": phrase})
    assert answer.status_code == 302
    assert log_about(app, user.id) == ["Account opened as clinician."], "there was no session to end"


def test_sending_the_form_twice_opens_one_account(app: Any, lead: Any) -> None:
    data = CLINICIAN | {"form_key": "the-same-form"}
    first = lead.post("/people/new", data=data)
    second = lead.post("/people/new", data=data)
    assert first.status_code == 200
    assert second.status_code == 302
    assert "shown once and is stored nowhere" in text_of(lead.get(second.location))


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"name": ""}, "name", "Enter the person's name."),
        ({"email": "paula"}, "email", "like name@example.org"),
        ({"roles": []}, "roles", "at least one role"),
        ({"profession": ""}, "profession", "A clinician is a pharmacist or a technician"),
        ({"gphc_number": "5012345"}, "gphc_number", "begins with 2"),
        ({"gphc_number": ""}, "gphc_number", "Enter the GPhC number"),
        ({"registration-year": ""}, "registration-day", "Add the year of the day the registration ends"),
        (
            {"profession": "technician", "gphc_number": "5012345"},
            "prescriber",
            "technician does not prescribe",
        ),
        ({"prescriber": ""}, "prescriber", "Say whether they prescribe."),
        ({"kinds": ""}, "kinds", "Say which kinds of task they may do."),
        ({"supervises": ""}, "supervises", "Say whether they may supervise others."),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_typed_is_lost(
    app: Any, lead: Any, change: dict[str, Any], field: str, says: str
) -> None:
    typed = CLINICIAN | {"name": "Paula Finch"} | change
    page = fill_in(lead, "/people/new", **typed)
    assert page.status_code == 422
    assert "<title>Error: Open an account" in page.text
    assert f'href="#{field}"' in page.text
    assert says in text_of(page)
    assert "Paula.Finch@Example.org" in page.text or "email" in change
    with app.app_context():
        assert db.session.scalars(select(User).where(User.name.startswith("Paula"))).all() == []


def test_an_address_or_number_in_use_is_refused_by_name(lead: Any, make: Make) -> None:
    make.pharmacist(name="Anna First", email="paula.finch@example.org", gphc_number="2012345")
    words = text_of(fill_in(lead, "/people/new", **CLINICIAN))
    assert "Anna First has an account with this e-mail address." in words
    assert "Anna First has an account with this GPhC number." in words


def test_only_an_administrator_makes_leads(app: Any, lead: Any, make: Make, as_user: Any) -> None:
    assert 'value="lead"' not in lead.get("/people/new").text
    refused = fill_in(lead, "/people/new", name="New Lead", email="new@example.org", roles=["lead"])
    assert refused.status_code == 403
    admin = as_user(make.admin())
    assert (
        fill_in(admin, "/people/new", name="New Lead", email="new@example.org", roles=["lead"]).status_code
        == 200
    )
    new = found(app, "new@example.org")
    for path in (f"/people/{new.id}/phrase", f"/people/{new.id}/off"):
        assert lead.post(path, data={"form_key": f"key-{path}"}).status_code == 403
    assert "Only an administrator may change this account." in lead.get(f"/people/{new.id}").text


def test_a_lead_cannot_lift_a_clinician_to_lead(app: Any, lead: Any, make: Make) -> None:
    user = make.pharmacist(email="p@example.org", gphc_number="2012345")
    typed = CLINICIAN | {"email": "p@example.org", "roles": ["clinician", "lead"]}
    assert fill_in(lead, f"/people/{user.id}/change", **typed).status_code == 403
    with app.app_context():
        assert db.session.scalars(select(UserRole.role).where(UserRole.user_id == user.id)).all() == [
            "clinician"
        ]


def test_a_changed_account_says_what_changed(app: Any, lead: Any, make: Make) -> None:
    user = make.pharmacist(email="p@example.org", gphc_number="2012345")
    answer = fill_in(lead, f"/people/{user.id}/change", **CLINICIAN)
    words = text_of(lead.get(answer.location))
    assert "Saved: name, e-mail address, prescriber." in words
    assert "Changed: name, e-mail address, prescriber." in log_about(app, user.id)
    again = fill_in(lead, f"/people/{user.id}/change", **CLINICIAN)
    assert "Nothing was changed." in text_of(lead.get(again.location))


def test_a_role_taken_away_takes_its_practices_along(app: Any, lead: Any, make: Make) -> None:
    here, there = make.practice(), make.practice()
    user = make.user(Role.REQUESTER, Role.CLINICIAN, email="p@example.org")
    make.access(user, here, Role.REQUESTER)
    make.access(user, there, Role.CLINICIAN)
    fill_in(lead, f"/people/{user.id}/change", name="P", email="p@example.org", roles=["requester"])
    with app.app_context():
        left = db.session.execute(select(PracticeAccess.practice_id, PracticeAccess.role)).all()
    assert [tuple(row) for row in left] == [(here.id, "requester")]


def test_an_administrator_cannot_take_their_own_role_or_switch_themselves_off(
    make: Make, as_user: Any
) -> None:
    admin = make.admin()
    client = as_user(admin)
    page = fill_in(client, f"/people/{admin.id}/change", name="A", email="a@example.org", roles=["requester"])
    assert page.status_code == 422
    assert "cannot take the administrator" in text_of(page)
    assert client.post(f"/people/{admin.id}/off").status_code == 403


def test_switching_off_ends_sessions_and_sends_work_back(
    app: Any, lead: Any, make: Make, as_user: Any, jobs: Any
) -> None:
    practice = make.practice()
    asks = make.requester(practice)
    user = make.pharmacist(practice)
    started = make.started(practice, asks, user)
    waiting = make.placed(practice, asks)
    assert make.again(waiting).assignee_id == user.id
    client = as_user(user)
    assert client.get("/account").status_code == 200
    lead.post(f"/people/{user.id}/off")
    assert client.get("/account").status_code == 302
    jobs()
    assert make.again(waiting).status == "queued"
    assert make.again(started).decide_since is not None
    refused = app.test_client().post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert refused.status_code == 422
    lead.post(f"/people/{user.id}/on")
    answer = app.test_client().post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 302


def test_what_cannot_be_undone_is_asked_about_first(app: Any, lead: Any, make: Make) -> None:
    user = make.pharmacist(name="Asha Patel")
    page = lead.get(f"/people/{user.id}").text
    for act, asks, says in (
        ("phrase", "Make a new pass phrase for Asha Patel?", "stops working at once"),
        ("off", "Switch off the account of Asha Patel?", "They are signed out everywhere at once"),
    ):
        assert f'action="/people/{user.id}/{act}"' not in page, "one click does nothing yet"
        assert f'href="/people/{user.id}/{act}"' in page
        asked = lead.get(f"/people/{user.id}/{act}")
        assert f"<h1>{asks}</h1>" in asked.text
        assert says in text_of(asked)
        assert "nhsuk-button--warning" in asked.text
    with app.app_context():
        again = db.session.get_one(User, user.id)
        assert (again.active, again.password_hash) == (True, user.password_hash)
    assert phrase_on(fill_in(lead, f"/people/{user.id}/phrase"))
    assert fill_in(lead, f"/people/{user.id}/off").status_code == 302
    assert lead.get(f"/people/{make.lead().id}/off").status_code == 403, "only an administrator may"


def test_an_administrator_who_sees_no_task_still_sends_the_work_back(
    app: Any, make: Make, as_user: Any, jobs: Any
) -> None:
    practice = make.practice()
    user = make.pharmacist(practice)
    task = make.placed(practice, make.requester(practice))
    as_user(make.admin()).post(f"/people/{user.id}/off")
    jobs()
    assert make.again(task).assignee_id is None


def test_a_new_phrase_ends_the_old_one(app: Any, lead: Any, make: Make, as_user: Any) -> None:
    user = make.requester()
    client = as_user(user)
    phrase = phrase_on(lead.post(f"/people/{user.id}/phrase", data={"form_key": "a-form-key"}))
    assert client.get("/account").status_code == 302
    for password, status in ((PASSWORD, 422), (phrase, 302)):
        data = {"email": user.email, "password": password}
        assert app.test_client().post("/sign-in", data=data).status_code == status


def test_the_pages_of_people_cost_the_same_however_many_there_are(
    lead: Any, make: Make, statements: Any
) -> None:
    def count(path: str) -> int:
        with statements() as seen:
            assert lead.get(path).status_code == 200
        return int(seen.count)

    practice = make.practice()
    user = make.pharmacist(practice, competences=("asthma",))
    count(f"/people/{user.id}")  # kinds and policy are read once per process
    one = count("/people"), count(f"/people/{user.id}")
    for _ in range(6):
        make.access(user, make.practice(), Role.CLINICIAN)
        make.clinician(practice, profession=Profession.TECHNICIAN, competences=("asthma", "copd"))
    assert (count("/people"), count(f"/people/{user.id}")) == one


def test_people_are_found_by_role_and_by_whether_they_are_in_use(lead: Any, make: Make, owner: Any) -> None:
    make.pharmacist(name="Paul Pharmacist")
    gone = make.requester(name="Gone Away")
    owner.execute("update app_user set active = false where id = %s", (gone.id,))
    assert "Paul Pharmacist" not in lead.get("/people?role=requester").text
    assert "Paul Pharmacist" in lead.get("/people?role=clinician").text
    assert "Gone Away" not in lead.get("/people").text
    assert "Gone Away" in lead.get("/people?which=off").text


@pytest.mark.parametrize("role", [Role.REQUESTER, Role.CLINICIAN])
def test_nobody_else_opens_the_pages_of_people(make: Make, as_user: Any, role: Role) -> None:
    client = as_user(make.user(role))
    for path in ("/people", "/people/new", "/practices", "/networks", "/rota"):
        assert client.get(path).status_code == 403


def test_the_log_cannot_be_rewritten(app: Any, lead: Any, make: Make, owner: Any) -> None:
    import psycopg

    fill_in(lead, "/people/new", **CLINICIAN)
    for statement in ("update admin_log set what = 'x'", "delete from admin_log", "truncate admin_log"):
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(statement)
