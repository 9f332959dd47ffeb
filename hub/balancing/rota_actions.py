"""Changing the rota: weekly shifts, single shifts and absence. Each change is in the person's log."""

import datetime as dt

from sqlalchemy import delete

from hub import background
from hub.balancing import rota_queries as queries
from hub.balancing.rota_drafts import TimeDraft, WeeklyDraft
from hub.domain.actor import Actor
from hub.domain.errors import Invalid
from hub.domain.hours import DAY_NAMES
from hub.domain.permissions import Permission, check_may
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Absence, ExtraShift, User, WeeklyShift
from hub.models.admin import note
from hub.placing.supervision_actions import leave_nobody_unsupervised
from hub.placing.time_actions import go_off_shift


def add_weekly(user: User, draft: WeeklyDraft, *, by: Actor) -> int:
    """Add a weekly shift on each of the draft's days; return how many.

    Raises:
        NotAllowed: the actor is no lead.
        Invalid: it overlaps a shift that is there.
    """
    check(by)
    for weekday in draft.weekdays:
        for other in queries.overlapping(user, weekday, draft.valid_from, draft.valid_to):
            if _overlap(other.starts, other.ends, draft.starts, draft.ends):
                raise Invalid(
                    {
                        "weekdays": f"{DAY_NAMES[weekday]} has a shift from "
                        f"{_hours(other.starts, other.ends)} in that time already: give that one a last "
                        "day first."
                    }
                )
    for weekday in draft.weekdays:
        shift = WeeklyShift(
            user_id=user.id,
            weekday=weekday,
            starts=draft.starts,
            ends=draft.ends,
            break_minutes=draft.break_minutes,
            valid_from=draft.valid_from,
            valid_to=draft.valid_to,
            breaks=[[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in draft.breaks],
        )
        db.session.add(shift)
    days = ", ".join(DAY_NAMES[weekday] for weekday in draft.weekdays)
    until = f" to {draft.valid_to:%d-%b-%Y}" if draft.valid_to else ""
    words = f"{_hours(draft.starts, draft.ends)}, break {draft.break_minutes} minutes"
    words += "".join(f", break {_hours(start, end)}" for start, end in draft.breaks)
    _note(f"Weekly shift added: {days}, {words}, from {draft.valid_from:%d-%b-%Y}{until}.", by, user)
    ring(user.id)
    return len(draft.weekdays)


def end_weekly(user: User, shift: WeeklyShift, last_day: dt.date | None, *, by: Actor) -> None:
    """Set a weekly shift's last day (None: it goes on).

    Raises:
        NotAllowed: the actor is no lead.
        Invalid: the day is before the shift's first day.
    """
    check(by)
    if last_day is not None and last_day < shift.valid_from:
        raise Invalid(
            {"valid_to": f"The shift began on {shift.valid_from:%d-%b-%Y}: choose that day or later."}
        )
    shift.valid_to = last_day
    until = f"{last_day:%d-%b-%Y}" if last_day else "no end"
    _note(f"Weekly shift on {_shift_words(shift)}: last day set to {until}.", by, user)
    ring(user.id)


def remove_weekly(user: User, shift: WeeklyShift, *, by: Actor) -> None:
    """Remove a weekly shift that was a mistake; past days lose it too. Raises NotAllowed."""
    check(by)
    _note(f"Weekly shift on {_shift_words(shift)} removed as a mistake.", by, user)
    db.session.delete(shift)
    ring(user.id)


def add_extra(user: User, draft: TimeDraft, *, by: Actor) -> None:
    """Add a shift on one day. Raises NotAllowed."""
    check(by)
    db.session.add(ExtraShift(user_id=user.id, starts_at=draft.starts_at, ends_at=draft.ends_at))
    _note(f"Shift added: {_stretch(draft.starts_at, draft.ends_at)}.", by, user)
    ring(user.id)


def remove_extra(user: User, shift_id: int, *, by: Actor) -> bool:
    """Remove a shift on one day; return whether there was one. Raises NotAllowed."""
    check(by)
    statement = delete(ExtraShift).where(ExtraShift.id == shift_id, ExtraShift.user_id == user.id)
    row = db.session.execute(statement.returning(ExtraShift.starts_at, ExtraShift.ends_at)).first()
    if row is not None:
        _note(f"Shift removed: {_stretch(row.starts_at, row.ends_at)}.", by, user)
        ring(user.id)
    return row is not None


def add_absence(user: User, draft: TimeDraft, *, by: Actor) -> None:
    """Record that someone is away; away from now on, their work goes back in this very transaction.

    Raises NotAllowed.
    """
    check(by)
    absence = Absence(user_id=user.id, starts_at=draft.starts_at, ends_at=draft.ends_at, reason=draft.reason)
    db.session.add(absence)
    # Why someone is away concerns few people, so the log does not repeat it.
    _note(f"Absence added: {_stretch(draft.starts_at, draft.ends_at)}.", by, user)
    if draft.starts_at <= clock.now() < draft.ends_at:
        db.session.flush()
        go_off_shift()
        leave_nobody_unsupervised()
    ring(user.id)


def remove_absence(user: User, absence_id: int, *, by: Actor) -> bool:
    """Remove an absence; return whether there was one. Raises NotAllowed."""
    check(by)
    statement = delete(Absence).where(Absence.id == absence_id, Absence.user_id == user.id)
    row = db.session.execute(statement.returning(Absence.starts_at, Absence.ends_at)).first()
    if row is not None:
        _note(f"Absence removed: {_stretch(row.starts_at, row.ends_at)}.", by, user)
        ring(user.id)
    return row is not None


def check(by: Actor) -> None:
    """Let leads, and the hub's own processes, change the rota. Raises NotAllowed."""
    if by.system is None:
        check_may(by.roles, Permission.MANAGE_ROTA)


def _overlap(starts: dt.time, ends: dt.time, other_starts: dt.time, other_ends: dt.time) -> bool:
    first, last = _minutes(starts, ends)
    other_first, other_last = _minutes(other_starts, other_ends)
    return first < other_last and other_first < last


def _minutes(starts: dt.time, ends: dt.time) -> tuple[int, int]:
    """Return both as minutes since the midnight before the start."""
    first, last = starts.hour * 60 + starts.minute, ends.hour * 60 + ends.minute
    return first, last if last > first else last + 24 * 60


def _hours(starts: dt.time, ends: dt.time) -> str:
    return f"{starts:%H:%M} to {ends:%H:%M}"


def _shift_words(shift: WeeklyShift) -> str:
    return f"{DAY_NAMES[shift.weekday]}, {_hours(shift.starts, shift.ends)}"


def _stretch(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    first, last = starts_at.astimezone(LONDON), ends_at.astimezone(LONDON)
    return f"{first:%d-%b-%Y %H:%M} to {last:%d-%b-%Y %H:%M}"


def _note(what: str, by: Actor, user: User) -> None:
    note(what, by=by, at=clock.now(), user_id=user.id)


def ring(user_id: int) -> None:
    """Have worklists follow the rota at once instead of at the next tick; 0 is everyone."""
    moment = clock.now().isoformat()
    for job in ("go_off_shift", "top_up"):
        background.later(job, key=f"{job}:rota:{user_id}:{moment}")
