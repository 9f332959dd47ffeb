"""Invitations to a practice's staff: a link that opens an account, or one more practice, for a week."""

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from hub.extensions import Base
from hub.models.columns import Instant, Key, PersonId, PracticeId, Words


class Invitation(Base):
    """One invitation. The link's token is known to the person invited alone; here stands its hash."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("expires_at > invited_at", name="lasts"),
        CheckConstraint("(used_at is null) = (used_by_id is null)", name="used_by_someone"),
        CheckConstraint("used_at is null or withdrawn_at is null", name="used_or_withdrawn"),
        Index(
            "one_open_invitation", "practice_id", "email", unique=True,
            postgresql_where=text("used_at is null and withdrawn_at is null"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    practice_id: Mapped[PracticeId]
    email: Mapped[Words]
    name: Mapped[Words] = mapped_column(Text)
    manages: Mapped[bool] = mapped_column(server_default=text("false"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    invited_at: Mapped[Instant]
    invited_by_id: Mapped[PersonId]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    used_by_id: Mapped[PersonId | None]
    withdrawn_at: Mapped[Instant | None]
