"""The template and the example that a practice may download: CSV and XLSX, of one kind, with every column."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import xlsxwriter

from hub.domain.identifiers import made_up_nhs_number
from hub.domain.kinds import Kind, SafetyFact

CSV, XLSX = "csv", "xlsx"
MIMETYPES = {CSV: "text/csv", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_NAMES = (("Demo-Archer", "Ada"), ("Demo-Baker", "Bill"), ("Demo-Carter", "Cora"))
_BORN = (dt.date(1951, 3, 27), dt.date(1947, 11, 2), dt.date(1963, 8, 14))
_ANSWER_WORDS = {"yes": "Yes", "no": "No", "not_sure": "Not sure"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the template: its title, whether it must be there, what may stand in it, an example."""

    title: str
    needed: str
    words: str
    example: tuple[str | dt.date, str | dt.date, str | dt.date]
    width: int = 18


def columns(kind: Kind, today: dt.date) -> list[Column]:
    """Return the columns of a file of this kind, those that must be there first."""
    return [*_patient(kind), *_asked(kind, today), *_facts(kind)]


def _patient(kind: Kind) -> list[Column]:
    if not kind.needs_patient:
        return []
    numbers = [_spaced(made_up_nhs_number(900 + place)) for place in range(3)]
    return [
        Column(
            "NHS number",
            "Yes",
            "10 digits, with or without spaces. In Excel, format the column as text before you fill it.",
            (numbers[0], numbers[1], numbers[2]),
            16,
        ),
        Column(
            "Family name",
            "Yes, or one column with the whole name",
            "As in the record. A whole name is read as SMITH, Jane or Mrs Jane Smith.",
            (_NAMES[0][0], _NAMES[1][0], _NAMES[2][0]),
        ),
        Column("Given name", "Yes, unless the name is whole", "As in the record.", _given(), 14),
        Column(
            "Date of birth",
            "Yes",
            "Such as 27/03/1951, 27-Mar-1951 or 1951-03-27, all rows alike.",
            _BORN,
            14,
        ),
        Column(
            "Record number",
            "No, but you need it later for files for Accurx",
            "The patient's number in your clinical system, such as the EMIS number.",
            ("70901", "70902", "70903"),
        ),
    ]


def _given() -> tuple[str, str, str]:
    return (_NAMES[0][1], _NAMES[1][1], _NAMES[2][1])


def _asked(kind: Kind, today: dt.date) -> list[Column]:
    found = []
    if kind.subtypes:
        names = [one.name for one in kind.subtypes]
        found.append(
            Column(
                "Condition", "Yes, or one for all rows", _one_of(names), (names[0], names[2], names[3]), 26
            )
        )
    if kind.needs_document:
        hint = "Its number in Docman or in your clinical system."
        found.append(Column("Document reference", "Yes", hint, ("DOC-4711", "DOC-4712", "DOC-4713"), 20))
    needed = "No" if kind.about == "document" else "Yes, or one text for all rows"
    found.append(Column("What you ask", needed, kind.ask_hint, _asks(), 50))
    received = f"{kind.receipt_label}. Without it: today."
    found.append(Column("Date received", "No", received, (today, today, today), 14))
    if kind.asks_next_issue:
        when = today + dt.timedelta(days=10)
        found.append(Column("Next issue date", "No", "The next repeat prescription.", (when, when, ""), 16))
    how_soon = "Routine, By tomorrow or Today. Without it: in its usual turn."
    found.append(Column("How soon", "No", how_soon, ("Routine", "Routine", "By tomorrow"), 14))
    why = "Needed in rows that cannot wait for their usual turn."
    found.append(Column("Why it is urgent", "No", why, ("", "", "Medicine runs out on Friday"), 30))
    return found


def _asks() -> tuple[str, str, str]:
    return ("Yearly review is due", "Please check the last blood tests", "Patient asks for a call")


def _facts(kind: Kind) -> list[Column]:
    return [_fact(one) for one in kind.facts]


def _fact(fact: SafetyFact) -> Column:
    title = f"{fact.signal[0].upper()}{fact.signal[1:]}"
    must = fact.band_if_yes is not None
    without = "Without the column you choose one answer for all rows." if must else "May be empty."
    return Column(title, "No", f"{fact.question} Yes, No or Not sure. {without}", ("No", "No", "Not sure"))


def _one_of(names: Sequence[str]) -> str:
    return f"One of: {', '.join(names)}."


def _spaced(number: str) -> str:
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def file_name(kind: Kind, form: str, *, filled: bool) -> str:
    """Return what the download is called."""
    return f"{'example' if filled else 'template'}-{kind.code.lower()}.{form}"


def as_csv(kind: Kind, today: dt.date, *, filled: bool) -> bytes:
    """Return the template (or, `filled`, the example with three made-up patients) as CSV that Excel opens."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(_rows(columns(kind, today), filled))
    return text.getvalue().encode("utf-8-sig")


def _rows(found: Sequence[Column], filled: bool) -> list[list[str]]:
    examples = [[_shown(one.example[place]) for one in found] for place in range(3)] if filled else []
    return [[one.title for one in found], *examples]


def _shown(value: str | dt.date) -> str:
    return value if isinstance(value, str) else value.strftime("%d-%b-%Y")


def as_xlsx(kind: Kind, today: dt.date, *, filled: bool) -> bytes:
    """Return the same as a workbook: numbers formatted as text, so that Excel keeps every digit."""
    found, out = columns(kind, today), io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Requests")
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "dd-mmm-yyyy"})
    for place, one in enumerate(found):
        dated = isinstance(one.example[0], dt.date)
        sheet.set_column(place, place, one.width, day if dated else text)
        sheet.write_string(0, place, one.title, head)
        for row in range(1, 4) if filled else ():
            value = one.example[row - 1]
            if isinstance(value, dt.date):
                sheet.write_datetime(row, place, dt.datetime.combine(value, dt.time()), day)
            elif value:
                sheet.write_string(row, place, value, text)
    sheet.freeze_panes(1, 0)
    _explain(book, found, head)
    book.close()
    return out.getvalue()


def _explain(book: xlsxwriter.Workbook, found: Sequence[Column], head: object) -> None:
    """Add a second sheet that says what each column holds; only the first sheet is read."""
    sheet = book.add_worksheet("What goes where")
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for place, (title, width) in enumerate((("Column", 34), ("Needed?", 24), ("What we read", 80))):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, title, head)
    for row, one in enumerate(found, start=1):
        for place, words in enumerate((one.title, one.needed, one.words)):
            sheet.write_string(row, place, words, wrapped)


MAKERS: dict[str, Callable[..., bytes]] = {CSV: as_csv, XLSX: as_xlsx}
