"""Changing the directory: networks, practices and how to get into each, contracts, the ODS file."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, any_, bindparam, func, select, text, update

from hub import background
from hub.directory.drafts import Closing, ContractDraft, NewPractice, Period, PracticeDraft
from hub.directory.ods import PracticeLine, Reading
from hub.domain.actor import Actor
from hub.domain.errors import Invalid
from hub.domain.vocabulary import ClinicalSystem
from hub.extensions import clock, db
from hub.models import Contract, Network, NetworkMembership, Practice
from hub.models.admin import note


@dataclass(frozen=True)
class Imported:
    """What an ODS file changed here."""

    added: int
    changed: int
    closed: tuple[str, ...]
    dormant: tuple[str, ...]
    reopened: tuple[str, ...]
    no_longer_practices: tuple[str, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether everything was as the file has it already."""
        return not (self.added or self.changed or self.closed or self.dormant or self.reopened)


_PUBLISHED = ("name", "town", "postcode", "telephone")
# Only what ODS publishes is written: the clinical system, hours, numbers and instructions are the hub's own.
_UPSERT = text(
    """
    insert into practice (ods_code, name, town, postcode, telephone)
    select * from unnest(:code, :name, :town, :postcode, :telephone)
    on conflict (ods_code) do update
      set name = excluded.name, town = excluded.town, postcode = excluded.postcode,
          telephone = excluded.telephone
      where (practice.name, practice.town, practice.postcode, practice.telephone)
        is distinct from (excluded.name, excluded.town, excluded.postcode, excluded.telephone)
    returning xmax = 0
    """
).bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in ("code", *_PUBLISHED)))


def import_practices(reading: Reading, *, by: Actor) -> Imported:
    """Bring the practices up to the ODS file: add the active ones, mark those closed, dormant or reopened.

    Only practices that are here already are marked. Does not commit.
    """
    columns = {name: [getattr(line, name) for line in reading.active] for name in ("code", *_PUBLISHED)}
    fresh = [bool(row[0]) for row in db.session.execute(_UPSERT, columns)]
    here = select(Practice.ods_code).where(_code_in(sorted(reading.other_codes)))
    return Imported(
        added=sum(fresh),
        changed=len(fresh) - sum(fresh),
        closed=_mark(reading.closed, "closed", by),
        dormant=_mark(reading.dormant, "dormant", by),
        reopened=_mark(reading.active, "active", by),
        no_longer_practices=tuple(sorted(db.session.scalars(here))),
    )


def _mark(lines: Sequence[PracticeLine], status: str, by: Actor) -> tuple[str, ...]:
    """Give these practices this status where they have another; return the codes of those that changed."""
    others = _code_in([line.code for line in lines]) & (Practice.status != status)
    statement: Any = update(Practice).where(others).values(status=status)
    statement = statement.returning(Practice.id, Practice.ods_code)
    changed = db.session.execute(statement, execution_options={"synchronize_session": False}).all()
    for row in changed:
        note(f"The ODS file says {status}.", by=by, at=clock.now(), practice_id=row.id)
    return tuple(sorted(row.ods_code for row in changed))


def _code_in(codes: list[str]) -> ColumnElement[bool]:
    """Ask for these codes in one parameter, however many they are."""
    return Practice.ods_code == any_(bindparam(None, codes, type_=ARRAY(Text)))


def change_practice(practice: Practice, draft: PracticeDraft, *, by: Actor) -> list[str]:
    """Set what the hub keeps about a practice; return the words for what changed (nothing changed: empty)."""
    changed = [words for name, words in _KEPT.items() if getattr(practice, name) != getattr(draft, name)]
    if practice.opening_hours != draft.opening_hours:
        key = f"reweigh:practice:{practice.id}:{clock.now().timestamp():.6f}"
        background.later("reweigh", key=key, lane="upkeep")
    for name in _KEPT:
        setattr(practice, name, getattr(draft, name))
    if changed:
        _note(f"Changed: {', '.join(changed)}.", by, practice_id=practice.id)
    return changed


_KEPT = {
    "served": "whether the hub works for it",
    "clinical_system": "clinical system",
    "bypass_number": "by-pass number",
    "how_to_get_in": "how to get in",
    "standing_instructions": "standing instructions",
    "opening_hours": "opening hours",
    "preferred_contact": "whom to ask",
    "service_bought": "service bought",
}


def add_practice(draft: NewPractice, *, by: Actor) -> Practice:
    """Add a practice that the ODS file does not have yet.

    Raises:
        Invalid: there is one with this code.
    """
    if db.session.scalar(select(Practice.id).where(Practice.ods_code == draft.ods_code)):
        raise Invalid({"ods_code": f"The practice {draft.ods_code} is here already: search for it."})
    practice = Practice(**asdict(draft), status="active", served=False, clinical_system=ClinicalSystem.OTHER)
    db.session.add(practice)
    db.session.flush()
    _note("Added by hand.", by, practice_id=practice.id)
    return practice


def close(practice: Practice, closing: Closing, successor: Practice | None, *, by: Actor) -> None:
    """Say from which day a practice takes no new requests, and who follows it. Its open work goes on.

    Raises:
        Invalid: it would follow itself, or the successor closes too.
    """
    if successor is not None and successor.id == practice.id:
        raise Invalid({"successor": "A practice cannot follow itself: enter the other practice's code."})
    if successor is not None and successor.closes_on is not None:
        raise Invalid({"successor": f"{successor.name} closes too, on {successor.closes_on:%d-%b-%Y}."})
    practice.closes_on = closing.closes_on
    practice.successor_id = successor.id if successor else None
    follows = f"; {successor.ods_code} {successor.name} follows" if successor else ""
    _note(f"Takes no new requests from {closing.closes_on:%d-%b-%Y}{follows}.", by, practice_id=practice.id)


def keep_open(practice: Practice, *, by: Actor) -> None:
    """Take back that a practice closes; nothing happens if it does not."""
    if practice.closes_on is not None:
        practice.closes_on = practice.successor_id = None
        _note("It does not close after all.", by, practice_id=practice.id)


def add_network(code: str, name: str, *, by: Actor) -> Network:
    """Add a network.

    Raises:
        Invalid: there is one with this code.
    """
    if db.session.scalar(select(Network.id).where(Network.code == code)):
        raise Invalid({"code": f"The network {code} is here already."})
    network = Network(code=code, name=name)
    db.session.add(network)
    db.session.flush()
    _note("Network added.", by, network_id=network.id)
    return network


def rename_network(network: Network, name: str, *, by: Actor) -> None:
    """Give a network another name."""
    if network.name != name:
        _note(f"Renamed from {network.name} to {name}.", by, network_id=network.id)
        network.name = name


def join_network(network: Network, practice: Practice, period: Period, *, by: Actor) -> NetworkMembership:
    """Put a practice into a network for these days.

    Raises:
        Invalid: it is in a network on some of these days.
    """
    _check_alone(practice.id, period, None)
    membership = NetworkMembership(
        network_id=network.id, practice_id=practice.id, starts_on=period.starts_on, ends_on=period.ends_on
    )
    db.session.add(membership)
    db.session.flush()
    words = f"{practice.ods_code} {practice.name} in {network.code} {network.name} {_days(period)}."
    _note(words, by, practice_id=practice.id, network_id=network.id)
    return membership


def change_membership(membership: NetworkMembership, period: Period, *, by: Actor) -> None:
    """Set the days of a membership: a practice leaves, or a wrong date is put right.

    Raises:
        Invalid: it is in another network on some of these days.
    """
    _check_alone(membership.practice_id, period, membership.id)
    membership.starts_on, membership.ends_on = period.starts_on, period.ends_on
    words = f"Time in the network set to {_days(period)}."
    _note(words, by, practice_id=membership.practice_id, network_id=membership.network_id)


def _check_alone(practice_id: int, period: Period, except_id: int | None) -> None:
    # The database refuses overlaps too; here the refusal says which network it is.
    overlap = func.daterange(NetworkMembership.starts_on, NetworkMembership.ends_on).op("&&")(
        func.daterange(period.starts_on, period.ends_on)
    )
    query = (
        select(Network.name, NetworkMembership.starts_on)
        .join(NetworkMembership, NetworkMembership.network_id == Network.id)
        .where(NetworkMembership.practice_id == practice_id, overlap)
        .where(NetworkMembership.id != (except_id or 0))
    )
    other = db.session.execute(query).first()
    if other:
        raise Invalid(
            {
                "starts_on": f"On some of these days the practice is in {other.name} (since "
                f"{other.starts_on:%d-%b-%Y}). Give that membership a last day first."
            }
        )


def add_contract(network: Network, draft: ContractDraft, *, by: Actor) -> Contract:
    """Record the minutes that a network has bought for a period."""
    contract = Contract(network_id=network.id, **asdict(draft))
    db.session.add(contract)
    db.session.flush()
    _note(f"Contract added: {_contract_words(draft)}.", by, network_id=network.id)
    return contract


def change_contract(contract: Contract, draft: ContractDraft, *, by: Actor) -> None:
    """Set the days and minutes of a contract."""
    before = ContractDraft(contract.starts_on, contract.ends_on, contract.minutes)
    if before != draft:
        contract.starts_on, contract.ends_on, contract.minutes = astuple(draft)
        words = f"Contract changed from {_contract_words(before)} to {_contract_words(draft)}."
        _note(words, by, network_id=contract.network_id)


def _contract_words(draft: ContractDraft) -> str:
    return f"{draft.minutes:,} minutes {_days(Period(draft.starts_on, draft.ends_on))}"


def _days(period: Period) -> str:
    if period.ends_on is None:
        return f"from {period.starts_on:%d-%b-%Y}"
    last = period.ends_on - dt.timedelta(days=1)
    return f"from {period.starts_on:%d-%b-%Y} to {last:%d-%b-%Y}"


def _note(what: str, by: Actor, *, practice_id: int | None = None, network_id: int | None = None) -> None:
    note(what, by=by, at=clock.now(), practice_id=practice_id, network_id=network_id)
