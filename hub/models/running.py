"""What keeps the hub running: outbox, ticks, heartbeats, and rules kept as versioned data."""

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Date, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.extensions import Base
from hub.models.columns import BigKey, Instant, PersonId, Words


class Outbox(Base):
    """A job recorded with the change that needs it; Redis only rings the doorbell."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_to_do", "next_at", postgresql_where=text("done_at is null and dead_at is null")),
    )

    id: Mapped[BigKey]
    job: Mapped[Words]
    lane: Mapped[Words]
    key: Mapped[Words] = mapped_column(Text, unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    created_at: Mapped[Instant]
    next_at: Mapped[Instant]
    published_at: Mapped[Instant | None]
    done_at: Mapped[Instant | None]
    dead_at: Mapped[Instant | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    last_error: Mapped[Words] = mapped_column(Text, server_default="")


class Tick(Base):
    """One firing of periodic work; the key is unique, so two timetables fire once."""

    __tablename__ = "tick"

    name: Mapped[Words] = mapped_column(Text, primary_key=True)
    period: Mapped[Instant] = mapped_column(primary_key=True)


class Heartbeat(Base):
    """When each process was last alive, kept apart from Redis, which forgets."""

    __tablename__ = "heartbeat"

    process: Mapped[Words] = mapped_column(Text, primary_key=True)
    lane: Mapped[Words]
    at: Mapped[Instant]


class ReserveDay(Base):
    """Minutes of a day that were given out of the reserve for work past its age ceiling."""

    __tablename__ = "reserve_day"
    __table_args__ = (CheckConstraint("used >= 0", name="used_not_negative"),)

    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    used: Mapped[int] = mapped_column(server_default="0")


class KindVersion(Base):
    """One version of a kind's definition, as published."""

    __tablename__ = "kind_version"

    code: Mapped[Words] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    published_at: Mapped[Instant]


class PolicyVersion(Base):
    """One version of the placing policy, with who published it and why."""

    __tablename__ = "policy_version"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    published_at: Mapped[Instant]
    published_by_id: Mapped[PersonId | None]
    why: Mapped[Words] = mapped_column(Text, server_default="")
