"""Cells as spreadsheets leave them: read exactly, or refused with what to do; never repaired by guess."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.identifiers import format_nhs_number, made_up_nhs_number
from hub.domain.importing import cells, names, terms
from hub.protocols.files import kinds_on_disk

NUMBER = made_up_nhs_number(12345)
KINDS = kinds_on_disk()


@pytest.mark.parametrize(
    "cell",
    [
        NUMBER,
        int(NUMBER),
        format_nhs_number(NUMBER),
        f" {NUMBER} ",
        f"'{NUMBER}",
        f"{NUMBER}.0",
        f"{NUMBER[:5]}-{NUMBER[5:]}",
    ],
)
def test_an_nhs_number_is_read_however_it_is_kept(cell: cells.Cell) -> None:
    assert cells.nhs_number(cell) == NUMBER


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("9.99E+09", "shortened"),
        ("9.434765919E+09", "shortened"),  # every digit is there, and yet nobody knows what it was
        (9.99e9 + 0.5, "changed"),
        (9_990_000_000, "rounded"),
        (int(NUMBER[:-1]), "lost digits, it has 9 of 10"),
        (int(NUMBER) + 1, "a digit is wrong"),
        ("#REF!", "spreadsheet error"),
        (cells.NO_RESULT, "no stored result"),
        ("##########", "too narrow"),
        (dt.date(1951, 3, 27), "not a number"),
        (True, "not a number"),
    ],
)
def test_a_damaged_number_says_how(cell: cells.Cell, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        cells.nhs_number(cell)
    assert str(cell) not in str(refused.value) or isinstance(cell, bool)


@settings(max_examples=100)
@given(st.integers(0, 800_000), st.integers(0, 9), st.integers(0, 9))
def test_one_wrong_digit_never_becomes_another_patient(index: int, place: int, digit: int) -> None:
    right = made_up_nhs_number(index)
    wrong = right[:place] + str(digit) + right[place + 1 :]
    if wrong == right:
        assert cells.nhs_number(int(right)) == right
        return
    for cell in (wrong, int(wrong), f"{float(wrong):.3E}"):
        with pytest.raises(ValueError, match=r"digit|shortened|rounded"):
            cells.nhs_number(cell)


DAY = dt.date(1951, 3, 4)


@pytest.mark.parametrize(
    "cell",
    [
        DAY,
        dt.datetime(1951, 3, 4, 10, 30),  # noqa: DTZ001 - a spreadsheet knows no zone
        (DAY - dt.date(1899, 12, 30)).days,
        str((DAY - dt.date(1899, 12, 30)).days),
        *("04/03/1951", "4.3.1951", "04-Mar-1951", "4 March 1951", "4th Mar 1951", "Mar 4, 1951"),
        *("1951-03-04", "1951-03-04T10:30:00Z", "19510304", "04-Mar-1951 10:30", "Sun 04-Mar-1951"),
        "04-Mar-1951 (75y)",
    ],
)
def test_a_day_is_read_however_it_is_written(cell: cells.Cell) -> None:
    assert cells.date(cell) == DAY


def test_day_and_month_are_never_swapped_one_by_one() -> None:
    assert cells.date("03/04/1951", "mdy") == DAY
    for cell, order in (("03/27/1951", "dmy"), ("27/03/1951", "mdy")):
        with pytest.raises(ValueError, match="order of the other dates"):
            cells.date(cell, order)
    assert [cells.order_of(one) for one in ("27/03/1951", "03/27/1951", "03/04/1951")] == ["dmy", "mdy", ""]


@pytest.mark.parametrize("cell", ["31/02/1951", "soon", "04/03/51", 12, "00/00/0000", "29-Feb-1951", False])
def test_what_is_no_day_is_refused(cell: cells.Cell) -> None:
    with pytest.raises(ValueError, match=r"27/03/1951|four digits"):
        cells.date(cell)


def test_two_digits_of_a_year_are_enough_for_what_is_never_long_ago() -> None:
    assert cells.date("04/03/26", short_years=True) == dt.date(2026, 3, 4)


@settings(max_examples=60)
@given(st.dates(dt.date(1900, 3, 1), dt.date(2099, 12, 31)))
def test_a_day_comes_back_from_every_way_to_write_it(day: dt.date) -> None:
    serial = (day - dt.date(1899, 12, 30)).days
    for cell in (
        f"{day:%d/%m/%Y}",
        f"{day:%d-%b-%Y}",
        f"{day:%d %B %Y}",
        day.isoformat(),
        serial,
        serial + 0.5,
    ):
        if isinstance(cell, str) or serial >= 10_000:
            assert cells.date(cell) == day


def test_codes_and_references_keep_every_digit() -> None:
    code = "1239511000000100"  # structured medication review
    assert cells.snomed(code) == code
    assert cells.reference("DOC 4711") == "DOC 4711"
    assert cells.reference("00123") == "00123"
    assert cells.reference(4711) == "4711"
    codes: list[cells.Cell] = ["1127441000000110", 1127441000000107, "1.12744E+15"]
    for cell in codes:
        with pytest.raises(ValueError, match=r"rounded|shortened"):
            cells.snomed(cell)
    long: list[cells.Cell] = ["1.23E+12", 12345678901234567, "12345678901234500", 1.5]
    for cell in long:
        with pytest.raises(ValueError, match=r"shortened|15 digits|fraction"):
            cells.reference(cell)


@pytest.mark.parametrize(
    ("whole", "family", "given_name"),
    [
        ("SMITH, Jane (Mrs)", "SMITH", "Jane"),
        ("SMITH, Mrs Jane Ann", "SMITH", "Jane Ann"),
        ("Mrs Jane SMITH", "SMITH", "Jane"),
        ("SMITH Jane", "SMITH", "Jane"),
        ("Jane Smith", "Smith", "Jane"),
        ("Mr Jan van der Berg", "van der Berg", "Jan"),
        ("O'TESTPERSON-JONES, Alex", "O'TESTPERSON-JONES", "Alex"),
    ],
)
def test_a_whole_name_has_two_parts(whole: str, family: str, given_name: str) -> None:
    assert names.split(whole) == (family, given_name)


@pytest.mark.parametrize("whole", ["Smith", "SMITH,", ", Jane", "(Mrs)", "Mr"])
def test_one_part_of_a_name_is_not_enough(whole: str) -> None:
    with pytest.raises(ValueError, match="one part"):
        names.split(whole)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Asthma", ("AST",)),
        ("Type 2 diabetes mellitus", ("DM",)),
        ("Non-diabetic hyperglycaemia", ("NDH",)),
        ("COPD (chronic obstructive pulmonary disease)", ("COPD",)),
        ("Stroke/TIA", ("STIA",)),
        ("Asthma; CKD stage 3", ("AST", "CKD")),
        *(
            (text, ())
            for text in ("Family history of asthma", "Asthma resolved", "No diabetes", "Diabetes insipidus")
        ),
        ("Eczema", ()),
    ],
)
def test_conditions_are_named_and_never_read_out_of_a_doubt(text: str, codes: tuple[str, ...]) -> None:
    assert terms.conditions(text, KINDS) == codes


def test_kinds_answers_and_urgency_in_the_words_of_people() -> None:
    assert [
        terms.kind(one, KINDS)
        for one in ("SMR", "Structured Medication Review", "Discharge summary", "other")
    ] == [*("SMR", "SMR", "DISCH", "")]
    assert [terms.answer(one) for one in ("Y", "no", "Not sure", "perhaps")] == ["yes", "no", "not_sure", ""]
    assert [terms.urgency(one) for one in ("Normal", "URGENT", "by tomorrow", "?")] == [
        "routine",
        "urgent",
        "soon",
        "",
    ]
