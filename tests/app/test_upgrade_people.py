"""A hub that worked before sign-offs existed works after the upgrade; whoever comes later fails safe."""

from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

ROOT = Path(__file__).resolve().parents[2]

OLD_HUB = (
    "insert into practice (ods_code, name) values ('Z00001', 'Elm')",
    "insert into app_user (email, name, profession, gphc_number, created_at) values "
    "('p@example.org', 'Pat', 'pharmacist', '2012345', now()), ('m@example.org', 'Mo', null, null, now())",
    "insert into practice_access (user_id, practice_id, role, granted_at) "
    "select u.id, p.id, case when u.profession is null then 'requester' else 'clinician' end, "
    "'2026-05-01 23:30Z' from app_user u, practice p",
)


def test_whoever_worked_here_goes_on_and_whoever_comes_later_is_asked_about(
    app: Any, test_servers: Any
) -> None:
    script = ScriptDirectory(str(ROOT / "hub" / "migrations"))
    since = [one for one in script.walk_revisions() if one.revision >= "0007"]
    engine = create_engine(test_servers.owner_url)
    with engine.connect() as connection, connection.begin() as transaction:
        with Operations.context(MigrationContext.configure(connection)):
            for revision in since:
                revision.module.downgrade()
            for statement in OLD_HUB:
                connection.execute(text(statement))
            for revision in reversed(since):
                revision.module.upgrade()
        people = connection.execute(text("select name, all_kinds, supervises from app_user order by name"))
        assert [tuple(row) for row in people] == [("Mo", False, False), ("Pat", True, False)]
        access = connection.execute(
            text("select role, system_ready_on::text from practice_access order by role")
        )
        assert [tuple(row) for row in access] == [("clinician", "2026-05-02"), ("requester", None)]
        new = text(
            "insert into app_user (email, name, profession, created_at) "
            "values ('n@example.org', 'New', 'pharmacist', now()) returning all_kinds"
        )
        assert connection.execute(new).scalar() is False
        transaction.rollback()
    engine.dispose()
