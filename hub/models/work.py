"""Patients, tasks, their history, outcomes, to-dos and messages: everything a practice owns.

Every table here carries `practice_id` in composite keys, because foreign keys do not
obey row-level security: without it a row could point into another practice.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hub.domain.vocabulary import (
    CancelReason,
    PatientStatus,
    RequestedUrgency,
    Status,
    SystemActor,
    WaitingOn,
)
from hub.extensions import Base
from hub.models.columns import BigKey, Instant, PersonId, PracticeId, Words, one_of

# As `domain.order.effective_band`.
EFFECTIVE_BAND = (
    "case when override_band is null then band when band <= 2 then least(band, override_band) "
    "else override_band end"
)
OPEN = "status in ('raised', 'queued', 'assigned', 'in_progress', 'waiting', 'sent_back')"


class DataKey(Base):
    """The key that seals one patient's (or one practice's) text, wrapped by the master key.

    Rotation wraps it again; erasure empties `wrapped`, and what it sealed is gone.
    """

    __tablename__ = "data_key"
    __table_args__ = (
        UniqueConstraint("id", "practice_id"),
        Index("one_key_of_a_practice", "practice_id", unique=True, postgresql_where=text("of_practice")),
    )

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    practice_id: Mapped[PracticeId]
    of_practice: Mapped[bool] = mapped_column(server_default=text("false"))
    master: Mapped[Words]
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)


class Patient(Base):
    """A patient of one practice; the same person at two practices is two rows, on purpose."""

    __tablename__ = "patient"
    __table_args__ = (
        UniqueConstraint("id", "practice_id"),
        UniqueConstraint("practice_id", "nhs_hash"),
        ForeignKeyConstraint(["data_key_id", "practice_id"], ["data_key.id", "data_key.practice_id"]),
        one_of("status", PatientStatus),
        Index("patient_by_record", "practice_id", "record_hash"),
        Index("patient_by_name", "practice_id", "name_hash"),
    )

    id: Mapped[BigKey]
    practice_id: Mapped[PracticeId]
    data_key_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    identity_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    nhs_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    record_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Family name with date of birth (`domain.patient.name_key`); null: kept before there was a search.
    name_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    status: Mapped[Words] = mapped_column(Text, server_default="registered")
    status_since: Mapped[Instant | None]
    created_at: Mapped[Instant]

    data_key: Mapped[DataKey] = relationship(lazy="raise_on_sql", viewonly=True)


# What is found in an index alone, because so many tasks are compared: what the order reads of whatever
# waits; what a practice's list, its counts and its report read of what is over; what the board counts.
_ORDERED = [
    "id", "practice_id", "override_first", "deadline_at", "due_at", "raised_at", "minutes", "due_number",
    "paused_number", "target_minutes", "order_fixed", "hub_clock",
]  # fmt: skip
_LISTED = [
    "id", "kind", "raised_at", "requested", "outcome", "receipt_on", "due_at", "deadline_at",
    "late_on_arrival", "waiting_on", "waiting_since",
]  # fmt: skip
_BOARD = [
    "minutes", "due_at", "raised_at", "assignee_id", "deadline_at", "effective_band", "waiting_on",
    "waiting_since", "decide_since",
]  # fmt: skip


class Task(Base):
    """One piece of clinical work. Its history is in `event`; `version` counts those events."""

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("id", "practice_id"),
        ForeignKeyConstraint(["patient_id", "practice_id"], ["patient.id", "patient.practice_id"]),
        ForeignKeyConstraint(["data_key_id", "practice_id"], ["data_key.id", "data_key.practice_id"]),
        ForeignKeyConstraint(["kind", "kind_version"], ["kind_version.code", "kind_version.version"]),
        # No change without an event: the version a task shows must exist as an event by commit.
        ForeignKeyConstraint(
            ["id", "version"],
            ["event.task_id", "event.seq"],
            name="task_version_has_event",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        one_of("status", Status),
        one_of("requested", RequestedUrgency),
        one_of("waiting_on", WaitingOn),
        one_of("cancel_reason", CancelReason),
        CheckConstraint("band between 1 and 5", name="band_known"),
        CheckConstraint("minutes > 0", name="minutes_positive"),
        CheckConstraint(
            "(status in ('assigned', 'in_progress', 'waiting')) <= (assignee_id is not null)",
            name="on_a_worklist_has_a_person",
        ),
        CheckConstraint(
            "(status in ('raised', 'queued', 'sent_back')) <= (assignee_id is null)",
            name="in_a_queue_has_nobody",
        ),
        CheckConstraint(
            "(status = 'waiting') = (waiting_on is not null and chase_at is not null)",
            name="waiting_says_on_whom_and_until",
        ),
        CheckConstraint(
            "(status in ('completed', 'cancelled')) = (closed_at is not null)", name="closed_says_when"
        ),
        CheckConstraint("(status = 'completed') = (outcome is not null)", name="completed_has_outcome"),
        CheckConstraint("(status = 'cancelled') = (cancel_reason is not null)", name="cancelled_says_why"),
        CheckConstraint("(booked_on is null) or (assignee_id is not null)", name="booked_for_someone"),
        CheckConstraint("override_band between 1 and 5", name="override_band_known"),
        CheckConstraint(
            "(override_until is not null) = (override_band is not null or override_first)",
            name="override_says_until",
        ),
        CheckConstraint("target_minutes > 0", name="target_positive"),
        CheckConstraint("target_length > 0", name="target_length_positive"),
        CheckConstraint("(pinned_since is null) or (assignee_id is not null)", name="pinned_to_someone"),
        CheckConstraint("(reserved_for_id is null) = (reserved_until is null)", name="reserved_says_until"),
        Index("task_raised", "id", postgresql_where=text("status = 'raised'")),
        Index(
            "task_queued_order",
            "effective_band",
            "queue",
            postgresql_include=_ORDERED,
            postgresql_where=text("status = 'queued'"),
        ),
        Index("task_override_ends", "override_until", postgresql_where=text("override_until is not null")),
        Index("task_reservation_ends", "reserved_until", postgresql_where=text("reserved_until is not null")),
        Index(
            "task_mine",
            "assignee_id",
            postgresql_include=["minutes", "practice_id", "status"],
            postgresql_where=text("status in ('assigned', 'in_progress', 'waiting')"),
        ),
        Index("task_practice", "practice_id", "raised_at"),
        Index("task_practice_status", "practice_id", "status", "closed_at", postgresql_include=_LISTED),
        Index("task_of_patient", "patient_id"),
        Index("task_closed", "closed_at", postgresql_where=text("closed_at is not null")),
        Index(
            "task_board",
            "practice_id",
            "queue",
            "status",
            postgresql_include=_BOARD,
            postgresql_where=text(OPEN),
        ),
        Index("one_in_progress", "assignee_id", unique=True, postgresql_where=text("status = 'in_progress'")),
        Index("task_open_of_patient", "patient_id", "kind", postgresql_where=text(OPEN)),
        Index("task_to_decide", "decide_since", postgresql_where=text("decide_since is not null")),
        Index("task_bundle", "bundle", postgresql_where=text("bundle is not null")),
    )

    id: Mapped[BigKey]
    ref: Mapped[Words] = mapped_column(Text, unique=True)
    practice_id: Mapped[PracticeId]
    patient_id: Mapped[int | None] = mapped_column(BigInteger)
    data_key_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    kind: Mapped[Words]
    kind_version: Mapped[int]
    subtype: Mapped[Words] = mapped_column(Text, server_default="")
    queue: Mapped[Words]
    stage: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    status: Mapped[Words]
    version: Mapped[int] = mapped_column(server_default="1")

    # What the practice said.
    requested: Mapped[Words]
    answers: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    ask_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    urgency_reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    document_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    receipt_on: Mapped[dt.date] = mapped_column(Date)
    next_issue_on: Mapped[dt.date | None] = mapped_column(Date)
    # The practice's opening hours when it was raised: hours changed later move no clock. Null: not kept then.
    practice_hours: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    raised_at: Mapped[Instant]
    raised_by_id: Mapped[PersonId]
    # What was raised together for one patient (combined care) has the same; best done by one person.
    bundle: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    chases: Mapped[int] = mapped_column(SmallInteger, server_default="0")

    # What the rules made of it (placing); the reasons stand in the event too.
    band: Mapped[int] = mapped_column(SmallInteger)
    signals: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    not_told: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    not_sure: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    reasons: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    due_at: Mapped[Instant]
    deadline_at: Mapped[Instant | None]
    deadline_why: Mapped[Words] = mapped_column(Text, server_default="")
    working_due_at: Mapped[Instant]
    late_on_arrival: Mapped[bool] = mapped_column(server_default=text("false"))
    # The target that a policy set for it, in the unit of its kind. Null: the kind's own.
    target_length: Mapped[int | None] = mapped_column(SmallInteger)
    stopped_minutes: Mapped[int] = mapped_column(server_default="0")
    minutes: Mapped[int] = mapped_column(SmallInteger)
    professions: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    needs_prescriber: Mapped[bool] = mapped_column(server_default=text("false"))
    competences: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    policy_version: Mapped[int | None]

    # What the order stands on, kept so that SQL sorts as `domain.order` does: working minutes since its
    # epoch in the calendar of the target (the hub's, or the practice's), and millionths of a logarithm.
    due_number: Mapped[int] = mapped_column(server_default="0")
    paused_number: Mapped[int | None]
    target_minutes: Mapped[int] = mapped_column(server_default="1")
    order_fixed: Mapped[int] = mapped_column(server_default="0")
    hub_clock: Mapped[bool] = mapped_column(server_default=text("true"))

    # Set by a person for a time; the reason stands in the event. A rule's band 1 or 2 is never lowered.
    override_band: Mapped[int | None] = mapped_column(SmallInteger)
    override_first: Mapped[bool] = mapped_column(server_default=text("false"))
    override_until: Mapped[Instant | None]
    effective_band: Mapped[int] = mapped_column(SmallInteger, Computed(EFFECTIVE_BAND, persisted=True))
    reserved_for_id: Mapped[PersonId | None]
    reserved_until: Mapped[Instant | None]

    # Who has it.
    assignee_id: Mapped[PersonId | None]
    assigned_at: Mapped[Instant | None]
    why_me: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    booked_on: Mapped[dt.date | None] = mapped_column(Date)
    not_back_to: Mapped[list[int]] = mapped_column(JSONB, server_default="[]")
    started_at: Mapped[Instant | None]
    pinned_since: Mapped[Instant | None]
    waiting_on: Mapped[str | None] = mapped_column(Text)
    waiting_since: Mapped[Instant | None]
    chase_at: Mapped[Instant | None]

    # The lead's needs-a-decision list.
    decide_why: Mapped[Words] = mapped_column(Text, server_default="")
    decide_since: Mapped[Instant | None]
    released_count: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    sent_back_count: Mapped[int] = mapped_column(SmallInteger, server_default="0")

    closed_at: Mapped[Instant | None]
    outcome: Mapped[str | None] = mapped_column(Text)
    cancel_reason: Mapped[str | None] = mapped_column(Text)

    # What the database works out comes back with the change itself, not by a further statement.
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False, "eager_defaults": True}

    patient: Mapped[Patient | None] = relationship(lazy="raise_on_sql", viewonly=True)
    data_key: Mapped[DataKey] = relationship(lazy="raise_on_sql", viewonly=True)


class Event(Base):
    """One line of a task's history: who did what, when and why. Append-only."""

    __tablename__ = "event"
    __table_args__ = (
        ForeignKeyConstraint(
            ["task_id", "practice_id"], ["task.id", "task.practice_id"], name="event_task_fk"
        ),
        ForeignKeyConstraint(["task_id", "prev"], ["event.task_id", "event.seq"], name="event_no_gap"),
        one_of("actor_system", SystemActor),
        one_of("status", Status),
        CheckConstraint("num_nonnulls(actor_id, actor_system) = 1", name="someone_acted"),
        Index("event_at", "practice_id", "at"),
        Index("one_completion", "task_id", unique=True, postgresql_where=text("kind = 'completed'")),
    )

    task_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    prev: Mapped[int | None] = mapped_column(Computed("nullif(seq - 1, 0)", persisted=True))
    practice_id: Mapped[PracticeId]
    at: Mapped[Instant]
    actor_id: Mapped[PersonId | None]
    actor_system: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[Words]
    status: Mapped[Words]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")


class OutcomeRecord(Base):
    """What was done, recorded once; a correction is a further event, never a change here."""

    __tablename__ = "outcome"
    __table_args__ = (
        ForeignKeyConstraint(["task_id", "practice_id"], ["task.id", "task.practice_id"]),
        CheckConstraint("minutes > 0", name="minutes_positive"),
        CheckConstraint("band_should between 1 and 5", name="band_should_known"),
        Index("outcome_by_person", "by_id", "at"),
        Index("outcome_of_practice", "practice_id", "at"),
    )

    task_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    practice_id: Mapped[PracticeId]
    at: Mapped[Instant]
    by_id: Mapped[PersonId]
    code: Mapped[Words]
    minutes: Mapped[int] = mapped_column(SmallInteger)
    checklist: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    recorded_in: Mapped[Words]
    recorded_code: Mapped[Words] = mapped_column(Text, server_default="")
    # What the clinician says, having done it, that its urgency should have been; None: nothing said.
    band_should: Mapped[int | None] = mapped_column(SmallInteger)
    # For the hub (note) and for the practice (reply: the answer to what it asked).
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reply_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class ToDo(Base):
    """Something the outcome asks the practice to do; it stays on its page until ticked by name."""

    __tablename__ = "to_do"
    __table_args__ = (
        ForeignKeyConstraint(["task_id", "practice_id"], ["task.id", "task.practice_id"]),
        CheckConstraint("(ticked_at is null) = (ticked_by_id is null)", name="ticked_by_name"),
        Index("to_do_open", "practice_id", postgresql_where=text("ticked_at is null")),
        Index("to_do_of_task", "task_id"),
    )

    id: Mapped[BigKey]
    task_id: Mapped[int] = mapped_column(BigInteger)
    practice_id: Mapped[PracticeId]
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Instant]
    ticked_at: Mapped[Instant | None]
    ticked_by_id: Mapped[PersonId | None]
    # When the practice was reminded of it, and when it went to the lead: once each.
    chased_at: Mapped[Instant | None]
    to_lead_at: Mapped[Instant | None]


class Message(Base):
    """What hub and practice write to each other on the request itself; the hub may ask for an answer."""

    __tablename__ = "message"
    __table_args__ = (
        ForeignKeyConstraint(["task_id", "practice_id"], ["task.id", "task.practice_id"]),
        Index("message_of_task", "task_id"),
        CheckConstraint("from_hub or not asks", name="hub_asks"),
        CheckConstraint("asks or answered_at is null", name="question_answered"),
        Index("question_open", "practice_id", postgresql_where=text("asks and answered_at is null")),
    )

    id: Mapped[BigKey]
    task_id: Mapped[int] = mapped_column(BigInteger)
    practice_id: Mapped[PracticeId]
    at: Mapped[Instant]
    author_id: Mapped[PersonId]
    from_hub: Mapped[bool]
    asks: Mapped[bool] = mapped_column(server_default=text("false"))
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    answered_at: Mapped[Instant | None]
