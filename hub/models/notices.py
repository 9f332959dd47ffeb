"""Notices in the inbox, what each person wants of them by e-mail, and the letters that carry it."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.extensions import Base
from hub.models.columns import BigKey, Instant, PersonId, PracticeId, Words


class Notice(Base):
    """One thing one person is told of: a code and ids; its words are made when it is shown.

    While it is unread it is also the mark of how far this person has read a request.
    """

    __tablename__ = "notice"
    __table_args__ = (
        ForeignKeyConstraint(["task_id", "practice_id"], ["task.id", "task.practice_id"]),
        CheckConstraint("task_id is null or practice_id is not null", name="task_with_practice"),
        CheckConstraint("count > 0", name="count_positive"),
        Index("notice_of_person", "user_id", "id"),
        Index("notice_unread", "user_id", "task_id", "code", postgresql_where=text("read_at is null")),
        Index("notice_of_task", "task_id", postgresql_where=text("task_id is not null")),
    )

    id: Mapped[BigKey]
    user_id: Mapped[PersonId]
    practice_id: Mapped[PracticeId | None]
    task_id: Mapped[int | None] = mapped_column(BigInteger)
    code: Mapped[Words]
    # What it is about where that is no task: the reference of an import or a recall.
    about: Mapped[Words] = mapped_column(Text, server_default="")
    by_id: Mapped[PersonId | None]
    count: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[Instant]
    read_at: Mapped[Instant | None]
    mailed_at: Mapped[Instant | None]


class NoticeSetting(Base):
    """What a person wants by e-mail; without a row, what `domain.letters.DEFAULT` says."""

    __tablename__ = "notice_setting"
    __table_args__ = (CheckConstraint("digest_hour between 0 and 23", name="hour_known"),)

    user_id: Mapped[PersonId] = mapped_column(primary_key=True)
    digest_hour: Mapped[int | None] = mapped_column(SmallInteger)
    sorts: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    at_once: Mapped[bool]
    changed_at: Mapped[Instant]


class Letter(Base):
    """One e-mail to be sent: counts by code, no text. Its address is looked up when it is sent.

    `sending_since` is set while somebody speaks with the server about it. An attempt whose
    end nobody knows (the process died, or the line broke after the last byte) is counted in
    `unsure`: so often at most may the letter have arrived once more.
    """

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint("kind in ('digest', 'at_once')", name="kind_known"),
        CheckConstraint("sent_at is null or dead_at is null", name="one_end"),
        CheckConstraint("attempts >= unsure", name="unsure_attempts"),
        Index("letter_to_send", "next_at", postgresql_where=text("sent_at is null and dead_at is null")),
        Index("letter_dead", "dead_at", postgresql_where=text("dead_at is not null")),
        Index("letter_of_person", "user_id", "made_at"),
    )

    id: Mapped[BigKey]
    user_id: Mapped[PersonId]
    kind: Mapped[Words]
    message_id: Mapped[Words] = mapped_column(Text, unique=True)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[Instant]
    next_at: Mapped[Instant]
    sending_since: Mapped[Instant | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    unsure: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    sent_at: Mapped[Instant | None]
    dead_at: Mapped[Instant | None]
    # Why the last attempt failed, in our words and with the server's code: its own may quote an address.
    last_error: Mapped[Words] = mapped_column(Text, server_default="")
    put_away_at: Mapped[Instant | None]
