"""What is completed and stopped: by day, person and practice, each row leading to its task."""

import datetime as dt
import re
from typing import Any

import pytest

from hub.domain.vocabulary import Role
from hub.models import Task
from tests.support.factories import Make
from tests.support.pages import fill_in, text_of

MONDAY = "day-day=23&day-month=11&day-year=2026"


@pytest.fixture
def complete(acting: Any) -> Any:
    """Return `complete(task, by)`: the task, started, is completed by this person."""
    from hub.outcomes.actions import Completion, record
    from hub.placing import queries
    from hub.protocols.queries import kind_of

    def done(task: Task, by: Any) -> None:
        from hub.extensions import db

        with acting(by) as actor:
            locked = queries.get(task.ref, lock=True)
            kind = kind_of(locked)
            ticks = {item.code: "" for item in kind.checklist}
            completion = Completion(True, ticks, kind.outcomes[0].code, 9, (), "", "EMIS Web", "", "Go on.")
            record(locked, completion=completion, by=actor)
            db.session.commit()

    return done


def refs(page: Any) -> list[str]:
    """Return the references of the rows, in order."""
    return re.findall(r'<tr role="row"[^>]* id="task-([^"]+)"', page.text)


def test_it_says_how_each_ended_and_who_ended_it_newest_first(
    make: Make, place: Any, as_user: Any, clock: Any, complete: Any
) -> None:
    done = make.started(place.practice, place.manager, place.pharmacist)
    complete(done, place.pharmacist)
    clock.tick(minutes=10)
    wrong = make.placed(place.practice, place.manager)
    fill_in(as_user(make.lead(name="Lena Lead")), f"/tasks/{wrong.ref}/raised-in-error", reason="Twice.")
    make.placed(place.practice, place.manager)
    page = as_user(make.lead()).get("/closed")
    assert refs(page) == [wrong.ref, done.ref]
    words = text_of(page)
    assert "17-Nov-2026 to 23-Nov-2026: 2 tasks" in words
    assert "Completed: Answered, no clinical decision was needed" in words
    assert "Stopped: raised in error" in words
    assert "By Lena Lead" in words
    assert "By Pat Pharmacist" in words
    for task in (wrong, done):
        assert f'href="/tasks/{task.ref}"' in page.text


def test_the_days_are_those_of_london_and_stand_in_the_address(
    make: Make, place: Any, as_user: Any, clock: Any, complete: Any
) -> None:
    done = make.started(place.practice, place.manager, place.pharmacist)
    clock.set(dt.datetime(2026, 11, 23, 23, 59, tzinfo=dt.UTC))
    complete(done, place.pharmacist)
    clock.set(dt.datetime(2026, 11, 30, 9, 0, tzinfo=dt.UTC))
    lead = as_user(make.lead())
    assert refs(lead.get("/closed")) == []
    assert "24-Nov-2026 to 30-Nov-2026: nothing was completed or stopped." in text_of(lead.get("/closed"))
    assert refs(lead.get(f"/closed?{MONDAY}&span=1")) == [done.ref]
    assert refs(lead.get(f"/closed?{MONDAY.replace('=23', '=24')}&span=1")) == []
    assert refs(lead.get("/closed?span=31")) == [done.ref]
    earlier = re.search(r'href="(/closed\?[^"]*)">Earlier<', lead.get("/closed").text)
    assert earlier is not None
    page = lead.get(earlier[1].replace("&amp;", "&"))
    assert refs(page) == [done.ref]
    assert "17-Nov-2026 to 23-Nov-2026" in text_of(page)
    assert ">Later</a>" in page.text
    assert ">Later</a>" not in lead.get("/closed").text


def test_filters_narrow_by_person_and_practice(make: Make, place: Any, as_user: Any, complete: Any) -> None:
    mine = make.started(place.practice, place.manager, place.pharmacist)
    complete(mine, place.pharmacist)
    elsewhere = make.practice("Oak Surgery")
    asks, bo = make.requester(elsewhere), make.pharmacist(elsewhere, name="Bo Chen")
    theirs = make.started(elsewhere, asks, bo)
    complete(theirs, bo)
    withdrawn = make.started(elsewhere, asks, bo)
    form = {"form_key": "withdraw-it-now", "withdraw_reason": "Not needed.", "version": withdrawn.version}
    assert as_user(asks).post(f"/requests/{withdrawn.ref}/withdraw", data=form).status_code == 302
    lead = as_user(make.lead())
    assert len(refs(lead.get("/closed"))) == 3
    assert refs(lead.get(f"/closed?practice={place.practice.id}")) == [mine.ref]
    assert set(refs(lead.get(f"/closed?person={bo.id}"))) == {theirs.ref, withdrawn.ref}, (
        "stopped on his list"
    )
    assert refs(lead.get(f"/closed?person={bo.id}&practice={place.practice.id}")) == []
    assert "that fits" in text_of(lead.get(f"/closed?person={bo.id}&practice={place.practice.id}"))
    assert set(refs(as_user(bo).get("/closed"))) == {theirs.ref, withdrawn.ref}
    assert set(refs(as_user(bo).get(f"/closed?person={place.pharmacist.id}"))) == {theirs.ref, withdrawn.ref}


def test_a_clinician_sees_their_own_where_they_work(
    make: Make, place: Any, as_user: Any, owner: Any, complete: Any
) -> None:
    done = make.started(place.practice, place.manager, place.pharmacist)
    complete(done, place.pharmacist)
    page = as_user(place.pharmacist).get("/closed")
    assert refs(page) == [done.ref]
    assert "Completed and stopped, my own" in text_of(page)
    assert 'name="person"' not in page.text
    assert refs(as_user(make.pharmacist(place.practice)).get("/closed")) == []
    owner.execute(
        "delete from practice_access where user_id = %s and role = %s", (place.pharmacist.id, Role.CLINICIAN)
    )
    assert refs(as_user(place.pharmacist).get("/closed")) == []


def test_what_was_opened_again_and_stopped_again_stands_there_once(
    make: Make, place: Any, as_user: Any
) -> None:
    task = make.placed(place.practice, place.manager)
    client = as_user(place.manager)
    for status in ("died", "back", "moved"):
        path = f"/requests/{task.ref}/patient"
        form = {"form_key": f"patient-{status}", "status": status, "confirmed": "yes"}
        answer = client.post(path + ("/back" if status == "back" else ""), data=form)
        assert answer.status_code == 302, (status, text_of(answer))
    page = as_user(make.lead()).get("/closed")
    assert refs(page) == [task.ref]
    assert "Stopped: the patient has left the practice" in text_of(page)


def test_a_day_that_is_none_is_refused_and_kept(make: Make, place: Any, as_user: Any) -> None:
    answer = as_user(make.lead()).get("/closed?day-day=31&day-month=2&day-year=2026&span=1")
    assert answer.status_code == 422
    assert "<title>Error: Completed and stopped" in answer.text
    assert "The day must be a real date" in text_of(answer)
    assert 'value="31"' in answer.text
    later = as_user(make.lead()).get("/closed?day-day=1&day-month=1&day-year=2030&span=1&person=x&page=y")
    assert later.status_code == 200
    assert "23-Nov-2026: nothing" in text_of(later), "there is no later day than today"


def test_who_looked_is_logged_and_pages_cost_the_same(
    make: Make, place: Any, as_user: Any, owner: Any, statements: Any, complete: Any, monkeypatch: Any
) -> None:
    from hub.worklist import closed_queries

    monkeypatch.setattr(closed_queries, "PAGE", 2)
    lead = make.lead()
    clients = {as_user(lead): f"/closed?person={place.pharmacist.id}", as_user(place.pharmacist): "/closed"}

    def one_more() -> None:
        complete(make.started(place.practice, place.manager, place.pharmacist), place.pharmacist)

    def costs() -> list[int]:
        found = []
        for client, path in clients.items():
            client.get(path)
            with statements() as seen:
                assert client.get(path).status_code == 200
            found.append(seen.count)
        return found

    one_more()
    few = costs()
    for _ in range(4):
        one_more()
    assert costs() == few
    assert max(few) <= 9, few
    page = as_user(lead).get("/closed?span=31")
    assert len(refs(page)) == 2
    assert "page 1 of 3" in page.text
    last = re.search(r'href="(\?[^"]*page=3)"', page.text)
    assert last is not None
    assert "span=31" in last[1]
    assert len(refs(as_user(lead).get("/closed" + last[1].replace("&amp;", "&")))) == 1
    seen = owner.execute("select distinct what from access_log where user_id = %s", (lead.id,)).fetchall()
    assert seen == [("closed tasks",)]
