"""Recurring requests as they are stored: one, a practice's, what became of it."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from hub import vault
from hub.domain.actor import Actor
from hub.domain.errors import NotFound
from hub.domain.kinds import Kind
from hub.domain.recalls.rhythm import Every, Rhythm, Rule, Unit
from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON
from hub.extensions import db
from hub.intake import queries as intake
from hub.models import (
    DataKey,
    Patient,
    Practice,
    Recall,
    RecallChange,
    RecallMember,
    RecallRaise,
    Task,
    User,
)
from hub.models.recalls import ENDED

WORDS = "recall"  # the context word bound into what is sealed
GONE = "There is no such recall, or it is another practice's."


@dataclass(frozen=True, slots=True)
class Words:
    """What a practice wrote about a recall."""

    name: str
    ask: str
    buffer_because: str


def practice_ids_of(by: Actor) -> list[int]:
    """Return the practices whose recalls this person may change: those they raise for."""
    return [one.id for one in intake.practices_of(by)]


def get(recall_id: int, *, by: Actor, change: bool = False) -> tuple[Recall, Words]:
    """Return a recall with its words; leads may read every practice's, locked and checked if to `change`.

    Raises:
        NotFound: there is none, or it is of a practice that this person does not raise for.
    """
    query = select(Recall).where(Recall.id == recall_id)
    if change:
        query = query.with_for_update().execution_options(populate_existing=True)
    recall = db.session.scalars(query).one_or_none()
    mine = recall is not None and recall.practice_id in practice_ids_of(by)
    if recall is None or not (mine or (by.has(Role.LEAD) and not change)):
        raise NotFound(GONE)
    return recall, words_of(recall, vault.practice_key(recall.practice_id))


def words_of(recall: Recall, key: DataKey) -> Words:
    """Return what was written about this recall; `key` is its practice's."""
    said = vault.unseal_data(key, recall.words_sealed, WORDS)
    erased = vault.ERASED if not said else ""
    return Words(said.get("name", erased), said.get("ask", erased), said.get("buffer_because", erased))


def listed(practice_ids: Collection[int] | None) -> list[Any]:
    """Return recalls of these practices (None: of all that one may see) as rows, what has stopped first.

    Each with its practice, owner's name, key, and how many are on its list and in trouble; one statement.
    """
    there = RecallMember.recall_id == Recall.id, RecallMember.removed_at.is_(None)
    query = (
        select(
            Recall,
            Practice.name.label("practice"),
            User.name.label("owner"),
            DataKey,
            _count(*there).label("members"),
            _count(*there, RecallMember.trouble_at.is_not(None)).label("troubles"),
        )
        .join(Practice, Practice.id == Recall.practice_id)
        .join(User, User.id == Recall.owner_id)
        .join(DataKey, (DataKey.practice_id == Recall.practice_id) & DataKey.of_practice)
        .order_by(func.array_position(["stopped", "new", "running", "paused", "ended"], Recall.status))
        .order_by(Practice.name, Recall.id)
    )
    if practice_ids is not None:
        query = query.where(Recall.practice_id.in_(practice_ids))
    return list(db.session.execute(query))


def _count(*conditions: ColumnElement[bool]) -> Any:
    return select(func.count()).where(*conditions).correlate(Recall).scalar_subquery()


def alike(
    practice_id: int, kind: Kind, subtype: str, name: str, *, ended: bool = False
) -> list[tuple[Recall, str]]:
    """Return a practice's recalls that raise the same as one of this name, each with its name.

    The same is what is of the same kind and sort; of a kind of which every list is for itself (a round,
    a question that is asked again and again) only what also has the same name. `ended`: those too.
    """
    query = (
        select(Recall)
        .where(Recall.practice_id == practice_id, Recall.kind == kind.code, Recall.subtype == subtype)
        .order_by(Recall.id)
    )
    found = list(db.session.scalars(query if ended else query.where(Recall.status != ENDED)))
    key = vault.practice_key(practice_id) if found else None
    named = [(one, words_of(one, key).name) for one in found if key is not None]
    if kind.recalled_by != "name":
        return named
    return [(one, its_name) for one, its_name in named if _plain(its_name) == _plain(name)]


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def series(recall: Recall, kind: Kind) -> list[int]:
    """Return the recalls whose requests count for this one, where a name tells them apart: itself too.

    Those that have ended count as well: whoever sets a round up anew does not start from nothing.
    """
    name = words_of(recall, vault.practice_key(recall.practice_id)).name
    same = alike(recall.practice_id, kind, recall.subtype, name, ended=True)
    return sorted({recall.id, *(one.id for one, _ in same)})


def rule_of(recall: Recall, kind: Kind) -> Rule:
    """Return what this recall says, as the rules read it."""
    count, unit = recall.buffer_count, recall.buffer_unit
    buffer = Every(count, Unit(unit)) if count and unit else None
    return Rule(
        rhythm=Rhythm(recall.rhythm),
        every=Every(recall.every_count, Unit(recall.every_unit)),
        starts_on=recall.starts_on,
        buffer=buffer,
        daily_limit=recall.daily_limit,
        stop_days=stop_days(kind),
    )


def stop_days(kind: Kind) -> int | None:
    """Return the target in working days of a kind that must be done by 31 March; None of any other."""
    return kind.target.working_days if kind.target.stop_rule else None


def answered_on(recall: Recall) -> dt.date:
    """Return the day on which the answers for the whole list were last given."""
    query = select(func.max(RecallChange.at)).where(
        RecallChange.recall_id == recall.id,
        or_(RecallChange.what == "set_up", RecallChange.data["parts"].contains(["answers"])),
    )
    return (db.session.scalar(query) or recall.made_at).astimezone(LONDON).date()


def raised_on(recall: Recall, day: dt.date) -> int:
    """Return how many this recall raised on `day`."""
    query = select(func.count()).where(RecallRaise.recall_id == recall.id, RecallRaise.raised_on == day)
    return db.session.scalar(query) or 0


def changes(recall: Recall) -> list[Any]:
    """Return what was done with this recall, last first, as rows with the person's name ("" for the hub)."""
    query = (
        select(RecallChange, func.coalesce(User.name, "").label("by"))
        .outerjoin(User, User.id == RecallChange.by_id)
        .where(RecallChange.recall_id == recall.id)
        .order_by(RecallChange.id.desc())
        .limit(50)
    )
    return list(db.session.execute(query))


def raised_count(recall: Recall) -> int:
    """Return how many requests this recall has raised."""
    return db.session.scalar(select(func.count()).where(RecallRaise.recall_id == recall.id)) or 0


def raised(recall: Recall, *, limit: int, offset: int) -> list[Any]:
    """Return requests that this recall raised, last first, each with its patient and keys loaded."""
    query = (
        select(RecallRaise, Task)
        .join(Task, Task.id == RecallRaise.task_id)
        .outerjoin(Task.patient)
        .options(joinedload(Task.patient).joinedload(Patient.data_key))
        .where(RecallRaise.recall_id == recall.id)
        .order_by(RecallRaise.raised_on.desc(), RecallRaise.task_id.desc())
    )
    return list(db.session.execute(query.limit(limit).offset(offset)))
