"""What the form needs to know before a request exists: for whom, is one open already, when is it seen?"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import joinedload

from hub import records
from hub.domain import rota
from hub.domain.actor import Actor
from hub.domain.eligibility import Person, may_do, may_ever_do
from hub.domain.kinds import Kind
from hub.domain.on_call import called_out, with_on_call
from hub.domain.promises import when_words
from hub.domain.routing import Needs, route
from hub.domain.urgency import Placement, Request, SeenBy, band_of, promised
from hub.domain.urgency import seen_by as say_seen_by
from hub.domain.vocabulary import Band, Role, Status
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.intake.drafts import Draft
from hub.models import Practice, PracticeAccess, Task
from hub.models.work import OPEN
from hub.placing import queries as placing
from hub.placing import staff_queries
from hub.protocols.queries import current_kinds


def today() -> dt.date:
    """Return the day in London."""
    return clock.now().astimezone(LONDON).date()


def practices_of(by: Actor) -> list[Practice]:
    """Return the practices this person is a requester of, by name."""
    query = (
        select(Practice)
        .join(PracticeAccess, PracticeAccess.practice_id == Practice.id)
        .where(PracticeAccess.user_id == by.user_id, PracticeAccess.role == Role.REQUESTER)
        .order_by(Practice.name, Practice.id)
    )
    return list(db.session.scalars(query))


def raising_for(by: Actor) -> list[Practice]:
    """Return those of this person's practices for which requests may be raised now."""
    day = today()
    return [
        one
        for one in practices_of(by)
        if one.served and one.status == "active" and (one.closes_on is None or one.closes_on > day)
    ]


def kind_named(code: str) -> Kind | None:
    """Return the newest version of this kind; None if there is no such kind."""
    return next((kind for kind in current_kinds() if kind.code == code), None)


def open_for(practice_id: int, patient_id: int | None, kind_code: str) -> list[Task]:
    """Return this practice's open requests of this kind for this patient, oldest first, keys loaded."""
    if patient_id is None:
        return []
    query = (
        select(Task)
        .where(Task.practice_id == practice_id, Task.patient_id == patient_id, Task.kind == kind_code)
        .where(text(OPEN))
        .options(joinedload(Task.data_key))
        .order_by(Task.raised_at, Task.id)
    )
    return list(db.session.scalars(query))


def newest_open(patient_id: int) -> str:
    """Return the reference of the patient's newest open request that can be changed; "" if there is none."""
    query = (
        select(Task.ref)
        .where(Task.patient_id == patient_id, Task.status != Status.SENT_BACK)
        .where(text(OPEN))
        .order_by(Task.raised_at.desc(), Task.id.desc())
    )
    return db.session.scalar(query.limit(1)) or ""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """When someone sees a request if it is sent now, and its placement; None while the practice is held."""

    seen: SeenBy
    placement: Placement | None


class Cover:
    """Who is there for what; asked once for each sort of need, however many requests there are."""

    def __init__(self) -> None:
        self._first: dict[object, dt.datetime | None] = {}
        self._called: dict[object, Person | None] = {}

    def first(self, needs: Needs, now: dt.datetime) -> dt.datetime | None:
        """Return when somebody who may do this is there first; None if nobody is on the rota."""
        if needs.alike not in self._first:
            self._first[needs.alike] = _first_cover(needs, now)
        return self._first[needs.alike]

    def called(self, needs: Needs, now: dt.datetime) -> Person | None:
        """Return who is called out for this; None if nobody on call may do it."""
        if needs.alike not in self._called:
            self._called[needs.alike] = _called_out(needs, now)
        return self._called[needs.alike]


def foresee(draft: Draft, *, telephone: str, cover: Cover | None = None) -> Foreseen:
    """Return when someone who may do this sees it if it is sent now, judged as placing will judge it.

    `telephone` is the hub's number for when nobody does in time, "" if it has none. `cover` is given where
    many are foreseen at one moment.
    """
    cover = cover or Cover()
    whom = f"the hub on {telephone}" if telephone else "the hub"
    practice = placing.practice(draft.practice_id)
    if practice.held_since is not None:
        return Foreseen(_held(practice, whom), None)
    now = clock.now()
    request = _request(draft, now)
    clocks = placing.clocks_of(request, practice, placing.staffed_soon())
    placement = band_of(request, clocks, now, placing.hub_calendar())
    routed = route(
        draft.kind,
        subtype=draft.subtype,
        practice_id=practice.id,
        practice_name=practice.name,
        signals=placement.signals,
        stage=1,
        band=placement.band,
        policy=placing.policy(),
    )
    by_when = promised(placement.band, clocks, raised_at=now, hub_calendar=placing.hub_calendar())
    seen = say_seen_by(by_when, cover.first(routed.needs, now), telephone=whom, band=placement.band)
    if placement.band is Band.NOW and not seen.in_time:
        called = cover.called(routed.needs, now)
        if called is not None:
            seen = with_on_call(seen, called.name, staff_queries.reached_on(called.id, now))
    return Foreseen(seen, placement)


def _called_out(needs: Needs, now: dt.datetime) -> Person | None:
    today = now.astimezone(LONDON).date()
    return called_out([one for one in placing.people() if one.on_call and may_do(one, needs, today=today)])


def _request(draft: Draft, now: dt.datetime) -> Request:
    return Request(
        kind=draft.kind,
        subtype=draft.subtype,
        requested=draft.requested,
        answers=draft.answers,
        receipt_on=draft.receipt_on,
        raised_at=now,
        next_issue_on=draft.next_issue_on,
        target_length=placing.target_length(draft.kind, draft.subtype),
    )


def _first_cover(needs: Needs, now: dt.datetime) -> dt.datetime | None:
    first = now.astimezone(LONDON).date()
    able = [person for person in placing.people() if may_ever_do(person, needs, today=first)]
    last = first + dt.timedelta(days=placing.ROTA_DAYS)
    times = staff_queries.covered_times(able, needs, first - dt.timedelta(days=1), last)
    return rota.first_cover(times.values(), now)


def _held(practice: Practice, whom: str) -> SeenBy:
    assert practice.held_since is not None
    since, because = when_words(practice.held_since), practice.held_reason
    stop = "" if because.endswith((".", "!", "?")) else "."
    return SeenBy(
        None,
        False,
        f"The hub cannot work for {practice.name} at the moment, since {since}: {because}{stop} "
        f"Do not rely on this: telephone {whom} or your duty clinician.",
    )


def names(user_ids: Iterable[int | None]) -> dict[int, str]:
    """Return the names of these people."""
    return placing.names(user_ids)


def texts_of(task: Task) -> tuple[str, str]:
    """Return what was asked and the document's reference. The task's data key must be loaded."""
    return (
        records.unsealed(task, task.ask_sealed, records.ASK),
        records.unsealed(task, task.document_sealed, records.DOCUMENT),
    )
