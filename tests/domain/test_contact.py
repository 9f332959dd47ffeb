"""What a reply means is only proposed where it is plain; a file's line keeps every digit."""

import datetime as dt

import pytest

from hub.domain.contact import Contact, attempt_words, meaning
from hub.domain.handouts import NO_NHS_NUMBER, NO_RECORD_NUMBER, NO_TEXTS, RECIPES, Left, Tool, contents, row
from hub.domain.patient import Identity


@pytest.mark.parametrize(
    ("words", "means"),
    [
        ("Booked", Contact.BOOKED),
        ("Appointment booked by patient", Contact.BOOKED),
        ("Not booked", Contact.NO_ANSWER),
        ("No response", Contact.NO_ANSWER),
        ("Awaiting reply", Contact.NO_ANSWER),
        ("DECLINED", Contact.DECLINED),
        ("I don\u2019t want a review", Contact.DECLINED),
        ("Please book", None),
        ("DNA", Contact.DID_NOT_ATTEND),
        ("Please ring me about my tablets", None),
        ("Yes please book me", Contact.WANTS_TO_BOOK),
        ("I would like an appointment", Contact.WANTS_TO_BOOK),
        ("Do not book me", None),
        ("STOP", Contact.NO_TEXTS),
        ("Please don\u2019t text me", Contact.NO_TEXTS),
        ("Should I stop my methotrexate?", None),
        ("Stop my tablets", None),
        ("", None),
    ],
)
def test_what_a_reply_means_is_proposed_only_where_it_is_plain(words: str, means: Contact | None) -> None:
    assert meaning(words) is means


def somebody(**more: str) -> Identity:
    values = {
        "family": "Example", "given": "Sam", "nhs_number": "9990000018", "no_number_because": "",
        "record_number": "00471",
    } | more  # fmt: skip
    return Identity(born=dt.date(1951, 3, 27), **values)


def test_a_line_has_the_tools_columns_and_every_digit() -> None:
    assert row(Tool.ACCURX_EMIS, somebody()) == ("9990000018", "00471")
    assert row(Tool.ACCURX_SYSTMONE, somebody()) == ("9990000018", "", "27/03/1951")
    assert row(Tool.SYSTMONE_LIST, somebody()) == ("9990000018",)
    for tool, recipe in RECIPES.items():
        line = row(tool, somebody())
        assert isinstance(line, tuple) and len(line) == len(recipe.columns)


def test_who_cannot_stand_in_a_file_is_left_out_with_the_reason() -> None:
    nameless = somebody(nhs_number="", no_number_because="it has not been traced yet")
    assert [row(tool, nameless) for tool in Tool] == [Left(NO_NHS_NUMBER)] * 3
    assert [row(tool, somebody(), no_texts=True) for tool in Tool] == [Left(NO_TEXTS)] * 3
    for number in ("", "=1+1", "12\n34", "-5"):
        assert row(Tool.ACCURX_EMIS, somebody(record_number=number)) == Left(NO_RECORD_NUMBER)
        assert row(Tool.SYSTMONE_LIST, somebody(record_number=number)) == ("9990000018",)


def test_a_file_says_what_it_contains_before_it_is_taken() -> None:
    words = contents(RECIPES[Tool.ACCURX_EMIS], 1, 2)
    assert words.startswith("1 patient, one a line, with NHS Number and EMIS Number and nothing else.")
    assert words.endswith(" 2 more cannot stand in it.")


def test_an_attempt_is_said_with_its_day() -> None:
    assert attempt_words({"contact": "invited", "day": "2026-11-24"}) == "Invited, 24-Nov-2026"
    booked = {"contact": "booked", "day": "2026-12-02", "time": "09:30"}
    assert attempt_words(booked) == "Booked for 02-Dec-2026 at 09:30"
