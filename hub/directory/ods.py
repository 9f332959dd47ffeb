"""What does the ODS practice file say? Reading "epraccur" as the Organisation Data Service publishes it.

The file has no header and 27 columns. A GP practice is a line whose prescribing setting is
4; the rest are other places that prescribe. (ODS "epraccur" specification.)
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hub.domain.identifiers import ods_practice_code

COLUMNS = 27
_CODE, _NAME, _POSTCODE, _STATUS, _TELEPHONE, _SETTING = 0, 1, 9, 12, 17, 25
_ADDRESS = slice(4, 9)
GP_PRACTICE = "4"
STATUSES = {"A": "active", "C": "closed", "D": "dormant", "P": "proposed"}
OTHER = "other"

# The last line of an address is often a county, which nobody uses to find a practice.
_COUNTY = re.compile(
    r"""
    .*SHIRE|AVON|BERKS|BUCKS|CAMBS|CLEVELAND|CLWYD|CORNWALL|CO[ ]DURHAM|COUNTY[ ]DURHAM|CUMBRIA|DEVON
    |DORSET|DYFED|EAST[ ]SUSSEX|ESSEX|GREATER[ ]MANCHESTER|GWENT|GWYNEDD|HANTS|HERTS|HUMBERSIDE
    |ISLE[ ]OF[ ]WIGHT|KENT|LANCS|LEICS|LINCS|MERSEYSIDE|MID[ ]GLAMORGAN|MIDDLESEX|MIDDX|NORFOLK
    |NORTHANTS|NORTHUMBERLAND|NOTTS|OXON|POWYS|RUTLAND|SOMERSET|SOUTH[ ]GLAMORGAN|STAFFS|SUFFOLK|SURREY
    |TYNE[ ](&|AND)[ ]WEAR|WARWICKS|WEST[ ]GLAMORGAN|WEST[ ]MIDLANDS|WEST[ ]SUSSEX|WILTS|WORCS
    """,
    re.VERBOSE,
)


class BadFile(Exception):
    """The file is not an ODS practice file; the sentence names the line and says what is wrong."""


@dataclass(frozen=True)
class PracticeLine:
    """One practice as the file has it."""

    code: str
    name: str
    town: str
    postcode: str
    telephone: str


@dataclass(frozen=True)
class Reading:
    """The whole file. Every line is in exactly one of the four: they add up to `lines`."""

    active: tuple[PracticeLine, ...]
    closed: tuple[PracticeLine, ...]
    dormant: tuple[PracticeLine, ...]
    other_codes: frozenset[str]

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return len(self.active) + len(self.closed) + len(self.dormant) + len(self.other_codes)


def read(path: Path) -> Reading:
    """Read the whole file.

    Raises:
        BadFile: the first line that is not as published, or the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(f"The file cannot be read ({error.strerror}): {path}") from error
    groups: dict[str, list[PracticeLine]] = defaultdict(list)
    seen: dict[str, int] = {}
    for number, row in _rows(data):
        group = _check(number, row)
        code = row[_CODE].strip()
        if code in seen:
            raise BadFile(f"Line {number}: the code {code} stands in line {seen[code]} already.")
        seen[code] = number
        groups[group].append(_practice(row))
    if not seen:
        raise BadFile("The file is empty. Give the ODS practice file as published (epraccur.csv).")
    others = frozenset(line.code for line in groups[OTHER])
    return Reading(tuple(groups["active"]), tuple(groups["closed"]), tuple(groups["dormant"]), others)


def _rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the number of the line on which it begins."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(f"Line {line}: this is not text in UTF-8. Save the file as published.") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(f"Line {line}: the quotation marks or commas are broken ({error}).") from error


def _check(number: int, row: list[str]) -> str:
    """Return the group of a row: active, closed, dormant or other."""
    if len(row) != COLUMNS:
        raise BadFile(f"Line {number}: there are {len(row)} columns, and an ODS practice file has {COLUMNS}.")
    status, setting = row[_STATUS].strip(), row[_SETTING].strip()
    if status not in STATUSES:
        raise BadFile(f"Line {number}: column 13, the status, must be one of {', '.join(STATUSES)}.")
    if not setting.isascii() or not setting.isdigit():
        raise BadFile(f"Line {number}: column 26, the prescribing setting, must be a number.")
    if not row[_CODE].strip() or not row[_NAME].strip():
        raise BadFile(f"Line {number}: the code or the name is missing.")
    if "\x00" in "".join(row):
        raise BadFile(f"Line {number}: there is an unprintable character. Save the file as published.")
    if setting != GP_PRACTICE or status == "P":
        return OTHER
    try:
        ods_practice_code(row[_CODE])
    except ValueError as error:
        raise BadFile(f"Line {number}: {error}") from error
    return STATUSES[status]


def _practice(row: list[str]) -> PracticeLine:
    return PracticeLine(
        code=row[_CODE].strip(),
        name=row[_NAME].strip(),
        town=town_of(row[_ADDRESS]),
        postcode=row[_POSTCODE].strip(),
        telephone=row[_TELEPHONE].strip(),
    )


def town_of(address: list[str]) -> str:
    """Return the town of an address of five lines: its last line that is no county, after the last comma."""
    lines = [line.strip() for line in address if line.strip()]
    while len(lines) > 1 and _COUNTY.fullmatch(lines[-1]):
        lines.pop()
    return lines[-1].rpartition(",")[2].strip() if lines else ""
