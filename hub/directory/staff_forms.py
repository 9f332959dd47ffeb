"""What was typed about an invitation to a practice's staff."""

from collections.abc import Mapping

from hub.forms import Reader
from hub.people.drafts import InvitationDraft


def parse_invitation(form: Mapping[str, str]) -> InvitationDraft:
    """Read whom to invite. Raises Invalid with every problem."""
    reader = Reader(form)
    draft = InvitationDraft(
        name=reader.text("name", "Enter the person's name.", longest=100),
        email=reader.email("email", "Enter the person's e-mail address."),
        manages=reader.choice("manages", ("yes", "no"), "Say whether they may let others in.") == "yes",
    )
    reader.done()
    return draft
