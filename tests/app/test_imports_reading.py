"""A file becomes cells, or one sentence on why not and what to do; whatever it is, it costs little."""

import csv
import datetime as dt
import io
import random
import re
import resource
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.domain.errors import Invalid
from hub.domain.importing.cells import NO_RESULT
from hub.domain.importing.table import MOST_COLUMNS, Cell, find_table
from hub.imports.reading import read_file
from hub.imports.reading.limits import LARGEST_FILE
from tests.support.workbooks import BEGIN, END, SPREADSHEET, contents, packed, row, sheet, workbook

settings.register_profile("reading", deadline=None, suppress_health_check=[HealthCheck.too_slow])
LIST = (["NHS Number", "Name"], ["9990000018", "SMITH, Jane"], ["9990000026", "Ørsted, Zoë £"])
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")


def cells(data: bytes, name: str = "list.csv") -> list[tuple[int, tuple[Cell, ...]]]:
    """Every row of a file."""
    return list(read_file(data, name).rows)


def how(data: bytes, name: str = "list.csv") -> str:
    """How a file was read, in one text."""
    read = read_file(data, name)
    list(read.rows)
    return " ".join(read.how)


def refusal(data: bytes, name: str = "list.xlsx") -> str:
    """The sentence with which a file is refused, while it is opened or read or its table is sought."""
    with pytest.raises(Invalid) as refused:
        find_table(read_file(data, name).rows)
    assert set(refused.value.problems) == {"file"}
    return str(refused.value)


def as_csv(
    lines: Sequence[Sequence[str]], encoding: str = "utf-8", separator: str = ",", end: str = "\r\n"
) -> bytes:
    """A clean CSV file."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator, lineterminator=end).writerows(lines)
    return file.getvalue().encode(encoding)


def as_xlsx(lines: Sequence[Sequence[Any]], day: str = "dd/mm/yyyy", **options: Any) -> bytes:
    """A workbook as a program writes it."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"default_date_format": day, **options})
    page = book.add_worksheet("Patients")
    for number, line in enumerate(lines):
        for place, value in enumerate(line):
            (page.write_string if isinstance(value, str) else page.write)(number, place, value)
    book.close()
    return file.getvalue()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_encoding_and_separator_gives_the_same_cells(encoding: str, separator: str) -> None:
    for end in ("\r\n", "\n", "\r"):
        data = as_csv(LIST, encoding, separator, end)
        assert cells(data) == [(n, tuple(line)) for n, line in enumerate(LIST, start=1)]
    assert "separated by" in how(data)


@st.composite
def lists(draw: st.DrawFn) -> tuple[list[list[str]], str]:
    """A list of texts, with letters that every one of the encodings has, and what separates its columns."""
    separator, width = draw(st.sampled_from(",;\t|")), draw(st.integers(2, 5))
    text = st.text(st.sampled_from(f"abzAZ019 {separator}\"'\n£éß./-@"), max_size=9)
    lines = draw(st.lists(st.lists(text, min_size=width, max_size=width), min_size=1, max_size=6))
    return [[f"n{n}" for n in range(width)], *([f"é{line[0]}", *line[1:]] for line in lines)], separator


@settings(settings.get_profile("reading"), max_examples=30)
@given(lists(), st.sampled_from(ENCODINGS))
def test_a_clean_list_comes_back_as_it_was_written(drawn: tuple[list[list[str]], str], encoding: str) -> None:
    lines, separator = drawn
    wanted = [tuple(text if text.strip() else None for text in line) for line in lines]
    trimmed = [one[: max(p for p, c in enumerate(one, 1) if c is not None)] for one in wanted]
    assert [found for _, found in cells(as_csv(lines, encoding, separator))] == trimmed
    assert [found for _, found in cells(as_xlsx(lines), "list.xlsx")] == trimmed


def test_rows_keep_the_numbers_of_the_spreadsheet() -> None:
    text = b'sep=;\r\nNHS;Note\r\n\r\n"1";"two\r\nlines"\r\n;;\r\n"2";"b"\r\n'
    assert cells(text) == [(1, ("NHS", "Note")), (3, ("1", "two\r\nlines")), (5, ("2", "b"))]
    page = sheet(
        row(3, "NHS", "Note"), row(900_000, "1", "a"), '<row><c t="inlineStr"><is><t>x</t></is></c></row>'
    )
    assert cells(workbook(page), "a.xlsx") == [(3, ("NHS", "Note")), (900_000, ("1", "a")), (900_001, ("x",))]


def test_a_quotation_mark_without_partner_swallows_nothing() -> None:
    text = b'a,b,c\n1,"two,3\n4,5,6\n7,"8 ""x""",9\n10,5" drain,12\n"13",14,"15\n16,"17"x,18\n'
    assert [found for _, found in cells(text)] == [
        ("a", "b", "c"),
        *(("1", '"two', "3"), ("4", "5", "6"), ("7", '8 "x"', "9"), ("10", '5" drain', "12")),
        *(("13", "14", '"15'), ("16", '"17"x', "18")),
    ]
    assert "without a partner" in how(text)


def test_damage_shows_and_digits_kept_as_text_are_plain() -> None:
    assert cells(b'NHS,Name\n="9990000018",A\x00B\n')[1] == (2, ("9990000018", "A\ufffdB"))
    mixed = (
        "NHS,Name\n1,Zoë\n2,Ærø\n3,Ünal\n4,Óscar\n5,Ève\n6,Åse\n7,Çelik\n8,Ñu\n9,Üm\n10,Äh\n".encode()
        + b"11,\xe9\n"
    )
    assert cells(mixed)[-1] == (12, ("11", "\ufffd")) and "could not be read" in how(mixed)
    assert "its name ends in .xlsx" in how(as_csv(LIST), "list.xlsx")


def test_a_workbook_is_read_as_others_read_it(tmp_path: Path) -> None:
    """Two other readers are the witnesses, on a workbook of all sorts of cells."""
    chance = random.Random(7)
    sorts: list[Callable[[], Any]] = [
        lambda: chance.choice(["", "text", "_x0041_ kept", "<&>", " é "]),
        lambda: chance.randint(0, 10**12),
        lambda: round(chance.random() * 1000, 3),
        lambda: dt.datetime(1950, 3, 27) + dt.timedelta(days=chance.randint(0, 30_000)),  # noqa: DTZ001
        lambda: dt.datetime(2026, 3, 27, 9, 30) + dt.timedelta(minutes=chance.randint(0, 30_000)),  # noqa: DTZ001
        lambda: chance.random() > 0.5,
    ]
    lines = [["h"] * 6, *([make() for make in sorts] for _ in range(200))]
    file = tmp_path / "all.xlsx"
    file.write_bytes(as_xlsx(lines, day="dd-mmm-yyyy hh:mm"))
    ours = [tuple(map(_plain, found)) for _, found in read_file(file, file.name).rows]
    page = openpyxl.load_workbook(file).worksheets[0]
    theirs = [tuple(map(_plain, found)) for found in page.iter_rows(values_only=True)]
    others = python_calamine.load_workbook(file).get_sheet_by_index(0).to_python()
    assert ours == theirs == [tuple(map(_plain, found)) for found in others]


def _plain(cell: Any) -> Any:
    if isinstance(cell, dt.date) and not isinstance(cell, dt.datetime):
        return dt.datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001
    if isinstance(cell, str):
        return cell if cell.strip() else None
    return cell if isinstance(cell, bool) or not isinstance(cell, int) else float(cell)


def test_days_are_known_by_built_in_formats_too() -> None:
    day = dt.date(1951, 3, 27)
    assert cells(as_xlsx([["Born"], [day]], day="m/d/yy"), "a.xlsx")[1] == (2, (day,))


def test_formulas_count_by_their_stored_result() -> None:
    page = sheet(
        row(1, "NHS", "Sum", "Bad"),
        row(
            2,
            "<c><f>A1</f><v>7</v></c>",
            "<c><f>1+1</f></c>",
            '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>',
            more=' hidden="1"',
        ),
    )
    assert cells(workbook(page), "a.xlsx")[1] == (2, (7, NO_RESULT, "#DIV/0!"))
    said = how(workbook(page), "a.xlsx")
    assert "One formula has no stored result" in said and "One hidden row" in said


def test_the_sheet_with_the_list_is_read_and_named() -> None:
    cover, data = sheet(row(1, "Report")), sheet(row(1, "NHS", "Name"), row(2, "1", "a"), row(3, "2", "b"))
    assert cells(workbook(cover, data, sheet()), "a.xlsx")[0] == (1, ("NHS", "Name"))
    assert "“Sheet2” only; also with values: “Sheet1”" in how(workbook(cover, data, sheet()), "a.xlsx")
    assert "Only hidden sheets" in refusal(workbook(sheet(), data, states={1: "veryHidden"}))
    assert "No sheet of this workbook has values" in refusal(workbook(sheet()))


GOOD = workbook(sheet(row(1, "NHS Number", "Name"), row(2, "9990000018", "SMITH, Jane")))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "zeros": (b"\0" * 100_000, "empty"),
    "password": (
        OLE + "EncryptedPackage".encode("utf-16-le"),
        "password protected: save it without a password",
    ),
    "old": (
        OLE + "Workbook".encode("utf-16-le"),
        r"\(.xls\): open it .* save it as an Excel workbook \(.xlsx\)",
    ),
    "word": (OLE + "WordDocument".encode("utf-16-le"), "Word document"),
    "pdf": (b"%PDF-1.7\n", "PDF document"),
    "web page": (b"\xef\xbb\xbf <HTML><table>", "web page"),
    "xml": ('<?xml version="1.0"?><a/>'.encode("utf-16"), "XML document"),
    "noise": (random.Random(1).randbytes(5000), "neither text nor an Excel workbook"),
    "too large": (b"1" * (LARGEST_FILE + 1), "larger than 10 MB"),
    "cut off": (GOOD[:-100], "damaged or incomplete"),
    "spoilt": (GOOD[:300] + b"\xff" * 60 + GOOD[360:], "damaged or incomplete"),
    "folder": (packed({"list.csv": "a,b"}), "ZIP folder"),
    "macros": (workbook(sheet(), xl__vbaProject_bin=b"x"), "contains macros"),
    "binary": (packed({"_rels/.rels": "", "xl/workbook.bin": "x"}), r"\(.xlsb\)"),
    "open document": (packed({"mimetype": "x", "content.xml": "x"}), "OpenDocument"),
    "document": (packed({"_rels/.rels": "", "word/document.xml": "x"}), "a document, not a spreadsheet"),
    "entities": (workbook('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet/>'), "entities"),
    "laughs": (
        workbook(sheet(), xl__styles_xml='<!DOCTYPE a [<!ENTITY b "bb">]><styleSheet>&b;</styleSheet>'),
        "entities",
    ),
    "wide": (
        workbook(sheet(row(1, "NHS", '<c r="XFD1"><v>1</v></c>'))),
        f"column XFD; at most {MOST_COLUMNS} columns",
    ),
    "wide text": (b"a" + b"," * 200 + b"b\n", "column GS"),
    "long cell": (b"a,b\n1," + b"x" * 40_000, "longer than 32,767 characters"),
    "long line": (b"x" * 1_100_000, "longer than 1,000,000 characters"),
    "no text": (workbook(BEGIN + '<row r="1"><c t="s"><v>3</v></c></row>' + END), "damaged or incomplete"),
    "backwards": (workbook(sheet(row(2, "a"), row(1, "b"))), "damaged or incomplete"),
    "deep": (workbook(BEGIN + "<a>" * 100), "elements inside elements"),
    "many parts": (b"PK\x03\x04" + b"PK\x01\x02" * 3000, "unpacks to far more"),
    "many names": (workbook(BEGIN + "".join(f"<a{n}/>" for n in range(9000)) + END), "damaged or incomplete"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused_in_one_sentence(name: str) -> None:
    data, says = REFUSED[name]
    said = refusal(data)
    assert said == said.strip() and said.endswith(".") and "\n" not in said
    assert re.search(says, said), said


def test_a_list_longer_than_one_import_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.imports.reading.limits.MOST_ROWS", 500)
    monkeypatch.setattr("hub.domain.importing.table.MOST_ROWS", 500)
    assert "more than 500 rows" in refusal(b"NHS Number,b\n" + b"1,2\n" * 501)
    assert "more than 500 rows" in refusal(b"NHS Number,b\n" + b"1,2\n" * 5000)


def bomb(part: str, begin: str, piece: bytes, times: int) -> bytes:
    """A workbook of which one part is `piece` many times over."""
    return packed(contents(sheet()) | {part: begin.encode() + piece * times})


@pytest.mark.parametrize(
    ("part", "begin", "piece"),
    [
        ("xl/worksheets/sheet1.xml", "", b"\0" * 1024),
        ("xl/worksheets/sheet1.xml", BEGIN, b"<row><c><v>1</v></c></row>" * 40),
        ("xl/worksheets/sheet1.xml", BEGIN + '<row><c r="', b"A" * 1024),
        ("xl/sharedStrings.xml", f'<sst xmlns="{SPREADSHEET}">', b"<si><t>abc</t></si>" * 50),
    ],
)
def test_a_bomb_costs_nothing(part: str, begin: str, piece: bytes) -> None:
    data = bomb(part, begin, piece, 25_000)
    assert len(data) < 400_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "unpacks to far more" in refusal(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


@settings(settings.get_profile("reading"), max_examples=120)
@given(st.binary(max_size=40), st.sampled_from([b"", as_csv(LIST), as_csv(LIST, "utf-16"), GOOD]), st.data())
def test_any_bytes_are_rows_or_one_sentence(noise: bytes, start: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(start)))
    gone = data.draw(st.integers(0, 30))
    try:
        found = cells(start[:place] + noise + start[place + gone :], "any")
    except Invalid as refused:
        assert set(refused.problems) == {"file"}  # noqa: PT017 - both ends are right
        return
    numbers = [number for number, _ in found]
    assert numbers == sorted(set(numbers)) and numbers[0] >= 1
