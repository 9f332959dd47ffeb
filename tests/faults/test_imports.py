"""A worker killed while it checks or raises a file, Redis emptied: the same totals, and nothing twice."""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import psycopg
import pytest

from config import libpq_url
from hub import background
from hub.imports import actions
from tests.faults.conftest import Processes, kill_hard
from tests.support.import_files import Importer, as_csv, line
from tests.workers.conftest import Hub

Until = Callable[[Callable[[], bool], str], None]
ROWS, WRONG = 1_100, 11  # three parts
TOTALS = (ROWS - WRONG - 1, 1, WRONG, 0)  # one row stands twice


def the_file(hub: Hub) -> bytes:
    ours = hub.practice.ods_code
    lines = [
        line(n, ours, **({"family": ""} if n % 100 == 50 else {}), **({"kind": "MEDQ"} if n % 7 else {}))
        for n in range(ROWS - 1)
    ]
    return as_csv([*lines, lines[0]])


def totals(one: Importer) -> tuple[int, ...]:
    run = one.read(lambda run: run)
    return run.created, run.duplicate, run.refused, run.skipped


@contextlib.contextmanager
def held(url: str, statement: str, *values: Any) -> Iterator[Callable[[], bool]]:
    """Run a statement and leave it uncommitted; gives a function that says whether somebody waits for it."""
    with (
        psycopg.connect(libpq_url(url)) as holder,
        psycopg.connect(libpq_url(url), autocommit=True) as watcher,
    ):
        holder.execute(statement, values)
        pid = holder.info.backend_pid
        blocked = "select count(*) from pg_locks l where not l.granted and %s = any(pg_blocking_pids(l.pid))"

        def someone_waits() -> bool:
            row = watcher.execute(blocked, [pid]).fetchone()
            return row is not None and row[0] > 0

        yield someone_waits
        holder.rollback()


def status_is(one: Importer, *wanted: str) -> Callable[[], bool]:
    return lambda: one.read(lambda run: run.status) in wanted


def test_killed_while_it_checks_and_while_it_raises_it_comes_to_the_same_totals(
    hub: Hub, processes: Processes, until: Until, test_servers: Any
) -> None:
    one, url = Importer(hub.app, hub.manager).upload(the_file(hub)), test_servers.owner_url
    run_id = one.read(lambda run: run.id)
    processes.timetable()
    worker = processes.worker("importing")
    row = "insert into import_row (run_id, number, practice_id, grp) values (%s, 700, %s, 'new')"
    with held(url, row, run_id, hub.practice.id) as someone_waits:  # in the second part
        until(someone_waits, "the check stands in the middle")
        kill_hard(worker)
    background.redis_connection(hub.app.config["REDIS_URL"]).flushdb()
    worker = processes.worker("importing")
    until(status_is(one, "review"), "another worker checks the rest")
    assert one.counts()["new"] == TOTALS[0]
    one.act(actions.approve)
    row = "select 1 from import_row where run_id = %s and number = 700 for update"
    with held(url, row, run_id) as someone_waits:  # its requests are written by then, and not committed
        until(someone_waits, "the raising stands in the middle")
        kill_hard(worker)
    background.redis_connection(hub.app.config["REDIS_URL"]).flushdb()
    processes.worker("importing")
    until(status_is(one, "partly"), "another worker raises the rest")
    assert totals(one) == TOTALS
    assert len(hub.tasks()) == TOTALS[0]
    assert hub.broken() == []


@pytest.mark.full
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment_it_comes_to_the_same_totals(
    hub: Hub, processes: Processes, until: Until, seed: int
) -> None:
    rng = random.Random(seed)
    one = Importer(hub.app, hub.manager).upload(the_file(hub))
    processes.timetable()
    lanes: dict[str, psutil.Process] = {}
    approved = False
    for _ in range(10):
        for lane in ("importing", "placing"):
            if lane not in lanes or not lanes[lane].is_running():
                lanes[lane] = processes.worker(lane)
        if not approved and status_is(one, "review")():
            one.act(actions.approve)
            approved = True
        time.sleep(rng.uniform(1, 6))
        kill_hard(lanes.pop(rng.choice(("importing", "importing", "placing"))))
    processes.worker("importing")
    processes.worker("placing")
    if not approved:
        until(status_is(one, "review"), "it is checked")
        one.act(actions.approve)
    until(status_is(one, "partly"), "it is raised")
    until(lambda: all(task.status != "raised" for task in hub.tasks()), "everything is placed")
    assert totals(one) == TOTALS
    assert len(hub.tasks()) == TOTALS[0]
    assert hub.broken() == []
