"""What the directory knows: practices found by name or code, networks with their members and contracts."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select

from hub.domain.errors import Invalid, NotFound
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Contract, Network, NetworkMembership, Practice, PracticeAccess, User

PER_PAGE = 50


@dataclass(frozen=True)
class Found:
    """One page of practices: rows of (Practice, name of its network or None)."""

    rows: list[Row[Any]]
    total: int
    page: int
    pages: int


def today() -> dt.date:
    """Return the day in London."""
    return clock.now().astimezone(LONDON).date()


def practices(words: str, *, all_of_them: bool, page: int) -> Found:
    """Find practices whose name, town or postcode contains `words`, or whose code begins with them.

    Without `all_of_them` only the practices that the hub works for. Two statements.
    """
    conditions = _matching(words)
    if not all_of_them:
        conditions.append(Practice.served.is_(True))
    total = db.session.scalar(select(func.count()).select_from(Practice).where(*conditions)) or 0
    pages = max(1, -(-total // PER_PAGE))
    page = page if 1 <= page <= pages else 1
    query = (
        select(Practice, Network.name.label("network"))
        .outerjoin(NetworkMembership, (NetworkMembership.practice_id == Practice.id) & _current())
        .outerjoin(Network, Network.id == NetworkMembership.network_id)
        .where(*conditions)
        .order_by(Practice.served.desc(), Practice.name, Practice.ods_code)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return Found(list(db.session.execute(query)), total, page, pages)


def _matching(words: str) -> list[ColumnElement[bool]]:
    return [
        or_(
            *(column.icontains(word, autoescape=True) for column in (Practice.name, Practice.town)),
            Practice.postcode.istartswith(word, autoescape=True),
            Practice.ods_code.istartswith(word, autoescape=True),
        )
        for word in words.split()[:8]
    ]


def _current() -> ColumnElement[bool]:
    day = today()
    return (NetworkMembership.starts_on <= day) & (
        NetworkMembership.ends_on.is_(None) | (NetworkMembership.ends_on > day)
    )


def practice(ods_code: str) -> Practice:
    """Return the practice with this code. Raises NotFound."""
    found = db.session.scalars(select(Practice).where(Practice.ods_code == ods_code.upper())).one_or_none()
    if found is None:
        raise NotFound("There is no practice with this code.")
    return found


def served() -> list[Practice]:
    """Return the practices that the hub works for, by name."""
    query = select(Practice).where(Practice.served).order_by(Practice.name, Practice.ods_code)
    return list(db.session.scalars(query))


def networks() -> list[Row[Any]]:
    """Return every network by name: (Network, practices now, contracted minutes now)."""
    day = today()
    members = (
        select(func.count())
        .where(NetworkMembership.network_id == Network.id, _current())
        .correlate(Network)
        .scalar_subquery()
    )
    minutes = (
        select(func.coalesce(func.sum(Contract.minutes), 0))
        .where(Contract.network_id == Network.id, Contract.starts_on <= day, Contract.ends_on > day)
        .correlate(Network)
        .scalar_subquery()
    )
    query = select(Network, members.label("members"), minutes.label("minutes"))
    return list(db.session.execute(query.order_by(Network.name, Network.code)))


def network(code: str) -> Network:
    """Return the network with this code. Raises NotFound."""
    found = db.session.scalars(select(Network).where(Network.code == code.upper())).one_or_none()
    if found is None:
        raise NotFound("There is no network with this code.")
    return found


def members_of(network: Network) -> list[Row[Any]]:
    """Return each practice's time in it: (NetworkMembership, Practice), those without a last day first."""
    query = (
        select(NetworkMembership, Practice)
        .join(Practice, Practice.id == NetworkMembership.practice_id)
        .where(NetworkMembership.network_id == network.id)
        .order_by(NetworkMembership.ends_on.desc().nulls_first(), Practice.name)
    )
    return list(db.session.execute(query))


def networks_of(practice: Practice) -> list[Row[Any]]:
    """Return the networks a practice was, is or will be in: (NetworkMembership, Network), newest first."""
    query = (
        select(NetworkMembership, Network)
        .join(Network, Network.id == NetworkMembership.network_id)
        .where(NetworkMembership.practice_id == practice.id)
        .order_by(NetworkMembership.starts_on.desc())
    )
    return list(db.session.execute(query))


def membership(network: Network, membership_id: int) -> NetworkMembership:
    """Return one membership of this network. Raises NotFound."""
    found = db.session.get(NetworkMembership, membership_id)
    if found is None or found.network_id != network.id:
        raise NotFound("This network has no such membership.")
    return found


def practice_of(membership: NetworkMembership) -> Practice:
    """Return the practice that a membership is about."""
    return db.session.get_one(Practice, membership.practice_id)


def contracts_of(network: Network) -> list[Contract]:
    """Return the network's contracts, newest first."""
    query = select(Contract).where(Contract.network_id == network.id)
    return list(db.session.scalars(query.order_by(Contract.starts_on.desc(), Contract.id)))


def contract(network: Network, contract_id: int) -> Contract:
    """Return one contract of this network. Raises NotFound."""
    found = db.session.get(Contract, contract_id)
    if found is None or found.network_id != network.id:
        raise NotFound("This network has no such contract.")
    return found


def people_of(practice: Practice) -> list[Row[Any]]:
    """Return who has access to this practice: (PracticeAccess, User), by role and name."""
    query = (
        select(PracticeAccess, User)
        .join(User, User.id == PracticeAccess.user_id)
        .where(PracticeAccess.practice_id == practice.id)
        .order_by(PracticeAccess.role.desc(), User.name, User.id)
    )
    return list(db.session.execute(query))


def practice_or_problem(ods_code: str) -> Practice:
    """Return the practice typed into a form. Raises Invalid, so that the form is shown again."""
    try:
        return practice(ods_code)
    except NotFound as error:
        raise Invalid(
            {"ods_code": f"There is no practice {ods_code}: search for it, or add it by hand first."}
        ) from error
