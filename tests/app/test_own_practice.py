"""A practice keeps its own staff and facts, sees who looked, and closes with a list of what is open."""

import datetime as dt
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from hub.extensions import db
from hub.models import Invitation, Outbox, Practice, PracticeAccess, User
from tests.support.factories import Make
from tests.support.pages import fill_in, hidden_fields, text_of

PASSWORD = "saddle plum heron attic"


@pytest.fixture
def elm(make: Make) -> Any:
    """Elm Surgery with its manager, somebody of its staff who manages nothing, and a stranger."""
    practice, other = make.practice("Elm Surgery"), make.practice("Oak Surgery")
    manager, helper = make.requester(practice, name="Mo Manager"), make.requester(practice, name="Hal Helper")
    return type(
        "Elm", (),
        {
            "practice": practice, "other": other, "manager": manager, "helper": helper,
            "stranger": make.requester(other), "path": f"/practice/{practice.ods_code}",
        },
    )  # fmt: skip


@pytest.fixture
def demoted(app: Any, elm: Any, acting: Any) -> Any:
    """The helper manages nothing."""
    with acting(elm.manager):
        row = db.session.get_one(PracticeAccess, (elm.helper.id, elm.practice.id, "requester"))
        row.manages = False
        db.session.commit()
    return elm


def _invite(client: FlaskClient, path: str, email: str, manages: str = "no") -> str:
    """Invite, and return the path of the link shown."""
    page = client.post(
        f"{path}/staff", data={"name": "Nia New", "email": email, "manages": manages, "form_key": "x" * 20}
    )
    assert page.status_code == 200, text_of(page)
    found = re.search(r"/join/[\w-]+", page.get_data(as_text=True))
    assert found is not None
    return found[0]


def test_somebody_invited_opens_an_account_once_and_raises_for_this_practice_only(
    app: Any, demoted: Any, as_user: Any, acting: Any
) -> None:
    link = _invite(as_user(demoted.manager), demoted.path, "Nia@Example.org")
    visitor = app.test_client()
    assert "Join Elm Surgery" in text_of(visitor.get(link))
    short = fill_in(visitor, link, name="Nia New", new_password="short", again="short")
    assert short.status_code == 422 and "Use 12 characters or more" in text_of(short)
    other = fill_in(visitor, link, name="Nia New", new_password=PASSWORD, again="something else")
    assert other.status_code == 422 and "not the same" in text_of(other)
    done = fill_in(visitor, link, name="Nia New", new_password=PASSWORD, again=PASSWORD)
    assert done.status_code == 302 and done.location.endswith("/sign-in")
    assert visitor.get(link).status_code == 404
    assert "opens nothing" in text_of(visitor.post(link, data={}))
    with acting(demoted.manager):
        nia = db.session.scalars(db.select(User).where(User.email == "nia@example.org")).one()
        rows = db.session.scalars(db.select(PracticeAccess).where(PracticeAccess.user_id == nia.id)).all()
        assert [(row.practice_id, row.role, row.manages) for row in rows] == [
            (demoted.practice.id, "requester", False)
        ]
    page = visitor.post("/sign-in", data={"email": "nia@example.org", "password": PASSWORD})
    assert page.status_code == 302
    assert "Elm Surgery" in text_of(visitor.get(demoted.path))
    assert visitor.get(f"{demoted.path}/facts").status_code == 403


def test_who_has_an_account_adds_the_practice_to_it(
    app: Any, elm: Any, make: Make, as_user: Any, acting: Any
) -> None:
    link = _invite(as_user(elm.manager), elm.path, elm.stranger.email, manages="yes")
    visitor = app.test_client()
    assert "Sign in to accept" in text_of(visitor.get(link))
    refused = visitor.post(link, data={"name": "X", "new_password": PASSWORD, "again": PASSWORD})
    assert refused.status_code == 409  # nobody takes over an account by its invitation
    wrong = as_user(elm.helper).post(link, data={})
    assert wrong.status_code == 403 and "another e-mail address" in text_of(wrong)
    client = as_user(elm.stranger)
    assert client.post(link, data={}).status_code == 302
    listed = text_of(client.get("/practice"))
    assert "Elm Surgery" in listed and "Oak Surgery" in listed
    assert client.get(f"{elm.path}/facts").status_code == 200

    hub = make.pharmacist(elm.practice)
    link = _invite(as_user(elm.manager), elm.path, hub.email)
    refused = as_user(hub).post(link, data={})
    assert refused.status_code == 403 and "hub staff" in text_of(refused)


def test_a_link_is_over_after_a_week_when_taken_back_and_when_there_is_a_newer_one(
    app: Any, elm: Any, as_user: Any, acting: Any, clock: Any
) -> None:
    client, visitor = as_user(elm.manager), app.test_client()
    first = _invite(client, elm.path, "nia@example.org")
    second = _invite(client, elm.path, "nia@example.org")
    assert visitor.get(first).status_code == 404
    assert visitor.get(second).status_code == 200
    with acting(elm.manager):
        query = db.select(Invitation.id).where(Invitation.withdrawn_at.is_(None))
        invitation_id = db.session.scalars(query).one()
    assert client.post(f"{elm.path}/invitations/{invitation_id}/withdraw").status_code == 303
    assert visitor.get(second).status_code == 404
    third = _invite(client, elm.path, "nia@example.org")
    with clock.at(clock.now() + dt.timedelta(days=7, minutes=1)):
        assert visitor.get(third).status_code == 404


def test_staff_are_taken_off_at_once_and_somebody_always_manages(
    demoted: Any, as_user: Any, acting: Any
) -> None:
    manager, helper = as_user(demoted.manager), as_user(demoted.helper)
    assert helper.get("/requests").status_code == 200
    assert helper.post(f"{demoted.path}/staff/{demoted.manager.id}/remove").status_code == 403
    own = manager.post(f"{demoted.path}/staff/{demoted.manager.id}/remove")
    assert own.status_code == 403 and "your own access" in text_of(own)
    assert "sees nothing" in text_of(manager.get(f"{demoted.path}/staff/{demoted.helper.id}/remove"))
    assert manager.post(f"{demoted.path}/staff/{demoted.helper.id}/remove").status_code == 303
    assert "/sign-in" in helper.get("/requests").location  # they raised for nobody else
    again = manager.post(f"{demoted.path}/staff/{demoted.helper.id}/remove")
    assert again.status_code == 409
    assert "Hal Helper was taken off" in text_of(manager.get(demoted.path))


def test_a_deputy_is_made_and_unmade_by_another_manager_only(demoted: Any, as_user: Any) -> None:
    manager, path = as_user(demoted.manager), f"{demoted.path}/staff/{demoted.helper.id}/manages"
    assert manager.post(path, data={"manages": "yes"}).status_code == 303
    helper = as_user(demoted.helper)
    assert helper.get(f"{demoted.path}/facts").status_code == 200
    assert helper.post(path, data={"manages": "no"}).status_code == 403  # not for oneself
    assert manager.post(path, data={"manages": "no"}).status_code == 303
    assert helper.get(f"{demoted.path}/facts").status_code == 403


def test_facts_are_kept_by_the_practice_and_stand_on_the_clinicians_task(
    elm: Any, make: Make, as_user: Any, acting: Any
) -> None:
    pharmacist = make.pharmacist(elm.practice)
    task = make.placed(elm.practice, elm.manager)
    typed = {
        "clinical_system": "SystmOne", "bypass_number": "01632 960222", "how_to_get_in": "By smartcard.",
        "standing_instructions": "Message the duty doctor.", "preferred_contact": "Mo, extension 12",
        "service_bought": "No LTC reviews.", "hours-mon": "08:00 to 12:00",
    }  # fmt: skip
    client = as_user(elm.manager)
    wrong = fill_in(client, f"{elm.path}/facts", **typed | {"hours-mon": "early"})
    assert wrong.status_code == 422 and "Message the duty doctor." in wrong.get_data(as_text=True)
    assert fill_in(client, f"{elm.path}/facts", **typed).status_code == 302
    page = text_of(as_user(pharmacist).get(f"/tasks/{task.ref}"))
    assert "Message the duty doctor." in page and "Mo, extension 12" in page and "SystmOne" in page
    with acting(elm.manager):
        assert db.session.get_one(Practice, elm.practice.id).served  # not theirs to change
    assert "No LTC reviews." in text_of(client.get("/requests/new"))
    assert "Changed: clinical system" in text_of(client.get(elm.path))


def test_the_practice_sees_who_looked_and_only_at_its_own(elm: Any, make: Make, as_user: Any) -> None:
    pharmacist = make.pharmacist(elm.practice, elm.other, name="Pat Pharmacist")
    ours, theirs = make.placed(elm.practice, elm.manager), make.placed(elm.other, elm.stranger)
    client = as_user(pharmacist)
    client.get(f"/tasks/{ours.ref}")
    client.get(f"/tasks/{theirs.ref}")
    as_user(elm.manager).get(f"/requests/{ours.ref}")
    page = text_of(as_user(elm.manager).get(f"{elm.path}/access"))
    assert f"Pat Pharmacist What Task: {ours.ref}" in page and theirs.ref not in page
    assert "Request opened" not in page, "at first the practice's own staff are left out"
    everyone = text_of(as_user(elm.manager).get(f"{elm.path}/access?asked=1"))
    assert f"Request opened: {ours.ref}" in everyone
    assert "Practice manager" in text_of(as_user(elm.manager).get("/account"))
    chosen = text_of(as_user(elm.manager).get(f"{elm.path}/access?person={elm.manager.id}"))
    assert f"Task: {ours.ref}" not in chosen
    as_user(elm.manager).get(f"/requests/{ours.ref}")
    other = make.placed(elm.practice, elm.manager)
    client.get(f"/tasks/{other.ref}")
    asked = f"{elm.path}/access?asked=1&request={ours.ref.lower()}"
    of_one = text_of(as_user(elm.manager).get(asked))
    assert (
        f"Task: {ours.ref}" in of_one and f"Request opened: {ours.ref}" in of_one and other.ref not in of_one
    )
    of_hub = text_of(as_user(elm.manager).get(f"{asked}&others=yes"))
    assert f"Task: {ours.ref}" in of_hub and f"Request opened: {ours.ref}" not in of_hub
    nowhere = as_user(elm.manager).get(f"{elm.path}/access?request={theirs.ref}")
    assert nowhere.status_code == 422 and "check it" in text_of(nowhere)
    wrong = as_user(elm.manager).get(f"{elm.path}/access?day-day=31&day-month=2&day-year=2026")
    assert wrong.status_code == 422 and "real date" in text_of(wrong)


def test_a_stranger_finds_nothing_of_another_practice(elm: Any, as_user: Any) -> None:
    client = as_user(elm.stranger)
    for path in ("", "/facts", "/access", f"/staff/{elm.helper.id}/remove"):
        assert client.get(elm.path + path).status_code == 404
    assert client.post(f"{elm.path}/staff", data={"name": "X"}).status_code == 404


def test_a_practice_that_closes_takes_no_requests_from_that_day_and_lists_what_is_open(
    elm: Any, make: Make, as_user: Any, clock: Any
) -> None:
    task = make.placed(elm.practice, elm.manager)
    lead, path = as_user(make.lead()), f"/practices/{elm.practice.ods_code}/closing"
    assert task.ref in text_of(lead.get(path))
    day = {"closes_on-day": "1", "closes_on-month": "12", "closes_on-year": "2026"}
    for code, sentence in ((elm.practice.ods_code, "follow itself"), ("Q99999", "There is no practice")):
        wrong = lead.post(path, data=hidden_fields(lead.get(path)) | day | {"successor": code})
        assert wrong.status_code == 422 and sentence in text_of(wrong)
    assert lead.post(path, data=day | {"successor": elm.other.ods_code}).status_code == 303
    client = as_user(elm.manager)
    assert "Oak Surgery" in text_of(client.get(elm.path))
    assert client.get("/requests/new?kind=MEDQ", follow_redirects=True).status_code == 200
    with clock.at(dt.datetime(2026, 12, 1, 10, tzinfo=dt.UTC)):
        later = as_user(elm.manager)
        refused = later.post("/requests/new?kind=MEDQ", data={"form_key": "y" * 20})
        assert refused.status_code == 404
    assert lead.post(f"{path}/undo").status_code == 303
    assert "This practice closes" not in text_of(client.get(elm.path))


def test_a_page_below_an_entry_of_the_navigation_marks_it(elm: Any, make: Make, as_user: Any) -> None:
    def marked(client: Any, address: str) -> list[tuple[str, str]]:
        menu = client.get(address).text.partition('aria-label="Main"')[2].partition("</nav>")[0]
        return re.findall(r'aria-current="(\w+)">([^<]+)<', menu)

    task = make.placed(elm.practice, elm.manager)
    manager = as_user(elm.manager)
    assert marked(manager, "/requests") == [("page", "Requests")]
    assert marked(manager, f"/requests/{task.ref}") == [("true", "Requests")]
    assert marked(manager, f"{elm.path}/access") == [("true", "Practice")]
    assert marked(as_user(make.pharmacist(elm.practice)), f"/tasks/{task.ref}") == [("true", "My worklist")]
    lead = as_user(make.lead())
    assert marked(lead, f"/tasks/{task.ref}") == [("true", "Queues")]
    assert marked(lead, f"/practices/{elm.practice.ods_code}") == [("true", "Practices")]


def _password_link(page: Any) -> str:
    found = re.search(r"/password/[\w-]{43}", page.get_data(as_text=True))
    assert page.status_code == 200 and found is not None, text_of(page)
    return found[0]


def test_a_forgotten_password_is_set_anew_with_a_link_that_works_once(
    app: Any, demoted: Any, as_user: Any, acting: Any, clock: Any
) -> None:
    at = f"{demoted.path}/staff/{demoted.helper.id}/password-link"
    manager, visitor, helper = as_user(demoted.manager), app.test_client(), as_user(demoted.helper)
    assert at in manager.get(demoted.path).get_data(as_text=True)
    assert "whoever has the link can set the password" in text_of(manager.get(at))
    first, link = _password_link(manager.post(at)), _password_link(manager.post(at))
    assert visitor.get(first).status_code == 404, "a newer link takes the older one back"
    assert helper.get("/account").status_code == 200, "nobody is signed out by a link not used"
    short = fill_in(visitor, link, new_password="short", again="short")
    assert short.status_code == 422 and "Use 12 characters or more" in text_of(short)
    done = fill_in(visitor, link, new_password=PASSWORD, again=PASSWORD)
    assert done.status_code == 302 and done.location.endswith("/sign-in")
    assert visitor.get(link).status_code == 404 and visitor.post(link).status_code == 404
    assert helper.get("/account").status_code == 302, "every session ended"
    signed = visitor.post("/sign-in", data={"email": demoted.helper.email, "password": PASSWORD})
    assert signed.status_code == 302
    log = text_of(manager.get(demoted.path))
    assert "A link to set a new password was made for Hal Helper." in log
    late = _password_link(manager.post(at))
    with clock.at(clock.now() + dt.timedelta(hours=25)):
        assert app.test_client().get(late).status_code == 404


def test_a_manager_makes_no_link_for_what_they_do_not_manage(
    app: Any, demoted: Any, make: Make, as_user: Any, acting: Any
) -> None:
    both = make.requester(demoted.practice, demoted.other, name="Bea Both")
    manager = as_user(demoted.manager)
    refused = manager.post(f"{demoted.path}/staff/{both.id}/password-link")
    assert refused.status_code == 403 and "Ask a hub lead" in text_of(refused)
    for who in (demoted.stranger, make.pharmacist(demoted.practice)):
        assert manager.post(f"{demoted.path}/staff/{who.id}/password-link").status_code == 404
    own = manager.post(f"{demoted.path}/staff/{demoted.manager.id}/password-link")
    assert own.status_code == 403 and "account page" in text_of(own)
    helper = as_user(demoted.helper)
    assert helper.post(f"{demoted.path}/staff/{demoted.manager.id}/password-link").status_code == 403
    lead = make.lead()
    assert _password_link(as_user(lead).post(f"/people/{both.id}/password-link"))
    assert as_user(lead).post(f"/people/{make.lead().id}/password-link").status_code == 403


def test_asking_for_a_link_says_and_does_the_same_for_an_address_nobody_has(
    app: Any, elm: Any, monkeypatch: Any, statements: Any, acting: Any
) -> None:
    visitor = app.test_client()
    assert "Ask somebody for a link" in text_of(visitor.get("/sign-in/forgotten"))
    monkeypatch.setitem(app.config, "MAIL", object())
    with statements() as known:
        one = visitor.post("/sign-in/forgotten", data={"email": elm.helper.email.upper()})
    with statements() as unknown:
        other = visitor.post("/sign-in/forgotten", data={"email": "nobody@example.org"})
    assert "a link is on its way" in text_of(one) and one.text == other.text
    assert known.count == unknown.count
    with acting(elm.manager):
        rows = db.session.scalars(db.select(Outbox).where(Outbox.job == "mail_password_link")).all()
        assert [row.payload for row in rows] == [{"user_id": elm.helper.id}, {"user_id": 0}]
    assert visitor.post("/sign-in/forgotten", data={"email": " "}).status_code == 422
