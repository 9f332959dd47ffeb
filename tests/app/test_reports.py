"""Reports: every number opens exactly its rows, whoever reads it; the same as CSV and PDF."""

import csv
import datetime as dt
import io
import re
from html import unescape
from typing import Any

import pytest

from tests.support.bulk import fill, past_the_guards
from tests.support.factories import Make

NUMBER = re.compile(r'<a href="([^"]+)" data-count>([\d,]+)<')
# What `fill` leaves out: other kinds, moments of closing, what was not told, outcomes, and being sent back.
LIVELY = """
update task set late_on_arrival = mod(id, 7) = 0, receipt_on = receipt_on - mod(id, 4)::int,
       closed_at = case when closed_at is not null then %(now)s - mod(id, 45) * interval '1 day' end,
       kind = case when mod(id, 3) = 0 then 'DISCH' else 'MEDQ' end,
       kind_version = case when mod(id, 3) = 0 then 2 else kind_version end,
       outcome = case when status = 'completed' then
         case mod(id, 2) when 0 then 'answered' else 'changed' end end,
       not_told = case mod(id, 5) when 0 then array['high-risk medicine'] when 1 then
         array['high-risk medicine', 'palliative care'] else '{}' end;
insert into outcome (task_id, practice_id, at, by_id, code, minutes, recorded_in)
select id, practice_id, closed_at, %(by)s, outcome, 7, 'EMIS Web' from task where status = 'completed';
insert into event (task_id, seq, practice_id, at, actor_system, kind, status, data)
select t.id, n, practice_id, %(now)s - mod(t.id, 40) * interval '1 day', 'seed', 'sent_back', 'sent_back',
       jsonb_build_object('code', (array['not_ours', 'wrong_patient'])[1 + mod(t.id / 6 + n, 2)])
from task t, generate_series(2, 3) n where mod(t.id, 6) = 0;
update task set version = 3 where mod(id, 6) = 0;
insert into to_do (task_id, practice_id, text_sealed, created_at)
select id, practice_id, 'x', now() from task, generate_series(1, 2)
where status = 'completed' and mod(id, 2) = 0;
"""


@pytest.fixture
def world(make: Make, owner: Any, clock: Any) -> dict[str, Any]:
    """A network of three practices with many tasks, two of them one manager's; and a fourth elsewhere."""
    network = make.network("Wold Network")
    practices = [make.practice(f"Practice {n}", network=network) for n in "ABC"]
    manager, pharmacist = make.requester(*practices[:2]), make.pharmacist(*practices)
    ids = [practice.id for practice in [*practices, make.practice("Elsewhere")]]
    fill(owner, tasks=260, people=[pharmacist.id], practices=ids, raised_by=manager.id, now=clock.now())
    with past_the_guards(owner, "task", "event", "outcome", "to_do"):
        for part in LIVELY.split(";\n")[:-1]:
            owner.execute(part, {"now": clock.now(), "by": pharmacist.id})
    owner.execute(
        "insert into contract (network_id, starts_on, ends_on, minutes) "
        "values (%s, '2026-04-01', '2027-04-01', 36500)",
        (network.id,),
    )
    return {"network": network, "practices": practices, "manager": manager}


def numbers(page: str) -> list[tuple[str, int]]:
    return [(unescape(href), int(count.replace(",", ""))) for href, count in NUMBER.findall(page)]


def listed(page: str) -> int:
    found = re.search(r"table__caption\">([\d,]+) requests?", page)
    return int(found[1].replace(",", "")) if found else 0


@pytest.mark.parametrize("who", ["all", "one", "lead of one", "lead of all"])
def test_every_number_opens_exactly_its_rows(
    make: Make, as_user: Any, world: dict[str, Any], who: str
) -> None:
    client = as_user(make.lead() if who.startswith("lead") else world["manager"])
    one = world["practices"][0].ods_code
    of = {"all": "", "one": one, "lead of one": one, "lead of all": world["network"].code}[who]
    page = client.get(f"/reports?of={of}&month=2026-11").text
    found = numbers(page)
    assert len(found) >= 18, "hardly a number is there"
    for href, count in found:
        page = client.get(href).text
        assert listed(page) == count, href
        back = re.search(r'nhsuk-back-link" href="(/reports[^"]*)"', page)
        assert back is not None and "month=2026-11" in back[1], href
        assert page.count('<tr class="nhsuk-table__row">') == min(count, 25), href


def test_the_numbers_are_what_happened(as_user: Any, world: dict[str, Any], owner: Any) -> None:
    ids = [practice.id for practice in world["practices"][:2]]

    def counted(sql: str) -> int:
        start, end = dt.datetime(2026, 11, 1, tzinfo=dt.UTC), dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
        return int(owner.execute(sql, {"ids": ids, "start": start, "end": end}).fetchone()[0])

    client = as_user(world["manager"])
    said = {row["Line"]: row["Value"] for row in rows_of(client.get("/reports/file.csv?month=2026-11"))}
    month = "practice_id = any(%(ids)s) and at >= %(start)s and at < %(end)s"
    assert int(said["Done"]) == counted(f"select count(*) from outcome where {month}")
    assert said["Minutes recorded on them"] == str(counted(f"select sum(minutes) from outcome where {month}"))
    back = f"select count(distinct task_id) from event where kind = 'sent_back' and {month}"
    assert int(said["Sent back at least once"]) == counted(back)
    raised = month.replace("at ", "raised_at ")
    assert int(said["Raised"]) == counted(f"select count(*) from task where {raised}")
    stopped = f"select count(*) from task where status = 'cancelled' and {raised}"
    assert int(said["Raised, and stopped since"]) == counted(stopped)
    assert said["Minutes bought for the month"] == f"{36500 / 365 * 30 / 3 * 2:,.0f}"
    late = (
        "select count(*) from task where practice_id = any(%(ids)s) and closed_at is null and not "
        "late_on_arrival and (deadline_at < '2026-11-23 10:00Z' or due_at < case when waiting_on in "
        "('practice', 'patient') then waiting_since else '2026-11-23 10:00Z' end)"
    )
    assert int(said["Late now"]) == counted(late)
    rows = rows_of(client.get("/reports/file.csv?month=2026-11"))
    bought = next(row for row in rows if row["Line"] == "Minutes bought for the month")
    assert (bought["Number"], bought["Unit"]) == (bought["Value"].replace(",", ""), "minutes")
    for row in rows:
        assert bool(row["Number"]) == bool(row["Unit"]), row
        if row["Number"]:
            assert float(row["Number"]) >= 0 and "," not in row["Number"], row
            assert row["Value"].startswith(("The same day", f"{float(row['Number']):,.0f}")), row
    assert {"requests", "minutes", "per cent", "working days"} <= {row["Unit"] for row in rows}


def rows_of(answer: Any) -> list[dict[str, str]]:
    with answer:
        return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_a_report_is_of_whom_one_may_see_and_of_a_month_that_was(
    make: Make, as_user: Any, world: dict[str, Any]
) -> None:
    manager, lead = as_user(world["manager"]), as_user(make.lead())
    theirs = world["practices"][2].ods_code
    assert manager.get(f"/reports?of={theirs}").status_code == 404
    assert manager.get(f"/reports?of={world['network'].code}").status_code == 404
    assert lead.get("/reports?of=NOPE").status_code == 404
    choose = lead.get("/reports").text
    assert f"of={theirs}" in choose and f"of={world['network'].code}" in choose
    for month in ("2027-01", "2026-13", "x"):
        assert "November 2026</h1>" in manager.get(f"/reports?month={month}").text, month
    empty = manager.get("/reports?month=2020-02").text
    assert "None was sent back." in empty and "No contract covers this month" in empty


def test_the_pdf_is_whole_and_in_plain_letters(make: Make, as_user: Any) -> None:
    practice = make.practice("T\u0177 Coch \u201cSurgery\u201d \u2013 \u03b2")
    with as_user(make.requester(practice)).get("/reports/file.pdf") as answer:
        assert answer.data.startswith(b"%PDF-") and answer.data.rstrip().endswith(b"%%EOF")
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=report-")


def test_a_report_takes_a_fixed_number_of_statements(
    make: Make, as_user: Any, world: dict[str, Any], statements: Any
) -> None:
    client = as_user(world["manager"])
    client.get("/reports")
    with statements() as much:
        client.get("/reports?month=2026-11")
    with statements() as nothing:
        client.get("/reports?month=2026-10")
    assert nothing.count <= much.count <= 14
