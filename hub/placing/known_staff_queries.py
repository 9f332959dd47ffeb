"""What is stored about clinicians, read again only when some of it has changed.

Accounts, roles, access, competences, sign-offs and the rota change some times a day, and pages ask for all
of it many times a minute. The database gives it a new version (a random one, never used twice) within the
very transaction that changes any of it, whoever does so (`staff_changed` in migration 0023). So what a
process holds under a version is what every transaction that reads this version sees, its own uncommitted
changes included; one that was rolled back leaves a version that nobody meets again.

Nothing that depends on the moment, on tasks, or on who asks is held: those are read each time.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Text, cast, false, func, null, select, union_all

from hub.domain.people import SignOff as Signed
from hub.domain.vocabulary import Profession, Role
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Competence, OnCall, PracticeAccess, SignOff, StaffVersion, User, UserRole
from hub.placing import shift_queries

_AHEAD = dt.timedelta(days=7)
_NOWHERE: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Known:
    """One clinician as stored: `fixed` are those fields of `eligibility.Person` that no moment changes.

    `times` tells their day; people with the same rota share one. `named` are the supervisors that
    their sign-offs name.
    """

    id: int
    active: bool
    supervises: bool
    fixed: Mapping[str, Any]
    times: shift_queries.Times
    is_supervised: bool
    named: frozenset[int]


@dataclass(frozen=True, slots=True)
class Staff:
    """Every clinician, by name, as they stand under one version on one day; who asks must not change it."""

    version: uuid.UUID | None
    today: dt.date
    people: tuple[Known, ...]


_held: Staff | None = None


def staff() -> tuple[Staff, frozenset[int]]:
    """Return every clinician as stored now, and the ids of who is on call at this moment.

    One statement while nothing has changed; the rota is known from yesterday to seven days ahead.
    """
    global _held
    now = clock.now()
    today = now.astimezone(LONDON).date()
    called = select(OnCall.user_id).where(OnCall.starts_at <= now, OnCall.ends_at > now)
    row = db.session.execute(select(StaffVersion.version, func.array(called.scalar_subquery()))).first()
    version, on_call = row or (None, shift_queries.on_call_ids(now))
    held = _held  # another thread may exchange it meanwhile
    if held is None or version is None or (held.version, held.today) != (version, today):
        # Whatever is committed while this is read comes with another version, so nobody is told it.
        held = _held = Staff(version, today, _read(today))
    return held, frozenset(on_call)


def forget() -> None:
    """Hold nothing, so that the next one reads everything (to count what a page costs at most)."""
    global _held
    _held = None


def _read(today: dt.date) -> tuple[Known, ...]:
    query = select(*_OF_USER).join(UserRole, UserRole.user_id == User.id)
    query = query.where(UserRole.role == Role.CLINICIAN, User.profession.is_not(None))
    users = db.session.execute(query.order_by(User.name, User.id)).all()
    ids = [user.id for user in users]
    access, signed = _access(), _signed()
    times = shift_queries.times_of(ids, today - dt.timedelta(days=1), today + _AHEAD)
    return tuple(
        _known(user, access.get(user.id, _NOWHERE), signed.get(user.id, ()), times[user.id]) for user in users
    )


def _known(
    user: Any,
    access: tuple[frozenset[int], frozenset[int]],
    signed: Collection[Any],
    times: shift_queries.Times,
) -> Known:
    sign_offs = {
        (row.kind, row.code): Signed(row.expires_on, row.supervised, row.supervisor_id)
        for row in signed
        if row.kind is not None
    }
    fixed = {
        "id": user.id,
        "name": user.name,
        "profession": Profession(user.profession),
        "is_prescriber": user.is_prescriber,
        "competences": {row.code: row.expires_on for row in signed if row.kind is None},
        "registration_expires": user.registration_expires_on,
        "practices": access[0],
        "active": user.active,
        "all_kinds": user.all_kinds,
        "sign_offs": sign_offs,
        "no_sign_in": access[1],
        "supervises": user.supervises,
    }
    watched = [one.supervisor_id for one in sign_offs.values() if one.supervised]
    named = frozenset(one for one in watched if one is not None)
    return Known(user.id, user.active, user.supervises, fixed, times, bool(watched), named)


_OF_USER = (
    User.id, User.name, User.profession, User.is_prescriber, User.registration_expires_on, User.active,
    User.all_kinds, User.supervises,
)  # fmt: skip


def _access() -> dict[int, tuple[frozenset[int], frozenset[int]]]:
    """Return where each may work, and where they cannot sign in yet; a row a person, not one a practice."""
    theirs = func.array_agg(PracticeAccess.practice_id)
    query = (
        select(PracticeAccess.user_id, theirs, theirs.filter(PracticeAccess.system_ready_on.is_(None)))
        .where(PracticeAccess.role == Role.CLINICIAN)
        .group_by(PracticeAccess.user_id)
    )
    return {row[0]: (frozenset(row[1]), frozenset(row[2] or ())) for row in db.session.execute(query)}


def _signed() -> dict[int, list[Any]]:
    """Return competences (kind is None) and sign-offs (code is the subtype), in one statement."""
    competences = select(
        Competence.user_id, cast(null(), Text).label("kind"), Competence.code.label("code"),
        Competence.expires_on, false().label("supervised"), cast(null(), Integer).label("supervisor_id"),
    )  # fmt: skip
    sign_offs = select(
        SignOff.user_id, SignOff.kind, SignOff.subtype, SignOff.expires_on, SignOff.supervised,
        SignOff.supervisor_id,
    )  # fmt: skip
    both: Any = union_all(competences, sign_offs)
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(both):
        rows[row.user_id].append(row)
    return rows
