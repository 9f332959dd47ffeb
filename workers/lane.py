"""One worker process on one lane.

One lane per process, because RQ pops several lanes with a command that loses the job when
the process dies at that moment. The worker accepts only our runner: whoever can write to
Redis could otherwise name any function.
"""

import logging
import os
import socket
import time
from typing import Any

from flask import Flask
from redis import Redis
from redis.client import Pipeline
from rq import Queue, Worker
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from hub.background import LANES, RUNNER
from hub.extensions import clock, db
from hub.models import Heartbeat
from workers import runner

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0


class DoorbellJob(Job):
    """A job as read from Redis that calls nobody back, whatever Redis says about it."""

    success_callback = failure_callback = stopped_callback = None

    def send_webhooks(self, *args: Any, **kwargs: Any) -> None:
        """Tell nobody."""

    def is_ours(self) -> bool:
        """Say whether it calls the runner, with the id of an outbox row and nothing else."""
        try:
            call = self.func_name, self.instance, list(map(type, self.args)), self.kwargs
        except DeserializationError:
            return False  # not written by us, and not to be looked into
        return call == (RUNNER, None, [int], {})


class LaneWorker(Worker):
    """An RQ worker that runs nothing but the runner and writes its heartbeat to PostgreSQL."""

    app: Flask
    _beat_at = 0.0

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run `job` in a child process if it is ours; otherwise drop it and say so."""
        if isinstance(job, DoorbellJob) and job.is_ours():
            super().execute_job(job, queue)
            return
        log.error("refused a job that is not ours")
        job.delete()

    def _shutdown(self) -> None:
        """Remember that the end was asked for, too: the exception by which RQ leaves an idle wait is lost
        where it meets a library's `except Exception`, and the worker would go on until it is killed."""
        self._stop_requested = True
        super()._shutdown()  # type: ignore[no-untyped-call]

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Tell Redis as RQ does, and now and then tell PostgreSQL, which does not forget."""
        super().heartbeat(timeout, pipeline)
        # Each job's child process calls this too; it is the worker that is alive, not its child.
        if not self.is_horse and time.monotonic() >= self._beat_at:
            self._beat_at = time.monotonic() + BEAT_SECONDS
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
    except SQLAlchemyError as error:
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
    # A connection of its own: the worker waits long for work, where a page may not.
    connection = Redis.from_url(app.config["REDIS_URL"], socket_connect_timeout=2)
    worker = LaneWorker(
        [Queue(lane, connection=connection, serializer=JSONSerializer, job_class=DoorbellJob)],
        connection=connection,
        serializer=JSONSerializer,
        job_class=DoorbellJob,
        worker_ttl=30,
        job_monitoring_interval=5,
        maintenance_interval=10,
        log_job_description=False,
    )
    worker.work(burst=burst, with_scheduler=False, logging_level="WARNING")
