"""A form on a practice's own request: read, done once, and led back to the request's page."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import web
from hub.conversation import queries
from hub.domain.actor import Actor
from hub.domain.errors import Invalid
from hub.extensions import db
from hub.models import Task
from hub.security import current_actor

Again = Callable[[Task, Mapping[str, str], dict[str, str]], Response]


def send(
    form: str, ref: str, *, act: Callable[[Task, Actor], Any], again: Again, said: str, lock: bool = True
) -> Response:
    """Do one act on a request, once, say `said`, and lead back to its page.

    A form sent twice leads to the page. What a field is refused for shows the form again through
    `again`, with what was typed and the sentences; nothing is changed then. `lock` is false where
    the act locks something else first, such as the patient.

    Raises:
        NotFound: there is no such request, or it is another practice's.
    """
    by = current_actor()
    task = queries.get(ref, by=by, lock=lock)
    back = redirect(url_for("conversation.request_page", ref=task.ref))
    claim = web.claim_form(form)
    if claim.ref:
        return back
    try:
        act(task, by)
    except Invalid as error:
        db.session.rollback()
        return again(queries.get(ref, by=by), request.form, error.problems)
    claim.ref = task.ref
    db.session.commit()
    flash(said)
    return back
