"""A file of fifty thousand rows, one in a hundred wrong: brought in, checked, approved, raised, placed.

In real processes: a worker for each lane and the timetable, and the upload in a process of its own.
"""

import datetime as dt
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import func, select

from hub.clock import clock
from hub.domain.actor import process
from hub.domain.identifiers import made_up_nhs_number
from hub.domain.import_words import RunStatus
from hub.domain.patient import Identity
from hub.domain.vocabulary import Status, SystemActor
from hub.extensions import db
from hub.models import DataKey, Heartbeat, Patient, Practice, Task, User
from hub.models.acting import act_as
from hub.models.many import insert_many
from tests.performance.bench import Stage
from tests.support.import_files import Importer, as_xlsx, line

ROWS = int(os.environ.get("IMPORT_ROWS", "50000"))
HELD = ROWS // 2  # patients whom the practices have already
FAULT_EVERY = 100
GIVE_UP_SECONDS = 900
LOOK_SECONDS = 0.1
KINDS: tuple[tuple[str, dict[str, str]], ...] = (
    *(("SMR", {}),) * 4, *(("LTC", {"condition": "Asthma"}),) * 3, ("DISCH", {"document": "DOC-{n}"}),
    ("DOCWF", {"document": "DOC-{n}"}), ("MEDQ", {}),
)  # fmt: skip
# What goes wrong in a row, in turn; the last two are rows that are right but not to be raised.
FAULTS: tuple[dict[str, str], ...] = (
    {"nhs_number": "999 000 0000"}, {"nhs_number": "12345"}, {"nhs_number": ""}, {"family": ""},
    {"born": "31/02/1950"}, {"born": "01/01/2090"}, {"kind": "Something else"}, {"receipt": "32/13/2026"},
    {"practice": "Z99999"}, {"family": "Somebody Else"},
)  # fmt: skip


def run(stage: Stage) -> Iterator[dict[str, Any]]:
    """Measure an XLSX file; the practices have half of its patients, so that identities are compared."""
    practices, requester = stage.staffed(clinicians=30, practices=5)
    _hold_patients(stage, practices)
    path = stage.data / "requests.xlsx"
    path.write_bytes(as_xlsx(lines([one.ods_code for one in practices])))
    lanes = ("placing", "upkeep", "importing", "timetable")
    with stage.processes(*lanes), Peak() as peak:
        _wait(lambda: _alive(stage) == set(lanes))
        one = Importer(stage.app, requester)
        cpu = _cpu_seconds()
        upload = _upload(stage, path, requester)
        one.ref = upload["ref"]
        _wait(lambda: _status(one) == RunStatus.REVIEW)
        check_s = time.time() - upload["began"]
        check_cpu_s, cpu = _cpu_seconds() - cpu, _cpu_seconds()
        start = time.perf_counter()
        _approve(one)
        _wait(lambda: _status(one) in (RunStatus.PARTLY, RunStatus.COMPLETED))
        raised_s = time.perf_counter() - start
        _wait(lambda: _count(stage, Task.status == Status.RAISED) == 0)
        commit_s = time.perf_counter() - start
        commit_cpu_s = _cpu_seconds() - cpu
    counts = one.counts()
    yield {
        "rows": ROWS,
        "check_s": round(check_s, 1),
        "commit_s": round(commit_s, 1),
        "peak_mb": max(peak.mb, upload["peak_mb"]),
        "file_mb": round(path.stat().st_size / 1e6, 1),
        "upload_s": round(upload["seconds"], 1),
        "upload_mb": upload["peak_mb"],
        "raised_s": round(raised_s, 1),
        "check_cpu_s": round(check_cpu_s, 1),
        "commit_cpu_s": round(commit_cpu_s, 1),
        **{name: counts.get(name, 0) for name in ("created", "duplicate", "refused", "skipped")},
        "tasks": _count(stage, Task.id.is_not(None)),
    }


def lines(codes: list[str], rows: int = ROWS, seed: int = 1) -> Iterator[list[str]]:
    """Yield the rows of the file: five kinds, some patients with two rows, every hundredth row wrong."""
    rng = random.Random(seed)
    today = clock.now().date()
    patient = -1
    for number in range(rows):
        if number % 10 != 9:  # every tenth row is about the same patient as the one above
            patient += 1
        kind, more = KINDS[number % len(KINDS)]
        receipt = today - dt.timedelta(days=rng.randrange(10))
        values = {name: value.format(n=number) for name, value in more.items()}
        values |= {"kind": kind, "receipt": f"{receipt:%d/%m/%Y}"}
        if number % FAULT_EVERY == FAULT_EVERY // 2:
            values |= FAULTS[number // FAULT_EVERY % len(FAULTS)]
        practice = values.pop("practice", codes[patient % len(codes)])
        yield line(patient, practice, **values)


def _hold_patients(stage: Stage, practices: list[Practice]) -> None:
    from hub.intake import patients

    with stage.app.app_context():
        act_as(process(SystemActor.SEED))
        made = [
            patients.new_patient(practices[index % len(practices)].id, _identity(index))
            for index in range(HELD)
        ]
        key, who = ("id", "practice_id", "master", "wrapped"), (
            "practice_id", "data_key_id", "identity_sealed", "nhs_hash", "record_hash", "name_hash", "status",
            "created_at",
        )  # fmt: skip
        insert_many(DataKey, [{name: getattr(one, name) for name in key} for _, one in made])
        insert_many(Patient, [{name: getattr(one, name) for name in who} for one, _ in made])
        db.session.commit()


def _identity(index: int) -> Identity:
    _, family, given, born, record, *_ = line(index, "")
    day, month, year = map(int, born.split("/"))
    return Identity(family, given, dt.date(year, month, day), made_up_nhs_number(index), "", record)


def _upload(stage: Stage, path: Path, who: User) -> dict[str, Any]:
    """Bring the file in as the web application does, in a process of its own."""
    argv = [sys.executable, "-m", "tests.performance.import_upload", str(path), str(who.id)]
    done = subprocess.run(argv, env=stage.environment(), check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _approve(one: Importer) -> None:
    from hub.imports import actions

    one.act(actions.approve)


def _status(one: Importer) -> str:
    return str(one.read(lambda run: run.status))


def _count(stage: Stage, condition: Any) -> int:
    with stage.app.app_context():
        act_as(process(SystemActor.SEED))
        return db.session.scalar(select(func.count()).select_from(Task).where(condition)) or 0


def _cpu_seconds() -> float:
    """Return the processor time of the workers and of what they started, the database apart: on a machine
    with much else to do, this says more than the clock."""
    found = 0.0
    for one in psutil.Process().children():
        found += sum(one.cpu_times()[:4])
    return found


def _alive(stage: Stage) -> set[str]:
    with stage.app.app_context():
        return set(db.session.scalars(select(Heartbeat.lane)))


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + GIVE_UP_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise SystemExit(f"nothing came of it within {GIVE_UP_SECONDS} s")
        time.sleep(LOOK_SECONDS)


class Peak:
    """The most memory that any process beneath this one has had, in MB, as the kernel counts it."""

    def __init__(self) -> None:
        self.mb = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            for one in psutil.Process().children(recursive=True):
                self.mb = max(self.mb, most_mb(str(one.pid)))


def most_mb(pid: str) -> int:
    """Return the most resident memory that a process has had, in MB; 0 if it is none of ours."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    said = dict(row.split(":", 1) for row in status.splitlines() if ":" in row)
    if not said["Name"].strip().startswith("python") or "VmHWM" not in said:
        return 0
    return int(said["VmHWM"].split()[0]) // 1024
