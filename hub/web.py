"""Page or fragment; a domain error becomes a page, once; a form is counted once."""

import datetime as dt
import hashlib
import logging
import secrets
import traceback
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from jinja2 import ChainableUndefined, ChoiceLoader, PackageLoader
from psycopg.errors import LockNotAvailable
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from hub.domain.errors import Conflict, HubError, Invalid, NotAllowed, NotFound
from hub.extensions import clock, db
from hub.models import FormKey

log = logging.getLogger(__name__)
LONDON = ZoneInfo("Europe/London")
STATUS_OF = {NotFound: 404, NotAllowed: 403, Invalid: 422, Conflict: 409}
TITLE_OF = {
    404: "Page not found",
    403: "You cannot open this page",
    409: "This has changed since you opened it",
    422: "There is a problem",
    429: "Too many attempts",
    503: "Sorry, the service is not available at the moment",
}


def init_app(app: Flask) -> None:
    """Set up templates and error pages. Call it first: others make the template environment."""
    # The NHS components' macros read parameters that need not be given.
    # Their files end in .jinja, which Flask would not escape: what a person typed would become markup.
    app.jinja_options = {
        "undefined": ChainableUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "autoescape": lambda name: name is None or not name.endswith(".txt"),
    }
    assert app.jinja_loader is not None
    app.jinja_loader = ChoiceLoader([app.jinja_loader, PackageLoader("nhsuk_frontend_jinja")])
    app.add_template_filter(as_date, "date")
    app.add_template_filter(as_moment, "moment")
    app.add_template_filter(as_time, "clock")
    app.add_template_global(new_form_key, "new_form_key")
    app.register_error_handler(HubError, _refusal)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(StaleDataError, _stale)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(PoolTimeout, _unavailable)
    app.register_error_handler(Exception, _unexpected)


def is_fragment() -> bool:
    """Say whether htmx asks for a part of a page (and not for its history)."""
    headers = request.headers
    return bool(headers.get("HX-Request")) and not headers.get("HX-History-Restore-Request")


def page(template: str, *, partial: str | None = None, status: int = 200, **context: Any) -> Response:
    """Render `template`, or only `partial` of it when htmx asks for a fragment."""
    name = partial if partial and is_fragment() else template
    return Response(render_template(name, **context), status=status, mimetype="text/html")


def new_form_key() -> str:
    """Return the key that makes one filled-in form count once."""
    return secrets.token_urlsafe(16)


def claim_form(form: str) -> FormKey:
    """Claim this request's form key, waiting for a twin that is being handled right now.

    Returns the row. Its `ref` is "" when this is the first time: set it to the result's
    reference before the commit. Otherwise it is the first result's: redirect there.

    Raises:
        Invalid: the form carries no key.
        Conflict: the key was used for a form with other contents.
    """
    key = request.form.get("form_key", "")
    if not 8 <= len(key) <= 64:
        raise Invalid({"form_key": "This form is out of date. Open the page again and send it once more."})
    user_id = current_user.actor.user_id
    values = {
        "user_id": user_id,
        "key": key,
        "form": form,
        "body_hash": _body_hash(),
        "ref": "",
        "created_at": clock.now(),
    }
    query = insert(FormKey).values(values).on_conflict_do_nothing(index_elements=["user_id", "key"])
    db.session.execute(query)
    found = select(FormKey).where(FormKey.user_id == user_id, FormKey.key == key)
    row = db.session.scalars(found).one()
    if row.form != form or row.body_hash != values["body_hash"]:
        raise Conflict(
            "This form was already sent with other contents. Open the page again to send a new one."
        )
    return row


def _body_hash() -> bytes:
    parts = sorted((k, v) for k, v in request.form.items(multi=True) if k != "csrf_token")
    return hashlib.sha256(repr(parts).encode()).digest()


def as_date(value: dt.date | dt.datetime | None) -> str:
    """Show a date as 05-Jan-2026, in London."""
    if value is None:
        return "Not known"
    if isinstance(value, dt.datetime):
        value = value.astimezone(LONDON)
    return value.strftime("%d-%b-%Y")


def as_moment(value: dt.datetime | None) -> str:
    """Show a moment as Mon 05-Jan-2026 14:30, in London."""
    return value.astimezone(LONDON).strftime("%a %d-%b-%Y %H:%M") if value else "Not known"


def as_time(value: dt.datetime | None) -> str:
    """Show a moment's time of day as 14:30, in London."""
    return value.astimezone(LONDON).strftime("%H:%M") if value else "Not known"


def _error(status: int, sentence: str, *, who: str = "", when: object = None) -> Response:
    db.session.rollback()
    typed = _typed() if status in (409, 422, 503) else []
    context = {
        "title": TITLE_OF.get(status, "There is a problem"),
        "sentence": sentence,
        "who": who,
        "when": when,
        "typed": typed,
    }
    try:
        return page("error.html", partial="_error.html", status=status, **context)
    except DBAPIError:
        # The full page asks who is signed in; without a database show it to nobody in particular.
        return Response(render_template("_error.html", **context), status=status, mimetype="text/html")


def _typed() -> list[str]:
    """Return the longer texts of the form, so that nobody has to write them again."""
    hidden = {"csrf_token", "form_key", "version", "password"}
    return [v for k, v in request.form.items(multi=True) if k not in hidden and len(v) > 20]


def _refusal(error: HubError) -> Response:
    status = next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 400)
    if isinstance(error, Conflict):
        return _error(status, str(error), who=error.who, when=error.when)
    if status == 404:
        # The same page whether it never existed or belongs to another practice.
        return _not_found()
    return _error(status, str(error))


def _not_found() -> Response:
    return _error(404, "Check the address, or go back to your own list.")


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 404:
        return _not_found()
    if status < 400:
        return Response(error.get_response().get_data(), status=status, headers=dict(error.get_headers()))
    sentences = {
        405: "This address only takes forms from its own page.",
        413: "What you sent is too large.",
        429: "Wait a minute, then try again.",
    }
    return _error(status, sentences.get(status, "The request could not be understood."))


def _csrf_error(error: CSRFError) -> Response:
    return _error(
        409,
        "Your session changed while this page was open, so nothing was saved. Reload it and send again.",
    )


def _stale(error: StaleDataError) -> Response:
    return _error(409, "Someone else changed this a moment ago. Open it again to see what they did.")


def _database_error(error: DBAPIError) -> Response:
    if isinstance(error.orig, LockNotAvailable):
        return _error(409, "Someone else is changing this right now. Try again in a few seconds.")
    if isinstance(error, OperationalError):
        return _unavailable(error)
    return _unexpected(error)


def _unavailable(error: Exception) -> Response:
    log.error("no database: %s", type(error).__name__)
    response = _error(503, "Nothing was saved. Wait a few seconds, then send it again.")
    response.headers["Retry-After"] = "10"
    return response


def _unexpected(error: Exception) -> Response:
    # Frames only: the message may quote what was typed.
    log.error("%s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return _error(
        500, "Something went wrong on our side and nothing was saved. Try again, or tell the hub lead."
    )
