"""A real database per test process: made once, emptied before each test."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from config import Settings, libpq_url, load_settings
from hub.database_roles import make_application_role
from hub.embedded import servers

KEPT = frozenset({"alembic_version", "kind_version"})
# What empties stays connected: a new connection learns every table anew, which takes most of the time.
_open: dict[str, psycopg.Connection] = {}
# Every counter that has counted begins again.
_COUNT_FROM_ONE = sql.SQL(
    "select setval(quote_ident(sequencename)::regclass, 1, false) from pg_sequences "
    "where schemaname = 'public' and last_value is not null"
)


@dataclass(frozen=True)
class TestServers:
    """Where a test process finds its own database and its own corner of Redis."""

    __test__ = False

    owner_url: str
    app_url: str
    redis_url: str


@contextlib.contextmanager
def own_database(shared: Path, worker: str, *, durable: bool = False) -> Iterator[TestServers]:
    """Yield servers for this test process: those of DATABASE_URL and REDIS_URL, else embedded ones.

    `shared` is a folder that all test processes of one run see, so that they share one server.
    """
    name = f"hub_test_{worker}_{os.getpid()}"
    with contextlib.ExitStack() as stack:
        if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
            owner = app = os.environ["DATABASE_URL"]
            redis_url = os.environ["REDIS_URL"]
        else:
            found = stack.enter_context(servers(shared, durable=durable))
            owner, app, redis_url = found.owner_url, found.app_url, found.redis_url
        make_application_role(owner)
        with psycopg.connect(libpq_url(owner), autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            yield TestServers(_named(owner, name), _named(app, name), _numbered(redis_url, worker))
        finally:
            _close(_named(owner, name))
            # One that a process under test still uses goes with its server.
            with (
                psycopg.connect(libpq_url(owner), autocommit=True) as connection,
                contextlib.suppress(psycopg.errors.ObjectInUse),
            ):
                connection.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))


@contextlib.contextmanager
def kept_database(shared: Path) -> Iterator[TestServers]:
    """Yield embedded servers with one database that stays in `shared`, for data that take long to make."""
    with servers(shared, durable=True) as found:
        make_application_role(found.owner_url)
        yield TestServers(found.owner_url, found.app_url, found.redis_url)


def settings_for(found: TestServers, data_dir: Path) -> Settings:
    """Return settings of a test installation that uses these servers."""
    settings = load_settings(
        {"HUB_ENV": "test", "HUB_DATA": str(data_dir), "HUB_DEMO_PASSWORD": "demo-only-words"}
    )
    return settings.with_servers(
        database_url=found.app_url, database_owner_url=found.owner_url, redis_url=found.redis_url
    )


def empty(owner_url: str) -> None:
    """Empty every table but for published kinds and the product's own policy, as the owner.

    Most tests fill few tables with few rows: deleting these is some ten times faster than truncating all.
    """
    try:
        _delete_rows(_connection(owner_url))
    except psycopg.OperationalError:  # the server was started anew meanwhile
        _close(owner_url)
        _delete_rows(_connection(owner_url))


def _connection(owner_url: str) -> psycopg.Connection:
    found = _open.get(owner_url)
    if found is None or found.closed:
        found = _open[owner_url] = psycopg.connect(libpq_url(owner_url))
    return found


def _close(owner_url: str) -> None:
    connection = _open.pop(owner_url, None)
    if connection is not None:
        connection.close()


def _delete_rows(connection: psycopg.Connection) -> None:
    with connection.transaction():
        rows = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        tables = [row[0] for row in rows if row[0] not in KEPT]
        filled = _filled(connection, tables)
        guarded = sorted(_append_only(connection) & set(filled))
        off, on = "alter table {} disable trigger user", "alter table {} enable trigger user"
        gone = _referring_first(connection, filled)
        acts = [
            *(sql.SQL(off).format(sql.Identifier(table)) for table in guarded),
            *(sql.SQL("delete from {}{}").format(sql.Identifier(table), _which(table)) for table in gone),
            # What waits for the commit keeps a table from change.
            sql.SQL("set constraints all immediate"),
            *(sql.SQL(on).format(sql.Identifier(table)) for table in guarded),
            _COUNT_FROM_ONE,
        ]
        connection.execute(sql.SQL("; ").join(acts))


def _which(table: str) -> sql.SQL:
    """Return which rows go: of the policies all but the product's own."""
    return sql.SQL(" where version > 1" if table == "policy_version" else "")


def _append_only(connection: psycopg.Connection) -> set[str]:
    rows = connection.execute(
        "select distinct tgrelid::regclass::text from pg_trigger where tgname like '%\\_kept'"
    )
    return {row[0] for row in rows}


def _referring_first(connection: psycopg.Connection, tables: list[str]) -> list[str]:
    """Return the tables so that none is emptied before one that refers to it; keys checked at commit wait."""
    rows = connection.execute(
        "select conrelid::regclass::text, confrelid::regclass::text from pg_constraint "
        "where contype = 'f' and not condeferrable and conrelid <> confrelid"
    ).fetchall()
    found: dict[str, set[str]] = {table: set() for table in tables}
    for referring, referred in rows:
        if referring in found and referred in found:
            found[referred].add(referring)
    return list(TopologicalSorter(found).static_order())


def _filled(connection: psycopg.Connection, tables: list[str]) -> list[str]:
    """Return the tables that hold any row, in one statement."""
    questions = [
        sql.SQL("select {} where exists (select from {}{})").format(
            sql.Literal(one), sql.Identifier(one), _which(one)
        )
        for one in tables
    ]
    return [row[0] for row in connection.execute(sql.SQL(" union all ").join(questions)).fetchall()]


def _named(url: str, name: str) -> str:
    made = make_url(url).set(database=name)
    return made.render_as_string(hide_password=False)


def _numbered(redis_url: str, worker: str) -> str:
    digits = "".join(filter(str.isdigit, worker)) or "0"
    number = int(digits) % 15 + 1
    base = redis_url.split("?")[0]
    return f"{base}?db={number}"
