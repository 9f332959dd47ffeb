"""Which lead is on duty: whom it concerns at once that nobody at work can do something in time."""

import datetime as dt

from sqlalchemy import select

from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import User, UserRole
from hub.placing import shift_queries


def leads_on_duty() -> list[int]:
    """Return the ids of the leads who are on shift or on call now; of all leads, if none is.

    Most leads keep no shifts on the rota: then every one of them is told, because nobody
    knows who is there.
    """
    query = select(User.id).join(UserRole, UserRole.user_id == User.id)
    leads = list(db.session.scalars(query.where(UserRole.role == Role.LEAD, User.active).order_by(User.id)))
    now = clock.now()
    today = now.astimezone(LONDON).date()
    called = shift_queries.on_call_ids(now)
    shifts = shift_queries.shift_times(leads, today - dt.timedelta(days=1), today)
    there = [one for one in leads if one in called or any(when.contains(now) for when in shifts[one])]
    return there or leads
