"""Changing the directory: networks, practices and how to get into each, contracts, the ODS file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, any_, bindparam, select, text, update

from hub.directory.ods import PracticeLine, Reading
from hub.domain.actor import Actor
from hub.extensions import clock, db
from hub.models import Practice
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
