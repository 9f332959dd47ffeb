"""Whose report: the practices a requester raises for, or any practice or network for a lead."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select

from hub.conversation.queries import practices_of
from hub.domain.actor import Actor
from hub.domain.errors import NotFound
from hub.domain.measures import Bought
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.models import Contract, Network, NetworkMembership, Practice


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a report may be about: its code in the address, and its name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is about. `code` is "" for all of a requester's own practices."""

    code: str
    name: str
    practice_ids: tuple[int, ...]
    choices: tuple[Choice, ...]


def scope(code: str, *, by: Actor) -> Scope | None:
    """Return what a report with this code in its address is about; None while a lead has to choose.

    Raises:
        NotFound: there is no such practice or network, or it is not this person's.
    """
    return _of_lead(code) if by.has(Role.LEAD) else _of_requester(code, by)


def choices_of_lead() -> tuple[list[Choice], list[Choice]]:
    """Return every network with a practice in it today or before, and every practice that is served."""
    members = select(NetworkMembership.network_id)
    networks = db.session.execute(
        select(Network.code, Network.name).where(Network.id.in_(members)).order_by(Network.name)
    )
    practices = db.session.execute(
        select(Practice.ods_code, Practice.name).where(Practice.served).order_by(Practice.name)
    )
    return [Choice(*row) for row in networks], [Choice(*row) for row in practices]


def bought(practice_ids: Sequence[int], first: dt.date, after: dt.date) -> dict[int, list[Bought]]:
    """Return per practice the contracts of its networks that run between these days; one statement."""
    overlap = and_(
        NetworkMembership.starts_on < after,
        or_(NetworkMembership.ends_on.is_(None), NetworkMembership.ends_on > first),
    )
    members = (
        select(
            NetworkMembership.network_id,
            func.count(NetworkMembership.practice_id.distinct()).label("members"),
        )
        .where(overlap)
        .group_by(NetworkMembership.network_id)
        .subquery()
    )
    query = (
        select(NetworkMembership, Contract, members.c.members)
        .join(Contract, Contract.network_id == NetworkMembership.network_id)
        .join(members, members.c.network_id == NetworkMembership.network_id)
        .where(overlap, NetworkMembership.practice_id.in_(practice_ids))
        .where(Contract.starts_on < after, Contract.ends_on > first)
    )
    found: dict[int, list[Bought]] = {}
    for member, held, count in db.session.execute(query):
        one = Bought(held.minutes, held.starts_on, held.ends_on, member.starts_on, member.ends_on, count)
        found.setdefault(member.practice_id, []).append(one)
    return found


def _of_requester(code: str, by: Actor) -> Scope:
    own = practices_of(by)
    chosen = [one for one in own if one.ods_code == code] if code else own
    if not chosen:
        raise NotFound("There is no such report.")
    single = len(chosen) == 1
    name = chosen[0].name if single else "All your practices"
    choices = [Choice("", "All your practices"), *(Choice(one.ods_code, one.name) for one in own)]
    return Scope(
        chosen[0].ods_code if single else "",
        name,
        tuple(one.id for one in chosen),
        tuple(choices) if len(own) > 1 else (),
    )


def _of_lead(code: str) -> Scope | None:
    if not code:
        return None
    practice = db.session.execute(
        select(Practice.id, Practice.name).where(Practice.ods_code == code)
    ).one_or_none()
    if practice is not None:
        return Scope(code, practice.name, (practice.id,), ())
    query = (
        select(Network.name, NetworkMembership.practice_id)
        .join(NetworkMembership, NetworkMembership.network_id == Network.id)
        .where(Network.code == code, NetworkMembership.ends_on.is_(None))
    )
    rows = db.session.execute(query).all()
    if not rows:
        raise NotFound("There is no such report.")
    return Scope(code, rows[0].name, tuple(sorted(row.practice_id for row in rows)), ())
