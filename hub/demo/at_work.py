"""Puts the demo's staff at work now, at whatever hour it is shown: single shifts around this moment."""

import datetime as dt

from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select, update

from hub.demo.password import demo_password
from hub.demo.staff import PEOPLE, DemoPerson
from hub.domain.rota import Interval, union
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Absence, ExtraShift, User
from hub.people import sessions
from hub.placing.staff_queries import shift_times

EARLY = dt.timedelta(minutes=5)  # a shift begins a little before anyone asks
AT_LEAST = dt.timedelta(hours=8)
AWAY = "Training"


def today() -> dt.date:
    """Return the day in London."""
    return clock.now().astimezone(LONDON).date()


def people() -> dict[str, User]:
    """Return the demo's accounts by e-mail address; empty where there is no demo."""
    emails = [person.email for person in PEOPLE]
    return {user.email: user for user in db.session.scalars(select(User).where(User.email.in_(emails)))}


def come_to_work(*, since: dt.timedelta = EARLY) -> int:
    """Add shifts so that everyone of the demo is at work from now on, and one person away. Does not commit.

    `since` is for how long they have been at work already. Whoever is at work long enough
    gets nothing more, so that it may run at each start. Returns how many shifts were added.
    """
    found = people()
    added = 0
    for person in PEOPLE:
        if person.email in found and person.profession:
            user = found[person.email]
            added += _shift(user, person, since) if person.hours_at_work else _away(user)
    return added


def _shift(user: User, person: DemoPerson, since: dt.timedelta) -> int:
    now = _on_the_minute(clock.now())
    length = dt.timedelta(hours=person.hours_at_work)
    if _is_at_work(user, now, min(length, AT_LEAST) - dt.timedelta(minutes=1)):
        return 0
    db.session.add(ExtraShift(user_id=user.id, starts_at=now - since, ends_at=now + length))
    return 1


def _is_at_work(user: User, now: dt.datetime, length: dt.timedelta) -> bool:
    first = now.astimezone(LONDON).date()
    times = shift_times([user.id], first - dt.timedelta(days=1), first + dt.timedelta(days=1))[user.id]
    wanted = Interval(now, now + length)
    return any(one.start <= wanted.start and wanted.end <= one.end for one in union(times))


def _away(user: User) -> int:
    now = _on_the_minute(clock.now())
    query = select(Absence.id).where(
        Absence.user_id == user.id, Absence.starts_at <= now, Absence.ends_at > now + AT_LEAST
    )
    if db.session.scalar(query.limit(1)) is None:
        ends = now + dt.timedelta(hours=24)
        db.session.add(Absence(user_id=user.id, starts_at=now - EARLY, ends_at=ends, reason=AWAY))
        return 1
    return 0


def keep_password() -> bool:
    """Give the demo's people today's password where they have an older one of the demo. Does not commit.

    Whoever chose a password of their own keeps it. Returns whether anything changed.
    """
    administrator = people().get(PEOPLE[-1].email)
    if administrator is None or administrator.password_hash is None:
        return False
    try:
        sessions.HASHER.verify(administrator.password_hash, demo_password())
    except VerifyMismatchError:
        shared = User.password_hash == administrator.password_hash
        emails = User.email.in_([person.email for person in PEOPLE])
        new = sessions.hash_password(demo_password())
        db.session.execute(update(User).where(shared, emails).values(password_hash=new))
        return True
    return False


def _on_the_minute(moment: dt.datetime) -> dt.datetime:
    return moment.replace(second=0, microsecond=0)
