"""Who goes onto a recall's list by pasting: known ones by number, new ones by name; each refusal says why."""

from typing import Any

from tests.app.test_recall_pages import mill, set_up
from tests.support.factories import Make

__all__ = ["mill"]


def test_a_practice_with_new_patients_only_pastes_them_in_any_order_of_titles(
    make: Make, mill: Any, as_user: Any, owner: Any, statements: Any
) -> None:
    practice, manager = mill
    held = make.identity(family="Holt", given="Ann", record_number="R-77")
    make.request(practice, manager, identity=held)
    new = [make.identity(family="Patient", given="New") for _ in range(3)]
    born = f"{new[0].born:%d/%m/%Y}"
    client = as_user(manager)
    page = set_up(client)
    raised = owner.execute("select count(*) from task").fetchone()[0]
    lines = [
        "Surname\tForename\tDOB\tNHS Number\tLast review",
        f"Patient\tNew\t{born}\t{new[0].nhs_number}\t1/10/26",
        f"Patient\tNew\t{new[1].born:%d-%b-%Y}\t{new[1].nhs_number[:-1]}x",
        f"Haddock\tJohn\t01/02/1930\t{held.nhs_number}",
        f"Patient\tNew\t31/02/1950\t{new[2].nhs_number}",
        f"Patient\tNew\t{born}\t{new[0].nhs_number}\t",
        f"Patient\tNew\t{born}\t{new[2].nhs_number}\t1/10/2030",
        f"Holt\tAnne\t{held.born:%d/%m/%Y}\t{held.nhs_number}\t",
    ]
    refused = client.post(f"{page}/people/add", data={"numbers": "\n".join(lines)})
    assert refused.status_code == 422
    for sentence in (
        "Row 3: ",
        "Row 4: Another of your patients is held under this number",
        "Row 5: Date of birth: This day does not exist",
        "Row 6: This patient stands in your list twice.",
        "Row 7: The date of the last one done must be within ten years",
        "Row 8: We hold the given name Ann for this patient. Correct it here; if yours is right, raise",
        "Leave these rows out",
    ):
        assert sentence in refused.text, sentence
    assert lines[4] in refused.text, "what was typed is kept"
    counts = "select (select count(*) from patient), (select count(*) from recall_member)"
    assert owner.execute(counts).fetchone() == (1, 0), "nothing is changed"
    left = client.post(f"{page}/people/add", data={"numbers": "\n".join(lines), "leave_out": "yes"})
    assert left.status_code == 302
    assert (
        "1 patient put on the list. 6 rows were left out. Row 1 was taken for titles."
        in client.get(page).text
    )
    people = client.get(f"{page}/people").text
    assert "PATIENT, New" in people and "01-Oct-2026" in people
    assert owner.execute(counts).fetchone() == (2, 1), "the one who is new, and no refused one"
    assert owner.execute("select count(*) from task").fetchone()[0] == raised, "nothing is raised"


def test_without_titles_a_long_row_is_a_new_patient_and_a_short_one_a_number(
    make: Make, mill: Any, as_user: Any, owner: Any
) -> None:
    practice, manager = mill
    held, new = make.identity(record_number="R-77"), make.identity(family="Patient", given="Name")
    make.request(practice, manager, identity=held)
    client = as_user(manager)
    page = set_up(client)
    lines = [
        f"{new.nhs_number}, Patient, Name, {new.born:%d/%m/%Y}, R-78, 01/10/2026",
        "R-77; 3 Oct 2026",
    ]
    assert client.post(f"{page}/people/add", data={"numbers": "\n".join(lines)}).status_code == 302
    found = owner.execute("select last_done_on from recall_member order by id").fetchall()
    assert [f"{one[0]:%d-%b-%Y}" for one in found] == ["03-Oct-2026", "01-Oct-2026"]
    named = f"Record number\tSurname\tFirst name\tDOB\nR-78\t{new.family}\t{new.given}\t{new.born:%d/%m/%Y}\n"
    unknown = client.post(f"{page}/people/add", data={"numbers": f"{named}R-80\tX\tY\t1/2/1960"})
    assert "Row 3: None of your patients known to us has this record number" in unknown.text
    assert client.post(f"{page}/people/add", data={"numbers": named}).status_code == 302, "they are known now"
    again = client.post(f"{page}/people/add", data={"numbers": "R-78\nfoo 99"})
    assert (again.status_code, "Row 2: None of your patients" in again.text) == (422, True)
    assert "write family name, given name and date of birth in this row too" in again.text
