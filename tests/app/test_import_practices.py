"""Whose a row is: its practice and its patient, said in the file itself, above it, or in the row above."""

import io
from typing import Any

import pytest
import xlsxwriter

from hub.domain.identifiers import made_up_nhs_number
from tests.app.import_steps import numbers_on, problems_on, rows_behind, sends, uploaded
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.pages import text_of

WHO = [f"{made_up_nhs_number(840 + place)},Demo-Fir{chr(97 + place)} Ada,27/03/1951" for place in range(6)]
SAID = {"default-condition": "AST", "default-ask": "Yearly review"}
OTHER = "is not raised. Upload the rows of Thornfield"


@pytest.fixture
def practices(make: Make) -> list[Any]:
    return [
        make.practice(name, ods_code=code)
        for name, code in (("Mill Lane Surgery", "Z90001"), ("Thornfield", "Z90002"))
    ]


@pytest.fixture
def karen(make: Make, as_user: Any, practices: list[Any]) -> Any:
    return as_user(make.requester(*practices, name="Karen Manager"))


def checks(client: Any, jobs: Any, lines: list[str], **said: str) -> str:
    """Upload these lines for Mill Lane, confirm the columns as they are proposed, have them checked."""
    address = uploaded(client, "\n".join(lines).encode(), practice="Z90001")
    sends(client, address, "columns", step="check", **(SAID | said))
    jobs()
    return address


def test_no_row_is_raised_for_the_chosen_practice_when_it_names_another(
    karen: Any, jobs: Any, owner: Any, practices: list[Any]
) -> None:
    codes = ("Z90001", "P81999", "Z90002", "", "Mill Lane Surgery", "Thornfield")
    lines = ["NHS No,Name,DOB,Practice ODS", *(f"{w},{c}" for w, c in zip(WHO, codes, strict=True))]
    address = checks(karen, jobs, lines)
    page = karen.get(f"{address}?again=1")
    words = text_of(page)
    assert "A row that names another practice than Mill Lane Surgery is not raised." in words
    assert (
        f"This row names Thornfield, but you chose Mill Lane Surgery for this file, so it {OTHER}"
        in text_of(page)
    )
    assert (rows_behind(karen, address, "new"), rows_behind(karen, address, "not_yours")) == ([2, 5, 6], [3])
    assert rows_behind(karen, address, "refused") == [4, 7]
    sends(karen, address, "approve")
    jobs()
    raised_for = owner.execute("select practice_id, count(*) from task group by 1").fetchall()
    assert raised_for == [(practices[0].id, 3)]

    mended = karen.get(f"{address}/errors.csv").data
    assert "Row in your file (Z90001)" in mended.decode("utf-8-sig").splitlines()[0]
    again = uploaded(karen, mended, practice="Z90001")
    sends(karen, again, "columns", step="check", **SAID)
    jobs()
    assert numbers_on(karen.get(again)) == {"not_yours": "1", "refused": "2"}, "mended or not, never ours"
    wrong = text_of(karen.get(uploaded(karen, mended, practice="Z90002")))
    assert "it names “Row in your file (Z90001)”, but you chose Thornfield (Z90002)." in wrong


def test_a_list_that_names_another_practice_is_warned_of_and_so_is_a_column_left_unused(
    karen: Any, jobs: Any
) -> None:
    lines = ["Organisation:,BROOK STREET SURGERY (P81999)", "NHS No,Name,DOB,Where", f"{WHO[0]},P81999"]
    address = uploaded(karen, "\n".join(lines).encode(), practice="Z90001")
    warned = "it names “BROOK STREET SURGERY (P81999)”, but you chose Mill Lane Surgery (Z90001)."
    assert warned in text_of(karen.get(address))
    unused = SAID | {"column-3": "ignore"}
    sends(karen, address, "columns", step="check", **unused)
    jobs()
    page = text_of(karen.get(address))
    assert warned in page
    assert "The column “Where” is not used, but names P81999. Every row would be raised for Mill Lane" in page


def test_rows_without_a_patient_go_on_with_the_one_above_unless_a_person_says_no(
    karen: Any, jobs: Any, owner: Any
) -> None:
    lines = ["NHS No,Name,DOB,Condition", f"{WHO[0]},Asthma", ",,,COPD", ",,,CKD", f"{WHO[1]},Asthma / COPD"]
    lines += ["Total,2 patients,,4 reviews"]
    said = {"default-condition": ""}
    address = checks(karen, jobs, lines, **said)
    page = text_of(karen.get(address))
    assert "Rows 3 and 4: patient as in row 2." in page
    assert "4 rows checked; one of them names several conditions: 5 requests in all" in page
    assert (
        "2 patients have several reviews in this file: rows 2, 3 and 4 (3 reviews); row 5 (2 reviews)."
        in page
    )
    assert "Patient as in row 2." in text_of(karen.get(f"{address}/rows?group=new"))
    left = text_of(karen.get(f"{address}/rows?group=left_out"))
    assert "Total | 2 patients | 4 reviews" in left
    columns = karen.get(f"{address}?again=1")
    shown = form_values(columns.text, f"{address}/columns")
    assert shown["as_above"] == "yes"
    karen.post(f"{address}/columns", data=shown | {"as_above": "no", "step": "check"})
    jobs()
    assert rows_behind(karen, address, "refused") == [3, 4]
    mended = karen.get(f"{address}/errors.csv").text
    assert "3,,,,COPD" in mended, "as they stand in the file"
    karen.post(f"{address}/columns", data=shown | {"step": "check"})
    jobs()
    sends(karen, address, "approve")
    jobs()
    bundles = owner.execute("select count(*) from task group by patient_id, bundle order by 1").fetchall()
    assert bundles == [(2,), (3,)], "each patient's are one bundle"


def test_reviews_due_later_are_left_out_unless_a_person_wants_them_or_they_press(
    karen: Any, jobs: Any, owner: Any
) -> None:
    when = ("Overdue", "Nov 26", "15/12/2026", "Jan 2027", "ASAP")
    lines = ["NHS No,Name,DOB,Due,Priority,Why urgent"]
    lines += [f"{who},{due},," for who, due in zip(WHO, when, strict=False)]
    lines += [f"{WHO[5]},Feb 2027,By tomorrow,Leaves the country on Friday"]
    torn = "1 patient has a review now and another that is left out because it is due later."
    both = [lines[0] + ",LTC", f"{WHO[0]},Nov 26,,,Asthma", f"{WHO[0]},Dec 26,,,COPD"]
    assert torn in text_of(karen.get(checks(karen, jobs, both, **{"default-condition": ""})))
    address = checks(karen, jobs, lines)
    assert (rows_behind(karen, address, "later"), rows_behind(karen, address, "new")) == (
        [4, 5],
        [2, 3, 6, 7],
    )
    later = text_of(karen.get(f"{address}/rows?group=later"))
    assert "Due in January 2027: bring an up-to-date list then, or set up a recall." in later
    again = form_values(karen.get(f"{address}?again=1").text, f"{address}/columns")
    assert (again["column-3"], again["due_ahead"]) == ("review_due", "0")
    karen.post(f"{address}/columns", data=again | {"due_ahead": "1", "step": "check"})
    jobs()
    assert rows_behind(karen, address, "later") == [5]
    sends(karen, address, "approve")
    jobs()
    assert "5 raised + 0 open already or twice + 0 to mend + 1 skipped = 6" in text_of(karen.get(address))
    refs = [one[0] for one in owner.execute("select ref from task order by id").fetchall()]
    assert "Review due: 15-Dec-2026." in text_of(karen.get(f"/requests/{refs[2]}"))


def test_a_file_is_pointed_out_followed_and_taken_back_as_far_as_it_says(
    karen: Any, jobs: Any, owner: Any
) -> None:
    lines = ["NHS No,Name,DOB,Condition", *(f"{who},Asthma" for who in WHO[:3]), f"{WHO[3]},Gout"]
    address = checks(karen, jobs, lines, **{"default-condition": ""})
    ref = address.rpartition("/")[2]
    assert "asthma due.csv" in (front := text_of(karen.get("/requests")))
    assert "checked, waits for you to approve it" in front
    assert "A file needs you" not in text_of(karen.get("/requests?show=done"))
    sends(karen, address, "approve")
    jobs()
    assert "1 row to mend and to send again" in text_of(karen.get("/requests"))
    assert "Your file “asthma due.csv” is done: 3 raised, 1 to mend." in text_of(karen.get("/inbox"))
    follow = f"/requests?show=all&amp;file={ref}"
    assert follow in karen.get(address).text
    page = text_of(karen.get(follow.replace("&amp;", "&")))
    assert "3 requests" in page and f"Raised by the file {ref}" in page
    assert "No request fits" in text_of(karen.get("/requests?show=all&file=ZZZZ-ZZZZ"))

    one = owner.execute("select ref from task order by id limit 1").fetchone()[0]
    assert "Stopped." in text_of(
        sends(karen, f"/requests/{one}", "withdraw", withdraw_reason="Not needed any more")
    )
    asked = text_of(karen.get(f"{address}/undo"))
    assert "Take back 2 requests? " in asked
    assert "1 request stays, because somebody has acted on it." in asked
    karen.post(f"{address}/undo", data=form_values(karen.get(f"{address}/undo").text, f"{address}/undo"))
    jobs()
    stayed = "2 requests were taken back. 1 request stays, because somebody has acted on it."
    assert stayed in text_of(karen.get(address))


def test_the_sheet_that_is_a_list_is_read_and_another_can_be_chosen(karen: Any) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheets: dict[str, list[list[Any]]] = {
        "Summary": [["Condition", "Count"], ["Asthma", 2]],
        "Patients": [["NHS No", "Name", "DOB", "Condition"], [*WHO[0].split(","), "Asthma"]],
        "Old": [["NHS No", "Name", "DOB"], WHO[1].split(",")],
    }
    for title, lines in sheets.items():
        sheet = book.add_worksheet(title)
        for row, cells in enumerate(lines):
            sheet.write_row(row, 0, cells)
    book.close()
    address = uploaded(karen, out.getvalue(), "list.xlsx", practice="Z90001")
    page = karen.get(address)
    assert "Read the sheet “Patients” only; also with values: “Summary”, “Old”." in text_of(page)
    assert form_values(page.text, f"{address}/sheet")["sheet"] == "1"
    page = sends(karen, address, "sheet", sheet="2")
    assert "Demo-Firb" in page.text.title() and form_values(page.text, f"{address}/sheet")["sheet"] == "2"
    page = sends(karen, address, "titles", titles_row="1")
    assert form_values(page.text, f"{address}/sheet")["sheet"] == "2", (
        "the sheet stays when titles are chosen"
    )
    assert problems_on(sends(karen, address, "sheet", sheet="9")) == {
        "sheet": "Choose the sheet that holds the list."
    }
