"""The blueprint that the policy's pages share, all for leads; and which edit of a draft a form shows."""

from flask import Blueprint, request

from hub.domain.errors import Invalid
from hub.domain.vocabulary import Role
from hub.security import roles

bp = Blueprint("policies", __name__)
leads = roles(Role.LEAD)
SHOWN = 50  # tasks listed at once


def seen() -> int:
    """Return which change of the draft the form was shown with."""
    typed = request.form.get("version", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise Invalid({"policy": "This form is out of date. Open the page again and send it once more."})
    return int(typed)
