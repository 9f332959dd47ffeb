"""Every number of the board opens exactly the rows it counted, on random data."""

import datetime as dt
import random
import re
from typing import Any

import pytest
from sqlalchemy import select

from hub.balancing import queries
from hub.domain.eligibility import may_do
from hub.domain.kinds import QUEUES
from hub.domain.vocabulary import Profession
from hub.extensions import db
from hub.models import Task
from hub.placing.queries import needs_of, people
from tests.support import bulk
from tests.support.factories import Make


@pytest.fixture
def crowd(make: Make, owner: Any, clock: Any) -> Any:
    """A hub with six practices, two of them held, eight clinicians of all sorts, and 600 random tasks."""
    rng = random.Random(20261123)
    practices = [make.practice() for _ in range(6)]
    for practice in practices[:2]:
        owner.execute("update practice set held_since = %s where id = %s", (clock.now(), practice.id))
    staff = []
    for n in range(8):
        staff.append(
            make.clinician(
                *rng.sample(practices, 4),
                profession=rng.choice(list(Profession)),
                competences=rng.choice(((), ("asthma",), ("asthma", "smr"))),
                is_prescriber=rng.random() < 0.5,
                works=n % 3 > 0,
                registration_expires_on=dt.date(2026, 11, 22) if n == 5 else dt.date(2027, 12, 31),
                active=n != 6,
            )
        )
    bulk.fill(
        owner,
        tasks=600,
        people=[one.id for one in staff],
        practices=[one.id for one in practices],
        raised_by=make.requester(*practices).id,
        now=clock.now(),
        seed=7,
    )
    return make.lead()


def _all_rows(chosen: queries.Selection, at: queries.Moment) -> list[Any]:
    first = queries.tasks(chosen, at, size=40)
    rows = list(first.rows)
    for page in range(2, first.pages + 1):
        rows += queries.tasks(chosen, at, page=page, size=40).rows
    return rows


def _agrees(tally: queries.Tally, chosen: queries.Selection, at: queries.Moment) -> None:
    rows = _all_rows(chosen, at)
    assert len({row.ref for row in rows}) == len(rows), "a task stands on two pages of one list"
    found = queries.Tally(
        len(rows), sum(row.minutes for row in rows), min((r.raised_at for r in rows), default=None)
    )
    assert tally == found == queries.tally_of(chosen, at), chosen


def test_every_number_opens_exactly_its_rows(crowd: Any, acting: Any, clock: Any) -> None:
    with acting(crowd):
        at = queries.moment(clock.now(), people())
        counted = queries.counts(at)
        for name in queries.NUMBERS:
            _agrees(counted.everywhere[name], queries.selection(name), at)
            for queue in QUEUES:
                _agrees(counted.queues[queue][name], queries.selection(name, queue=queue), at)
            for person, tallies in counted.people.items():
                _agrees(tallies[name], queries.selection(name, person=person), at)
        empty = [name for name in queries.NUMBERS if not counted.everywhere[name].tasks]
        assert not empty, f"the random data must have something to count for {empty}"


def test_each_open_task_is_in_exactly_one_place(crowd: Any, acting: Any, clock: Any) -> None:
    with acting(crowd):
        everywhere = queries.counts(queries.moment(clock.now(), people())).everywhere
    assert everywhere["open"].tasks == sum(everywhere[place].tasks for place in queries.PLACES)
    assert everywhere["open"].minutes == sum(everywhere[place].minutes for place in queries.PLACES)


def test_nobody_may_do_it_is_judged_by_the_rules(crowd: Any, acting: Any, clock: Any) -> None:
    now = clock.now()
    with acting(crowd):
        staff = people()
        said = {row.id for row in _all_rows(queries.selection("unplaceable"), queries.moment(now, staff))}
        candidates = db.session.scalars(
            select(Task).where(Task.status.in_(("raised", "queued")), Task.decide_since.is_not(None))
        ).all()
        nobody = set()
        for task in candidates:
            able = (one for one in staff if one.id not in task.not_back_to)
            if not any(may_do(one, needs_of(task), today=now.date()) for one in able):
                nobody.add(task.id)
    assert said == nobody
    assert nobody
    assert len(nobody) < len(candidates)


# Hours until due and until the deadline, whom it waits on, for how many hours, and whether that is overdue.
CLOCKS = [
    (-1, None, None, 0, True),
    (1, None, None, 0, False),
    (1, -1, None, 0, True),
    (-1, None, "practice", 3, False),
    (-1, None, "practice", 0.5, True),
    (-1, None, "patient", 3, False),
    (-1, None, "results", 3, True),
    (1, -1, "practice", 3, True),
]


def test_a_stopped_clock_is_judged_when_it_stopped(crowd: Any, acting: Any, clock: Any, owner: Any) -> None:
    now: dt.datetime = clock.now()
    expected = set()
    for due, deadline, waits_on, waited, is_overdue in CLOCKS:
        status = "waiting" if waits_on else "queued"
        find = "select ref from task where status = %s and decide_why <> 'case' limit 1"
        ref = owner.execute(find, (status,)).fetchone()[0]
        deadline_at = None if deadline is None else now + dt.timedelta(hours=deadline)
        values = (now + dt.timedelta(hours=due), deadline_at, waits_on, now - dt.timedelta(hours=waited))
        with bulk.past_the_guards(owner):
            owner.execute(
                "update task set decide_why = 'case', due_at = %s, deadline_at = %s, waiting_on = %s, "
                "waiting_since = %s where ref = %s",
                (*values, ref),
            )
        if is_overdue:
            expected.add(ref)
    with acting(crowd):
        found = _all_rows(queries.selection("overdue"), queries.moment(now, people()))
    assert {row.ref for row in found if row.decide_why == "case"} == expected


def test_every_link_of_the_board_lists_as_many_as_it_says(crowd: Any, as_user: Any) -> None:
    lead = as_user(crowd)
    page = lead.get("/board").text
    links = re.findall(r'href="(/board/tasks\?[^"]+)">([\d,]+)<span', page)
    assert len(links) > 20
    for address, shown in links:
        listed = lead.get(address.replace("&amp;", "&"))
        assert listed.status_code == 200
        assert re.search(rf"<h1[^>]*>[^<]*: {int(shown.replace(',', ''))} tasks?</h1>", listed.text), address


def test_a_page_that_does_not_exist_is_the_first(crowd: Any, as_user: Any) -> None:
    lead = as_user(crowd)

    def page(more: str = "") -> str:
        # The token of the page changes with the second.
        return re.sub(r'(csrf[^>]*")[^"]+">', r"\1>", lead.get(f"/board/tasks?number=open{more}").text)

    first = page()
    assert page("&page=999") == first
    assert page("&page=0") == first
    assert page("&page=x") == first
    assert "page 2 of" in page("&page=2")


def test_a_number_or_queue_that_does_not_exist_is_not_found(crowd: Any, as_user: Any) -> None:
    lead = as_user(crowd)
    for query in ("", "number=no", "number=open&queue=no", "number=open' or '1'='1"):
        assert lead.get(f"/board/tasks?{query}").status_code == 404


def test_an_address_with_words_of_ours_in_it_is_answered_all_the_same(crowd: Any, as_user: Any) -> None:
    assert as_user(crowd).get("/board/tasks?number=open&endpoint=x&_external=1").status_code == 200


def test_a_list_can_begin_with_the_oldest(crowd: Any, acting: Any, clock: Any) -> None:
    with acting(crowd):
        rows = _all_rows(queries.selection("waiting", sort="oldest"), queries.moment(clock.now(), people()))
    assert [row.raised_at for row in rows] == sorted(row.raised_at for row in rows)
