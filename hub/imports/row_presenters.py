"""One row of a file as it is shown: whom it is about, what it asks, what is wrong, what became of it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.domain.import_words import Decision, Group, Result
from hub.domain.importing import due
from hub.domain.kinds import Kind

_URGENCY = {"routine": "In its usual turn", "soon": "By tomorrow", "urgent": "Today"}
_BECAME = {
    Group.NEW: "Will be raised.",
    Group.NOT_YOURS: "You do not raise for the practice that stands there.",
}
_DECIDED = {
    None: "Not decided yet.",
    Decision.USE: "Will be raised for the patient as we hold them.",
    Decision.UPDATE: "Will be raised, and the details we hold will be changed to those of the file.",
    Decision.SKIP: "Will be skipped, as you decided.",
}
_BESIDE = "Will be raised beside the open review."


@dataclass(frozen=True, slots=True)
class RowView:
    """One row; what was read is empty once the file is removed."""

    number: int
    name: str
    born: str
    nhs_number: str
    asked: tuple[str, ...]
    problems: tuple[Any, ...]
    ref: str
    link_words: str
    became: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is no request, and why."""

    number: int
    why: str


def views(found: Sequence[Any], kinds: Sequence[Kind]) -> list[RowView]:
    """Return rows (`row_queries.RowSeen`) as they are shown."""
    names = {kind.code: kind.name for kind in kinds}
    conditions = {one.code: one.name for kind in kinds for one in kind.subtypes}
    return [_view(one, names, conditions) for one in found]


def _view(row: Any, names: Mapping[str, str], conditions: Mapping[str, str]) -> RowView:
    said = row.told.values
    subtype = conditions.get(said.get("subtype", ""), "")
    kind = names.get(row.kind, "")
    asked = (
        f"{kind}: {subtype}" if kind and subtype else kind or subtype,
        said.get("document", ""),
        said.get("ask", ""),
        _URGENCY.get(said.get("requested", ""), "") if said.get("requested") != "routine" else "",
    )
    return RowView(
        number=row.number,
        name=whole_name(said),
        born=date_of(said, "born"),
        nhs_number=spaced(said.get("nhs_number", "")),
        asked=tuple(line for line in asked if line),
        problems=row.told.problems,
        ref=row.task_ref or "",
        link_words="Raised as" if row.result == Result.CREATED else "Open as",
        became=_became(row),
    )


def _became(row: Any) -> str:
    named = ", ".join(dict.fromkeys(row.told.doubts.values()))
    doubt = f"It names {named}: Not sure instead of the No for all rows." if named else ""
    ended = row.undone or (row.result and row.result != Result.CREATED)
    like = f"Patient as in row {row.told.like}." if row.told.like else ""
    return " ".join(filter(None, (_ended(row), like, doubt, "" if ended else row.told.unseen)))


def _ended(row: Any) -> str:
    if row.undone:
        return "Taken back."
    if row.kept_why:
        return f"Not taken back: {row.kept_why}"
    if row.told.repeats_row and row.group == Group.TWICE:
        return f"The same as row {row.told.repeats_row}."
    if row.result == Result.CREATED or row.task_ref:
        return ""
    if row.group == Group.LATER:
        said = row.told.values.get("review_due", "")
        return (
            f"Due {due.when(said)}: bring an up-to-date list then, or set up a recall."
            if said
            else "Due later."
        )
    if row.result == Result.SKIPPED and row.group not in (Group.NOT_YOURS, Group.CLOSE):
        return "Not raised: the file was stopped before this row."
    if row.group == Group.CLOSE:
        if row.result == Result.SKIPPED:
            return "Skipped."
        only_beside = row.told.beside and not row.told.differs
        return _BESIDE if only_beside and row.decision == Decision.USE else _DECIDED[row.decision]
    return _BECAME.get(row.group, "")


def whole_name(said: Mapping[str, str]) -> str:
    """Return SMITH, Jane; "" without any name."""
    return ", ".join(part for part in (said.get("family", "").upper(), said.get("given", "")) if part)


def date_of(said: Mapping[str, str], name: str) -> str:
    """Return a date of the form as 05-Jan-2026: as it was read, so that day and month cannot hide."""
    parts = [said.get(f"{name}-{part}", "") for part in ("year", "month", "day")]
    try:
        return dt.date(*map(int, parts)).strftime("%d-%b-%Y")
    except ValueError:
        return " ".join(reversed([part for part in parts if part]))


def spaced(number: str) -> str:
    """Return an NHS number in groups of 3, 3 and 4; anything else as it stands."""
    plain = number.replace(" ", "")
    return f"{plain[:3]} {plain[3:6]} {plain[6:]}" if len(plain) == 10 else number


@dataclass(frozen=True, slots=True)
class CloseLine:
    """One detail of a close match: as the file has it, and how what we hold differs ("" if it does not)."""

    label: str
    file: str
    held: str


@dataclass(frozen=True, slots=True)
class Close:
    """A row that is like a patient who is held, with both shown."""

    name: str  # of its radios in the form
    number: int
    nhs_number: str
    lines: tuple[CloseLine, ...]
    patient: str = ""
    asked: str = ""
    beside: tuple[tuple[str, str], ...] = ()  # open reviews: reference, and what it is


BESIDE_DECISIONS = [
    {"value": "use", "text": "Raise it as well: the clinician sees both and can do them together"},
    {"value": "skip", "text": "Skip this row: the open review is to cover it"},
]
DECISIONS = [
    {"value": "use", "text": "It is this patient, as you hold them: raise it"},
    {
        "value": "update",
        "text": "It is this patient, the file is right: raise it and change the details you hold",
    },
    {"value": "skip", "text": "Skip this row"},
]
_LABELS = {"family": "Family name", "given": "Given name", "born": "Born"}


def close_view(row: Any, kinds: Sequence[Kind]) -> Close:
    """Return a row to decide about: what the file says, what we hold, and the reviews that are open."""
    names = {kind.code: kind.name for kind in kinds}
    conditions = {one.code: one.name for kind in kinds for one in kind.subtypes}
    said = row.told.values
    shown = {
        "family": said.get("family", ""),
        "given": said.get("given", ""),
        "born": date_of(said, "born"),
    }
    lines = tuple(
        CloseLine(label, shown[code] or "Not given", row.told.differs.get(code, ""))
        for code, label in _LABELS.items()
        if row.told.differs and (shown[code] or code in row.told.differs)
    )
    kind = names.get(row.kind, row.kind)
    return Close(
        name=f"decide-{row.number}-{row.part}",
        number=row.number,
        nhs_number=spaced(said.get("nhs_number", "")),
        lines=lines,
        patient=f"{whole_name(said)}, born {shown['born']}",
        asked=f"{kind}: {conditions.get(said.get('subtype', ''), '')}",
        beside=tuple((ref, f"{kind}: {conditions.get(code, code)}") for ref, code in row.told.beside.items()),
    )


def all_beside(count: int) -> list[dict[str, str]]:
    """Return the choices for all rows alike, not decided yet, beside which a review is open; none for one."""
    if count < 2:
        return []
    return [
        {"value": "", "text": "No, row by row"},
        {"value": "use", "text": f"Raise all {count:,} as well"},
        {"value": "skip", "text": f"Skip all {count:,}"},
    ]


def decided(found: Sequence[Any]) -> dict[str, str]:
    """Return what is decided already, as the form's fields."""
    return {f"decide-{one.number}-{one.part}": one.decision for one in found if one.decision}


def decisions_in(form: Mapping[str, str]) -> list[tuple[int, int, str]]:
    """Return what was decided: row number, part and decision."""
    found = []
    for name, decision in form.items():
        numbers = name.removeprefix("decide-").split("-")
        if name.startswith("decide-") and all(n.isascii() and n.isdigit() and len(n) < 8 for n in numbers):
            number, part = (*map(int, numbers), 1)[:2]
            found.append((number, part, decision))
    return found


def close_words(shown: int, counts: Mapping[str, int]) -> str:
    """Say how many close matches are shown, and what happens with those left undecided."""
    total = counts["close"]
    said = (
        f"The first {shown} of {total:,} are shown; decide these, then come the next. "
        if total > shown
        else ""
    )
    return f"{said}What you do not decide is skipped."


def refused_words(shown: int, total: int) -> str:
    """Say how many refused rows are shown."""
    if total <= shown:
        return "The numbers are those of your spreadsheet's rows."
    return f"The first {shown} of {total:,} rows are shown, by your spreadsheet's own row numbers."
