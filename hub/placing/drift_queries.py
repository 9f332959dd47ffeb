"""How well urgency was judged: given against what it should have been, and who marks everything urgent."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from hub.domain.vocabulary import RequestedUrgency
from hub.extensions import db
from hub.models import OutcomeRecord, Practice, Task

# Fewer requests than this say nothing about a practice's habits.
ENOUGH = 10
# So many times the others' share counts as "marks everything urgent".
MUCH = 2


@dataclass(frozen=True)
class Drift:
    """Of one kind at one practice: tasks completed, those of which someone said what their urgency should
    have been, and of these how many should have been sooner, or later, than they were given."""

    kind: str
    practice_id: int
    practice_name: str
    completed: int
    said: int
    sooner: int
    later: int


@dataclass(frozen=True)
class Asking:
    """How one practice asked: requests, of which urgent and soon, and the others' share of both together.

    `share` and `others` are from 0 to 1; `stands_out` where the share is `MUCH` times the others' or more.
    """

    practice_id: int
    practice_name: str
    requests: int
    urgent: int
    soon: int
    share: float
    others: float
    stands_out: bool


def drift(since: dt.datetime, until: dt.datetime) -> list[Drift]:
    """Return drift by kind and practice for what was completed from `since` up to `until`.

    Where most was amiss first. Only what the one who acts may see is counted.
    """
    should = OutcomeRecord.band_should
    amiss = func.count().filter(should != Task.band)
    query = (
        select(
            Task.kind,
            Task.practice_id,
            Practice.name.label("practice_name"),
            func.count().label("completed"),
            func.count(should).label("said"),
            func.count().filter(should < Task.band).label("sooner"),
            func.count().filter(should > Task.band).label("later"),
        )
        .join(Task, Task.id == OutcomeRecord.task_id)
        .join(Practice, Practice.id == Task.practice_id)
        .where(OutcomeRecord.at >= since, OutcomeRecord.at < until)
        .group_by(Task.kind, Task.practice_id, Practice.name)
        .order_by(amiss.desc(), Practice.name, Task.kind)
    )
    return [Drift(**row._mapping) for row in db.session.execute(query)]


def drift_rows(
    since: dt.datetime, until: dt.datetime, *, kind: str = "", practice_id: int | None = None
) -> list[Any]:
    """Return the tasks behind `drift`, latest first: ref, kind, practice_id, band, band_should, at."""
    query = (
        select(Task.ref, Task.kind, Task.practice_id, Task.band, OutcomeRecord.band_should, OutcomeRecord.at)
        .join(Task, Task.id == OutcomeRecord.task_id)
        .where(OutcomeRecord.at >= since, OutcomeRecord.at < until, OutcomeRecord.band_should.is_not(None))
        .where(*_narrowed(kind, practice_id))
    )
    return list(db.session.execute(query.order_by(OutcomeRecord.at.desc(), Task.id)))


def asking(since: dt.datetime, until: dt.datetime) -> list[Asking]:
    """Return how each practice asked for what it raised from `since` up to `until`, most pressing first."""
    query = (
        select(
            Task.practice_id,
            Practice.name,
            func.count().label("requests"),
            func.count().filter(Task.requested == RequestedUrgency.URGENT).label("urgent"),
            func.count().filter(Task.requested == RequestedUrgency.SOON).label("soon"),
        )
        .join(Practice, Practice.id == Task.practice_id)
        .where(Task.raised_at >= since, Task.raised_at < until)
        .group_by(Task.practice_id, Practice.name)
    )
    rows = list(db.session.execute(query))
    requests, pressed = sum(row.requests for row in rows), sum(row.urgent + row.soon for row in rows)
    found = [_asking(row, requests, pressed) for row in rows]
    return sorted(found, key=lambda one: (-one.share, one.practice_name, one.practice_id))


def asking_rows(since: dt.datetime, until: dt.datetime, practice_id: int) -> list[Any]:
    """Return the requests behind one practice's line of `asking`: ref, kind, requested, band, raised_at."""
    query = select(Task.ref, Task.kind, Task.requested, Task.band, Task.raised_at).where(
        Task.practice_id == practice_id,
        Task.raised_at >= since,
        Task.raised_at < until,
        Task.requested != RequestedUrgency.ROUTINE,
    )
    return list(db.session.execute(query.order_by(Task.raised_at.desc(), Task.id)))


def _asking(row: Any, requests: int, pressed: int) -> Asking:
    mine, others = row.urgent + row.soon, requests - row.requests
    share = mine / row.requests
    theirs = (pressed - mine) / others if others else 0.0
    stands_out = row.requests >= ENOUGH and others >= ENOUGH and share >= MUCH * theirs and mine > 0
    return Asking(
        row.practice_id, row.name, row.requests, row.urgent, row.soon, share, theirs, bool(stands_out)
    )


def _narrowed(kind: str, practice_id: int | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if kind:
        found.append(Task.kind == kind)
    if practice_id is not None:
        found.append(Task.practice_id == practice_id)
    return found
