"""The database is what models and rules say: tables, guards, who sees which practice, one history."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, create_engine, make_url

from hub.domain.lifecycle import TRANSITIONS
from hub.extensions import Base

ROOT = Path(__file__).resolve().parents[2]

# Tables that name a practice and hold nothing about a patient: who may work where, networks, and the log of
# changes to accounts and practices. Row-level security itself reads the first.
NO_PATIENTS = {"practice_access", "network_membership", "admin_log", "invitation"}

_POSTGRESQL = make_url("postgresql+psycopg://").get_dialect()()


def _all(owner: Any, query: str, *values: Any) -> list[tuple[Any, ...]]:
    return list(owner.execute(query, values).fetchall())


def _one(owner: Any, query: str, *values: Any) -> set[Any]:
    return {row[0] for row in _all(owner, query, *values)}


def test_models_and_migrations_agree(app: Any, test_servers: Any) -> None:
    engine = create_engine(test_servers.owner_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert not differences, "\n".join(map(str, differences))


def test_every_constraint_of_the_models_is_in_the_database(app: Any, owner: Any) -> None:
    """Autogenerate does not compare checks, and silently loses a foreign key that closes a circle."""
    wanted = set()
    for table in Base.metadata.tables.values():
        for one in table.constraints:
            if isinstance(one, CheckConstraint) and one.name is None:
                continue
            wanted.add((table.name, _constraint_name(table.name, one)))
    found = set(
        _all(owner, "select conrelid::regclass::text, conname from pg_constraint where connamespace = "
                    "'public'::regnamespace and contype in ('c', 'f', 'u', 'p') and conrelid <> 0")
    )  # fmt: skip
    assert wanted - found == set()
    assert {pair for pair in found - wanted if pair[0] != "alembic_version"} == set()


def _constraint_name(table: str, one: Any) -> str:
    from sqlalchemy.schema import AddConstraint

    found = re.search(r"ADD CONSTRAINT (\S+)", str(AddConstraint(one).compile(dialect=_POSTGRESQL)))
    assert found, f"a constraint of {table} has no name"
    return found[1]


def test_the_constraint_that_ties_a_task_to_its_history_waits_for_the_commit(app: Any, owner: Any) -> None:
    query = "select condeferrable, condeferred from pg_constraint where conname = 'task_version_has_event'"
    assert _all(owner, query) == [(True, True)]


def test_the_guards_are_on(app: Any, owner: Any) -> None:
    on = set(
        _all(
            owner,
            "select tgrelid::regclass::text, tgname from pg_trigger "
            "where not tgisinternal and tgenabled = 'O'",
        )
    )
    kept = ("event", "outcome", "access_log", "kind_version", "policy_version", "admin_log")
    wanted = {("task", "task_guard"), ("task", "task_kept"), ("event", "event_not_ahead")}
    wanted |= {("network_membership", "membership_apart")}
    wanted |= {(table, f"{table}_kept") for table in kept}
    wanted |= {(table, f"{table}_not_emptied") for table in kept}
    assert wanted - on == set()


def test_the_database_allows_the_same_changes_of_status_as_the_lifecycle(app: Any, owner: Any) -> None:
    source = _all(owner, "select prosrc from pg_proc where proname = 'task_guard'")[0][0]
    in_the_database = set(re.findall(r"\('(\w+)', '(\w+)'\)", source))
    in_the_rules = {
        (str(before), str(step.after))
        for step in TRANSITIONS.values()
        for before in step.before
        if before != step.after
    }
    assert in_the_database == in_the_rules


def test_whatever_belongs_to_a_practice_is_behind_row_level_security(app: Any, owner: Any) -> None:
    with_practice = _one(
        owner,
        "select table_name from information_schema.columns "
        "where table_schema = 'public' and column_name = 'practice_id'",
    )
    guarded = _one(
        owner,
        "select relname from pg_class where relrowsecurity and relnamespace = 'public'::regnamespace",
    )
    assert with_practice - NO_PATIENTS == guarded
    policies = dict(_all(owner, "select tablename, qual from pg_policies where schemaname = 'public'"))
    assert set(policies) == guarded
    assert len(set(policies.values())) == 1, "one policy, the same everywhere"
    everyone = _one(owner, "select unnest(roles)::text from pg_policies where schemaname = 'public'")
    assert everyone == {"hub_app"}


def test_references_between_guarded_tables_carry_the_practice(app: Any, owner: Any) -> None:
    """Foreign keys do not obey row-level security, so each of them must name the practice as well."""
    rows = _all(
        owner,
        """
        select c.conrelid::regclass::text, c.conname, c.confrelid::regclass::text,
               array_agg(a.attname::text order by a.attnum)
        from pg_constraint c
        join pg_class mine on mine.oid = c.conrelid and mine.relrowsecurity
        join pg_class theirs on theirs.oid = c.confrelid and theirs.relrowsecurity
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
        where c.contype = 'f' group by 1, 2, 3
        """,
    )
    assert rows
    # These stay inside one task, whose practice its other key has tied.
    same_task = {"event_no_gap", "task_version_has_event"}
    # One file may name several practices of the person who brought it in.
    same_file = {"fk_import_row_run_id"}
    wrong = [row for row in rows if "practice_id" not in row[3] and row[1] not in same_task | same_file]
    assert not wrong, wrong


def test_nothing_goes_round_row_level_security(app: Any, owner: Any) -> None:
    views = (
        "select relname from pg_class where relkind in ('v', 'm') and relnamespace = 'public'::regnamespace"
    )
    assert _one(owner, views) == set(), "a view sees with its owner's eyes"
    definers = "select proname from pg_proc where prosecdef and pronamespace = 'public'::regnamespace"
    assert _one(owner, definers) == set(), "a definer function acts with its owner's rights"


def test_the_application_may_not_rewrite_history(app: Any, owner: Any) -> None:
    rights = set(
        _all(
            owner,
            "select table_name, privilege_type from information_schema.role_table_grants "
            "where grantee = 'hub_app'",
        )
    )
    for table in ("event", "outcome", "access_log", "admin_log"):
        assert {right for name, right in rights if name == table} == {"SELECT", "INSERT"}, table
    assert not [pair for pair in rights if pair[1] in ("TRUNCATE", "REFERENCES", "TRIGGER")]
    assert ("task", "DELETE") not in rights
    owned = "select relname from pg_class where pg_get_userbyid(relowner) in ('hub_app', 'hub_web')"
    assert _one(owner, owned) == set()


def test_there_is_one_history_of_the_schema() -> None:
    script = ScriptDirectory(str(ROOT / "hub" / "migrations"))
    history = [one.revision for one in script.walk_revisions()][::-1]
    assert history == [f"{n:04d}" for n in range(1, len(history) + 1)], "one line, numbered"
    assert script.get_heads() == [history[-1]]
    files = sorted(path.name[:4] for path in (ROOT / "hub/migrations/versions").glob("*.py"))
    assert files == history
    for earlier, later in pairwise(history):
        assert script.get_revision(later).down_revision == earlier


def test_the_whole_history_can_be_undone_and_done_again(app: Any, test_servers: Any) -> None:
    """In one transaction of the owner's, taken back at the end: every downgrade fits its upgrade."""
    script = ScriptDirectory(str(ROOT / "hub" / "migrations"))
    newest_first = list(script.walk_revisions())
    engine = create_engine(test_servers.owner_url)
    with engine.connect() as connection, connection.begin() as transaction:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            for revision in newest_first:
                revision.module.downgrade()
            tables = (
                "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
            )
            assert set(connection.exec_driver_sql(tables).scalars()) == {"alembic_version"}
            functions = "select proname from pg_proc where pronamespace = 'public'::regnamespace"
            assert set(connection.exec_driver_sql(functions).scalars()) == set()
            for revision in reversed(newest_first):
                revision.module.upgrade()
        assert not compare_metadata(MigrationContext.configure(connection), Base.metadata)
        transaction.rollback()
    engine.dispose()
