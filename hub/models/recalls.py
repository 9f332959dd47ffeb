"""Recurring requests of a practice: what they say, who is on their lists, what they have raised."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.domain.recalls.rhythm import Rhythm, Unit
from hub.extensions import Base
from hub.models.columns import BigKey, Instant, Key, PersonId, PracticeId, Words, one_of
from hub.models.work import Patient

NEW, RUNNING, PAUSED, STOPPED, ENDED = "new", "running", "paused", "stopped", "ended"


class Recall(Base):
    """A template by which a practice's requests are raised again and again.

    Its words (name, what is asked, why the buffer) are sealed under the practice's key. `owner_id` is in
    whose name it raises: whoever set it up, started it, or took it on again. A new one raises nothing until
    somebody has started it.
    """

    __tablename__ = "recall"
    __table_args__ = (
        UniqueConstraint("id", "practice_id"),
        one_of("rhythm", Rhythm),
        one_of("every_unit", Unit),
        one_of("buffer_unit", Unit),
        CheckConstraint("status in ('new', 'running', 'paused', 'stopped', 'ended')", name="status_known"),
        CheckConstraint("(status = 'stopped') = (stopped_why <> '')", name="stopped_says_why"),
        CheckConstraint("resumes_on is null or status = 'paused'", name="resumes_if_paused"),
        CheckConstraint("every_count between 1 and 999", name="every_some_time"),
        CheckConstraint("(buffer_count is null) = (buffer_unit is null)", name="buffer_whole"),
        CheckConstraint("buffer_count > 0", name="buffer_positive"),
        CheckConstraint("daily_limit > 0", name="limit_positive"),
        Index("recall_of_practice", "practice_id"),
    )

    id: Mapped[Key]
    practice_id: Mapped[PracticeId]
    kind: Mapped[Words]
    subtype: Mapped[Words] = mapped_column(Text, server_default="")
    answers: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    words_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    rhythm: Mapped[Words]
    every_count: Mapped[int] = mapped_column(SmallInteger)
    every_unit: Mapped[Words]
    starts_on: Mapped[dt.date] = mapped_column(Date)
    buffer_count: Mapped[int | None] = mapped_column(SmallInteger)
    buffer_unit: Mapped[str | None] = mapped_column(Text)
    daily_limit: Mapped[int | None] = mapped_column(SmallInteger)
    status: Mapped[Words] = mapped_column(Text, server_default=RUNNING)
    stopped_why: Mapped[Words] = mapped_column(Text, server_default="")
    resumes_on: Mapped[dt.date | None] = mapped_column(Date)  # when a pause ends by itself
    owner_id: Mapped[PersonId]
    made_at: Mapped[Instant]
    # Counts the changes, so that two people who change it at once do not overwrite each other.
    edits: Mapped[int] = mapped_column(server_default="1")


class RecallMember(Base):
    """A patient on a recall's list; or, where the kind needs none, the practice itself (no patient).

    `last_done_on` is what the practice says; what the hub has done is seen from its tasks. `trouble` says
    why it could not be raised when it last was its turn.
    """

    __tablename__ = "recall_member"
    __table_args__ = (
        UniqueConstraint("id", "practice_id"),
        UniqueConstraint(
            "recall_id", "patient_id", name="one_row_of_a_patient", postgresql_nulls_not_distinct=True
        ),
        ForeignKeyConstraint(["recall_id", "practice_id"], ["recall.id", "recall.practice_id"]),
        ForeignKeyConstraint(["patient_id", "practice_id"], ["patient.id", "patient.practice_id"]),
        CheckConstraint("(removed_at is null) = (removed_by_id is null)", name="removed_by_name"),
        CheckConstraint("(trouble_at is null) = (trouble_sealed is null)", name="trouble_says_when"),
        Index("recall_member_of_patient", "patient_id"),
    )

    id: Mapped[BigKey]
    recall_id: Mapped[int]
    practice_id: Mapped[PracticeId]
    patient_id: Mapped[int | None] = mapped_column(BigInteger)
    last_done_on: Mapped[dt.date | None] = mapped_column(Date)
    added_on: Mapped[dt.date] = mapped_column(Date)
    added_by_id: Mapped[PersonId]
    removed_at: Mapped[Instant | None]
    removed_by_id: Mapped[PersonId | None]
    trouble_at: Mapped[Instant | None]
    trouble_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    patient: Mapped[Patient | None] = relationship(lazy="raise_on_sql", viewonly=True)


class RecallRaise(Base):
    """That a recall raised a request for one member and period: once, whoever tries again. Append-only."""

    __tablename__ = "recall_raise"
    __table_args__ = (
        ForeignKeyConstraint(["member_id", "practice_id"], ["recall_member.id", "recall_member.practice_id"]),
        ForeignKeyConstraint(["recall_id", "practice_id"], ["recall.id", "recall.practice_id"]),
        ForeignKeyConstraint(["task_id", "practice_id"], ["task.id", "task.practice_id"]),
        Index("recall_raise_on", "recall_id", "raised_on"),
        Index("recall_raise_of_task", "task_id", unique=True),
    )

    member_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    period_on: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    recall_id: Mapped[int]
    practice_id: Mapped[PracticeId]
    task_id: Mapped[int] = mapped_column(BigInteger)
    due_on: Mapped[dt.date] = mapped_column(Date)
    raised_on: Mapped[dt.date] = mapped_column(Date)


class RecallChange(Base):
    """What somebody did with a recall: set up, changed, paused, resumed, ended, people added. Append-only."""

    __tablename__ = "recall_change"
    __table_args__ = (
        ForeignKeyConstraint(["recall_id", "practice_id"], ["recall.id", "recall.practice_id"]),
        Index("recall_change_of", "recall_id", "id"),
    )

    id: Mapped[BigKey]
    recall_id: Mapped[int]
    practice_id: Mapped[PracticeId]
    at: Mapped[Instant]
    by_id: Mapped[PersonId | None]  # null: the hub's own process
    what: Mapped[Words]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
