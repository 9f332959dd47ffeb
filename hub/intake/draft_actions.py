"""Keeping what somebody typed until it is sent, so that Back, Forward and reload lose nothing."""

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from hub import records, vault
from hub.domain.actor import Actor
from hub.extensions import clock, db
from hub.intake.draft_queries import KEPT_FOR
from hub.models import IntakeDraft


def new_id() -> str:
    """Return an id that nobody can guess; it stands in an address, so it says nothing."""
    return secrets.token_urlsafe(16)


def keep(draft_id: str, practice_id: int, body: Mapping[str, Any], *, by: Actor) -> None:
    """Keep `body` (small, JSON) under this person's `draft_id`, in place of what stood there; no commit."""
    key = vault.practice_key(practice_id)
    values = {
        "practice_id": practice_id,
        "body_sealed": vault.seal_data(key, dict(body), f"{records.DRAFT}:{draft_id}"),
        "created_at": clock.now(),
    }
    query = insert(IntakeDraft).values(user_id=by.user_id, id=draft_id, **values)
    db.session.execute(query.on_conflict_do_update(index_elements=["user_id", "id"], set_=values))


def forget_old() -> int:
    """Throw away what was kept for a day. Returns how many there were."""
    query = delete(IntakeDraft).where(IntakeDraft.created_at <= clock.now() - KEPT_FOR)
    found = db.session.execute(query.returning(IntakeDraft.id)).all()
    return len(found)
