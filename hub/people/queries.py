"""Who has an account, what they may do, where they work, and what was changed about them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import aliased

from hub.domain.errors import NotFound
from hub.domain.routing import competence_words
from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import AdminLog, Competence, NetworkMembership, Practice, PracticeAccess, User, UserRole
from hub.placing.queries import policy
from hub.protocols.queries import current_kinds

LOG_LINES = 50


@dataclass(frozen=True)
class Listed:
    """One person of the list of people."""

    user: User
    roles: frozenset[Role]
    practices: int
    # What ends first: its last day, and a competence's code or None for the registration.
    ends_first: tuple[dt.date, str | None] | None


@dataclass(frozen=True)
class LogLine:
    """One line of the log: when, who, what, and the name of the person it is about, if any."""

    at: dt.datetime
    who: str
    what: str


def today() -> dt.date:
    """Return the day in London."""
    return clock.now().astimezone(LONDON).date()


def people(*, role: Role | None = None, active: bool = True) -> list[Listed]:
    """Return everyone (with this role), by name. Four statements, however many people there are."""
    query = select(User).where(User.active.is_(active)).order_by(User.name, User.id)
    if role is not None:
        query = query.where(User.id.in_(select(UserRole.user_id).where(UserRole.role == role)))
    users = list(db.session.scalars(query))
    ids = [user.id for user in users]
    roles = roles_of_all(ids)
    practices = _counted(
        select(PracticeAccess.user_id, func.count(PracticeAccess.practice_id.distinct()))
        .where(PracticeAccess.user_id.in_(ids))
        .group_by(PracticeAccess.user_id)
    )
    ends: dict[int, list[tuple[dt.date, str | None]]] = defaultdict(list)
    dated = select(Competence.user_id, Competence.expires_on, Competence.code)
    for row in db.session.execute(
        dated.where(Competence.user_id.in_(ids), Competence.expires_on.is_not(None))
    ):
        ends[row.user_id].append((row.expires_on, row.code))
    return [
        Listed(user, roles[user.id], practices.get(user.id, 0), _first(user, ends[user.id])) for user in users
    ]


def _first(user: User, ends: list[tuple[dt.date, str | None]]) -> tuple[dt.date, str | None] | None:
    if user.registration_expires_on is not None:
        ends = [*ends, (user.registration_expires_on, None)]
    # On one day the registration comes first: without it, nothing at all is given.
    return min(ends, key=lambda one: (one[0], one[1] or ""), default=None)


def _counted(query: Any) -> dict[int, Any]:
    return {row[0]: row[1] for row in db.session.execute(query)}


def roles_of_all(user_ids: Collection[int]) -> dict[int, frozenset[Role]]:
    """Return each person's roles; none for a person without."""
    query = select(UserRole.user_id, UserRole.role).where(UserRole.user_id.in_(user_ids))
    found: dict[int, set[Role]] = defaultdict(set)
    for row in db.session.execute(query):
        found[row.user_id].add(Role(row.role))
    return {user_id: frozenset(found[user_id]) for user_id in user_ids}


def roles_of(user: User) -> frozenset[Role]:
    """Return this person's roles."""
    return roles_of_all([user.id])[user.id]


def person(user_id: int) -> User:
    """Return the account with this id. Raises NotFound."""
    found = db.session.get(User, user_id)
    if found is None:
        raise NotFound("There is no such person.")
    return found


def clinicians() -> list[User]:
    """Return every active clinician, by name."""
    query = (
        select(User)
        .join(UserRole, UserRole.user_id == User.id)
        .where(User.active.is_(True), UserRole.role == Role.CLINICIAN)
        .order_by(User.name, User.id)
    )
    return list(db.session.scalars(query))


def competences_of(user: User) -> list[Competence]:
    """Return what this person is signed off for, by code."""
    query = select(Competence).where(Competence.user_id == user.id).order_by(Competence.code)
    return list(db.session.scalars(query))


def known_competences() -> dict[str, str]:
    """Return code and words of every competence that a kind, or a rule of the policy, asks for today."""
    codes = {sub.competence for kind in current_kinds() for sub in kind.subtypes if sub.competence}
    codes.update(code for rule in policy().rules for code in rule.competences)
    return {code: competence_words(code) for code in sorted(codes)}


def access_of(user: User) -> list[Row[Any]]:
    """Return where this person has access: (PracticeAccess, Practice), by role and practice."""
    query = (
        select(PracticeAccess, Practice)
        .join(Practice, Practice.id == PracticeAccess.practice_id)
        .where(PracticeAccess.user_id == user.id)
        .order_by(PracticeAccess.role, Practice.name, Practice.ods_code)
    )
    return list(db.session.execute(query))


def served_practices_of_network(network_id: int) -> list[Practice]:
    """Return the practices of a network today that the hub works for."""
    day = today()
    query = (
        select(Practice)
        .join(NetworkMembership, NetworkMembership.practice_id == Practice.id)
        .where(
            NetworkMembership.network_id == network_id,
            NetworkMembership.starts_on <= day,
            NetworkMembership.ends_on.is_(None) | (NetworkMembership.ends_on > day),
            Practice.served.is_(True),
        )
        .order_by(Practice.name, Practice.ods_code)
    )
    return list(db.session.scalars(query))


def log_of(
    *, user_id: int | None = None, practice_id: int | None = None, network_id: int | None = None
) -> list[LogLine]:
    """Return the newest lines of the log about this person, practice or network, newest first."""
    about: list[ColumnElement[bool]] = []
    for column, value in (
        (AdminLog.user_id, user_id),
        (AdminLog.practice_id, practice_id),
        (AdminLog.network_id, network_id),
    ):
        if value is not None:
            about.append(column == value)
    actor, subject = aliased(User), aliased(User)
    query = (
        select(AdminLog, actor.name.label("who"), subject.name.label("subject"))
        .outerjoin(actor, actor.id == AdminLog.actor_id)
        .outerjoin(subject, subject.id == AdminLog.user_id)
        .where(*about)
        .order_by(AdminLog.id.desc())
        .limit(LOG_LINES)
    )
    return [
        LogLine(
            row.AdminLog.at,
            row.who or "The hub",
            # On a practice's page the line must say whom it is about.
            f"{row.subject}: {row.AdminLog.what}" if row.subject and user_id is None else row.AdminLog.what,
        )
        for row in db.session.execute(query)
    ]
