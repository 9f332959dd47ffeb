"""The page on which a person confirms what the columns of a file hold, and sees how its first rows read."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import records, web
from hub.domain.errors import Invalid
from hub.domain.importing.evidence import LOOKED_AT
from hub.domain.importing.fields import fields_for, missing
from hub.domain.importing.mapping import Mapping as ColumnMapping
from hub.domain.importing.mapping import to_mend
from hub.domain.importing.rows import Problem, ReadRow
from hub.domain.kinds import Kind
from hub.extensions import db
from hub.imports import (
    actions,
    caution_presenters,
    column_actions,
    column_presenters,
    column_queries,
    draft_actions,
    file_queries,
    forms,
    presenters,
    preview_presenters,
    queries,
    row_queries,
)
from hub.imports.blueprint import bp, readers
from hub.imports.file_queries import Head
from hub.intake import queries as intake
from hub.models import ImportRun, Practice
from hub.protocols.queries import current_kinds
from hub.security import current_actor

_PLACES = {"default-receipt": "default-receipt-day"}  # where a link to a problem leads


@bp.post("/imports/<ref>/columns")
@readers
def columns(ref: str) -> Response:
    """Take what the columns hold: check all rows, or show the first ones again."""
    by = current_actor()
    run = queries.get(ref, lock=True)
    check, mapping = request.form.get("step") == "check", None
    try:
        mapping = _read(run)
        if check:
            _check_complete(run, mapping)
    except Invalid as refused:
        db.session.rollback()
        return page(queries.get(ref), mapping, values=request.form, problems=refused.problems)
    if check:
        actions.set_mapping(run, mapping, by=by)
    else:
        column_actions.keep(run, mapping)
    db.session.commit()
    return redirect(url_for(".run", ref=ref, _anchor=None if check else "first-rows"))


@bp.post("/imports/<ref>/titles")
@readers
def choose_titles(ref: str) -> Response:
    """Read the file once more with its titles where a person says that they stand."""
    run, said = queries.get(ref, lock=True), request.form.get("titles_row", "")
    try:
        titles_row = forms.titles_row(
            request.form, rows=[number for number, _ in file_queries.head_of(run).top]
        )
        column_actions.choose_titles(run, titles_row)
    except Invalid as refused:
        db.session.rollback()
        return page(queries.get(ref), problems=refused.problems, shown={"titles_row": said})
    db.session.commit()
    flash(column_presenters.read_again_words(titles_row))
    return redirect(url_for(".run", ref=ref))


@bp.post("/imports/<ref>/sheet")
@readers
def choose_sheet(ref: str) -> Response:
    """Read another sheet of the workbook."""
    run = queries.get(ref, lock=True)
    try:
        place = forms.sheet(request.form, sheets=len(file_queries.head_of(run).sheets))
        column_actions.choose_sheet(run, place)
    except Invalid as refused:
        db.session.rollback()
        said = {"sheet": request.form.get("sheet", "")}
        return page(queries.get(ref), problems=refused.problems, shown=said)
    db.session.commit()
    flash("Another sheet was read. Look at its columns and at its first rows.")
    return redirect(url_for(".run", ref=ref))


def _read(run: ImportRun) -> ColumnMapping:
    head, kinds = file_queries.head_of(run), kinds_of(run)
    return forms.columns(
        request.form,
        titles=dict(enumerate(head.header)),
        known=list(fields_for(kinds)),
        conditions=[one.code for kind in kinds for one in kind.subtypes],
        begun=head.begun,
    )


def _check_complete(run: ImportRun, mapping: ColumnMapping) -> None:
    kind, head = kinds_of(run)[0] if mapping.kind else None, file_queries.head_of(run)
    # What is blank in every row gives nothing; of a file longer than is looked at that is not known.
    empty = {one.index for one in head.guesses if not one.samples and run.rows_total <= LOOKED_AT}
    given = [code for index, code in mapping.columns.items() if index not in empty]
    lacking = missing(given, list(mapping.defaults), kind)
    if lacking:
        blank = {code: head.header[index] for index, code in mapping.columns.items() if index in empty}
        raise forms.refused_for(
            {
                code: f"“{blank[code]}” is blank in every row. {said}" if code in blank else said
                for code, said in lacking.items()
            }
        )


def _previewed(run: ImportRun, mapping: ColumnMapping, header: Sequence[str]) -> list[ReadRow]:
    """Return the first rows as they would be read, each with everything for which it would be refused."""
    asker, found = draft_actions.asker(current_actor()), []
    for row in queries.preview(run, mapping):
        problems = row.problems
        try:
            asker.draft(row.values)
        except draft_actions.NotYours:
            problems = (*problems, Problem("", "practice", row_queries.NOT_YOURS))
        except Invalid as refused:
            problems = draft_actions.problems_of(refused, problems, mapping, header)
        found.append(dataclasses.replace(row, problems=problems))
    return found


def kinds_of(run: ImportRun) -> list[Kind]:
    """Return the kind that was chosen with the file; all of them where a column says it."""
    chosen = file_queries.head_of(run).begun.kind
    return [one for one in current_kinds() if chosen in (None, one.code)]


def page(
    run: ImportRun,
    mapping: ColumnMapping | None = None,
    *,
    values: Mapping[str, str] | None = None,
    problems: dict[str, str] | None = None,
    shown: Mapping[str, str] | None = None,
) -> Response:
    """Show the columns of a file, as kept so far, as proposed, or (with `values`) as typed and refused.

    `shown` is what was chosen as the row of titles or the sheet, and refused.
    """
    head, kinds, problems = file_queries.head_of(run), kinds_of(run), problems or {}
    mapping = mapping or file_queries.mapping_of(run)
    mended = to_mend(head.header)
    mapping = mapping or column_presenters.begun(head.begun, kinds, intake.today(), mended=mended)
    chosen = _chosen(head, values) if values is not None else mapping.columns
    mapped = list(chosen.values())
    when = column_queries.read_before(run, head.header)
    before = queries.same_file(run)
    practice = chosen_practice(head)
    days = [one for one in mapped if one in column_presenters.DATES]
    answer = web.page(
        "imports/columns.html",
        status=422 if problems else 200,
        ref=run.ref,
        about=presenters.about(run, queries.filename(run), head, _practice_words(practice, head), kinds),
        remembered=column_presenters.remembered_words(when, mended=mended),
        seen_before=presenters.seen_before(before),
        **_columns(head, chosen, practice),
        fields=column_presenters.field_groups(fields_for(kinds)),
        has_dates=bool(days),
        date_orders=column_presenters.date_orders(),
        conditions=column_presenters.condition_options(kinds),
        receipt_label=kinds[0].receipt_label if len(kinds) == 1 else "Date the practice received them",
        ask_hint=kinds[0].ask_hint if len(kinds) == 1 else "",
        urgencies=column_presenters.urgencies(),
        safety=column_presenters.questions(kinds, mapped, safety=True),
        helpful=column_presenters.questions(kinds, mapped, safety=False),
        preview=preview_presenters.preview_rows(_previewed(run, mapping, head.header), kinds),
        lacking={name: one for name, one in problems.items() if name.startswith("missing-")},
        targets=_PLACES | _targets(problems, chosen, head),
        titles=column_presenters.titles_options(head),
        values={
            "titles_row": str(head.header_row),
            "sheet": str(head.sheet),
            **(shown or {}),
            **(values if values is not None else forms.values_of(mapping)),
        },
        problems=problems,
    )
    records.note_list_access([run.practice_id], by=current_actor(), what="first rows of a file")
    db.session.commit()
    return answer


def _columns(head: Head, chosen: Mapping[int, str], practice: Practice | None) -> dict[str, Any]:
    """Return the columns as shown, what makes one look twice, and what may be chosen because of them."""
    rows = column_presenters.column_rows(head.guesses, head.letters, chosen)
    due = forms.DUE_AHEAD if "review_due" in chosen.values() else {}
    return {
        "columns": caution_presenters.practice_columns(rows, practice),
        "other_practice": caution_presenters.other_practice(head, practice),
        "as_above": head.as_above,
        "as_above_choices": caution_presenters.AS_ABOVE,
        "due_choices": [{"value": code, "text": words} for code, words in due.items()],
        "sheets": [{"value": str(place), "text": title} for place, title in enumerate(head.sheets)],
    }


def _chosen(head: Head, values: Mapping[str, str]) -> dict[int, str]:
    return {index: values.get(f"column-{index}", "ignore") for index in range(len(head.header))}


def _targets(problems: Mapping[str, str], chosen: Mapping[int, str], head: Head) -> dict[str, str]:
    """Return where the link of a field that no column gives leads: the first column that is not needed."""
    free = (index for index in range(len(head.header)) if chosen.get(index, "ignore") == "ignore")
    return {name: f"column-{next(free, 0)}" for name in problems if name.startswith("missing-")}


def chosen_practice(head: Head) -> Practice | None:
    """Return the practice that was chosen with the file; None where a column says it, or it is not theirs."""
    if head.begun.practice is None:
        return None
    found = queries.practices_for(current_actor())
    return next((one for one in found if one.ods_code == head.begun.practice), None)


def _practice_words(practice: Practice | None, head: Head) -> str:
    if practice is None:
        return head.begun.practice or "The practices that a column of the file names"
    return practice.name
