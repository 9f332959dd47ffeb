"""Files of requests: a run per file, its table in sealed parts, what became of each row, remembered columns.

Everything that a file says is sealed under a data key of its run: destroying that key erases the file, and
leaves numbers of rows, results and references to tasks.
"""

import uuid

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.domain.import_words import Decision, Group, Result, RunStatus
from hub.extensions import Base
from hub.models.columns import BigKey, Instant, PersonId, PracticeId, Words, one_of
from hub.models.work import DataKey

_COUNTED = "created + duplicate + refused + skipped"
_OVER = "status in ('completed', 'partly', 'cancelled', 'undoing', 'undone')"


class ImportRun(Base):
    """One file that somebody brought in, of its home practice; rows may be of others of the same person.

    `rows_total` are its rows of data, of which `checked_to` are checked; `requests` are the rows of
    `import_row` that the check made of them (a line that names two conditions makes two), of which
    `committed_to` have a result. `round` grows whenever the file is checked anew, so that an older job stops.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        UniqueConstraint("id", "practice_id"),
        ForeignKeyConstraint(["file_key_id", "practice_id"], ["data_key.id", "data_key.practice_id"]),
        one_of("status", RunStatus),
        # No row is lost and none counts twice, at whatever moment one looks.
        CheckConstraint(f"committed_to = {_COUNTED}", name="every_result_counted"),
        CheckConstraint(f"({_OVER}) <= (committed_to = requests)", name="over_says_all_rows"),
        CheckConstraint("checked_to between 0 and rows_total", name="checked_some"),
        CheckConstraint("committed_to <= requests", name="no_result_without_row"),
        CheckConstraint("undone + kept <= created", name="undone_was_created"),
        CheckConstraint("(approved_at is null) <= (created = 0)", name="nothing_before_approval"),
        CheckConstraint("(approved_at is null) = (approved_by_id is null)", name="approved_by_someone"),
        CheckConstraint("(status = 'cancelled') <= (cancelled_at is not null)", name="cancelled_says_when"),
        Index("import_run_of_practice", "practice_id", "created_at"),
        Index("import_run_files", "created_at", postgresql_where=text("file_removed_at is null")),
        Index(
            "import_run_at_work",
            "id",
            postgresql_where=text("status in ('checking', 'importing', 'undoing')"),
        ),
    )

    id: Mapped[BigKey]
    ref: Mapped[Words] = mapped_column(Text, unique=True)
    practice_id: Mapped[PracticeId]
    user_id: Mapped[PersonId]
    created_at: Mapped[Instant]
    status: Mapped[Words] = mapped_column(Text, server_default="uploaded")
    round: Mapped[int] = mapped_column(server_default="0")
    # A fault of ours, in a sentence without anything of the file.
    error: Mapped[Words] = mapped_column(Text, server_default="")

    file_key_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    filename_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    file_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    file_bytes: Mapped[int] = mapped_column(server_default="0")
    # Keyed, to say that this very file was brought in before.
    file_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Header, how the file was read, notes, rows left out; and the columns as confirmed.
    table_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    mapping_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    file_removed_at: Mapped[Instant | None]

    rows_total: Mapped[int] = mapped_column(server_default="0")
    rows_left_out: Mapped[int] = mapped_column(server_default="0")
    checked_to: Mapped[int] = mapped_column(server_default="0")
    requests: Mapped[int] = mapped_column(server_default="0")
    committed_to: Mapped[int] = mapped_column(server_default="0")
    created: Mapped[int] = mapped_column(server_default="0")
    duplicate: Mapped[int] = mapped_column(server_default="0")
    refused: Mapped[int] = mapped_column(server_default="0")
    skipped: Mapped[int] = mapped_column(server_default="0")
    undone: Mapped[int] = mapped_column(server_default="0")
    kept: Mapped[int] = mapped_column(server_default="0")

    checked_at: Mapped[Instant | None]
    approved_at: Mapped[Instant | None]
    approved_by_id: Mapped[PersonId | None]
    cancelled_at: Mapped[Instant | None]
    cancelled_by_id: Mapped[PersonId | None]
    finished_at: Mapped[Instant | None]
    undone_at: Mapped[Instant | None]
    undone_by_id: Mapped[PersonId | None]

    file_key: Mapped[DataKey] = relationship(lazy="raise_on_sql", viewonly=True)


class ImportPart(Base):
    """Some hundred rows of the table as the file has them, sealed together; removed with the file."""

    __tablename__ = "import_part"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "practice_id"], ["import_run.id", "import_run.practice_id"]),
    )

    run_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    part: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    practice_id: Mapped[PracticeId]
    rows: Mapped[int] = mapped_column(SmallInteger)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ImportRow(Base):
    """One request that a row of a file asks for: its group at review, then what became of it.

    `number` is the spreadsheet's own; `part` is 1, or counts the requests of one row.
    `practice_id` is the practice it is for; the run's own where that is not known, or none of theirs.
    `task_id` is the request that it became, or the open one that it repeats. `told_sealed` holds what was
    read and every problem, under the run's key.
    """

    __tablename__ = "import_row"
    __table_args__ = (
        ForeignKeyConstraint(["task_id", "practice_id"], ["task.id", "task.practice_id"]),
        one_of("grp", Group),
        one_of("decision", Decision),
        one_of("result", Result),
        CheckConstraint("(result = 'created') <= (task_id is not null)", name="created_leads_to_its_task"),
        CheckConstraint("(decision is not null) <= (grp = 'close')", name="decided_where_asked"),
        CheckConstraint("(undone_at is not null) <= (result = 'created')", name="undone_was_created"),
        Index("import_row_group", "run_id", "grp", "number"),
        Index("import_row_result", "run_id", "result", "number"),
        Index("import_row_of_task", "task_id", unique=True, postgresql_where=text("result = 'created'")),
        Index("import_row_same", "run_id", "same_hash", postgresql_where=text("same_hash is not null")),
        Index(
            "import_row_patient", "run_id", "patient_hash", postgresql_where=text("patient_hash is not null")
        ),
    )

    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("import_run.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False, server_default="1")
    practice_id: Mapped[PracticeId]
    kind: Mapped[Words] = mapped_column(Text, server_default="")
    grp: Mapped[Words]
    decision: Mapped[str | None] = mapped_column(Text)
    decided_by_id: Mapped[PersonId | None]
    result: Mapped[str | None] = mapped_column(Text)
    bundled: Mapped[bool] = mapped_column(server_default=text("false"))
    # The form's fields that have a problem, or whose answer for all rows the row's text speaks against.
    problem_fields: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    told_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Keyed hashes: of the request (same patient, kind, subtype, document), and of the patient.
    same_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    patient_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    task_id: Mapped[int | None] = mapped_column(BigInteger)
    undone_at: Mapped[Instant | None]
    # Why its request was not cancelled when the import was undone.
    kept_why: Mapped[Words] = mapped_column(Text, server_default="")


class ImportMapping(Base):
    """How a practice's files with this header are read, remembered; sealed under the practice's key."""

    __tablename__ = "import_mapping"

    practice_id: Mapped[PracticeId] = mapped_column(primary_key=True)
    signature: Mapped[Words] = mapped_column(Text, primary_key=True)
    mapping_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    by_id: Mapped[PersonId]
    at: Mapped[Instant]
