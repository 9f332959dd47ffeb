"""A hub after two years: a million tasks, fifty thousand of them open, five million events, in SQL.

Copies of one real placed task of each kind and practice. Keys and indexes are taken off while rows go in, and
put back after; foreign keys are put back unchecked, because what is measured does not change the past.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.support.bulk import past_the_guards

TABLES = ("task", "event", "outcome", "patient", "to_do", "message", "forecast")
OPEN_SHARE, MOST_OPEN = 20, 50_000
DAYS = 730
SCRIPT = Path(__file__).with_name("page_world.sql")


def grow(
    owner: psycopg.Connection[Any], tasks: int, texts: list[tuple[Any, bytes | None, bytes | None]]
) -> int:
    """Make so many tasks out of those that are there; return how many of them are open.

    `texts` are a to-do and a message, sealed under each data key (its id goes before).
    """
    owner.execute("create temp table sealed (data_key_id uuid primary key, to_do bytea, message bytea)")
    with owner.cursor() as cursor:
        cursor.executemany("insert into sealed values (%s, %s, %s)", texts)
    still_open = min(tasks // OPEN_SHARE, MOST_OPEN)
    row = owner.execute("select max(id), count(*) from task").fetchone()
    assert row is not None
    folk = max(tasks // 10 // row[1], 1)
    words = {"tasks": tasks, "open": still_open, "base": row[0], "days": DAYS, "folk": folk}
    with past_the_guards(owner, "task", "event", "outcome"), _bare(owner):
        owner.execute(SCRIPT.read_text().format(**words))
    for table in TABLES:
        owner.execute(f"vacuum analyze {table}")
    return still_open


@contextmanager
def _bare(owner: psycopg.Connection[Any]) -> Iterator[None]:
    """Take foreign keys and plain indexes off the tables for the block."""
    keys = owner.execute(
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint "
        "where contype = 'f' and conrelid::regclass::text = any(%s)",
        (list(TABLES),),
    ).fetchall()
    indexes = owner.execute(
        "select indexname, indexdef from pg_indexes i where tablename = any(%s) and not exists "
        "(select from pg_constraint c where c.conname = i.indexname)",
        (list(TABLES),),
    ).fetchall()
    for table, name, _ in keys:
        owner.execute(f'alter table {table} drop constraint "{name}"')
    for name, _ in indexes:
        owner.execute(f'drop index "{name}"')
    yield
    for _, definition in indexes:
        owner.execute(definition)
    for table, name, definition in keys:
        owner.execute(f'alter table {table} add constraint "{name}" {definition} not valid')
