"""The template and the example that a practice downloads: what we read of them is what we wrote."""

import datetime as dt
import io
import json
from pathlib import Path

import openpyxl
import pytest

from hub.domain.importing.fields import fields_for
from hub.domain.importing.mapping import propose
from hub.domain.importing.table import find_table
from hub.domain.kinds import Kind, parse
from hub.imports import example_presenters as examples
from hub.imports.reading import read_file

TODAY = dt.date(2026, 11, 23)
KINDS = [parse(json.loads(path.read_text())) for path in sorted(Path("hub/protocols/kinds").glob("*.json"))]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
@pytest.mark.parametrize("form", examples.MAKERS)
def test_every_column_of_the_example_is_recognised(kind: Kind, form: str) -> None:
    file = examples.MAKERS[form](kind, TODAY, filled=True)
    table = find_table(read_file(file, examples.file_name(kind, form, filled=True)).rows)
    guesses = propose(table, [kind])
    assert len(table.rows) == 3
    assert {one.header: one.confidence for one in guesses} == {one.header: "sure" for one in guesses}
    asked = {code for code in fields_for([kind]) if code.startswith("fact-")}
    needed = {"nhs_number", "family", "given", "born"} | ({"document"} if kind.needs_document else set())
    assert {one.field for one in guesses} >= asked | needed | {"ask", "receipt", "urgency", "urgency_reason"}
    assert len({one.field for one in guesses}) == len(guesses)


def test_the_workbook_keeps_every_digit_of_a_number() -> None:
    kind = KINDS[0]
    for filled in (False, True):
        book = openpyxl.load_workbook(io.BytesIO(examples.as_xlsx(kind, TODAY, filled=filled)))
        sheet = book["Requests"]
        titles = [cell.value for cell in sheet[1]]
        assert titles == [one.title for one in examples.columns(kind, TODAY)]
        assert sheet.max_row == (4 if filled else 1)
        for place in (titles.index("NHS number"), titles.index("Record number")):
            letter = openpyxl.utils.get_column_letter(place + 1)
            assert sheet.column_dimensions[letter].number_format == "@", "what is typed there stays text"
            if filled:
                assert sheet.cell(2, place + 1).data_type == "s"
    assert sheet.cell(2, titles.index("Date of birth") + 1).is_date
