"""Letters handed to the mail server, tried again, given up.

A letter is claimed in a transaction of its own before anything is said to the server, and settled
in another one afterwards. Whoever dies in between leaves a claim behind that ends by itself: the
letter is then sent again, under the same Message-ID, and may arrive twice. That is counted.
"""

import datetime as dt
from email.message import EmailMessage
from email.utils import format_datetime

from sqlalchemy import ColumnElement, select

from hub import post
from hub.domain.errors import Conflict
from hub.domain.letters import LEASE, Ending, body, next_try, subject
from hub.extensions import clock, db
from hub.models import Letter, User

INBOX, SETTINGS = "/inbox", "/inbox/settings"
LOST = "The process that was sending it ended without saying how."


def mail_is_on() -> bool:
    """Say whether a server for e-mail is set up."""
    return post.mail() is not None


def send_due() -> int:
    """Hand over what is due, letter by letter, until nothing is left or the line ends; commits.

    Returns how many were sent.
    """
    server = post.mail()
    _take_back_lost()
    if server is None or not _anything_due():
        return 0
    try:
        line = post.Line(server)
    except post.Trouble as trouble:
        _put_all_off(trouble.why)
        return 0
    sent = 0
    try:
        while line.has_time and (letter := _claimed()) is not None:
            sent += _settle(letter, _handed_over(line, letter))
    finally:
        line.close()
    return sent


def resend(letter: Letter) -> None:
    """Have a letter that was given up tried again, as if it were new but for its Message-ID.

    Raises:
        Conflict: it was not given up, or it is being tried again already.
    """
    if letter.dead_at is None:
        raise Conflict("This letter is not among those that were given up any more.")
    letter.dead_at, letter.attempts, letter.unsure, letter.last_error = None, 0, 0, ""
    letter.next_at, letter.put_away_at = clock.now(), None


def put_away(letter: Letter) -> None:
    """Take a letter that was given up off the list; nothing is lost, its notices stand in the inbox.

    Raises:
        Conflict: it was not given up.
    """
    if letter.dead_at is None:
        raise Conflict("This letter is not among those that were given up any more.")
    letter.put_away_at = clock.now()


def _due() -> tuple[ColumnElement[bool], ...]:
    return (
        Letter.sent_at.is_(None),
        Letter.dead_at.is_(None),
        Letter.sending_since.is_(None),
        Letter.next_at <= clock.now(),
    )


def _anything_due() -> bool:
    """Say whether a letter is due now; commits."""
    found = db.session.scalar(select(Letter.id).where(*_due()).limit(1)) is not None
    db.session.commit()
    return found


def _take_back_lost() -> None:
    """End the claims of processes that died while they were sending; commits."""
    query = select(Letter).where(Letter.sending_since < clock.now() - LEASE)
    for letter in db.session.scalars(query.with_for_update(skip_locked=True)).all():
        _end_attempt(letter, post.Said(Ending.UNSURE, LOST))
    db.session.commit()


def _put_all_off(why: str) -> None:
    """Note for every letter that is due that the server could not be spoken to; commits."""
    for letter in db.session.scalars(select(Letter).where(*_due()).with_for_update(skip_locked=True)).all():
        letter.attempts += 1
        _end_attempt(letter, post.Said(Ending.LATER, why))
    db.session.commit()


def _claimed() -> Letter | None:
    """Return the letter that has been due longest, claimed for this process; commits."""
    query = select(Letter).where(*_due()).order_by(Letter.next_at, Letter.id).limit(1)
    letter = db.session.scalars(query.with_for_update(skip_locked=True)).one_or_none()
    if letter is not None:
        letter.attempts += 1
        letter.sending_since = clock.now()
    db.session.commit()
    return letter


def _handed_over(line: post.Line, letter: Letter) -> post.Said:
    """Hand one letter over and return how that ended; commits first, so that nothing stays open meanwhile."""
    to = db.session.scalar(select(User.email).where(User.id == letter.user_id, User.active))
    db.session.commit()
    if to is None:
        return post.Said(Ending.NEVER, "The account is switched off.")
    return line.send(to, _message(letter, to))


def _settle(letter: Letter, said: post.Said) -> int:
    """Write down how the attempt ended, and return 1 if the letter was sent; commits."""
    letter = db.session.scalars(select(Letter).where(Letter.id == letter.id).with_for_update()).one()
    _end_attempt(letter, said)
    db.session.commit()
    return 1 if said.ending is Ending.SENT else 0


def _end_attempt(letter: Letter, said: post.Said) -> None:
    now = clock.now()
    letter.sending_since, letter.last_error = None, said.why
    if said.ending is Ending.SENT:
        letter.sent_at = now
        return
    if said.ending is Ending.UNSURE:
        letter.unsure += 1
    again = None if said.ending is Ending.NEVER else next_try(letter.attempts, now)
    if again is None:
        letter.dead_at = now
    else:
        letter.next_at = again


def _message(letter: Letter, to: str) -> EmailMessage:
    """Return the letter as it is sent; the same at every attempt, so that a second one is recognised."""
    server = post.mail()
    assert server is not None
    root = post.public_url()
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = to
    message["Subject"] = subject(letter.kind, letter.counts)
    message["Date"] = format_datetime(letter.made_at.astimezone(dt.UTC))
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice comes back
    message["List-Unsubscribe"] = f"<{root}{SETTINGS}>"
    message.set_content(body(letter.counts, inbox=f"{root}{INBOX}", settings=f"{root}{SETTINGS}"))
    return message
