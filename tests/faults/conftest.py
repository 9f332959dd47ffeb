"""Real processes beneath a test: workers, timetable and web on the test's own database, to be killed."""

import contextlib
import datetime as dt
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from flask import Flask

from hub.clock import OFFSET_NAME
from hub.processes import wait_until
from tests.conftest import MONDAY_TEN
from tests.support import database
from tests.support.factories import PASSWORD, Make
from tests.support.form_fields import form_values
from tests.workers.conftest import Hub

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 150.0  # nothing here takes so long, but on a machine with much else to do
LEASE_SECONDS = 2


class Processes:
    """Starts programs of the hub, each in a process group of its own, and ends all of them at last."""

    def __init__(self, environ: dict[str, str], logs: Path) -> None:
        self.environ = environ
        self.logs = logs
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, *argv: str, **environ: str) -> psutil.Process:
        """Start `python -m ...`; its output goes to a log of its own."""
        log = self.logs / f"{len(self._started)}-{'-'.join(argv)[:40].replace('/', '_')}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *argv],
                cwd=ROOT,
                env=self.environ | environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started.append(process)
        return psutil.Process(process.pid)

    def worker(self, lane: str = "placing", **environ: str) -> psutil.Process:
        """Start a worker."""
        return self.start("workers", lane, **environ)

    def timetable(self, **environ: str) -> psutil.Process:
        """Start the timetable, which also sweeps the outbox."""
        return self.start("workers", "timetable", **environ)

    def web(self, **environ: str) -> "Web":
        """Start the web application as in production, and wait until it answers."""
        port = free_port()
        web = Web(self.start("gunicorn", PORT=str(port), **environ), f"http://127.0.0.1:{port}")
        assert wait_until(web.is_up, seconds=PATIENCE), self.said()
        return web

    def said(self) -> str:
        """The end of what every process said."""
        return "\n".join(
            f"--- {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.logs.glob("*.log"))
        )

    def end(self) -> None:
        """End everything that still runs, children too."""
        for process in self._started:
            with contextlib.suppress(psutil.NoSuchProcess):
                kill_hard(psutil.Process(process.pid))
            process.wait(timeout=30)


def kill_hard(process: psutil.Process, *, children: bool = True) -> None:
    """kill -9, at the same moment for the process and what it started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        family = [process, *(process.children(recursive=True) if children else [])]
        for one in family:  # stopped first, so that none notices the end of another
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGSTOP)
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Answer:
    """What the web application answered."""

    status: int
    text: str
    location: str


@dataclass
class Web:
    """A running web application."""

    process: psutil.Process
    url: str

    def is_up(self) -> bool:
        """Whether it answers."""
        with contextlib.suppress(OSError):
            return Browser(self.url).get("/healthz").status == 200
        return False

    def signed_in(self, user: Any) -> "Browser":
        """A browser in which this person has signed in."""
        browser = Browser(self.url)
        form = form_values(browser.get("/sign-in").text, "")
        answer = browser.post("/sign-in", form | {"email": user.email, "password": PASSWORD})
        assert answer.status == 302, answer.text
        return browser


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: Any) -> None:
        return None


class Browser:
    """Cookies, pages and forms over real HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), _Stay)

    def get(self, path: str) -> Answer:
        """A page; OSError if nobody answers."""
        return self._open(urllib.request.Request(self.url + path))

    def post(self, path: str, form: dict[str, Any]) -> Answer:
        """A form, sent; OSError if nobody answers."""
        body = urllib.parse.urlencode(form, doseq=True).encode()
        return self._open(urllib.request.Request(self.url + path, data=body))

    def _open(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=30) as response:
                return Answer(response.status, response.read().decode(), response.headers.get("Location", ""))
        except urllib.error.HTTPError as refusal:
            with refusal:
                text = refusal.read().decode()
                return Answer(refusal.code, text, refusal.headers.get("Location", ""))


@pytest.fixture
def clock() -> Iterator[Any]:
    """A clock that began at Monday ten o'clock and ticks, the same for this process and those it starts."""
    from hub.clock import clock as the_clock

    before = the_clock.offset
    the_clock.offset = MONDAY_TEN - dt.datetime.now(dt.UTC)
    the_clock.run()
    yield the_clock
    the_clock.offset = before


@pytest.fixture
def processes(
    app: Flask, test_servers: database.TestServers, clock: Any, tmp_path: Path
) -> Iterator[Processes]:
    """Programs of the hub on this test's database and corner of Redis."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environ = ours | {
        OFFSET_NAME: str(clock.offset.total_seconds()),
        "HUB_ENV": "test",
        "HUB_DATA": str(app.extensions["hub_settings"].data_dir),
        "DATABASE_URL": test_servers.app_url,
        "DATABASE_OWNER_URL": test_servers.owner_url,
        "REDIS_URL": test_servers.redis_url,
        "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
        "PYTHONUNBUFFERED": "1",
        "WEB_CONCURRENCY": "2",
    }
    started = Processes(environ, tmp_path)
    yield started
    started.end()
    app.config["JOB_LEASE"] = dt.timedelta(seconds=60)


@pytest.fixture
def hub(app: Flask, make: Make) -> Hub:
    """A practice with its manager, a lead and a pharmacist at work."""
    app.config["JOB_LEASE"] = dt.timedelta(seconds=LEASE_SECONDS)
    practice = make.practice("Elm Surgery")
    make.pharmacist(practice, name="Pat")
    return Hub(app, make, practice, make.requester(practice, name="Mo Manager"), make.lead(name="Lee Lead"))


@pytest.fixture
def until(processes: Processes) -> Callable[[Callable[[], bool], str], None]:
    """Return `until(condition, what)`: wait for it, or fail with what every process said."""

    def wait(condition: Callable[[], bool], what: str) -> None:
        assert wait_until(condition, seconds=PATIENCE), f"never: {what}\n{processes.said()}"

    return wait


@contextlib.contextmanager
def locked_days(url: str, hub: Hub) -> Iterator[Callable[[], bool]]:
    """Hold every clinician's day, so that a job stops after its first writes and before its commit.

    Gives a function that says whether a job stands there now.
    """
    from config import libpq_url
    from hub.placing import system_actions

    hub.run(system_actions.top_up)  # makes the rows
    with (
        psycopg.connect(libpq_url(url)) as holder,
        psycopg.connect(libpq_url(url), autocommit=True) as watcher,
    ):
        holder.execute("select * from clinician_day for update")
        pid = holder.info.backend_pid

        def someone_waits() -> bool:
            row = watcher.execute(
                "select count(*) from pg_locks l where not l.granted and %s = any(pg_blocking_pids(l.pid))",
                [pid],
            ).fetchone()
            return row is not None and row[0] > 0

        yield someone_waits
        holder.rollback()


def csrf_of(page: str) -> str:
    """The page's CSRF token."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]
