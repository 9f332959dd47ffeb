"""Telling people: a notice is written with the event that causes it, in the same transaction.

`notify` is the door for every stage. A run that touches thousands of tasks calls it once, with
`count`. Nothing here has a unique key on purpose: two transactions that hold tasks and tell the
same person must never wait for each other.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, literal, or_, select, true, update
from sqlalchemy.orm import aliased

from hub.domain.actor import Actor
from hub.domain.notices import SAID_ONCE, Code
from hub.domain.vocabulary import Band, Role
from hub.extensions import clock, db
from hub.models import Letter, Notice, PracticeAccess, Task, User, UserRole

READ_KEPT = dt.timedelta(days=90)
UNREAD_KEPT = dt.timedelta(days=366)
LETTERS_KEPT = dt.timedelta(days=90)  # sent, or given up and put away by somebody
LOST_LETTERS_KEPT = dt.timedelta(days=366)  # given up, and nobody has looked

People = Select[int]


def notify(
    code: Code,
    *,
    to: People | Collection[int],
    by: Actor,
    practice_id: int | None = None,
    task: Task | None = None,
    about: str = "",
    count: int = 1,
) -> None:
    """Put a notice into the inbox of each of these people; does not commit, and takes one statement.

    `to` are ids, or a query for them (`staff_of`, `raiser_of`, `leads`); whoever acts is not told of
    what they did themselves, nor is anybody whose account is off. `task` gives the practice; without
    one `about` may be the reference of an import or a recall. `count` is how many things one notice
    stands for. No text about a patient is taken.
    """
    practice = task.practice_id if task is not None else practice_id
    task_id = task.id if task is not None else None
    told = select(
        User.id, literal(practice), literal(task_id), literal(code.value), literal(about),
        literal(by.user_id), literal(count), literal(clock.now()),
    ).where(User.active, User.id.in_(to))  # fmt: skip
    if by.user_id is not None:
        told = told.where(User.id != by.user_id)
    if code in SAID_ONCE:
        told = told.where(~_unread_already(code, User.id, literal(practice)))
    _insert(told)


def given_urgent(task_ids: Collection[int]) -> None:
    """Tell the people who were given these tasks of those that must be done now; one statement."""
    _insert(
        select(
            Task.assignee_id, Task.practice_id, Task.id, literal(Code.GIVEN_URGENT.value), literal(""),
            literal(None), literal(1), literal(clock.now()),
        ).where(Task.id.in_(task_ids), Task.assignee_id.is_not(None), Task.effective_band == Band.NOW)
    )  # fmt: skip


def tell_holder(code: Code, task: Task, *, by: Actor) -> None:
    """Tell the clinician who has the task; nobody if nobody has it."""
    if task.assignee_id is not None:
        notify(code, to=[task.assignee_id], by=by, task=task)


def tell_practice(code: Code, task: Task, *, by: Actor) -> None:
    """Tell everyone who raises requests for the practice: somebody there has to do something."""
    notify(code, to=staff_of(task.practice_id), by=by, task=task)


def tell_raiser(code: Code, task: Task, *, by: Actor) -> None:
    """Tell whoever raised the request what became of it; nobody if they left the practice."""
    notify(code, to=raiser_of(task), by=by, task=task)


def tell_leads(code: Code, task: Task, *, by: Actor) -> None:
    """Tell every lead. Of what needs a decision there is one unread per practice at most."""
    if code in SAID_ONCE:
        notify(code, to=leads(), by=by, practice_id=task.practice_id)
    else:
        notify(code, to=leads(), by=by, task=task)


def decisions_wait(task_ids: Collection[int]) -> None:
    """Tell the leads which practices' tasks among these need a decision; one statement."""
    flagged = Task.id.in_(task_ids) & Task.decide_since.is_not(None)
    found, code = select(Task.practice_id.label("id")).where(flagged).distinct().subquery(), Code.DECISION
    _insert(
        select(
            User.id, found.c.id, literal(None), literal(code.value), literal(""), literal(None), literal(1),
            literal(clock.now()),
        )
        .select_from(User)
        .join(found, true())  # every lead hears of every practice
        .where(User.active, User.id.in_(leads()), ~_unread_already(code, User.id, found.c.id))
    )  # fmt: skip


def staff_of(practice_id: int) -> People:
    """Return the query for whoever raises requests for this practice."""
    return select(PracticeAccess.user_id).where(
        PracticeAccess.practice_id == practice_id, PracticeAccess.role == Role.REQUESTER
    )


def raiser_of(task: Task) -> People:
    """Return the query for whoever raised this request, if they raise for its practice still."""
    return staff_of(task.practice_id).where(PracticeAccess.user_id == task.raised_by_id)


def leads() -> People:
    """Return the query for all leads."""
    return select(UserRole.user_id).where(UserRole.role == Role.LEAD)


def read_of_task(task: Task, *, by: Actor) -> int:
    """Mark what this person is told of this task as read, because they have it before them; say how many."""
    return _read(by, Notice.task_id == task.id)


def read_one(notice_id: int, *, by: Actor) -> int:
    """Mark one of this person's own notices as read; 0 if there is none, or it is read."""
    return _read(by, Notice.id == notice_id)


def read_all(codes: Collection[Code], *, before: int, by: Actor) -> int:
    """Mark this person's notices of these codes as read, up to the id `before`: what came since stays."""
    return _read(by, and_(Notice.code.in_(codes), Notice.id <= before))


def forget_notices() -> int:
    """Remove notices read long ago, and unread ones after a year; and old letters. Returns how many.

    What a letter counted stood in the inbox as well, so nothing but the trace of sending is lost.
    """
    now = clock.now()
    old = (Notice.read_at < now - READ_KEPT) | (Notice.created_at < now - UNREAD_KEPT)
    gone = db.session.execute(delete(Notice).where(old).returning(Notice.id))
    over = or_(
        Letter.sent_at < now - LETTERS_KEPT,
        Letter.put_away_at < now - LETTERS_KEPT,
        Letter.dead_at < now - LOST_LETTERS_KEPT,
    )
    # A digest says what came since the one before: each person's last one stays.
    last = select(func.max(Letter.id)).group_by(Letter.user_id, Letter.kind)
    letters = db.session.execute(delete(Letter).where(over, Letter.id.not_in(last)).returning(Letter.id))
    return len(gone.all()) + len(letters.all())


def _read(by: Actor, which: ColumnElement[bool]) -> int:
    mine = update(Notice).where(Notice.user_id == by.user_id, Notice.read_at.is_(None), which)
    done = db.session.execute(
        mine.values(read_at=clock.now()).returning(Notice.id), execution_options={"autoflush": False}
    )
    return len(done.all())


def _unread_already(code: Code, user_id: Any, practice_id: Any) -> ColumnElement[bool]:
    unread = aliased(Notice)
    query = select(unread.id).where(
        unread.user_id == user_id, unread.practice_id == practice_id, unread.code == code.value,
        unread.read_at.is_(None),
    )  # fmt: skip
    return query.correlate_except(unread).exists()


def _insert(told: Any) -> None:
    """Add these rows; a half-changed task in the session goes to the database later, with its event."""
    columns = ["user_id", "practice_id", "task_id", "code", "about", "by_id", "count", "created_at"]
    db.session.execute(insert(Notice).from_select(columns, told), execution_options={"autoflush": False})
