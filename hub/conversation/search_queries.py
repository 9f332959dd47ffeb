"""Finding a request of one's own practice: by reference, NHS number or name.

Names are sealed, so no index can find them: those of the practice's newest patients are
unsealed in memory and compared, `MOST_PATIENTS` at most. An NHS number is found by its
keyed hash, among all of them.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from hub import records, vault
from hub.conversation import list_queries
from hub.conversation.wanted_queries import Asked
from hub.domain import identifiers
from hub.domain.patient import Identity
from hub.extensions import clock, db
from hub.models import Patient, Task

MOST_PATIENTS = 3000
MOST_FOUND = 50
SHORTEST_NAME = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed, as far as it can be looked for: "" where it is none of that kind."""

    ref: str
    nhs_number: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Rows as `list_queries.listed` gives them, open ones first; whether there are more of them,
    and whether not every patient's name was looked at."""

    rows: list[Any]
    more: bool
    not_all_names: bool


def wanted(text: str) -> Wanted:
    """Read what was typed. Raises ValueError, with what to type instead, if nothing can be looked for."""
    ref = _reference(text)
    if re.fullmatch(r"[\d\s-]+", text, re.ASCII) and not ref:
        return Wanted("", identifiers.nhs_number(text), ())
    words = tuple(filter(None, map(_letters, text.replace(",", " ").split())))
    if not ref and sum(map(len, words)) < SHORTEST_NAME:
        raise ValueError("Type a reference, a whole NHS number, or at least two letters of a name.")
    return Wanted(ref, "", words)


def _reference(text: str) -> str:
    try:
        return identifiers.parse_reference(text)
    except ValueError:
        return ""


def find(practice_ids: Collection[int], what: Wanted, *, user_id: int | None = None) -> Found:
    """Return the requests of these practices that fit, with what of each `user_id` has not read.

    Three statements, however many there are.
    """
    asked = Asked(tuple(practice_ids), clock.now(), user_id)
    patient_ids, not_all = _patients(practice_ids, what)
    fits: list[ColumnElement[bool]] = [Task.patient_id.in_(patient_ids)]
    if what.ref:
        fits.append(Task.ref == what.ref)
    rows = list_queries.matching(asked, or_(*fits), limit=MOST_FOUND + 1)
    return Found(rows[:MOST_FOUND], len(rows) > MOST_FOUND, not_all)


def _patients(practice_ids: Collection[int], what: Wanted) -> tuple[list[int], bool]:
    if what.nhs_number:
        hashes = [vault.lookup(practice_id, "nhs", what.nhs_number) for practice_id in practice_ids]
        query = select(Patient.id).where(Patient.practice_id.in_(practice_ids), Patient.nhs_hash.in_(hashes))
        return list(db.session.scalars(query)), False
    if not what.words:
        return [], False
    query_all = (
        select(Patient)
        .where(Patient.practice_id.in_(practice_ids))
        .options(joinedload(Patient.data_key))
        .order_by(Patient.id.desc())
        .limit(MOST_PATIENTS + 1)
    )
    patients = list(db.session.scalars(query_all))
    looked_at = patients[:MOST_PATIENTS]
    ids = [one.id for one in looked_at if _is_named(records.identity_of(one), what.words)]
    return ids, len(patients) > MOST_PATIENTS


def _is_named(identity: Identity, words: Iterable[str]) -> bool:
    """Say whether each word begins the family name, or a part of it, or one of the given names."""
    parts = [_letters(part) for part in f"{identity.family} {identity.given}".replace("-", " ").split()]
    parts.append(_letters(identity.family))
    return all(any(part.startswith(word) for part in parts) for word in words)


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(one for one in plain if one.isalnum())
