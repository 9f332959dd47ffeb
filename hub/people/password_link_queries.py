"""Links to set a new password: whose a link is, and who may make one for whom."""

from sqlalchemy import select

from hub.domain.errors import NotFound
from hub.domain.vocabulary import Role
from hub.extensions import clock, db
from hub.models import PasswordLink, PracticeAccess, User, UserRole
from hub.people.invitation_queries import OwnPractice, hash_of

GONE = "This link was used or taken back, or its time is over. Ask for a new one."


def by_token(token: str, *, lock: bool = False) -> tuple[PasswordLink, User]:
    """Return the open link that holds this token, with its account in use. Raises NotFound."""
    query = (
        select(PasswordLink, User)
        .join(User, User.id == PasswordLink.user_id)
        .where(PasswordLink.token_hash == hash_of(token), PasswordLink.expires_at > clock.now())
        .where(PasswordLink.used_at.is_(None), PasswordLink.withdrawn_at.is_(None), User.active)
    )
    if lock:
        query = query.with_for_update(of=PasswordLink)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound(GONE)
    return row[0], row[1]


def open_of(user_id: int) -> PasswordLink | None:
    """Return the link of this person that is neither used nor taken back, locked; its time may be over."""
    query = select(PasswordLink).where(PasswordLink.user_id == user_id)
    query = query.where(PasswordLink.used_at.is_(None), PasswordLink.withdrawn_at.is_(None))
    return db.session.scalars(query.with_for_update()).one_or_none()


def staff_member(own: OwnPractice, user_id: int) -> User:
    """Return somebody who raises requests for this practice. Raises NotFound."""
    query = (
        select(User)
        .join(PracticeAccess, PracticeAccess.user_id == User.id)
        .where(User.id == user_id, PracticeAccess.practice_id == own.practice.id)
        .where(PracticeAccess.role == Role.REQUESTER)
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is nobody with this number on the practice's staff.")
    return found


def opens_more_than(user_id: int, practice_ids: list[int]) -> bool:
    """Say whether this account opens more than raising requests for these practices.

    Whoever sets its password could then reach what they do not answer for.
    """
    elsewhere = select(PracticeAccess.user_id).where(
        PracticeAccess.user_id == user_id,
        PracticeAccess.practice_id.not_in(practice_ids) | (PracticeAccess.role != Role.REQUESTER),
    )
    other_role = select(UserRole.user_id).where(UserRole.user_id == user_id, UserRole.role != Role.REQUESTER)
    return db.session.scalar(elsewhere.union_all(other_role).limit(1)) is not None


def id_of_address(email: str) -> int:
    """Return the id of the account in use with this address; 0 if there is none."""
    query = select(User.id).where(User.email == email.strip().lower(), User.active)
    return db.session.scalar(query) or 0
