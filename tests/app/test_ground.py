"""The ground: an empty application answers, signs in, and refuses."""

from typing import Any

import pytest
from sqlalchemy import text

from hub.extensions import db
from tests.support.factories import PASSWORD, Make


def test_sign_in_and_out_for_good(app: Any, make: Make) -> None:
    user = make.lead()
    client = app.test_client()
    assert client.get("/account").status_code == 302
    answer = client.post("/sign-in", data={"email": user.email.upper(), "password": PASSWORD})
    assert answer.status_code == 302
    kept = client.get_cookie("hub")
    assert user.name in client.get("/account").text
    client.post("/sign-out")
    client.set_cookie("hub", kept.value)
    assert client.get("/account").status_code == 302, "a cookie kept from before opens nothing"


def test_wrong_password_says_so_and_keeps_the_address(app: Any, make: Make) -> None:
    user = make.lead()
    answer = app.test_client().post("/sign-in", data={"email": user.email, "password": "wrong"})
    assert answer.status_code == 422
    assert "do not match an account" in answer.text
    assert user.email in answer.text
    assert "<title>Error: Sign in" in answer.text


def test_the_application_role_owns_nothing_and_sees_nothing_unasked(app: Any, make: Make) -> None:
    with app.app_context():
        owned = db.session.execute(
            text("select count(*) from pg_class where pg_get_userbyid(relowner) = current_user")
        ).scalar_one()
        assert owned == 0
        assert db.session.execute(text("select count(*) from task")).scalar_one() == 0


def test_an_actor_cannot_change_inside_a_transaction(app: Any) -> None:
    from hub.models.acting import act_as

    with app.app_context():
        db.session.execute(text("select 1"))
        with pytest.raises(RuntimeError, match="commit or roll back first"):
            act_as(None)


def test_a_deep_link_leads_back_after_sign_in(app: Any, make: Make) -> None:
    user = make.lead()
    client = app.test_client()
    answer = client.get("/account")
    assert "back=/account" in answer.location
    answer = client.post(answer.location, data={"email": user.email, "password": PASSWORD})
    assert answer.location == "/account"


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_sign_in_never_leads_elsewhere(app: Any, make: Make, path: str) -> None:
    user = make.lead()
    client = app.test_client()
    typed = {"email": user.email, "password": PASSWORD}
    answer = client.post("/sign-in", query_string={"back": path}, data=typed)
    assert answer.location == "/"
