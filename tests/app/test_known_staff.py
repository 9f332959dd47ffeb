"""What a process holds of the staff is never older than what is stored, whoever changed it and however."""

import datetime as dt
from typing import Any

import pytest

from hub.domain.actor import process
from hub.domain.vocabulary import SystemActor
from hub.extensions import db
from hub.models import Absence
from hub.placing import known_staff_queries, staff_queries
from tests.support.factories import Make

NOW = "timestamptz '2026-11-23 10:00+00'"
SEES = process(SystemActor.SEED)
# Each is done to a hub of one technician at work by a program that this process knows nothing of.
CHANGES = {
    "name": "update app_user set name = 'Zoe Other'",
    "account": "update app_user set active = false where profession is not null",
    "prescriber": "update app_user set is_prescriber = true where profession is not null",
    "kinds": "update app_user set all_kinds = not all_kinds",
    "supervises": "update app_user set supervises = true",
    "registration": "update app_user set registration_expires_on = '2026-11-01' where profession is not null",
    "role": "delete from user_role",
    "access": "delete from practice_access",
    "sign-in": "update practice_access set system_ready_on = null",
    "competence": "insert into competence (user_id, code) select id, 'asthma' from app_user",
    "sign-off": "insert into sign_off (user_id, kind, signed_by, signed_on) "
    "select id, 'LTC', 'Dr A. Obi', '2026-01-05' from app_user where profession is not null",
    "shift": "delete from weekly_shift",
    "extra shift": "insert into extra_shift (user_id, starts_at, ends_at) "
    f"select id, {NOW} + interval '8 h', {NOW} + interval '11 h' from app_user where profession is not null",
    "absence": "insert into absence (user_id, starts_at, ends_at) "
    f"select id, {NOW} - interval '1 h', {NOW} + interval '1 h' from app_user where profession is not null",
    "meeting": "insert into meeting (title, weekday, starts, ends, valid_from) "
    "values ('All', 0, '09:00', '11:00', '2026-01-01')",
    "on call": "insert into on_call (user_id, starts_at, ends_at, telephone) "
    f"select id, {NOW} - interval '1 h', {NOW} + interval '1 h', '01632 960001' from app_user",
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_by_another_program_is_seen_at_once(make: Make, acting: Any, owner: Any, what: str) -> None:
    make.technician(make.practice())
    with acting(SEES):
        before = staff_queries.people()
        assert before == staff_queries.people()
        owner.execute(CHANGES[what])
        held = staff_queries.people()
        known_staff_queries.forget()
        assert held == staff_queries.people()
        assert held != before


def test_own_changes_are_seen_before_the_commit_and_gone_after_a_rollback(
    make: Make, acting: Any, clock: Any
) -> None:
    person = make.pharmacist(make.practice())
    with acting(SEES):
        for _ in range(2):  # what the first one left behind must not be met by the second
            assert staff_queries.people()[0].at_work
            now = clock.now()
            away = Absence(user_id=person.id, starts_at=now, ends_at=now + dt.timedelta(hours=1))
            db.session.add(away)
            assert not staff_queries.people()[0].at_work
            db.session.rollback()
        assert staff_queries.people()[0].at_work
        clock.tick(hours=-4)  # six in the morning: the moment is never held
        assert not staff_queries.people()[0].at_work


def test_reading_again_is_two_statements(make: Make, acting: Any, statements: Any) -> None:
    make.pharmacist(make.practice())
    with acting(SEES):
        staff_queries.people()
        with statements() as once:
            staff_queries.people()
        with statements() as thrice:
            for _ in range(3):
                staff_queries.people()
    assert thrice.count == once.count + 4
    assert once.count > 2


def test_each_column_that_is_held_is_watched(app: Any, owner: Any) -> None:
    row = owner.execute(
        "select pg_get_triggerdef(oid) from pg_trigger "
        "where tgname = 'staff_changed' and tgrelid = 'app_user'::regclass"
    ).fetchone()
    watched = row[0].split("UPDATE OF ")[1].split(" OR ")[0].split(" ON ")[0].split(", ")
    held = {column.key for column in known_staff_queries._OF_USER} - {"id"}
    assert held == set(watched)
