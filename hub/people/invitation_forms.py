"""What was typed about an invitation, or by whoever accepts one."""

from collections.abc import Mapping

from hub.domain.errors import Invalid
from hub.forms import Reader
from hub.people import passwords
from hub.people.drafts import InvitationDraft
from hub.people.forms import read_email


def parse_invitation(form: Mapping[str, str]) -> InvitationDraft:
    """Read whom to invite. Raises Invalid with every problem."""
    reader = Reader(form)
    draft = InvitationDraft(
        name=reader.text("name", "Enter the person's name.", longest=100),
        email=read_email(reader),
        manages=reader.choice("manages", ("yes", "no"), "Say whether they may let others in.") == "yes",
    )
    reader.done()
    return draft


def parse_account(form: Mapping[str, str], *, email: str) -> tuple[str, str]:
    """Read the name and the password of a new account. Raises Invalid; no password is shown again."""
    reader = Reader(form)
    name = reader.text("name", "Enter your name.", longest=100)
    password = form.get("new_password", "")
    if refusal := passwords.check(password, own_words=(name, email)):
        reader.problem("new_password", refusal)
    elif form.get("again", "") != password:
        reader.problem("again", "This is not the same as the password above: type it again.")
    if reader.problems:
        raise Invalid(reader.problems)
    return name, password
