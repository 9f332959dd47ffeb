"""The numbers of a report. Each is counted by the condition of the list that it opens."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Integer, case, cast, func, select

from hub.conversation.wanted_queries import (
    IS_OPEN,
    Asked,
    done_in,
    due_this_week,
    lateness,
    sent_back_in,
    was_stopped,
)
from hub.domain.measures import Done
from hub.domain.request_list import span_of_month
from hub.domain.vocabulary import Status
from hub.extensions import db
from hub.models import ImportRow, OutcomeRecord, Task, ToDo


@dataclass(frozen=True, slots=True)
class Month:
    """What happened in a month: `raised` requests; of these, stopped since, and `taken_back` with their file;
    of these too, with safety questions not answered, in all and
    by question; each kind's completions and outcomes; how many were sent back, in all and by reason; and the
    minutes recorded on what was completed."""

    raised: int
    stopped: int
    taken_back: int
    not_told: int
    by_question: dict[str, int]
    done: list[Done]
    outcomes: dict[tuple[str, str], int]
    sent_back: int
    by_reason: dict[str, int]
    minutes: int


def now_counts(asked: Asked) -> dict[str, int]:
    """Return how the open requests stand at this moment; two statements."""
    late = lateness(asked.now)
    columns = {
        "open": func.count(),
        "due": func.count().filter(due_this_week(asked.now)),
        "late": func.count().filter(late["late"]),
        "arrival": func.count().filter(late["arrival"]),
        "sent_back": func.count().filter(Task.status == Status.SENT_BACK),
    }
    query = (
        select(*(column.label(name) for name, column in columns.items()))
        .select_from(Task)
        .where(Task.practice_id.in_(asked.practice_ids), IS_OPEN)
    )
    found = dict(db.session.execute(query).one()._mapping)
    things = select(func.count(), func.count(ToDo.task_id.distinct())).where(
        ToDo.practice_id.in_(asked.practice_ids), ToDo.ticked_at.is_(None)
    )
    found["things"], found["to_do"] = db.session.execute(things).one()
    return found


def month(asked: Asked, which: str) -> Month:
    """Return what happened in a month such as "2026-11"; five statements, however many requests."""
    raised, stopped, taken_back, not_told, by_question = _raised(asked, which)
    done, outcomes = _done(asked, which)
    sent_back, by_reason = _sent_back(asked, which)
    minutes = _minutes(asked, which)
    return Month(
        raised, stopped, taken_back, not_told, by_question, done, outcomes, sent_back, by_reason, minutes
    )


def _raised(asked: Asked, which: str) -> tuple[int, int, int, int, dict[str, int]]:
    start, end = span_of_month(which)
    these = Task.practice_id.in_(asked.practice_ids), Task.raised_at >= start, Task.raised_at < end
    silent = func.cardinality(Task.not_told) > 0
    undone = select(ImportRow.task_id).where(
        ImportRow.practice_id.in_(asked.practice_ids), ImportRow.undone_at.is_not(None)
    )
    stopped_now, with_file, not_told = (
        func.count().filter(one) for one in (was_stopped(asked), Task.id.in_(undone), silent)
    )
    total, ended, taken_back, some = db.session.execute(
        select(func.count(), stopped_now, with_file, not_told).select_from(Task).where(*these)
    ).one()
    if not some:
        return total, ended, taken_back, 0, {}
    one = select(func.unnest(Task.not_told).label("words")).where(*these, silent).subquery()
    query = select(one.c.words, func.count()).group_by(one.c.words)
    return total, ended, taken_back, some, {row[0]: row[1] for row in db.session.execute(query)}


def _done(asked: Asked, which: str) -> tuple[list[Done], dict[tuple[str, str], int]]:
    ends = lateness(asked.now)
    how = case((ends["arrival"], "arrival"), (ends["late"], "late"), else_="no").label("how")
    day = func.date(func.timezone("Europe/London", Task.closed_at)).label("day")
    query = (
        select(Task.kind, Task.outcome, Task.receipt_on, day, how, func.count().label("number"))
        .where(Task.practice_id.in_(asked.practice_ids), done_in(which))
        .group_by(Task.kind, Task.outcome, Task.receipt_on, day, how)
    )
    done, outcomes = [], dict[tuple[str, str], int]()
    for row in db.session.execute(query):
        done.append(Done(row.kind, row.receipt_on, row.day, row.how, row.number))
        outcomes[row.kind, row.outcome] = outcomes.get((row.kind, row.outcome), 0) + row.number
    return done, outcomes


def _sent_back(asked: Asked, which: str) -> tuple[int, dict[str, int]]:
    back = sent_back_in(which, asked.practice_ids).subquery()
    number = func.count(back.c.task_id.distinct())
    query = select(back.c.code, number.label("number"), func.grouping(back.c.code).label("all")).group_by(
        func.rollup(back.c.code)
    )
    rows = db.session.execute(query).all()
    total = next((row.number for row in rows if row.all), 0)
    return total, {row.code: row.number for row in rows if not row.all}


def _minutes(asked: Asked, which: str) -> int:
    start, end = span_of_month(which)
    query = select(cast(func.coalesce(func.sum(OutcomeRecord.minutes), 0), Integer)).where(
        OutcomeRecord.practice_id.in_(asked.practice_ids), OutcomeRecord.at >= start, OutcomeRecord.at < end
    )
    return db.session.scalar(query) or 0


def days_of(which: str) -> tuple[dt.date, dt.date]:
    """Return the first day of a month, and the first of the next one."""
    first = dt.date.fromisoformat(f"{which}-01")
    return first, (first + dt.timedelta(days=31)).replace(day=1)
