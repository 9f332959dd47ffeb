"""A practice's manager lets in its own staff and deputies, and takes them off again; all in the log."""

import datetime as dt
import secrets

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from hub.domain.actor import Actor
from hub.domain.errors import Conflict, Invalid, NotAllowed
from hub.domain.vocabulary import Role
from hub.extensions import clock, db
from hub.models import Invitation, Practice, PracticeAccess, User, UserRole
from hub.models.admin import note
from hub.people import invitation_queries as queries
from hub.people import sessions
from hub.people.drafts import InvitationDraft

LASTS = dt.timedelta(days=7)
ONLY_MANAGERS = "Only this practice's manager or a deputy may do that. Ask one of those named as managers."
LAST_MANAGER = (
    "Nobody would be left who may let people in for this practice. Make somebody else a manager first."
)
HUB_STAFF = "Your account is for hub staff. Ask a hub lead to let you raise requests for this practice."
OTHERS = "This invitation is for another e-mail address. Sign out, and open the link again."


def check_manages(own: queries.OwnPractice) -> None:
    """Let pass whoever keeps this practice's staff and facts. Raises NotAllowed."""
    if not own.manages:
        raise NotAllowed(ONLY_MANAGERS)


def invite(own: queries.OwnPractice, draft: InvitationDraft, *, by: Actor) -> str:
    """Invite someone; return the link's token, which is told once and of which only a hash is kept.

    An earlier invitation of the same address to this practice is taken back.

    Raises:
        NotAllowed: they do not manage the practice.
        Invalid: this person raises requests for it already.
    """
    check_manages(own)
    practice = own.practice
    if any(row.User.email == draft.email for row in queries.staff_of(practice.id)):
        raise Invalid({"email": "This person has access already: see the list of staff."})
    for earlier in queries.open_invitations(practice.id):
        if earlier.email == draft.email:
            earlier.withdrawn_at = clock.now()
    db.session.flush()
    token, now = secrets.token_urlsafe(32), clock.now()
    db.session.add(
        Invitation(
            practice_id=practice.id,
            email=draft.email,
            name=draft.name,
            manages=draft.manages,
            token_hash=queries.hash_of(token),
            invited_at=now,
            invited_by_id=by.user_id,
            expires_at=now + LASTS,
        )
    )
    _note(f"{draft.name} was invited{' as a manager' if draft.manages else ''}.", by, practice)
    return token


def withdraw(own: queries.OwnPractice, invitation: Invitation, *, by: Actor) -> None:
    """Take an invitation back: its link opens nothing any more. Raises NotAllowed."""
    check_manages(own)
    invitation.withdrawn_at = clock.now()
    _note(f"The invitation of {invitation.name} was taken back.", by, own.practice)


def open_account(invitation: Invitation, practice: Practice, name: str, password: str) -> User:
    """Open the account of someone invited, with access to this practice; the password is checked already.

    Raises:
        Conflict: there is an account with this address by now.
    """
    if queries.account_of(invitation.email) is not None:
        raise Conflict("There is an account with this e-mail address. Sign in, and open the link again.")
    user = User(
        email=invitation.email,
        name=name,
        active=True,
        created_at=clock.now(),
        password_hash=sessions.hash_password(password),
    )
    db.session.add(user)
    db.session.flush()
    db.session.add(UserRole(user_id=user.id, role=Role.REQUESTER))
    _let_in(invitation, practice, user.id, Actor(user_id=user.id, name=name))
    return user


def accept(invitation: Invitation, practice: Practice, *, by: Actor, email: str) -> None:
    """Add the practice to the account of whoever is signed in.

    Raises:
        NotAllowed: the invitation is another person's, or the account is one of hub staff.
    """
    if email != invitation.email:
        raise NotAllowed(OTHERS)
    assert by.user_id is not None
    if not queries.is_requester(by.user_id):
        raise NotAllowed(HUB_STAFF)
    _let_in(invitation, practice, by.user_id, by)


def remove(own: queries.OwnPractice, user_id: int, *, by: Actor) -> str:
    """Take someone's access to this practice away at once; return their name.

    Whoever raises for no other practice is signed out everywhere.

    Raises:
        NotAllowed: they do not manage the practice, or it is their own access.
        Conflict: this person has no access any more, or nobody would be left who manages it.
    """
    check_manages(own)
    if user_id == by.user_id:
        raise NotAllowed("You cannot take your own access away: ask another manager or a hub lead.")
    _lock(own, by)
    row = _of_staff(own.practice.id, user_id)
    if row.manages and queries.managers(own.practice.id) < 2:
        raise Conflict(LAST_MANAGER)
    user = db.session.get_one(User, user_id)
    db.session.execute(
        delete(PracticeAccess).where(
            PracticeAccess.user_id == user_id,
            PracticeAccess.practice_id == own.practice.id,
            PracticeAccess.role == Role.REQUESTER,
        )
    )
    left = select(PracticeAccess.user_id).where(PracticeAccess.user_id == user_id).limit(1)
    if db.session.scalar(left) is None:
        sessions.end_all(user_id)
    _note(f"{user.name} was taken off the practice's staff.", by, own.practice, user_id)
    return user.name


def let_manage(own: queries.OwnPractice, user_id: int, *, manages: bool, by: Actor) -> str:
    """Make someone of the staff a manager of the practice, or no longer; return their name.

    Raises:
        NotAllowed: they do not manage the practice, or it is themselves.
        Conflict: this person has no access any more.
    """
    check_manages(own)
    if user_id == by.user_id:
        raise NotAllowed("You cannot change this for yourself: ask another manager or a hub lead.")
    _lock(own, by)
    row, user = _of_staff(own.practice.id, user_id), db.session.get_one(User, user_id)
    if row.manages != manages:
        row.manages = manages
        words = "may now let people in and change the facts" if manages else "no longer manages it"
        _note(f"{user.name} {words}.", by, own.practice, user_id)
    return user.name


def _lock(own: queries.OwnPractice, by: Actor) -> None:
    """Let managers of one practice act one after the other: two may not take each other off at once."""
    db.session.execute(select(Practice.id).where(Practice.id == own.practice.id).with_for_update())
    check_manages(queries.own_practice(own.practice.ods_code, by=by))


def _of_staff(practice_id: int, user_id: int) -> PracticeAccess:
    found = db.session.get(PracticeAccess, (user_id, practice_id, Role.REQUESTER.value), with_for_update=True)
    if found is None:
        raise Conflict("This person has no access to the practice any more.")
    return found


def _let_in(invitation: Invitation, practice: Practice, user_id: int, by: Actor) -> None:
    now = clock.now()
    row = insert(PracticeAccess).values(
        user_id=user_id,
        practice_id=practice.id,
        role=Role.REQUESTER,
        manages=invitation.manages,
        granted_at=now,
        granted_by_id=invitation.invited_by_id,
    )
    # Access a lead gave meanwhile stays; an invitation never takes anything away.
    db.session.execute(row.on_conflict_do_nothing())
    invitation.used_at, invitation.used_by_id = now, user_id
    _note("The invitation was accepted.", by, practice, user_id)


def _note(what: str, by: Actor, practice: Practice, user_id: int | None = None) -> None:
    note(what, by=by, at=clock.now(), practice_id=practice.id, user_id=user_id)
