"""Raising what was approved, part by part: each part is one transaction with its results and its counts.

Whatever was true at the check is looked at again: what has been asked for meanwhile is a duplicate, and says
so; what the person may no longer raise is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import select, text

from hub import post
from hub.domain.actor import process
from hub.domain.errors import Invalid
from hub.domain.import_words import RAISED_BY, Decision, Group, Result, RunStatus
from hub.domain.importing.rows import Problem
from hub.domain.notices import Code
from hub.domain.vocabulary import SystemActor
from hub.extensions import clock, db
from hub.imports import draft_actions, file_queries, queries, row_queries, step_actions
from hub.imports.actions import count_results
from hub.imports.draft_actions import Asker, NotYours
from hub.imports.row_queries import Told
from hub.intake import many_actions
from hub.intake.foresight_queries import Foresight
from hub.intake.many_actions import Became, Wanted
from hub.models import ImportRow, ImportRun
from hub.models.many import packed
from hub.notices import actions as notices

_END = text("""
    update import_row r set result = n.result, task_id = n.task_id,
        told_sealed = coalesce(n.told, r.told_sealed),
        problem_fields = coalesce(n.problem_fields, r.problem_fields)
    from jsonb_to_recordset(cast(:rows as jsonb)) as n (
        number int, part smallint, result text, task_id bigint, told bytea, problem_fields text[])
    where r.run_id = :run_id and r.number = n.number and r.part = n.part and r.result is null
""")
# What becomes of a row that is not raised.
WITHOUT = {
    Group.OPEN: Result.DUPLICATE,
    Group.TWICE: Result.DUPLICATE,
    Group.REFUSED: Result.REFUSED,
    Group.NOT_YOURS: Result.REFUSED,
    Group.CLOSE: Result.SKIPPED,
    Group.LATER: Result.SKIPPED,
    Group.NEW: Result.SKIPPED,
}


def commit_import(run_id: int, round_no: int) -> int:
    """Raise the next rows of an approved file; a further job goes on. Returns how many it raised."""
    foresight = Foresight(telephone=post.telephone())
    return step_actions.in_parts(run_id, round_no, RunStatus.IMPORTING, partial(_commit, foresight))


def _commit(foresight: Foresight, run: ImportRun) -> int:
    assert run.approved_by_id is not None
    by = step_actions.person(run.approved_by_id)
    rows = _next_rows(run)
    wanted = _warned(foresight, _wanted(run, rows, draft_actions.asker(by)))
    became = many_actions.raise_many([one for _, one, _ in wanted if one is not None], by=by)
    ends = _ends(run, wanted, became)
    db.session.execute(_END, {"run_id": run.id, "rows": packed(ends)})
    count_results(run, [one["result"] for one in ends])
    if run.committed_to >= run.requests:
        run.status = RunStatus.PARTLY if run.refused or run.skipped else RunStatus.COMPLETED
        run.finished_at = clock.now()
        notices.notify(
            Code.IMPORT_OVER,
            to=[run.approved_by_id],
            by=process(SystemActor.PLACING),
            practice_id=run.practice_id,
            about=run.ref,
            count=run.requests,
        )
    return sum(one["result"] == Result.CREATED for one in ends)


def _next_rows(run: ImportRun) -> Sequence[ImportRow]:
    query = (
        select(ImportRow)
        .where(ImportRow.run_id == run.id, ImportRow.result.is_(None))
        .order_by(ImportRow.number, ImportRow.part)
        .limit(file_queries.PART_ROWS)
    )
    return db.session.scalars(query).all()


def _wanted(
    run: ImportRun, rows: Sequence[ImportRow], asker: Asker
) -> list[tuple[ImportRow, Wanted | None, Told]]:
    """Return each row with the request that it asks to raise, or None, and what is told then."""
    found: list[tuple[ImportRow, Wanted | None, Told]] = []
    for row in rows:
        told = row_queries.told_of(run.file_key, row.told_sealed)
        if row.grp != Group.NEW and row.decision not in RAISED_BY:
            found.append((row, None, told))
            continue
        try:
            draft = asker.draft(told.values)
        except NotYours:
            found.append((row, None, _with(told, {"practice": row_queries.NOT_YOURS})))
            continue
        except Invalid as error:
            found.append((row, None, _with(told, error.problems)))
            continue
        bundle = run.file_key_id if row.bundled else None
        as_held = told.differs if row.grp == Group.CLOSE else None
        found.append((row, Wanted(draft, as_held, bundle, row.decision == Decision.UPDATE), told))
    return found


def _warned(
    foresight: Foresight, found: Sequence[tuple[ImportRow, Wanted | None, Told]]
) -> list[tuple[ImportRow, Wanted | None, Told]]:
    """Return the rows with what their practice is told of those that nobody sees in time, as it is by now."""
    said = iter(foresight.warnings([one.draft for _, one, _ in found if one is not None]))
    return [
        (row, one, told)
        if one is None
        else (row, replace(one, warning=seen), replace(told, unseen=seen.sentence if seen else ""))
        for row, one, told in found
        for seen in [next(said) if one is not None else None]
    ]


def _ends(
    run: ImportRun, wanted: Sequence[tuple[ImportRow, Wanted | None, Told]], became: Sequence[Became]
) -> list[dict[str, Any]]:
    """Return how each row ends: its result, its request, and what is told of it."""
    answers, ends = iter(became), []
    for row, one, told in wanted:
        result, task_id, sealed = WITHOUT[Group(row.grp)], row.task_id, None
        fields = None
        if one is not None:
            answer = next(answers)
            result, task_id = Result.CREATED, answer.task_id
            if answer.repeats:
                result = Result.DUPLICATE
            elif answer.problems:
                result, told = Result.REFUSED, _with(told, answer.problems)
                sealed = row_queries.seal_told(run.file_key, told)
            elif told.unseen or queries.UNSEEN in row.problem_fields:
                fields = row_queries.problem_fields(told)
                sealed = row_queries.seal_told(run.file_key, told)
        elif told.problems and row.grp in (Group.NEW, Group.CLOSE):
            result, sealed = Result.REFUSED, row_queries.seal_told(run.file_key, told)
        ends.append(
            {
                "number": row.number,
                "part": row.part,
                "result": result.value,
                "task_id": task_id,
                "told": sealed,
                "problem_fields": fields,
            }
        )
    return ends


def _with(told: Told, problems: Mapping[str, str]) -> Told:
    said = tuple(Problem("", name, why) for name, why in problems.items())
    return replace(told, problems=said, differs={})
