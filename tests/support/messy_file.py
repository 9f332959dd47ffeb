"""A list of patients as a clinical system exports it: titles above, odd columns, a total below."""

import csv
import datetime as dt
import io
from typing import Any

from hub.domain.identifiers import made_up_nhs_number

PATIENTS = 12
_TITLES: tuple[list[str], ...] = (
    ["Long-term conditions: asthma register, reviews due"],
    ["Run by", "Reception", "", "", "", "", ""],
    [],
)
_HEADER = ("Patient Details", "NHS No.", "DOB", "EMIS Number", "Usual GP", "Last Done", "Comments")
BROKEN_ROW, TWICE_ROW = 10, 14  # by the file's own row numbers


def messy(*, patients: int = PATIENTS, separator: str = ";") -> bytes:
    """Return an export in Windows-1252: the sixth row's number is broken, the tenth repeats the first."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerows([*_TITLES, _HEADER])
    writer.writerows(_row(place) for place in range(patients))
    writer.writerow([f"Total: {patients}", "", "", "", "", "", ""])
    return text.getvalue().encode("cp1252")


def identity_of(place: int) -> dict[str, Any]:
    """Who patient `place` is, as the fields of an identity."""
    return {
        "family": f"Demo-Müller{chr(97 + place % 26)}",
        "given": "Zoë",
        "born": dt.date(1950 + place % 40, 3, place % 27 + 1),
        "nhs_number": made_up_nhs_number(700 + place),
        "record_number": str(70700 + place),
    }


def _row(place: int) -> list[str]:
    number = place + len(_TITLES) + 2
    who = identity_of(0 if number == TWICE_ROW else place)
    digits = who["nhs_number"]
    if number == BROKEN_ROW:
        digits = f"{digits[:-1]}{(int(digits[-1]) + 1) % 10}"
    spaced = f"{digits[:3]} {digits[3:6]} {digits[6:]}"
    name = f"{who['family']}, {who['given']} (Mrs)"
    born = f"{who['born']:%d/%m/%Y}"
    return [name, spaced, born, who["record_number"], "Dr Demo", "01/02/2025", "Yearly review due"]
