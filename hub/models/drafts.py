"""What somebody of a practice typed and has not sent: kept for a day, so that Back loses nothing."""

from sqlalchemy import ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from hub.extensions import Base
from hub.models.columns import Instant, PracticeId, Words


class IntakeDraft(Base):
    """One form as it was typed, sealed under its practice's key; read by the person who typed it only."""

    __tablename__ = "intake_draft"
    __table_args__ = (Index("intake_draft_age", "created_at"),)

    # The person is part of the key, so that nobody can learn, or take, an id of somebody else's.
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    id: Mapped[Words] = mapped_column(Text, primary_key=True)
    practice_id: Mapped[PracticeId]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Instant]
