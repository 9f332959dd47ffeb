"""What a person does with a file: bring it in, confirm its columns, decide, approve, cancel, undo.

Everything long is done by jobs in parts (`check_actions`, `commit_actions`, `undo_actions`); every change of
a run is made under its lock, so that a job and a person never act on it at once.
"""

import secrets

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from hub import vault
from hub.domain.actor import Actor
from hub.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from hub.domain.identifiers import new_reference
from hub.domain.import_words import (
    FINISHED,
    NOT_APPROVED,
    Decision,
    Group,
    Result,
    RunStatus,
)
from hub.domain.importing import mapping as columns
from hub.domain.importing.mapping import Mapping
from hub.domain.permissions import Permission, check_may
from hub.extensions import clock, db
from hub.imports import file_queries, queries, step_actions, table_actions
from hub.models import ImportMapping, ImportRow, ImportRun, Practice
from hub.protocols.queries import current_kinds

# What becomes of a row when nothing more is raised.
WITHOUT_RAISING = case(
    (ImportRow.grp.in_((Group.OPEN, Group.TWICE)), Result.DUPLICATE.value),
    (ImportRow.grp.in_((Group.REFUSED, Group.NOT_YOURS)), Result.REFUSED.value),
    else_=Result.SKIPPED.value,
)
APPROVED = "It has been approved already."


def upload(*, data: bytes, filename: str, practice: str | None, kind: str | None, by: Actor) -> ImportRun:
    """Read a file and keep it, with its columns proposed. Nothing of it is a request yet. Does not commit.

    `practice` is an ODS code and `kind` a kind's code, each None where a column of the file says it.

    Raises:
        Invalid: the file cannot be read (key "file"), or the practice or the kind is none of theirs.
        NotAllowed: this person brings in no requests.
    """
    check_may(by.roles, Permission.IMPORT_REQUESTS)
    home = _home(practice, by)
    if kind is not None and kind not in {one.code for one in current_kinds()}:
        raise Invalid({"kind": "Choose the kind of request."})
    found = table_actions.read(data, filename, home.id)
    key = vault.new_key(home.id)
    db.session.add(key)
    db.session.flush()
    run = ImportRun(
        ref=new_reference(secrets.token_bytes(5)),
        practice_id=home.id,
        user_id=by.user_id,
        created_at=clock.now(),
        status=RunStatus.UPLOADED,
        file_key_id=key.id,
        filename_sealed=vault.seal(key, filename[:200], file_queries.FILENAME),
        file_sealed=vault.seal_bytes(key, data, file_queries.FILE),
        file_bytes=len(data),
        file_hash=queries.hash_of(home.id, data),
        **table_actions.kept_of(found, key, practice=practice, kind=kind),
    )
    db.session.add(run)
    db.session.flush()
    db.session.refresh(run, ["file_key"])
    table_actions.store_rows(run, found.table)
    return run


def set_mapping(run: ImportRun, mapping: Mapping, *, by: Actor) -> None:
    """Say what the columns hold: the file is checked (anew), and its practice remembers it. Does not commit.

    The caller holds the lock of the run (`queries.get(lock=True)`).

    Raises:
        Conflict: it is approved, cancelled or removed.
    """
    _check_not_approved(run)
    check_sees_all(run)
    head = file_queries.head_of(run)
    db.session.execute(delete(ImportRow).where(ImportRow.run_id == run.id))
    run.mapping_sealed = file_queries.seal_mapping(run.file_key, mapping)
    run.status, run.error = RunStatus.CHECKING, ""
    run.checked_to = run.requests = 0
    run.checked_at = None
    if not columns.to_mend(head.header):  # they are read as the file that they come from
        _remember(run, columns.signature(head.header), mapping, by)
        if head.titles_mark:
            _remember(run, head.titles_mark, mapping, by)
    step_actions.next_step(run)


def decide(run: ImportRun, number: int, decision: str, *, by: Actor, part: int = 1) -> None:
    """Decide about a close match: `use` the patient as held, `update` their details, or `skip` the row.

    Raises:
        Conflict: the run is not waiting for approval.
        NotFound: there is no such row, or it is no close match.
        Invalid: the decision is neither.
    """
    _check_review(run)
    if decision not in list(Decision):
        raise Invalid({f"decision-{number}": "Choose one of the three."})
    change = (
        update(ImportRow)
        .where(ImportRow.run_id == run.id, ImportRow.number == number, ImportRow.part == part)
        .where(ImportRow.grp == Group.CLOSE)
        .values(decision=decision, decided_by_id=by.user_id)
        .returning(ImportRow.number)
    )
    if db.session.execute(change).one_or_none() is None:
        raise NotFound("There is no such row to decide about.")


def decide_beside(run: ImportRun, decision: str, *, by: Actor) -> None:
    """Decide alike about all rows, not decided yet, for whose patients a review of another condition is open.

    Raises:
        Conflict: the run is not waiting for approval.
        Invalid: the decision is neither `use` (raise it as well) nor `skip`.
    """
    _check_review(run)
    if decision not in (Decision.USE, Decision.SKIP):
        raise Invalid({"decide-beside": "Choose one of the two."})
    change = update(ImportRow).where(ImportRow.run_id == run.id, queries.beside_undecided())
    db.session.execute(change.values(decision=decision, decided_by_id=by.user_id))


def approve(run: ImportRun, *, by: Actor) -> None:
    """Have the requests raised, in the name of this person. Close matches not decided are skipped.

    Raises:
        Conflict: it was approved already, or is not checked.
        Invalid: no row would be raised.
        NotAllowed: this person brings in no requests.
    """
    check_may(by.roles, Permission.IMPORT_REQUESTS)
    _check_review(run)
    check_sees_all(run)
    if not queries.counts(run)["to_raise"]:
        raise Invalid({"decision": "No row would be raised: decide about the close matches first."})
    run.status = RunStatus.IMPORTING
    run.approved_at, run.approved_by_id = clock.now(), by.user_id
    step_actions.next_step(run)


def cancel(run: ImportRun, *, by: Actor) -> None:
    """Stop: what is not raised yet will not be; what was raised stays (see `undo`). Does not commit.

    Raises:
        Conflict: it is over already.
    """
    if run.status in FINISHED or run.status == RunStatus.UNDOING:
        raise Conflict("This file is finished already: there is nothing left to cancel.")
    check_sees_all(run)
    stop(run)
    run.cancelled_by_id = by.user_id


def check_sees_all(run: ImportRun) -> None:
    """Do nothing if the one who acts sees every row of this file.

    Raises:
        NotAllowed: some rows are of practices that they do not see; nothing may happen to these unseen.
    """
    seen = db.session.scalar(select(func.count()).select_from(ImportRow).where(ImportRow.run_id == run.id))
    if seen != run.requests:
        names = queries.names([run.user_id])
        who = names.get(run.user_id, "whoever brought it in")
        raise NotAllowed(f"Some rows of this file are for practices that are not yours: ask {who}.")


def stop(run: ImportRun) -> None:
    """Raise nothing more of this run: every row without a result gets one."""
    left = (
        update(ImportRow)
        .where(ImportRow.run_id == run.id, ImportRow.result.is_(None))
        .values(result=WITHOUT_RAISING)
        .returning(ImportRow.result)
    )
    given = list(db.session.scalars(left))
    run.requests = run.committed_to + len(given)
    count_results(run, given)
    run.status, run.cancelled_at, run.finished_at = RunStatus.CANCELLED, clock.now(), clock.now()


def count_results(run: ImportRun, results: list[str | None]) -> None:
    """Count the results of rows that have just been given one."""
    run.created += results.count(Result.CREATED)
    run.duplicate += results.count(Result.DUPLICATE)
    run.refused += results.count(Result.REFUSED)
    run.skipped += results.count(Result.SKIPPED)
    run.committed_to += len(results)


def undo(run: ImportRun, *, by: Actor) -> None:
    """Take back the requests that nobody has acted on; the others stay, and say why. Does not commit.

    Raises:
        Conflict: nothing was raised, or it is being raised at this moment, or was undone already.
    """
    check_may(by.roles, Permission.IMPORT_REQUESTS)
    if run.status not in (RunStatus.COMPLETED, RunStatus.PARTLY, RunStatus.CANCELLED) or not run.created:
        raise Conflict(
            "Only a file of which requests were raised can be undone, and only once. Cancel it first if its "
            "requests are still being raised."
        )
    check_sees_all(run)
    run.status = RunStatus.UNDOING
    run.undone_by_id = by.user_id
    step_actions.next_step(run)


def go_on(run: ImportRun, *, by: Actor) -> None:
    """Go on with a run that stopped by a fault of ours, from where it stopped. Does not commit.

    Raises:
        Conflict: it did not stop.
    """
    check_may(by.roles, Permission.IMPORT_REQUESTS)
    if run.status != RunStatus.FAILED:
        raise Conflict("This file has not stopped by a fault.")
    run.error = ""
    run.status = RunStatus.CHECKING
    if run.approved_at is not None:
        run.status = RunStatus.UNDOING if run.undone_by_id is not None else RunStatus.IMPORTING
    step_actions.next_step(run)


def _home(practice: str | None, by: Actor) -> Practice:
    """Return the practice that a file belongs to: the one it is for, or the first of theirs."""
    found = queries.practices_for(by)
    if practice is not None:
        found = [one for one in found if one.ods_code == practice]
    if not found:
        raise Invalid({"practice": "Choose a practice that you raise requests for."})
    return found[0]


def _remember(run: ImportRun, signature: str, mapping: Mapping, by: Actor) -> None:
    key = vault.practice_key(run.practice_id)
    values = {
        "mapping_sealed": file_queries.seal_mapping(key, mapping),
        "by_id": by.user_id,
        "at": clock.now(),
    }
    added = insert(ImportMapping).values(practice_id=run.practice_id, signature=signature, **values)
    db.session.execute(added.on_conflict_do_update(index_elements=["practice_id", "signature"], set_=values))


def _check_not_approved(run: ImportRun) -> None:
    if run.status not in NOT_APPROVED or run.file_removed_at is not None:
        raise Conflict("What this file holds cannot be changed any more: bring it in again if it was wrong.")


def _check_review(run: ImportRun) -> None:
    if run.status == RunStatus.REVIEW:
        return
    if run.approved_at is not None:
        names = queries.names([run.approved_by_id])
        raise Conflict(APPROVED, who=names.get(run.approved_by_id or 0, ""), when=run.approved_at)
    raise Conflict("This file is not checked, or it was cancelled: open it again to see where it stands.")
