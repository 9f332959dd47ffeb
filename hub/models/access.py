"""Who looked at whose requests."""

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from hub.extensions import Base
from hub.models.columns import BigKey, Instant, PersonId, PracticeId, Words


class AccessLog(Base):
    """Who looked at which patient's task, and when. Append-only."""

    __tablename__ = "access_log"
    __table_args__ = (
        ForeignKeyConstraint(["task_id", "practice_id"], ["task.id", "task.practice_id"]),
        Index("access_log_at", "practice_id", "at"),
    )

    id: Mapped[BigKey]
    at: Mapped[Instant]
    user_id: Mapped[PersonId]
    practice_id: Mapped[PracticeId]
    task_id: Mapped[int | None] = mapped_column(BigInteger)
    what: Mapped[Words]
