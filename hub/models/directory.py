"""Networks, practices and how to get into each, and the minutes a network has bought."""

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.extensions import Base
from hub.models.columns import Instant, Key, PersonId, PracticeId, Words


class Network(Base):
    """A Primary Care Network, which holds the contract."""

    __tablename__ = "network"

    id: Mapped[Key]
    code: Mapped[Words] = mapped_column(Text, unique=True)
    name: Mapped[Words]


class Practice(Base):
    """A GP practice, and what a clinician must know to work in its record."""

    __tablename__ = "practice"
    __table_args__ = (
        CheckConstraint("status in ('active', 'closed', 'dormant')", name="status_known"),
        CheckConstraint("successor_id is null or closes_on is not null", name="succeeded_when_closing"),
        CheckConstraint("successor_id <> id", name="succeeded_by_another"),
    )

    id: Mapped[Key]
    ods_code: Mapped[Words] = mapped_column(Text, unique=True)
    name: Mapped[Words]
    town: Mapped[Words] = mapped_column(Text, server_default="")
    postcode: Mapped[Words] = mapped_column(Text, server_default="")
    telephone: Mapped[Words] = mapped_column(Text, server_default="")
    status: Mapped[Words] = mapped_column(Text, server_default="active")
    served: Mapped[bool] = mapped_column(server_default=text("false"))
    clinical_system: Mapped[Words] = mapped_column(Text, server_default="Other")
    how_to_get_in: Mapped[Words] = mapped_column(Text, server_default="")
    bypass_number: Mapped[Words] = mapped_column(Text, server_default="")
    standing_instructions: Mapped[Words] = mapped_column(Text, server_default="")
    opening_hours: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    # Whom the hub asks, and what the practice has bought, in the practice's own words.
    preferred_contact: Mapped[Words] = mapped_column(Text, server_default="")
    service_bought: Mapped[Words] = mapped_column(Text, server_default="")
    # A practice that closes takes no new requests from this day on; its open work goes to the successor.
    closes_on: Mapped[dt.date | None] = mapped_column(Date)
    successor_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("practice.id"))
    held_since: Mapped[Instant | None]
    held_reason: Mapped[Words] = mapped_column(Text, server_default="")
    held_by_id: Mapped[PersonId | None]
    # What its waiting work gains in the order while it is behind its contracted share (`domain.fairness`).
    order_credit: Mapped[int] = mapped_column(server_default="0")
    # What it gains (or loses) because few (or many) people may work for the practice.
    order_people: Mapped[int] = mapped_column(server_default="0")


class NetworkMembership(Base):
    """A practice's time in a network; it may change networks, never be in two at once."""

    __tablename__ = "network_membership"
    __table_args__ = (
        CheckConstraint("ends_on is null or ends_on > starts_on", name="dates_in_order"),
        Index("one_open_membership", "practice_id", unique=True, postgresql_where=text("ends_on is null")),
    )

    id: Mapped[Key]
    network_id: Mapped[int] = mapped_column(Integer, ForeignKey("network.id"))
    practice_id: Mapped[PracticeId] = mapped_column(index=True)
    starts_on: Mapped[dt.date] = mapped_column(Date)
    ends_on: Mapped[dt.date | None] = mapped_column(Date)


class Contract(Base):
    """The minutes a network has bought for a period."""

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint("ends_on > starts_on", name="dates_in_order"),
        CheckConstraint("minutes > 0", name="minutes_positive"),
    )

    id: Mapped[Key]
    network_id: Mapped[int] = mapped_column(Integer, ForeignKey("network.id"), index=True)
    starts_on: Mapped[dt.date] = mapped_column(Date)
    ends_on: Mapped[dt.date] = mapped_column(Date)
    minutes: Mapped[int]
