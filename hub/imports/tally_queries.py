"""What a checked file would raise, summed up: read from the tally that the check has kept with it."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.domain.importing import terms
from hub.domain.importing.cells import shown
from hub.domain.kinds import Kind
from hub.extensions import clock
from hub.imports import file_queries, row_queries
from hub.models import ImportRun
from hub.placing import queries as placing

NEW, SOON, DOUBT = "new", "soon", "doubt"
_BETWEEN = "|"
_ODS = re.compile(r"[A-Z]\d{5}")


@dataclass(frozen=True, slots=True)
class Tally:
    """The new rows of a file.

    `asked` counts by kind and condition (codes), `practices` by name. `late` are past their target already;
    `due` are the first and the last day on which the others are (None if there are none). `soon` may not
    wait for planned work. `doubts` counts by a question's field and the word that speaks against its No;
    `doubted` are the rows that this concerns.
    """

    total: int
    asked: Mapping[tuple[str, str], int]
    practices: Mapping[str, int]
    received: tuple[dt.date, dt.date] | None
    late: int
    due: tuple[dt.date, dt.date] | None
    soon: int
    doubts: Mapping[tuple[str, str], int]
    doubted: int


def key(*parts: str) -> str:
    """Return the name under which something is counted."""
    return _BETWEEN.join(parts)


def tally_of(run: ImportRun, kinds: Sequence[Kind]) -> Tally:
    """Return what the check of this file counted; nothing once the file is removed."""
    by_code = {kind.code: kind for kind in kinds}
    asked: Counter[tuple[str, str]] = Counter()
    practices: Counter[str] = Counter()
    doubts: dict[tuple[str, str], int] = {}
    received, due, late, policy = [], [], 0, placing.policy()
    tally = file_queries.head_of(run).tally
    for name, count in tally.items():
        what, *parts = name.split(_BETWEEN)
        if what == DOUBT:
            doubts[parts[0], parts[1]] = count
        elif what == NEW and parts[0] in by_code:
            kind, practice = by_code[parts[0]], placing.practice(int(parts[2]))
            asked[kind.code, parts[1]] += count
            practices[practice.name] += count
            received.append(dt.date.fromisoformat(parts[3]))
            until = _due(placing.as_promised(kind, parts[1], under=policy), practice.id, received[-1])
            late += count if until <= clock.now() else 0
            due += [until.date()] if until > clock.now() else []
    return Tally(
        total=asked.total(),
        asked=asked,
        practices=practices,
        received=(min(received), max(received)) if received else None,
        late=late,
        due=(min(due), max(due)) if due else None,
        soon=tally.get(SOON, 0),
        doubts=doubts,
        doubted=row_queries.rows_count(run, row_queries.DOUBTED) if doubts else 0,
    )


def _due(kind: Kind, practice_id: int, received: dt.date) -> dt.datetime:
    """Return when the target of one such request ends if it is raised now."""
    calendar = placing.target_calendar(kind, placing.practice(practice_id))
    if kind.target.working_days is not None:
        return calendar.after_working_days(received, kind.target.working_days)
    return calendar.add_minutes(clock.now(), kind.target.hub_minutes or 0)


def conditions_unused(run: ImportRun, kinds: Sequence[Kind]) -> dict[str, tuple[str, ...]]:
    """Return the columns that name other conditions than the one given for all rows, by title.

    Looked for in the first part of the file, among the columns that are not used. Conditions are codes.
    """
    mapping, head = file_queries.mapping_of(run), file_queries.head_of(run)
    alike = mapping.defaults.get("condition") if mapping else None
    if mapping is None or alike is None or "condition" in mapping.columns.values():
        return {}
    found: dict[str, dict[str, None]] = {}
    for row in file_queries.rows_of_part(run, 0):
        for index, cell in enumerate(row.cells[: len(head.header)]):
            if index not in mapping.columns and isinstance(cell, str):
                named = terms.conditions(shown(cell), kinds)
                found.setdefault(head.header[index], {}).update(dict.fromkeys(named))
    return {title: tuple(codes) for title, codes in found.items() if set(codes) - {alike}}


def practices_unused(run: ImportRun) -> dict[str, tuple[str, ...]]:
    """Return the columns that name other practices than the one chosen for all rows, by title, with codes.

    Looked for in the first part of the file, among the columns that are not used.
    """
    mapping, head = file_queries.mapping_of(run), file_queries.head_of(run)
    if mapping is None or mapping.practice is None or "practice" in mapping.columns.values():
        return {}
    found: dict[str, dict[str, None]] = {}
    for row in file_queries.rows_of_part(run, 0):
        for index, cell in enumerate(row.cells[: len(head.header)]):
            code = cell.strip().upper() if index not in mapping.columns and isinstance(cell, str) else ""
            if code != mapping.practice and _ODS.fullmatch(code):
                found.setdefault(head.header[index], {})[code] = None
    return {title: tuple(codes) for title, codes in found.items()}
