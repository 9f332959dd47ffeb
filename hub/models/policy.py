"""Policies that are being written: drafts, until they are published or thrown away."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.extensions import Base
from hub.models.columns import Instant, Key, PersonId, Words


class PolicyDraft(Base):
    """A policy that a lead is writing. `edits` counts its changes, so that two leads see each other's.

    `based_on` is the version from which it was begun; `became` the one as which it was published.
    """

    __tablename__ = "policy_draft"
    __table_args__ = (
        CheckConstraint("(became is not null) <= (closed_at is not null)", name="published_is_closed"),
        Index("policy_draft_open", "id", postgresql_where=text("closed_at is null")),
    )

    id: Mapped[Key]
    name: Mapped[Words]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    based_on: Mapped[int] = mapped_column(Integer, ForeignKey("policy_version.version"))
    edits: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[Instant]
    created_by_id: Mapped[PersonId]
    changed_at: Mapped[Instant]
    changed_by_id: Mapped[PersonId]
    closed_at: Mapped[Instant | None]
    became: Mapped[int | None] = mapped_column(Integer, ForeignKey("policy_version.version"))
    # What a job found that it would do to lateness, and of which edit; figures and task ids only.
    foreseen: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")

    __mapper_args__ = {"version_id_col": edits}
