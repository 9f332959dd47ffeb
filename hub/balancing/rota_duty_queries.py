"""Meetings that are not over, and who is on call now and next."""

import datetime as dt
from typing import Any

from sqlalchemy import select

from hub.domain.errors import NotFound
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Meeting, OnCall, User


def meetings(user_id: int | None = None) -> list[Any]:
    """Return the meetings that are not over, everyone's first: (Meeting, the person's name or None).

    With `user_id` those of this person, everyone's among them.
    """
    today = clock.now().astimezone(LONDON).date()
    query = (
        select(Meeting, User.name)
        .outerjoin(User, User.id == Meeting.user_id)
        .where(Meeting.valid_to.is_(None) | (Meeting.valid_to >= today))
        .order_by(User.name.nulls_first(), Meeting.valid_from, Meeting.weekday, Meeting.starts, Meeting.id)
    )
    if user_id is not None:
        query = query.where(Meeting.user_id.is_(None) | (Meeting.user_id == user_id))
    return list(db.session.execute(query))


def meeting(meeting_id: int) -> Meeting:
    """Return one meeting. Raises NotFound."""
    found = db.session.get(Meeting, meeting_id)
    if found is None:
        raise NotFound("There is no such meeting.")
    return found


def on_call(user_id: int | None = None) -> list[Any]:
    """Return who is on call now and later, first to begin first: (OnCall, name); with `user_id` theirs."""
    query = (
        select(OnCall, User.name)
        .join(User, User.id == OnCall.user_id)
        .where(OnCall.ends_at > clock.now())
        .order_by(OnCall.starts_at, User.name, OnCall.id)
    )
    if user_id is not None:
        query = query.where(OnCall.user_id == user_id)
    return list(db.session.execute(query))


def on_call_row(row_id: int) -> OnCall:
    """Return one stretch on call. Raises NotFound."""
    found = db.session.get(OnCall, row_id)
    if found is None:
        raise NotFound("Nobody is on call then.")
    return found


def on_call_overlapping(user_id: int, starts_at: dt.datetime, ends_at: dt.datetime) -> OnCall | None:
    """Return a stretch of this person's on call that touches this one."""
    query = select(OnCall).where(
        OnCall.user_id == user_id, OnCall.starts_at < ends_at, OnCall.ends_at > starts_at
    )
    return db.session.scalars(query.order_by(OnCall.starts_at).limit(1)).one_or_none()
