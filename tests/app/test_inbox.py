"""The inbox: who is told of what, and that each reads for themselves."""

import datetime as dt
import re
from typing import Any

import pytest
from sqlalchemy import func, select

from hub.conversation import actions as conversation
from hub.domain.notices import MEANINGS, Code
from hub.domain.vocabulary import FactAnswer
from hub.extensions import db
from hub.models import Notice, Task
from hub.notices import actions as notices
from hub.notices.views import PLACES
from hub.placing import actions as placing
from hub.placing import queries
from tests.support.factories import Make
from tests.support.pages import text_of


@pytest.fixture
def task(make: Make, practice: Any, manager: Any, pharmacist: Any) -> Task:
    return make.started(practice, manager, pharmacist)


def does(acting: Any, who: Any, task: Task, act: Any, **given: Any) -> None:
    with acting(who) as by:
        act(queries.get(task.ref, lock=True), by=by, **given)


def told(acting: Any, who: Any) -> list[str]:
    with acting(who):
        query = select(Notice.code).where(Notice.user_id == who.id, Notice.read_at.is_(None))
        return list(db.session.scalars(query.order_by(Notice.id)))


def nav_count(page: str) -> str:
    found = re.search(r'/inbox"[^>]*>Inbox(?: \((\S+?)<span)?', page)
    assert found
    return found[1] or ""


def test_each_code_has_a_meaning_and_each_place_an_address(app: Any) -> None:
    assert set(MEANINGS) == set(Code)
    assert {meaning.place for meaning in MEANINGS.values()} == set(PLACES)
    assert {endpoint for endpoint, _ in PLACES.values()} <= set(app.view_functions)


def test_what_concerns_the_practice_goes_to_everyone_there_and_what_is_done_to_whoever_raised_it(
    make: Make, practice: Any, manager: Any, pharmacist: Any, task: Task, acting: Any
) -> None:
    colleague = make.requester(practice)
    stranger = make.requester(make.practice("Elm"))
    off = make.requester(practice, active=False)
    does(acting, pharmacist, task, conversation.ask, question="Which?")
    does(acting, pharmacist, task, placing.send_back, reason_code="unclear", reason="Which letter?")
    for one in (manager, colleague):
        assert told(acting, one) == ["asked", "sent_back"]
    assert told(acting, stranger) == told(acting, pharmacist) == []
    with acting(make.lead()):
        count = select(func.count()).where(Notice.user_id == off.id)
        assert db.session.scalar(count) == 0


def test_work_that_cannot_wait_is_told_to_whoever_is_given_it(
    make: Make, practice: Any, manager: Any, pharmacist: Any, acting: Any
) -> None:
    make.placed(practice, manager)
    assert told(acting, pharmacist) == []
    make.placed(practice, manager, answers={"serious_reaction": FactAnswer.YES})
    assert told(acting, pharmacist) == ["given_urgent"]


def test_a_hundred_decisions_of_a_practice_are_one_notice_and_a_run_is_one_with_its_count(
    make: Make, practice: Any, manager: Any, acting: Any, as_user: Any
) -> None:
    lead = make.lead(name="Lee Lead")
    for _ in range(3):
        make.placed(practice, manager)
    assert told(acting, lead) == ["decision"]
    page = text_of(as_user(lead).get("/inbox"))
    assert "Tasks need a lead's decision: 3 on the list now." in page
    with acting(make.lead()) as by:
        whom = notices.staff_of(practice.id)
        notices.notify(
            Code.IMPORT_OVER, to=whom, by=by, practice_id=practice.id, about="K7TR-9QXN", count=50_000
        )
    page = as_user(manager).get("/inbox")
    assert "Your file has been read in: 50,000 rows." in text_of(page)
    assert 'href="/imports/K7TR-9QXN"' in page.text


def test_the_inbox_counts_leads_to_the_request_and_is_read_by_each_alone(
    make: Make, practice: Any, manager: Any, pharmacist: Any, task: Task, acting: Any, as_user: Any,
    statements: Any,
) -> None:  # fmt: skip
    colleague = make.requester(practice)
    client = as_user(manager)
    assert nav_count(client.get("/requests").text) == ""
    does(acting, pharmacist, task, conversation.ask, question="Is it Testperson's?")
    does(acting, pharmacist, task, conversation.write, text="Nothing urgent.", from_hub=True)
    assert nav_count(client.get("/requests").text) == "2"
    with statements() as few:
        page = client.get("/inbox").text
    assert f'href="/requests/{task.ref}"' in page
    assert "Priya Nair asks you a question." in text_of(client.get("/inbox"))
    assert "Testperson" not in page
    ids = re.findall(r"/inbox/(\d+)/read", page)
    assert client.post(f"/inbox/{ids[0]}/read").status_code == 302
    assert as_user(colleague).post(f"/inbox/{ids[1]}/read").status_code == 302
    assert nav_count(client.get("/inbox").text) == "1", "another's click reads nothing of mine"
    for number in range(30):
        does(acting, pharmacist, task, conversation.write, text=f"Number {number}.", from_hub=True)
    with statements() as more:
        page = client.get("/inbox").text
    assert more.count == few.count <= 8
    assert "page 1 of 2" in client.get("/inbox?page=9").text
    assert nav_count(page) == "31"
    newest = re.search(r'name="newest" value="(\d+)"', page)
    assert newest
    does(acting, pharmacist, task, conversation.write, text="Meanwhile.", from_hub=True)
    client.post("/inbox/read", data={"newest": newest[1]})
    assert nav_count(client.get("/inbox").text) == "1", "what came after the page was read stays unread"
    client.get(f"/requests/{task.ref}")
    assert nav_count(client.get("/inbox").text) == ""
    assert len(told(acting, colleague)) == 33


def test_whoever_loses_the_practice_loses_its_notices(
    make: Make, manager: Any, pharmacist: Any, task: Task, acting: Any, as_user: Any, owner: Any
) -> None:
    does(acting, pharmacist, task, conversation.ask, question="Which?")
    owner.execute("delete from practice_access where user_id = %s", [manager.id])
    page = as_user(manager).get("/inbox").text
    assert task.ref not in page
    assert nav_count(page) == ""


def test_old_notices_go(
    make: Make, pharmacist: Any, task: Task, acting: Any, clock: Any, manager: Any
) -> None:
    does(acting, pharmacist, task, conversation.ask, question="Which?")
    with acting(manager) as by:
        notices.read_of_task(queries.get(task.ref), by=by)
    clock.set(clock.now() + notices.READ_KEPT + dt.timedelta(days=1))
    with acting(make.lead()):
        assert notices.forget_notices() == 1


def test_old_letters_go_and_those_that_nobody_has_looked_at_stay_longer(
    make: Make, acting: Any, clock: Any, owner: Any
) -> None:
    who, now = make.lead(), clock.now()
    ends = ("sent_at", "dead_at", "dead_at, put_away_at", "next_at", "sent_at")
    for number, end in enumerate(ends):
        at = ", ".join(["%(now)s"] * (end.count(",") + 1)) if end != "next_at" else ""
        owner.execute(
            "insert into letter (user_id, kind, message_id, counts, made_at, next_at"
            + (f", {end}" if at else "")
            + ") values (%(who)s, 'digest', %(id)s, '{}', %(now)s, %(now)s"
            + (f", {at})" if at else ")"),
            {"who": who.id, "id": str(number), "now": now},
        )
    clock.set(now + notices.LETTERS_KEPT + dt.timedelta(hours=1))
    with acting(who):
        assert notices.forget_notices() == 2
    left = [row[0] for row in owner.execute("select message_id from letter order by id").fetchall()]
    assert left == ["1", "3", "4"], "given up and not looked at, not sent yet, and the last one"


def test_the_inbox_asks_again_by_itself_and_leaves_the_list_to_its_reader(
    task: Task, pharmacist: Any, manager: Any, acting: Any, as_user: Any
) -> None:
    client = as_user(manager)
    page = client.get("/inbox").text
    poll = re.search(r'hx-get="([^"]*poll=1[^"]*)"', page)
    assert poll is not None
    address, htmx = poll[1].replace("&amp;", "&"), {"HX-Request": "true"}
    assert "Something new" not in client.get(address, headers=htmx).text
    does(acting, pharmacist, task, conversation.ask, question="Which?")
    part = client.get(address, headers=htmx).text
    assert "Something new is in your inbox: show" in part and "<h1" not in part
    assert "Unread (1)" in part and "asks you a question" in client.get("/inbox").text
