"""What somebody typed and has not sent: found again by its own person, for a day."""

import datetime as dt
import re
from typing import Any

from sqlalchemy import select

from hub import records, vault
from hub.domain.actor import Actor
from hub.extensions import clock, db
from hub.models import DataKey, IntakeDraft

KEPT_FOR = dt.timedelta(days=1)
_ID = re.compile(r"[A-Za-z0-9_-]{22}")


def is_id(text: str) -> bool:
    """Say whether `text` has the form of a draft's id (`draft_actions.new_id`)."""
    return bool(_ID.fullmatch(text))


def find(draft_id: str, *, by: Actor, lock: bool = False) -> dict[str, Any] | None:
    """Return what this person kept under this id, None if there is nothing (any more); one statement."""
    query = (
        select(IntakeDraft, DataKey)
        .join(DataKey, (DataKey.practice_id == IntakeDraft.practice_id) & DataKey.of_practice)
        .where(IntakeDraft.user_id == by.user_id, IntakeDraft.id == draft_id)
        .where(IntakeDraft.created_at > clock.now() - KEPT_FOR)
        # A draft is written past the session, so what the session remembers of it may be old.
        .execution_options(populate_existing=True)
    )
    if lock:
        query = query.with_for_update(of=IntakeDraft)
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    return vault.unseal_data(row.DataKey, row.IntakeDraft.body_sealed, f"{records.DRAFT}:{draft_id}")
