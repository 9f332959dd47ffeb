"""Filters of the practice's list: what each shows, how it is taken off, and the same rows as a file."""

import csv
import datetime as dt
import io
import re
from html import unescape
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from hub.conversation import sheet_presenters
from hub.domain.vocabulary import RequestedUrgency
from hub.extensions import db
from hub.models import AccessLog
from tests.support.bulk import past_the_guards
from tests.support.factories import Make


def refs(page: str) -> list[str]:
    return re.findall(r'<a href="/requests/([0-9A-Z]{4}-[0-9A-Z]{4})">', page)


@pytest.fixture
def world(make: Make, clock: Any, owner: Any) -> dict[str, Any]:
    """Two practices of one manager; requests that differ in what the filters tell apart."""
    mill, elm = make.practice("Old Mill"), make.practice("Elm Street")
    manager, colleague = make.requester(mill, elm, name="Sam Okoro"), make.requester(mill)
    found = {
        "plain": make.request(mill, manager),
        "smr": make.request(mill, colleague, "SMR"),
        "urgent": make.request(elm, manager, requested=RequestedUrgency.URGENT, urgency_reason="Out of it"),
        "arrival": make.request(mill, colleague, receipt_on=dt.date(2026, 11, 2)),
    }
    with clock.at(clock.now() - dt.timedelta(days=10)):
        found["late"] = make.request(mill, manager)
        found["back"] = make.request(mill, manager)
    with past_the_guards(owner):
        told = "update task set not_told = array['high-risk medicine'] where id = %s"
        owner.execute(told, (found["plain"].id,))
    return {"manager": manager, "elm": elm, "tasks": found}


FILTERS = [
    ("practice={elm}", {"urgent"}, "Elm Street"),
    ("kind=SMR", {"smr"}, "Structured medication review"),
    ("urgency=urgent", {"urgent"}, "Asked for: today"),
    ("mine=1", {"plain", "urgent", "late", "back"}, "Raised by me"),
    ("late=late", {"late", "back"}, "Late"),
    ("late=arrival", {"arrival"}, "Late on arrival"),
    ("late=no", {"plain", "smr", "urgent"}, "Not late"),
    ("raised-from=22+Nov+2026", {"plain", "smr", "urgent", "arrival"}, "Raised on or after 22-Nov-2026"),
    ("raised-to=2026-11-13&kind=MEDQ", {"late", "back"}, "Raised on or before 13-Nov-2026"),
    ("due=week", {"plain", "urgent"}, "Still due this week"),
    ("not-told=high-risk+medicine", {"plain"}, "Safety question not answered: high-risk medicine"),
    ("status=sent-back", set(), "Sent back to the practice"),
    ("status=in-line&late=late", {"late", "back"}, "In line for a clinician"),
]


def test_each_filter_shows_its_rows_and_can_be_taken_off(as_user: Any, world: dict[str, Any]) -> None:
    client = as_user(world["manager"])
    for query, names, chip in FILTERS:
        page = client.get(f"/requests?{query.format(elm=world['elm'].ods_code)}").text
        assert set(refs(page)) == {world["tasks"][name].ref for name in names}, query
        assert f"Open ({len(names)})" in page, query
        link = re.search(rf'<a href="([^"]*)">Remove filter: {re.escape(chip)}</a>', page)
        assert link, chip
        assert f"Remove filter: {chip}<" not in client.get(unescape(link[1])).text


def test_sorting_goes_over_all_pages_from_the_first_and_is_not_remembered(
    make: Make, as_user: Any, world: dict[str, Any]
) -> None:
    manager = world["manager"]
    practice = make.practice("Third")
    make.access(manager, practice, "requester")  # type: ignore[arg-type]
    for _ in range(27):
        make.request(practice, manager)
    client = as_user(manager)
    usual = refs(client.get("/requests").text)
    page = client.get("/requests?page=2&late=no").text
    link = re.search(r'<a href="([^"]*sort=-raised[^"]*)"', page)
    assert link and "page=" not in link[1] and "late=no" in link[1]
    every = [ref for n in (1, 2) for ref in refs(client.get(f"/requests?sort=-raised&page={n}").text)]
    assert every[-2:] == [world["tasks"][name].ref for name in ("late", "back")]
    assert len(set(every)) == 33
    assert refs(client.get("/requests").text) == usual


def test_a_date_that_is_none_is_refused_in_words_and_kept(as_user: Any, world: dict[str, Any]) -> None:
    answer = as_user(world["manager"]).get("/requests?raised-from=31+2+2026&kind=SMR")
    assert answer.status_code == 422
    assert "Write the first day as a real date" in answer.text
    assert 'value="31 2 2026"' in answer.text
    assert "<title>Error: Requests" in answer.text
    back_to_front = as_user(world["manager"]).get("/requests?raised-from=2026-11-02&raised-to=2026-11-01")
    assert "The last day must be the same as or after the first." in back_to_front.text


def test_a_file_holds_exactly_what_is_filtered_safe_and_noted(
    make: Make, as_user: Any, acting: Any, world: dict[str, Any]
) -> None:
    manager = world["manager"]
    number = "9990000018"
    odd = make.identity(family="=Cmd", given="|calc", nhs_number=number, record_number="-1+1")
    task = make.request(world["elm"], manager, "SMR", identity=odd)
    client = as_user(manager)
    assert (
        "exactly 2 requests: Shown: Open; Structured medication review"
        in client.get("/requests/download?kind=SMR").text
    )
    with client.post("/requests/download?kind=SMR", data={"format": "csv"}) as taken:
        assert taken.headers["Content-Disposition"] == "attachment; filename=requests-23-Nov-2026.csv"
        rows = list(csv.DictReader(io.StringIO(taken.get_data().decode("utf-8-sig"))))
    assert {row["Reference"] for row in rows} == {task.ref, world["tasks"]["smr"].ref}
    mine = next(row for row in rows if row["Reference"] == task.ref)
    assert mine["NHS number"] == "999 000 0018"
    assert mine["Patient"] == "'=CMD, |calc"
    assert mine["Your record number"] == "'-1+1"
    with client.post("/requests/download?kind=SMR", data={"format": "xlsx"}) as taken:
        book = load_workbook(io.BytesIO(taken.get_data()))
    cells = [cell for row in book["Requests"].iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}, "text only: no numbers, no formulas"
    assert "999 000 0018" in {cell.value for cell in cells}
    about = {row[0].value: row[1].value for row in book["About this file"].iter_rows()}
    assert about["Requests"] == "2" and about["Taken by"] == "Sam Okoro"
    with acting(make.lead()):
        noted = db.session.scalars(select(AccessLog.what).order_by(AccessLog.id)).all()
    assert noted.count("file of 2 requests taken (csv)") == 2, "a line for each practice"
    refused = client.post("/requests/download?kind=SMR", data={"format": "exe"})
    assert refused.status_code == 422


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    with sheet_presenters.csv_file(("A",), [(cell, "plain")]) as made:
        text = made.read().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline="")))[1][0].startswith("'")
    assert "plain" in text and "'plain" not in text
