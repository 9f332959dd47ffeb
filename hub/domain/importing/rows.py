"""One row as the fields of a request's form: what cannot be read is a problem, never mended silently."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hub.domain.importing import cells, doubts, due, names, terms
from hub.domain.importing.cells import Cell
from hub.domain.importing.fields import CONDITION, FACT, IGNORE
from hub.domain.importing.layout import Row, as_written
from hub.domain.importing.mapping import Mapping
from hub.domain.kinds import Kind

_ODS = re.compile(r"\b[A-Z]\d{5}\b")
_DATES = {"born": False, "receipt": True, "next_issue": True}  # and whether two digits are enough for a year
CHOSEN_PRACTICE = "chosen_practice"  # the one chosen for the whole file, where a row says another thing
_REFERENCES = ("record_number", "document")
# Cells that say nothing of what is asked; all others are a row's own text, used or not.
_LONGEST_DUE, _LONGEST_ASK = 60, 1000  # as in the form for one request
_NO_TEXT = (
    *_DATES,
    "review_due",
    "nhs_number",
    "name",
    "family",
    "given",
    "record_number",
    "practice",
    "kind",
)


@dataclass(frozen=True)
class Problem:
    """What is wrong in one cell: the column's title, the field, and what to do. Never repeats the value.

    `field` is a code of `fields.fields_for`; both are "" for what is wrong with the whole row.
    """

    column: str
    field: str
    sentence: str


@dataclass(frozen=True)
class ReadRow:
    """A row as the fields of the request form, and "kind" and "practice"; `hub.intake.forms` judges them.

    `values["practice"]` is an ODS code where the cell holds one, else the name as it stands.
    `part` is 1, or counts the requests of one row that names several conditions. `doubts` maps a safety
    question's field to the word of the row's own text that speaks against the No given for all rows: its
    answer is "not_sure" then. `like` is the number of the row above whose patient it is, 0 if it names one.

    `values["practice"]` never gives way to the practice chosen for the file: where a cell says anything else,
    that one is `values["chosen_practice"]`, and who knows the practices decides whether they are the same.
    """

    number: int
    values: dict[str, str]
    problems: tuple[Problem, ...]
    part: int = 1
    doubts: dict[str, str] = field(default_factory=dict)
    like: int = 0


def read_row(row: Row, mapping: Mapping, header: Sequence[str], kinds: Sequence[Kind]) -> ReadRow:
    """Return the request in `row`; one that names several conditions is a problem here."""
    parts = read_rows(row, mapping, header, kinds)
    if len(parts) == 1:
        return parts[0]
    sentence = f"This row names {len(parts)} conditions: write a row for each of them."
    return replace(parts[0], problems=(*parts[0].problems, Problem("", "condition", sentence)))


def read_rows(
    row: Row, mapping: Mapping, header: Sequence[str], kinds: Sequence[Kind]
) -> tuple[ReadRow, ...]:
    """Return the requests in `row`: one, or one for each condition that it names."""
    row = row if mapping.as_above else as_written(row)
    reading = _Reading(mapping, kinds, texts=_texts(row, mapping))
    if len(row.cells) > len(header):
        reading.problem(
            "",
            "",
            "This row has more cells than the table has titles, so values may stand in wrong columns: "
            "give each column a title, and put text that has a comma in quotation marks.",
        )
    for index, code in mapping.columns.items():
        if code != IGNORE and 0 <= index < len(header):
            cell = row.cells[index] if index < len(row.cells) else None
            reading.cell(header[index], code, cell)
    reading.complete()
    problems = tuple(reading.problems)
    if not reading.conditions:
        return (ReadRow(row.number, reading.values, problems, doubts=reading.doubts, like=row.like),)
    return tuple(
        ReadRow(row.number, reading.values | {"subtype": subtype}, problems, part, reading.doubts, row.like)
        for part, subtype in enumerate(reading.conditions, start=1)
    )


def _texts(row: Row, mapping: Mapping) -> tuple[str, ...]:
    """Return the row's own text: its cells of words, but for who the patient is, dates and answers."""
    if "no" not in (value for code, value in mapping.defaults.items() if code.startswith(FACT)):
        return ()  # nothing is held against it
    codes = [mapping.columns.get(index, IGNORE) for index in range(len(row.cells))]
    return tuple(
        cell
        for cell, code in zip(row.cells, codes, strict=True)
        if isinstance(cell, str) and code not in _NO_TEXT and not code.startswith(FACT)
    )


@dataclass
class _Reading:
    """One row while it is read."""

    mapping: Mapping
    kinds: Sequence[Kind]
    texts: Sequence[str] = ()
    doubts: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    said: set[str] = field(default_factory=set)  # fields that a cell gave, or has a problem with

    def problem(self, column: str, code: str, sentence: str) -> None:
        self.problems.append(Problem(column, code, sentence))

    def cell(self, column: str, code: str, cell: Cell) -> None:
        """Read one cell into `values`, or note what is wrong with it."""
        try:
            value = cells.text(cell)
            if not value:
                return
            self.said.add(code)
            if cells.unreadable(value):
                raise ValueError("Some characters of this cell could not be read: write them again and save.")
            self._read(code, cell, value)
        except ValueError as error:
            self.said.add(code)
            self.problem(column, code, str(error))

    def _read(self, code: str, cell: Cell, value: str) -> None:
        if code == "nhs_number":
            self.values[code] = cells.nhs_number(cell)
        elif code == "name":
            self.values["family"], self.values["given"] = names.split(value)
        elif code in ("family", "given"):
            self.values[code] = names.without_title(value)
        elif code in _DATES:
            self._day(code, cells.date(cell, self.mapping.date_order, short_years=_DATES[code]))
        elif code in _REFERENCES:
            self.values[code] = cells.reference(cell)
        elif code == "review_due":
            self.values[code] = due.read(cell, self.mapping.date_order) or value[:_LONGEST_DUE]
        elif code == "condition":
            self._condition(cell, value)
        elif code.startswith(CONDITION):
            self._flag(code.removeprefix(CONDITION), value)
        else:
            self._words(code, value)

    def _words(self, code: str, value: str) -> None:
        if code == "practice":
            found = set(_ODS.findall(value.upper()))
            self.values[code] = found.pop() if len(found) == 1 else " ".join(value.split())
        elif code == "kind":
            if not (kind := terms.kind(value, self.kinds)):
                raise ValueError(f"This is none of the kinds of request: write {_codes(self.kinds)}.")
            self.values[code] = kind
        elif code == "urgency":
            if not (urgency := terms.urgency(value)):
                raise ValueError("Write Routine, Soon or Urgent.")
            self.values["requested"] = urgency
        elif code.startswith(FACT):
            if not (answer := terms.answer(value)):
                raise ValueError("Write Yes, No or Not sure.")
            self.values[code] = answer
        else:
            self.values[code] = value

    def _day(self, code: str, day: dt.date | None) -> None:
        if day is not None:
            parts = {"day": str(day.day), "month": str(day.month), "year": f"{day.year:04d}"}
            self.values |= {f"{code}-{part}": value for part, value in parts.items()}

    def _condition(self, cell: Cell, value: str) -> None:
        if re.fullmatch(r"[\d.,eE+]+", value):
            cells.snomed(cell)
            raise ValueError("Write the condition in words, such as Asthma, instead of its code.")
        found = terms.conditions(value, self.kinds)
        if not found:
            raise ValueError(
                "This names no condition that is reviewed here: write one of the list, such as Asthma."
            )
        self.conditions += [code for code in found if code not in self.conditions]

    def _flag(self, subtype: str, value: str) -> None:
        answer = terms.answer(value)
        if answer == "yes" or (not answer and subtype in terms.conditions(value, self.kinds)):
            if subtype not in self.conditions:
                self.conditions.append(subtype)
        elif answer != "no":
            raise ValueError("Write Yes or No: whether a review of this condition is asked for.")

    def complete(self) -> None:
        """Add what a person said for all rows, and what follows from the kind."""
        if self.mapping.kind:
            self.values["kind"] = self.mapping.kind
        if self.mapping.practice:
            if self.values.get("practice", self.mapping.practice) != self.mapping.practice:
                self.values[CHOSEN_PRACTICE] = self.mapping.practice
            else:
                self.values["practice"] = self.mapping.practice
        for code, value in self.mapping.defaults.items():
            if code not in self.said and value and not (code in ("family", "given") and "name" in self.said):
                self._default(code, value)
        self.values.setdefault("requested", "routine")
        kind = next((one for one in self.kinds if one.code == self.values.get("kind")), None)
        if kind is not None:
            self._settle(kind)

    def _default(self, code: str, value: str) -> None:
        if code in _DATES:
            self._day(code, dt.date.fromisoformat(value))
        elif code == "condition":
            self.conditions = self.conditions or [value]
        elif code == "urgency":
            self.values["requested"] = value
        else:
            self.values[code] = value

    def _tell_due(self, kind: Kind) -> None:
        """Say in what is asked when the review is due: whoever does it reads it there."""
        said, asked = due.words(self.values.get("review_due", "")), self.values.get("ask", "")
        told = f"{asked}{'' if asked.endswith(('.', '!', '?')) else '.'} Review due: {said}."
        if said and asked and kind.about == "patient" and not kind.needs_reply and len(told) <= _LONGEST_ASK:
            self.values["ask"] = told

    def _doubt(self, kind: Kind) -> None:
        """Take no No that was given for all rows where the row's own text names what is asked about."""
        for fact in kind.facts:
            code = FACT + fact.code
            alike = self.mapping.defaults.get(code) == "no" and code not in self.said
            if alike and fact.band_if_yes is not None and (word := doubts.named(self.texts, fact)):
                self.values[code] = "not_sure"
                self.doubts[code] = word

    def _settle(self, kind: Kind) -> None:
        self._doubt(kind)
        self._tell_due(kind)
        mapped = self.mapping.columns.values()
        own = {one.code for one in kind.subtypes}
        self.conditions = [code for code in self.conditions if code in own]
        flags = any(code.startswith(CONDITION) for code in mapped)
        if (
            own
            and not self.conditions
            and flags
            and not any(p.field.startswith(CONDITION) for p in self.problems)
        ):
            self.problem("", "condition", "None of the columns of conditions says Yes.")
        if kind.needs_patient and "nhs_number" in mapped and "nhs_number" not in self.said:
            self.problem(
                "",
                "nhs_number",
                "Fill in the NHS number; for a patient without one, use the form for one request.",
            )


def _codes(kinds: Sequence[Kind]) -> str:
    codes = [one.code for one in kinds]
    return f"{', '.join(codes[:-1])} or {codes[-1]}" if len(codes) > 1 else "".join(codes)
