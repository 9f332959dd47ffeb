"""Files of requests: the runs somebody may see, where each stands, and what its columns would give."""

import datetime as dt
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, any_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import joinedload

from hub import vault
from hub.domain.actor import Actor
from hub.domain.errors import NotFound
from hub.domain.import_words import RAISED_BY, Group, Result, RunStatus
from hub.domain.importing.mapping import Mapping
from hub.domain.importing.rows import ReadRow, read_rows
from hub.domain.vocabulary import Role
from hub.extensions import db
from hub.imports import file_queries
from hub.models import ImportMapping, ImportRow, ImportRun, Practice, PracticeAccess, User
from hub.models.acting import acting
from hub.protocols.queries import current_kinds

PAGE = 50  # rows, or runs, on one page
PREVIEW_ROWS = 10
SEVERAL_NAMED = 5  # patients with several reviews whose rows are named
UNSEEN = "unseen"  # nobody who may do it is at work in time: stands among a row's `problem_fields`
KEPT = dt.timedelta(days=30)  # for which the file itself is kept
BESIDE = "beside"  # a review of another condition is open: stands there, too
GONE = "There is no such file, or it belongs to another practice."


@dataclass(frozen=True, slots=True)
class Listed:
    """One file of the list: its run, its name ("" once the file is removed), and who brought it in."""

    run: ImportRun
    filename: str
    by_name: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: rows done of all rows, while it is checked, raised or taken back."""

    status: RunStatus
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Several:
    """Rows with more than one request (`split`), and patients with more than one review in the file.

    `rows` are the numbers of the rows of the first of these patients, one for each review.
    """

    split: int
    patients: int
    rows: tuple[tuple[int, ...], ...]


def practices_for(by: Actor) -> list[Practice]:
    """Return the practices for which this person may bring in requests now, by name: those the hub serves."""
    query = select(Practice).where(Practice.served, Practice.status == "active")
    if not by.has(Role.LEAD):
        mine = select(PracticeAccess.practice_id).where(
            PracticeAccess.user_id == by.user_id, PracticeAccess.role == Role.REQUESTER
        )
        query = query.where(Practice.id.in_(mine))
    return list(db.session.scalars(query.order_by(Practice.name, Practice.id)))


def get(ref: str, *, lock: bool = False) -> ImportRun:
    """Return the run with this reference, its key loaded; locked if it is to be changed.

    Raises:
        NotFound: there is none, or the one who acts may not see it (the same sentence).
    """
    return _one(ImportRun.ref == ref, lock)


def by_id(run_id: int, *, lock: bool = False) -> ImportRun:
    """As `get`, by id: for jobs."""
    return _one(ImportRun.id == run_id, lock)


def runs_count(by: Actor) -> int:
    """Return how many files this person sees."""
    return db.session.scalar(select(func.count()).select_from(ImportRun).where(_seen_by(by))) or 0


def runs_for(by: Actor, page: int = 1) -> list[Listed]:
    """Return the files that this person sees, newest first: their own practices', or for a lead all."""
    query = (
        select(ImportRun, User.name)
        .join(User, User.id == ImportRun.user_id)
        .where(_seen_by(by))
        .options(joinedload(ImportRun.file_key))
        .order_by(ImportRun.created_at.desc(), ImportRun.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return [Listed(run, filename(run), name) for run, name in db.session.execute(query)]


def filename(run: ImportRun) -> str:
    """Return the file's name; "" once the file is removed."""
    if run.file_key.wrapped is None:
        return ""
    return vault.unseal(run.file_key, run.filename_sealed, file_queries.FILENAME)


def kept_until(run: ImportRun) -> dt.date:
    """Return the last day on which the file itself is kept."""
    return (run.created_at + KEPT).date()


def counts(run: ImportRun) -> dict[str, int]:
    """Return how many rows are in each group (`Group`), and have each result once raising has begun.

    With "left_out", "undecided" (close matches that nobody has decided about) and "to_raise": the new
    ones and the close matches that are used; "unseen", those that nobody sees in time; "beside", those not
    decided about because a review of another condition is open.
    """
    late, beside = func.count().filter(unseen()), func.count().filter(beside_undecided())
    query = (
        select(ImportRow.grp, ImportRow.decision, ImportRow.result, func.count(), late, beside)
        .where(ImportRow.run_id == run.id)
        .group_by(ImportRow.grp, ImportRow.decision, ImportRow.result)
    )
    found = {str(name): 0 for name in (*Group, *Result, "undecided", "to_raise", UNSEEN, BESIDE)}
    for grp, decision, result, count, unseen_count, beside_count in db.session.execute(query):
        # Refused is a group and a result; of those that nothing was done about the group counts.
        if grp != result:
            found[grp] += count
        if result is not None:
            found[result] += count
        found[UNSEEN] += unseen_count
        found[BESIDE] += beside_count
        found["undecided"] += count if grp == Group.CLOSE and decision is None else 0
        found["to_raise"] += count if grp == Group.NEW or decision in RAISED_BY else 0
    return found | {"left_out": run.rows_left_out}


def several(run: ImportRun) -> Several:
    """Return how many rows name several conditions, and which rows are reviews of one patient together."""
    split = select(func.count()).where(ImportRow.run_id == run.id, ImportRow.part == 2)
    numbers = func.array_agg(aggregate_order_by(ImportRow.number, ImportRow.number, ImportRow.part))
    query = (
        select(numbers, func.count().over())
        .where(ImportRow.run_id == run.id, ImportRow.bundled)
        .group_by(ImportRow.patient_hash)
        .order_by(func.min(ImportRow.number))
        .limit(SEVERAL_NAMED)
    )
    found = db.session.execute(query).all()
    return Several(
        split=db.session.scalar(split) or 0,
        patients=found[0][1] if found else 0,
        rows=tuple(tuple(row[0]) for row in found),
    )


def now_and_later(run: ImportRun) -> int:
    """Return how many patients of this file have a review that would be raised now and one due later."""
    both = func.count().filter(ImportRow.grp == Group.LATER) > 0
    now = func.count().filter(ImportRow.grp.in_((Group.NEW, Group.CLOSE))) > 0
    mine = select(ImportRow.patient_hash).where(
        ImportRow.run_id == run.id, ImportRow.patient_hash.is_not(None)
    )
    found = mine.group_by(ImportRow.patient_hash).having(and_(both, now)).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def unseen() -> ColumnElement[bool]:
    """Return the condition of rows that nobody sees in time: of those that would be raised, or that were."""
    would = or_(ImportRow.grp == Group.NEW, ImportRow.decision.in_(RAISED_BY))
    raised = or_(and_(ImportRow.result.is_(None), would), ImportRow.result == Result.CREATED)
    return and_(literal(UNSEEN) == any_(ImportRow.problem_fields), raised, ImportRow.undone_at.is_(None))


def beside_undecided() -> ColumnElement[bool]:
    """Return the condition of rows that nobody has decided about, for which another review is open."""
    beside = literal(BESIDE) == any_(ImportRow.problem_fields)
    return and_(ImportRow.grp == Group.CLOSE, ImportRow.decision.is_(None), beside)


def progress(run: ImportRun) -> Progress:
    """Return how far the run is with what it does."""
    status = RunStatus(run.status)
    if status is RunStatus.IMPORTING:
        return Progress(status, run.committed_to, run.requests)
    if status is RunStatus.UNDOING:
        return Progress(status, run.undone + run.kept, run.created)
    return Progress(status, run.checked_to, run.rows_total)


def preview(run: ImportRun, mapping: Mapping, rows: int = PREVIEW_ROWS) -> list[ReadRow]:
    """Return the first rows as they would be read with `mapping`."""
    header, kinds = file_queries.head_of(run).header, current_kinds()
    found: list[ReadRow] = []
    for row in file_queries.rows_of_part(run, 0)[:rows]:
        found += read_rows(row, mapping, header, kinds)
    return found[:rows]


def same_file(run: ImportRun) -> Listed | None:
    """Return the newest earlier run of this very file that this person may see, cancelled ones left out."""
    query = (
        select(ImportRun, User.name)
        .join(User, User.id == ImportRun.user_id)
        .where(ImportRun.practice_id == run.practice_id, ImportRun.file_hash == run.file_hash)
        .where(ImportRun.id < run.id, ImportRun.status != RunStatus.CANCELLED)
        .options(joinedload(ImportRun.file_key))
        .order_by(ImportRun.id.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none() if run.file_hash else None
    return None if row is None else Listed(row[0], filename(row[0]), row[1])


def remembered(practice_id: int, signature: str) -> Mapping | None:
    """Return how this practice last read files with this header; None if it never brought one in."""
    found = db.session.get(ImportMapping, (practice_id, signature))
    if found is None:
        return None
    key = vault.practice_key(practice_id)
    return Mapping.from_data(vault.unseal_data(key, found.mapping_sealed, file_queries.MAPPING))


def remembered_marks(practice_id: int, marks: Collection[str]) -> list[str]:
    """Return which of these marks of titles (`mapping.titles_mark`) are remembered, newest first."""
    query = (
        select(ImportMapping.signature)
        .where(ImportMapping.practice_id == practice_id, ImportMapping.signature.in_(marks))
        .order_by(ImportMapping.at.desc())
    )
    return list(db.session.scalars(query))


def hash_of(practice_id: int, data: bytes) -> bytes:
    """Return the keyed hash by which this practice's very same file is found again."""
    return vault.lookup(practice_id, "import-file", hashlib.sha256(data).hexdigest())


def names(user_ids: Collection[int | None]) -> dict[int, str]:
    """Return the names of these people."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _one(condition: ColumnElement[bool], lock: bool) -> ImportRun:
    query = select(ImportRun).where(condition).options(joinedload(ImportRun.file_key))
    by = acting()
    if by is not None and by.user_id is not None:
        query = query.where(_seen_by(by))
    if lock:
        query = query.with_for_update(of=ImportRun).execution_options(populate_existing=True)
    run = db.session.scalars(query).one_or_none()
    if run is None:
        raise NotFound(GONE)
    return run


def _seen_by(by: Actor) -> ColumnElement[bool]:
    # Row-level security says so, too; a clinician's access to a practice is no reason to see its files.
    if by.has(Role.LEAD):
        return ImportRun.id.is_not(None)
    mine = select(PracticeAccess.practice_id).where(
        PracticeAccess.user_id == by.user_id, PracticeAccess.role == Role.REQUESTER
    )
    return ImportRun.practice_id.in_(mine)
