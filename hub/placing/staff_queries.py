"""Clinicians as the rules see them: what they may do, under whom, when they work, how much they carry."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Integer, and_, any_, func, literal, not_, select
from sqlalchemy.dialects.postgresql import ARRAY

from hub.domain import rota
from hub.domain.eligibility import Person
from hub.domain.people import is_supervised, supervisors_for
from hub.domain.routing import Needs
from hub.domain.vocabulary import Band, Role
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Task, User, UserRole
from hub.placing import known_staff_queries
from hub.placing.scope_queries import hard_rungs as hard_rungs
from hub.placing.shift_queries import PlannedDay as PlannedDay
from hub.placing.shift_queries import days_at
from hub.placing.shift_queries import days_of as days_of
from hub.placing.shift_queries import on_call_ids as on_call_ids
from hub.placing.shift_queries import plan as plan
from hub.placing.shift_queries import reached_on as reached_on
from hub.placing.shift_queries import shift_times as shift_times
from hub.placing.shift_queries import working_times as working_times

BOUND = ("assigned", "in_progress")


def people(ids: Collection[int] | None = None) -> list[Person]:
    """Return every active clinician (or those of `ids`, active or not) as of now, by name.

    What is stored of them is read only when it has changed (`known_staff_queries`); that and the minutes
    bound are two statements, however many people there are. Whoever might supervise comes along.
    """
    staff, on_call = known_staff_queries.staff()
    wanted = None if ids is None else frozenset(ids)
    chosen = [one for one in staff.people if (one.active if wanted is None else one.id in wanted)]
    others = () if wanted is None else _possible_supervisors(chosen, staff.people)
    made = _as_of_now((*chosen, *others), on_call)
    found = made[: len(chosen)]
    if not any(one.is_supervised for one in chosen):
        return found
    return _with_supervisors(chosen, found, found if wanted is None else made[len(chosen) :])


def _possible_supervisors(
    chosen: Sequence[known_staff_queries.Known], everyone: Sequence[known_staff_queries.Known]
) -> tuple[known_staff_queries.Known, ...]:
    if not any(one.is_supervised for one in chosen):
        return ()
    named = frozenset[int]().union(*(one.named for one in chosen))
    return tuple(one for one in everyone if one.active and (one.supervises or one.id in named))


def _with_supervisors(
    known: Sequence[known_staff_queries.Known], found: Sequence[Person], others: Sequence[Person]
) -> list[Person]:
    named = frozenset[int]().union(*(one.named for one in known))
    able = tuple(one for one in others if one.supervises or one.id in named)
    return [
        replace(person, supervisors=able) if one.is_supervised else person
        for one, person in zip(known, found, strict=True)
    ]


def _as_of_now(known: Sequence[known_staff_queries.Known], on_call: Collection[int]) -> list[Person]:
    days = days_at(clock.now(), {one.id: one.times for one in known})
    bound = bound_minutes([one.id for one in known])
    return [_person(one, one.id in on_call, days[one.id], bound.get(one.id, 0)) for one in known]


def _person(known: known_staff_queries.Known, on_call: bool, day: rota.Day, bound: int) -> Person:
    return Person(
        **known.fixed,
        at_work=day.at_work,
        minutes_left=day.minutes_left,
        bound_minutes=bound,
        busy=day.busy,
        on_call=on_call,
    )


def person(user_id: int) -> Person | None:
    """Return this clinician as of now; None if this person is no clinician."""
    found = people([user_id])
    return found[0] if found else None


def bound_minutes(user_ids: Collection[int]) -> dict[int, int]:
    """Return the planned minutes of what stands unfinished on each worklist; absent means none."""
    # One array, not a parameter a person: hundreds of those take longer to send than to answer.
    theirs = any_(literal(list(user_ids), ARRAY(Integer)))
    query = (
        select(Task.assignee_id, func.sum(Task.minutes))
        .where(Task.assignee_id == theirs, Task.status.in_(BOUND))
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
