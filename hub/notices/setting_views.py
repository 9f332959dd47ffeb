"""What comes by e-mail: chosen by each person for themselves."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from hub import web
from hub.domain import notices as domain
from hub.domain.errors import Invalid
from hub.domain.letters import Wants
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.notices import forms, presenters, queries, setting_actions
from hub.notices.letter_actions import mail_is_on
from hub.notices.views import ADDRESSED
from hub.security import current_actor, roles

bp = Blueprint("notice_settings", __name__)


@bp.get("/inbox/settings")
@roles(*ADDRESSED)
def settings() -> Response:
    """Show what comes by e-mail."""
    by = current_actor()
    assert by.user_id is not None
    return _page(_values(setting_actions.wants_of(queries.setting_of(by.user_id))))


@bp.post("/inbox/settings")
@roles(*ADDRESSED)
def save() -> Response:
    """Keep what was chosen."""
    by = current_actor()
    allowed = [one.name for one in domain.sorts_for(by.roles)]
    try:
        wants = forms.read_wants(request.form, request.form.getlist("sorts"), allowed)
    except Invalid as refusal:
        return _page(request.form, refusal.problems)
    setting_actions.save(wants, by=by)
    db.session.commit()
    flash("Kept. It counts from now on.")
    return redirect(url_for("notice_settings.settings"))


def _values(wants: Wants) -> "MultiDict[str, str]":
    """Return the form's fields as they stand; the hour stays at eight for whoever has no digest."""
    hour = 8 if wants.digest_hour is None else wants.digest_hour
    fields: list[tuple[str, str]] = [
        ("digest", "no" if wants.digest_hour is None else "yes"),
        ("hour", str(hour)),
        ("at_once", "yes" if wants.at_once else "no"),
    ]
    return MultiDict([*fields, *(("sorts", name) for name in sorted(wants.sorts))])


def _page(values: Any, problems: dict[str, str] | None = None) -> Response:
    by = current_actor()
    return web.page(
        "notices/settings.html",
        values=values,
        problems=problems or {},
        status=422 if problems else 200,
        mail_is_on=mail_is_on(),
        address=current_user.who.email,
        sorts=[{"value": one.name, "text": one.words} for one in domain.sorts_for(by.roles)],
        hours=presenters.hours(),
        is_lead=Role.LEAD in by.roles,
    )
