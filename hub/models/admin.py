"""Noting who changed an account, a practice or a network: the one door to `admin_log`."""

import datetime as dt

from hub.domain.actor import Actor
from hub.extensions import db
from hub.models.people import AdminLog


def note(
    what: str,
    *,
    by: Actor,
    at: dt.datetime,
    user_id: int | None = None,
    practice_id: int | None = None,
    network_id: int | None = None,
) -> None:
    """Add one line saying that `by` did `what` at `at`, about at least one of the three. Does not commit.

    `what` is a plain sentence; no password and nothing about a patient belongs in it.
    """
    db.session.add(
        AdminLog(
            at=at,
            actor_id=by.user_id,
            actor_system=by.system,
            user_id=user_id,
            practice_id=practice_id,
            network_id=network_id,
            what=what,
        )
    )
