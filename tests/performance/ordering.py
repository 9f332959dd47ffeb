"""Ordering and topping up with fifty thousand tasks in the queues and three hundred people at work."""

import statistics
import time
from collections.abc import Iterator
from typing import Any

from psycopg import connect
from sqlalchemy import select

from config import libpq_url
from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import db
from hub.models import Practice, Task
from hub.models.acting import act_as
from hub.placing import order_actions, order_queries, waiting_queries
from hub.placing.system_actions import place_batch, top_up
from tests.performance.bench import Stage, percentile, timed
from tests.support.bulk import past_the_guards

TASKS = 50_000
PEOPLE = 300
BY_HAND = 3
PRACTICES = 40
KINDS = ("SMR", "LTC", "DISCH", "OPLET", "DOCWF", "MEDQ")
PAGE = 25
TIMES = 30
# Copies of one real waiting task of each kind and practice, each due at another moment around now, as after
# weeks of more work than hands. Each has one event only: what is measured looks at none.
COPY = """
with source as (select t.*, row_number() over (order by t.id) as n, count(*) over () as many from task t),
made as (
  insert into task (ref, practice_id, patient_id, data_key_id, kind, kind_version, subtype, queue, status,
    requested, answers, receipt_on, next_issue_on, raised_at, raised_by_id, band, due_at, deadline_at,
    working_due_at, minutes, professions, needs_prescriber, competences, policy_version, signals,
    due_number, target_minutes, order_fixed, hub_clock)
  select 'BENCH-' || g, practice_id, patient_id, data_key_id, kind, kind_version, subtype, queue, 'queued',
    requested, answers, receipt_on, next_issue_on, raised_at, raised_by_id, band,
    due_at + shift * interval '1 minute', deadline_at + shift * interval '1 minute',
    working_due_at + shift * interval '1 minute', minutes, professions, needs_prescriber, competences,
    policy_version, signals, due_number + shift, target_minutes, order_fixed, hub_clock
  from (select g, (g * 7919) % 9000 - 4500 as shift from generate_series(1, {tasks}) g) g
  join source s on s.n = g.g % s.many + 1
  returning id, practice_id, raised_at)
insert into event (task_id, seq, practice_id, at, actor_system, kind, status)
select id, 1, practice_id, raised_at, 'seed', 'raised', 'queued' from made
"""


# As many people as are asked for, each like one of those made by hand (which takes minutes), with access to
# 35 % of the practices.
COLLEAGUES = """
with few as (select u.*, row_number() over (order by u.id) as n, count(*) over () as many
              from app_user u where profession is not null),
made as (
  insert into app_user (email, name, profession, is_prescriber, gphc_number, registration_expires_on,
                        all_kinds, created_at)
  select 'bench' || g || '@example.org', 'Bench ' || g, profession, is_prescriber, substr(gphc_number, 1, 1)
         || (900000 + g), registration_expires_on, all_kinds, created_at
  from generate_series(1, {people}) g join few s on s.n = g % s.many + 1
  returning id, email),
pairs as (
  select m.id, s.id as like_id from made m
  join few s on s.n = substr(split_part(m.email, '@', 1), 6)::int % s.many + 1),
roles as (insert into user_role (user_id, role)
          select p.id, r.role from pairs p join user_role r on r.user_id = p.like_id),
access as (insert into practice_access (user_id, practice_id, role, granted_at, system_ready_on)
           select p.id, a.practice_id, a.role, a.granted_at, a.system_ready_on
           from pairs p join practice_access a on a.user_id = p.like_id
           where (a.practice_id + p.id) % 20 < 7),
signed as (insert into competence (user_id, code, expires_on)
           select p.id, c.code, c.expires_on from pairs p join competence c on c.user_id = p.like_id)
insert into extra_shift (user_id, starts_at, ends_at)
select p.id, e.starts_at, e.ends_at from pairs p join extra_shift e on e.user_id = p.like_id
"""


def run(stage: Stage) -> Iterator[dict[str, Any]]:
    """Read all that waits in order, read one page of a queue, top everybody up, and once more."""
    _fill(stage)
    with stage.app.app_context():
        act_as(process(SystemActor.PLACING))
        while order_actions.reweigh():  # the copies' numbers, which are rough
            db.session.commit()
        read = _seconds(lambda: waiting_queries.waiting(limit=waiting_queries.EVERYTHING))
        pages = timed(_page, TIMES)
        weigh = _seconds(order_actions.reweigh)
        db.session.commit()
        start = time.perf_counter()
        given = top_up()
        db.session.commit()
        first = time.perf_counter() - start
        start = time.perf_counter()
        top_up()
        db.session.commit()
        yield {
            "tasks": TASKS,
            "people": PEOPLE,
            "read_in_order_s": round(read, 2),
            "queue_page_p50_ms": round(statistics.median(pages), 1),
            "queue_page_p95_ms": percentile(pages, 95),
            "check_weights_s": round(weigh, 2),
            "top_up_s": round(first, 2),
            "given": given,
            "tasks_per_s": round(given / first),
            "top_up_with_full_lists_s": round(time.perf_counter() - start, 2),
        }


def _fill(stage: Stage) -> None:
    practices, requester = stage.staffed(clinicians=BY_HAND, practices=PRACTICES)
    for practice in practices:
        for kind in KINDS:
            stage.make.request(practice, requester, kind)
    with stage.app.app_context():
        act_as(process(SystemActor.SEED))
        while place_batch():
            db.session.commit()
    with connect(libpq_url(stage.found.owner_url), autocommit=True) as connection:
        connection.execute(COLLEAGUES.format(people=PEOPLE - BY_HAND))
        with past_the_guards(connection):
            connection.execute(COPY.format(tasks=TASKS))
        connection.execute("vacuum analyze task")


def _page() -> None:
    whole = select(Task, Practice).join(Practice, Practice.id == Task.practice_id)
    these = Task.status == "queued", Task.queue == "documents"
    db.session.execute(order_queries.first_rows(whole, *these, limit=PAGE)).all()
    db.session.expunge_all()


def _seconds(act: Any) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
