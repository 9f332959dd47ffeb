"""Keeps the programs of one machine running: started and stopped in order, started again when they die."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.processes import birth, exit_code, kill, spawn, stop, write_whole

LONGEST_PAUSE = 30.0
STEADY_SECONDS = 30.0  # a program that ran so long has recovered: its next death counts as the first
LARGEST_LOG = 5_000_000


@dataclass
class Program:
    """One program: how to start it, how long it may take to end, and what became of it."""

    name: str
    argv: list[str]
    patience: float = 30.0
    pid: int | None = None
    started: float = 0.0
    deaths: int = 0
    start_again_at: float = 0.0


class Supervisor:
    """Starts programs in the given order and stops them in the same order."""

    def __init__(
        self,
        programs: list[Program],
        *,
        environ: Mapping[str, str],
        root: Path,
        data_dir: Path,
        say: Callable[[str], None],
    ) -> None:
        self.programs = programs
        self.environ = environ
        self.root = root
        self.logs = data_dir / "logs"
        self.note = data_dir / "run" / "programs.json"
        self.say = say

    def end_orphans(self) -> None:
        """End what a killed start left behind; a stranger that bears an old pid is left alone."""
        try:
            noted = json.loads(self.note.read_text())
        except (OSError, ValueError):
            return
        for name, (pid, born) in noted.items():
            if birth(pid) == born:
                self.say(f"Ending {name}, left over from a start that was killed.")
                stop(pid)
        self.note.unlink(missing_ok=True)

    def start(self) -> None:
        """Start every program."""
        for program in self.programs:
            self._start(program)

    def watch(self) -> None:
        """Look once at every program: note who died, start again who has waited long enough."""
        now = time.monotonic()
        for program in self.programs:
            if program.pid is not None and (code := exit_code(program.pid)) is not None:
                self._note_death(program, code, now)
            elif program.pid is None and now >= program.start_again_at:
                self._start(program)

    def stop(self) -> None:
        """End every program, one after the other, each within its patience."""
        for program in self.programs:
            if program.pid is not None:
                stop(program.pid, patience=program.patience)
                program.pid = None
        self.note.unlink(missing_ok=True)

    def kill(self) -> None:
        """End every program at once, for someone who will not wait. Unfinished work is done later."""
        for program in self.programs:
            if program.pid is not None:
                kill(program.pid)

    def _start(self, program: Program) -> None:
        log = self.logs / f"{program.name}.log"
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        program.pid = spawn(program.argv, log=log, cwd=self.root, environ=self.environ)
        program.started = time.monotonic()
        self._write_note()

    def _note_death(self, program: Program, code: int, now: float) -> None:
        lived = now - program.started
        program.deaths = 1 if lived > STEADY_SECONDS else program.deaths + 1
        pause = min(LONGEST_PAUSE, 2.0 ** (program.deaths - 1))
        program.pid, program.start_again_at = None, now + pause
        reason = f"signal {-code}" if code < 0 else f"exit code {code}"
        log = self.logs / f"{program.name}.log"
        self.say(f"{program.name} ended unexpectedly ({reason}); again in {pause:.0f} s. See {log}")

    def _write_note(self) -> None:
        """Pids with their time of birth, for `end_orphans` after a kill."""
        noted = {}
        for program in self.programs:
            if program.pid is not None and (born := birth(program.pid)):
                noted[program.name] = (program.pid, born)
        write_whole(self.note, json.dumps(noted))
