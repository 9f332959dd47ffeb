"""How many raised tasks one worker process routes and prioritises in a second."""

import time
from collections.abc import Iterator
from typing import Any

from psycopg import connect

from config import libpq_url
from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import db
from hub.models.acting import act_as
from hub.placing.system_actions import CHUNK, place_batch
from tests.performance.bench import Stage

TASKS = 5000
# Copies of one real task of each kind, each with its first event, as an import would write them.
COPY = """
with source as (select t.*, row_number() over (order by t.id) as n, count(*) over () as many from task t),
made as (
  insert into task (ref, practice_id, patient_id, data_key_id, kind, kind_version, subtype, queue, status,
    requested, answers, receipt_on, next_issue_on, raised_at, raised_by_id, band, due_at, working_due_at,
    minutes)
  select 'BENCH-' || g, practice_id, patient_id, data_key_id, kind, kind_version, subtype, queue, 'raised',
    requested, answers, receipt_on, next_issue_on, raised_at, raised_by_id, band, due_at, working_due_at,
    minutes
  from generate_series(1, {tasks}) g join source s on s.n = g % s.many + 1
  returning id, practice_id, raised_at)
insert into event (task_id, seq, practice_id, at, actor_system, kind, status)
select id, 1, practice_id, raised_at, 'seed', 'raised', 'raised' from made
"""
KINDS = ("SMR", "LTC", "DISCH", "OPLET", "DOCWF", "MEDQ")


def run(stage: Stage) -> Iterator[dict[str, Any]]:
    """Place five thousand raised tasks of six kinds from twenty practices, in chunks, in this process."""
    practices, requester = stage.staffed(clinicians=30)
    for practice in practices:
        for kind in KINDS:
            stage.make.request(practice, requester, kind)
    with stage.app.app_context():
        act_as(process(SystemActor.SEED))
        _place_all()
    with connect(libpq_url(stage.found.owner_url)) as connection:
        connection.execute("set constraints all deferred")
        connection.execute(COPY.format(tasks=TASKS))
    with stage.app.app_context():
        act_as(process(SystemActor.SEED))
        start = time.perf_counter()
        placed = _place_all()
        seconds = time.perf_counter() - start
    yield {"tasks": placed, "chunk": CHUNK, "tasks_per_s": round(placed / seconds)}


def _place_all() -> int:
    placed = 0
    while count := place_batch():
        db.session.commit()
        placed += count
    return placed
