"""Clinicians as the rules see them: what they may do, under whom, when they work, how much they carry."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    and_,
    cast,
    false,
    func,
    not_,
    null,
    or_,
    select,
    union_all,
)

from hub.domain import rota
from hub.domain.eligibility import Person
from hub.domain.people import SignOff as Signed
from hub.domain.people import is_supervised, supervisors_for
from hub.domain.routing import Needs
from hub.domain.vocabulary import Band, Profession, Role
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Competence, OnCall, PracticeAccess, SignOff, Task, User, UserRole
from hub.placing.scope_queries import hard_rungs as hard_rungs
from hub.placing.shift_queries import PlannedDay as PlannedDay
from hub.placing.shift_queries import days_of as days_of
from hub.placing.shift_queries import on_call_ids as on_call_ids
from hub.placing.shift_queries import plan as plan
from hub.placing.shift_queries import reached_on as reached_on
from hub.placing.shift_queries import shift_times as shift_times
from hub.placing.shift_queries import working_times as working_times

BOUND = ("assigned", "in_progress")
NOWHERE: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())


def people(ids: Collection[int] | None = None) -> list[Person]:
    """Return every active clinician (or those of `ids`, active or not) as of now, by name.

    The number of statements does not depend on how many people there are. Where someone of
    `ids` works under supervision, whoever might supervise is read along.
    """
    found = _people(User.active if ids is None else User.id.in_(ids))
    if not any(one.sign_offs for one in found):
        return found
    return _with_supervisors(found, found if ids is None else _possible_supervisors(found))


def _possible_supervisors(found: Sequence[Person]) -> list[Person]:
    signed = [one for person in found for one in person.sign_offs.values() if one.supervised]
    if not signed:
        return []
    named = {one.supervisor_id for one in signed if one.supervisor_id is not None}
    return _people(User.active & or_(User.supervises, User.id.in_(named)))


def _with_supervisors(found: Sequence[Person], others: Sequence[Person]) -> list[Person]:
    named = {
        one.supervisor_id for person in found for one in person.sign_offs.values() if one.supervised
    }  # None among them finds nobody
    able = tuple(one for one in others if one.supervises or one.id in named)
    return [
        replace(person, supervisors=able)
        if any(one.supervised for one in person.sign_offs.values())
        else person
        for person in found
    ]


def _people(which: Any) -> list[Person]:
    now = clock.now()
    called = select(OnCall.id).where(OnCall.user_id == User.id, OnCall.starts_at <= now, OnCall.ends_at > now)
    query = select(User, called.exists().label("on_call")).join(UserRole, UserRole.user_id == User.id)
    query = query.where(UserRole.role == Role.CLINICIAN, which, User.profession.is_not(None))
    users = db.session.execute(query.order_by(User.name, User.id)).all()
    wanted = [row.User.id for row in users]
    days, bound, signed = days_of(wanted), bound_minutes(wanted), _signed(wanted)
    access = _access(wanted)
    return [
        _person(
            row.User, row.on_call, days[row.User.id], bound.get(row.User.id, 0),
            signed[row.User.id], *access.get(row.User.id, NOWHERE),
        )
        for row in users
    ]  # fmt: skip


def _person(
    user: User,
    on_call: bool,
    day: rota.Day,
    bound: int,
    signed: Sequence[Any],
    practices: frozenset[int],
    no_sign_in: frozenset[int],
) -> Person:
    return Person(
        id=user.id,
        name=user.name,
        profession=Profession(user.profession or ""),
        is_prescriber=user.is_prescriber,
        competences={row.code: row.expires_on for row in signed if row.kind is None},
        registration_expires=user.registration_expires_on,
        practices=practices,
        active=user.active,
        at_work=day.at_work,
        minutes_left=day.minutes_left,
        bound_minutes=bound,
        all_kinds=user.all_kinds,
        sign_offs={
            (row.kind, row.code): Signed(row.expires_on, row.supervised, row.supervisor_id)
            for row in signed
            if row.kind is not None
        },
        no_sign_in=no_sign_in,
        supervises=user.supervises,
        busy=day.busy,
        on_call=on_call,
    )


def _access(user_ids: Collection[int]) -> dict[int, tuple[frozenset[int], frozenset[int]]]:
    """Return where each may work, and where they cannot sign in yet; a row a person, not one a practice."""
    theirs = func.array_agg(PracticeAccess.practice_id)
    query = (
        select(PracticeAccess.user_id, theirs, theirs.filter(PracticeAccess.system_ready_on.is_(None)))
        .where(PracticeAccess.role == Role.CLINICIAN, PracticeAccess.user_id.in_(user_ids))
        .group_by(PracticeAccess.user_id)
    )
    return {row[0]: (frozenset(row[1]), frozenset(row[2] or ())) for row in db.session.execute(query)}


def _signed(user_ids: Collection[int]) -> dict[int, list[Any]]:
    """Return competences (kind is None) and sign-offs (code is the subtype), in one statement."""
    competences = select(
        Competence.user_id, cast(null(), Text).label("kind"), Competence.code.label("code"),
        Competence.expires_on, false().label("supervised"), cast(null(), Integer).label("supervisor_id"),
    ).where(Competence.user_id.in_(user_ids))  # fmt: skip
    sign_offs = select(
        SignOff.user_id, SignOff.kind, SignOff.subtype, SignOff.expires_on, SignOff.supervised,
        SignOff.supervisor_id,
    ).where(SignOff.user_id.in_(user_ids))  # fmt: skip
    return _grouped(union_all(competences, sign_offs))


def person(user_id: int) -> Person | None:
    """Return this clinician as of now; None if this person is no clinician."""
    found = people([user_id])
    return found[0] if found else None


def bound_minutes(user_ids: Collection[int]) -> dict[int, int]:
    """Return the planned minutes of what stands unfinished on each worklist; absent means none."""
    query = (
        select(Task.assignee_id, func.sum(Task.minutes))
        .where(Task.assignee_id.in_(user_ids), Task.status.in_(BOUND))
        .group_by(Task.assignee_id)
    )
    return {row[0]: int(row[1]) for row in db.session.execute(query) if row[0] is not None}


def staffed(first_day: dt.date, last_day: dt.date) -> tuple[rota.Interval, ...]:
    """Return when any clinician works between these days, as few intervals as possible."""
    query = select(UserRole.user_id).join(User).where(UserRole.role == Role.CLINICIAN, User.active)
    ids = db.session.scalars(query).all()
    per_person = working_times(ids, first_day, last_day)
    return rota.union(interval for intervals in per_person.values() for interval in intervals)


def covered_times(
    able: Collection[Person], needs: Needs, first_day: dt.date, last_day: dt.date
) -> dict[int, tuple[rota.Interval, ...]]:
    """Return when each of these people is at work and, where they need it, somebody supervises them."""
    today = clock.now().astimezone(LONDON).date()
    supervised = {
        person.id: {one.id for one in supervisors_for(person, needs, today)}
        for person in able
        if is_supervised(person, needs)
    }
    ids = {person.id for person in able}.union(*supervised.values())
    times = working_times(ids, first_day, last_day)
    found = {}
    for person in able:
        theirs = times[person.id]
        if person.id in supervised:
            watched = [interval for one in supervised[person.id] for interval in times[one]]
            theirs = rota.subtract(theirs, rota.subtract(theirs, watched))
        found[person.id] = theirs
    return found


def might_be_for(person: Person, today: dt.date) -> ColumnElement[bool]:
    """Return which tasks might be for this person: what narrows a query, so that nobody's work hides
    behind thousands of tasks that are not for them. The rules in `domain.eligibility` still judge each.
    """
    return and_(hard_rungs(person, today), not_(Task.not_back_to.contains([person.id])))


def left_alone(staff: Iterable[Person]) -> ColumnElement[bool]:
    """Return which tasks stand on the list of someone who is not there for them.

    There is whoever is on shift, also in a meeting; and for what cannot wait, whoever is on call.
    """
    known = list(staff)
    there = [one.id for one in known if one.on_shift]
    called = [one.id for one in known if one.on_call]
    is_called_for = and_(Task.effective_band == Band.NOW, Task.assignee_id.in_(called))
    return and_(Task.assignee_id.not_in(there), not_(is_called_for))


def _grouped(query: Any) -> dict[int, list[Any]]:
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(query):
        rows[row.user_id].append(row)
    return rows
