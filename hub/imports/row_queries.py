"""The rows of a run as people see them: by group or result, and those to mend as a file."""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from hub import vault
from hub.domain.import_words import RAISED_BY, Group, Result
from hub.domain.importing.layout import as_written
from hub.domain.importing.mapping import ROW_TITLE, TO_DO_TITLE
from hub.domain.importing.rows import Problem
from hub.domain.importing.table import Cell
from hub.extensions import db
from hub.imports import file_queries, queries
from hub.imports.queries import PAGE
from hub.models import DataKey, ImportPart, ImportRow, ImportRun, Task

LEFT_OUT = "left_out"
DOUBTED = "doubted"  # their own text speaks against a No for all rows
SKIPPED_SENTENCE = "You decided to skip this row, or did not decide."
ALREADY = "A review of another condition is open for this patient already"
NOT_YOURS = "You do not raise requests for the practice that this row names: check its code, or leave it out."


@dataclass(frozen=True, slots=True)
class Told:
    """What is sealed with a row: what was read, what is wrong, how it differs, the row that it repeats."""

    values: dict[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    differs: dict[str, str] = field(default_factory=dict)
    repeats_row: int | None = None
    doubts: dict[str, str] = field(default_factory=dict)  # as `rows.ReadRow` has them
    beside: dict[str, str] = field(default_factory=dict)  # as `many_queries.Judged` has them
    unseen: str = ""  # what its practice is told, when nobody would see it in time
    like: int = 0  # the row above whose patient it is, if it names none itself


@dataclass(frozen=True, slots=True)
class RowSeen:
    """One row as it is shown. What was told is empty once the file is removed.

    `group` is a `Group` (or "left_out"), `result` a `Result` or None. `task_ref` is the request that it
    became, or the open one that it repeats. `kept_why` says why an undo left its request.
    """

    number: int
    part: int
    practice_id: int
    kind: str
    group: str
    told: Told
    decision: str | None = None
    result: str | None = None
    task_ref: str | None = None
    undone: bool = False
    kept_why: str = ""


def seal_told(key: DataKey, told: Told) -> bytes:
    """Return `told` sealed."""
    problems = [[one.column, one.field, one.sentence] for one in told.problems]
    data = [told.values, problems, told.differs, told.repeats_row, told.doubts, told.beside, told.unseen]
    data.append(told.like)
    return vault.seal_bytes(key, json.dumps(data).encode(), file_queries.TOLD)


def told_of(key: DataKey, sealed: bytes | None) -> Told:
    """Return what `seal_told` was given; nothing once it is erased."""
    if sealed is None or key.wrapped is None:
        return Told()
    values, problems, differs, repeats, *more = json.loads(vault.unseal_bytes(key, sealed, file_queries.TOLD))
    return Told(values, tuple(Problem(*one) for one in problems), differs, repeats, *more)


def rows_count(run: ImportRun, group: str) -> int:
    """Return how many rows `rows_of` gives for this group, on all pages together."""
    if group == LEFT_OUT:
        return run.rows_left_out
    query = select(func.count()).select_from(ImportRow).where(ImportRow.run_id == run.id, _of(group))
    return db.session.scalar(query) or 0


def rows_of(run: ImportRun, group: str, page: int = 1) -> list[RowSeen]:
    """Return one page of the rows of a group, a result ("created", "duplicate", "skipped"), "undecided",
    "left_out", "undone" or "kept", by number.

    The rows are those that `queries.counts` counts under this word.
    """
    start = (page - 1) * PAGE
    if group == LEFT_OUT:
        lines = file_queries.head_of(run).left_out[start : start + PAGE]
        return [_left_out(run, number, why, text) for number, why, text in lines]
    found = db.session.execute(_rows(run, _of(group)).limit(PAGE).offset(start))
    return [_seen(run, one[0], one[1]) for one in found]


def row(run: ImportRun, number: int, part: int = 1) -> RowSeen | None:
    """Return one row; None if there is none."""
    only = and_(ImportRow.number == number, ImportRow.part == part)
    found = db.session.execute(_rows(run, only)).one_or_none()
    return None if found is None else _seen(run, found[0], found[1])


def corrected_csv(run: ImportRun) -> bytes:
    """Return the rows that are not raised and can be mended, as they stand in the file, with what to do.

    CSV in UTF-8 with a byte order mark. A cell that could be taken for a formula begins with an apostrophe.
    The first title names the practice that was chosen for the whole file, so that these rows are not brought
    in for another one unseen.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    head = file_queries.head_of(run)
    first = f"{ROW_TITLE} ({head.begun.practice})" if head.begun.practice else ROW_TITLE
    writer.writerow([_safe(one) for one in (first, *head.header, TO_DO_TITLE)])
    wrong: dict[int, list[RowSeen]] = {}
    for one in db.session.execute(_rows(run, _to_mend())):
        seen = _seen(run, one[0], one[1])
        wrong.setdefault(seen.number, []).append(seen)
    for number, cells in _cells(run, wrong):
        to_do = " ".join(dict.fromkeys(sentence for seen in wrong[number] for sentence in sentences(seen)))
        writer.writerow([str(number), *map(_safe, cells), _safe(to_do)])
    return out.getvalue().encode("utf-8-sig")


def sentences(seen: RowSeen) -> list[str]:
    """Return what is to be said about a row that was not raised: each sentence with its column."""
    if seen.group == Group.NOT_YOURS:
        return [NOT_YOURS]
    said = [f"{one.column}: {one.sentence}" if one.column else one.sentence for one in seen.told.problems]
    said += seen.told.differs.values()
    said += (
        [f"{ALREADY} ({', '.join(seen.told.beside)})."] if seen.told.beside and not seen.told.differs else []
    )
    if not said and seen.result == Result.SKIPPED:
        said = [SKIPPED_SENTENCE]
    return said


def _rows(run: ImportRun, condition: ColumnElement[bool]) -> Select[ImportRow, str]:
    return (
        select(ImportRow, Task.ref)
        .outerjoin(Task, Task.id == ImportRow.task_id)
        .where(ImportRow.run_id == run.id, condition)
        .order_by(ImportRow.number, ImportRow.part)
    )


def _of(group: str) -> ColumnElement[bool]:
    """Return the condition of a word of `queries.counts`."""
    if group == Result.REFUSED:  # a group and a result
        before = and_(ImportRow.result.is_(None), ImportRow.grp == Group.REFUSED)
        return or_(ImportRow.result == Result.REFUSED, before)
    if group in list(Result):
        return ImportRow.result == group
    if group == "undecided":
        return and_(ImportRow.grp == Group.CLOSE, ImportRow.decision.is_(None))
    if group == "to_raise":
        return or_(ImportRow.grp == Group.NEW, ImportRow.decision.in_(RAISED_BY))
    if group == "undone":
        return ImportRow.undone_at.is_not(None)
    if group == DOUBTED:
        said = func.array_remove(ImportRow.problem_fields, queries.UNSEEN)
        said = func.array_remove(said, queries.BESIDE)
        return and_(ImportRow.grp.in_((Group.NEW, Group.CLOSE)), said != [])
    if group == queries.UNSEEN:
        return queries.unseen()
    if group == "kept":
        return ImportRow.kept_why != ""
    return ImportRow.grp == group


def problem_fields(told: Told) -> list[str]:
    """Return by which fields a row is found: of its problems and doubts, and that nobody sees it in time."""
    marks = {queries.UNSEEN: told.unseen, queries.BESIDE: told.beside and not told.differs}
    found = {problem.field for problem in told.problems} | {*told.doubts}
    return sorted(found | {mark for mark, holds in marks.items() if holds})


def _to_mend() -> ColumnElement[bool]:
    decided = func.coalesce(ImportRow.decision, "")
    undecided = and_(ImportRow.grp == Group.CLOSE, decided.not_in(RAISED_BY))
    wrong = or_(ImportRow.grp.in_((Group.REFUSED, Group.NOT_YOURS)), undecided)
    return or_(ImportRow.result == Result.REFUSED, and_(ImportRow.result.is_(None), wrong), undecided)


def _seen(run: ImportRun, row: ImportRow, task_ref: str | None) -> RowSeen:
    return RowSeen(
        number=row.number,
        part=row.part,
        practice_id=row.practice_id,
        kind=row.kind,
        group=row.grp,
        told=told_of(run.file_key, row.told_sealed),
        decision=row.decision,
        result=row.result,
        task_ref=task_ref,
        undone=row.undone_at is not None,
        kept_why=row.kept_why,
    )


def _left_out(run: ImportRun, number: int, why: str, text: str) -> RowSeen:
    told = Told(problems=(Problem(text, "", why),))
    return RowSeen(number, 1, run.practice_id, "", LEFT_OUT, told)


def _cells(run: ImportRun, numbers: Iterable[int]) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yield the cells of these rows as they stand in the file, by number; one part of it at a time."""
    wanted, mapping = set(numbers), file_queries.mapping_of(run)
    as_read = mapping is None or mapping.as_above
    parts = db.session.scalars(select(ImportPart.part).where(ImportPart.run_id == run.id))
    for part in sorted(parts):
        for one in file_queries.rows_of_part(run, part):
            if one.number in wanted:
                yield one.number, one.cells if as_read else as_written(one).cells


def _safe(value: Any) -> str:
    """Return a cell as text that no spreadsheet takes for a formula; days as 05-Jan-2026."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime) and value.time() != dt.time():
        return value.strftime("%d-%b-%Y %H:%M")
    if isinstance(value, dt.date):
        return value.strftime("%d-%b-%Y")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
