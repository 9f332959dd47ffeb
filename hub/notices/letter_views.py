"""Letters that were given up: why, tried again or put away; for whoever sees to accounts."""

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.domain.errors import NotFound
from hub.domain.vocabulary import Role
from hub.extensions import clock, db
from hub.models import Letter
from hub.notices import letter_actions, presenters, queries
from hub.security import roles

bp = Blueprint("letters", __name__)


@bp.get("/letters")
@roles(Role.LEAD, Role.ADMIN)
def given_up() -> Response:
    """List the letters that were given up, and say how sending stands."""
    rows = [presenters.letter(one.Letter, one.name) for one in queries.dead_letters()]
    state = queries.letters_state(clock.now())
    return web.page(
        "notices/letters.html",
        rows=rows,
        state=presenters.state_words(
            letter_actions.mail_is_on(), state.waiting, state.trouble, state.last_sent
        ),
    )


@bp.post("/letters/<int:letter_id>/resend")
@roles(Role.LEAD, Role.ADMIN)
def resend(letter_id: int) -> Response:
    """Have a letter tried again."""
    letter_actions.resend(_letter(letter_id))
    db.session.commit()
    flash("The letter is tried again within a minute or two.")
    return redirect(url_for("letters.given_up"))


@bp.post("/letters/<int:letter_id>/put-away")
@roles(Role.LEAD, Role.ADMIN)
def put_away(letter_id: int) -> Response:
    """Take a letter off the list."""
    letter_actions.put_away(_letter(letter_id))
    db.session.commit()
    flash("The letter is put away. What it counted stands in the person's inbox.")
    return redirect(url_for("letters.given_up"))


def _letter(letter_id: int) -> Letter:
    found = queries.letter(letter_id, lock=True)
    if found is None:
        raise NotFound("There is no such letter.")
    return found
