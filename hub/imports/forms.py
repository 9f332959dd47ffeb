"""What was sent from the pages of an import: a file with its practice and kind, what the columns hold."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hub.domain.errors import Invalid
from hub.domain.importing import due
from hub.domain.importing.fields import IGNORE
from hub.domain.importing.mapping import DateOrder
from hub.domain.importing.mapping import Mapping as ColumnMapping
from hub.domain.importing.table import NO_TITLES
from hub.domain.vocabulary import RequestedUrgency
from hub.forms import Reader

A_COLUMN = "column"  # a choice: a column of the file says it, row by row
LONGEST_ASK = 1000  # as in the form for one request
LONGEST_REASON = 300
_ORDERS: dict[str, DateOrder] = {"dmy": "dmy", "mdy": "mdy", "ymd": "ymd"}
DUE_AHEAD = {  # months after this one in which a review may be due to be raised now
    "0": "What is overdue or due this month; what is due later is left out",
    "1": "What is due next month, too",
    str(due.EVER): "All of them, whenever they are due",
}
_TEXTS = {"ask": LONGEST_ASK, "urgency_reason": LONGEST_REASON}


@dataclass(frozen=True, slots=True)
class Start:
    """For which practice (an ODS code) and of which kind a file is; None where a column says it."""

    practice: str | None
    kind: str | None


def start(
    form: Mapping[str, str], *, practices: Collection[str], kinds: Collection[str], file: bool
) -> Start:
    """Return what was said with a file; `practices` are ODS codes, `file` says whether one came.

    Raises:
        Invalid: with a sentence for each field that has a problem.
    """
    reader = Reader(form)
    only = next(iter(practices)) if len(practices) == 1 else ""
    practice = only or reader.choice("practice", [*practices, A_COLUMN], "Choose the practice.")
    kind = reader.choice("kind", [*kinds, A_COLUMN], "Choose what you ask for.")
    if not file:
        reader.problem("file", "Choose a file: CSV or Excel (XLSX).")
    reader.done()
    return Start(None if practice == A_COLUMN else practice, None if kind == A_COLUMN else kind)


def columns(
    form: Mapping[str, str],
    *,
    titles: Mapping[int, str],
    known: Collection[str],
    conditions: Collection[str],
    begun: ColumnMapping,
) -> ColumnMapping:
    """Return what the columns hold, as chosen; `titles` name the columns by index, `known` are fields' codes.

    `begun` gives the kind and the practice that were said with the file.

    Raises:
        Invalid: with a sentence for each field that has a problem.
    """
    reader = Reader(form)
    chosen = {index: reader.choice(f"column-{index}", [*known, IGNORE], _PICK) for index in titles}
    _check_once(reader, chosen, titles)
    order = _ORDERS.get(reader.choice("date_order", _ORDERS, _PICK, required=False), "dmy")
    defaults = _defaults(reader, chosen.values(), known, conditions)
    as_above = reader.choice("as_above", ("yes", "no"), _PICK, required=False) != "no"
    ahead = reader.choice("due_ahead", DUE_AHEAD, _PICK, required=False)
    reader.done()
    return ColumnMapping(
        columns={index: field for index, field in chosen.items() if field != IGNORE},
        defaults=defaults,
        date_order=order,
        kind=begun.kind,
        practice=begun.practice,
        as_above=as_above,
        due_ahead=int(ahead or 0),
    )


def sheet(form: Mapping[str, str], *, sheets: int) -> int:
    """Return the place of the sheet to read, among so many.

    Raises:
        Invalid: none was chosen.
    """
    reader = Reader(form)
    chosen = reader.choice("sheet", list(map(str, range(sheets))), "Choose the sheet that holds the list.")
    reader.done()
    return int(chosen)


def titles_row(form: Mapping[str, str], *, rows: Collection[int]) -> int:
    """Return the number of the row of titles, one of `rows`; `NO_TITLES` if the file has none.

    Raises:
        Invalid: no row was chosen.
    """
    reader = Reader(form)
    known = [str(NO_TITLES), *map(str, rows)]
    chosen = reader.choice("titles_row", known, "Choose the row in which the titles stand.")
    reader.done()
    return int(chosen)


_PICK = "Choose from the list."


def _check_once(reader: Reader, chosen: Mapping[int, str], titles: Mapping[int, str]) -> None:
    first: dict[str, int] = {}
    for index, field in chosen.items():
        if field in ("", IGNORE):
            continue
        if field in first:
            also = titles[first[field]]
            reader.problem(
                f"column-{index}",
                f"“{titles[index]}” and “{also}” are read as the same thing: set one of them to Not needed.",
            )
        first.setdefault(field, index)


def _defaults(
    reader: Reader, mapped: Collection[str], known: Collection[str], conditions: Collection[str]
) -> dict[str, str]:
    """Return what holds for all rows: texts, choices, a date and answers, by the field's code."""
    found = {field: reader.text(f"default-{field}", longest=longest) for field, longest in _TEXTS.items()}
    found["urgency"] = reader.choice("default-urgency", list(RequestedUrgency), _PICK, required=False)
    found["condition"] = reader.choice("default-condition", conditions, _PICK, required=False)
    day = reader.date("default-receipt", "the date", required=False)
    found["receipt"] = day.isoformat() if day else ""
    for code in known:
        if code.startswith("fact-"):
            found[code] = reader.choice(f"default-{code}", ("yes", "no", "not_sure"), _PICK, required=False)
    urgent = found["urgency"] in (RequestedUrgency.SOON, RequestedUrgency.URGENT)
    if urgent and not found["urgency_reason"] and "urgency_reason" not in mapped:
        reader.problem("default-urgency_reason", "Say why none of them can wait for its usual turn.")
    return {code: value for code, value in found.items() if value}


def values_of(mapping: ColumnMapping) -> dict[str, str]:
    """Return the form's fields as they were filled in for `mapping`."""
    values = {f"column-{index}": field for index, field in mapping.columns.items()}
    values |= {f"default-{code}": value for code, value in mapping.defaults.items()}
    year, _, rest = mapping.defaults.get("receipt", "").partition("-")
    month, _, day = rest.partition("-")
    values |= {
        "default-receipt-day": day.lstrip("0"),
        "default-receipt-month": month.lstrip("0"),
        "default-receipt-year": year,
        "date_order": mapping.date_order,
        "due_ahead": str(mapping.due_ahead),
        "as_above": "yes" if mapping.as_above else "no",
    }
    return values


def refused_for(missing: Mapping[str, str]) -> Invalid:
    """Return the refusal for what a request needs and nothing gives, each by its field of the page."""
    own = {"ask", "condition", "receipt"}
    return Invalid(
        {
            f"default-{code}" if code in own or code.startswith("fact-") else f"missing-{code}": sentence
            for code, sentence in missing.items()
        }
    )
