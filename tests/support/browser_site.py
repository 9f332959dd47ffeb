"""The hub as it really runs, for browser tests: web, both worker lanes and the timetable, each a process.

It has a database and a corner of Redis of its own, and a clock that started at Monday ten o'clock and ticks.
"""

import contextlib
import datetime as dt
import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from argon2 import PasswordHasher
from flask import Flask

from config import Settings, libpq_url
from hub.background import LANES, redis_connection
from hub.clock import OFFSET_NAME
from hub.extensions import clock, db
from hub.processes import is_alive, stop, wait_until
from hub.protocols.actions import publish
from hub.supervisor import Program, Supervisor
from tests.support import database

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
WRONG_IN_A_LOG = ("ERROR", "CRITICAL", "Traceback", "failed with")


@dataclass
class Site:
    """A running hub. `app` is the same hub in this process, for factories; `offset` its clock's."""

    app: Flask
    url: str
    settings: Settings
    logs: Path
    offset: dt.timedelta
    programs: Supervisor
    _read_up_to: dict[Path, int] = field(default_factory=dict)

    def empty(self) -> None:
        """Empty the database beneath the running processes and publish kinds and policy again."""
        wait_for_quiet(self.settings.database_owner_url)
        database.empty(self.settings.database_owner_url)
        with self.app.app_context():
            publish()
        self._read_up_to = {path: path.stat().st_size for path in self.log_files()}

    def is_alive(self) -> bool:
        """Whether every process still runs."""
        return all(one.pid is not None and is_alive(one.pid) for one in self.programs.programs)

    def log_files(self) -> list[Path]:
        """The log of each process."""
        return sorted(self.logs.glob("*.log"))

    def logged(self) -> dict[str, str]:
        """What each process logged since the database was emptied, by its name."""
        return {path.stem: path.read_text()[self._read_up_to.get(path, 0) :] for path in self.log_files()}

    def complaints(self) -> list[str]:
        """Lines that say that something went wrong in a process."""
        return [
            f"{name}: {line}"
            for name, text in self.logged().items()
            for line in text.splitlines()
            if any(word in line for word in WRONG_IN_A_LOG)
        ]

    def wait_until_placed(self) -> None:
        """Wait until the workers have placed and given out whatever was raised."""
        left = (
            "select 1 from task where status = 'raised' union all select 1 from outbox where done_at is null"
        )
        assert wait_until(lambda: not self.rows(left), seconds=30), "the workers do not keep up"

    @contextlib.contextmanager
    def without_workers(self) -> Iterator[None]:
        """Within the block workers and timetable are stopped, so that nothing happens by itself."""
        stopped = [program for program in self.programs.programs if program.name != "web"]
        for program in stopped:
            assert program.pid is not None
            stop(program.pid)
            program.pid = None
        try:
            yield
        finally:
            self.programs.watch()  # starts what does not run

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What the database holds, read as its owner and past row-level security."""
        with psycopg.connect(libpq_url(self.settings.database_owner_url)) as connection:
            return connection.execute(query.encode()).fetchall()


@contextlib.contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """Let SIGTERM end the tests as Ctrl-C does, so that no process of the hub outlives them."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def running(shared: Path, data_dir: Path, number: int, begins: dt.datetime) -> Iterator[Site]:
    """Start everything and stop it at the end. `number` tells apart the sites of several test processes."""
    with _ending_on_sigterm(), database.own_database(shared, f"site{10 + number}") as found:
        settings = database.settings_for(found, data_dir)
        app = _prepared(settings)
        redis_connection(settings.redis_url).flushdb()
        port, offset = _free_port(), begins - dt.datetime.now(dt.UTC)
        (data_dir / "run").mkdir(exist_ok=True)
        programs = Supervisor(
            _programs(), environ=_environment(settings, port, offset), root=ROOT, data_dir=data_dir, say=print
        )
        site = Site(app, f"http://127.0.0.1:{port}", settings, data_dir / "logs", offset, programs)
        try:
            programs.start()
            wait_until(lambda: _answers(site.url) or not site.is_alive(), seconds=START_SECONDS)
            assert _answers(site.url), f"the hub did not start:\n{site.logged().get('web', '')[-3000:]}"
            yield site
        finally:
            programs.stop()
            with app.app_context():
                db.engine.dispose()


def wait_for_quiet(owner_url: str) -> None:
    """Wait until no job is about to run: a job and an emptying could wait for each other."""
    query = "select count(*) from outbox where done_at is null and dead_at is null"
    with psycopg.connect(libpq_url(owner_url), autocommit=True) as connection:
        wait_until(lambda: connection.execute(query).fetchone() == (0,), seconds=10)


def _prepared(settings: Settings) -> Flask:
    from flask_migrate import upgrade

    from hub import create_app
    from hub.people import sessions

    # Hashes say how they were made, so the running hub checks these as quickly as they are made here.
    sessions.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    app = create_app(settings)
    with app.app_context():
        upgrade()
        publish()
    return app


def _programs() -> list[Program]:
    python = sys.executable
    workers = [Program(lane, [python, "-m", "workers", lane]) for lane in LANES]
    return [
        Program("web", [python, "-m", "gunicorn"]),
        Program("timetable", [python, "-m", "workers", "timetable"]),
        *workers,
    ]


def _environment(settings: Settings, port: int, offset: dt.timedelta) -> dict[str, str]:
    """The surroundings of each process. Its secrets lie in the data folder, so that all have the same."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return {
        **ours,
        OFFSET_NAME: str(offset.total_seconds()),
        "HUB_ENV": "test",
        "HUB_DATA": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
        "REDIS_URL": settings.redis_url,
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextlib.contextmanager
def same_clock(site: Site) -> Iterator[None]:
    """Within the block, this process's clock shows the site's time."""
    before, clock.offset = clock.offset, site.offset
    try:
        yield
    finally:
        clock.offset = before
