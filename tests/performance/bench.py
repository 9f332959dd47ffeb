"""What every bench stands on: real servers that write to disk, an empty database, a staffed hub."""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from hub import create_app
from hub.clock import clock
from hub.models import Practice, User
from tests.support import database
from tests.support.factories import Make


@dataclass
class Stage:
    """An application on real servers, with a hub that is at work."""

    app: Flask
    make: Make
    found: database.TestServers
    data: Path

    def staffed(self, clinicians: int, practices: int = 20) -> tuple[list[Practice], User]:
        """Make practices, clinicians with access to all of them at work now, and one requester."""
        served = [self.make.practice() for _ in range(practices)]
        for number in range(clinicians):
            competences = ("asthma", "copd", "diabetes", "anticoagulation")
            maker = self.make.technician if number % 3 == 2 else self.make.pharmacist
            person = maker(*served, works=False, competences=competences)
            self.make.extra_shift(person)
        return served, self.make.requester(*served)

    def environment(self) -> dict[str, str]:
        """Return the environment of a process that belongs to this stage."""
        return dict(os.environ) | {
            "HUB_ENV": "test", "HUB_DATA": str(self.data), "DATABASE_URL": self.found.app_url,
            "DATABASE_OWNER_URL": self.found.owner_url, "REDIS_URL": self.found.redis_url,
        } | clock.environment()  # fmt: skip

    @contextlib.contextmanager
    def processes(self, *names: str) -> Iterator[None]:
        """Run `python -m workers NAME` for each name within the block."""
        running = [
            subprocess.Popen([sys.executable, "-m", "workers", name], env=self.environment())
            for name in names
        ]
        try:
            yield
        finally:
            for one in running:
                one.terminate()
            for one in running:
                one.wait(20)


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Yield a stage on servers of its own, which are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        data = Path(folder)
        # mkdtemp's folder is private; PostgreSQL may run as another user.
        data.chmod(0o711)
        with database.own_database(data / "servers", "gw0", durable=True) as found:
            yield from _on(found, data)


@contextlib.contextmanager
def kept_stage(data: Path) -> Iterator[Stage]:
    """Yield a stage whose data stay in this folder, to be measured again after a change of the program."""
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    with database.kept_database(data / "servers") as found:
        yield from _on(found, data)


def _on(found: database.TestServers, data: Path) -> Iterator[Stage]:
    from flask_migrate import upgrade

    from hub.extensions import db
    from hub.protocols.actions import publish

    app = create_app(database.settings_for(found, data))
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        upgrade()
        publish()
    yield Stage(app, Make(app), found, data)
    with app.app_context():
        db.engine.dispose()


def timed(act: Callable[[], Any], times: int) -> list[float]:
    """Return how long each of `times` calls took, in milliseconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        found.append((time.perf_counter() - start) * 1000)
    return found


def percentile(values: list[float], part: int) -> float:
    """Return the `part`th percentile, to a tenth."""
    return round(statistics.quantiles(values, n=100, method="inclusive")[part - 1], 1)


def print_line(line: dict[str, Any]) -> None:
    """Print one result."""
    print(json.dumps(line), flush=True)
