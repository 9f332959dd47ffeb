"""One worker process on one lane.

One lane per process, because RQ pops several lanes with a command that loses the job when
the process dies at that moment. The worker accepts only our runner: whoever can write to
Redis could otherwise name any function.
"""

import logging
import os
import socket

from flask import Flask
from redis.client import Pipeline
from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.dialects.postgresql import insert

from hub.background import LANES, RUNNER, redis_connection
from hub.extensions import clock, db
from hub.models import Heartbeat
from workers import runner

log = logging.getLogger(__name__)


class LaneWorker(Worker):
    """An RQ worker that runs nothing but the runner and writes its heartbeat to PostgreSQL."""

    app: Flask

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Run `job` if it names the runner; otherwise drop it and say so."""
        if job.func_name != RUNNER:
            log.error("refused a job that is not ours")
            job.delete()
            return False
        return bool(super().perform_job(job, queue, execution))

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Tell Redis as RQ does, and tell PostgreSQL, which does not forget."""
        super().heartbeat(timeout, pipeline)
        beat(self.app, self.queues[0].name)


def beat(app: Flask, lane: str) -> None:
    """Write that this process is alive; a database that is away is no reason to stop."""
    name = f"{lane}@{socket.gethostname()}:{os.getpid()}"
    values = {"process": name, "lane": lane, "at": clock.now()}
    query = insert(Heartbeat).values(values)
    query = query.on_conflict_do_update(index_elements=["process"], set_={"at": values["at"]})
    try:
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(query)
    except Exception as error:
        log.warning("heartbeat not written: %s", type(error).__name__)


def work(app: Flask, lane: str, *, burst: bool = False) -> None:
    """Work on `lane` until told to stop (or until it is empty, with `burst`)."""
    if lane not in LANES:
        raise SystemExit(f"There is no lane {lane!r}. The lanes are: {', '.join(LANES)}.")
    runner.serve(app)
    LaneWorker.app = app
    with app.app_context():
        engine = db.engine
        # A forked child must not use its parent's database connections.
        os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))
    connection = redis_connection(app.config["REDIS_URL"])
    worker = LaneWorker(
        [Queue(lane, connection=connection, serializer=JSONSerializer)],
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=30,
        job_monitoring_interval=5,
        maintenance_interval=10,
        log_job_description=False,
    )
    worker.work(burst=burst, with_scheduler=False, logging_level="WARNING")
