"""What is said before a file is approved: what holds for all rows, and what speaks against it."""

from collections.abc import Sequence
from typing import Any

import pytest

from hub.domain.identifiers import made_up_nhs_number
from tests.app.test_import_pages import problems_on, sends, uploaded
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.pages import text_of


@pytest.fixture
def manager(make: Make, as_user: Any) -> Any:
    return as_user(make.requester(make.practice("Elder Tree Surgery"), name="Maya Manager"))


def listed(*titles: str, rows: Sequence[tuple[str, ...]]) -> bytes:
    """Return a CSV of made-up patients with more columns of these titles."""
    lines = [",".join(("NHS number", "Name", "Date of birth", *titles))]
    for place, cells in enumerate(rows):
        who = (made_up_nhs_number(800 + place), f"Demo-Elm{chr(97 + place)} Ada", "27/03/1951")
        lines.append(",".join((*who, *cells)))
    return "\n".join(lines).encode()


def test_a_no_for_all_rows_is_shown_and_not_taken_from_rows_that_name_the_medicine(
    manager: Any, jobs: Any
) -> None:
    rows = [
        ("DM-1", "Start methotrexate", "23/11/2026"),
        ("DM-2", "Start amlodipine", "23/11/2026"),
        ("DM-3", "Stop methotrexate", "02/11/2026"),
    ]
    data = listed("Document reference", "Comments", "Date received", rows=rows)
    address = uploaded(manager, data, kind="OPLET")
    page = text_of(manager.get(address))
    assert "No counts for every row. If you have not looked at each letter, choose Not sure." in page
    said = {f"default-fact-{code}": "no" for code in ("high_risk_medicine", "urgent_letter", "supply_short")}
    sends(manager, address, "columns", step="check", **said)
    jobs()
    page = text_of(manager.get(address))
    assert "2 rows name methotrexate: raised as Not sure, not as No" in page
    assert "Does the letter name a high-risk medicine? No, for all rows" in page
    assert "For Elder Tree Surgery (3 rows)" in page
    assert "Received 02-Nov-2026 to 23-Nov-2026" in page
    assert "1 of 3 past their target when they arrive. The others have their target on 25-Nov-2026." in page
    assert "2 of 3 go before planned work" in page
    assert text_of(manager.get(f"{address}/rows?group=doubted")).count("It names methotrexate") == 2


def test_a_blank_column_is_refused_before_the_rows_are(manager: Any, jobs: Any) -> None:
    data = listed("Comments", "Review due", rows=[("", "Asthma review"), ("", "Diabetes review")])
    address = uploaded(manager, data)
    page = manager.get(address)
    assert page.text.count("To mend </span><div>Nothing") == 0, "the first rows say that they lack it"
    refused = sends(manager, address, "columns", **{"column-3": "ask", "step": "check"})
    assert problems_on(refused)["default-ask"].startswith("“Comments” is blank in every row.")
    said = {"column-4": "ignore", "default-condition": "AST", "default-ask": "Yearly review"}
    sends(manager, address, "columns", step="check", **said)
    jobs()
    page = text_of(manager.get(address))
    assert "The column “Review due” is not used, but names Asthma, Diabetes" in page


def test_the_row_of_titles_is_chosen_by_hand_and_known_in_the_next_file(
    manager: Any, jobs: Any, clock: Any
) -> None:
    number = made_up_nhs_number(820)
    data = f"Name,DOB,Address\nJane Author,27-Mar-1951,x\nWhose,Who,Since\n{number},Demo-Oak Ada,01/02/1950\n"
    address = uploaded(manager, data.encode())
    page = manager.get(address)
    assert "Its titles stand in row 1." in text_of(page)
    assert "Row 3: Whose | Who | Since" in text_of(page)
    assert form_values(page.text, f"{address}/titles")["titles_row"] == "1"
    refused = sends(manager, address, "titles", titles_row="4")
    assert problems_on(refused) == {"titles_row": "No request stands below row 4: choose another row."}
    assert problems_on(sends(manager, address, "titles", titles_row="17"))
    page = sends(manager, address, "titles", titles_row="0")
    assert "It has no row of titles, as you chose." in text_of(page)
    page = sends(manager, address, "titles", titles_row="3")
    assert "Its titles stand in row 3, as you chose." in text_of(page)
    assert "The first row as we read it" in text_of(page)
    said = {"column-0": "nhs_number", "column-1": "name", "column-2": "born"}
    said |= {"default-condition": "AST", "default-ask": "Yearly review"}
    sends(manager, address, "columns", step="check", **said)
    jobs()
    assert "Raise 1 request" in manager.get(address).text
    manager.post(f"{address}/titles", data={"titles_row": "3"})
    assert "Nothing is raised yet. Next we check all 1 row" in text_of(manager.get(address)), "later, too"
    sends(manager, address, "columns", step="check", **said)

    clock.tick(minutes=5)
    page = manager.get(uploaded(manager, f"A list of mine\n{data}".encode()))
    assert "Its titles stand in row 4, as you chose for an earlier file." in text_of(page)
    assert "Read as last time" in text_of(page)
    assert form_values(page.text, f"{page.request.path}/columns")["column-1"] == "name"
