"""The hard rungs of `domain.eligibility` as conditions on tasks, for counting, paging and narrowing.

The rules stay in the domain; a test holds these equal to them, person by person and task by task.
"""

import datetime as dt
from collections.abc import Collection

from sqlalchemy import ColumnElement, Text, and_, any_, false, not_, or_, true, tuple_, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY

from hub.domain.people import Person, SignOff, registered
from hub.domain.vocabulary import Profession
from hub.models import Task

Condition = ColumnElement[bool]
Key = tuple[str, str]


def hard_rungs(person: Person, today: dt.date) -> Condition:
    """Return which tasks no hard rung keeps from this person now."""
    if not person.active or not registered(person, today):
        return false()
    return and_(
        Task.practice_id.in_(person.practices - person.no_sign_in),
        any_(Task.professions) == str(person.profession),
        true() if person.is_prescriber else Task.needs_prescriber.is_(False),
        _competent(person, today),
        _in_scope(person, today),
        _supervised_now(person, today),
    )


def _competent(person: Person, today: dt.date) -> Condition:
    in_date = [code for code, ends in person.competences.items() if ends is None or ends >= today]
    asked: Condition = type_coerce(Task.competences, ARRAY(Text)).contained_by(in_date)
    return asked


def _in_scope(person: Person, today: dt.date) -> Condition:
    """What this person is signed off for; what was signed for a subtype counts before its kind."""
    current = {key: one.ends is None or one.ends >= today for key, one in person.sign_offs.items()}
    listed = [_of(person, key) for key, is_in_date in current.items() if is_in_date]
    ended = [_of(person, key) for key, is_in_date in current.items() if not is_in_date]
    if person.all_kinds:
        return not_(or_(false(), *ended))
    return or_(false(), *listed)


def _of(person: Person, key: Key) -> Condition:
    """Return the tasks for which exactly this sign-off of the person counts."""
    kind, subtype = key
    if subtype:
        return tuple_(Task.kind, Task.subtype) == key
    apart = [other for of, other in person.sign_offs if of == kind and other]
    return and_(Task.kind == kind, Task.subtype.not_in(apart))


def _supervised_now(person: Person, today: dt.date) -> Condition:
    conditions = []
    for key, signed in person.sign_offs.items():
        if signed.supervised:
            there = [one for one in person.supervisors if one.on_shift and _is_for(one, person, signed)]
            conditions.append(or_(not_(_of(person, key)), _any_may_supervise(there, today)))
    return and_(true(), *conditions)


def _is_for(supervisor: Person, person: Person, signed: SignOff) -> bool:
    if supervisor.id == person.id:
        return False
    return supervisor.supervises if signed.supervisor_id is None else supervisor.id == signed.supervisor_id


def _any_may_supervise(supervisors: Collection[Person], today: dt.date) -> Condition:
    return or_(false(), *(_may_supervise(one, today) for one in supervisors))


def _may_supervise(one: Person, today: dt.date) -> Condition:
    if not one.active or not registered(one, today):
        return false()
    is_pharmacist = one.profession is Profession.PHARMACIST
    own = [_of(one, key) for key, signed in one.sign_offs.items() if signed.supervised]
    return and_(
        true() if is_pharmacist else any_(Task.professions) == str(one.profession),
        _competent(one, today),
        _in_scope(one, today),
        not_(or_(false(), *own)),
    )
