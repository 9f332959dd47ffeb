"""Many at once, on real sessions: one task goes to one person, and nobody carries more than fits."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from hub.domain.errors import Conflict
from hub.domain.vocabulary import FactAnswer
from hub.extensions import db
from hub.models import Task, User
from hub.placing import actions, queries, system_actions, time_actions
from tests.support.running import acting_as
from tests.workers.conftest import Hub

THREADS = 10


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all acts at the same moment, each in a thread; return what each returned or raised, in order."""
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int) -> None:
        barrier.wait(timeout=30)
        try:
            results[number] = acts[number]()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "someone waits for ever"
    return results


def errors_of(results: list[Any]) -> list[Exception]:
    return [one for one in results if isinstance(one, Exception)]


def take(hub: Hub, who: User, task: Task) -> Callable[[], None]:
    return partial(hub.act, who, actions.take, task)


def next_of(hub: Hub, who: User) -> Callable[[], int | None]:
    def pull() -> int | None:
        with acting_as(hub.app, who) as by:
            task = actions.next_task(by=by)
            return task.id if task else None

    return pull


def carried(hub: Hub) -> dict[int, int]:
    """The minutes on each person's list."""
    with hub.session():
        rows = db.session.execute(
            text(
                "select assignee_id, sum(minutes) from task where status in ('assigned', 'in_progress') "
                "group by assignee_id"
            )
        )
        return {row[0]: int(row[1]) for row in rows}


def test_of_two_who_take_one_task_one_has_it_and_the_other_is_told(hub: Hub) -> None:
    people = [hub.make.pharmacist(hub.practice, name=name) for name in ("Ann", "Bob")]
    for _ in range(5):
        task = hub.queued()
        results = at_once(*(take(hub, who, task) for who in people))
        assert sorted(map(type, results), key=str) == [type(None), Conflict], results
        winner = people[results.index(None)]
        loser = next(one for one in results if one is not None)
        task = hub.make.again(task)
        assert task.assignee_id == winner.id
        assert str(loser) == f"This task is on {winner.name}'s worklist already."
        assert (loser.who, loser.when) == (winner.name, task.assigned_at)
        hub.act(winner, actions.release, task, reason="For the next round.")
    assert hub.broken() == []


def test_ten_who_press_next_task_get_ten_different_tasks(hub: Hub) -> None:
    people = [hub.make.pharmacist(hub.practice) for _ in range(THREADS)]
    for _ in range(THREADS):
        hub.raised()
    hub.run(system_actions.place_batch)
    got = at_once(*(next_of(hub, who) for who in people))
    assert all(isinstance(one, int) for one in got), got
    assert len(set(got)) == THREADS
    assert hub.broken() == []


def test_one_person_pressing_ten_times_gets_no_more_than_fits(hub: Hub) -> None:
    someone = hub.make.pharmacist(hub.practice, works=False)
    hub.make.shift(someone, start="08:00", end="10:35")
    for _ in range(THREADS):
        hub.raised()
    hub.run(system_actions.place_batch)
    got = at_once(*[next_of(hub, someone)] * THREADS)
    assert len([one for one in got if one is not None]) == 3, got
    assert carried(hub) == {someone.id: 30}
    assert hub.broken() == []


def test_ten_top_ups_and_next_tasks_at_once_give_no_task_twice_and_nobody_too_much(hub: Hub) -> None:
    people = [hub.make.pharmacist(hub.practice, works=False) for _ in range(5)]
    for number, who in enumerate(people):
        hub.make.shift(who, start="08:00", end=f"10:{15 + 10 * number}")  # 15 to 55 minutes are left
    for _ in range(40):
        hub.raised()
    hub.run(system_actions.place_batch)
    topping_up: list[Callable[[], Any]] = [partial(hub.run, system_actions.top_up)] * 5
    assert errors_of(at_once(*topping_up, *(next_of(hub, who) for who in people))) == []
    left = {who.id: 15 + 10 * number for number, who in enumerate(people)}
    load = carried(hub)
    assert all(load.get(who, 0) <= minutes for who, minutes in left.items()), load
    # Each can carry whole tasks of ten minutes, and there are enough for everyone's buffer.
    assert load == {who: minutes // 10 * 10 for who, minutes in left.items()}
    gifts = Counter(
        event.task_id
        for task in hub.tasks()
        for event in hub.events(task)
        if event.kind in ("assigned", "taken")
    )
    assert set(gifts.values()) == {1}
    assert hub.broken() == []


def test_taking_what_a_top_up_is_about_to_give_hangs_nobody(hub: Hub) -> None:
    people = [hub.make.pharmacist(hub.practice) for _ in range(4)]
    for _ in range(4):
        tasks = [hub.raised() for _ in range(4)]
        hub.run(system_actions.place_batch)
        takes = [take(hub, who, task) for who, task in zip(people, tasks, strict=True)]
        errors = errors_of(at_once(*takes, *[partial(hub.run, system_actions.top_up)] * 4))
        # A task may be gone; but nobody waits for a lock that is never given (a deadlock is an error here).
        assert {type(error) for error in errors} <= {Conflict}, errors
    assert hub.broken() == []


def test_what_someone_holds_at_this_moment_is_passed_over_and_not_waited_for(
    hub: Hub, test_servers: Any
) -> None:
    import psycopg

    from config import libpq_url

    pat = hub.make.pharmacist(hub.practice)
    held, free, last = hub.queued(), hub.queued(), hub.queued()
    with psycopg.connect(libpq_url(test_servers.owner_url)) as someone:
        someone.execute("select id from task where id = %s for update", [held.id])
        assert next_of(hub, pat)() == free.id
        assert hub.run(system_actions.top_up) == 1
        assert hub.make.again(last).assignee_id == pat.id
        assert hub.make.again(held).status == "queued"
    assert hub.run(system_actions.top_up) == 1


def test_two_windows_of_one_person_never_wait_for_each_other_in_a_circle(hub: Hub) -> None:
    from hub.worklist import actions as worklist

    pat = hub.make.pharmacist(hub.practice)
    first, second = hub.queued(), hub.queued()
    hub.run(system_actions.top_up)
    hub.start(pat, first)
    for _ in range(12):
        errors = errors_of(
            at_once(
                partial(hub.act, pat, worklist.start, second, confirmed=True),
                partial(hub.act, pat, worklist.pause, first),
            )
        )
        assert {type(error) for error in errors} <= {Conflict}, errors
        first, second = second, first
    assert hub.broken() == []


def test_a_patient_who_has_moved_and_a_top_up_do_not_wait_for_each_other_in_a_circle(hub: Hub) -> None:
    from hub.conversation import actions as conversation
    from hub.domain.vocabulary import PatientStatus

    people = [hub.make.pharmacist(hub.practice) for _ in range(4)]
    for _ in range(6):
        identity = hub.make.identity()
        tasks = [hub.queued(kind, identity=identity) for kind in ("OPLET", "DISCH", "MEDQ", "SMR")]
        for who, task in zip(people[::-1], tasks, strict=True):
            hub.act(who, actions.take, task)

        def gone(task: Task, by: Any) -> None:
            assert task.patient is not None
            conversation.patient_gone(task.patient, status=PatientStatus.MOVED, by=by)

        moved = partial(hub.act, hub.manager, gone, tasks[0])
        assert errors_of(at_once(moved, *[partial(hub.run, system_actions.top_up)] * 3)) == []
    assert hub.broken() == []


def test_placing_at_once_places_each_task_once(hub: Hub) -> None:
    hub.make.pharmacist(hub.practice)
    tasks = [hub.raised() for _ in range(12)]
    jobs = [partial(hub.run, system_actions.place, task.id) for task in tasks[:8]]
    others = partial(hub.run, system_actions.place_raised), partial(hub.run, system_actions.top_up)
    assert errors_of(at_once(*jobs, *others)) == []
    hub.run(system_actions.place_raised)
    for task in tasks:
        assert [event.kind for event in hub.events(task)].count("placed") == 1
    assert hub.broken() == []


def test_the_end_of_a_shift_and_a_top_up_and_a_wake_do_not_wait_for_each_other_in_a_circle(
    hub: Hub, clock: Any
) -> None:
    people = [hub.make.pharmacist(hub.practice) for _ in range(6)]
    for _ in range(18):
        hub.raised()
    hub.run(system_actions.place_batch)
    hub.run(system_actions.top_up)
    for who in people[::2]:
        hub.make.absent(who)
    jobs = (time_actions.go_off_shift, system_actions.top_up, time_actions.wake, time_actions.watch) * 3
    assert errors_of(at_once(*(partial(hub.run, job) for job in jobs))) == []
    hub.run(system_actions.top_up)
    away = {who.id for who in people[::2]}
    assert not away & set(carried(hub))
    assert hub.broken() == []


def test_starting_and_being_moved_at_once_leaves_one_person_with_it(hub: Hub) -> None:
    from hub.worklist import actions as worklist

    pat, other = hub.make.pharmacist(hub.practice), hub.make.pharmacist(hub.practice)
    for _ in range(4):
        task = hub.queued(answers={"serious_reaction": FactAnswer.YES})
        hub.act(pat, actions.take, task)
        at_once(
            partial(hub.act, pat, worklist.start, task, confirmed=True),
            partial(hub.act, hub.lead, actions.move, task, to=other.id, reason="Pat is ill."),
        )
        assert hub.make.again(task).assignee_id == other.id
    assert hub.broken() == []


def test_a_form_of_before_conflicts_only_with_what_someone_did_that_matters(hub: Hub) -> None:
    pat = hub.make.pharmacist(hub.practice)
    task = hub.queued()
    seen = task.version
    hub.act(hub.lead, lambda task, by: actions.flag(task, "Someone must look.", by=by), task)
    hub.act(hub.lead, actions.decide, task, reason="It may wait.")
    hub.run(system_actions.top_up)  # a process acted, not a person
    with acting_as(hub.app, pat) as by:
        queries.check_not_overtaken(queries.get(task.ref), seen, by=by)
    hub.act(hub.lead, actions.release, task, reason="Not for Pat.")
    with acting_as(hub.app, pat) as by:
        overtaken = queries.get(task.ref)
        with pytest.raises(Conflict, match="Lee Lead has acted on this task since you opened it") as refusal:
            queries.check_not_overtaken(overtaken, seen, by=by)
        assert refusal.value.who == "Lee Lead"
        queries.check_not_overtaken(overtaken, overtaken.version, by=by)
