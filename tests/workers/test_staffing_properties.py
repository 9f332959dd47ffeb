"""Whatever the staff, nobody is given what they may not do: many hubs made by chance."""

import datetime as dt
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.eligibility import may_do
from hub.domain.errors import NotAllowed
from hub.extensions import db
from hub.invariants import queries as invariants
from hub.models import PracticeAccess, Task, User
from hub.placing import queries, scope_queries, time_actions
from tests.workers.conftest import Hub
from tests.workers.staffing_examples import (
    NOW,
    TODAY,
    YESTERDAY,
    change,
    take_next,
    top_up,
)

KINDS = ("MEDQ", "DISCH", "SMR", "LTC", "DOCWF")


def _staff(hub: Hub, rng: Random, owner: Any) -> list[User]:
    """Clinicians of every sort: limited, supervised, without a sign-in, away, in a meeting, lapsed."""
    found = []
    for n in range(8):
        make = hub.make.technician if n % 4 == 3 else hub.make.pharmacist
        codes = tuple(code for code in ("asthma", "copd", "diabetes") if rng.random() < 0.7)
        one = make(
            hub.practice, all_kinds=rng.random() < 0.5, supervises=rng.random() < 0.4, competences=codes,
            is_prescriber=n % 4 == 0, works=rng.random() < 0.8,
        )  # fmt: skip
        found.append(one)
        for kind in rng.sample(KINDS, rng.randint(0, 3)):
            subtype = "AST" if kind == "LTC" and rng.random() < 0.5 else ""
            supervised = rng.random() < 0.5
            hub.make.sign_off(
                one, kind, subtype, supervised=supervised,
                supervisor_id=found[0].id if supervised and n and rng.random() < 0.3 else None,
                expires_on=rng.choice((None, None, YESTERDAY, dt.date(2026, 12, 1))),
            )  # fmt: skip
        if rng.random() < 0.2:
            change(hub, PracticeAccess, one, system_ready_on=None)
        if rng.random() < 0.2:
            hub.make.absent(one)
        if rng.random() < 0.2:
            hub.make.meeting(one, "09:30", "10:30")
        if rng.random() < 0.2:
            hub.make.on_call(one)
        if rng.random() < 0.15:
            owner.execute(
                "update app_user set registration_expires_on = %s where id = %s", (YESTERDAY, one.id)
            )
    return found


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_staff_nobody_is_given_what_they_may_not_do(hub: Hub, owner: Any, seed: int) -> None:
    rng = Random(seed)
    staff = _staff(hub, rng, owner)
    tasks = []
    for n in range(14):
        kind = KINDS[n % len(KINDS)]
        urgent = kind == "MEDQ" and rng.random() < 0.5
        sub = {"subtype": rng.choice(("AST", "COPD", "DM"))} if kind == "LTC" else {}
        tasks.append(hub.queued(kind, **({"answers": NOW} if urgent else {}), **sub))
    with hub.session():
        for one in staff:
            person = queries.person(one.id)
            assert person is not None
            rows = db.session.scalars(select(Task)).all()
            by_rules = {row.id for row in rows if may_do(person, queries.needs_of(row), today=TODAY)}
            by_sql = set(db.session.scalars(select(Task.id).where(scope_queries.hard_rungs(person, TODAY))))
            assert by_sql == by_rules, person
    top_up(hub)
    for one in staff:
        with suppress(NotAllowed):
            take_next(hub, one)
    given = [hub.make.again(task) for task in tasks]
    assert any(task.assignee_id for task in given), "the test would prove nothing"
    with hub.session():
        known = {one.id: queries.person(one.id) for one in staff}
        for task in given:
            if task.assignee_id is not None:
                who = known[task.assignee_id]
                assert who is not None
                assert _by_hand_may(who, task), (who, task.kind, task.subtype)
                assert who.at_work or (task.band == 1 and (who.on_shift or who.on_call))
        assert [one.check.name for one in invariants.broken()] == []
    hub.run(time_actions.watch)
    _settle(hub)
    with hub.session():
        assert [one.check.name for one in invariants.broken(settled=True)] == []


def _settle(hub: Hub) -> None:
    """Do what the timetable does within two minutes."""
    for job in (time_actions.go_off_shift, time_actions.watch):
        hub.run(job)
    hub.forget_jobs()


def _by_hand_may(who: Any, task: Task) -> bool:
    """The ladder's new rungs, spelled out a second time for one person and one task."""
    signed = who.sign_offs.get((task.kind, task.subtype)) or who.sign_offs.get((task.kind, ""))
    in_date = who.all_kinds if signed is None else signed.ends is None or signed.ends >= TODAY
    there = [one for one in who.supervisors if one.on_shift and one.id != who.id]
    watched = signed is None or not signed.supervised or any(
        one.supervises if signed.supervisor_id is None else one.id == signed.supervisor_id for one in there
    )  # fmt: skip
    registered = who.registration_expires is not None and who.registration_expires >= TODAY
    may_sign_in = task.practice_id in who.practices and task.practice_id not in who.no_sign_in
    return bool(
        in_date and watched and registered and may_sign_in and set(task.competences) <= set(who.competences)
    )
