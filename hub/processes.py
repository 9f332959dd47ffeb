"""Which programs run on this machine, and how does one hold a thing that only some may hold at a time?

For `hub.local` and its servers only. Locks are the kernel's: they end with the process that held them,
however it ended, so none can be stale.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil


class LocalError(Exception):
    """Something on this machine stands in the way; the message says what, and what to do."""


def spawn(
    argv: list[str], *, log: Path, cwd: Path, environ: Mapping[str, str], user: int | None = None
) -> int:
    """Start a program in its own session, so that Ctrl-C in our terminal does not reach it; gives its pid.

    Its output goes to the end of `log`. `user` is the uid and gid to run as (only root may say).
    """
    rights: dict[str, Any] = (
        {} if user is None else {"user": user, "group": user_group(user), "extra_groups": []}
    )
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **rights,
        )
    _children[process.pid] = process
    return process.pid


def user_group(user: int) -> int:
    """The main group of an account, by its uid."""
    import pwd

    return pwd.getpwuid(user).pw_gid


# Kept so that a child of ours that has ended can be reaped, and its exit code read.
_children: dict[int, subprocess.Popen[bytes]] = {}


def exit_code(pid: int) -> int | None:
    """The exit code of a program that `spawn` started, None while it runs; minus the signal that ended it."""
    return _children[pid].poll()


def is_alive(pid: int) -> bool:
    """Whether a program with this pid still runs (one that waits to be reaped does not)."""
    if pid in _children:
        return _children[pid].poll() is None
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def stop(pid: int, *, first: signal.Signals = signal.SIGTERM, patience: float = 30) -> None:
    """Ask a program to end and wait; after `patience` seconds end it by force."""
    for sign, seconds in ((first, patience), (signal.SIGKILL, 10)):
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        if wait_until(lambda: not is_alive(pid), seconds=seconds):
            return


def kill(pid: int) -> None:
    """End a program by force; one that has ended already is no error."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def birth(pid: int) -> float | None:
    """When a program was started (seconds since 1970): with its pid it is that program's name for good."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def running_in(directory: Path) -> list[int]:
    """Pids of live programs whose working directory this is: so a server left by a killed start is known."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(directory) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue  # ended meanwhile, or somebody else's
    return found


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Poll until the condition holds; False if it did not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever reads it finds the old text or the new one, never a part."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(path)


class Lock:
    """A lock on a file, exclusive or shared, held until released or until this process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self, *, shared: bool = False, wait: bool = True) -> bool:
        """Take the lock, or turn it into the other sort; False if it is another's and `wait` is off."""
        if self._descriptor is None:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            sort = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(self._descriptor, sort if wait else sort | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let others have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it, alone, within the block."""
        self.take()
        try:
            yield
        finally:
            self.release()
