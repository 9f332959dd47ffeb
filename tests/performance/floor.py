"""The floor: what the same stack needs for doing nothing, so that our figures can be judged."""

import statistics
import time
from collections.abc import Iterator
from typing import Any

from flask import Flask
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import text

from hub.background import redis_connection
from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import clock, db
from hub.models import Tick
from hub.models.acting import act_as
from tests.performance.bench import Stage, timed

TIMES = 300
JOBS = 300


def nothing() -> None:
    """A job that does nothing."""


def run(stage: Stage) -> Iterator[dict[str, Any]]:
    """An empty view, one select of fifty rows, one insert and commit, and jobs that do nothing."""
    bare = Flask("bare")
    bare.add_url_rule("/", view_func=lambda: "")
    client = bare.test_client()
    for _ in range(50):
        stage.make.practice()
    with stage.app.app_context():
        act_as(process(SystemActor.SEED))
        view = statistics.median(timed(lambda: client.get("/"), TIMES))
        select = statistics.median(timed(_select, TIMES))
        insert = statistics.median(timed(_insert, TIMES))
    yield {
        "empty_view_ms": round(view, 2),
        "select_50_rows_ms": round(select, 2),
        "insert_commit_ms": round(insert, 2),
        "rq_noop_per_s": round(_jobs_per_second(stage)),
    }


def _select() -> None:
    db.session.execute(text("select * from practice order by id limit 50")).all()


def _insert() -> None:
    db.session.add(Tick(name="floor", period=clock.now()))
    db.session.commit()


def _jobs_per_second(stage: Stage) -> float:
    connection = redis_connection(stage.app.config["REDIS_URL"])
    queue = Queue("floor", connection=connection, serializer=JSONSerializer)
    for _ in range(JOBS):
        queue.enqueue("tests.performance.floor.nothing", result_ttl=0)
    worker = SimpleWorker([queue], connection=connection, serializer=JSONSerializer)
    start = time.perf_counter()
    worker.work(burst=True, logging_level="ERROR")
    return JOBS / (time.perf_counter() - start)
