"""Letters: written from what is unread, handed to the mail server, tried again, given up.

A letter is claimed in a transaction of its own before anything is said to the server, and settled
in another one afterwards. Whoever dies in between leaves a claim behind that ends by itself: the
letter is then sent again, under the same Message-ID, and may arrive twice. That is counted.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from hub import post
from hub.domain.errors import Conflict
from hub.domain.letters import LEASE, TOGETHER, Ending, Kind, Wants, body, digest_is_due, next_try, subject
from hub.domain.notices import ALARMS, AT_ONCE, Code
from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON, WorkCalendar, start_of_day
from hub.extensions import clock, db
from hub.models import Letter, Notice, NoticeSetting, PracticeAccess, Tick, User, UserRole
from hub.notices import queries
from hub.notices.setting_actions import wants_of

STALE = dt.timedelta(days=1)  # what nobody was told of for so long, the digest tells
INBOX, SETTINGS = "/inbox", "/inbox/settings"
LOST = "The process that was sending it ended without saying how."


def mail_is_on() -> bool:
    """Say whether a server for e-mail is set up."""
    return post.mail() is not None


def write_letters() -> int:
    """Write a letter to everyone to whom somebody wrote lately, and send what is due; commits.

    Periodic. Nothing happens while e-mail is off. Returns how many were sent.
    """
    if post.mail() is None:
        return 0
    for user_id in _written_to():
        _write_at_once(user_id)
    db.session.commit()
    return send_due()


def write_digests() -> int:
    """Write the day's digest to everyone whose hour has come, once per person and day; commits.

    Returns how many were written; they are sent by `write_letters`, a minute later at most.
    """
    if post.mail() is None:
        return 0
    now, calendar, written = clock.now(), WorkCalendar(), 0
    day = start_of_day(now.astimezone(LONDON).date())
    for user, setting in db.session.execute(_readers()).all():
        wants = wants_of(setting)
        if digest_is_due(wants, now, calendar) and _is_first(user.id, day):
            written += _write_digest(user.id, wants)
        db.session.commit()
    return written


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


def _readers() -> Any:
    """Return the query for people who may get letters, with what they chose."""
    roles = select(UserRole.user_id).where(UserRole.role.in_((Role.REQUESTER, Role.CLINICIAN, Role.LEAD)))
    query = select(User, NoticeSetting).outerjoin(NoticeSetting, NoticeSetting.user_id == User.id)
    return query.where(User.active, User.id.in_(roles)).order_by(User.id)


def _may_see() -> ColumnElement[bool]:
    """Return the condition that a notice's person may still see its practice: access is taken away, too."""
    lead = select(UserRole.user_id).where(UserRole.role == Role.LEAD, UserRole.user_id == Notice.user_id)
    access = select(PracticeAccess.user_id).where(
        PracticeAccess.user_id == Notice.user_id, PracticeAccess.practice_id == Notice.practice_id
    )
    return or_(lead.correlate(Notice).exists(), access.correlate(Notice).exists())


def _not_mailed(codes: Collection[Code]) -> ColumnElement[bool]:
    return and_(
        Notice.read_at.is_(None),
        Notice.mailed_at.is_(None),
        Notice.code.in_(codes),
        Notice.created_at > clock.now() - STALE,
        _may_see(),
    )


def _written_to() -> list[int]:
    """Return to whom a letter is due at once: never more than one in a quarter of an hour, but for alarms."""
    lately = (
        select(Letter.id)
        .where(
            Letter.user_id == User.id,
            Letter.kind == Kind.AT_ONCE,
            Letter.made_at > clock.now() - TOGETHER,
        )
        .correlate(User)
    )
    wants = func.coalesce(NoticeSetting.at_once, True)
    query = (
        select(User.id)
        .join(Notice, Notice.user_id == User.id)
        .outerjoin(NoticeSetting, NoticeSetting.user_id == User.id)
        .where(User.active, _not_mailed(AT_ONCE))
        .where(or_(Notice.code.in_(ALARMS), and_(wants, ~lately.exists())))
    )
    return list(db.session.scalars(query.distinct().order_by(User.id)))


def _write_at_once(user_id: int) -> None:
    """Write one letter for all that was not told of; what another process told of meanwhile is left out."""
    wants = wants_of(queries.setting_of(user_id))
    codes = AT_ONCE if wants.at_once else ALARMS
    mark = update(Notice).where(Notice.user_id == user_id, _not_mailed(codes))
    done = db.session.scalars(mark.values(mailed_at=clock.now()).returning(Notice.code)).all()
    if done:
        _write(user_id, Kind.AT_ONCE, Counter(done))


def _is_first(user_id: int, day: dt.datetime) -> bool:
    query = insert(Tick).values(name=f"digest:{user_id}", period=day).on_conflict_do_nothing()
    return db.session.execute(query.returning(Tick.name)).scalar_one_or_none() is not None


def _write_digest(user_id: int, wants: Wants) -> int:
    """Write a digest if something came since the last one; counts all that is unread."""
    mine = (Notice.user_id == user_id, Notice.read_at.is_(None), Notice.code.in_(wants.codes()), _may_see())
    last = select(func.max(Letter.made_at)).where(Letter.user_id == user_id, Letter.kind == Kind.DIGEST)
    since = db.session.scalar(last)
    newest = db.session.scalar(select(func.max(Notice.created_at)).where(*mine))
    if newest is None or (since is not None and newest <= since):
        return 0
    query = select(Notice.code, func.count(func.distinct(func.coalesce(Notice.task_id, -Notice.id))))
    found = db.session.execute(query.where(*mine).group_by(Notice.code)).all()
    counts: dict[str, int] = {row[0]: row[1] for row in found}
    if Code.DECISION in counts and not (waiting := queries.to_decide()):
        del counts[Code.DECISION]
    elif Code.DECISION in counts:
        counts[Code.DECISION] = waiting
    if counts:
        _write(user_id, Kind.DIGEST, counts)
    return 1 if counts else 0


def _write(user_id: int, kind: Kind, counts: Mapping[str, int]) -> None:
    server = post.mail()
    assert server is not None
    now = clock.now()
    domain = server.sender.rpartition("@")[2]
    db.session.add(
        Letter(
            user_id=user_id,
            kind=kind.value,
            message_id=f"<{uuid.uuid4().hex}@{domain}>",
            counts=dict(counts),
            made_at=now,
            next_at=now,
        )
    )
    db.session.flush()


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
