"""What was typed by whoever accepts an invitation."""

from collections.abc import Mapping

from hub.domain.errors import Invalid
from hub.forms import Reader
from hub.people import passwords


def parse_account(form: Mapping[str, str], *, email: str) -> tuple[str, str]:
    """Read the name and the password of a new account. Raises Invalid; no password is shown again."""
    reader = Reader(form)
    name = reader.text("name", "Enter your name.", longest=100)
    password = _password(reader, form, (name, email))
    if reader.problems:
        raise Invalid(reader.problems)
    return name, password


def parse_new_password(form: Mapping[str, str], *, own_words: tuple[str, ...]) -> str:
    """Read a new password, typed twice. Raises Invalid; no password is shown again."""
    reader = Reader(form)
    password = _password(reader, form, own_words)
    if reader.problems:
        raise Invalid(reader.problems)
    return password


def _password(reader: Reader, form: Mapping[str, str], own_words: tuple[str, ...]) -> str:
    password = form.get("new_password", "")
    if refusal := passwords.check(password, own_words=own_words):
        reader.problem("new_password", refusal)
    elif form.get("again", "") != password:
        reader.problem("again", "This is not the same as the password above: type it again.")
    return password
