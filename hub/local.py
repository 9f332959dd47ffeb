"""Everything on one machine: the servers, then web, workers and timetable.

`make run` is `python -m hub.local run`; `flask` commands find their servers with `ensure_servers`.
"""

from __future__ import annotations

import atexit
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

import psycopg

from config import ConfigError, Settings, load_settings
from hub.background import LANES
from hub.clock import OFFSET_NAME, clock
from hub.database_roles import make_application_role
from hub.embedded import Servers
from hub.processes import LocalError, Lock, write_whole
from hub.server_checks import server_problems
from hub.supervisor import Program, Supervisor

ROOT = Path(__file__).resolve().parent.parent
LOOK_SECONDS = 0.2
FIRST_PAGE_SECONDS = 60
RETRY_SECONDS = 5


def ensure_servers(settings: Settings) -> Settings:
    """Settings with servers to connect to; for `flask` commands.

    Servers that the environment names are used. Otherwise those embedded in HUB_DATA are joined, or started
    and stopped with this process, and the clock is that of the hub that runs there. Raises LocalError and
    ConfigError.
    """
    if settings.database_url:
        return connection_urls(settings)
    shared = Servers(settings.data_dir)
    atexit.register(shared.leave)
    shared.join()
    if not os.environ.get("HUB_NOW") and not os.environ.get(OFFSET_NAME):
        clock.offset = timedelta(seconds=_note(settings).get("clock_offset", 0))
    return _pointing_to(shared, settings)


def connection_urls(settings: Settings) -> Settings:
    """Settings for the servers that the environment names.

    Production names both accounts. Elsewhere one may do: it migrates as itself, and the application, signed
    in with it, puts on the role hub_app, so that it owns nothing and row-level security binds it.
    Raises ConfigError if the servers do not fit.
    """
    owner_url = settings.database_owner_url or settings.database_url
    if problems := server_problems(settings):
        raise ConfigError(problems)
    if not settings.is_production:
        make_application_role(owner_url)
    return settings.with_servers(
        database_url=settings.database_url, database_owner_url=owner_url, redis_url=settings.redis_url
    )


def programs() -> list[Program]:
    """What runs on one machine, in the order of its start and of its end: pages first, workers last."""
    python = sys.executable
    return [
        Program("web", [python, "-m", "gunicorn"]),
        Program("timetable", [python, "-m", "workers", "timetable"]),
        *(Program(lane, [python, "-m", "workers", lane], patience=60) for lane in LANES),
    ]


class Stopped(Exception):
    """Someone asked for the end while we were still starting."""


class Hub:
    """One run of the whole hub, from the first lock to the last server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.note = settings.data_dir / "run" / "hub.json"
        self.stopping = threading.Event()
        self.supervisor: Supervisor | None = None
        self.words = ""  # what the preparation had to say: the demo's sign-ins
        self.revive: Callable[[], list[str]] = list

    def run(self) -> None:
        """Start everything, keep it running until Ctrl-C or SIGTERM, stop it in order, the servers last.

        Raises LocalError or ConfigError with what stands in the way.
        """
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, lambda *_: self.stop_soon())
        with ExitStack() as stack, suppress(Stopped):
            self._be_the_only_one(stack)
            self._find_servers(stack)
            self.supervisor = self._supervise(stack)
            self._prepare()
            self.supervisor.start()
            self._wait_for_first_page()
            self._welcome()
            while not self.stopping.wait(LOOK_SECONDS):
                self.supervisor.watch()
                self._look_after_servers()
            say("Stopping (Ctrl-C again: at once) ...")
        say("Stopped. The data is kept.")

    def stop_soon(self) -> None:
        """Ask for the end; asked a second time, do not wait for pages and jobs that are under way."""
        if self.stopping.is_set() and self.supervisor:
            self.supervisor.kill()
        self.stopping.set()

    def _be_the_only_one(self, stack: ExitStack) -> None:
        self.note.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        only_one = Lock(self.note.with_name("hub.lock"))
        stack.callback(only_one.release)
        if not only_one.take(wait=False):
            address = _note(self.settings).get("address", "another address")
            raise LocalError(
                f"This hub already runs, at {address}. To run a second one beside it, "
                "give it its own folder and port: HUB_DATA=var2 PORT=8001 make run"
            )

    def _find_servers(self, stack: ExitStack) -> None:
        if self.settings.database_url:
            self.settings = connection_urls(self.settings)
            return
        say("Starting PostgreSQL and Valkey ...")
        shared = Servers(self.settings.data_dir)
        stack.callback(shared.leave)
        shared.join()
        self.revive = shared.revive
        self.settings = _pointing_to(shared, self.settings)

    def _supervise(self, stack: ExitStack) -> Supervisor:
        supervisor = Supervisor(
            programs(), environ=self._environment(), root=ROOT, data_dir=self.settings.data_dir, say=say
        )
        supervisor.end_orphans()
        _check_port(self.settings.port)
        note = {"address": self._address(), "clock_offset": clock.offset.total_seconds()}
        write_whole(self.note, json.dumps(note))
        stack.callback(self.note.unlink, missing_ok=True)
        stack.callback(supervisor.stop)
        return supervisor

    def _prepare(self) -> None:
        say("Bringing the database up to date ...")
        self.words = self._flask("prepare")

    def _look_after_servers(self) -> None:
        try:
            for name in self.revive():
                say(f"{name} ended unexpectedly and runs again; see {self.settings.data_dir}/logs")
        except (LocalError, psycopg.Error) as error:
            say(f"The servers could not be started again; the next try is in {RETRY_SECONDS} s. {error}")
            self.stopping.wait(RETRY_SECONDS)

    def _wait_for_first_page(self) -> None:
        assert self.supervisor
        deadline = time.monotonic() + FIRST_PAGE_SECONDS
        while not _answers(self.settings.port):
            if self.stopping.wait(LOOK_SECONDS):
                raise Stopped
            self.supervisor.watch()
            if time.monotonic() > deadline:
                raise LocalError(f"No page came; the reason stands in {self.settings.data_dir}/logs/web.log")

    def _welcome(self) -> None:
        for notice in self.settings.notices:
            say(notice)
        print(self.words.strip(), flush=True)
        say(f"The hub runs at {self._address()}  (Ctrl-C stops it; data and logs: {self.settings.data_dir})")

    def _flask(self, *words: str) -> str:
        """What a flask command says. Raises LocalError with the end of it if the command fails."""
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", *words],
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        while True:
            try:
                output, _ = process.communicate(timeout=LOOK_SECONDS)
                break
            except subprocess.TimeoutExpired:
                if self.stopping.is_set():
                    process.terminate()
        if self.stopping.is_set():
            raise Stopped
        if process.returncode:
            end = "\n".join(output.splitlines()[-15:])
            raise LocalError(f"`flask {' '.join(words)}` failed:\n{end}")
        return output

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            **clock.environment(),
            "HUB_DATA": str(self.settings.data_dir),
            "DATABASE_URL": self.settings.database_url,
            "DATABASE_OWNER_URL": self.settings.database_owner_url,
            "REDIS_URL": self.settings.redis_url,
            "PORT": str(self.settings.port),
            "PYTHONUNBUFFERED": "1",
        }

    def _address(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"


def say(sentence: str) -> None:
    """One line on the terminal, with the machine's local time."""
    print(f"{time.strftime('%H:%M:%S')}  {sentence}", flush=True)


def main() -> None:
    """`python -m hub.local run`: what stands in the way is told in sentences, without a traceback."""
    if sys.argv[1:] != ["run"]:
        raise SystemExit("Usage: python -m hub.local run")
    try:
        Hub(load_settings()).run()
    except (ConfigError, LocalError) as error:
        raise SystemExit(str(error)) from None
    except PermissionError as error:
        raise SystemExit(
            f"This account may not use {error.filename}: it was made by another account. "
            "Run as that account, or set HUB_DATA to another folder."
        ) from None


def _pointing_to(shared: Servers, settings: Settings) -> Settings:
    return settings.with_servers(
        database_url=shared.app_url, database_owner_url=shared.owner_url, redis_url=shared.redis_url
    )


def _note(settings: Settings) -> dict[str, float]:
    """What the hub that runs in this data folder wrote about itself; empty if none does."""
    try:
        noted: dict[str, float] = json.loads((settings.data_dir / "run" / "hub.json").read_text())
    except (OSError, ValueError):
        return {}
    return noted


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LocalError(
                f"Port {port} cannot be used ({error.strerror}): stop the program that has it, "
                f"or choose another port: PORT={port + 1} make run"
            ) from None


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()
