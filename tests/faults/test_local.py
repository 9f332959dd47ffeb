"""`make run` on one machine: it starts once, restarts what dies, refuses what cannot be, and stops clean."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from hub.local import programs
from hub.processes import kill, running_in, wait_until

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
Start = Callable[..., "Running"]


class Running:
    """One `python -m hub.local run` and what it says."""

    def __init__(self, data_dir: Path, port: int, **environ: str) -> None:
        self.data_dir = data_dir
        self.url = f"http://127.0.0.1:{port}"
        self.output = data_dir.with_name(f"{data_dir.name}.{port}.output")
        kept = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
        }
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub.local", "run"],
                cwd=ROOT,
                env=kept | {"HUB_DATA": str(data_dir), "PORT": str(port)} | environ,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        """Everything on the terminal so far."""
        return self.output.read_text()

    def wait_for(self, words: str, seconds: float = START_SECONDS) -> None:
        """Wait until it says so."""
        wait_until(lambda: words in self.said() or self.process.poll() is not None, seconds=seconds)
        assert words in self.said(), self.said()

    def page(self, path: str = "/sign-in") -> str:
        """A page of it."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def answers(self) -> bool:
        """Whether it serves pages."""
        with contextlib.suppress(OSError):
            return "Sign in" in self.page()
        return False

    def pids(self) -> dict[str, int]:
        """The pid of each program it runs."""
        noted = json.loads((self.data_dir / "run" / "programs.json").read_text())
        return {name: pid for name, (pid, _) in noted.items()}

    def has_replaced(self, before: dict[str, int]) -> bool:
        """Whether each of these programs runs again, as another process."""
        now = self.pids()
        return now.keys() == before.keys() and not set(now.values()) & set(before.values())

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; gives its exit code."""
        self.process.send_signal(sign)
        return self.process.wait(timeout=60)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`start()` starts a hub in this test's data folder; nothing of it is left afterwards."""
    started: list[Running] = []

    def begin(port: int | None = None, **environ: str) -> Running:
        started.append(Running(tmp_path / "data", port or free_port(), **environ))
        return started[-1]

    yield begin
    for hub in started:
        if hub.process.poll() is None:
            hub.process.kill()
            hub.process.wait()
    for pid in left_over(tmp_path / "data"):
        kill(pid)


def test_it_runs_restarts_what_dies_keeps_its_data_and_stops_clean(start: Start, tmp_path: Path) -> None:
    hub = start(HUB_DEMO_PASSWORD="a made-up password", HUB_NOW="2026-11-22T03:00")
    hub.wait_for("The hub runs at")
    assert "a made-up password" in hub.said()
    assert set(hub.pids()) == {program.name for program in programs()}
    assert "Sign in" in hub.page()

    same_folder = start()
    assert same_folder.process.wait(timeout=60) == 1
    assert f"already runs, at {hub.url}" in same_folder.said()

    before = hub.pids()
    servers = running_in(tmp_path / "data" / "postgres") + running_in(tmp_path / "data" / "valkey")
    for pid in (*before.values(), *servers):
        kill(pid)
    assert wait_until(lambda: hub.has_replaced(before), seconds=60), hub.said()
    assert wait_until(hub.answers, seconds=60), hub.said()
    for name in ("web ended unexpectedly (signal 9)", "PostgreSQL ended", "Valkey ended"):
        assert name in hub.said()

    # The second look is at the clock that the run started with: a command joins it with the same time.
    told = flask(
        tmp_path / "data", "shell", typed="from hub.clock import clock; print(clock.now().isoformat())"
    )
    assert "2026-11-22T03:" in told

    assert hub.stop() == 0
    assert "The data is kept" in hub.said()
    assert not left_over(tmp_path / "data")

    again = start()
    again.wait_for("The hub runs at")
    assert "The demo is here" not in again.said(), "the second start must find the first one's data"
    assert again.stop(signal.SIGINT) == 0
    assert not left_over(tmp_path / "data")


@pytest.mark.full
def test_what_a_killed_start_left_is_ended_and_adopted_by_the_next(start: Start, tmp_path: Path) -> None:
    hub = start()
    hub.wait_for("The hub runs at")
    port = int(hub.url.rsplit(":", 1)[1])
    orphans = hub.pids()
    hub.process.kill()
    hub.process.wait()
    assert all(psutil.pid_exists(pid) for pid in orphans.values())

    again = start(port)
    again.wait_for("The hub runs at")
    assert "Ending web, left over" in again.said()
    assert not set(again.pids().values()) & set(orphans.values())
    assert again.stop() == 0
    assert not left_over(tmp_path / "data")


def test_a_taken_port_is_named_and_another_proposed(start: Start, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        hub = start(port)
        assert hub.process.wait(timeout=60) == 1
    assert f"Port {port} cannot be used" in hub.said()
    assert f"PORT={port + 1} make run" in hub.said()
    assert "Traceback" not in hub.said()
    assert not left_over(tmp_path / "data")


def test_a_wrong_setting_is_told_before_anything_starts(start: Start, tmp_path: Path) -> None:
    hub = start(SESSION_HOURS="soon", HUB_NOW="Sunday")
    assert hub.process.wait(timeout=60) == 1
    assert "SESSION_HOURS is 'soon'" in hub.said()
    assert "HUB_NOW cannot be read" in hub.said()
    assert "Traceback" not in hub.said()
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_stop_during_the_start_leaves_nothing_running(start: Start, tmp_path: Path) -> None:
    hub = start()
    hub.wait_for("Bringing the database up to date")
    assert hub.stop() == 0
    assert "The hub runs at" not in hub.said()
    assert not left_over(tmp_path / "data")


def flask(data_dir: Path, *words: str, typed: str = "") -> str:
    ours = re.compile("HUB_|DATABASE_|REDIS_")
    kept = {name: value for name, value in os.environ.items() if not ours.match(name)}
    done = subprocess.run(
        [sys.executable, "-m", "flask", *words],
        cwd=ROOT,
        env=kept | {"HUB_DATA": str(data_dir)},
        input=typed,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def left_over(data_dir: Path) -> list[int]:
    """Pids of everything that runs for this data folder: the servers, and programs that were told of it."""
    found = running_in(data_dir / "postgres") + running_in(data_dir / "valkey")
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            told = process.environ().get("HUB_DATA")
            if told == str(data_dir) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
