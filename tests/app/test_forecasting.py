"""What is foretold of the stored hub: every open task, once; kept, judged later; told in words."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.actor import process
from hub.domain.vocabulary import FactAnswer, SystemActor, WaitingOn
from hub.extensions import db
from hub.forecasting import actions, queries, snapshot_queries
from hub.models import Forecast, ForecastRun, Outbox, Prediction
from hub.placing import queries as placing
from hub.placing import system_actions
from hub.worklist import actions as worklist
from hub.worklist import queries as worklist_queries
from tests.support.factories import Make
from tests.support.pages import text_of

DANGER = {"serious_reaction": FactAnswer.YES}  # what cannot wait


class Hub:
    """Two pharmacists at work today and tomorrow, five waiting queries and one review on a list."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.network = make.network("Wold Network")
        self.practice = make.practice("Cedar Court Surgery", network=self.network)
        self.lead, self.manager = make.lead(), make.requester(self.practice)
        self.tasks = [make.placed(self.practice, self.manager) for _ in range(5)]
        self.tasks.append(make.placed(self.practice, self.manager, kind="SMR"))
        self.people = [make.pharmacist(self.practice) for _ in range(2)]


@pytest.fixture
def hub(make: Make) -> Hub:
    """See `Hub`."""
    return Hub(make)


def foretold(acting: Any, lead: Any, runs: int = 4) -> int:
    with acting(lead):
        count = actions.foretell(runs)
        db.session.commit()
        return count


def test_every_open_task_is_foretold_and_the_same_moment_says_the_same(hub: Hub, acting: Any) -> None:
    assert foretold(acting, hub.lead) == len(hub.tasks)

    def stored() -> list[Any]:
        with acting(hub.lead):
            query = select(Forecast.task_id, Forecast.middle_at, Forecast.late).order_by(Forecast.task_id)
            return [tuple(row) for row in db.session.execute(query)]

    first = stored()
    assert {row[0] for row in first} == {task.id for task in hub.tasks}
    assert all(row[1] is not None for row in first), "two people have time for six tasks in ten days"
    foretold(acting, hub.lead)
    assert stored() == first


def test_what_nobody_may_do_is_never_done(hub: Hub, acting: Any, owner: Any) -> None:
    owner.execute("update app_user set registration_expires_on = '2020-01-01'")
    foretold(acting, hub.lead)
    with acting(hub.lead):
        assert set(db.session.scalars(select(Forecast.middle_at))) == {None}


def test_what_a_held_practice_asks_for_is_not_given_out(
    hub: Hub, acting: Any, owner: Any, clock: Any
) -> None:
    owner.execute("update practice set held_since = %s", (clock.now(),))
    with acting(hub.lead):
        read = snapshot_queries.read()
        waiting = read.snapshot.work.holder < 0
        assert not read.snapshot.may[read.snapshot.work.group[waiting]].any()


def test_what_cannot_wait_has_the_forecast_made_again_once(hub: Hub, acting: Any) -> None:
    def asked() -> list[str]:
        with acting(hub.lead):
            query = select(Outbox.key).where(Outbox.job == "foretell").order_by(Outbox.id)
            return list(db.session.scalars(query))

    def arrive(**more: Any) -> None:
        hub.make.request(hub.practice, hub.manager, **more)
        with acting(process(SystemActor.PLACING)):
            system_actions.place_batch()
            db.session.commit()

    arrive(answers=DANGER)
    assert asked() == [], "there is none yet"
    foretold(acting, hub.lead)
    arrive()
    assert asked() == []
    arrive(answers=DANGER)
    arrive(answers=DANGER)
    assert len(asked()) == 1
    foretold(acting, hub.lead)
    arrive(answers=DANGER)
    assert len(set(asked())) == 2


def test_predictions_of_a_morning_are_kept_once_and_judged_when_due(
    hub: Hub, acting: Any, owner: Any, clock: Any
) -> None:
    foretold(acting, hub.lead)
    foretold(acting, hub.lead)
    with acting(hub.lead):
        kept = db.session.scalars(select(Prediction)).all()
    assert {one.task_id for one in kept} == {task.id for task in hub.tasks}
    assert all(one.late is None for one in kept)

    past = clock.now() - dt.timedelta(days=1)
    first, second, third = kept[:3]
    owner.execute(
        "update prediction set due_at = %s where task_id = any(%s)", (past, [first.task_id, second.task_id])
    )
    with acting(hub.lead):
        assert actions.resolve() == 2
        db.session.commit()
        late = {row.task_id: row.late for row in db.session.scalars(select(Prediction))}
    assert late[first.task_id] is True
    assert late[third.task_id] is None


def test_days_and_people_are_those_of_the_rota(hub: Hub, acting: Any) -> None:
    with acting(hub.lead):
        read = snapshot_queries.read()
    assert len(read.time.days) == snapshot_queries.HORIZON_DAYS
    assert len(read.people) == 2
    spans = read.snapshot.people
    assert (spans.end > spans.start).all()
    assert (spans.start >= 0).all()
    assert spans.end.max() <= read.snapshot.horizon


def test_a_shift_on_a_sunday_is_foreseen(hub: Hub, acting: Any, clock: Any) -> None:
    sunday = dt.datetime(2026, 11, 29, 10, tzinfo=dt.UTC)
    clock.set(sunday)
    hub.make.extra_shift(hub.people[0], hours=6)
    foretold(acting, hub.lead)
    with acting(hub.lead):
        read = snapshot_queries.read()
        done = db.session.scalars(select(Forecast.middle_at)).all()
    assert list(read.time.beyond) == [(-60, 360)]
    assert all(sunday < one < sunday + dt.timedelta(hours=6) for one in done if one is not None)
    assert len(done) == len(hub.tasks)


def test_what_waits_is_due_later_and_keeps_no_queue_from_being_clear(
    hub: Hub, acting: Any, as_user: Any, clock: Any
) -> None:
    task = hub.make.placed(hub.practice, hub.manager)
    holder = next(one for one in hub.people if one.id == task.assignee_id)
    with acting(holder) as actor:
        found = placing.get(task.ref, lock=True)
        worklist.start(found, confirmed=True, by=actor)
        until = worklist_queries.chase_times(found)[-1]
        worklist.wait(found, on=WaitingOn.PRACTICE, until=until.date(), words="Which one?", by=actor)
        db.session.commit()
        due, paused = found.due_number, found.paused_number
    foretold(acting, hub.lead)
    with acting(hub.lead):
        read = snapshot_queries.read()
        place = [row.id for row in read.tasks].index(task.id)
        work = read.snapshot.work
        figures = db.session.scalars(select(ForecastRun)).one().figures["queues"][task.queue]
        kept = set(db.session.scalars(select(Prediction.task_id)))
    assert paused is not None
    assert work.due[place] == work.since[place] + due - paused > read.time.minute(task.due_at)
    assert task.id not in kept, "when it is due, nobody can say yet"
    assert (figures["open"], figures["waiting"], figures["nobody"]) == (6, 1, 0)
    assert figures["days"] == 1, "though it cannot be done before its chase"
    words = text_of(as_user(hub.lead).get("/board/forecast"))
    assert "not counted: 1 waiting for somebody else" in words


def test_the_pages_say_it(hub: Hub, acting: Any, as_user: Any, clock: Any) -> None:
    lead = as_user(hub.lead)
    assert "There is no forecast yet" in text_of(lead.get("/board/forecast"))
    foretold(acting, hub.lead)
    words = text_of(lead.get("/board/forecast"))
    assert f"for {len(hub.tasks)} open tasks" in words
    assert "Medication reviews" in words
    assert "Of these tasks 0 were overdue already when this was made." in words
    assert "Likely to become late: 0" in words
    assert "No prediction has been resolved yet" in text_of(lead.get("/board/forecast/how-good"))
    task = text_of(lead.get(f"/tasks/{hub.tasks[0].ref}"))
    assert "It will probably be done by" in task
    request = text_of(as_user(hub.manager).get(f"/requests/{hub.tasks[0].ref}"))
    assert "It will likely be done by" in request
    clock.tick(days=60)
    foretold(acting, hub.lead)
    words = text_of(as_user(hub.lead).get("/board/forecast"))
    assert "Of these tasks 6 were overdue already when this was made." in words
    assert "late on average: 0.0 if demand goes on, 0.0 if it returns to usual." in words, "none counts twice"


def test_contracts_are_held_against_what_comes(hub: Hub, acting: Any, owner: Any, clock: Any) -> None:
    today = clock.now().date()
    owner.execute(
        "insert into contract (network_id, starts_on, ends_on, minutes) values (%s, %s, %s, 100)",
        (hub.network.id, today - dt.timedelta(days=10), today + dt.timedelta(days=100)),
    )
    with acting(hub.lead):
        (one,) = queries.outlooks()
        planned = sum(hub.make.again(task).minutes for task in hub.tasks)
    assert (one.contracted, one.spent, one.open_minutes) == (100, 0, planned)
    assert one.a_day == planned / 20
    assert one.lasts is not None


def test_a_page_takes_as_many_statements_whatever_is_open(
    hub: Hub, acting: Any, as_user: Any, statements: Any
) -> None:
    lead = as_user(hub.lead)

    def count() -> int:
        foretold(acting, hub.lead)
        with statements() as seen:
            assert lead.get("/board/forecast").status_code == 200
        return int(seen.count)

    before = count()
    for _ in range(10):
        hub.make.placed(hub.practice, hub.manager)
    assert count() == before


def test_scores_and_runs(hub: Hub, acting: Any, owner: Any) -> None:
    foretold(acting, hub.lead)
    owner.execute("update prediction set late = task_id % 2 = 0")
    with acting(hub.lead):
        score = queries.score()
        assert score is not None
        assert score.count == len(hub.tasks)
        assert db.session.scalars(select(ForecastRun)).one().figures["queues"]


def test_the_last_days_are_run_again_under_another_policy(hub: Hub, app: Any, owner: Any, clock: Any) -> None:
    clock.set(clock.now() + dt.timedelta(days=7))
    runner = app.test_cli_runner()
    found = runner.invoke(args=["replay", "--days", "5"])
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert lines[0].startswith(f"{len(hub.tasks)} tasks of the last 5 working days")
    shown = {line[:13].strip(): line.split() for line in lines[2:5]}
    assert list(shown) == ["what happened", "version 1"], "the policy in force is run against itself"
    same = [line for line in lines if line.startswith("version 1")]
    assert len(same) == 2
    assert same[0] == same[1]


def test_nobody_at_work_would_have_done_nothing(hub: Hub, app: Any, clock: Any, tmp_path: Any) -> None:
    clock.set(clock.now() + dt.timedelta(days=7))
    rota = tmp_path / "rota.csv"
    emails = [person.email for person in hub.people]
    rota.write_text(
        "email,starts,ends\n" + "".join(f"{one},2026-11-28T09:00,2026-11-28T10:00\n" for one in emails)
    )
    found = app.test_cli_runner().invoke(args=["replay", "--days", "5", "--rota", str(rota)])
    assert found.exit_code == 0, found.output
    other = next(line for line in found.output.splitlines() if "other rota" in line)
    assert other.split()[-2:] == ["0.0", "0.0"]


def test_an_evening_shift_and_a_drafts_targets_count_in_what_is_run_again(
    hub: Hub, app: Any, clock: Any, acting: Any, tmp_path: Any
) -> None:
    from hub.policies import actions as policies

    with acting(hub.lead) as by:
        draft = policies.begin("Sooner", 1, by=by)
        sooner = [{"kind": "MEDQ", "working_days": 1}]
        policies.put_targets(draft, sooner, seen=draft.edits, by=by)
        db.session.flush()
        wanted = f"draft-{draft.id}"
    clock.set(clock.now() + dt.timedelta(days=7))
    rota = tmp_path / "rota.csv"
    evening = [f"{one.email},2026-11-25T19:00,2026-11-25T21:00\n" for one in hub.people]
    rota.write_text("email,starts,ends\n" + "".join(evening))
    found = app.test_cli_runner().invoke(
        args=["replay", "--days", "5", "--policy", wanted, "--rota", str(rota)]
    )
    assert found.exit_code == 0, found.output
    in_force, otherwise = (line.split() for line in found.output.splitlines()[3:5])
    # Due on Tuesday instead of Wednesday, and done on Wednesday evening: the five queries, late now.
    assert otherwise[-9:-8] == ["5"], found.output
    assert in_force[-9:-8] == ["0"], found.output
    assert int(otherwise[-3]) >= 5, "what is worked in the evening is done"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--policy", "draft-99"], "There is no such draft."),
        (["--policy", "99"], "There is no such version of the policy."),
        (["--policy", "mine"], "Name a policy as draft-4"),
        (["--days", "0"], "Run at least one day again."),
    ],
)
def test_what_cannot_be_run_again_is_told(app: Any, arguments: list[str], sentence: str) -> None:
    found = app.test_cli_runner().invoke(args=["replay", *arguments])
    assert found.exit_code == 1
    assert sentence in found.output
