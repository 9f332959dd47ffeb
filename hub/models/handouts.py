"""Files handed out for a practice's own tools: who took which, when, and for which requests."""

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from hub.domain.handouts import Tool
from hub.extensions import Base
from hub.models.columns import BigKey, Instant, PersonId, PracticeId, Words, one_of


class Handout(Base):
    """One file that was downloaded. The file itself is not kept; `task_ids` say which requests stood in it.

    `noted_at`: when somebody noted on those requests that the patients were invited with it.
    """

    __tablename__ = "handout"
    __table_args__ = (
        one_of("tool", Tool),
        CheckConstraint("patients > 0", name="somebody_in_it"),
        CheckConstraint("(noted_at is null) = (noted_by_id is null)", name="noted_by_someone"),
        Index("handout_of_practice", "practice_id", "at"),
    )

    id: Mapped[BigKey]
    practice_id: Mapped[PracticeId]
    at: Mapped[Instant]
    by_id: Mapped[PersonId]
    tool: Mapped[Words] = mapped_column(Text)
    patients: Mapped[int] = mapped_column(Integer)
    task_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    noted_at: Mapped[Instant | None]
    noted_by_id: Mapped[PersonId | None]
