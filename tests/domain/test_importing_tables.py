"""The table in an export: what stands around it is left out and said, blanks are filled by habit only."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.errors import Invalid
from hub.domain.identifiers import made_up_nhs_number
from hub.domain.importing import around, mapping, rows
from hub.domain.importing.fields import by_title, fields_for, missing
from hub.domain.importing.mapping import Mapping, propose
from hub.domain.importing.table import Cell, Table, find_table
from hub.protocols.files import kinds_on_disk

KINDS = kinds_on_disk()
LTC = next(kind for kind in KINDS if kind.code == "LTC")
A, B, C, D = (made_up_nhs_number(index) for index in range(4))
TITLES = ("NHS Number", "Patient Name", "DOB", "Code Term")


def numbered(*lines: Sequence[Cell]) -> list[tuple[int, tuple[Cell, ...]]]:
    """Rows as a file gives them: blank ones are skipped but counted."""
    return [(number, tuple(line)) for number, line in enumerate(lines, start=1) if line]


def found(*lines: Sequence[Cell]) -> Table:
    return find_table(numbered(*lines))


EMIS = (
    ("Report name", "Asthma and diabetes recall"),
    ("Run on", dt.date(2026, 11, 20), None, "Practice", "Hollins Surgery"),
    ("Population count", 4),
    (),
    (None, "Patient Details", None, None, None, "Asthma", None),
    (None, *TITLES, "Date"),
    (None, A, "SMITH, Jane (Mrs)", "27-Mar-1951", "Asthma", dt.date(2020, 1, 2)),
    (None, None, None, None, "Type 2 diabetes mellitus", dt.date(2021, 1, 2)),
    (None, B, "JONES, Bob", "01-Feb-1960", "Asthma", dt.date(2020, 1, 3)),
    (None, None, None, None, "COPD", dt.date(2021, 1, 2)),
    (None, *TITLES, "Date"),
    (None, C, "KHAN, Sara", "09-Sep-1970", "Asthma", dt.date(2020, 1, 2)),
    (None, "Total", 3),
    (None, "Page 1 of 1"),
)


def test_an_export_with_everything_around_it() -> None:
    table = found(*EMIS)
    assert table.header == (*TITLES, "Date")
    assert table.letters == ("B", "C", "D", "E", "F")
    assert table.header_row == 6
    assert [row.number for row in table.rows] == [7, 8, 9, 10, 12]
    assert [one.number for one in table.left_out] == [1, 2, 3, 5, 11, 13, 14]
    assert [row.cells[0] for row in table.rows] == [A, A, B, B, C]
    assert [row.filled for row in table.rows] == [(), (0, 1, 2), (), (0, 1, 2), ()]
    assert [row.like for row in table.rows] == [0, 7, 0, 9, 0]
    assert table.as_above == "Row 8: patient as in row 7; row 10: patient as in row 9."
    assert table.organisations == ("Hollins Surgery",)
    assert [one.text for one in table.left_out[:2]] == [
        "Report name | Asthma and diabetes recall",
        "Run on | 20-Nov-2026 | Practice | Hollins Surgery",
    ]


def test_a_row_without_any_patient_goes_on_with_the_one_directly_above() -> None:
    blank = (None, None, None, "COPD")
    one, two = ((number, name, "01/02/1960", "Asthma") for number, name in ((A, "SMITH, Jo"), (B, "ROE, Al")))

    def named(*lines: Sequence[Cell]) -> dict[int, Cell]:
        return {row.number: row.cells[0] for row in found(TITLES, *lines).rows}

    assert named(one, blank, blank, two, two) == {2: A, 3: A, 4: A, 5: B, 6: B}
    assert named(one, (), blank)[4] is None, "never across a blank row"
    assert named(one, TITLES, blank)[4] is None, "nor across the titles again"
    assert named(one, ("Total", 1), blank)[4] is None, "nor across a total"
    assert named(blank, one)[2] is None, "nor from the titles"
    assert named(one, (None, "ROE, Al", "01/02/1960", "COPD"))[3] is None, "who has a name is somebody else"
    mend = ("Row in your file", *TITLES, "What to do")
    rows_to_mend = found(mend, (5, *one, "x"), (9, *blank, "y")).rows
    assert rows_to_mend[1].cells[1] is None, "rows to mend do not stand below their own any more"

    table = found(TITLES, one, blank)
    means = {0: "nhs_number", 1: "name", 2: "born", 3: "condition"}
    read = [
        rows.read_row(table.rows[1], Mapping(means, kind="LTC", as_above=said), table.header, KINDS)
        for said in (True, False)
    ]
    assert (read[0].values["nhs_number"], read[0].like, read[0].problems) == (A, 2, ())
    assert "nhs_number" not in read[1].values and read[1].like == 0 and read[1].problems


def test_a_row_never_gives_its_practice_away_to_the_one_that_was_chosen() -> None:
    table = found(("NHS Number", "ODS"), (A, "P81999"), (B, None), (C, "Z90001"), (D, "Mill Lane"))
    means = Mapping({0: "nhs_number", 1: "practice"}, kind="LTC", practice="Z90001")
    said = [rows.read_row(row, means, table.header, KINDS).values for row in table.rows]
    assert [(one["practice"], one.get(rows.CHOSEN_PRACTICE)) for one in said] == [
        ("P81999", "Z90001"), ("Z90001", None), ("Z90001", None), ("Mill Lane", "Z90001"),
    ]  # fmt: skip


def test_a_list_of_another_practice_says_so_above_its_titles() -> None:
    above = [
        ("Organisation:", "BROOK STREET SURGERY (P81999)"),
        ("Run for Mill Lane Z90001",),
        ("Surgery: Elm",),
    ]
    table = found(*above, TITLES, (A, "SMITH, Jo", "01/02/1960", "Asthma"))
    assert table.organisations == ("BROOK STREET SURGERY (P81999)", "Run for Mill Lane Z90001", "Elm")
    other = around.names_other(table.organisations, "Z90001", "Mill Lane Surgery")
    assert other == ("BROOK STREET SURGERY (P81999)", "Elm")
    assert around.names_other(("MILL LANE SURGERY", "Mill Lane"), "Z90001", "Mill Lane Surgery") == ()


def test_titles_in_two_rows_are_read_together_and_all_differ() -> None:
    table = found(
        ("Patient", None, "Asthma", None, "Diabetes", None),
        ("NHS No.", "Surname", "Date", "Value", "Date", "Value"),
        (A, "SMITH", "01/02/2026", 1, "03/02/2026", 2),
    )
    assert table.header == (
        "NHS No.",
        "Surname",
        "Asthma: Date",
        "Asthma: Value",
        "Diabetes: Date",
        "Diabetes: Value",
    )


def test_a_list_without_titles_is_named_by_its_letters() -> None:
    table = found((A, "SMITH, Jane"), (B, "JONES, Bob"))
    assert (table.header, table.header_row) == (("Column A", "Column B"), 0)
    assert [(one.field, one.confidence) for one in propose(table, KINDS)] == [
        ("nhs_number", "likely"),
        ("name", "unsure"),
    ]
    assert not table.left_out


@pytest.mark.parametrize("lines", [[], [("nothing",)], [("a", "b"), ()], [TITLES], [(1.5, 2.5), (2.5, 3.5)]])
def test_where_there_is_no_table_one_sentence_says_so(lines: list[Any]) -> None:
    with pytest.raises(Invalid, match=r"titles"):
        find_table(numbered(*lines))


def test_an_instruction_under_the_titles_is_no_request() -> None:
    table = found(
        TITLES,
        ("Required, 10 digits", "Required", "Required, dd/mm/yyyy", "Optional"),
        (A, "S, J", "01/02/1960", "Asthma"),
    )
    assert ([one.number for one in table.left_out], [one.number for one in table.rows]) == ([2], [3])


def test_a_patient_called_total_is_a_patient_and_a_total_is_none() -> None:
    table = found(("Patient Name", "NHS Number"), ("TOTAL, Ann", A), ("Total", 1))
    assert [one.number for one in table.rows] == [2]
    wide = found(
        (*TITLES, "Due", "Notes"),
        ("Total", "Ann Total", "27/03/1951", "Asthma", None, None),
        ("Total", "9 patients", None, None, "14 reviews", "x"),
    )
    assert [row.number for row in wide.rows] == [2], "who has a date of birth is a person, in whatever column"
    assert wide.left_out[-1].text == "Total | 9 patients | 14 reviews | x"


def test_more_cells_than_titles_refuse_the_row() -> None:
    table = found(
        ("NHS Number", "Name", "DOB"), (A, "SMITH", " Jane", "27/03/1951"), (B, "SMITH, Jo", "27/03/1951")
    )
    read = [
        rows.read_row(row, Mapping({0: "nhs_number", 1: "name", 2: "born"}), table.header, KINDS)
        for row in table.rows
    ]
    assert "more cells than" in read[0].problems[0].sentence
    assert not read[1].problems


def test_dates_that_a_spreadsheet_swapped_are_refused_and_said() -> None:
    stored = [dt.date(1951, month, 4) for month in (1, 2, 3, 5)]
    left = ["27/03/1951", "13/04/1962", "28/02/1970"]
    days: list[Cell] = [*stored, *left]
    table = found(("NHS Number", "DOB"), *((made_up_nhs_number(n), day) for n, day in enumerate(days)))
    assert "swapped day and month of 4 dates" in table.notes[0]
    read = [
        rows.read_row(row, Mapping({0: "nhs_number", 1: "born"}), table.header, KINDS) for row in table.rows
    ]
    assert [bool(one.problems) for one in read] == [True] * 4 + [False] * 3
    assert "swapped" in read[0].problems[0].sentence and "born-day" not in read[0].values


@pytest.mark.parametrize(
    ("title", "field"),
    [
        *(
            (one, "nhs_number")
            for one in ("NHS No.", "NHS Number", "NHSNumber", "Pt NHS", "nhs_no", "NHS Number (10 digits)")
        ),
        *((one, "born") for one in ("DOB", "Date of Birth", "D.O.B.", "date_of_birth")),
        *((one, "name") for one in ("Patient Name", "Full Name", "Patient")),
        ("Surname", "family"),
        ("Forename(s)", "given"),
        ("EMIS Number", "record_number"),
        ("ODS-Code", "practice"),
        ("Letter date", ""),
    ],
)
def test_titles_as_the_clinical_systems_write_them(title: str, field: str) -> None:
    assert by_title(title) == field


def test_columns_are_proposed_with_what_speaks_for_them() -> None:
    titles = (
        "Pt NHS",
        "Surname",
        "Forename",
        "DOB",
        "Asthma",
        "Cholesterol",
        "Phone",
        "Letter date",
        "Housebound?",
    )
    people = [
        (
            made_up_nhs_number(n),
            "SMITH",
            "Jo",
            f"{n + 1:02}/03/1951",
            "Yes" if n % 2 else "No",
            4.1,
            "0",
            "01/02/2026",
            "N",
        )
        for n in range(20)
    ]
    guesses = propose(found(titles, *people), KINDS)
    assert [(one.field, one.confidence) for one in guesses] == [
        *(("nhs_number", "sure"), ("family", "sure"), ("given", "sure"), ("born", "sure")),
        *(("condition-AST", "sure"), ("ignore", "none"), ("ignore", "none"), ("ignore", "none")),
        ("fact-housebound", "sure"),
    ]
    assert (
        guesses[0].evidence
        == "The title says “NHS number”, and all 20 values looked at are valid NHS numbers."
    )
    assert guesses[0].samples == tuple(made_up_nhs_number(n) for n in range(3))
    assert "none of 20" in guesses[5].evidence and "received" in guesses[7].evidence


def test_what_was_confirmed_is_remembered_and_still_checked() -> None:
    table = found(("Pt ref", "X"), *((made_up_nhs_number(n), "y") for n in range(5)))
    said = Mapping({0: "nhs_number", 1: "born"}, {"receipt": "2026-11-20"}, "mdy", "LTC", "K81003")
    assert Mapping.from_data(said.as_data()) == said
    assert (
        mapping.signature(("NHS No.", "x"))
        == mapping.signature(("nhs no", "X"))
        != mapping.signature(("x", "NHS No."))
    )
    first, second = propose(table, KINDS, said)
    assert (first.field, first.confidence) == ("nhs_number", "sure")
    assert (second.field, second.confidence) == ("born", "unsure")


def test_the_order_of_day_and_month_is_judged_over_the_whole_column() -> None:
    def order(*days: str) -> str:
        return mapping.date_order(found(("NHS Number", "DOB"), *((A, day) for day in days)), [1])

    assert order("01/02/1951", "27/03/1951") == "dmy"
    assert order("01/02/1951", "03/27/1951") == "mdy"
    assert order("01/02/1951") == "dmy"


def test_a_row_that_names_two_conditions_is_two_requests() -> None:
    titles = ("NHS Number", "Name", "DOB", "Asthma", "Diabetes", "CKD")
    table = found(
        titles,
        (A, "SMITH, Jane", "27/03/1951", "Y", "Type 2 diabetes", None),
        (B, "JONES, Bob", "27/03/1951", "N", None, "n"),
    )
    means = Mapping(
        {0: "nhs_number", 1: "name", 2: "born", 3: "condition-AST", 4: "condition-DM", 5: "condition-CKD"},
        {"receipt": "2026-11-20", "ask": "Review please", "urgency": "soon", "fact-recent_flare": "no"},
        kind="LTC",
        practice="K81003",
    )
    two = rows.read_rows(table.rows[0], means, table.header, KINDS)
    assert [(one.part, one.values["subtype"], one.problems) for one in two] == [(1, "AST", ()), (2, "DM", ())]
    assert two[0].values == {
        "nhs_number": A,
        "family": "SMITH",
        "given": "Jane",
        "born-day": "27",
        "born-month": "3",
        "born-year": "1951",
        "receipt-day": "20",
        "receipt-month": "11",
        "receipt-year": "2026",
        "ask": "Review please",
        "requested": "soon",
        "fact-recent_flare": "no",
        "kind": "LTC",
        "practice": "K81003",
        "subtype": "AST",
    }
    assert (
        "names 2 conditions" in rows.read_row(table.rows[0], means, table.header, KINDS).problems[0].sentence
    )
    dated = found(titles, (A, "SMITH, Jane", "27/03/1951", dt.date(2020, 1, 2), "Y"))
    said = rows.read_row(dated.rows[0], means, table.header, KINDS).problems
    assert [(one.column, one.sentence[:16]) for one in said] == [("Asthma", "Write Yes or No:")]
    none = rows.read_row(table.rows[1], means, table.header, KINDS)
    assert [one.sentence for one in none.problems] == ["None of the columns of conditions says Yes."]


def test_what_is_missing_is_said_for_the_kind() -> None:
    assert set(
        missing(["nhs_number", "name", "born", "condition-AST"], ["receipt", "fact-recent_flare"], LTC)
    ) == {
        *("ask", "fact-result_needs_action"),
    }
    assert "kind" in missing([], [], None)


CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=True),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.sampled_from(
        [A, int(A), *TITLES, "Total", "Yes", "Asthma", "27/03/1951", "SMITH, Jane", "#REF!", "9.43E+09"]
    ),
)


@settings(max_examples=150)
@given(st.lists(st.lists(CELLS, max_size=6), max_size=12))
def test_whatever_stands_there_is_a_table_or_one_sentence(lines: list[list[Cell]]) -> None:
    given_rows = numbered(*lines)
    try:
        table = find_table(given_rows)
    except Invalid as refused:
        assert set(refused.problems) == {"file"}  # noqa: PT017 - most lists of cells are no table, some are
        return
    told = [row.number for row in table.rows] + [one.number for one in table.left_out]
    assert len(told) == len(set(told)) and set(told) <= {number for number, _ in given_rows}
    assert all(len(row.cells) >= len(table.header) for row in table.rows)
    guesses = propose(table, KINDS)
    assert {one.field for one in guesses} <= {"ignore", *fields_for(KINDS)}
    chosen = Mapping({one.index: one.field for one in guesses}, kind="LTC")
    for row in table.rows:
        for read in rows.read_rows(row, chosen, table.header, KINDS):
            assert read.number == row.number and all(isinstance(value, str) for value in read.values.values())
