"""A list of patients as a clinical system exports it: titles above, odd columns, a total below."""

import csv
import io

from hub.domain.identifiers import made_up_nhs_number

PATIENTS = 12
_TITLES = (
    ["Long-term conditions: asthma register, reviews due"],
    ["Run by", "Reception", "", "", "", "", ""],
    [],
)
_HEADER = ("Patient Details", "NHS No.", "DOB", "EMIS Number", "Usual GP", "Last Done", "Comments")
BROKEN_ROW, TWICE_ROW = 10, 14  # by the file's own row numbers


def nhs_number(place: int) -> str:
    """The NHS number of patient `place`, counted from 0, in groups."""
    number = made_up_nhs_number(700 + place)
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def messy(*, patients: int = PATIENTS, separator: str = ";") -> bytes:
    """Return an export of so many patients in Windows-1252: the sixth number is broken, the tenth row repeats."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerows([*_TITLES, _HEADER])
    writer.writerows(_row(place) for place in range(patients))
    writer.writerow([f"Total: {patients}", "", "", "", "", "", ""])
    return text.getvalue().encode("cp1252")


def _row(place: int) -> list[str]:
    who = 0 if place == TWICE_ROW - len(_TITLES) - 2 else place
    number = nhs_number(who)
    if place == BROKEN_ROW - len(_TITLES) - 2:
        number = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    name = f"Demo-Müller{'abcdefghijklmnopqrstuvwxyz'[who % 26]}, Zoë (Mrs)"
    return [
        name,
        number,
        f"{who % 27 + 1:02d}/03/19{50 + who % 40}",
        str(70700 + who),
        "Dr Demo",
        "01/02/2025",
        "Yearly review due",
    ]
