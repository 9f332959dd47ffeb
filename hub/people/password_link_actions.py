"""Somebody forgot their password: a link that works once, handed over or sent by e-mail.

It signs nobody in: whoever holds it sets a password, and signs in with that. Until it is used the
old password and its sessions stay, so that nobody is locked out by a link that they did not ask for.
"""

import datetime as dt
import secrets
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from hub import background, post
from hub.domain.actor import Actor, process
from hub.domain.errors import NotAllowed
from hub.domain.letters import Ending
from hub.domain.permissions import check_may_manage
from hub.domain.vocabulary import SystemActor
from hub.extensions import clock, db
from hub.models import PasswordLink, User
from hub.models.admin import note
from hub.people import invitation_queries, queries, sessions
from hub.people import password_link_queries as links
from hub.people.invitation_actions import check_manages
from hub.people.invitation_queries import OwnPractice

HANDED_LASTS = dt.timedelta(hours=24)
MAILED_LASTS = dt.timedelta(hours=1)
# Whoever presses the button again and again fills nobody's mailbox.
BETWEEN_LETTERS = dt.timedelta(minutes=5)
OWN = "This is your own account: change your password on your account page."
SWITCHED_OFF = "This account is switched off, so a new password would open nothing."
OPENS_MORE = (
    "This account also opens what you do not manage (another practice, or hub work). Ask a hub lead to make "
    "the link."
)
SUBJECT = "Set a new password for the pharmacy hub"

_BODY = """\
Somebody asked on the sign-in page of the pharmacy hub to set a new password for your account.

If that was you, open this link within an hour. It works once:
{link}

If it was not you, do nothing: your password stays as it is. Tell your hub lead if it happens again.
"""


def mail_is_on() -> bool:
    """Say whether a link can be sent by e-mail."""
    return post.mail() is not None


def make_for_staff(own: OwnPractice, user: User, *, by: Actor) -> str:
    """Make a link for somebody of one's own practice's staff; return its token, told once.

    Raises:
        NotAllowed: they do not manage the practice, it is themselves, or the account opens more than the
            practices they manage.
    """
    check_manages(own)
    managed = [one.practice.id for one in invitation_queries.own_practices(by) if one.manages]
    if links.opens_more_than(user.id, managed):
        raise NotAllowed(OPENS_MORE)
    return _make(user, by=by, practice_id=own.practice.id)


def make_for_account(user: User, *, by: Actor) -> str:
    """Make a link for an account that a lead or an administrator may change; return its token, told once.

    Raises:
        NotAllowed: they may not change this account, it is switched off, or it is themselves.
    """
    check_may_manage(by.roles, queries.roles_of(user))
    return _make(user, by=by)


def ask_by_mail(email: str) -> None:
    """Have a link sent to this address if an account has it; takes as long, and does as much, if none has."""
    user_id = links.id_of_address(email)
    background.later(
        "mail_password_link",
        key=f"mail_password_link:{secrets.token_hex(16)}",
        lane="upkeep",
        user_id=user_id,
    )


def mail_link(user_id: int) -> None:
    """Send a link to this account (0: nobody's), unless one went out just now.

    Raises:
        Trouble: the mail server cannot be reached, or puts the letter off; then it is tried again.
    """
    server, user, now = post.mail(), db.session.get(User, user_id), clock.now()
    before = links.open_of(user_id)
    if server is None or user is None or not user.active:
        return
    if before is not None and before.made_by_id is None and before.made_at > now - BETWEEN_LETTERS:
        return
    token = _new(user.id, before, made_by_id=None, lasts=MAILED_LASTS)
    line = post.Line(server)
    try:
        said = line.send(user.email, _letter(server.sender, user.email, token))
    finally:
        line.close()
    if said.ending is Ending.LATER:
        raise post.Trouble(said.why)
    by = process(SystemActor.PLACING)
    went = "was sent by e-mail" if said.ending is not Ending.NEVER else "could not be sent by e-mail"
    note(
        f"A link to set a new password {went}, asked for on the sign-in page.", by=by, at=now, user_id=user.id
    )


def set_password(link: PasswordLink, user: User, password: str) -> None:
    """Set the password, already checked, of whoever holds the link; every session of theirs ends."""
    user.password_hash = sessions.hash_password(password)
    link.used_at = clock.now()
    sessions.end_all(user.id)
    by = Actor(user_id=user.id, name=user.name)
    note("New password set with a link; every session ended.", by=by, at=clock.now(), user_id=user.id)


def _make(user: User, *, by: Actor, practice_id: int | None = None) -> str:
    if user.id == by.user_id:
        raise NotAllowed(OWN)
    if not user.active:
        raise NotAllowed(SWITCHED_OFF)
    token = _new(user.id, links.open_of(user.id), made_by_id=by.user_id, lasts=HANDED_LASTS)
    what = f"A link to set a new password was made for {user.name}."
    note(what, by=by, at=clock.now(), user_id=user.id, practice_id=practice_id)
    return token


def _new(user_id: int, before: PasswordLink | None, *, made_by_id: int | None, lasts: dt.timedelta) -> str:
    """Add a link and take the one before back; return its token."""
    token, now = secrets.token_urlsafe(32), clock.now()
    if before is not None:
        before.withdrawn_at = now
        db.session.flush()
    db.session.add(
        PasswordLink(
            user_id=user_id,
            token_hash=invitation_queries.hash_of(token),
            made_at=now,
            made_by_id=made_by_id,
            expires_at=now + lasts,
        )
    )
    db.session.flush()
    return token


def _letter(sender: str, to: str, token: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, SUBJECT
    message["Date"] = format_datetime(clock.now().astimezone(dt.UTC))
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice comes back
    message.set_content(_BODY.format(link=f"{post.public_url()}/password/{token}"))
    return message
