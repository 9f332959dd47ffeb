"""A person's own notices: how many are unread, one page of them, what of a list is new to them."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from hub.domain.actor import Actor
from hub.domain.notices import Code
from hub.extensions import db
from hub.models import Letter, Notice, NoticeSetting, Practice, Task, User

PAGE = 25
SENT_LATELY = dt.timedelta(days=7)
MOST_COUNTED = 100  # for the navigation: beyond that the number says nothing more


@dataclass(frozen=True)
class Inbox:
    """One page of a person's notices, newest first; `rows` are (Notice, ref, kind, practice, who)."""

    rows: list[Any]
    page: int
    pages: int
    total: int
    unread: int
    newest: int


def unread(by: Actor) -> int:
    """Return how many of this person's notices are unread, at most `MOST_COUNTED`; one cheap statement."""
    few = select(Notice.id).where(*_mine(by), Notice.read_at.is_(None)).limit(MOST_COUNTED).subquery()
    return db.session.scalar(select(func.count()).select_from(few)) or 0


def inbox(by: Actor, codes: Collection[Code], *, unread_only: bool, page: int) -> Inbox:
    """Return one page of this person's notices of these codes; a page that does not exist is the first.

    Two statements, whatever there is.
    """
    these = [*_mine(by), Notice.code.in_(codes)]
    unread_count = func.count().filter(Notice.read_at.is_(None))
    counts = db.session.execute(
        select(func.count(), unread_count, func.coalesce(func.max(Notice.id), 0)).where(*these)
    ).one()
    total = counts[1] if unread_only else counts[0]
    pages = max(1, -(-total // PAGE))
    page = page if 1 <= page <= pages else 1
    query = _rows().where(*these)
    if unread_only:
        query = query.where(Notice.read_at.is_(None))
    rows = db.session.execute(query.order_by(Notice.id.desc()).limit(PAGE).offset((page - 1) * PAGE))
    return Inbox(list(rows), page, pages, total, counts[1], counts[2])


def new_to(user_id: int | None) -> ColumnElement[int]:
    """Return the expression that counts what of a row's task is new to this person."""
    query = select(func.count()).where(
        Notice.user_id == user_id, Notice.task_id == Task.id, Notice.read_at.is_(None)
    )
    return query.correlate_except(Notice).scalar_subquery()


def tasks_new_to(user_id: int | None) -> Select[int | None]:
    """Return the query for the tasks of which something is new to this person."""
    return select(Notice.task_id).where(
        Notice.user_id == user_id, Notice.read_at.is_(None), Notice.task_id.is_not(None)
    )


def to_decide() -> int:
    """Return how many tasks need a lead's decision now."""
    return db.session.scalar(select(func.count()).where(Task.decide_since.is_not(None))) or 0


def setting_of(user_id: int) -> NoticeSetting | None:
    """Return what this person chose to have by e-mail; None if they have chosen nothing yet."""
    return db.session.get(NoticeSetting, user_id)


def dead_letters() -> list[Any]:
    """Return the letters that were given up and not put away, newest first: (Letter, the person's name)."""
    query = (
        select(Letter, User.name)
        .join(User, User.id == Letter.user_id)
        .where(Letter.dead_at.is_not(None), Letter.put_away_at.is_(None))
        .order_by(Letter.dead_at.desc(), Letter.id.desc())
        .limit(200)
    )
    return list(db.session.execute(query))


@dataclass(frozen=True)
class LettersState:
    """How many letters are under way, why the last attempt of one of them failed, when one was sent last."""

    waiting: int
    trouble: str
    last_sent: dt.datetime | None


def letters_state(now: dt.datetime) -> LettersState:
    """Return how sending stands: two statements."""
    waiting = Letter.sent_at.is_(None), Letter.dead_at.is_(None)
    tried = select(Letter.last_error).where(*waiting, Letter.last_error != "").order_by(Letter.next_at.desc())
    count = select(func.count()).where(*waiting).scalar_subquery()
    last = select(func.max(Letter.sent_at)).where(Letter.made_at > now - SENT_LATELY).scalar_subquery()
    row = db.session.execute(select(count, last)).one()
    return LettersState(row[0], db.session.scalar(tried.limit(1)) or "", row[1])


def letter(letter_id: int, *, lock: bool = False) -> Letter | None:
    """Return one letter, locked if it is to be changed; None if there is none."""
    query = select(Letter).where(Letter.id == letter_id)
    return db.session.scalars(query.with_for_update() if lock else query).one_or_none()


def _mine(by: Actor) -> tuple[ColumnElement[bool], ...]:
    return (Notice.user_id == by.user_id,)


def _rows() -> Select[Any, Any, Any, Any, Any]:
    author = aliased(User)
    return (
        select(Notice, Task.ref, Task.kind, Practice.name.label("practice"), author.name.label("who"))
        .outerjoin(Task, Task.id == Notice.task_id)
        .outerjoin(Practice, Practice.id == Notice.practice_id)
        .outerjoin(author, author.id == Notice.by_id)
    )
