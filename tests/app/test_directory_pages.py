"""Networks, practices and contracts are kept with plain forms."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from hub.extensions import db
from hub.models import Contract, NetworkMembership, Practice
from tests.support.factories import Make
from tests.support.pages import fill_in, text_of

FORM = {
    "served": "yes",
    "clinical_system": "SystmOne",
    "bypass_number": "01632 960111",
    "how_to_get_in": "Through the gateway.",
    "standing_instructions": "Ring before eleven.",
    "hours-mon": "8:00-13:00, 14.00 to 18:30",
    "hours-tue": "8am - 8.00pm",
    "hours-sat": "closed",
}
APRIL = {"starts_on-day": "1", "starts_on-month": "4", "starts_on-year": "2026"}
MARCH = {"last_day-day": "31", "last_day-month": "3", "last_day-year": "2027"}


def again(app: Any, practice: Practice) -> Practice:
    with app.app_context():
        return db.session.get_one(Practice, practice.id)


def test_what_the_hub_keeps_about_a_practice(app: Any, lead: Any, make: Make) -> None:
    practice = make.practice("Elm Street Surgery", served=False, clinical_system="Other", bypass_number="")
    answer = fill_in(lead, f"/practices/{practice.ods_code}/change", **FORM)
    assert answer.status_code == 302
    found = again(app, practice)
    assert (found.served, found.clinical_system, found.bypass_number) == (True, "SystmOne", "01632 960111")
    assert found.opening_hours == {
        "mon": [["08:00", "13:00"], ["14:00", "18:30"]],
        "tue": [["08:00", "20:00"]],
    }
    words = text_of(lead.get(f"/practices/{practice.ods_code}"))
    assert "Monday: 08:00 to 13:00, 14:00 to 18:30" in words
    assert "Wednesday: Closed" in words
    assert "Changed: whether the hub works for it, clinical system" in words
    assert "Lena Lead" in words
    same = fill_in(lead, f"/practices/{practice.ods_code}/change", **FORM)
    assert "Nothing was changed." in text_of(lead.get(same.location))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"served": ""}, "Say whether the hub works for this practice."),
        ({"clinical_system": "Paper"}, "Choose the clinical system of the practice."),
        ({"bypass_number": "ring us"}, "The by-pass number has too few digits"),
        ({"hours-mon": "eight to six"}, "Monday: write the hours like 08:00 to 18:30"),
        ({"hours-mon": "18:00 to 08:00"}, "closing at 08:00 must come after opening at 18:00"),
        ({"hours-mon": "08:00 to 12:00, 11:00 to 14:00"}, "overlap"),
        ({"how_to_get_in": "x" * 2001}, "Use 2000 characters or fewer"),
    ],
)
def test_what_cannot_be_used_changes_nothing(
    app: Any, lead: Any, make: Make, change: dict[str, str], says: str
) -> None:
    practice = make.practice(clinical_system="Vision")
    page = fill_in(lead, f"/practices/{practice.ods_code}/change", **(FORM | change))
    assert page.status_code == 422
    assert says in text_of(page)
    assert "Ring before eleven." in page.text, "what was typed is kept"
    assert again(app, practice).clinical_system == "Vision"


def test_practices_are_found_by_name_town_and_code(lead: Any, make: Make) -> None:
    make.practice("Elm Street Surgery", town="Anytown", ods_code="Z70001")
    make.practice("Oak Lane 100% Practice", served=False, ods_code="Z70002")
    assert "Oak Lane" not in lead.get("/practices").text
    assert "Oak Lane" in lead.get("/practices?which=all").text
    for words in ("elm", "anytown elm", "z7000", "Z70001"):
        assert "Elm Street" in lead.get("/practices", query_string={"q": words}).text
    for words in ("elm oak", "70001", "%", "_"):
        assert "Elm Street" not in lead.get("/practices", query_string={"q": words}).text
    assert "Oak Lane" in lead.get("/practices?which=all&q=100%25").text


def test_long_lists_come_in_pages_and_cost_the_same(lead: Any, make: Make, statements: Any) -> None:
    network = make.network()

    def count(path: str) -> int:
        with statements() as seen:
            assert lead.get(path).status_code == 200
        return int(seen.count)

    make.practice(network=network)
    lead.get("/practices")
    paths = ("/practices", "/networks", f"/networks/{network.code}")
    before = [count(path) for path in paths]
    for n in range(55):
        make.practice(f"Practice {n:03d}", network=network if n < 5 else None)
    assert [count(path) for path in paths] == before
    first, second = lead.get("/practices"), lead.get("/practices?page=2")
    assert "Page 1 of 2" in text_of(first)
    assert "<title>Practices, page 2" in second.text
    assert "Page 1 of 2" in text_of(lead.get("/practices?page=99")), "beyond the end is the first page"


def test_a_practice_is_added_by_hand(lead: Any, make: Make) -> None:
    answer = fill_in(lead, "/practices/new", ods_code="z 80001", name="New Surgery", town="Anytown")
    assert answer.location == "/practices/Z80001/change"
    twice = fill_in(lead, "/practices/new", ods_code="Z80001", name="New Surgery")
    assert twice.status_code == 422
    assert "is here already" in text_of(twice)
    bad = fill_in(lead, "/practices/new", ods_code="Z8", name="")
    assert "a letter and five digits" in text_of(bad)
    assert "Enter the name of the practice." in text_of(bad)


def test_a_practice_joins_leaves_and_joins_another_network(app: Any, lead: Any, make: Make) -> None:
    practice = make.practice("Elm Street Surgery")
    for code, name in (("u12345", "North PCN"), ("U12346", "South PCN")):
        assert fill_in(lead, "/networks", code=code, name=name).location == f"/networks/{code.upper()}"
    join = {"ods_code": practice.ods_code} | APRIL
    assert lead.post("/networks/U12345/practices", data=join).status_code == 302
    refused = lead.post("/networks/U12346/practices", data=join | {"starts_on-month": "10"})
    assert refused.status_code == 422
    assert "the practice is in North PCN (since 01-Apr-2026)" in text_of(refused)
    with app.app_context():
        one = db.session.scalars(select(NetworkMembership)).one()
    last = {"last_day-day": "30", "last_day-month": "9", "last_day-year": "2026"}
    assert lead.post(f"/networks/U12345/practices/{one.id}", data=APRIL | last).status_code == 302
    assert lead.post("/networks/U12346/practices", data=join | {"starts_on-month": "10"}).status_code == 302
    words = text_of(lead.get(f"/practices/{practice.ods_code}"))
    assert "North PCN: 01-Apr-2026 to 30-Sep-2026" in words
    assert "South PCN: Since 01-Oct-2026" in words
    with app.app_context():
        row = db.session.get_one(NetworkMembership, one.id)
        assert row.ends_on == dt.date(2026, 10, 1), "kept as the day after the last"
    assert lead.get(f"/networks/U12346/practices/{one.id}").status_code == 404, "another network's"


def test_contracts_hold_minutes_for_a_period(app: Any, lead: Any, make: Make) -> None:
    network = make.network("North PCN")
    path = f"/networks/{network.code}/contracts/new"
    data = APRIL | MARCH | {"minutes": "60000", "form_key": "one-contract"}
    assert lead.post(path, data=data).status_code == 302
    assert lead.post(path, data=data).status_code == 302
    with app.app_context():
        made = db.session.scalars(select(Contract)).one()
    assert (made.starts_on, made.ends_on, made.minutes) == (dt.date(2026, 4, 1), dt.date(2027, 4, 1), 60_000)
    assert "60,000 minutes (1,000 hours)" in text_of(lead.get("/networks"))
    changed = APRIL | MARCH | {"minutes": "90000"}
    assert lead.post(f"/networks/{network.code}/contracts/{made.id}", data=changed).status_code == 302
    words = text_of(lead.get(f"/networks/{network.code}"))
    assert "Contract changed from 60,000 minutes" in words


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"minutes": "0"}, "Enter the minutes as a whole number"),
        ({"minutes": "60,000"}, "without commas"),
        ({"last_day-year": "2025"}, "The last day cannot come before the first day."),
        ({"starts_on-day": "31"}, "must be a real date"),
        ({"starts_on-year": "1926"}, "Enter a year from 2000 to 2099."),
    ],
)
def test_a_contract_that_cannot_be_is_refused(
    app: Any, lead: Any, make: Make, change: dict[str, str], says: str
) -> None:
    network = make.network()
    data = APRIL | MARCH | {"minutes": "60000"} | change
    page = fill_in(lead, f"/networks/{network.code}/contracts/new", **data)
    assert page.status_code == 422
    assert says in text_of(page)
    with app.app_context():
        assert db.session.scalars(select(Contract)).all() == []


def test_a_network_is_renamed_and_its_code_is_one_of_ods(lead: Any, make: Make) -> None:
    network = make.network("North PCN")
    lead.post(f"/networks/{network.code}/name", data={"name": "Far North PCN"})
    assert "Renamed from North PCN to Far North PCN." in text_of(lead.get(f"/networks/{network.code}"))
    bad = fill_in(lead, "/networks", code="X1", name="")
    assert bad.status_code == 422
    assert "the letter U and five digits" in text_of(bad)
    assert fill_in(lead, "/networks", code=network.code, name="Twice").status_code == 422


@pytest.mark.parametrize("path", ["/practices/Z99999", "/networks/U99999", "/practices/Z99999/change"])
def test_what_is_not_there_is_a_plain_404(lead: Any, path: str) -> None:
    assert lead.get(path).status_code == 404
