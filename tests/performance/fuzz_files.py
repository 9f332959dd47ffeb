"""Files as practices send them, and as nobody should: made from a seed, with every change to them named."""

import csv
import datetime as dt
import io
import random
import zipfile
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter

from hub.domain.identifiers import format_nhs_number, made_up_nhs_number
from tests.support import workbooks

Cell = Any
FAMILIES = (
    "SMITH",
    "O'Brien",
    "van der Berg",
    "Müller",
    "KHAN-JONES",
    "Ó Súilleabháin",
    "Łukasz",
    "李",
    "=SMITH",
)
GIVEN = ("Jane", "Bob (Mr)", "Zoë", "Anne-Marie", "Ali")
CONDITIONS = (
    "Asthma",
    "Type 2 diabetes mellitus",
    "COPD",
    "Essential hypertension",
    "Eczema",
    "Stroke and TIA",
)
ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32")
CUSTOMS = (dt.date(1899, 12, 31), dt.date(1900, 3, 1), dt.date(9999, 12, 31), dt.date(2000, 2, 29))


@dataclass
class Draft:
    """A file on its way: its rows, where its titles stand, how it is written, what was done."""

    rows: list[list[Cell]]
    titles: int
    xlsx: bool
    encoding: str = "utf-8"
    separator: str = ","
    end: str = "\r\n"
    quoting: Any = csv.QUOTE_MINIMAL
    name: str = "list.csv"
    done: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Made:
    """A file to upload, the kind of request to choose with it, and the names of what was done to it."""

    data: bytes
    name: str
    kind: str
    done: tuple[str, ...]


def person(chance: random.Random) -> dict[str, Cell]:
    """Return a made-up patient, as different columns may give them."""
    born = dt.date(1930, 1, 1) + dt.timedelta(days=chance.randrange(30_000))
    number = made_up_nhs_number(chance.randrange(400))  # few, so that patients come again
    family, given = chance.choice(FAMILIES), chance.choice(GIVEN)
    return {
        "nhs": chance.choice([number, format_nhs_number(number), int(number)]),
        "family": family,
        "given": given,
        "name": f"{family}, {given}",
        "born": born,
        "record": chance.randrange(10**6),
        "condition": chance.choice(CONDITIONS),
        "flag": chance.choice(["Yes", "No", "Y", "", "N"]),
        "flag2": chance.choice(["Yes", "No", None]),
        "day": dt.date(2026, 11, 1) + dt.timedelta(days=chance.randrange(22)),
        "document": f"DOC{chance.randrange(10**7)}",
        "filing": chance.choice(["Discharge summary", "Clinic letter", "111 report"]),
        "ask": chance.choice(["Please review.", "Dose?", 'Line one\nline two, and more; "quoted"']),
        "practice": "K81003",
        "kind": chance.choice(["SMR", "LTC", "Medication query", "Discharge"]),
    }


# Layouts: what is asked for, the titles as the systems write them, which part of a person stands below.
LAYOUTS: dict[str, tuple[str, str, str]] = {
    "EMIS list": (
        "LTC",
        "NHS Number|Patient Name|Date of Birth|EMIS Number|Code Term|Date",
        "nhs name born record condition day",
    ),
    "SystmOne breakdown": (
        "LTC",
        "NHS number|Surname|Forename|DOB|Register",
        "nhs family given born condition",
    ),
    "Docman tasks": (
        "DISCH",
        "Document Number|Letter Date|Filing Name|NHS No.|Patient|DOB|Date Received",
        "document day filing nhs name born day",
    ),
    "flags": ("LTC", "Pt NHS|Full Name|D.O.B.|Asthma|COPD", "nhs name born flag flag2"),
    "template": (
        "column",
        "NHS Number|Surname|Forename|Date of birth|Practice code|Request type|Condition|Ask|Date received",
        "nhs family given born practice kind condition ask day",
    ),
    "bare numbers": ("SMR", "NHS Number", "nhs"),
}


def base(chance: random.Random, most_rows: int) -> tuple[Draft, str]:
    """Return a clean file in one of the layouts, and the kind it is for."""
    layout = chance.choice(list(LAYOUTS))
    kind, titles, parts = LAYOUTS[layout]
    people = [person(chance) for _ in range(chance.randint(1, most_rows))]
    rows: list[list[Cell]] = [titles.split("|"), *([one[part] for part in parts.split()] for one in people)]
    xlsx = chance.random() < 0.5
    draft = Draft(rows, 0, xlsx, name="list.xlsx" if xlsx else "list.csv", done=[layout])
    if not xlsx:
        draft.encoding = chance.choice(ENCODINGS)
        draft.separator = chance.choice([",", ",", ";", "\t", "|"])
        draft.end = chance.choice(["\r\n", "\r\n", "\n", "\r"])
        draft.quoting = chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    return draft, kind


def write_csv(draft: Draft, chance: random.Random) -> str:
    """Return the rows as text; dates in one of the ways that systems write them."""
    style = chance.choice(["%d/%m/%Y", "%d-%b-%Y", "%Y-%m-%d", "%d-%b-%Y 00:00", "%m/%d/%Y"])
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=draft.separator, lineterminator=draft.end, quoting=draft.quoting)
    for row in draft.rows:
        writer.writerow([cell.strftime(style) if isinstance(cell, dt.date) else cell for cell in row])
    return file.getvalue()


def write_parts(draft: Draft, chance: random.Random) -> dict[str, bytes]:
    """Return the parts of a workbook with the rows, as a program or as a bare minimum writes them."""
    if chance.random() < 0.5:
        rows = [
            workbooks.row(number, *(_xml(cell) for cell in row))
            for number, row in enumerate(draft.rows, start=1)
        ]
        parts = workbooks.contents(workbooks.sheet(*rows))
        return {
            name: part if isinstance(part, bytes) else part.encode("utf-8", "replace")
            for name, part in parts.items()
        }
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"default_date_format": "dd/mm/yyyy", "strings_to_formulas": False})
    page = book.add_worksheet("Patients")
    for number, row in enumerate(draft.rows):
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                page.write_string(number, place, cell[:32_767].encode("utf-8", "replace").decode())
            elif cell is not None:
                page.write(number, place, cell)
    book.close()
    with zipfile.ZipFile(file) as container:
        return {name: container.read(name) for name in container.namelist()}


def _xml(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<c/>"
    if isinstance(cell, int | float):
        return f"<c><v>{cell!r}</v></c>"
    if isinstance(cell, dt.date):
        return f"<c><v>{(cell - dt.date(1899, 12, 30)).days}</v></c>"
    kept = "".join(c if c.isprintable() or c in "\n\t" else f"_x{ord(c):04X}_" for c in str(cell))
    escaped = kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<c t="inlineStr"><is><t>{escaped}</t></is></c>'
