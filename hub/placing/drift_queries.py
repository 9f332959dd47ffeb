"""How well urgency was judged: given against what it should have been, and who marks everything urgent."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from hub.domain.errors import NotFound
from hub.domain.vocabulary import RequestedUrgency
from hub.extensions import db
from hub.models import OutcomeRecord, Practice, Task

# Fewer requests than this say nothing about a practice's habits.
ENOUGH = 10
# So many times the others' share counts as "marks everything urgent".
MUCH = 2
PAGE = 50

_SHOULD = OutcomeRecord.band_should
# The numbers of both reports, each with what must hold for a task to be counted in it.
COMPLETED: dict[str, tuple[ColumnElement[bool], ...]] = {
    "completed": (),
    "said": (_SHOULD.is_not(None),),
    "sooner": (Task.band > _SHOULD,),
    "later": (Task.band < _SHOULD,),
}
ASKED: dict[str, tuple[ColumnElement[bool], ...]] = {
    "requests": (),
    "urgent": (Task.requested == RequestedUrgency.URGENT,),
    "soon": (Task.requested == RequestedUrgency.SOON,),
}


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
class Behind:
    """One page of the tasks behind a number, with how many there are in all.

    A row has ref, kind, practice_name, band, requested, band_should (None: nothing said) and at: when it was
    completed, or for what was asked, raised.
    """

    rows: list[Any]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Asking:
    """How one practice asked: requests, of which urgent and soon, and the others' share of both together.

    `share` and `others` are from 0 to 1; `stands_out` where the share is `MUCH` times the others' or more.
    `might_stand_out` is where it is, too, but it or the others asked fewer than `ENOUGH` times.
    """

    practice_id: int
    practice_name: str
    requests: int
    urgent: int
    soon: int
    share: float
    others: float
    stands_out: bool
    might_stand_out: bool


def drift(since: dt.datetime, until: dt.datetime) -> list[Drift]:
    """Return drift by kind and practice for what was completed from `since` up to `until`.

    Where most was amiss first. Only what the one who acts may see is counted.
    """
    amiss = func.count().filter(Task.band != _SHOULD)
    query = (
        select(
            Task.kind,
            Task.practice_id,
            Practice.name.label("practice_name"),
            func.count().label("completed"),
            func.count(_SHOULD).label("said"),
            func.count().filter(*COMPLETED["sooner"]).label("sooner"),
            func.count().filter(*COMPLETED["later"]).label("later"),
        )
        .join(Task, Task.id == OutcomeRecord.task_id)
        .join(Practice, Practice.id == Task.practice_id)
        .where(OutcomeRecord.at >= since, OutcomeRecord.at < until)
        .group_by(Task.kind, Task.practice_id, Practice.name)
        .order_by(amiss.desc(), Practice.name, Task.kind)
    )
    return [Drift(**row._mapping) for row in db.session.execute(query)]


def asking(since: dt.datetime, until: dt.datetime) -> list[Asking]:
    """Return how each practice asked for what it raised from `since` up to `until`, most pressing first."""
    query = (
        select(
            Task.practice_id,
            Practice.name,
            func.count().label("requests"),
            func.count().filter(*ASKED["urgent"]).label("urgent"),
            func.count().filter(*ASKED["soon"]).label("soon"),
        )
        .join(Practice, Practice.id == Task.practice_id)
        .where(Task.raised_at >= since, Task.raised_at < until)
        .group_by(Task.practice_id, Practice.name)
    )
    rows = list(db.session.execute(query))
    requests, pressed = sum(row.requests for row in rows), sum(row.urgent + row.soon for row in rows)
    found = [_asking(row, requests, pressed) for row in rows]
    return sorted(found, key=lambda one: (-one.share, one.practice_name, one.practice_id))


def behind(
    number: str,
    since: dt.datetime,
    until: dt.datetime,
    *,
    kind: str = "",
    practice_id: int | None = None,
    page: int = 1,
) -> Behind:
    """Return one page of the tasks that a number of `drift` or `asking` counted, latest first.

    A page that does not exist is the first.

    Raises:
        NotFound: there is no such number.
    """
    if number not in COMPLETED and number not in ASKED:
        raise NotFound("This report has no such number.")
    at: Any = OutcomeRecord.at if number in COMPLETED else Task.raised_at
    only = (COMPLETED | ASKED)[number]
    conditions = [at >= since, at < until, *only, *_narrowed(kind, practice_id)]
    if number in COMPLETED:
        conditions.append(OutcomeRecord.task_id.is_not(None))
    rows = (
        select(
            Task.ref,
            Task.kind,
            Practice.name.label("practice_name"),
            Task.band,
            Task.requested,
            OutcomeRecord.band_should,
            at.label("at"),
        )
        .join(Practice, Practice.id == Task.practice_id)
        .outerjoin(OutcomeRecord, OutcomeRecord.task_id == Task.id)
        .where(*conditions)
    )
    total = db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    pages = max(-(-total // PAGE), 1)
    page = page if 1 <= page <= pages else 1
    some = rows.order_by(at.desc(), Task.id).limit(PAGE).offset((page - 1) * PAGE)
    return Behind(list(db.session.execute(some)), total, page, pages)


def _asking(row: Any, requests: int, pressed: int) -> Asking:
    mine, others = row.urgent + row.soon, requests - row.requests
    share = mine / row.requests
    theirs = (pressed - mine) / others if others else 0.0
    much, enough = mine > 0 and share >= MUCH * theirs, min(row.requests, others) >= ENOUGH
    return Asking(
        row.practice_id, row.name, row.requests, row.urgent, row.soon, share, theirs, much and enough,
        much and not enough,
    )  # fmt: skip


def _narrowed(kind: str, practice_id: int | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if kind:
        found.append(Task.kind == kind)
    if practice_id is not None:
        found.append(Task.practice_id == practice_id)
    return found
