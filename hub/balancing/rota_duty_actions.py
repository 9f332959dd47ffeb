"""Meetings and who is on call. Each change is in the log of whoever it is about."""

import datetime as dt

from hub.balancing import rota_duty_queries as queries
from hub.balancing.rota_actions import check, ring
from hub.balancing.rota_drafts import MeetingDraft, OnCallDraft
from hub.domain.actor import Actor
from hub.domain.errors import Invalid
from hub.domain.hours import DAY_NAMES
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Meeting, OnCall
from hub.models.admin import note
from hub.people import queries as people


def add_meeting(draft: MeetingDraft, *, by: Actor) -> int:
    """Add a meeting on each of the draft's days; return how many.

    Raises:
        NotAllowed: the actor is no lead.
        NotFound: there is no such person.
    """
    check(by)
    for weekday in draft.weekdays:
        db.session.add(
            Meeting(
                user_id=draft.user_id,
                title=draft.title,
                weekday=weekday,
                starts=draft.starts,
                ends=draft.ends,
                valid_from=draft.first,
                valid_to=draft.last,
            )
        )
    if draft.first == draft.last:
        when = f"{draft.first:%d-%b-%Y}"
    else:
        when = f"every {', '.join(DAY_NAMES[day] for day in draft.weekdays)} from {draft.first:%d-%b-%Y}"
    words = f"{draft.title}, {draft.starts:%H:%M} to {draft.ends:%H:%M}, {when}"
    _note(draft.user_id, f"Meeting added: {words}.", by)
    ring(draft.user_id or 0)
    return len(draft.weekdays)


def remove_meeting(meeting: Meeting, *, by: Actor) -> None:
    """Take a meeting off the rota from today on; days that are over keep it. Raises NotAllowed."""
    check(by)
    today = clock.now().astimezone(LONDON).date()
    _note(meeting.user_id, f"Meeting removed: {meeting.title}, {DAY_NAMES[meeting.weekday]}.", by)
    if meeting.valid_from < today:
        meeting.valid_to = today - dt.timedelta(days=1)
    else:
        db.session.delete(meeting)
    ring(meeting.user_id or 0)


def add_on_call(draft: OnCallDraft, *, by: Actor) -> None:
    """Put someone on call.

    Raises:
        NotAllowed: the actor is no lead.
        Invalid: they are on call in that time already.
    """
    check(by)
    other = queries.on_call_overlapping(draft.user_id, draft.starts_at, draft.ends_at)
    if other is not None:
        raise Invalid(
            {"starts": f"They are on call from {_moment(other.starts_at)} already: remove that first."}
        )
    db.session.add(
        OnCall(
            user_id=draft.user_id,
            starts_at=draft.starts_at,
            ends_at=draft.ends_at,
            telephone=draft.telephone,
        )
    )
    _note(draft.user_id, f"On call from {_moment(draft.starts_at)} to {_moment(draft.ends_at)}.", by)


def remove_on_call(row: OnCall, *, by: Actor) -> None:
    """Take someone off call: from now on if it has begun. Raises NotAllowed."""
    check(by)
    now = clock.now()
    _note(row.user_id, f"No longer on call from {_moment(row.starts_at)} to {_moment(row.ends_at)}.", by)
    if row.starts_at < now < row.ends_at:
        row.ends_at = now
    else:
        db.session.delete(row)
    ring(row.user_id)


def _moment(at: dt.datetime) -> str:
    return f"{at.astimezone(LONDON):%d-%b-%Y %H:%M}"


def _note(user_id: int | None, what: str, by: Actor) -> None:
    """Write it into the log of this person; of everyone who works here where it is everyone's meeting."""
    ids = [user_id] if user_id else [user.id for user in people.clinicians()]
    for one in ids:
        note(what, by=by, at=clock.now(), user_id=one)
