"""Invitations to a practice's staff, and who is on it."""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from hub.domain.actor import Actor
from hub.domain.errors import NotFound
from hub.domain.vocabulary import Role
from hub.extensions import clock, db
from hub.models import Invitation, Practice, PracticeAccess, User, UserRole

GONE = "This invitation was used, taken back or is over a week old. Ask the practice for a new one."


@dataclass(frozen=True)
class OwnPractice:
    """A practice that someone raises for, and whether they keep its staff and facts."""

    practice: Practice
    manages: bool


def own_practices(by: Actor) -> list[OwnPractice]:
    """Return the practices this person raises for, by name."""
    query = (
        select(Practice, PracticeAccess.manages)
        .join(PracticeAccess, PracticeAccess.practice_id == Practice.id)
        .where(PracticeAccess.user_id == by.user_id, PracticeAccess.role == Role.REQUESTER)
        .order_by(Practice.name, Practice.id)
    )
    return [OwnPractice(row[0], row[1]) for row in db.session.execute(query)]


def own_practice(code: str, *, by: Actor) -> OwnPractice:
    """Return one of them. Raises NotFound: there is none with this code, or it is not theirs."""
    found = next((one for one in own_practices(by) if one.practice.ods_code == code.upper()), None)
    if found is None:
        raise NotFound("There is no practice with this code that you raise requests for.")
    return found


def staff_of(practice_id: int) -> list[Row[Any]]:
    """Return who raises requests for a practice, by name: (User, PracticeAccess)."""
    query = (
        select(User, PracticeAccess)
        .join(PracticeAccess, PracticeAccess.user_id == User.id)
        .where(PracticeAccess.practice_id == practice_id, PracticeAccess.role == Role.REQUESTER)
        .order_by(User.name, User.id)
    )
    return list(db.session.execute(query))


def managers(practice_id: int) -> int:
    """Return how many people with an account in use keep a practice's staff."""
    query = (
        select(func.count())
        .select_from(PracticeAccess)
        .join(User, User.id == PracticeAccess.user_id)
        .where(PracticeAccess.practice_id == practice_id, PracticeAccess.manages, User.active)
    )
    return db.session.scalar(query) or 0


def open_invitations(practice_id: int) -> list[Invitation]:
    """Return the invitations of a practice that nobody has used yet, newest first; some may be over."""
    query = (
        select(Invitation)
        .where(Invitation.practice_id == practice_id)
        .where(Invitation.used_at.is_(None), Invitation.withdrawn_at.is_(None))
        .order_by(Invitation.invited_at.desc(), Invitation.id.desc())
    )
    return list(db.session.scalars(query))


def invitation(invitation_id: int, practice_id: int) -> Invitation:
    """Return an open invitation of this practice, locked. Raises NotFound."""
    query = select(Invitation).where(Invitation.id == invitation_id, Invitation.practice_id == practice_id)
    query = query.where(Invitation.used_at.is_(None), Invitation.withdrawn_at.is_(None))
    found = db.session.scalars(query.with_for_update()).one_or_none()
    if found is None:
        raise NotFound("This invitation is not open any more.")
    return found


def by_token(token: str, *, lock: bool = False) -> tuple[Invitation, Practice]:
    """Return the open invitation whose link holds this token, with its practice. Raises NotFound."""
    query = (
        select(Invitation, Practice)
        .join(Practice, Practice.id == Invitation.practice_id)
        .where(Invitation.token_hash == hash_of(token), Invitation.expires_at > clock.now())
        .where(Invitation.used_at.is_(None), Invitation.withdrawn_at.is_(None))
    )
    if lock:
        query = query.with_for_update(of=Invitation)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound(GONE)
    return row[0], row[1]


def hash_of(token: str) -> bytes:
    """Return what is kept of a link's token."""
    return hashlib.sha256(token.encode()).digest()


def account_of(email: str) -> User | None:
    """Return the account with this e-mail address, or None."""
    return db.session.scalars(select(User).where(User.email == email)).one_or_none()


def is_requester(user_id: int) -> bool:
    """Say whether this person has the role of a requester."""
    query = select(UserRole.user_id).where(UserRole.user_id == user_id, UserRole.role == Role.REQUESTER)
    return db.session.scalar(query) is not None
