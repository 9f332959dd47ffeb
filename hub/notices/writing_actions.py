"""Letters written from what is unread: soon after somebody wrote, and once a day as a digest."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from hub import post
from hub.domain.letters import TOGETHER, Kind, Wants, digest_is_due
from hub.domain.notices import ALARMS, AT_ONCE, Code
from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON, WorkCalendar, start_of_day
from hub.extensions import clock, db
from hub.models import Letter, Notice, NoticeSetting, PracticeAccess, Tick, User, UserRole
from hub.notices import queries
from hub.notices.letter_actions import send_due
from hub.notices.setting_actions import wants_of

STALE = dt.timedelta(days=1)  # what nobody was told of for so long, the digest tells


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
