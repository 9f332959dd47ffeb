"""Signing in and out: passwords, and sessions that live in PostgreSQL.

A browser holds a random token; the database holds its hash. Losing Redis signs nobody out,
and ending a session here ends it even if the cookie is kept. One-time codes and OIDC will
end in the same `start`: that is the seam.
"""

import datetime as dt
import functools
import hashlib
import secrets
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import ColumnElement, func, select, update

from hub.domain.actor import Actor
from hub.domain.vocabulary import Role
from hub.extensions import clock, db
from hub.models import User, UserRole, UserSession

# RFC 9106's second choice: 64 MiB, three passes.
HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=2)
TOUCH_EVERY = dt.timedelta(minutes=1)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128


@dataclass(frozen=True)
class Known:
    """A signed-in person, read once per request."""

    session_id: int
    user_id: int
    name: str
    email: str
    roles: frozenset[Role]
    signed_in_at: dt.datetime

    @property
    def actor(self) -> Actor:
        """Return this person as one who acts."""
        return Actor(user_id=self.user_id, name=self.name, roles=self.roles)


def hash_password(password: str) -> str:
    """Return the argon2id hash that is stored."""
    return HASHER.hash(password)


def check_password(email: str, password: str) -> int | None:
    """Return the id of the active account that these open, or None.

    An unknown address takes as long as a wrong password, so that nobody can learn who has an account.
    """
    query = select(User.id, User.password_hash).where(User.email == email.strip().lower(), User.active)
    row = db.session.execute(query).one_or_none()
    stored = row.password_hash if row and row.password_hash else _nobody()
    try:
        HASHER.verify(stored, password[:LONGEST_PASSWORD])
    except (VerifyMismatchError, InvalidHashError):
        return None
    return row.id if row and row.password_hash else None


def start(user_id: int, *, browser: str) -> str:
    """Open a session for this person and return its token. Does not commit."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    db.session.add(
        UserSession(
            token_hash=_hash(token), user_id=user_id, created_at=now, last_seen_at=now, browser=browser[:200]
        )
    )
    return token


def end(token: str) -> None:
    """End the session with this token. Does not commit."""
    _end(UserSession.token_hash == _hash(token))


def end_by_id(session_id: int, *, user_id: int) -> None:
    """End one of this person's own sessions. Does not commit."""
    _end((UserSession.id == session_id) & (UserSession.user_id == user_id))


def end_all(user_id: int) -> None:
    """End every session of this person. Does not commit."""
    _end(UserSession.user_id == user_id)


def open_of(user_id: int, *, idle: dt.timedelta) -> list[UserSession]:
    """Return this person's open sessions, the last used first."""
    query = (
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
            UserSession.last_seen_at > clock.now() - idle,
        )
        .order_by(UserSession.last_seen_at.desc())
    )
    return list(db.session.scalars(query))


def find(token: str, *, idle: dt.timedelta, length: dt.timedelta, touch: bool = True) -> Known | None:
    """Return who holds this token, or None when it is unknown, ended, idle or too old.

    Runs in a connection of its own, because the request's session must know who acts before
    its transaction begins. `touch` counts this as activity.
    """
    now = clock.now()
    role_list = func.array_remove(func.array_agg(UserRole.role), None)
    query = (
        select(
            UserSession.id,
            UserSession.user_id,
            UserSession.created_at,
            UserSession.last_seen_at,
            User.name,
            User.email,
            role_list.label("roles"),
        )
        .join(User, User.id == UserSession.user_id)
        .outerjoin(UserRole, UserRole.user_id == User.id)
        .where(
            UserSession.token_hash == _hash(token),
            UserSession.ended_at.is_(None),
            UserSession.last_seen_at > now - idle,
            UserSession.created_at > now - length,
            User.active,
        )
        .group_by(UserSession.id, User.id)
    )
    with db.engine.begin() as connection:
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        if touch and row.last_seen_at < now - TOUCH_EVERY:
            seen = update(UserSession).where(UserSession.id == row.id).values(last_seen_at=now)
            connection.execute(seen)
    return Known(
        row.id, row.user_id, row.name, row.email, frozenset(Role(r) for r in row.roles), row.created_at
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _end(which: ColumnElement[bool]) -> None:
    statement = update(UserSession).where(which, UserSession.ended_at.is_(None))
    db.session.execute(statement.values(ended_at=clock.now()))


@functools.cache
def _nobody() -> str:
    return HASHER.hash(secrets.token_urlsafe())
