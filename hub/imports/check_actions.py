"""Checking a file, part by part: what each row asks, and whether it can be raised. Raises nothing.

`hub.intake.forms.parse` judges a row as it judges the form, and `hub.intake.many_queries.judge` as the page
after it; here a row finds its practice and its kind, and what stands twice in the file.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import func, select, update

from hub import post, vault
from hub.domain.errors import Invalid
from hub.domain.import_words import Group, RunStatus
from hub.domain.importing import due
from hub.domain.importing.rows import Problem, ReadRow, read_rows
from hub.domain.importing.table import Row
from hub.domain.kinds import Kind
from hub.domain.patient import Identity
from hub.domain.vocabulary import FactAnswer, RequestedUrgency
from hub.extensions import clock, db
from hub.imports import draft_actions, file_queries, row_queries, step_actions, tally_actions
from hub.imports.draft_actions import NotYours
from hub.imports.row_queries import Told
from hub.intake import many_queries, patients
from hub.intake.drafts import Draft, asked_of
from hub.intake.foresight_queries import Foresight
from hub.intake.many_queries import Judged
from hub.models import ImportRow, ImportRun
from hub.models.many import insert_many
from hub.protocols.queries import current_kinds

_COMPARE_ROWS = "Compare both rows with the patient's record: one of them may be meant for somebody else."
_WORDS = {"family": "family name", "given": "given name", "born": "date of birth"}


@dataclass(frozen=True)
class Checked:
    """One row with what was found: its group, what is told, and by what it is found to stand twice."""

    read: ReadRow
    group: Group
    told: Told
    practice_id: int
    draft: Draft | None = None
    task_id: int | None = None
    same_hash: bytes | None = None
    patient_hash: bytes | None = None


def check_import(run_id: int, round_no: int) -> int:
    """Check the next parts of a file; a further job goes on. Returns how many rows were checked."""
    foresight = Foresight(telephone=post.telephone())
    return step_actions.in_parts(run_id, round_no, RunStatus.CHECKING, partial(_check, foresight))


def _check(foresight: Foresight, run: ImportRun) -> int:
    rows = file_queries.rows_of_part(run, file_queries.next_part(run))
    found = _foreseen(foresight, _within_file(run, _judged(_read(run, rows))))
    _store(run, found)
    asked = [(one.draft, one.told.doubts) for one in found if one.group is Group.NEW and one.draft]
    tally_actions.count(run, asked)
    run.checked_to += len(rows)
    run.requests += len(found)
    if run.checked_to >= run.rows_total or not rows:
        _finish(run)
    return len(rows)


def _read(run: ImportRun, rows: Sequence[Row]) -> list[Checked]:
    """Return what each row asks, or why that cannot be said."""
    mapping, header = file_queries.mapping_of(run), file_queries.head_of(run).header
    assert mapping is not None
    asker, kinds = draft_actions.asker(step_actions.person(run.user_id)), current_kinds()
    found = []
    for one in (read for row in rows for read in read_rows(row, mapping, header, kinds)):
        try:
            draft = asker.draft(one.values)
            if one.problems:
                raise Invalid({})
            told = Told(one.values, doubts=one.doubts, like=one.like)
            if _waits(draft, one.values.get("review_due", ""), asker.today, mapping.due_ahead):
                who = _patient_hash(draft)
                found.append(Checked(one, Group.LATER, told, draft.practice_id, patient_hash=who))
            else:
                found.append(Checked(one, Group.NEW, told, draft.practice_id, draft))
        except NotYours:
            found.append(Checked(one, Group.NOT_YOURS, Told(one.values, like=one.like), run.practice_id))
        except Invalid as error:
            problems = draft_actions.problems_of(error, one.problems, mapping, header)
            told = Told(one.values, problems, like=one.like)
            found.append(Checked(one, Group.REFUSED, told, run.practice_id))
    return found


def _waits(draft: Draft, said: str, today: dt.date, ahead: int) -> bool:
    """Say whether a review is due later than is raised now; never what is asked for sooner, or presses."""
    presses = any(
        fact.band_if_yes is not None and draft.answers.get(fact.code) is FactAnswer.YES
        for fact in draft.kind.facts
    )
    routine = draft.requested is RequestedUrgency.ROUTINE and not presses
    return routine and draft.kind.about == "patient" and due.is_later(said, today, ahead)


def _judged(found: Sequence[Checked]) -> list[Checked]:
    """Return the rows with what is held and open at their practices."""
    drafts = [one.draft for one in found if one.draft is not None]
    answers = iter(many_queries.judge(drafts))
    return [one if one.draft is None else _with(one, one.draft, next(answers)) for one in found]


def _with(one: Checked, draft: Draft, judged: Judged) -> Checked:
    patient = _patient_hash(draft)
    asked = ":".join(asked_of(draft.kind, draft.subtype, draft.document, draft.ask))
    same = vault.lookup(draft.practice_id, "request", f"{patient.hex()}:{asked}") if patient else None
    one = replace(one, same_hash=same, patient_hash=patient)
    if judged.problems:
        problems = tuple(Problem("", field, sentence) for field, sentence in judged.problems.items())
        return replace(one, group=Group.REFUSED, told=replace(one.told, problems=problems))
    if judged.differs or judged.beside:
        told = replace(one.told, differs=dict(judged.differs), beside=dict(judged.beside))
        return replace(one, group=Group.CLOSE, told=told)
    if judged.repeats is not None:
        return replace(one, group=Group.OPEN, task_id=judged.repeats)
    return one


def _patient_hash(draft: Draft) -> bytes | None:
    if draft.identity is None:
        return None
    number, record = patients.hashes(draft.practice_id, draft.identity)
    return number or record


@dataclass(frozen=True)
class _Above:
    """A row further up about some patient: its number, what it asks, and who it says that they are."""

    number: int
    same_hash: bytes | None
    identity: Identity | None


def _within_file(run: ImportRun, found: Sequence[Checked]) -> list[Checked]:
    """Return the rows compared with those above them: what asks the same, and who is said to be another."""
    above = _above(run, {one.patient_hash for one in found if one.patient_hash is not None})
    result = []
    for one in found:
        before = above.get(one.patient_hash, []) if one.patient_hash else []
        if before and one.group in (Group.NEW, Group.CLOSE):
            one = _compared(one, before)
        if one.group in (Group.NEW, Group.CLOSE) and one.patient_hash is not None and one.draft is not None:
            who = one.draft.identity if one.group is Group.NEW else None
            above.setdefault(one.patient_hash, []).append(_Above(one.read.number, one.same_hash, who))
        result.append(one)
    return result


def _compared(one: Checked, before: Sequence[_Above]) -> Checked:
    assert one.draft is not None and one.draft.identity is not None
    for row in before:
        if row.same_hash == one.same_hash:
            return replace(one, group=Group.TWICE, told=replace(one.told, repeats_row=row.number))
    other = next((row for row in before if row.identity is not None), None)
    if one.group is Group.CLOSE or other is None or other.identity is None:
        return one
    differs = patients.differences(other.identity, one.draft.identity)
    if not differs:
        return one
    problems = tuple(
        Problem("", name, f"Row {other.number} gives this patient another {_WORDS[name]}. {_COMPARE_ROWS}")
        for name in differs
    )
    return replace(one, group=Group.REFUSED, told=replace(one.told, problems=problems))


def _above(run: ImportRun, hashes: set[bytes]) -> dict[bytes, list[_Above]]:
    """Return the rows of earlier parts about these patients, by patient, in order."""
    query = (
        select(ImportRow)
        .where(ImportRow.run_id == run.id, ImportRow.patient_hash.in_(hashes))
        .where(ImportRow.grp.in_((Group.NEW, Group.CLOSE)))
        .order_by(ImportRow.number, ImportRow.part)
    )
    found: dict[bytes, list[_Above]] = {}
    for row in db.session.scalars(query) if hashes and run.checked_to else ():
        assert row.patient_hash is not None
        values = row_queries.told_of(run.file_key, row.told_sealed).values
        who = draft_actions.identity_in(values) if row.grp == Group.NEW else None
        found.setdefault(row.patient_hash, []).append(_Above(row.number, row.same_hash, who))
    return found


def _foreseen(foresight: Foresight, found: Sequence[Checked]) -> list[Checked]:
    """Return the rows, those that may be raised with what is to be told if nobody would see them in time."""
    drafts = [one.draft for one in found if one.draft and one.group in (Group.NEW, Group.CLOSE)]
    said = {id(draft): seen for draft, seen in zip(drafts, foresight.warnings(drafts), strict=True)}
    return [
        replace(one, told=replace(one.told, unseen=seen.sentence)) if seen else one
        for one in found
        for seen in [said.get(id(one.draft))]
    ]


def _store(run: ImportRun, found: Sequence[Checked]) -> None:
    rows = [
        {
            "run_id": run.id,
            "number": one.read.number,
            "part": one.read.part,
            "practice_id": one.practice_id,
            "kind": one.draft.kind.code if one.draft else "",
            "grp": one.group.value,
            "problem_fields": row_queries.problem_fields(one.told),
            "told_sealed": row_queries.seal_told(run.file_key, one.told),
            "same_hash": one.same_hash,
            "patient_hash": one.patient_hash,
            "task_id": one.task_id,
            "bundled": False,
            "kept_why": "",
        }
        for one in found
    ]
    insert_many(ImportRow, rows)


def _finish(run: ImportRun) -> None:
    """Say which rows belong together, and whether there is anything to approve."""
    _bundle(run)
    query = (
        select(func.count())
        .select_from(ImportRow)
        .where(ImportRow.run_id == run.id, ImportRow.grp.in_((Group.NEW, Group.CLOSE)))
    )
    run.status = RunStatus.REVIEW if db.session.scalar(query) else RunStatus.INVALID
    run.checked_at = clock.now()


def _bundle(run: ImportRun) -> None:
    """Mark the reviews that the file asks for one patient (combined care): they become one bundle."""
    reviews = [kind.code for kind in current_kinds() if may_bundle(kind)]
    mine = (
        ImportRow.run_id == run.id,
        ImportRow.kind.in_(reviews),
        ImportRow.grp.in_((Group.NEW, Group.CLOSE)),
        ImportRow.patient_hash.is_not(None),
    )
    several = select(ImportRow.patient_hash).where(*mine).group_by(ImportRow.patient_hash)
    several = several.having(func.count() > 1)
    change = update(ImportRow).where(*mine, ImportRow.patient_hash.in_(several)).values(bundled=True)
    db.session.execute(change, execution_options={"synchronize_session": False})


def may_bundle(kind: Kind) -> bool:
    """Say whether requests of this kind for one patient are best done together: reviews of the patient."""
    return kind.about == "patient" and not kind.needs_reply
