"""The servers that `make run`, `make test` and `flask` commands share on one machine when none are named.

Whoever needs them first starts them; whoever comes later joins; whoever leaves last stops them, PostgreSQL
first and Valkey last. A user that is killed counts as gone, since its lock ends with it; the servers it
leaves behind are adopted by whoever comes next.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.database_roles import make_database
from hub.embedded_postgres import SUPERUSER, Postgres
from hub.embedded_valkey import Valkey
from hub.processes import LocalError, Lock

OWNER = "hub_owner"
WEB = "hub_web"
LONGEST_SOCKET = 100  # 107 bytes on Linux, 103 on macOS, less PostgreSQL's ending


class Servers:
    """The two servers of one data folder, as one of their users sees them."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        data_dir = data_dir.absolute()
        self._run = data_dir / "run"
        data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._run.mkdir(mode=0o711, exist_ok=True)
        self._sockets = sockets = _socket_folder(data_dir, self._run)
        logs = data_dir / "logs"
        self.postgres = Postgres(
            data=data_dir / "postgres", sockets=sockets / "pg", log=logs / "postgres.log", durable=durable
        )
        self.valkey = Valkey(
            data=data_dir / "valkey", socket=sockets / "vk" / "valkey.sock", log=logs / "valkey.log"
        )
        self._change = Lock(self._run / "change.lock")
        self._users = Lock(self._run / "users.lock")

    @property
    def owner_url(self) -> str:
        """For migrations: the role that owns the tables."""
        return self.postgres.url(OWNER)

    @property
    def app_url(self) -> str:
        """For web and workers: a role that owns nothing."""
        return self.postgres.url(WEB)

    @property
    def redis_url(self) -> str:
        """For RQ and the limiter."""
        return self.valkey.url

    def join(self) -> None:
        """Count as a user, and start what does not run. Raises LocalError."""
        with self._change.held():
            self._users.take(shared=True)
            try:
                self._ensure_running()
            except BaseException:
                self._leave()
                raise

    def revive(self) -> list[str]:
        """Start again what died; gives the names of the servers that had."""
        dead = [name for name, server in self._named() if not server.is_running()]
        if dead:
            with self._change.held():
                self._ensure_running()
        return dead

    def leave(self) -> bool:
        """Stop counting as a user; the last one stops the servers, and gets True."""
        with self._change.held():
            return self._leave()

    def _leave(self) -> bool:
        is_last = self._users.take(wait=False)
        if is_last:
            self.postgres.stop()
            self.valkey.stop()
            if self._sockets != self._run:
                shutil.rmtree(self._sockets, ignore_errors=True)
        self._users.release()
        return is_last

    def _ensure_running(self) -> None:
        self.valkey.ensure_running()
        self.postgres.ensure_running()
        make_database(self.postgres.url(SUPERUSER, "postgres"), name="hub", owner=OWNER, web=WEB)

    def _named(self) -> tuple[tuple[str, Postgres | Valkey], ...]:
        return ("PostgreSQL", self.postgres), ("Valkey", self.valkey)


@contextmanager
def servers(data_dir: Path, *, durable: bool = True) -> Iterator[Servers]:
    """The servers of this data folder within the block: joined if they run, else started for its time.

    `durable=False` trades safety at power failure for speed (tests); it holds for servers started here only.
    Raises LocalError.
    """
    shared = Servers(data_dir, durable=durable)
    shared.join()
    try:
        yield shared
    finally:
        shared.leave()


def _socket_folder(data_dir: Path, run: Path) -> Path:
    """A private folder for sockets: `run`, or one with a short name where that is too long for an address.

    `run/sockets` keeps the short name: the folder for temporary files may differ between two terminals.
    """
    if len(os.fsencode(run / "vk" / "valkey.sock")) <= LONGEST_SOCKET:
        return run
    pointer = run / "sockets"
    if not pointer.exists():
        name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
        pointer.write_text(str(Path(tempfile.gettempdir()) / f"hub-{os.geteuid()}-{name}"))
    folder = Path(pointer.read_text())
    folder.mkdir(mode=0o711, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        raise LocalError(
            f"The folder {folder} belongs to someone else: remove {pointer} and set TMPDIR to another."
        )
    return folder
