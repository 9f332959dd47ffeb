"""What a person is signed off for, where they can sign in, and what ends soon: on the pages of people."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.models import AdminLog, PracticeAccess, SignOff, User
from tests.support.factories import Make
from tests.support.pages import text_of

SIGNED = {"kind": "LTC:AST", "signed_by": "Dr A. Obi, clinical director", "how": "alone"}


def day(number: int, month: int, year: int) -> dict[str, str]:
    return {"signed_until-day": str(number), "signed_until-month": str(month), "signed_until-year": str(year)}


def log_about(app: Any, user_id: int) -> list[str]:
    with app.app_context():
        query = select(AdminLog.what).where(AdminLog.user_id == user_id).order_by(AdminLog.id)
        return list(db.session.scalars(query))


def test_a_sign_off_says_who_signed_until_when_and_how(app: Any, lead: Any, make: Make) -> None:
    user = make.pharmacist(name="Asha Patel", all_kinds=False)
    path = f"/people/{user.id}"
    assert "Nothing yet: no work is given to them." in text_of(lead.get(path))
    answer = lead.post(f"{path}/kinds", data=SIGNED | day(1, 12, 2026))
    words = text_of(lead.get(answer.location))
    assert "Signed off for Long-term condition review (Asthma)." in words
    assert "Dr A. Obi, clinical director, 23-Nov-2026 01-Dec-2026 Ends soon" in words
    assert "Sign-off for Long-term condition review (Asthma) ends on 01-Dec-2026." in words
    assert "Sign-off for Long-term condition review (Asthma), 01-Dec-2026 Ends soon" in text_of(
        lead.get("/people?which=ending")
    )
    lead.post(f"{path}/kinds", data=SIGNED | {"kind": "LTC:AST", "how": "supervised"})
    assert "Under supervision by anyone who may supervise" in text_of(lead.get(path))
    gone = lead.post(f"{path}/kinds/remove", data={"kind": "LTC", "subtype": "AST"})
    assert "No longer signed off for Long-term condition review (Asthma)." in text_of(lead.get(gone.location))
    assert log_about(app, user.id) == [
        "Signed off for Long-term condition review (Asthma), until 01-Dec-2026, "
        "by Dr A. Obi, clinical director.",
        "Signed off for Long-term condition review (Asthma), without end, under supervision, "
        "by Dr A. Obi, clinical director.",
        "No longer signed off for Long-term condition review (Asthma).",
    ]


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"kind": "XYZ"}, "kind", "Choose a kind of task."),
        ({"signed_by": " "}, "signed_by", "Enter who signed"),
        ({"how": ""}, "how", "Say whether they do it on their own."),
        (day(31, 2, 2027), "signed_until-day", "must be a real date"),
        (day(1, 2, 1999), "signed_until-day", "Enter a year from 2000 to 2099."),
        ({"supervisor": "999999", "how": "supervised"}, "supervisor", "Choose a supervisor from the list."),
    ],
)
def test_what_cannot_be_signed_is_said_and_nothing_typed_is_lost(
    app: Any, lead: Any, make: Make, change: dict[str, str], field: str, says: str
) -> None:
    user = make.pharmacist()
    page = lead.post(f"/people/{user.id}/kinds", data=SIGNED | change)
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert says in text_of(page)
    assert "Dr A. Obi, clinical director" in page.text or "signed_by" in change
    with app.app_context():
        assert db.session.scalars(select(SignOff)).all() == []


def test_a_supervisor_goes_with_supervision_only_and_is_someone_else(lead: Any, make: Make) -> None:
    vera, user = make.pharmacist(name="Vera Moss", supervises=True), make.pharmacist(name="Asha")
    path = f"/people/{user.id}/kinds"
    alone = lead.post(path, data=SIGNED | {"supervisor": vera.id})
    assert "choose one or the other" in text_of(alone)
    named = lead.post(path, data=SIGNED | {"supervisor": vera.id, "how": "supervised"})
    assert "Under supervision by Vera Moss" in text_of(lead.get(named.location))
    own = lead.post(f"/people/{vera.id}/kinds", data=SIGNED | {"supervisor": vera.id, "how": "supervised"})
    assert "Nobody supervises themselves" in text_of(own)
    assert f'<option value="{vera.id}"' not in lead.get(f"/people/{vera.id}").text


def test_nobody_signs_themselves_off(app: Any, make: Make, as_user: Any) -> None:
    both = make.user(
        Role.LEAD, Role.CLINICIAN, name="Sam", email="s@example.org", profession="pharmacist",
        gphc_number="2012345", registration_expires_on=dt.date(2027, 1, 31),
    )  # fmt: skip
    make.sign_off(both, "SMR", expires_on=dt.date(2026, 12, 1))
    client = as_user(both)
    page = client.get(f"/people/{both.id}").text
    assert "Nobody signs themselves off" in page
    assert f'action="/people/{both.id}/kinds"' not in page
    assert client.post(f"/people/{both.id}/kinds", data=SIGNED).status_code == 403
    assert client.post(f"/people/{both.id}/kinds/remove", data={"kind": "SMR"}).status_code == 403
    with app.app_context():
        assert [one.kind for one in db.session.scalars(select(SignOff))] == ["SMR"]


def test_one_does_not_widen_ones_own_kinds(make: Make, as_user: Any, app: Any) -> None:
    admin = make.user(
        Role.ADMIN, Role.CLINICIAN, name="Ada", email="a@example.org", profession="pharmacist",
        gphc_number="2012345", registration_expires_on=dt.date(2027, 1, 31),
    )  # fmt: skip
    client = as_user(admin)
    typed = {
        "name": "Ada", "email": "a@example.org", "roles": ["admin", "clinician"], "profession": "pharmacist",
        "gphc_number": "2012345", "registration-day": "31", "registration-month": "1",
        "registration-year": "2027", "prescriber": "no", "kinds": "all", "supervises": "no",
    }  # fmt: skip
    page = client.post(f"/people/{admin.id}/change", data=typed)
    assert page.status_code == 422
    assert "You cannot sign yourself off" in text_of(page)
    assert client.post(f"/people/{admin.id}/change", data=typed | {"kinds": "listed"}).status_code == 302
    with app.app_context():
        assert db.session.get_one(User, admin.id).all_kinds is False


def test_a_sign_in_works_or_does_not_practice_by_practice(app: Any, lead: Any, make: Make) -> None:
    practice = make.practice("Elm Street Surgery")
    user = make.pharmacist(name="Asha Patel")
    answer = lead.post(f"/people/{user.id}/access", data={"role": "clinician", "practice": practice.id})
    words = text_of(lead.get(answer.location))
    assert "No work from there is given to them until you say below that they can sign in." in words
    assert "Not yet Works now: sign-in to EMIS Web at Elm Street Surgery" in words
    sign_in = f"/people/{user.id}/access/{practice.ods_code}/sign-in"
    for works, says in (("yes", "can"), ("no", "can no longer"), ("no", "")):
        answer = lead.post(sign_in, data={"works": works})
        told = f"Asha Patel {says} sign in to the clinical system of Elm Street Surgery."
        assert (told in text_of(lead.get(answer.location))) is bool(says)
    assert log_about(app, user.id)[1:] == [
        f"Can sign in to the clinical system of {practice.ods_code} Elm Street Surgery.",
        f"Can no longer sign in to the clinical system of {practice.ods_code} Elm Street Surgery.",
    ]


def test_access_may_come_with_a_sign_in_that_works(app: Any, lead: Any, make: Make) -> None:
    practice, user = make.practice(), make.pharmacist()
    typed = {"role": "clinician", "practice": practice.id, "can_sign_in": "yes"}
    lead.post(f"/people/{user.id}/access", data=typed)
    with app.app_context():
        assert db.session.scalars(select(PracticeAccess.system_ready_on)).all() == [dt.date(2026, 11, 23)]


def test_a_person_reads_on_their_account_what_they_may_do_and_what_ends(
    make: Make, as_user: Any, owner: Any
) -> None:
    user = make.pharmacist(make.practice("Elm Street Surgery"), competences=("asthma",), all_kinds=False)
    make.sign_off(user, "SMR", supervised=True)
    ends = {30: "2026-12-23", 31: "2026-12-24"}
    owner.execute("update app_user set registration_expires_on = %s where id = %s", (ends[30], user.id))
    owner.execute("update competence set expires_on = %s where user_id = %s", (ends[31], user.id))
    owner.execute("update practice_access set system_ready_on = null where user_id = %s", (user.id,))
    words = text_of(as_user(user).get("/account"))
    assert "Registration ends on 23-Dec-2026. Tell your hub lead when it is renewed." in words
    assert "Asthma ends on" not in words
    assert "Structured medication review Under supervision by anyone who may supervise" in words
    assert "No sign-in yet Elm Street Surgery." in words
    assert "What you may do" not in text_of(as_user(make.requester()).get("/account"))


def test_the_list_hides_nothing_that_ends_behind_what_has_ended(lead: Any, make: Make, owner: Any) -> None:
    user = make.pharmacist(competences=("asthma",))
    owner.execute("update competence set expires_on = '2026-11-01'")
    owner.execute("update app_user set registration_expires_on = '2026-12-01' where id = %s", (user.id,))
    make.sign_off(user, "SMR", expires_on=dt.date(2027, 5, 1))
    words = text_of(lead.get("/people"))
    assert "Asthma, 01-Nov-2026 Ended Registration, 01-Dec-2026 Ends soon" in words
    assert "Sign-off for" not in words


def test_the_list_costs_the_same_however_many_people_and_sign_offs(
    lead: Any, make: Make, statements: Any
) -> None:
    def count() -> int:
        with statements() as seen:
            assert lead.get("/people?which=ending").status_code == 200
        return int(seen.count)

    make.sign_off(make.pharmacist(), "SMR", expires_on=dt.date(2026, 12, 1))
    lead.get("/people")
    one = count()
    for kind in ("SMR", "LTC", "DISCH"):
        make.sign_off(make.pharmacist(), kind, expires_on=dt.date(2026, 12, 1))
    assert count() == one
