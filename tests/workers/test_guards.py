"""What the database refuses by itself, to the application and to the owner of the tables alike."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import errors

from config import libpq_url
from hub.models import Task
from hub.placing import actions, system_actions
from tests.workers.conftest import Hub

Connect = Callable[[], psycopg.Connection]


@pytest.fixture(params=["application", "owner"])
def connect(request: pytest.FixtureRequest, test_servers: Any) -> Connect:
    """Connections as the application (acting for everyone), then as the owner of the tables."""
    is_owner = request.param == "owner"
    url = test_servers.owner_url if is_owner else test_servers.app_url

    def open_one() -> psycopg.Connection:
        connection = psycopg.connect(libpq_url(url))
        if not is_owner:
            connection.execute("set role hub_app")
            connection.execute("select set_config('app.scope', 'all', false)")
        connection.commit()
        return connection

    return open_one


@pytest.fixture
def task(hub: Hub) -> Task:
    """A task on a pharmacist's list."""
    hub.make.pharmacist(hub.practice)
    task = hub.queued()
    hub.run(system_actions.top_up)
    task = hub.make.again(task)
    assert (task.status, task.version) == ("assigned", 3)
    return task


def refused(connect: Connect, *statements: str, by: type[psycopg.Error], at_commit: bool = False) -> None:
    """Each statement but the last passes, and the last (or the commit) is refused."""
    with connect() as connection:
        if at_commit:
            for statement in statements:
                connection.execute(statement)
            with pytest.raises(by):
                connection.commit()
        else:
            for statement in statements[:-1]:
                connection.execute(statement)
            with pytest.raises(by):
                connection.execute(statements[-1])
        connection.rollback()


EVENT = "insert into event (task_id, seq, practice_id, at, actor_system, kind, status) values "


class TestHistoryAndTaskMoveTogether:
    def test_no_change_without_the_next_version(self, connect: Connect, task: Task) -> None:
        refused(connect, "update task set band = 2", by=errors.CheckViolation)
        refused(connect, "update task set version = 5", by=errors.CheckViolation)
        refused(connect, "update task set version = 2", by=errors.CheckViolation)

    def test_no_version_without_its_event_by_commit(self, connect: Connect, task: Task) -> None:
        step = "update task set band = 2, version = version + 1"
        refused(connect, step, by=errors.ForeignKeyViolation, at_commit=True)

    def test_no_gap_in_the_history(self, connect: Connect, task: Task) -> None:
        step = "update task set version = version + 1"
        event = f"{EVENT} ({task.id}, 5, {task.practice_id}, now(), 'seed', 'promoted', 'assigned')"
        refused(connect, step, step, event, by=errors.ForeignKeyViolation)

    def test_no_event_ahead_of_its_task(self, connect: Connect, task: Task) -> None:
        event = f"{EVENT} ({task.id}, 4, {task.practice_id}, now(), 'seed', 'promoted', 'assigned')"
        refused(connect, event, by=errors.CheckViolation)

    def test_both_together_are_accepted(self, connect: Connect, task: Task) -> None:
        with connect() as connection:
            connection.execute("update task set band = 2, version = version + 1")
            connection.execute(
                f"{EVENT} ({task.id}, 4, {task.practice_id}, now(), 'seed', 'promoted', 'assigned')"
            )

    def test_an_event_names_exactly_one_who_acted(self, connect: Connect, task: Task) -> None:
        step = "update task set version = version + 1"
        nobody = EVENT.replace("actor_system", "actor_id")
        values = f"({task.id}, 4, {task.practice_id}, now(), null, 'promoted', 'assigned')"
        refused(connect, step, nobody + values, by=errors.CheckViolation)

    def test_a_task_begins_raised_at_version_1(self, connect: Connect, task: Task) -> None:
        refused(connect, copy_of(task, status="'queued'"), by=errors.CheckViolation)
        refused(connect, copy_of(task, version="2"), by=errors.CheckViolation)

    def test_a_task_without_a_first_event_is_refused_at_commit(self, connect: Connect, task: Task) -> None:
        refused(connect, copy_of(task), by=errors.ForeignKeyViolation, at_commit=True)


def copy_of(task: Task, **other: str) -> str:
    """An insert of a raised task like this one, with these values instead."""
    columns = {
        "ref": "'COPY-0001'",
        "status": "'raised'",
        "version": "1",
        "assignee_id": "null",
        "assigned_at": "null",
        "booked_on": "null",
    } | other
    same = ["practice_id", "patient_id", "data_key_id", "kind", "kind_version", "queue", "requested"]
    same += ["receipt_on", "raised_at", "raised_by_id", "band", "due_at", "working_due_at", "minutes"]
    same = [name for name in same if name not in columns]
    names, values = ", ".join([*columns, *same]), ", ".join([*columns.values(), *same])
    return f"insert into task ({names}) select {values} from task where id = {task.id}"


class TestOnlyTheLifecyclesSteps:
    @pytest.mark.parametrize("after", ["completed", "waiting", "raised", "closed"])
    def test_a_step_that_is_not_in_the_table_is_refused(
        self, connect: Connect, task: Task, after: str
    ) -> None:
        step = f"update task set status = '{after}', version = version + 1"
        refused(connect, step, by=errors.CheckViolation)

    def test_the_guards_pairs_are_those_of_the_lifecycle(self, owner: Any) -> None:
        import re

        from hub.domain.lifecycle import TRANSITIONS

        body = owner.execute("select prosrc from pg_proc where proname = 'task_guard'").fetchone()[0]
        pairs = set(re.findall(r"\('(\w+)', '(\w+)'\)", body))
        allowed = {
            (before.value, step.after.value)
            for step in TRANSITIONS.values()
            for before in step.before
            if before != step.after
        }
        assert pairs == allowed

    @pytest.mark.parametrize(
        "what", ["practice_id = practice_id + 1", "ref = 'OTHER-REF'", "raised_at = now()"]
    )
    def test_practice_reference_and_age_stay(self, connect: Connect, task: Task, what: str) -> None:
        refused(connect, f"update task set {what}, version = version + 1", by=errors.CheckViolation)

    def test_what_is_on_a_list_has_a_person_and_what_waits_in_a_queue_none(
        self, connect: Connect, task: Task
    ) -> None:
        up = "version = version + 1"
        refused(
            connect, f"update task set assignee_id = null, booked_on = null, {up}", by=errors.CheckViolation
        )
        refused(connect, f"update task set status = 'queued', {up}", by=errors.CheckViolation)

    def test_one_in_progress_for_one_person(self, connect: Connect, hub: Hub, task: Task) -> None:
        other = hub.queued()
        hub.run(system_actions.top_up)
        step = "update task set status = 'in_progress', version = version + 1 where id = "
        refused(connect, f"{step}{task.id}", f"{step}{other.id}", by=errors.UniqueViolation)


class TestAppendOnly:
    def test_nobody_changes_what_has_happened(self, connect: Connect, hub: Hub, task: Task) -> None:
        fill(hub, task)
        changes = {
            "event": "practice_id = 1",
            "outcome": "minutes = 1",
            "access_log": "what = 'x'",
            "admin_log": "what = 'x'",
            "kind_version": "published_at = now()",
            "policy_version": "why = 'x'",
        }
        with connect() as connection:
            # The application has no right to it; the owner, who has, is stopped by the trigger.
            is_owner = connection.execute("select current_user").fetchone() != ("hub_app",)
            error = errors.CheckViolation if is_owner else errors.InsufficientPrivilege
            connection.execute("set lock_timeout = '5s'")
            for table, change in changes.items():
                assert connection.execute(f"select count(*) from {table}").fetchone() != (0,)
                for statement in (
                    f"update {table} set {change}",
                    f"delete from {table}",
                    f"truncate {table} cascade",
                ):
                    with pytest.raises(error), connection.transaction():
                        connection.execute(statement)

    def test_a_task_is_never_deleted(self, connect: Connect, task: Task) -> None:
        refused(connect, "delete from task", by=psycopg.Error)
        refused(connect, "truncate task cascade", by=psycopg.Error)

    def test_the_application_has_no_right_to_it_either(self, owner: Any) -> None:
        rows = owner.execute(
            """select table_name, privilege_type from information_schema.role_table_grants
               where grantee = 'hub_app' and privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')"""
        ).fetchall()
        kept = {"event", "outcome", "access_log", "kind_version", "policy_version", "admin_log", "tick"}
        assert not {table for table, _ in rows} & kept
        assert not [row for row in rows if row[1] == "TRUNCATE"]


def fill(hub: Hub, task: Task) -> None:
    """Make at least one row in each table of history."""
    from hub import records
    from hub.domain.vocabulary import FactAnswer
    from hub.outcomes import actions as outcomes
    from hub.placing import queries
    from tests.support.running import acting_as

    with acting_as(hub.app, hub.lead) as by:
        records.note_access(queries.get(task.ref), by=by, what="task")
        actions.hold(queries.practice(hub.practice.id), reason="EMIS is down.", by=by)
    someone = hub.make.pharmacist(hub.practice)
    urgent = hub.queued(answers={"serious_reaction": FactAnswer.YES})
    hub.act(someone, actions.take, urgent)
    hub.start(someone, urgent)
    done = outcomes.Completion(
        confirmed=True,
        checklist={item.code: "" for item in _checklist(hub, urgent)},
        outcome="advised",
        minutes=5,
        to_dos=(),
        note="",
        recorded_in="EMIS Web",
        recorded_code="",
        reply="Go on as before.",
    )
    hub.act(someone, outcomes.record, urgent, completion=done)


def _checklist(hub: Hub, task: Task) -> Any:
    from hub.protocols.queries import kind_of

    with hub.session():
        return kind_of(task).checklist


class TestOnce:
    def test_a_task_is_completed_once(self, connect: Connect, hub: Hub, task: Task, owner: Any) -> None:
        fill(hub, task)
        row = owner.execute("select task_id, seq, practice_id from event where kind = 'completed'").fetchone()
        assert row is not None
        again = f"{EVENT} ({row[0]}, {row[1] + 1}, {row[2]}, now(), 'seed', 'completed', 'completed')"
        step = f"update task set version = version + 1 where id = {row[0]}"
        refused(connect, step, again, by=errors.UniqueViolation)
        copy = (
            "insert into outcome (task_id, practice_id, at, by_id, code, minutes, recorded_in) "
            "select task_id, practice_id, at, by_id, 'changed', minutes, recorded_in from outcome"
        )
        refused(connect, copy, by=errors.UniqueViolation)

    def test_a_day_holds_no_more_than_its_minutes(self, connect: Connect, task: Task) -> None:
        refused(connect, "update clinician_day set booked = minutes + granted + 1", by=errors.CheckViolation)
        refused(connect, "update clinician_day set booked = -1", by=errors.CheckViolation)
