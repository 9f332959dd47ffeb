"""How urgent it should have been: asked at completion, reported with the tasks behind every number."""

import html
import re
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.vocabulary import RequestedUrgency
from hub.extensions import db
from hub.models import OutcomeRecord
from hub.placing import override_actions, queries
from hub.protocols.queries import kind_of
from tests.support.factories import Make
from tests.support.pages import IDENTITY, fill_in, text_of

URGENT, SOON, ROUTINE = RequestedUrgency.URGENT, RequestedUrgency.SOON, RequestedUrgency.ROUTINE


class Hub:
    """A practice with a pharmacist who completes what is raised, and a lead who reads the report."""

    def __init__(self, make: Make, acting: Any, as_user: Any, clock: Any) -> None:
        self.make, self.acting, self.as_user, self.clock = make, acting, as_user, clock
        self.elm = make.practice("Elm Surgery")
        self.asks = make.requester(self.elm)
        self.pat = make.pharmacist(self.elm, name="Pat")
        self.lead = make.lead()

    def completes(self, kind: str = "MEDQ", urgency: str = "", **more: Any) -> Any:
        task = self.make.started(self.elm, self.asks, self.pat, kind)
        with self.acting(self.lead):
            the_kind = kind_of(queries.get(task.ref))
        typed: dict[str, Any] = {f"check-{item.code}": "yes" for item in the_kind.checklist}
        typed |= {"code": "none"} if the_kind.record_codes else {}
        typed |= {"outcome": the_kind.outcomes[0].code, "minutes": "9", "recorded": "yes", "then": "list"}
        typed |= {"reply": "Go on as before.", "urgency": urgency} | IDENTITY | more
        return task, fill_in(self.as_user(self.pat), f"/tasks/{task.ref}/complete", **typed)

    def said(self, task: Any) -> int | None:
        with self.acting(override_actions.TIMETABLE):
            found = select(OutcomeRecord.band_should).where(OutcomeRecord.task_id == task.id)
            return db.session.scalars(found).one()

    def report(self, query: str = "") -> Any:
        self.clock.tick(minutes=1)
        return self.as_user(self.lead).get(f"/board/urgency{query}")


@pytest.fixture
def hub(make: Make, acting: Any, as_user: Any, clock: Any) -> Hub:
    return Hub(make, acting, as_user, clock)


@pytest.mark.parametrize(
    ("kind", "urgency", "band"),
    [
        ("MEDQ", "", None), ("MEDQ", "as_it_was", 3), ("MEDQ", "now", 1), ("MEDQ", "by_tomorrow", 2),
        ("SMR", "usual", 4), ("MEDQ", "later", 4), ("SMR", "later", 5),
    ],
)  # fmt: skip
def test_whoever_completes_it_may_say_how_urgent_it_was(
    hub: Hub, kind: str, urgency: str, band: int | None
) -> None:
    task, answer = hub.completes(kind, urgency)
    assert answer.status_code == 302
    assert hub.said(task) == band


def test_an_answer_that_is_none_of_them_is_refused(hub: Hub) -> None:
    task, answer = hub.completes(urgency="yesterday", note="Keep me.")
    assert answer.status_code == 422
    assert "Choose how urgent it should have been, or nothing." in text_of(answer)
    assert "Keep me." in answer.text
    assert hub.make.again(task).status == "in_progress"


def test_every_number_opens_exactly_its_rows(hub: Hub, make: Make) -> None:
    for urgency in ("now", "later", "as_it_was", ""):
        hub.completes(urgency=urgency)
    hub.completes("SMR", "by_tomorrow")
    mill = make.practice("Old Mill")
    manager = make.requester(mill)
    for asked in (URGENT, URGENT, SOON, ROUTINE):
        make.request(mill, manager, requested=asked)
    page = hub.report("?every=1")
    links = re.findall(r'href="(/board/urgency/tasks\?[^"]+)">([\d,]+)<span', page.text)
    assert len(links) == 4 + 4 + 3 + 1 + 3, links
    for address, number in links:
        found = hub.as_user(hub.lead).get(html.unescape(address))
        assert re.search(rf"<h1[^>]*>[^<]*: {number} tasks?</h1>", found.text), address
        assert len(re.findall(r'<tr class="nhsuk-table__row">', found.text)) == int(number), address
    assert re.search(r"Old Mill .{0,200} 75%", text_of(page))


def test_a_practice_that_asks_for_everything_urgently_stands_out(hub: Hub, make: Make) -> None:
    mill = make.practice("Old Mill")
    manager = make.requester(mill)
    for _ in range(9):
        make.request(mill, manager, requested=URGENT)
        make.request(hub.elm, hub.asks)
    words = text_of(hub.report())
    assert "No practice stands out among those of which enough is known." in words
    assert "Old Mill: 100% of 9 requests, the others 0%" in words
    assert "Old Mill Too few to say yet" in text_of(hub.report("?every=1"))
    for practice, manager_of, asked in ((mill, manager, URGENT), (hub.elm, hub.asks, ROUTINE)):
        make.request(practice, manager_of, requested=asked)
    words = text_of(hub.report())
    assert "too few requests to say yet" not in words
    assert "Old Mill Stands out" in words
    assert "100%" in words
    assert "Show every practice, 1 more" in words
    assert "Elm Surgery" in text_of(hub.report("?every=1"))


def test_nothing_yet_says_so_and_the_board_leads_here(hub: Hub) -> None:
    words = text_of(hub.report())
    assert "No task was completed in these 90 days, so nobody could say how urgent one should" in words
    assert "No practice asked for anything in these days." in words
    assert "/board/urgency" in hub.as_user(hub.lead).get("/board").text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("number=nonsense", 404), ("", 404), ("number=said&practice=999999", 404),
        ("number=said&kind=XX", 200),
        ("number=said&days=x&page=99&endpoint=x", 200),
    ],
)  # fmt: skip
def test_addresses_that_name_nothing(hub: Hub, query: str, status: int) -> None:
    assert hub.as_user(hub.lead).get(f"/board/urgency/tasks?{query}").status_code == status


def test_the_report_costs_the_same_statements_whatever_the_rows(
    hub: Hub, make: Make, statements: Any
) -> None:
    paths = ("/board/urgency?every=1", "/board/urgency/tasks?number=said")

    def costs() -> list[int]:
        hub.clock.tick(minutes=1)
        client, found = hub.as_user(hub.lead), []
        for path in paths:
            client.get(path)
            with statements() as seen:
                client.get(path)
            found.append(seen.count)
        return found

    hub.completes(urgency="now")
    few = costs()
    hub.completes(urgency="later")
    hub.completes("SMR", "now")
    mill = make.practice()
    make.request(mill, make.requester(mill), requested=URGENT)
    assert costs() == few
