"""What was typed about networks, practices and contracts, read into plain values or refused."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from hub.directory.drafts import Closing, ContractDraft, JsonHours, NewPractice, Period, PracticeDraft
from hub.domain.hours import DAY_KEYS, DAY_NAMES, Hours
from hub.domain.identifiers import ods_practice_code, pcn_code
from hub.domain.vocabulary import ClinicalSystem
from hub.forms import Reader

LONGEST_TEXT = 2000
LONGEST_LINE = 200
MOST_MINUTES = 100_000_000
_TIME = r"(\d{1,2}?)(?:[:.]?(\d{2}))?\s*([ap]m)?"
_SPAN = re.compile(rf"{_TIME}\s*(?:-|\N{{EN DASH}}|to|until)\s*{_TIME}")


def parse_practice(form: Mapping[str, str]) -> PracticeDraft:
    """Read the form of a practice. Raises Invalid with every problem."""
    reader = Reader(form)
    draft = PracticeDraft(
        served=reader.choice("served", ("yes", "no"), "Say whether the hub works for this practice.")
        == "yes",
        **_facts(reader),
    )
    reader.done()
    return draft


def parse_facts(form: Mapping[str, str], *, served: bool) -> PracticeDraft:
    """Read what a practice says of itself; whether the hub works for it is not its to say. Raises Invalid."""
    reader = Reader(form)
    draft = PracticeDraft(served=served, **_facts(reader))
    reader.done()
    return draft


def parse_closing(form: Mapping[str, str]) -> Closing:
    """Read from which day a practice takes no new requests, and who follows it. Raises Invalid."""
    reader = Reader(form)
    day = reader.date("closes_on", "the first day without new requests", example="1 4 2027")
    if day is not None and not 2000 <= day.year <= 2099:
        reader.problem("closes_on", "Enter a year from 2000 to 2099.")
    successor = ""
    if reader.text("successor", longest=20):
        successor = _code(reader, "successor", ods_practice_code)
    reader.done()
    assert day is not None
    return Closing(day, successor)


def _facts(reader: Reader) -> dict[str, Any]:
    return {
        "clinical_system": reader.choice(
            "clinical_system", list(ClinicalSystem), "Choose the clinical system of the practice."
        ),
        "bypass_number": _telephone(reader, "bypass_number", "by-pass number"),
        "how_to_get_in": reader.text("how_to_get_in", longest=LONGEST_TEXT),
        "standing_instructions": reader.text("standing_instructions", longest=LONGEST_TEXT),
        "opening_hours": _opening_hours(reader),
        "preferred_contact": reader.text("preferred_contact", longest=LONGEST_LINE),
        "service_bought": reader.text("service_bought", longest=LONGEST_TEXT),
    }


def parse_new_practice(form: Mapping[str, str]) -> NewPractice:
    """Read the form of a practice added by hand. Raises Invalid with every problem."""
    reader = Reader(form)
    draft = NewPractice(
        ods_code=_code(reader, "ods_code", ods_practice_code),
        name=reader.text("name", "Enter the name of the practice.", longest=120),
        town=reader.text("town", longest=60),
        postcode=reader.text("postcode", longest=10).upper(),
        telephone=_telephone(reader, "telephone", "telephone number"),
    )
    reader.done()
    return draft


def parse_network(form: Mapping[str, str]) -> tuple[str, str]:
    """Read a network's code and name. Raises Invalid with every problem."""
    reader = Reader(form)
    code = _code(reader, "code", pcn_code)
    name = reader.text("name", "Enter the name of the network.", longest=120)
    reader.done()
    return code, name


def parse_joining(form: Mapping[str, str]) -> tuple[str, Period]:
    """Read which practice (its ODS code) is in the network, and when. Raises Invalid with every problem."""
    reader = Reader(form)
    code = _code(reader, "ods_code", ods_practice_code)
    period = _period(reader)
    reader.done()
    assert period is not None
    return code, period


def parse_period(form: Mapping[str, str]) -> Period:
    """Read the first and the last day in a network; the last may be left empty. Raises Invalid."""
    reader = Reader(form)
    period = _period(reader)
    reader.done()
    assert period is not None
    return period


def parse_contract(form: Mapping[str, str]) -> ContractDraft:
    """Read the days and minutes of a contract. Raises Invalid with every problem."""
    reader = Reader(form)
    first = reader.date("starts_on", "the first day")
    last = reader.date("last_day", "the last day")
    _in_order(reader, first, last)
    minutes = reader.whole(
        "minutes",
        f"Enter the minutes as a whole number, 1 to {MOST_MINUTES:,}, without commas.",
        least=1,
        most=MOST_MINUTES,
    )
    reader.done()
    assert first is not None
    assert last is not None
    return ContractDraft(first, last + dt.timedelta(days=1), minutes)


def _period(reader: Reader) -> Period | None:
    first = reader.date("starts_on", "the first day")
    last = reader.date("last_day", "the last day", required=False)
    _in_order(reader, first, last)
    return Period(first, last + dt.timedelta(days=1) if last else None) if first else None


def _in_order(reader: Reader, first: dt.date | None, last: dt.date | None) -> None:
    for name, day in (("starts_on", first), ("last_day", last)):
        if day is not None and not 2000 <= day.year <= 2099:
            reader.problem(name, "Enter a year from 2000 to 2099.")
    if first and last and last < first:
        reader.problem("last_day", "The last day cannot come before the first day.")


def _code(reader: Reader, name: str, clean: Callable[[str], str]) -> str:
    value = reader.text(name, "Enter the ODS code.", longest=20)
    if not value:
        return ""
    try:
        return clean(value)
    except ValueError as error:
        reader.problem(name, str(error))
        return ""


def _telephone(reader: Reader, name: str, what: str) -> str:
    value = reader.text(name, longest=60)
    if value and sum(c.isdigit() for c in value) < 5:
        reader.problem(
            name, f"The {what} has too few digits: enter it with its area code, or leave it empty."
        )
    return value


def _opening_hours(reader: Reader) -> JsonHours:
    """Read a line per weekday, such as "08:00 to 13:00, 14:00 to 18:30"; an empty line is a closed day."""
    hours: JsonHours = {}
    for key, day in zip(DAY_KEYS, DAY_NAMES, strict=True):
        line = reader.text(f"hours-{key}", longest=100).lower()
        if line in ("", "closed"):
            continue
        matches = [_SPAN.fullmatch(part.strip()) for part in re.split(r",|\band\b", line)]
        if None in matches:
            reader.problem(
                f"hours-{key}",
                f"{day}: write the hours like 08:00 to 18:30 or 8am to 6.30pm, or leave them empty.",
            )
            continue
        try:
            spans = [[_clock(*m.group(1, 2, 3)), _clock(*m.group(4, 5, 6))] for m in matches if m]
            hours |= Hours.from_json({key: spans}).to_json()
        except ValueError as error:
            reader.problem(f"hours-{key}", str(error))
    return hours


def _clock(hour: str, minute: str | None, half: str | None) -> str:
    """Return a time typed as "8", "8am", "6.30pm" or "0830" as "08:30".

    Raises:
        ValueError: with am or pm it is no hour from 1 to 12.
    """
    number = int(hour)
    if half:
        if not 1 <= number <= 12:
            raise ValueError(f"{hour}{half} is no time of day: write it like 8am or 6.30pm.")
        number = number % 12 + (12 if half == "pm" else 0)
    return f"{number:02}:{minute or '00'}"
