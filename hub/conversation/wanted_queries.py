"""What each filter of a list of requests holds true of, in SQL: for lists, for counts and for reports.

One definition each, so that a number and the list that it opens cannot differ.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, any_, case, func, literal, not_, or_, select

from hub.domain.import_words import Result
from hub.domain.lifecycle import Act
from hub.domain.promises import local_day
from hub.domain.request_list import ANY, Wanted, end_of_week, span_of_month
from hub.domain.vocabulary import CLOCK_STOPPERS, OPEN_STATUSES, Status, WaitingOn
from hub.domain.worktime import start_of_day
from hub.models import Event, ImportRow, ImportRun, Message, Practice, Task, ToDo

Condition = ColumnElement[bool]
IS_OPEN = Task.status.in_(OPEN_STATUSES)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose requests are looked at (practices), when, and by whom."""

    practice_ids: tuple[int, ...]
    now: dt.datetime
    user_id: int | None


def conditions(wanted: Wanted, asked: Asked) -> list[Condition]:
    """Return what holds of each request that is wanted, whatever `show` says."""
    found: list[Condition] = [Task.practice_id.in_(asked.practice_ids)]
    plain: list[tuple[Any, Any]] = [
        (wanted.kind, Task.kind), (wanted.urgency, Task.requested), (wanted.outcome, Task.outcome),
    ]  # fmt: skip
    found += [column == value for value, column in plain if value]
    if wanted.practice:
        found.append(Task.practice_id.in_(select(Practice.id).where(Practice.ods_code == wanted.practice)))
    if wanted.status:
        found.append(_STATUS[wanted.status])
    if wanted.late:
        found.append(lateness(asked.now)[wanted.late])
    if wanted.mine:
        found.append(Task.raised_by_id == asked.user_id)
    return found + _moments(wanted, asked)


def lateness(now: dt.datetime) -> dict[str, Condition]:
    """Return the three conditions that share out all requests: not late, late, and late on arrival.

    Late: past the target or the deadline. What is over is judged when it ended. While practice or
    patient is awaited the target's clock stands still, so it is judged at the moment the wait began; a
    deadline's clock never stops. What came after it should have been done is late on arrival, and is
    not counted among the late.
    """
    stopped = and_(Task.status == Status.WAITING, Task.waiting_on.in_(CLOCK_STOPPERS))
    ended = func.coalesce(Task.closed_at, literal(now))
    judged_at = case((stopped, Task.waiting_since), else_=ended)
    late = or_(Task.due_at < judged_at, func.coalesce(Task.deadline_at < ended, False))
    in_time_here = not_(Task.late_on_arrival)
    return {
        "no": and_(in_time_here, not_(late)),
        "late": and_(in_time_here, late),
        "arrival": and_(Task.late_on_arrival),
    }


def due_this_week(now: dt.datetime) -> Condition:
    """Return the condition of what is open, neither late nor late on arrival, and due by Sunday's end."""
    end = end_of_week(local_day(now))
    soon = or_(Task.due_at < end, func.coalesce(Task.deadline_at < end, False))
    return and_(IS_OPEN, lateness(now)["no"], soon)


def done_in(month: str) -> Condition:
    """Return the condition of what was completed in a month such as "2026-11"."""
    start, end = span_of_month(month)
    return and_(Task.status == Status.COMPLETED, Task.closed_at >= start, Task.closed_at < end)


def sent_back_in(month: str, practice_ids: Collection[int]) -> Select[Any]:
    """Return a query of (task_id, code): each time a request of these was sent back in a month."""
    start, end = span_of_month(month)
    code = func.coalesce(Event.data["code"].astext, "other").label("code")
    return select(Event.task_id, code).where(
        Event.practice_id.in_(practice_ids), Event.kind == Act.SENT_BACK, Event.at >= start, Event.at < end
    )


def not_told(words: str) -> Condition:
    """Return the condition that a safety question was not answered: this one, or any."""
    return func.cardinality(Task.not_told) > 0 if words == ANY else literal(words) == any_(Task.not_told)


def with_open_question(practice_ids: Collection[int]) -> Select[Any]:
    """Return a query of the tasks with a question that nobody has answered."""
    return select(Message.task_id).where(
        Message.practice_id.in_(practice_ids), Message.asks, Message.answered_at.is_(None)
    )


def with_open_to_do(practice_ids: Collection[int]) -> Select[Any]:
    """Return a query of the tasks with something that the practice has not ticked."""
    return select(ToDo.task_id).where(ToDo.practice_id.in_(practice_ids), ToDo.ticked_at.is_(None))


def _moments(wanted: Wanted, asked: Asked) -> list[Condition]:
    found: list[Condition] = []
    if wanted.raised_from:
        found.append(Task.raised_at >= start_of_day(wanted.raised_from))
    if wanted.raised_to:
        found.append(Task.raised_at < start_of_day(wanted.raised_to + dt.timedelta(days=1)))
    if wanted.due:
        found.append(due_this_week(asked.now))
    if wanted.to_do:
        found.append(Task.id.in_(with_open_to_do(asked.practice_ids)))
    if wanted.done:
        found.append(done_in(wanted.done))
    if wanted.sent_back:
        back = sent_back_in(wanted.sent_back, asked.practice_ids).subquery()
        which = back.c.code == wanted.reason if wanted.reason else literal(True)
        found.append(Task.id.in_(select(back.c.task_id).where(which)))
    if wanted.file:
        found.append(Task.id.in_(_raised_by_file(wanted.file, asked.practice_ids)))
    if wanted.not_told:
        found.append(not_told(wanted.not_told))
    return found


def _raised_by_file(ref: str, practice_ids: Collection[int]) -> Select[Any]:
    """Return a query of the tasks that the file with this reference raised for these practices."""
    raised = select(ImportRow.task_id).join(ImportRun, ImportRun.id == ImportRow.run_id)
    return raised.where(
        ImportRun.ref == ref, ImportRow.result == Result.CREATED, ImportRow.practice_id.in_(practice_ids)
    )


_STATUS: dict[str, Condition] = {
    "open": IS_OPEN,
    "in-line": Task.status.in_((Status.RAISED, Status.QUEUED)),
    "assigned": Task.status == Status.ASSIGNED,
    "in-progress": Task.status == Status.IN_PROGRESS,
    "waiting-practice": and_(Task.status == Status.WAITING, Task.waiting_on == WaitingOn.PRACTICE),
    "waiting-others": and_(Task.status == Status.WAITING, Task.waiting_on != WaitingOn.PRACTICE),
    "sent-back": Task.status == Status.SENT_BACK,
}


def was_stopped(asked: Asked) -> Condition:
    """Return the condition of what was stopped and leaves the practice nothing to do."""
    return and_(Task.status == Status.CANCELLED, ~Task.id.in_(with_open_to_do(asked.practice_ids)))
