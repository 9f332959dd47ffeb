"""The first rows of a file as they would be read: a value under each title, and what is wrong with it."""

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass

from hub.domain.importing import due
from hub.domain.importing.rows import ReadRow
from hub.domain.kinds import Kind
from hub.imports.column_presenters import URGENCIES
from hub.imports.row_presenters import date_of, spaced, whole_name

_TITLES = (
    *("Kind", "Patient", "Born", "NHS No.", "Condition", "Document", "Asked", "Due", "Received", "How soon"),
)
# Under which title of the preview a field stands.
_SHOWN_AS = {
    "kind": "Kind", "name": "Patient", "family": "Patient", "given": "Patient", "born": "Born",
    "nhs_number": "NHS No.", "condition": "Condition", "subtype": "Condition", "document": "Document",
    "ask": "Asked", "receipt": "Received", "urgency": "How soon", "requested": "How soon",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One of the first rows as it would be read: a value for each title, and what is wrong with it."""

    number: int
    like: int  # the row above whose patient it is, 0 if it names one
    values: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]


def preview_rows(found: Sequence[ReadRow], kinds: Sequence[Kind]) -> list[PreviewRow]:
    """Return the first rows as they would be read, each with its values under their titles.

    Titles are those of what these kinds ask; what was not told anywhere is left out, unless it is needed.
    """
    names = {kind.code: kind.name for kind in kinds}
    conditions = {one.code: one.name for kind in kinds for one in kind.subtypes}
    rows = [(one, _shown(one.values, names, conditions)) for one in found]
    needed = {"Patient", "Born", "NHS No.", "Received"}
    needed |= {"Kind"} if len(kinds) > 1 else set()
    needed |= {"Condition"} if any(kind.subtypes for kind in kinds) else set()
    needed |= {"Document"} if any(kind.needs_document for kind in kinds) else set()
    titles = [title for title in _TITLES if title in needed or any(shown[title] for _, shown in rows)]
    if len(kinds) == 1:
        titles.remove("Kind")
    return [_preview_row(one, shown, titles) for one, shown in rows]


_TITLES = (
    "Kind",
    "Patient",
    "Born",
    "NHS No.",
    "Condition",
    "Document",
    "Asked",
    "Due",
    "Received",
    "How soon",
)


def _shown(
    said: AnyMapping[str, str], names: AnyMapping[str, str], conditions: AnyMapping[str, str]
) -> dict[str, str]:
    urgency = said.get("requested", "")
    values = (
        names.get(said.get("kind", ""), said.get("kind", "")),
        whole_name(said),
        date_of(said, "born"),
        spaced(said.get("nhs_number", "")),
        conditions.get(said.get("subtype", ""), said.get("subtype", "")),
        said.get("document", ""),
        said.get("ask", ""),
        due.words(said.get("review_due", "")),
        date_of(said, "receipt"),
        URGENCIES.get(urgency, urgency),
    )
    return dict(zip(_TITLES, values, strict=True))


def _preview_row(row: ReadRow, shown: AnyMapping[str, str], titles: Sequence[str]) -> PreviewRow:
    unread = {_SHOWN_AS.get(one.field, "") for one in row.problems}
    values = tuple((one, shown[one] or ("Not read" if one in unread else "")) for one in titles)
    problems = tuple(f"{one.column}: {one.sentence}" if one.column else one.sentence for one in row.problems)
    problems += tuple(
        f"Names {word}: a No for all rows becomes Not sure here."
        for word in dict.fromkeys(row.doubts.values())
    )
    return PreviewRow(row.number, row.like, values, problems)
