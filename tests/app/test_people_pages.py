"""A lead staffs the hub: accounts, pass phrases, roles, competences, access; each change on record."""

import datetime as dt
import re
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.vocabulary import Profession, Role
from hub.extensions import db
from hub.models import AdminLog, Competence, PracticeAccess, User, UserRole, UserSession
from hub.people import passwords
from tests.support.factories import PASSWORD, Make
from tests.support.pages import fill_in, text_of

CLINICIAN = {
    "name": "Paula Finch",
    "email": "Paula.Finch@Example.org",
    "roles": ["clinician"],
    "profession": "pharmacist",
    "gphc_number": "201 2345",
    "registration-day": "31",
    "registration-month": "dec",
    "registration-year": "2027",
    "prescriber": "yes",
    "kinds": "all",
    "supervises": "no",
}


@pytest.fixture
def lead(make: Make, as_user: Any) -> Any:
    return as_user(make.lead(name="Lena Lead"))


def phrase_on(page: Any) -> str:
    return re.search(r'id="phrase">([a-z-]+)<', page.text)[1]  # type: ignore[index]


def found(app: Any, email: str) -> User:
    with app.app_context():
        return db.session.scalars(select(User).where(User.email == email)).one()


def log_about(app: Any, user_id: int) -> list[str]:
    with app.app_context():
        query = select(AdminLog.what).where(AdminLog.user_id == user_id).order_by(AdminLog.id)
        return list(db.session.scalars(query))


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


def test_one_changes_ones_own_password_and_other_browsers_are_signed_out(
    app: Any, make: Make, as_user: Any
) -> None:
    user = make.requester(name="Karen Whitlock", email="karen@example.org")
    here, elsewhere = as_user(user), as_user(user)
    new = "heron copper attic plum"
    answer = here.post("/account/password", data={"password": PASSWORD, "new_password": new})
    assert answer.status_code == 302
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    data = {"email": user.email, "password": new}
    assert app.test_client().post("/sign-in", data=data).status_code == 302
    with app.app_context():
        ended = select(UserSession).where(UserSession.user_id == user.id, UserSession.ended_at.is_not(None))
        assert len(db.session.scalars(ended).all()) == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"new_password": "heron copper attic"}, "Enter the password that you have now."),
        ({"password": "wrong", "new_password": "heron copper attic"}, "not the password that you have now"),
        ({"password": PASSWORD, "new_password": "short"}, "Use 12 characters or more"),
        (
            {"password": PASSWORD, "new_password": "Pharmacy-Hub-2026!"},
            "one of the first that anyone would guess",
        ),
        ({"password": PASSWORD, "new_password": "karen whitlock 1"}, "little more than your name"),
        ({"password": PASSWORD, "new_password": PASSWORD}, "Choose another"),
    ],
)
def test_a_bad_own_password_is_refused_and_never_shown(
    make: Make, as_user: Any, typed: dict[str, str], says: str
) -> None:
    client = as_user(make.requester(name="Karen Whitlock", email="karen@example.org"))
    page = client.post("/account/password", data=typed)
    assert page.status_code == 422
    assert says in text_of(page)
    assert typed["new_password"] not in page.text


@pytest.mark.parametrize(
    "password",
    ["Password1234", "P4ssw0rd!2026", "letmein-letmein", "123456789012", "aaaaaaaaaaaa", "welcometothehub"],
)
def test_obvious_passwords_are_refused(password: str) -> None:
    assert passwords.check(password)


@pytest.mark.parametrize(
    "password", ["heron copper attic", "84759203847562", "Überraschung am Kanal", "x" * 60 + "abcdefgh" * 8]
)
def test_length_counts_and_not_composition(password: str) -> None:
    assert passwords.check(password, own_words=("Anna Bee", "anna@example.org")) == ""


def test_made_phrases_pass_and_differ() -> None:
    made = {passwords.new_phrase() for _ in range(50)}
    assert len(made) == 50
    assert all(passwords.check(phrase) == "" for phrase in made)
    assert len(passwords.WORDS) == len(set(passwords.WORDS)) == 256


@pytest.mark.parametrize(("command", "role"), [("create-admin", Role.ADMIN), ("create-lead", Role.LEAD)])
def test_the_first_account_is_made_at_the_terminal(app: Any, command: str, role: Role) -> None:
    runner = app.test_cli_runner()
    result = runner.invoke(args=[command], input="First@Example.org\nFirst Person\n")
    assert result.exit_code == 0, result.output
    phrase = result.output.rsplit(": ", 1)[1].strip()
    data = {"email": "first@example.org", "password": phrase}
    assert app.test_client().post("/sign-in", data=data).status_code == 302
    with app.app_context():
        assert db.session.scalar(select(UserRole.role)) == role
    again = runner.invoke(args=[command, "--email", "first@example.org", "--name", "Other"])
    assert again.exit_code != 0
    assert "No account was opened." in again.output


def test_the_log_cannot_be_rewritten(app: Any, lead: Any, make: Make, owner: Any) -> None:
    import psycopg

    fill_in(lead, "/people/new", **CLINICIAN)
    for statement in ("update admin_log set what = 'x'", "delete from admin_log", "truncate admin_log"):
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(statement)


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
