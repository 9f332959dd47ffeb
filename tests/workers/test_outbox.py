"""The outbox: recorded with the change, published after it, done once, tried again, at last given up."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from redis.exceptions import ConnectionError as RedisAway
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from hub import background
from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import db
from hub.models import Outbox, Practice
from hub.models.acting import act_as
from tests.support.factories import Make
from workers import jobs as job_list
from workers.runner import run_row

PLACING = process(SystemActor.PLACING)
CANARY = "Mrs Canary, 999 000 0018"
RUNS: list[dict[str, Any]] = []


@pytest.fixture(autouse=True)
def _jobs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    RUNS.clear()
    background._away_until.clear()
    monkeypatch.setitem(job_list.JOBS, "note", lambda **ids: RUNS.append(ids))
    monkeypatch.setitem(job_list.JOBS, "fail", _fail)
    yield
    background._away_until.clear()


def _fail(**ids: int) -> None:
    raise ValueError(CANARY)


def record(app: Flask, job: str = "note", *, key: str = "a", commit: bool = True, **ids: int) -> None:
    with app.app_context():
        act_as(PLACING)
        background.later(job, key=key, lane="placing", **ids)
        db.session.commit() if commit else db.session.rollback()


def rows(app: Flask) -> list[Outbox]:
    with app.app_context():
        return list(db.session.scalars(select(Outbox).order_by(Outbox.id)))


def run(app: Flask, row_id: int = 1) -> bool:
    with app.app_context():
        return run_row(row_id)


def sweep(app: Flask) -> int:
    with app.app_context():
        act_as(PLACING)
        return background.sweep()


def rung(app: Flask, lane: str = "placing") -> list[int]:
    """The outbox rows that stand in Redis, as a worker would be given them."""
    connection = background.redis_connection(app.config["REDIS_URL"])
    queue = Queue(lane, connection=connection, serializer=JSONSerializer)
    found = [(job.func_name, *job.args) for job in queue.get_jobs()]
    assert {name for name, _ in found} <= {background.RUNNER}
    return [row_id for _, row_id in found]


class TestLater:
    def test_it_is_rung_after_the_commit_with_its_id_and_nothing_else(self, app: Flask) -> None:
        record(app, task_id=7)
        assert rung(app) == [1]
        [row] = rows(app)
        assert (row.job, row.lane, row.payload, row.done_at) == ("note", "placing", {"task_id": 7}, None)

    def test_a_rollback_rings_nothing_and_leaves_nothing(self, app: Flask) -> None:
        record(app, commit=False)
        assert (rung(app), rows(app)) == ([], [])

    def test_what_was_rolled_back_is_not_rung_by_the_next_commit(self, app: Flask) -> None:
        with app.app_context():
            act_as(PLACING)
            background.later("note", key="a")
            db.session.rollback()
            background.later("note", key="b")
            db.session.commit()
        assert rung(app) == [row.id for row in rows(app)]
        assert len(rows(app)) == 1

    def test_the_same_key_is_one_job(self, app: Flask) -> None:
        record(app, key="a")
        record(app, key="a")
        assert (len(rows(app)), rung(app)) == (1, [1])

    def test_a_savepoint_is_no_commit_and_taking_it_back_forgets_nothing_else(self, app: Flask) -> None:
        with app.app_context():
            act_as(PLACING)
            background.later("note", key="a")
            with db.session.begin_nested():
                background.later("note", key="b")
            assert rung(app) == []
            with pytest.raises(ZeroDivisionError), db.session.begin_nested():
                1 / 0  # noqa: B018
            db.session.commit()
        assert rung(app) == [1, 2]

    def test_a_lane_that_nobody_works_on_is_refused(self, app: Flask) -> None:
        with app.app_context(), pytest.raises(ValueError, match="no lane 'nobody'"):
            background.later("note", key="a", lane="nobody")

    def test_a_half_changed_task_stays_in_the_session(self, app: Flask, make: Make) -> None:
        from hub.models import Task
        from hub.placing import queries

        practice = make.practice()
        task = make.request(practice, make.requester(practice))
        with app.app_context():
            act_as(PLACING)
            held = queries.get(task.ref, lock=True)
            held.chases = 1
            background.later("note", key="a")
            assert isinstance(held, Task)
            assert held in db.session.dirty
            db.session.rollback()

    def test_with_redis_away_the_change_stands_and_waits_for_the_sweep(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch, clock: Any
    ) -> None:
        here = app.config["REDIS_URL"]
        monkeypatch.setitem(app.config, "REDIS_URL", "unix:///nowhere/redis.sock")
        record(app)
        [row] = rows(app)
        assert row.done_at is None
        clock.tick(seconds=61)
        assert sweep(app) == 0
        monkeypatch.setitem(app.config, "REDIS_URL", here)
        assert sweep(app) == 1, "what could not be rung is still due"
        assert rung(app) == [1]

    def test_while_redis_is_away_only_one_page_in_some_seconds_finds_out(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = []

        def refuse(url: str) -> Any:
            asked.append(url)
            raise RedisAway

        monkeypatch.setattr(background, "redis_connection", refuse)
        for number in range(5):
            record(app, key=str(number))
        assert len(asked) == 1
        background._away_until.clear()
        record(app, key="later")
        assert len(asked) == 2


class TestSweep:
    def test_it_rings_what_redis_lost_once_the_lease_is_over(self, app: Flask, clock: Any) -> None:
        record(app)
        background.redis_connection(app.config["REDIS_URL"]).flushdb()
        clock.tick(seconds=59)
        assert sweep(app) == 0
        clock.tick(seconds=1)
        assert sweep(app) == 1
        assert rung(app) == [1]
        assert sweep(app) == 0, "and then leaves it alone for another lease"

    def test_it_leaves_alone_what_is_done_dead_or_being_done(
        self, app: Flask, clock: Any, owner: Any
    ) -> None:
        for key in ("done", "dead", "running", "due"):
            record(app, key=key)
        assert run(app, 1)
        owner.execute("update outbox set dead_at = now() where id = 2")
        background.redis_connection(app.config["REDIS_URL"]).flushdb()
        clock.tick(minutes=5)
        with app.app_context():
            db.session.scalars(select(Outbox).where(Outbox.id == 3).with_for_update()).one()
            assert in_another_thread(lambda: sweep(app)) == 1
            db.session.rollback()
        assert rung(app) == [4]

    def test_the_lease_is_a_setting(self, app: Flask, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(app.config, "JOB_LEASE", dt.timedelta(seconds=2))
        record(app)
        clock.tick(seconds=2)
        assert sweep(app) == 1

    def test_two_sweeps_at_once_ring_each_once(self, app: Flask, clock: Any) -> None:
        for number in range(20):
            record(app, key=str(number))
        background.redis_connection(app.config["REDIS_URL"]).flushdb()
        clock.tick(minutes=2)
        both = in_threads(lambda: sweep(app), lambda: sweep(app))
        assert sum(both) == 20
        assert sorted(rung(app)) == list(range(1, 21))


def in_threads(*acts: Callable[[], Any]) -> list[Any]:
    results: dict[int, Any] = {}
    threads = [
        threading.Thread(target=lambda n=n, act=act: results.update({n: act()})) for n, act in enumerate(acts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return [results[number] for number in range(len(acts))]


def in_another_thread(act: Callable[[], Any]) -> Any:
    return in_threads(act)[0]


class TestRunner:
    def test_a_job_is_done_once_however_often_it_is_rung(self, app: Flask) -> None:
        record(app, task_id=7)
        assert [run(app), run(app), run(app)] == [True, False, False]
        assert RUNS == [{"task_id": 7}]
        [row] = rows(app)
        assert (row.attempts, row.last_error) == (1, "")
        assert row.done_at is not None

    def test_its_ghost_leaves_at_once_and_nothing_is_done_twice(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        inside, go_on = threading.Event(), threading.Event()

        def slow(**ids: int) -> None:
            RUNS.append(ids)
            inside.set()
            assert go_on.wait(timeout=30)

        monkeypatch.setitem(job_list.JOBS, "slow", slow)
        record(app, "slow")
        results = []
        worker = threading.Thread(target=lambda: results.append(run(app)))
        worker.start()
        assert inside.wait(timeout=30)
        assert run(app) is False, "the ghost finds the row locked"
        go_on.set()
        worker.join(timeout=30)
        assert (results, len(RUNS), run(app)) == ([True], 1, False)

    def test_change_and_done_mark_are_one(
        self, app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        practice = make.practice("Before")

        def rename_and_fail() -> None:
            db.session.get_one(Practice, practice.id).name = "After"
            db.session.flush()
            raise ValueError

        monkeypatch.setitem(job_list.JOBS, "half", rename_and_fail)
        record(app, "half")
        assert run(app) is False
        with app.app_context():
            assert db.session.get_one(Practice, practice.id).name == "Before"
        assert rows(app)[0].done_at is None

    def test_it_commits_once(self, app: Flask) -> None:
        commits: list[Any] = []
        record(app)

        def count(session: Session) -> None:
            commits.append(session)

        event.listen(Session, "after_commit", count)
        try:
            assert run(app)
        finally:
            event.remove(Session, "after_commit", count)
        assert len(commits) == 1, "with two, a worker killed between them would do it twice"

    def test_what_it_wanted_done_later_is_not_rung_when_it_fails(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def ring_and_fail() -> None:
            background.later("note", key="child")
            raise ValueError

        monkeypatch.setitem(job_list.JOBS, "half", ring_and_fail)
        record(app, "half")
        run(app)
        assert rung(app) == [1]
        assert [row.key for row in rows(app)] == ["a"]

    def test_a_failing_job_is_tried_again_with_growing_pauses_and_given_up_after_eight(
        self, app: Flask, clock: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        record(app, "fail", task_id=7)
        pauses = []
        for attempt in range(1, background.MAX_ATTEMPTS + 1):
            assert run(app) is False
            [row] = rows(app)
            assert row.attempts == attempt
            pause = (row.next_at - clock.now()).total_seconds()
            assert 0.75 * 2**attempt <= pause <= 1.25 * 2**attempt
            pauses.append(pause)
            if attempt < background.MAX_ATTEMPTS:
                assert row.dead_at is None
                assert sweep(app) == 0, "not before its pause is over"
                clock.set(row.next_at)
                assert sweep(app) == 1
        assert pauses == sorted(pauses)
        assert rows(app)[0].dead_at == clock.now()
        assert run(app) is False
        clock.tick(hours=1)
        assert sweep(app) == 0, "what was given up stays where it is seen"
        assert rows(app)[0].last_error == "ValueError"
        assert "failed with ValueError" in caplog.text
        assert CANARY not in caplog.text
        assert CANARY not in str(rows(app)[0].__dict__)

    def test_a_job_that_is_not_known_here_is_an_error_that_is_seen(self, app: Flask) -> None:
        record(app, "os.system")
        assert run(app) is False
        assert rows(app)[0].last_error == "KeyError"

    def test_an_id_that_does_not_exist_is_nobodys_work(self, app: Flask) -> None:
        assert run(app, 4711) is False

    def test_a_job_that_loses_its_database_is_tried_again(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch, clock: Any, test_servers: Any
    ) -> None:
        import psycopg

        from config import libpq_url

        def lose_the_connection(**ids: int) -> None:
            pid = db.session.scalar(text("select pg_backend_pid()"))
            if not RUNS:
                with psycopg.connect(libpq_url(test_servers.app_url)) as same_account:
                    same_account.execute("select pg_terminate_backend(%s)", [pid])
            RUNS.append(ids)
            db.session.execute(text("select 1"))

        monkeypatch.setitem(job_list.JOBS, "lost", lose_the_connection)
        record(app, "lost")
        assert run(app) is False
        assert rows(app)[0].last_error == "OperationalError"
        clock.tick(seconds=5)
        assert sweep(app) == 1
        assert run(app) is True
