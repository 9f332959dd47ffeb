"""A No for all rows gives way to a row's own text; what is blank is proposed as nothing."""

import pytest

from hub.domain.importing.mapping import Mapping, propose
from hub.domain.importing.rows import read_rows
from hub.domain.importing.table import find_table
from hub.protocols.files import kinds_on_disk

KINDS = {kind.code: kind for kind in kinds_on_disk()}
RISKY = "fact-high_risk_medicine"


@pytest.mark.parametrize(
    ("text", "answer", "word"),
    [
        ("Please start Methotrexate 2.5 mg weekly", "not_sure", "methotrexate"),
        ("Apixaban 5 mg twice a day", "not_sure", "apixaban"),
        ("Stop the steroids", "not_sure", "steroids"),
        ("Start amlodipine 5 mg", "no", ""),
        ("Methotrexated", "no", ""),
    ],
)
@pytest.mark.parametrize("read_as", ["ask", "ignore"])
def test_a_medicine_in_the_row_beats_the_no_for_all_rows(
    text: str, answer: str, word: str, read_as: str
) -> None:
    header = ("Letter", "Plan")
    table = find_table([(1, header), (2, ("DM-1", text)), (3, ("DM-2", "x"))])
    mapping = Mapping({0: "document", 1: read_as}, {RISKY: "no", "fact-medicine_change": "no"}, kind="OPLET")
    (read,) = read_rows(table.rows[0], mapping, header, list(KINDS.values()))
    assert read.values[RISKY] == answer
    assert read.doubts == ({RISKY: word} if word else {})
    assert read.values["fact-medicine_change"] == "no", "which lifts nothing"


def test_what_a_cell_answers_stands_and_not_urgent_is_not_urgent() -> None:
    header = ("Letter", "Plan", "High risk?")
    defaults = {RISKY: "no", "fact-urgent_letter": "no"}
    mapping = Mapping({0: "document", 1: "ask", 2: RISKY}, defaults, kind="OPLET")
    cells = [("A1", "Lithium, not urgent", "No"), ("A2", "Non-urgent", ""), ("A3", "Urgent: today", "")]
    table = find_table([(1, header), *enumerate(cells, 2)])
    found = [read_rows(row, mapping, header, list(KINDS.values()))[0] for row in table.rows]
    assert [one.values[RISKY] for one in found] == ["no", "no", "no"]
    assert [one.doubts for one in found] == [{}, {}, {"fact-urgent_letter": "urgent"}]


def test_values_that_name_conditions_say_what_a_column_is_and_blank_is_nothing() -> None:
    header = ("NHS number", "Review due", "Comments")
    rows = [
        (2, ("9990007000", "Asthma annual review", "")),
        (3, ("9990007001", "Diabetes annual review", "")),
    ]
    guesses = propose(find_table([(1, header), *rows]), [KINDS["LTC"]])
    by_title = {one.header: one for one in guesses}
    assert (by_title["Review due"].field, by_title["Review due"].confidence) == ("condition", "likely")
    assert by_title["Comments"].field == "ignore"
    remembered = Mapping({0: "nhs_number", 1: "condition", 2: "ask"})
    again = propose(find_table([(1, header), *rows]), [KINDS["LTC"]], remembered)
    assert [one.field for one in again] == ["nhs_number", "condition", "ignore"]
