"""How long the server takes for the pages that people have open all day, in a hub of two years."""

import json
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from psycopg import connect
from sqlalchemy import select

from config import libpq_url
from hub import memory, vault
from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import db
from hub.models import DataKey, Task
from hub.models.acting import act_as
from hub.placing.system_actions import place_batch
from hub.records import MESSAGE, TO_DO
from tests.performance import export, page_world
from tests.performance.bench import Stage, percentile, timed
from tests.performance.ordering import COLLEAGUES
from tests.support.running import Statements, signed_in

TASKS = int(os.environ.get("TASKS", "1000000"))
BY_HAND, PEOPLE, PRACTICES = 3, 300, 40
KINDS = ("SMR", "LTC", "DISCH", "OPLET", "DOCWF", "MEDQ")
TIMES = 40
MEMBER = "insert into network_membership (network_id, practice_id, starts_on) values (%s, %s, '2020-04-01')"
CONTRACT = (
    "insert into contract (network_id, starts_on, ends_on, minutes) "
    "values (%s, '2020-04-01', '2040-04-01', 9000000)"
)
# A kept hub is looked at on another day: those who were at work are again.
AT_WORK = (
    "update extra_shift set starts_at = now() - interval '1 hour', ends_at = now() + interval '10 hours'"
)
SOME = 25  # different tasks whose pages are opened


@dataclass(frozen=True)
class World:
    """What has been made to be looked at: how much of it, who looks, and at what."""

    tasks: int
    open_tasks: int
    person: int
    manager: int
    lead: int
    practice: str
    network: str
    refs: list[str]
    own: list[str]


def run(stage: Stage) -> Iterator[dict[str, Any]]:
    """Open each page so many times; figures in milliseconds, statements of one answer, and its size."""
    kept = stage.data / "page_world.json"
    if not kept.exists():
        began = time.perf_counter()
        made = _make(stage)
        kept.write_text(json.dumps(asdict(made)))
        seconds = round(time.perf_counter() - began)
        yield {"page": "(made)", "tasks": made.tasks, "open_tasks": made.open_tasks, "seconds": seconds}
    world = World(**json.loads(kept.read_text()))
    with connect(libpq_url(stage.found.owner_url), autocommit=True) as owner:
        owner.execute(AT_WORK)
    memory.settle()  # as the web process does
    size = {"tasks": world.tasks, "open_tasks": world.open_tasks}
    for name, (client, addresses) in _pages(stage, world).items():
        yield {"page": name} | size | _measured(stage, client, addresses)
    for line in export.run(_client(stage, world.manager)):
        yield line | size


def _make(stage: Stage) -> World:
    practices, everyone = stage.staffed(clinicians=BY_HAND, practices=PRACTICES)
    network = stage.make.network()
    for practice in practices:
        for kind in KINDS:
            stage.make.request(practice, everyone, kind)
    manager, lead = stage.make.requester(*practices[:2]), stage.make.lead()
    texts = _placed_and_sealed(stage)
    with connect(libpq_url(stage.found.owner_url), autocommit=True) as owner:
        owner.execute(COLLEAGUES.format(people=PEOPLE - BY_HAND))
        for practice in practices[:6]:
            owner.execute(MEMBER, (network.id, practice.id))
        owner.execute(CONTRACT, (network.id,))
        still_open = page_world.grow(owner, TASKS, texts)
        person, refs, own = _chosen(owner, manager.id)
    return World(
        TASKS, still_open, person, manager.id, lead.id, practices[0].ods_code, network.code, refs, own
    )


def _placed_and_sealed(stage: Stage) -> list[tuple[Any, bytes | None, bytes | None]]:
    with stage.app.app_context():
        act_as(process(SystemActor.SEED))
        while place_batch():
            db.session.commit()
        keys = db.session.scalars(select(DataKey).where(DataKey.id.in_(select(Task.data_key_id)))).all()
        return [
            (key.id, vault.seal(key, "Sign the script.", TO_DO), vault.seal(key, "Which dose?", MESSAGE))
            for key in keys
        ]


def _pages(stage: Stage, world: World) -> dict[str, tuple[FlaskClient, list[str]]]:
    clinician, asks, leads = (_client(stage, one) for one in (world.person, world.manager, world.lead))
    return {
        "worklist": (clinician, ["/worklist"]),
        "task": (clinician, [f"/tasks/{ref}" for ref in world.refs]),
        "queue": (clinician, ["/queues/medication-reviews"]),
        "requests": (asks, ["/requests"]),
        "requests, all, page 40": (asks, ["/requests?show=all&page=40"]),
        "requests, filtered": (asks, ["/requests?show=all&late=late&kind=MEDQ&sort=-closed"]),
        "request": (asks, [f"/requests/{ref}" for ref in world.own]),
        "board": (leads, ["/board"]),
        "reports": (asks, ["/reports"]),
        "reports, one practice": (leads, [f"/reports?of={world.practice}"]),
        "reports, network of six": (leads, [f"/reports?of={world.network}"]),
    }


def _measured(stage: Stage, client: FlaskClient, addresses: list[str]) -> dict[str, Any]:
    ahead = cycle(addresses)
    for _ in range(3):
        answer = client.get(next(ahead))
        assert answer.status_code == 200, (answer.request.path, answer.status_code)
    before = _worked(stage)
    found = timed(lambda: client.get(next(ahead)), TIMES)
    worked = _worked(stage) - before
    with Statements(stage.app) as seen:
        answer = client.get(next(ahead))
    return {
        "p50_ms": round(statistics.median(found), 1),
        "p95_ms": percentile(found, 95),
        # What this process and PostgreSQL worked for one page: the rest was waiting, for a busy machine too.
        "cpu_ms": round(worked * 1000 / TIMES, 1),
        "statements": seen.count,
        "kilobytes": round(len(answer.get_data()) / 1024),
    }


def _worked(stage: Stage) -> float:
    """Return the seconds of processor time that this process and its servers in the database have used."""
    with connect(libpq_url(stage.found.owner_url)) as owner:
        query = (
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
        pids = [row[0] for row in owner.execute(query).fetchall()]
    stats = [Path(f"/proc/{pid}/stat") for pid in pids]
    ticks = sum(
        sum(map(int, one.read_text().rsplit(")")[-1].split()[11:13])) for one in stats if one.exists()
    )
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def _chosen(owner: Any, manager_id: int) -> tuple[int, list[str], list[str]]:
    """Return a clinician with work, some tasks they may see, and some requests of the manager's practices."""
    person = owner.execute(
        "select assignee_id from task where status = 'assigned' group by 1 order by count(*) desc, 1 limit 1"
    ).fetchone()[0]
    of = (
        "select ref from task "
        "where practice_id in (select practice_id from practice_access where user_id = %s) "
        "order by status in ('completed', 'cancelled'), md5(ref) limit %s"
    )
    theirs, own = (
        [row[0] for row in owner.execute(of, (one, SOME)).fetchall()] for one in (person, manager_id)
    )
    return person, theirs, own


def _client(stage: Stage, user_id: int) -> FlaskClient:
    class Person:
        id = user_id

    return signed_in(stage.app, Person())  # type: ignore[arg-type]
