"""Links with which somebody sets a new password, after they forgot theirs."""

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from hub.extensions import Base
from hub.models.columns import Instant, Key, PersonId


class PasswordLink(Base):
    """One link. Its token is known to whoever was given it; here stands its hash.

    `made_by_id` is the manager, lead or administrator who made it; null: it went out by e-mail,
    because somebody asked on the sign-in page.
    """

    __tablename__ = "password_link"
    __table_args__ = (
        CheckConstraint("expires_at > made_at", name="lasts"),
        CheckConstraint("used_at is null or withdrawn_at is null", name="used_or_withdrawn"),
        Index(
            "one_open_password_link", "user_id", unique=True,
            postgresql_where=text("used_at is null and withdrawn_at is null"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    user_id: Mapped[PersonId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_at: Mapped[Instant]
    made_by_id: Mapped[PersonId | None]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    withdrawn_at: Mapped[Instant | None]
