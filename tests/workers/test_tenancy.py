"""Who sees which practice: the database says so, whatever a query forgets to ask."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import text

from config import libpq_url
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.models import Practice, Task, User
from hub.placing import system_actions
from tests.support.factories import Make
from tests.support.running import acting_as
from tests.workers.conftest import Hub
from tests.workers.test_guards import fill

GUARDED = (
    "recall", "recall_member", "recall_raise", "recall_change",
    "patient", "data_key", "task", "event", "outcome", "to_do", "message", "access_log", "plan_move",
    "forecast", "prediction", "learned_minutes", "notice", "handout",
    "import_run", "import_part", "import_row", "import_mapping",
)  # fmt: skip
# Seen by the person who typed it only; it has tests of its own.
OWN = {"intake_draft"}
# Tables that name a practice and hold nothing about patients: who may go there, and who changed what.
OPEN = {"practice_access", "network_membership", "admin_log", "invitation"}


@dataclass
class Two:
    """A practice of ours and a practice of others, each with a task that has been worked on."""

    ours: Practice
    theirs: Practice
    manager: User
    task: Task
    other_task: Task


@pytest.fixture
def two(hub: Hub, make: Make) -> Two:
    """Two practices; every guarded table holds rows of both."""
    other = Hub(hub.app, make, make.practice("Oak Surgery"), hub.manager, make.lead())
    other.manager = make.requester(other.practice)
    tasks = []
    for one in (hub, other):
        make.pharmacist(one.practice)
        tasks.append(one.queued())
        hub.run(system_actions.top_up)
        fill(one, tasks[-1])
        with hub.session():
            db.session.execute(
                text(f"""
                insert into to_do (task_id, practice_id, text_sealed, created_at)
                  values ({tasks[-1].id}, {one.practice.id}, 'x', now());
                insert into message (task_id, practice_id, at, author_id, from_hub, body_sealed)
                  values ({tasks[-1].id}, {one.practice.id}, now(), {one.lead.id}, true, 'x');
                insert into handout (practice_id, at, by_id, tool, patients, task_ids)
                  values ({one.practice.id}, now(), {one.lead.id}, 'accurx-emis', 1, '{{1}}');
                insert into plan (asked_at, asked_by_id) values (now(), {one.lead.id});
                insert into plan_move (plan_id, task_id, practice_id, task_version, to_id, minutes)
                  select max(id), {tasks[-1].id}, {one.practice.id}, 1, {one.lead.id}, 10 from plan;
                insert into notice (user_id, practice_id, task_id, code, created_at)
                  values ({one.manager.id}, {one.practice.id}, {tasks[-1].id}, 'asked', now());
                insert into forecast_run (at, tasks, runs) values (now(), 1, 2);
                insert into forecast (task_id, practice_id, run_id)
                  select {tasks[-1].id}, {one.practice.id}, max(id) from forecast_run;
                insert into prediction (task_id, made_on, practice_id, due_at, raw, said)
                  values ({tasks[-1].id}, current_date, {one.practice.id}, now(), 0.5, 0.5);
                insert into learned_minutes (practice_id, kind, stage, planned, done, median, minutes, since,
                    until, applied_from, computed_at)
                  values ({one.practice.id}, 'MEDQ', 1, 10, 5, 12, 11, now() - interval '2 days',
                    now() - interval '1 day', now(), now());
                insert into recall (practice_id, kind, words_sealed, rhythm, every_count, every_unit,
                    starts_on, owner_id, made_at)
                  values ({one.practice.id}, 'MEDQ', 'x', 'fixed', 1, 'week',
                    current_date, {one.lead.id}, now());
                insert into recall_member (recall_id, practice_id, added_on, added_by_id)
                  select id, practice_id, current_date, owner_id from recall
                  where practice_id = {one.practice.id};
                insert into recall_raise (member_id, period_on, recall_id, practice_id, task_id, due_on,
                    raised_on)
                  select id, current_date, recall_id, practice_id, {tasks[-1].id}, current_date,
                    current_date from recall_member where practice_id = {one.practice.id};
                insert into recall_change (recall_id, practice_id, at, what)
                  select id, practice_id, now(), 'made' from recall where practice_id = {one.practice.id};
                insert into import_run (ref, practice_id, user_id, created_at, file_key_id, rows_total)
                  select 'run-{one.practice.id}', {one.practice.id}, {one.lead.id}, now(), id, 1
                  from data_key where practice_id = {one.practice.id} limit 1;
                insert into import_part (run_id, part, practice_id, rows, sealed)
                  select id, 0, practice_id, 1, 'x' from import_run where practice_id = {one.practice.id};
                insert into import_row (run_id, number, practice_id, grp)
                  select id, 2, practice_id, 'new' from import_run where practice_id = {one.practice.id};
                insert into import_mapping (practice_id, signature, mapping_sealed, by_id, at)
                  values ({one.practice.id}, 'abc', 'x', {one.lead.id}, now())""")
            )
    ours, others = (make.again(task) for task in tasks)
    return Two(hub.practice, other.practice, hub.manager, ours, others)


@pytest.fixture
def raw(test_servers: Any) -> Iterator[psycopg.Connection]:
    """A connection as the application's role, in which nobody has said who acts."""
    with contextlib.closing(psycopg.connect(libpq_url(test_servers.app_url))) as connection:
        connection.execute("set role hub_app")
        connection.commit()
        yield connection
        connection.rollback()


def act(connection: psycopg.Connection, user: User | None, scope: str) -> None:
    connection.execute(
        "select set_config('app.user', %s, true), set_config('app.scope', %s, true)",
        [str(user.id) if user else "", scope],
    )


def seen(connection: psycopg.Connection) -> dict[str, set[int]]:
    """The practices whose rows show, by table."""
    return {
        table: {row[0] for row in connection.execute(f"select practice_id from {table}")} for table in GUARDED
    }


NOTHING: dict[str, set[int]] = {table: set() for table in GUARDED}


class TestReading:
    def test_someone_acting_sees_their_practices_and_whoever_did_not_say_who_acts_sees_nothing(
        self, two: Two, raw: psycopg.Connection
    ) -> None:
        ours = {table: {two.ours.id} for table in GUARDED}
        assert seen(raw) == NOTHING
        act(raw, two.manager, "access")
        assert seen(raw) == ours
        raw.commit()
        assert seen(raw) == NOTHING, "nor after the commit on the same connection"
        act(raw, two.manager, "access")
        with pytest.raises(errors.DivisionByZero):
            raw.execute("select 1/0")
        raw.rollback()
        assert seen(raw) == NOTHING, "nor after an error"

    def test_all_is_the_whole_hub_and_any_other_word_nothing(self, two: Two, raw: psycopg.Connection) -> None:
        act(raw, None, "all")
        assert seen(raw) == {table: {two.ours.id, two.theirs.id} for table in GUARDED}
        for scope in ("none", "", "everything", "ALL"):
            act(raw, two.manager, scope)
            assert seen(raw) == NOTHING
        act(raw, None, "access")
        assert seen(raw) == NOTHING

    def test_access_taken_away_counts_from_the_next_statement(
        self, two: Two, raw: psycopg.Connection, owner: Any
    ) -> None:
        act(raw, two.manager, "access")
        assert seen(raw)["task"] == {two.ours.id}
        owner.execute("delete from practice_access where user_id = %s", [two.manager.id])
        assert seen(raw) == NOTHING

    def test_a_function_that_talks_sees_no_hidden_row(self, two: Two, raw: psycopg.Connection) -> None:
        act(raw, two.manager, "access")
        heard: list[str] = []
        raw.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
        raw.execute(
            "create function pg_temp.tell(bigint) returns bool language plpgsql cost 0.000001 "
            "as $$ begin raise notice '%', $1; return true; end $$"
        )
        raw.execute("select count(*) from task where pg_temp.tell(id)")
        assert heard
        assert str(two.other_task.id) not in heard

    def test_an_administrator_and_a_session_without_an_actor(self, two: Two, hub: Hub, make: Make) -> None:
        count = text("select count(*) from task")
        with acting_as(hub.app, make.admin()):
            assert db.session.scalar(count) == 0
        with hub.app.app_context(), db.engine.connect() as connection:
            assert connection.execute(count).scalar_one() == 0
        with acting_as(hub.app, make.user(Role.ADMIN, Role.REQUESTER, practices=(two.theirs,))):
            assert db.session.scalar(count) == 2, "who is both sees as a requester"

    def test_a_savepoint_taken_back_keeps_who_acts(self, two: Two, hub: Hub) -> None:
        count = text("select count(*) from task")
        with acting_as(hub.app, two.manager):
            before = db.session.scalar(count)
            with contextlib.suppress(ZeroDivisionError), db.session.begin_nested():
                raise ZeroDivisionError
            assert db.session.scalar(count) == before == 2


class TestWriting:
    def test_no_change_reaches_another_practice(self, two: Two, raw: psycopg.Connection) -> None:
        act(raw, two.manager, "access")
        done = raw.execute(
            "update task set band = 1, version = version + 1 where id = %s", [two.other_task.id]
        )
        assert done.rowcount == 0
        assert (
            raw.execute("update patient set status = 'died' where practice_id <> %s", [two.ours.id]).rowcount
            == 0
        )

    def test_nothing_is_written_into_another_practice(self, two: Two, raw: psycopg.Connection) -> None:
        act(raw, two.manager, "access")
        for table in ("message", "to_do", "access_log", "data_key"):
            statement = row_for(table, two.other_task, two.theirs.id, two.manager.id)
            with pytest.raises(errors.InsufficientPrivilege, match="row-level security"), raw.transaction():
                raw.execute(statement)

    def test_nothing_moves_into_another_practice(self, two: Two, raw: psycopg.Connection) -> None:
        act(raw, two.manager, "access")
        for table in ("patient", "message", "to_do", "data_key"):
            with pytest.raises(psycopg.Error) as refusal, raw.transaction():
                raw.execute(f"update {table} set practice_id = %s", [two.theirs.id])
            assert isinstance(refusal.value, errors.InsufficientPrivilege | errors.ForeignKeyViolation)
        with pytest.raises(errors.CheckViolation), raw.transaction():
            raw.execute("update task set practice_id = %s, version = version + 1", [two.theirs.id])

    @pytest.mark.parametrize("who", ["application", "owner"])
    def test_no_row_of_ours_hangs_on_a_task_of_theirs(
        self, two: Two, raw: psycopg.Connection, owner: Any, who: str
    ) -> None:
        # Foreign keys do not obey row-level security: only keys made of both columns stop this.
        connection = owner if who == "owner" else raw
        if who == "application":
            act(raw, two.manager, "access")
        for table in ("event", "outcome", "message", "to_do", "access_log"):
            statement = row_for(table, two.other_task, two.ours.id, two.manager.id)
            with pytest.raises(errors.ForeignKeyViolation) as refusal, connection.transaction():
                connection.execute(statement)
            assert "task" in (refusal.value.diag.constraint_name or "")

    def test_no_task_of_ours_is_about_a_patient_of_theirs_or_under_their_key(
        self, two: Two, owner: Any
    ) -> None:
        for column, table in (("patient_id", "patient"), ("data_key_id", "data_key")):
            theirs = f"(select id from {table} where practice_id = {two.theirs.id} limit 1)"
            step = f"update task set {column} = {theirs}, version = version + 1 where id = {two.task.id}"
            with pytest.raises(errors.ForeignKeyViolation):
                owner.execute(step)

    def test_the_same_nhs_number_at_two_practices_is_two_patients_and_tells_nobody(
        self, two: Two, make: Make
    ) -> None:
        identity = make.identity()
        manager = make.requester(two.theirs)
        first = make.request(two.ours, two.manager, identity=identity)
        second = make.request(two.theirs, manager, identity=identity)
        assert first.patient_id != second.patient_id


def row_for(table: str, task: Task, practice_id: int, user_id: int) -> str:
    """An insert of a row of `table` for this task, in this practice."""
    given = {
        # The version first, where that is allowed: no event may be ahead of its task.
        "event": f"update task set version = version + 1 where id = {task.id}; "
        "insert into event (task_id, practice_id, seq, at, actor_id, kind, status) values "
        f"({{ids}}, {task.version + 1}, now(), {user_id}, 'asked', 'queued')",
        "outcome": "insert into outcome (task_id, practice_id, at, by_id, code, minutes, recorded_in) values "
        f"({{ids}}, now(), {user_id}, 'advised', 5, 'EMIS Web')",
        "message": "insert into message (task_id, practice_id, at, author_id, from_hub, body_sealed) values "
        f"({{ids}}, now(), {user_id}, true, 'x')",
        "to_do": "insert into to_do (task_id, practice_id, text_sealed, created_at) "
        "values ({ids}, 'x', now())",
        "access_log": "insert into access_log (task_id, practice_id, at, user_id, what) values "
        f"({{ids}}, now(), {user_id}, 'task')",
        "data_key": "insert into data_key (id, practice_id, master, wrapped) values "
        f"(gen_random_uuid(), {practice_id}, 'k', 'x')",
    }
    return given[table].format(ids=f"{task.id}, {practice_id}")


class TestTheHouse:
    def test_the_application_cannot_put_on_another_role(
        self, two: Two, owner: Any, raw: psycopg.Connection
    ) -> None:
        table_owner = owner.execute("select tableowner from pg_tables where tablename = 'task'").fetchone()[0]
        mine = owner.execute("select current_user").fetchone()[0]
        user = raw.info.user
        if user == mine:
            pytest.skip("one account serves for everything here; production refuses that")
        for role in (table_owner, "postgres"):
            with pytest.raises(errors.InsufficientPrivilege), raw.transaction():
                raw.execute(f"set role {role}")

    def test_the_role_owns_nothing_and_may_not_pass_by_the_rules(self, owner: Any) -> None:
        role = owner.execute(
            "select rolsuper, rolbypassrls, rolcanlogin, rolcreaterole from pg_roles "
            "where rolname = 'hub_app'"
        ).fetchone()
        assert role == (False, False, False, False)
        owned = "select count(*) from pg_class where pg_get_userbyid(relowner) = 'hub_app'"
        assert owner.execute(owned).fetchone() == (0,)

    def test_every_table_that_names_a_practice_is_guarded(self, owner: Any) -> None:
        rows = owner.execute(
            """select c.relname, c.relrowsecurity from pg_class c join pg_attribute a on a.attrelid = c.oid
               where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
                 and a.attname = 'practice_id' and not a.attisdropped"""
        ).fetchall()
        assert {name for name, guarded in rows if guarded} == set(GUARDED) | OWN
        assert {name for name, guarded in rows if not guarded} == OPEN

    def test_nothing_looks_past_the_rules(self, owner: Any) -> None:
        views = owner.execute(
            "select relname from pg_class "
            "where relkind in ('v', 'm') and relnamespace = 'public'::regnamespace"
        ).fetchall()
        definers = owner.execute(
            "select proname from pg_proc where prosecdef and pronamespace = 'public'::regnamespace"
        ).fetchall()
        assert (views, definers) == ([], [])
