"""Who has an account, what they may do, where they work, and what was changed about them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import aliased

from hub.domain.errors import NotFound
from hub.domain.people import competence_title
from hub.domain.routing import competence_words, what_words
from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import (
    AdminLog,
    Competence,
    NetworkMembership,
    Practice,
    PracticeAccess,
    SignOff,
    User,
    UserRole,
)
from hub.placing import shift_queries
from hub.placing.queries import policy
from hub.protocols.queries import current_kinds

LOG_LINES = 50
REGISTRATION = "Registration"


@dataclass(frozen=True)
class Listed:
    """One person of the list of people."""

    user: User
    roles: frozenset[Role]
    practices: int
    # What has a last day, first to end first: that day, and what it is in words.
    ends: list[tuple[dt.date, str]]


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
    """Return everyone (with this role), by name. The statements are as many however many people there are."""
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
    ends = ends_of(users)
    return [Listed(user, roles[user.id], practices.get(user.id, 0), ends[user.id]) for user in users]


def ends_of(users: Sequence[User]) -> dict[int, list[tuple[dt.date, str]]]:
    """Return what has a last day, with it, for each person, first to end first: registration, competences
    and sign-offs. On one day the registration comes first: without it, nothing at all is given.
    """
    ids = [user.id for user in users]
    found: dict[int, list[tuple[dt.date, int, str]]] = defaultdict(list)
    for user in users:
        if user.registration_expires_on is not None:
            found[user.id].append((user.registration_expires_on, 0, REGISTRATION))
    dated = select(Competence.user_id, Competence.expires_on, Competence.code)
    for row in db.session.execute(
        dated.where(Competence.user_id.in_(ids), Competence.expires_on.is_not(None))
    ):
        found[row.user_id].append((row.expires_on, 1, competence_title(row.code)))
    signed = select(SignOff.user_id, SignOff.expires_on, SignOff.kind, SignOff.subtype)
    names = sign_off_choices()
    for one in db.session.execute(signed.where(SignOff.user_id.in_(ids), SignOff.expires_on.is_not(None))):
        words = f"Sign-off for {choice_words(names, one.kind, one.subtype)}"
        found[one.user_id].append((one.expires_on or dt.date.max, 2, words))
    return {user_id: [(day, words) for day, _, words in sorted(found[user_id])] for user_id in ids}


def sign_offs_of(user: User) -> list[Row[Any]]:
    """Return what this person is signed off for, by kind: (SignOff, the named supervisor's name or None)."""
    query = (
        select(SignOff, User.name.label("supervisor"))
        .outerjoin(User, User.id == SignOff.supervisor_id)
        .where(SignOff.user_id == user.id)
        .order_by(SignOff.kind, SignOff.subtype)
    )
    return list(db.session.execute(query))


def sign_off_choices() -> dict[str, str]:
    """Return what one may be signed off for: each kind, and each of its subtypes as "LTC:AST", with words."""
    found = {}
    for kind in current_kinds():
        found[kind.code] = kind.name
        found |= {f"{kind.code}:{one.code}": what_words(kind, one.code) for one in kind.subtypes}
    return found


def choice_words(names: Mapping[str, str], kind: str, subtype: str) -> str:
    """Return a kind and its subtype in the words of `sign_off_choices`; their codes where it is gone."""
    code = f"{kind}:{subtype}" if subtype else kind
    return names.get(code, code)


def kind_words(kind: str, subtype: str) -> str:
    """Return a kind's code and its subtype's as words."""
    return choice_words(sign_off_choices(), kind, subtype)


def supervisors() -> list[User]:
    """Return every active clinician who may supervise others, by name."""
    return [user for user in clinicians() if user.supervises]


def no_sign_in_of(user_id: int) -> list[str]:
    """Return the names of the practices where this clinician has access and cannot sign in yet."""
    query = (
        select(Practice.name)
        .join(PracticeAccess, PracticeAccess.practice_id == Practice.id)
        .where(PracticeAccess.user_id == user_id, PracticeAccess.role == Role.CLINICIAN)
        .where(PracticeAccess.system_ready_on.is_(None))
    )
    return list(db.session.scalars(query.order_by(Practice.name)))


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


def by_email(email: str) -> User | None:
    """Return the person with this e-mail address (lower case), or None."""
    return db.session.scalars(select(User).where(User.email == email)).one_or_none()


def clinicians() -> list[User]:
    """Return every active clinician, by name."""
    query = (
        select(User)
        .join(UserRole, UserRole.user_id == User.id)
        .where(User.active.is_(True), UserRole.role == Role.CLINICIAN)
        .order_by(User.name, User.id)
    )
    return list(db.session.scalars(query))


def has_shifts(user: User) -> bool:
    """Say whether this person has any shift, now or later."""
    return user.id in shift_queries.on_the_rota()


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
