"""A file of requests from the upload to the undo, as a practice manager without JavaScript meets it."""

import dataclasses
import datetime as dt
import io
import re
from typing import Any

import pytest

from hub.imports.reading.limits import LARGEST_FILE
from tests.app.import_steps import checked, numbers_on, problems_on, raised, rows_behind, sends, uploaded
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.messy_file import BROKEN_ROW, TWICE_ROW, identity_of, messy
from tests.support.pages import text_of


@pytest.fixture
def practice(make: Make) -> Any:
    return make.practice("Elder Tree Surgery")


@pytest.fixture
def maya(make: Make, practice: Any) -> Any:
    return make.requester(practice, name="Maya Manager")


@pytest.fixture
def manager(as_user: Any, maya: Any) -> Any:
    return as_user(maya)


def test_a_messy_export_becomes_requests_and_can_be_taken_back(
    manager: Any, jobs: Any, owner: Any, statements: Any
) -> None:
    address = uploaded(manager, messy())
    with statements() as seen:
        page = manager.get(address)
    assert seen.count == 14, seen.seen
    words = text_of(page)
    assert "Read as Windows-1252, columns separated by semicolons. Its titles stand in row 4." in words
    assert "all 12 values looked at are dates" in words, "the evidence for a guess"
    assert "DEMO-MÜLLERB, Zoë" in words, "names as they are read"
    assert "02-Mar-1951" in words, "dates with the month as a word"

    refused = sends(manager, address, "columns", step="check")
    assert problems_on(refused) == {
        "default-condition": "Choose the column with the condition, or one condition for all rows."
    }
    assert owner.execute("select status from import_run").fetchone() == ("uploaded",)

    page = sends(manager, address, "columns", **{"default-condition": "AST", "step": "check"})
    assert "Waiting to begin with 12 rows" in text_of(page)
    jobs()
    with statements() as seen:
        page = manager.get(address)
    assert seen.count == 18, seen.seen
    assert numbers_on(page) == {"new": "10", "twice": "1", "refused": "1", "left_out": "3"}
    assert rows_behind(manager, address, "refused") == [BROKEN_ROW]
    assert rows_behind(manager, address, "twice") == [TWICE_ROW]
    assert len(rows_behind(manager, address, "new")) == 10
    assert "NHS No.: This is not an NHS number, a digit is wrong" in text_of(page)
    assert owner.execute("select count(*) from task").fetchone() == (0,), "nothing before approval"
    assert "Raise 10 requests" in page.text

    assert "Raising your requests" in text_of(sends(manager, address, "approve"))
    jobs()
    with statements() as seen:
        page = manager.get(address)
    assert seen.count == 8, seen.seen
    assert "10 requests were raised." in text_of(page)
    assert "10 raised + 1 open already or twice + 1 to mend + 0 skipped = 12" in text_of(page)
    rows = manager.get(f"{address}/rows?group=created")
    refs = re.findall(r'href="/requests/([A-Z0-9-]+)"', rows.text)
    assert len(set(refs)) == 10
    assert manager.get(f"/requests/{refs[0]}").status_code == 200

    _is_taken_back(manager, jobs, owner, address, refs[0])


def _is_taken_back(manager: Any, jobs: Any, owner: Any, address: str, ref: str) -> None:
    """Take the raised file back, once, as its page asks; every page then says so."""
    page = manager.get(address)
    assert f'href="{address}/undo"' in page.text
    asked = manager.get(f"{address}/undo")
    assert "Take back 10 requests?" in text_of(asked)
    assert owner.execute("select status from import_run").fetchone() == ("partly",), "asked first"
    fields = form_values(asked.text, f"{address}/undo")
    manager.post(f"{address}/undo", data=fields)
    assert "Taking your requests back" in text_of(manager.get(address))
    jobs()
    page = manager.get(address)
    assert "10 requests were taken back." in text_of(page)
    assert "10 rows Had been raised" in text_of(page)
    told = text_of(manager.get(f"/requests/{ref}"))
    assert "took back the file it came from" in told
    assert "by the hub" not in told
    again = text_of(manager.get(uploaded(manager, messy())))
    assert "10 requests raised and taken back" in again
    assert f"{address}/undo" not in page.text, "only once"
    said = "Of those raised, 10 were taken back with the file they came from."
    assert said in text_of(manager.get("/reports"))
    assert "Undone" in text_of(manager.get("/imports"))


def test_what_is_wrong_with_a_file_is_said_beside_its_field(manager: Any, owner: Any) -> None:
    fields = form_values(manager.get("/imports/new").text, "/imports/new")
    page = manager.post("/imports/new", data=fields)
    said = {"kind": "Choose what you ask for.", "file": "Choose a file: CSV or Excel (XLSX)."}
    assert problems_on(page) == said
    page = manager.post("/imports/new", data=fields | {"kind": "LTC", "file": (io.BytesIO(b""), "empty.csv")})
    assert "The selected file is empty" in problems_on(page)["file"]
    assert re.search(r'value="LTC" checked', page.text), "what was chosen is kept"
    assert owner.execute("select count(*) from import_run").fetchone() == (0,)


def test_a_file_that_is_too_large_is_not_read(app: Any, manager: Any, owner: Any) -> None:
    read = []

    class Body(io.BytesIO):
        def read(self, *size: Any) -> bytes:
            read.append(size)
            return b"x" * 1000

    def post(client: Any, path: str, length: int) -> Any:
        said = {"CONTENT_LENGTH": str(length), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
        return client.post(path, input_stream=Body(), environ_overrides=said)

    app.config["WTF_CSRF_ENABLED"] = True  # which looks into a form before any page does
    try:
        page = post(manager, "/imports/new", LARGEST_FILE + 1_000_000)
        stranger = post(app.test_client(), "/imports/new", LARGEST_FILE)
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert page.status_code == 413
    assert "The selected file is larger than 10 MB" in text_of(page)
    assert "<title>Error: Raise many requests" in page.text
    assert stranger.status_code == 302, "who is not signed in is asked to, and nothing is read"
    assert post(manager, "/requests/new?kind=MEDQ", LARGEST_FILE).status_code == 413, (
        "no other page takes a file"
    )
    assert not read


def test_columns_are_corrected_and_remembered(
    manager: Any, maya: Any, as_user: Any, jobs: Any, clock: Any
) -> None:
    address = uploaded(manager, messy())
    page = sends(manager, address, "columns", **{"column-5": "born", "step": "check"})
    assert "“Last Done” and “DOB” are read as the same thing" in problems_on(page)["column-5"]
    both = {"column-1": "ignore", "column-2": "ignore"}
    page = sends(manager, address, "columns", **both, step="check")
    assert set(problems_on(page)) >= {"column-1"}, "to the first column that is free"
    for lacking in ("Choose the column with the NHS number.", "Choose the column with the date of birth."):
        assert text_of(page).count(lacking) == 2, "in the summary, and above the columns"

    page = sends(manager, address, "columns", **{"column-2": "ignore", "column-5": "born", "step": "show"})
    assert page.status_code == 200, "looked at again, not checked"
    assert page.text.count("01-Feb-2025") == 10, "the other column's dates, as they would be read"
    page = sends(manager, address, "columns", date_order="mdy", step="show")
    assert page.text.count("02-Jan-2025") == 10
    said = {"default-condition": "AST", "default-ask": "Yearly review", "default-fact-recent_flare": "no"}
    back = {"column-2": "born", "column-5": "ignore", "column-6": "ignore", "date_order": "dmy"}
    sends(manager, address, "columns", **(back | said), step="check")
    jobs()
    assert "Raise 10 requests" in manager.get(address).text

    clock.tick(days=8)
    manager = as_user(maya)
    page = manager.get(uploaded(manager, messy(patients=3)))
    assert "Read as last time, 23-Nov-2026; change it if the file changed." in text_of(page)
    again = form_values(page.text, f"{page.request.path}/columns")
    assert (again["column-2"], again["column-6"]) == ("born", "ignore")
    assert (again["default-condition"], again["default-ask"]) == ("AST", "Yearly review")
    assert again["default-fact-recent_flare"] == "not_sure", "nobody answers safety questions by habit"
    assert again["default-receipt-day"] == "1", "nor does an old date stand in for today"


def test_a_close_match_is_decided_row_by_row(
    make: Make, manager: Any, maya: Any, jobs: Any, practice: Any
) -> None:
    changes: list[dict[str, Any]] = [
        {"given": "Zara"},
        {"family": "Demo-Else"},
        {"born": dt.date(1952, 3, 4)},
    ]
    for place, change in enumerate(changes):
        held = dataclasses.replace(make.identity(), **identity_of(place) | change)
        make.request(practice, maya, "MEDQ", identity=held)
    address = checked(manager, jobs, messy(patients=3))
    page = manager.get(address)
    assert "We hold the given name Zara for this patient." in text_of(page)
    assert "No row would be raised yet" in text_of(page)
    assert f"{address}/approve" not in page.text
    said = {"decide-5-1": "use", "decide-6-1": "update", "decide-7-1": "skip"}
    page = sends(manager, address, "decide", **said)
    assert "Your decisions are kept." in text_of(page)
    assert form_values(page.text, f"{address}/decide") | said == form_values(page.text, f"{address}/decide")
    sends(manager, address, "approve")
    jobs()
    page = manager.get(address)
    assert numbers_on(page) == {"created": "2", "skipped": "1", "left_out": "3"}
    rows = manager.get(f"{address}/rows?group=created").text
    names = [text_of(manager.get(one)) for one in re.findall(r'href="(/requests/[A-Z0-9-]+)"', rows)]
    assert "Zara" in names[0], "as held"
    assert re.search("(?i)demo-müllerb", names[1]), "as in the file"


def test_progress_is_polled_ever_more_patiently_and_then_the_page_is_new(manager: Any, jobs: Any) -> None:
    address = uploaded(manager, messy())
    sends(manager, address, "columns", **{"default-condition": "AST", "step": "check"})
    page = manager.get(address)
    assert '<progress id="bar" max="12" value="0">' in page.text
    assert f'<a id="refresh" href="{address}">' in page.text, "also without JavaScript"
    waits, asked = [], re.search(r'hx-get="([^"]+)"', page.text)
    for _ in range(7):
        assert asked
        part = manager.get(asked[1].replace("&amp;", "&"), headers={"HX-Request": "true"})
        assert part.text.startswith("<title>0% - Checking your file")
        waits.append(re.search(r'hx-trigger="every (\d+)s"', part.text)[1])  # type: ignore[index]
        asked = re.search(r'hx-get="([^"]+)"', part.text)
    assert waits == ["3", "5", "8", "12", "15", "15", "15"]
    assert manager.get(f"{address}?poll=1").location == address, "nobody stays on the address of a poll"
    jobs()
    part = manager.get(f"{address}?poll=1", headers={"HX-Request": "true"})
    assert (part.headers["HX-Refresh"], part.text) == ("true", "")


def test_rows_to_mend_are_a_file_that_can_be_sent_again(
    manager: Any, jobs: Any, owner: Any, clock: Any
) -> None:
    address = checked(manager, jobs, messy())
    file = manager.get(f"{address}/errors.csv")
    assert file.headers["Content-Disposition"].startswith("attachment")
    lines = file.data.decode("utf-8-sig").splitlines()
    assert lines[0].endswith("Comments,What to do")
    assert [line.split(",")[0] for line in lines[1:]] == [str(BROKEN_ROW)]
    noted = owner.execute("select what from access_log order by id desc limit 1").fetchone()
    assert noted == ("rows of a file downloaded",)
    clock.tick(minutes=5)
    mended = file.data.replace(b"999 000 7838", b"999 000 7837")
    again = manager.get(uploaded(manager, mended, "to-mend.csv"))
    assert again.status_code == 200
    assert "read as the file that they come from" in text_of(again)
    fields = form_values(again.text, f"{again.request.path}/columns")
    assert (fields["column-1"], fields["column-7"], fields["column-8"]) == ("name", "ask", "ignore")
    assert (fields["default-condition"], fields["column-0"]) == ("AST", "ignore")
    assert "DEMO-MÜLLERF, Zoë" in text_of(again)


def test_cancelled_at_any_moment_nothing_more_is_raised(manager: Any, jobs: Any, owner: Any) -> None:
    address = uploaded(manager, messy())
    assert "Cancelled" in text_of(sends(manager, address, "cancel"))
    assert re.findall(r'<form[^>]+action="([^"]+)"', manager.get(address).text) == ["/sign-out"]
    address = checked(manager, jobs, messy())
    page = manager.get(address)
    assert "uploaded before" not in text_of(page)
    assert "Nothing was raised." in text_of(sends(manager, address, "cancel"))
    assert owner.execute("select count(*) from task").fetchone() == (0,)
    late = manager.post(f"{address}/approve")
    assert late.status_code == 409
    assert "cancelled" in text_of(late)


def test_what_changed_since_it_was_shown_is_not_approved(manager: Any, jobs: Any, owner: Any) -> None:
    address = checked(manager, jobs, messy())
    shown = form_values(manager.get(address).text, f"{address}/approve")
    again = form_values(manager.get(f"{address}?again=1").text, f"{address}/columns")
    manager.post(
        f"{address}/columns", data=again | {"column-6": "ignore", "default-ask": "Call", "step": "check"}
    )
    early = manager.post(f"{address}/approve", data=shown, follow_redirects=True)
    assert "Checking your file" in text_of(early), "not while it is checked"
    jobs()
    old = manager.post(f"{address}/approve", data=shown)
    assert old.status_code == 409
    assert "This changed since you opened it." in text_of(old)
    assert owner.execute("select count(*) from task").fetchone() == (0,)
    sends(manager, address, "approve")
    twice = manager.post(f"{address}/approve", data=shown, follow_redirects=True)
    assert "It has been approved already." in text_of(twice)
    assert "Raising your requests" in text_of(twice)


def test_the_same_file_again_says_so_and_repeats_nothing(manager: Any, jobs: Any) -> None:
    first = raised(manager, jobs, messy())
    address = uploaded(manager, messy())
    words = text_of(manager.get(address))
    assert f"This very file was uploaded before, 23-Nov-2026 10:00, by Maya Manager: {first[-9:]}" in words
    sends(manager, address, "columns", **{"default-condition": "AST", "step": "check"})
    jobs()
    page = manager.get(address)
    assert numbers_on(page) == {"open": "11", "refused": "1", "left_out": "3"}
    assert "No row can be raised" in text_of(page)
    assert re.findall(r"Open as", text_of(manager.get(f"{address}/rows?group=open")))
    assert "2 files" in text_of(manager.get("/imports"))


def test_another_practice_and_a_lead(make: Make, manager: Any, as_user: Any, jobs: Any, owner: Any) -> None:
    address = raised(manager, jobs, messy())
    before = owner.execute("select count(*) from access_log").fetchone()
    other = as_user(make.requester(make.practice("Old Mill")))
    for path, method in (
        ("", "GET"), ("/rows?group=new", "GET"), ("/errors.csv", "GET"), ("/columns", "POST"),
        ("/decide", "POST"), ("/approve", "POST"), ("/cancel", "POST"), ("/undo", "POST"), ("/go-on", "POST"),
    ):  # fmt: skip
        answers = [other.open(f"{one}{path}", method=method) for one in (address, "/imports/ZZZZ-ZZZZ")]
        assert [one.status_code for one in answers] == [404, 404], path
        assert text_of(answers[0]) == text_of(answers[1])
    assert manager.get(f"{address}/rows?group=nonsense").status_code == 404
    assert "has not sent a file yet" in text_of(other.get("/imports"))
    assert owner.execute("select count(*) from access_log").fetchone() == before
    lead = as_user(make.lead())
    assert "10 requests were raised." in text_of(lead.get(address))
    assert 'href="/tasks/' in lead.get(f"{address}/rows?group=created").text
    assert address in lead.get("/imports").text


def test_who_asks_for_today_is_told_when_nobody_would_see_it(
    make: Make, manager: Any, practice: Any, jobs: Any, owner: Any
) -> None:
    person = make.pharmacist(practice, works=False, competences=("asthma",))
    make.shift(person, days=(2, 3, 4))  # today is Monday
    address = checked(manager, jobs, messy(), **{"default-fact-recent_flare": "no"})
    assert "Do not rely on this" not in text_of(manager.get(address))
    address = uploaded(manager, messy())
    soon = {"default-condition": "AST", "default-urgency": "urgent", "step": "check"}
    assert set(problems_on(sends(manager, address, "columns", **soon))) == {"default-urgency_reason"}
    sends(manager, address, "columns", **soon, **{"default-urgency_reason": "They leave for abroad"})
    jobs()
    page = text_of(manager.get(address))
    assert "10 requests cannot be seen in time" in page
    assert "Do not rely on this file for them: telephone the hub or your duty clinician." in page
    rows = text_of(manager.get(f"{address}/rows?group=unseen"))
    assert rows.count("Nobody who may do this is at work until Wed 25-Nov-2026 08:00") == 10
    sends(manager, address, "approve")
    jobs()
    assert "10 requests cannot be seen in time" in text_of(manager.get(address))
    ref = re.findall(r'href="/requests/([A-Z0-9-]+)"', manager.get(f"{address}/rows?group=unseen").text)[0]
    assert "You were told that nobody would be at work in time." in text_of(manager.get(f"/requests/{ref}"))
    assert owner.execute("select count(*) from task where decide_why != ''").fetchone() == (10,)


def test_the_template_and_the_way_to_it(manager: Any) -> None:
    assert 'href="/imports/new"' in manager.get("/requests").text
    page = manager.get("/imports/new?about=LTC")
    assert '<details class="nhsuk-details" id="columns-LTC" open>' in page.text
    for link in re.findall(r'href="(/imports/template/LTC[^"]+)"', page.text):
        file = manager.get(link.replace("&amp;", "&"))
        assert file.status_code == 200
        assert len(file.data) > 100
    assert manager.get("/imports/template/LTC.pdf").status_code == 404
