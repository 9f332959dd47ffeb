"""The demo: made once into an empty database, the same for the same number, and at work at any hour."""

import datetime as dt
import itertools
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from hub.demo import at_work, seed
from hub.demo.password import demo_password
from hub.demo.places import PRACTICES
from hub.demo.requests import asks
from hub.demo.staff import PEOPLE
from hub.domain.actor import process
from hub.domain.identifiers import is_test_number
from hub.domain.vocabulary import Role, Status, SystemActor
from hub.extensions import db
from hub.models import Event, ExtraShift, Meeting, OnCall, Outbox, Patient, Practice, Task, User
from hub.models.acting import act_as
from hub.placing import staff_queries
from hub.protocols.files import kinds_on_disk
from hub.records import identity_of
from tests.support.factories import Make

LONDON = ZoneInfo("Europe/London")
MOMENTS = [
    dt.datetime(2026, 11, 23, 10, 0, tzinfo=LONDON),
    dt.datetime(2026, 11, 22, 3, 0, tzinfo=LONDON),  # a Sunday night
    dt.datetime(2026, 10, 25, 1, 30, tzinfo=LONDON),  # the clocks go back
    *(
        pytest.param(moment, marks=pytest.mark.full)
        for moment in (
            dt.datetime(2026, 11, 23, 23, 55, tzinfo=LONDON),
            dt.datetime(2026, 11, 24, 0, 5, tzinfo=LONDON),
            dt.datetime(2026, 12, 25, 12, 0, tzinfo=LONDON),
        )
    ),
]


def run(app: Any, *words: str) -> Any:
    return app.test_cli_runner().invoke(args=list(words))


def seeded(app: Any, *options: str) -> None:
    result = run(app, "seed-demo", *options)
    assert result.exit_code == 0, (result.output, result.exception)


def at_work_names(app: Any) -> set[str]:
    with app.app_context():
        act_as(process(SystemActor.SEED))
        return {person.name for person in staff_queries.people() if person.at_work}


def test_weeks_have_passed_of_which_nothing_is_open(app: Any, owner: Any) -> None:
    seeded(app, "--past", "6", "--tasks", "0")
    ended = owner.execute(
        "select status, count(*), count(distinct closed_at::date) from task group by status"
    ).fetchall()
    assert {row[0] for row in ended} <= {"completed", "cancelled"}
    assert next(row[1] for row in ended if row[0] == "completed") >= 4
    kinds = {row[0] for row in owner.execute("select distinct kind from event").fetchall()}
    assert {"sent_back", "corrected", "completed"} <= kinds
    assert owner.execute("select count(*) from task where late_on_arrival").fetchone()[0] >= 1
    assert owner.execute("select max(at) < '2026-11-23 10:00Z' from event").fetchone()[0]
    broken = run(app, "check-invariants")
    assert broken.exit_code == 0, broken.output


EXPECTED_AT_WORK = {one.name for one in PEOPLE if one.profession and one.hours_at_work}


def test_the_demo_is_a_day_that_has_begun(app: Any) -> None:
    seeded(app)
    with app.app_context():
        act_as(process(SystemActor.SEED))
        statuses = Counter(db.session.scalars(select(Task.status)))
        kinds = set(db.session.scalars(select(Task.kind)))
        raised = db.session.execute(select(func.min(Task.raised_at), func.max(Task.raised_at))).one()
        first = select(Event.kind).where(Event.seq == 1).distinct()
        assert db.session.scalars(first).all() == ["raised"]
    assert sum(statuses.values()) == seed.TASKS
    assert kinds == {kind.code for kind in kinds_on_disk()}
    for status in (Status.COMPLETED, Status.WAITING, Status.SENT_BACK, Status.IN_PROGRESS, Status.ASSIGNED):
        assert statuses[status] >= 1, status
    assert statuses[Status.RAISED] >= 1, "what is urgent was raised just now, for the workers to place"
    assert all(moment <= dt.datetime(2026, 11, 23, 10, 0, tzinfo=LONDON) for moment in raised)


def test_what_staff_may_do_and_when_is_plausible(app: Any) -> None:
    seeded(app, "--tasks", "5")
    with app.app_context():
        act_as(process(SystemActor.SEED))
        staff = {person.name: person for person in staff_queries.people()}
        assert [one.weekday() < 5 for one in db.session.scalars(select(Meeting.valid_from))] == [True]
        assert db.session.scalar(select(func.count()).select_from(OnCall)) == 2
    new = staff["Chloe Evans"]
    assert not new.all_kinds
    assert {kind for (kind, _), one in new.sign_offs.items() if one.supervised} == {"OPLET", "DISCH"}
    assert new.sign_offs["OPLET", ""].supervisor_id == staff["Aisha Khan"].id
    assert {one.name for one in new.supervisors} == {"Aisha Khan", "Priya Raman", "Samuel Wright"}
    assert len(staff["Helen Marsh"].no_sign_in) == 1
    assert all(person.all_kinds for person in staff.values() if person is not new)


def test_the_workers_can_place_all_of_it(app: Any, jobs: Any) -> None:
    seeded(app, "--tasks", "20")
    jobs()
    with app.app_context():
        act_as(process(SystemActor.SEED))
        assert db.session.scalar(select(func.count()).where(Task.status == Status.RAISED)) == 0
        assert db.session.scalar(select(func.count()).where(Outbox.done_at.is_(None))) == 0


@pytest.mark.full
def test_every_patient_is_made_up_and_no_two_are_one(app: Any) -> None:
    seeded(app)
    with app.app_context():
        act_as(process(SystemActor.SEED))
        patients = db.session.scalars(select(Patient).options(joinedload(Patient.data_key))).all()
        identities = [identity_of(patient) for patient in patients]
    assert len(identities) == seed.TASKS
    assert all(is_test_number(one.nhs_number) for one in identities)
    assert len({one.nhs_number for one in identities}) == seed.TASKS


def test_the_same_number_makes_the_same_demo(app: Any) -> None:
    with app.app_context():
        first, again = (seed._plan(Random(7), 40) for _ in range(2))
        other = seed._plan(Random(8), 40)
    assert first == again
    assert first != other
    assert len(first) == 40


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: f"{moment:%a %d-%b %H:%M}")
def test_staff_are_at_work_whenever_it_starts(app: Any, clock: Any, moment: dt.datetime) -> None:
    clock.set(moment)
    seeded(app, "--tasks", "14")
    assert run(app, "demo-at-work").exit_code == 0
    assert at_work_names(app) == EXPECTED_AT_WORK
    stay = EXPECTED_AT_WORK - {"Chloe Evans"}
    for hours in (4, 8):
        clock.set(moment + dt.timedelta(hours=hours) - dt.timedelta(minutes=1))
        assert at_work_names(app) >= stay, hours
    assert "Chloe Evans" not in at_work_names(app), "she leaves early"


def test_each_later_start_brings_them_back_and_twice_adds_nothing(app: Any, clock: Any) -> None:
    seeded(app, "--tasks", "5")

    def shifts() -> int:
        with app.app_context():
            return db.session.scalar(select(func.count()).select_from(ExtraShift)) or 0

    run(app, "demo-at-work")
    before = shifts()
    run(app, "demo-at-work")
    assert shifts() == before
    clock.set(dt.datetime(2026, 11, 29, 3, 0, tzinfo=LONDON))
    assert at_work_names(app) == set()
    result = run(app, "demo-at-work")
    assert "came to work" in result.output
    assert at_work_names(app) == EXPECTED_AT_WORK


def test_it_needs_an_empty_database(app: Any, make: Make) -> None:
    make.requester()
    refused = run(app, "seed-demo")
    assert refused.exit_code != 0
    assert "here is an account" in refused.output
    quiet = run(app, "seed-demo", "--if-empty")
    assert (quiet.exit_code, quiet.output) == (0, "")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Practice)) == 0


def test_a_second_demo_is_refused(app: Any) -> None:
    seeded(app, "--tasks", "3")
    assert "here is a request" in run(app, "seed-demo").output


def test_a_demo_that_was_cut_short_is_finished(app: Any) -> None:
    with app.app_context():
        seed.make_places_and_people()
    seeded(app, "--tasks", "3")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == len(PEOPLE)


@pytest.mark.parametrize("command", ["seed-demo", "demo-at-work", "demo-sign-ins"])
def test_production_refuses_the_demo(app: Any, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    production = replace(app.extensions["hub_settings"], environment="production")
    monkeypatch.setitem(app.extensions, "hub_settings", production)
    result = run(app, command)
    assert result.exit_code != 0
    assert "refused in production" in result.output


def test_the_sign_ins_that_are_printed_work(app: Any) -> None:
    assert "There is no demo here" in run(app, "demo-sign-ins").output
    seeded(app, "--tasks", "1")
    output = run(app, "demo-sign-ins").output
    password = output.rsplit(": ", 1)[1].strip()
    for person in PEOPLE:
        assert f"{person.name}" in output
        assert person.email in output
    for email in (PEOPLE[0].email, PEOPLE[-1].email):
        answer = app.test_client().post("/sign-in", data={"email": email, "password": password})
        assert answer.status_code == 302
    assert "http" not in output


def test_another_password_in_the_environment_counts_from_the_next_start(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeded(app, "--tasks", "1")
    other = replace(app.extensions["hub_settings"], demo_password="saddle quill oasis")
    monkeypatch.setitem(app.extensions, "hub_settings", other)
    assert "HUB_DEMO_PASSWORD" in run(app, "demo-at-work").output
    data = {"email": PEOPLE[0].email, "password": "saddle quill oasis"}
    assert app.test_client().post("/sign-in", data=data).status_code == 302
    assert "saddle quill oasis" in run(app, "demo-sign-ins").output


def test_what_is_invented_keeps_to_what_is_kept_for_it() -> None:
    numbers = [number for one in PRACTICES for number in (one.telephone, one.bypass)]
    assert all(number.startswith("01632 960") and len(number) == 12 for number in numbers)
    assert len(set(numbers)) == len(numbers)
    assert all(one.code.startswith("Z9") for one in PRACTICES)
    assert all(person.email.endswith(".example") for person in PEOPLE)
    assert len({one.system for one in PRACTICES}) >= 4


def test_every_role_is_there_and_one_manager_has_two_practices() -> None:
    roles = Counter(itertools.chain.from_iterable(person.roles for person in PEOPLE))
    assert roles[Role.LEAD] == 2
    assert roles[Role.ADMIN] == 1
    assert any(len(person.practices) == 2 for person in PEOPLE if person.title == "Practice manager")
    raising = {code for person in PEOPLE for code in person.practices}
    assert raising == {one.code for one in PRACTICES}, "every practice has someone who raises its requests"


def test_the_texts_fit_the_kinds() -> None:
    kinds = {kind.code: kind for kind in kinds_on_disk()}
    for ask in asks():
        kind = kinds[ask.kind]
        assert {*ask.yes, *ask.not_sure} <= {fact.code for fact in kind.facts}, ask
        subtypes = {subtype.code for subtype in kind.subtypes}
        assert ask.subtype in subtypes if subtypes else not ask.subtype, ask
    assert {ask.kind for ask in asks()} == set(kinds)


def test_the_password_in_the_data_folder_is_private(
    app: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = replace(app.extensions["hub_settings"], demo_password="", data_dir=tmp_path / "data")
    monkeypatch.setitem(app.extensions, "hub_settings", settings)
    with app.app_context():
        password = demo_password()
        assert demo_password() == password, "made once"
    path = tmp_path / "data" / "demo-password"
    assert path.read_text().strip() == password
    assert path.stat().st_mode & 0o077 == 0


def test_a_demo_without_a_demo_stays_quiet(app: Any, make: Make) -> None:
    make.pharmacist(works=False)
    result = run(app, "demo-at-work")
    assert (result.exit_code, result.output) == (0, "")
    with app.app_context():
        assert at_work.people() == {}
        assert db.session.scalar(select(func.count()).select_from(ExtraShift)) == 0
