"""Made-up files of requests, and a person who brings one in, confirms its columns and approves it."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Flask

from hub.domain.identifiers import format_nhs_number, made_up_nhs_number
from tests.support.running import acting_as, run_jobs

HEADER = (
    "NHS Number", "Surname", "Forename", "Date of Birth", "Record number", "Practice code", "Request type",
    "Condition", "Document", "Ask", "Received", "Urgency",
)  # fmt: skip
FIELDS = (
    "nhs_number", "family", "given", "born", "record_number", "practice", "kind", "condition", "document",
    "ask", "receipt", "urgency",
)  # fmt: skip
# Answers for every row: no safety question is left open.
ANSWERS = (
    "result_needs_action", "recent_flare", "out_of_critical_medicine", "serious_reaction",
    "high_risk_medicine", "pregnancy", "palliative", "supply_short", "repeat_contact", "care_home_new",
    "issue_waiting", "urgent_letter",
)  # fmt: skip


def line(index: int, practice: str, **more: str) -> list[str]:
    """One row of a made-up patient: a review, unless said otherwise."""
    values = {
        "nhs_number": format_nhs_number(made_up_nhs_number(index)),
        "family": f"Testperson{index}",
        "given": "Alex",
        "born": f"{index % 28 + 1:02d}/{index % 12 + 1:02d}/{1940 + index % 60}",
        "record_number": str(70_000 + index),
        "practice": practice,
        "kind": "SMR",
        "condition": "",
        "document": "",
        "ask": "Please review.",
        "receipt": "20/11/2026",
        "urgency": "routine",
    } | more
    return [values[name] for name in FIELDS]


def as_csv(lines: Iterable[Sequence[str]]) -> bytes:
    """The file as CSV."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows(lines)
    return out.getvalue().encode()


def as_xlsx(lines: Iterable[Sequence[str]]) -> bytes:
    """The file as an Excel workbook."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate([HEADER, *lines]):
            sheet.write_row(number, 0, cells)
    return out.getvalue()


def mapping(**more: str) -> Any:
    """What the columns hold, as a person would confirm it; `more` are defaults for all rows."""
    from hub.domain.importing.mapping import Mapping

    defaults = {f"fact-{code}": "no" for code in ANSWERS} | more
    return Mapping(columns=dict(enumerate(FIELDS)), defaults=defaults, date_order="dmy")


class Importer:
    """Somebody of a practice with a file."""

    def __init__(self, app: Flask, who: Any) -> None:
        self.app = app
        self.who = who
        self.ref = ""
        self.defaults: dict[str, str] = {}

    def upload(self, data: bytes, name: str = "requests.csv") -> "Importer":
        """Bring the file in and confirm its columns."""
        from hub.imports import actions, queries

        with acting_as(self.app, self.who) as by:
            self.ref = actions.upload(data=data, filename=name, practice=None, kind=None, by=by).ref
        with acting_as(self.app, self.who) as by:
            actions.set_mapping(queries.get(self.ref, lock=True), mapping(**self.defaults), by=by)
        return self

    def checked(self, data: bytes) -> "Importer":
        """Bring the file in and have it checked."""
        self.upload(data)
        run_jobs(self.app)
        return self

    def act(self, act: Any, *given: Any, **more: Any) -> Any:
        """Do `act` on the run as this person, as a view does: load and lock, act, commit."""
        from hub.imports import queries

        with acting_as(self.app, self.who) as by:
            return act(queries.get(self.ref, lock=True), *given, by=by, **more)

    def read(self, query: Any, *given: Any) -> Any:
        """Ask something about the run as this person."""
        from hub.imports import queries

        with acting_as(self.app, self.who):
            return query(queries.get(self.ref), *given)

    def counts(self) -> dict[str, int]:
        """The counts that are not nought."""
        from hub.imports import queries

        return {name: count for name, count in self.read(queries.counts).items() if count}
