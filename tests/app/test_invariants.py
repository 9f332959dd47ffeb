"""A busy hub breaks no rule; a database damaged in one way breaks exactly the rule that watches for it."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from hub.conversation import actions as conversation
from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor, WaitingOn
from hub.domain.worktime import LONDON
from hub.invariants import queries
from hub.invariants.checks import ALWAYS
from hub.invariants.settled import SETTLED
from hub.outcomes import actions as outcomes
from hub.outcomes.actions import Completion
from hub.placing import actions as placing
from hub.placing import queries as placing_queries
from hub.protocols.queries import kind_of
from hub.worklist import actions as worklist
from hub.worklist import queries as worklist_queries
from tests.support.factories import Make
from tests.support.pages import fill_in
from tests.support.running import run_jobs
from workers.jobs import JOBS

Hub = dict[str, Any]


@pytest.fixture
def hub(make: Make, acting: Any, as_user: Any, clock: Any) -> Hub:
    """Two practices and a task in every state that lasts, made through the actions themselves."""
    elm, mill = make.practice("Elm Street Surgery"), make.practice("Old Mill")
    asks, other = make.requester(elm), make.requester(mill)
    asha = make.pharmacist(elm, name="Asha")  # alone at work, so that everything comes to her
    made: Hub = {"elm": elm, "mill": mill, "asha": asha, "bo": make.pharmacist(elm, works=False)}
    made["done"] = make.started(elm, asks, asha, "SMR")
    _complete(acting, made["done"], asha)
    made["waiting"] = make.started(elm, asks, asha, "DISCH")
    with acting(asha) as by:
        task = placing_queries.get(made["waiting"].ref, lock=True)
        until = worklist_queries.chase_times(task)[0].date()
        worklist.wait(task, on=WaitingOn.PRACTICE, until=until, words="Which dose?", by=by)
    made["sent_back"] = make.started(elm, asks, asha)
    with acting(asha) as by:
        task = placing_queries.get(made["sent_back"].ref, lock=True)
        placing.send_back(task, reason_code="unclear", reason="Which medicine?", by=by)
    made["released"] = make.started(elm, asks, asha)
    fill_in(as_user(asha), f"/tasks/{made['released'].ref}/release", reason="Needs a colleague")
    made["started"] = make.started(elm, asks, asha)
    made["cancelled"] = make.placed(elm, asks)
    with acting(asks) as by:
        task = placing_queries.get(made["cancelled"].ref, lock=True)
        conversation.withdraw(task, reason="Done here", by=by)
    made["assigned"] = make.placed(elm, asks)
    made["stuck"] = make.placed(mill, other)  # nobody works for Old Mill: on the lead's list
    run_jobs(make.app)
    clock.tick(minutes=3)
    return {name: make.again(one) if hasattr(one, "ref") else one for name, one in made.items()}


def _complete(acting: Any, task: Any, who: Any) -> None:
    with acting(who) as by:
        mine = placing_queries.get(task.ref, lock=True)
        kind = kind_of(mine)
        done = Completion(
            confirmed=True,
            checklist={item.code: "" for item in kind.checklist},
            outcome=kind.outcomes[0].code,
            minutes=25,
            to_dos=("Book a blood test",),
            note="All well",
            recorded_in="EMIS Web",
            recorded_code="",
            reply="Go on as before.",
        )
        outcomes.record(mine, completion=done, by=by)


@pytest.fixture
def known(hub: Hub, acting: Any) -> dict[str, Any]:
    """What clock and rota say, read before the tables are locked."""
    with acting(process(SystemActor.TIMETABLE)):
        return queries.facts()


@pytest.fixture
def disarmed(hub: Hub, known: Any, test_servers: Any) -> Iterator[Connection]:
    """The owner's connection in a transaction where no guard is left; rolled back at the end."""
    engine = create_engine(test_servers.owner_url)
    with engine.connect() as connection, connection.begin() as transaction:
        for table, name in connection.execute(
            text(
                "select conrelid::regclass, conname from pg_constraint where contype in ('f', 'c', 'u') "
                "and connamespace = 'public'::regnamespace order by contype = 'u'"
            )
        ).all():
            connection.execute(text(f'alter table {table} drop constraint "{name}" cascade'))
        for name in ("one_in_progress", "one_completion"):
            connection.execute(text(f"drop index {name}"))
        tables = "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        for (table,) in connection.execute(text(tables)).all():
            connection.execute(text(f"alter table {table} disable trigger user"))
        yield connection
        transaction.rollback()
    engine.dispose()


def test_a_busy_hub_breaks_no_rule(hub: Hub, app: Any, acting: Any) -> None:
    states = {name: one.status for name, one in hub.items() if hasattr(one, "ref")}
    assert set(states.values()) >= {
        "completed", "waiting", "in_progress", "sent_back", "cancelled", "assigned", "queued",
    }  # fmt: skip
    with acting(process(SystemActor.TIMETABLE)):
        found = queries.broken(settled=True)
    assert not found, [(one.check.name, one.rows) for one in found]


@dataclass(frozen=True)
class Damage:
    """A way to damage the database, and the rules that must see it."""

    words: str
    rules: frozenset[str]
    statements: tuple[str, ...]


def _damages() -> list[Damage]:
    found = []
    for part in Path(__file__).with_name("damages.sql").read_text().split("\n\n")[1:]:
        title, _, body = part.strip().partition("\n")
        words, _, rules = title.removeprefix("-- ").rpartition(": ")
        statements = tuple(one.strip() for one in body.split(";") if one.strip())
        found.append(Damage(words, frozenset(rules.split()), statements))
    return found


def _seen(connection: Connection, statements: Iterable[str], known: dict[str, Any]) -> dict[str, Any]:
    """Damage the database, ask every rule, and undo the damage."""
    savepoint = connection.begin_nested()
    for statement in statements:
        connection.exec_driver_sql(statement)
    found = {one.check.name: one.rows for one in queries.run(connection, ALWAYS + SETTLED, known)}
    savepoint.rollback()
    return found


def test_each_damage_is_seen_by_exactly_the_rule_that_watches_for_it(
    hub: Hub, disarmed: Connection, known: dict[str, Any], subtests: pytest.Subtests
) -> None:
    assert _seen(disarmed, [], known) == {}
    ids = {name: one.id for name, one in hub.items()}
    for damage in _damages():
        with subtests.test(damage.words):
            found = _seen(disarmed, [one.format(**ids) for one in damage.statements], known)
            assert set(found) == damage.rules, found


def test_whoever_goes_home_may_leave_nothing_behind(hub: Hub, app: Any, clock: Any, acting: Any) -> None:
    def said() -> set[str]:
        with acting(process(SystemActor.TIMETABLE)):
            return {one.check.name for one in queries.broken(settled=True)}

    clock.set(dt.datetime(2026, 11, 23, 17, 59, tzinfo=LONDON))
    with acting(process(SystemActor.TIMETABLE)):
        JOBS["wake"]()
    run_jobs(app)
    clock.tick(minutes=2)
    assert said() == set(), "she went home a minute ago; the workers have had no time yet"
    clock.tick(minutes=2)
    assert said() == {"assigned-to-someone-here", "started-is-not-left"}
    with acting(process(SystemActor.TIMETABLE)):
        JOBS["go_off_shift"]()
    run_jobs(app)
    assert said() == set()


def test_every_rule_has_a_damage_that_it_alone_sees() -> None:
    alone = {rule for damage in _damages() if len(damage.rules) == 1 for rule in damage.rules}
    assert alone == {check.name for check in ALWAYS + SETTLED}
    assert len(alone) == len(ALWAYS + SETTLED), "two rules have one name"


def test_the_command_says_what_holds(hub: Hub, app: Any) -> None:
    answer = app.test_cli_runner().invoke(args=["check-invariants", "--settled"])
    assert answer.exit_code == 0, answer.output
    count = len(ALWAYS + SETTLED)
    assert f"{count} of {count} rules hold." in answer.output


def test_the_command_ends_badly_and_names_references_only(hub: Hub, app: Any, owner: Any, clock: Any) -> None:
    owner.execute("update clinician_day set booked = booked - 1 where booked > 0")
    answer = app.test_cli_runner().invoke(args=["check-invariants"])
    assert answer.exit_code == 1
    assert "BROKEN minutes-booked: A clinician's booked minutes" in answer.output
    assert re.search(r"person \d+ on 2026-11-23: booked \d+, tasks need \d+", answer.output)
    assert "Testperson" not in answer.output
    owner.execute("update clinician_day set booked = booked + 1 where minutes > booked")
    _late_job(owner, clock, "x")
    assert app.test_cli_runner().invoke(args=["check-invariants"]).exit_code == 0
    settled = app.test_cli_runner().invoke(args=["check-invariants", "--settled"])
    assert settled.exit_code == 1
    assert "BROKEN jobs-done" in settled.output


def _late_job(owner: Any, clock: Any, key: str) -> None:
    old = clock.now() - dt.timedelta(minutes=3)
    query = "insert into outbox (job, lane, key, created_at, next_at) values ('wake', 'upkeep', %s, %s, %s)"
    owner.execute(query, (key, old, old))


def test_many_broken_rows_are_counted_and_the_first_are_shown(
    hub: Hub, app: Any, owner: Any, clock: Any
) -> None:
    for n in range(25):
        _late_job(owner, clock, f"k{n}")
    answer = app.test_cli_runner().invoke(args=["check-invariants", "--settled"])
    assert "    and 5 more" in answer.output
    assert answer.output.count("not done") == 20
