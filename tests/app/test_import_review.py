"""What is said before a file is approved: what holds for all rows, and what speaks against it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from hub.domain.identifiers import made_up_nhs_number
from hub.domain.patient import Identity
from tests.app.import_steps import numbers_on, problems_on, sends, uploaded
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.pages import text_of


@pytest.fixture
def manager(make: Make, as_user: Any) -> Any:
    return as_user(make.requester(make.practice("Elder Tree Surgery"), name="Maya Manager"))


def who(place: int) -> Identity:
    """Return whom `listed` names in this place."""
    number, born = made_up_nhs_number(800 + place), dt.date(1951, 3, 27)
    return Identity("Ada", f"Demo-Elm{chr(97 + place)}", born, number, "", "")


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


def test_an_open_review_of_another_condition_is_shown_before_a_second_is_raised(
    make: Make, as_user: Any, jobs: Any
) -> None:
    practice = make.practice("Elder Tree Surgery")
    maya = make.requester(practice, name="Maya Manager")
    manager, elsewhere = as_user(maya), make.practice("Old Mill")
    held = [who(place) for place in range(4)]
    opened = [make.request(practice, maya, "LTC", subtype="COPD", identity=one) for one in held[:3]]
    make.request(practice, maya, "MEDQ", identity=held[3])
    make.request(elsewhere, make.requester(elsewhere), "LTC", subtype="COPD", identity=held[3])
    rows = [("Asthma", "Yearly"), ("Asthma", "Yearly"), ("COPD", "Yearly"), ("Asthma", "Yearly")]
    address = uploaded(manager, listed("Condition", "Comments", rows=rows))
    sends(manager, address, "columns", step="check", **{"column-4": "ask"})
    jobs()
    page = manager.get(address)
    assert numbers_on(page) == {"close": "2", "open": "1", "new": "1"}
    assert text_of(page).count("Open already: Long-term condition review: COPD") == 2
    assert f"request {opened[0].ref} beside row 2" in text_of(page)
    assert "Raise 1 request" in page.text, "what nobody has decided is skipped"
    assert "Choose one of the two." in text_of(
        sends(manager, address, "decide", **{"decide-beside": "update"})
    )
    sends(manager, address, "decide", **{"decide-2-1": "skip", "decide-beside": "use"})
    page = text_of(manager.get(f"{address}/rows?group=close"))
    assert page.count("Will be skipped, as you decided.") == page.count("Will be raised beside the open") == 1
    sends(manager, address, "approve")
    jobs()
    made = numbers_on(manager.get(address))
    assert (made["created"], made["duplicate"], made["skipped"]) == ("2", "1", "1")
    assert f"({opened[0].ref})" in manager.get(f"{address}/errors.csv").text
