"""Writing many rows of one table in one statement.

As JSON, because COPY is refused where row-level security guards a table.
"""

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table, TextClause, text
from sqlalchemy.dialects import postgresql

from hub.extensions import Base, db

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def insert_many(table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert `rows`, all with the same columns as keys; columns that none names get their defaults."""
    if rows:
        statement = _insert(table, tuple(rows[0]))
        db.session.execute(statement, {"rows": packed(rows)})


def packed(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as JSON for `jsonb_to_recordset`: bytes, times and ids as PostgreSQL reads them."""
    return json.dumps(rows, default=_plain)


@cache
def _insert(model: type[Base], names: tuple[str, ...]) -> TextClause:
    table = model.__table__
    assert isinstance(table, Table)
    types = ", ".join(f"{name} {table.c[name].type.compile(dialect=_DIALECT)}" for name in names)
    listed = ", ".join(names)
    return text(  # names and types come from the models
        f"insert into {table.name} ({listed}) select {listed} "  # noqa: S608
        f"from jsonb_to_recordset(cast(:rows as jsonb)) as n ({types})"
    )


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"a {type(value).__name__} cannot be written in bulk")
