"""One's own password: changed, refused, made up; and the first account, made at the terminal."""

from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.models import UserRole, UserSession
from hub.people import passwords
from tests.support.factories import PASSWORD, Make
from tests.support.pages import text_of


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
