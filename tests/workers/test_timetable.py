"""Periodic work: every name resolves, two timetables fire once, and a dead one loses nothing but time."""

import datetime as dt
import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from hub.background import LANES
from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import db
from hub.models import Heartbeat, Outbox
from hub.models.acting import act_as
from tests.support.factories import Make
from workers.jobs import JOBS
from workers.lane import beat
from workers.timetable import TIMETABLE, Periodic, Rounds, fire, period_of

TIMES = process(SystemActor.TIMETABLE)


def outbox(app: Flask) -> list[Outbox]:
    with app.app_context():
        return list(db.session.scalars(select(Outbox).order_by(Outbox.id)))


def turn(app: Flask, rounds: Rounds, now: dt.datetime) -> list[str]:
    with app.app_context():
        act_as(TIMES)
        return rounds.turn(app, now)


def test_every_job_can_be_called_as_the_outbox_calls_it() -> None:
    import inspect

    ids = {
        "place": {"task_id": 1}, "route_anew": {"version": 1}, "retime": {"version": 1},
        "raise_recall": {"recall_id": 1}, "mail_password_link": {"user_id": 1},
        "foresee_draft": {"draft_id": 1, "edits": 1}, "make_plan": {"plan_id": 1},
        "apply_plan": {"plan_id": 1}, "undo_plan": {"plan_id": 1},
        "check_import": {"run_id": 1, "round_no": 1}, "commit_import": {"run_id": 1, "round_no": 1},
        "undo_import": {"run_id": 1, "round_no": 1},
    }  # fmt: skip
    for name, job in JOBS.items():
        inspect.signature(job).bind(**ids.get(name, {}))


def test_every_job_that_anything_asks_for_by_name_exists() -> None:
    import ast
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    asked = set()
    for path in [*root.glob("hub/**/*.py"), *root.glob("workers/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(
                getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", "")
            )
            if isinstance(node, ast.Call) and name == "later" and isinstance(node.args[0], ast.Constant):
                asked.add(node.args[0].value)
    assert {"place", "top_up"} <= asked
    assert asked <= set(JOBS)


@pytest.mark.parametrize("entry", TIMETABLE, ids=lambda one: one.job)
def test_every_line_of_the_timetable_names_a_job_and_a_lane(entry: Periodic) -> None:
    assert entry.job in JOBS
    assert entry.lane in LANES
    assert entry.seconds > 0
    assert entry.why
    assert [one.job for one in TIMETABLE].count(entry.job) == 1


def test_everything_is_fired_once_a_period(app: Flask, clock: Any) -> None:
    rounds = Rounds()
    first = turn(app, rounds, clock.now())
    assert sorted(first) == sorted(entry.job for entry in TIMETABLE)
    assert turn(app, rounds, clock.tick(seconds=1)) == []
    assert turn(app, rounds, clock.tick(seconds=9)) == ["place_raised"]
    again = [entry.job for entry in TIMETABLE if 60 % entry.seconds == 0]
    assert turn(app, rounds, clock.tick(seconds=50)) == again
    assert len(outbox(app)) == len(TIMETABLE) + 1 + len(again)


def test_a_second_timetable_fires_nothing_twice(app: Flask, clock: Any) -> None:
    one, other = Rounds(), Rounds()
    assert turn(app, one, clock.now())
    assert turn(app, other, clock.now()) == []
    assert len(outbox(app)) == len(TIMETABLE)


def test_two_that_fire_at_the_same_moment_fire_once(app: Flask, clock: Any) -> None:
    now, entry = clock.now(), TIMETABLE[0]
    barrier, results = threading.Barrier(6), []

    def run() -> None:
        with app.app_context():
            act_as(TIMES)
            barrier.wait(timeout=30)
            results.append(fire(entry, now))

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(results) == [False] * 5 + [True]
    assert [row.job for row in outbox(app)] == [entry.job]


def test_a_timetable_that_comes_back_fires_the_period_it_is_in(app: Flask, clock: Any) -> None:
    turn(app, Rounds(), clock.now())
    clock.tick(hours=3)
    due = [entry.job for entry in TIMETABLE if entry.seconds <= 3 * 3600]
    assert turn(app, Rounds(), clock.now()) == due
    assert len(outbox(app)) == len(TIMETABLE) + len(due), "what was missed is not made up for"


def test_a_period_whose_firing_failed_is_fired_again(
    app: Flask, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers import timetable

    rounds, real = Rounds(), timetable.fire

    def fail(*given: Any) -> bool:
        raise ConnectionError

    monkeypatch.setattr(timetable, "fire", fail)
    with pytest.raises(ConnectionError):
        turn(app, rounds, clock.now())
    monkeypatch.setattr(timetable, "fire", real)
    assert len(turn(app, rounds, clock.now())) == len(TIMETABLE)


def test_periods_begin_at_the_same_moment_for_everyone() -> None:
    entry = Periodic("top_up", 15, "placing", "a test")
    start = dt.datetime(2026, 11, 23, 10, 0, 15, tzinfo=dt.UTC)
    assert {period_of(entry, start + dt.timedelta(seconds=s)) for s in (0, 7.5, 14.999)} == {start}


def test_it_sweeps_every_five_seconds_and_says_that_it_is_alive(app: Flask, clock: Any) -> None:
    rounds = Rounds()
    turn(app, rounds, clock.now())
    beats = alive(app)
    turn(app, rounds, clock.tick(seconds=4))
    assert alive(app) == beats
    turn(app, rounds, clock.tick(seconds=1))
    assert alive(app) == [(lane, at + dt.timedelta(seconds=5)) for lane, at in beats]


def test_each_process_has_one_heartbeat(app: Flask, clock: Any) -> None:
    beat(app, "placing")
    clock.tick(seconds=30)
    beat(app, "placing")
    assert alive(app) == [("placing", clock.now())]


def alive(app: Flask) -> list[tuple[str, dt.datetime]]:
    with app.app_context():
        return [(row.lane, row.at) for row in db.session.scalars(select(Heartbeat))]


def test_the_whole_timetable_runs_on_a_hub_with_work(app: Flask, make: Make, clock: Any, jobs: Any) -> None:
    practice = make.practice()
    make.pharmacist(practice)
    manager = make.requester(practice)
    for kind in ("MEDQ", "DISCH", "SMR"):
        make.request(practice, manager, kind)
    turn(app, Rounds(), clock.now())
    assert jobs() >= len(TIMETABLE)
    assert {row.last_error for row in outbox(app)} == {""}
