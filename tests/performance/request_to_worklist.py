"""From a request saved to its place on a clinician's worklist, with real worker processes."""

import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import db
from hub.models import Task
from hub.models.acting import act_as
from tests.performance.bench import Stage, percentile

REQUESTS = 60
WARM_UP = 3
GIVE_UP_SECONDS = 30


def run(stage: Stage) -> Iterator[dict[str, Any]]:
    """Raise requests one by one while nothing else happens; sixty people with empty worklists are at work."""
    practices, requester = stage.staffed(clinicians=60)
    times = []
    with stage.processes("placing", "upkeep", "planning", "timetable"):
        for number in range(WARM_UP + REQUESTS):
            task = stage.make.request(practices[number % len(practices)], requester)
            # From the commit, which is when the page has been answered.
            start = time.perf_counter()
            _wait_until_on_a_worklist(stage, task.id)
            times.append((time.perf_counter() - start) * 1000)
    counted = times[WARM_UP:]
    yield {"requests": REQUESTS, "p50_ms": percentile(counted, 50), "p95_ms": percentile(counted, 95)}


def _wait_until_on_a_worklist(stage: Stage, task_id: int) -> None:
    query = select(Task.status).where(Task.id == task_id)
    until = time.monotonic() + GIVE_UP_SECONDS
    with stage.app.app_context():
        act_as(process(SystemActor.SEED))
        while time.monotonic() < until:
            status = db.session.scalar(query)
            db.session.rollback()
            if status == "assigned":
                return
            time.sleep(0.005)
    raise SystemExit(f"task {task_id} did not reach a worklist within {GIVE_UP_SECONDS} s")
