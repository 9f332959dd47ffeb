"""Work binds late: everyone at work is topped up, nobody beyond the shift, only with what they may do."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import text

from hub.domain.vocabulary import FactAnswer, RequestedUrgency
from hub.extensions import db
from hub.models import ClinicianDay, User
from hub.placing import actions, system_actions, waiting_queries
from tests.support.factories import Make
from tests.workers.conftest import Hub

NOW = {"serious_reaction": FactAnswer.YES}
MONDAY = dt.date(2026, 11, 23)


def minutes_of(hub: Hub, user: User) -> int:
    """The planned minutes on this person's list."""
    on_list = ("assigned", "in_progress")
    return sum(task.minutes for task in hub.tasks() if task.assignee_id == user.id and task.status in on_list)


def day_of(hub: Hub, user: User) -> ClinicianDay | None:
    with hub.session():
        return db.session.get(ClinicianDay, (user.id, MONDAY))


def test_a_list_is_filled_up_to_the_buffer_and_the_rest_waits(hub: Hub) -> None:
    pharmacist = hub.make.pharmacist(hub.practice)
    for _ in range(9):  # ten minutes each; the buffer is 45
        hub.queued()
    assert hub.run(system_actions.top_up) == 5
    assert minutes_of(hub, pharmacist) == 50, "the task that crosses the buffer is the last one"
    assert [task.status for task in hub.tasks()] == ["assigned"] * 5 + ["queued"] * 4
    assert hub.run(system_actions.top_up) == 0
    day = day_of(hub, pharmacist)
    assert day is not None
    assert (day.minutes, day.booked, day.granted) == (600, 50, 0)
    assert hub.broken() == []


def test_why_me_and_why_now_are_kept_in_task_and_event(hub: Hub) -> None:
    pharmacist = hub.make.pharmacist(hub.practice, name="Pat")
    task = hub.queued()
    hub.run(system_actions.top_up)
    task = hub.make.again(task)
    assert task.assigned_at == dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
    assert task.why_me[0].startswith("It came first in order of what Pat may do")
    event = hub.last(task)
    assert (event.kind, event.actor_system, event.status) == ("assigned", "placing", "assigned")
    assert event.data == {"to": pharmacist.id, "reasons": task.why_me}


def test_nobody_is_given_more_than_the_shift_still_holds(hub: Hub) -> None:
    pharmacist = hub.make.pharmacist(hub.practice, works=False)
    hub.make.shift(pharmacist, start="08:00", end="10:25")  # it is ten o'clock
    for _ in range(4):
        hub.queued()
    hub.run(system_actions.top_up)
    assert minutes_of(hub, pharmacist) == 20


def test_what_fits_is_taken_where_the_first_in_order_does_not_fit(hub: Hub) -> None:
    pharmacist = hub.make.pharmacist(hub.practice, works=False)
    hub.make.shift(pharmacist, start="08:00", end="10:25")
    long = hub.queued("SMR")
    short = hub.queued("MEDQ")
    hub.run(system_actions.top_up)
    assert hub.make.again(long).status == "queued"
    assert hub.make.again(short).assignee_id == pharmacist.id


def test_what_cannot_wait_goes_at_once_beyond_buffer_and_shift(hub: Hub) -> None:
    pharmacist = hub.make.pharmacist(hub.practice, works=False)
    hub.make.shift(pharmacist, start="08:00", end="10:05")
    task = hub.queued(answers=NOW)
    assert hub.run(system_actions.top_up) == 1
    task = hub.make.again(task)
    assert (task.band, task.assignee_id) == (1, pharmacist.id)
    assert any("may run over" in sentence for sentence in task.why_me)


def test_what_cannot_wait_goes_at_once_though_every_list_is_full(hub: Hub) -> None:
    pharmacist = hub.make.pharmacist(hub.practice)
    for _ in range(6):
        hub.queued()
    hub.run(system_actions.top_up)
    task = hub.queued(answers=NOW)
    assert hub.run(system_actions.top_up) == 1
    assert hub.make.again(task).assignee_id == pharmacist.id
    assert minutes_of(hub, pharmacist) == 60


def test_minutes_beyond_the_shift_are_on_record_as_granted(hub: Hub) -> None:
    pharmacist = hub.make.pharmacist(hub.practice, works=False)
    hub.make.shift(pharmacist, start="09:55", end="10:10")
    for _ in range(3):
        hub.queued(answers=NOW)
    assert hub.run(system_actions.top_up) == 3
    day = day_of(hub, pharmacist)
    assert day is not None
    assert (day.minutes, day.booked, day.granted) == (15, 30, 15)


def test_what_cannot_wait_goes_to_whoever_has_most_minutes_free(hub: Hub) -> None:
    busy = hub.make.pharmacist(hub.practice, name="A Busy")
    for _ in range(5):
        hub.queued()
    hub.run(system_actions.top_up)
    free = hub.make.pharmacist(hub.practice, name="Z Free")
    task = hub.queued(answers=NOW)
    hub.run(system_actions.top_up)
    assert minutes_of(hub, busy) == 50
    assert hub.make.again(task).assignee_id == free.id


@pytest.mark.parametrize(
    "why", ["absent", "not on shift", "no access", "profession", "competence", "registration", "switched off"]
)
def test_no_work_goes_to_someone_who_may_not_or_is_not_there(hub: Hub, make: Make, why: str) -> None:
    kind = "LTC"
    if why == "absent":
        someone = make.pharmacist(hub.practice, competences=("asthma",))
        make.absent(someone)
    elif why == "not on shift":
        someone = make.pharmacist(hub.practice, competences=("asthma",), works=False)
        make.shift(someone, start="12:00", end="18:00")
    elif why == "no access":
        make.pharmacist(make.practice(), competences=("asthma",))
    elif why == "profession":
        make.technician(hub.practice, competences=("asthma",))
    elif why == "competence":
        make.pharmacist(hub.practice, competences=("copd",))
    elif why == "registration":
        make.pharmacist(
            hub.practice, competences=("asthma",), registration_expires_on=MONDAY - dt.timedelta(days=1)
        )
    else:
        make.pharmacist(hub.practice, competences=("asthma",), active=False)
    task = hub.queued(kind)
    assert hub.run(system_actions.top_up) == 0
    assert hub.make.again(task).status == "queued"
    make.pharmacist(hub.practice, competences=("asthma",))
    assert hub.run(system_actions.top_up) == 1, "and it was only that which stood in the way"


def test_work_of_a_held_practice_is_not_given_out_and_its_clocks_run(hub: Hub, jobs: Any) -> None:
    hub.make.pharmacist(hub.practice)
    task = hub.queued()
    due = task.due_at
    _hold(hub, "EMIS is down.")
    assert hub.run(system_actions.top_up) == 0
    _resume(hub)
    assert jobs() == 1, "a top-up follows at once"
    task = hub.make.again(task)
    assert (task.status, task.due_at) == ("assigned", due)


def _hold(hub: Hub, why: str) -> None:
    from hub.placing import queries
    from tests.support.running import acting_as

    with acting_as(hub.app, hub.lead) as by:
        actions.hold(queries.practice(hub.practice.id), reason=why, by=by)


def _resume(hub: Hub) -> None:
    from hub.placing import queries
    from tests.support.running import acting_as

    with acting_as(hub.app, hub.lead) as by:
        actions.resume_practice(queries.practice(hub.practice.id), by=by)


def test_holding_and_resuming_are_on_record(hub: Hub, owner: Any) -> None:
    _hold(hub, "EMIS is down.")
    _resume(hub)
    said = owner.execute("select what from admin_log where practice_id is not null order by id").fetchall()
    assert [row[0] for row in said] == [
        "Held: no work of this practice is given out. EMIS is down.",
        "No longer held: its work is given out again.",
    ]


def test_same_patient_then_same_practice_first_among_near_equals(hub: Hub, make: Make) -> None:
    other = make.practice("Oak Surgery")
    pharmacist = make.pharmacist(hub.practice, other)
    identity = make.identity()
    first = hub.queued(identity=identity)
    elsewhere = make.request(other, make.requester(other))
    same_practice = hub.raised()
    same_patient = hub.raised("OPLET", identity=identity)
    hub.forget_jobs()
    hub.run(system_actions.place_batch)
    hub.run(system_actions.top_up)
    with hub.session():
        given = db.session.execute(
            text("select task_id from event where kind = 'assigned' order by (data->>'to')::int, task_id")
        )
        assert {row[0] for row in given} == {first.id, same_patient.id, same_practice.id, elsewhere.id}
    whys = {task.id: task.why_me for task in hub.tasks() if task.assignee_id == pharmacist.id}
    assert "Work for the same patient was on the list." in whys[same_patient.id]
    assert "Work for the same practice was on the list." in whys[same_practice.id]
    assert not any("same" in sentence for sentence in whys[elsewhere.id])


def test_work_hidden_behind_thousands_for_others_is_found(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        hub.queued("SMR", requested=RequestedUrgency.URGENT, urgency_reason="Asked.")
    mine = hub.queued("DOCWF")
    technician = hub.make.technician(hub.practice)
    monkeypatch.setattr(waiting_queries, "WINDOW", 3)
    with hub.session():
        seen = [row.id for row in waiting_queries.waiting()]
    assert mine.id not in seen, "the test needs it out of sight"
    assert hub.run(system_actions.top_up) == 1
    assert hub.make.again(mine).assignee_id == technician.id


def test_what_is_read_for_one_person_holds_all_that_the_rules_would_give_them(hub: Hub, make: Make) -> None:
    from hub.domain import assignment
    from hub.placing import booking, queries

    other = make.practice()
    manager = make.requester(other)
    for kind in ("MEDQ", "DISCH", "DOCWF", "SMR", "LTC", "OPLET"):
        hub.raised(kind)
        make.request(other, manager, kind)
    hub.raised("LTC", subtype="HYP")
    hub.raised(answers=NOW)
    hub.forget_jobs()
    hub.run(system_actions.place_batch)
    short = make.pharmacist(hub.practice, works=False)
    make.shift(short, start="08:00", end="10:12")
    people = [
        make.pharmacist(hub.practice, other, competences=("asthma",)),
        make.pharmacist(other),
        make.technician(hub.practice, other),
        short,
        make.pharmacist(),
    ]
    released = hub.tasks()[0]
    hub.act(people[0], actions.take, released)
    hub.act(people[0], actions.release, released, reason="I am needed elsewhere.")
    with hub.session():
        today = booking.today()
        everything = [waiting_queries.as_waiting(row) for row in waiting_queries.waiting()]
        for worklist in waiting_queries.worklists([person.id for person in people]):
            rows = waiting_queries.waiting_for(worklist.person, today)
            narrowed = [waiting_queries.as_waiting(row) for row in rows]
            assert len(narrowed) < len(everything)
            left = list(everything)
            policy = queries.policy()
            while (choice := assignment.next_for(worklist, left, policy, today)) is not None:
                assert choice == assignment.next_for(worklist, narrowed, policy, today)
                left = [one for one in left if one.id != choice.task_id]
                narrowed = [one for one in narrowed if one.id != choice.task_id]
            assert narrowed == [], "and no more than that"


def test_a_shift_that_was_cut_short_keeps_what_was_given(hub: Hub, make: Make) -> None:
    pharmacist = make.pharmacist(hub.practice, works=False)
    make.shift(pharmacist, start="08:00", end="18:00")
    for _ in range(8):
        hub.queued()
    hub.run(system_actions.top_up)
    make.absent(pharmacist, dt.datetime(2026, 11, 23, 10, 5, tzinfo=dt.UTC))
    make.absent(pharmacist, dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC), hours=2)
    assert hub.run(system_actions.top_up) == 0
    day = day_of(hub, pharmacist)
    assert day is not None
    assert (day.minutes, day.booked, day.granted) == (50, 50, 0)


def test_topping_up_takes_the_same_statements_however_many_tasks_and_people(
    hub: Hub, make: Make, statements: Any
) -> None:
    def count(people: int, tasks: int) -> int:
        for _ in range(people):
            make.pharmacist(hub.practice)
        for _ in range(tasks):
            hub.queued()
        with statements() as seen:
            assert hub.run(system_actions.top_up) == tasks
        return int(seen.count)

    count(1, 1)  # the first of the day makes the rows
    few = count(1, 2)
    assert count(4, 12) == few
