"""Plans of the lead: what a rebalancing proposes, what of it was applied, and what was undone."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.extensions import Base
from hub.models.columns import BigKey, Instant, Key, PersonId, PracticeId, Words

PLAN_STATES = ("asked", "ready", "failed", "applying", "applied", "undoing", "undone")


class Plan(Base):
    """One plan: asked for by a lead, worked out by a job, applied and undone by jobs.

    `summary` holds figures only: minutes, breaches, continuity, the gap. `failed_why` is a sentence.
    """

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint(
            f"status in ({', '.join(repr(state) for state in PLAN_STATES)})", name="status_known"
        ),
        CheckConstraint("(status in ('asked', 'failed')) = (ready_at is null)", name="ready_says_when"),
    )

    id: Mapped[Key]
    status: Mapped[Words] = mapped_column(server_default="asked")
    asked_at: Mapped[Instant]
    asked_by_id: Mapped[PersonId]
    ready_at: Mapped[Instant | None]
    applied_by_id: Mapped[PersonId | None]
    undone_by_id: Mapped[PersonId | None]
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    failed_why: Mapped[Words] = mapped_column(server_default="")


class PlanMove(Base):
    """One move of a plan: a task from someone (None: its queue) to someone, as the task stood then.

    `refused` says why it was not applied, or not undone. `applied_version` is the task's version that
    applying it made: as long as the task still has it, undoing is safe.
    """

    __tablename__ = "plan_move"
    __table_args__ = (
        ForeignKeyConstraint(["task_id", "practice_id"], ["task.id", "task.practice_id"]),
        CheckConstraint("from_id is distinct from to_id", name="goes_somewhere"),
        CheckConstraint("(applied_at is null) = (applied_version is null)", name="applied_says_version"),
        CheckConstraint("undone_at is null or applied_at is not null", name="undone_was_applied"),
        Index("plan_move_of_plan", "plan_id", "id"),
        Index("plan_move_of_task", "task_id"),
    )

    id: Mapped[BigKey]
    plan_id: Mapped[int] = mapped_column(Integer, ForeignKey("plan.id"))
    task_id: Mapped[int] = mapped_column(BigInteger)
    practice_id: Mapped[PracticeId]
    task_version: Mapped[int]
    from_id: Mapped[PersonId | None]
    to_id: Mapped[PersonId | None]
    minutes: Mapped[int] = mapped_column(SmallInteger)
    reasons: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    chosen: Mapped[bool] = mapped_column(server_default=text("false"))
    applied_at: Mapped[Instant | None]
    applied_version: Mapped[int | None]
    undone_at: Mapped[Instant | None]
    refused: Mapped[Words] = mapped_column(server_default="")
