"""What work really takes at a practice, learned from outcomes: one row per sort of work."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.extensions import Base
from hub.models.columns import Instant, Key, PracticeId, Words


class LearnedMinutes(Base):
    """Planned minutes as learned for one kind, subtype, stage and planned figure at one practice.

    `minutes` replaces `planned` for what is placed from `applied_from` on. `done` and `median` are of the
    outcomes after `since` until `until`: those rows are all that the figure stands on.
    """

    __tablename__ = "learned_minutes"
    __table_args__ = (
        UniqueConstraint("practice_id", "kind", "subtype", "stage", "planned", name="learned_once"),
        CheckConstraint("minutes > 0 and planned > 0 and done > 0", name="minutes_positive"),
        CheckConstraint(
            "since < until and until < computed_at and applied_from <= computed_at", name="times_in_order"
        ),
    )

    id: Mapped[Key]
    practice_id: Mapped[PracticeId]
    kind: Mapped[Words]
    subtype: Mapped[Words] = mapped_column(Text, server_default="")
    stage: Mapped[int] = mapped_column(SmallInteger)
    planned: Mapped[int] = mapped_column(SmallInteger)
    done: Mapped[int]
    median: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    minutes: Mapped[int] = mapped_column(SmallInteger)
    since: Mapped[Instant]
    until: Mapped[Instant]
    applied_from: Mapped[Instant]
    computed_at: Mapped[Instant]
