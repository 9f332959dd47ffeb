"""Accounts, roles, sessions, competences, practice access, and when people work."""

import datetime as dt
import uuid

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    Time,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hub.domain.vocabulary import Profession, Role, SystemActor
from hub.extensions import Base
from hub.models.columns import BigKey, Instant, Key, PersonId, PracticeId, Words, one_of


class User(Base):
    """A person with an account. Clinicians also have a profession and a registration."""

    __tablename__ = "app_user"
    __table_args__ = (
        one_of("profession", Profession),
        CheckConstraint("email = lower(email)", name="email_lower"),
        # As `domain.identifiers.gphc_number` says: 7 digits, the first by profession.
        CheckConstraint(
            "gphc_number is null or (profession = 'pharmacist' and gphc_number ~ '^2[0-9]{6}$') "
            "or (profession = 'technician' and gphc_number ~ '^5[0-9]{6}$')",
            name="gphc_number_fits",
        ),
    )

    id: Mapped[Key]
    email: Mapped[Words] = mapped_column(Text, unique=True)
    name: Mapped[Words]
    password_hash: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    profession: Mapped[str | None] = mapped_column(Text)
    is_prescriber: Mapped[bool] = mapped_column(server_default=text("false"))
    gphc_number: Mapped[str | None] = mapped_column(Text, unique=True)
    registration_expires_on: Mapped[dt.date | None] = mapped_column(Date)
    # Whether they may do every kind of their profession, or only what they are signed off for.
    all_kinds: Mapped[bool] = mapped_column(server_default=text("false"))
    supervises: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Instant]


class UserRole(Base):
    """One role of one person; a person may hold several."""

    __tablename__ = "user_role"
    __table_args__ = (one_of("role", Role),)

    user_id: Mapped[PersonId] = mapped_column(primary_key=True)
    role: Mapped[Words] = mapped_column(Text, primary_key=True)


class UserSession(Base):
    """A signed-in browser. It lives here, so losing Redis signs nobody out and signing out ends it."""

    __tablename__ = "user_session"

    id: Mapped[Key]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[PersonId] = mapped_column(index=True)
    created_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    browser: Mapped[Words] = mapped_column(Text, server_default="")


class PracticeAccess(Base):
    """Which practices a person works in or raises for. Row-level security reads this table."""

    __tablename__ = "practice_access"
    __table_args__ = (
        CheckConstraint("role in ('requester', 'clinician')", name="role_known"),
        CheckConstraint("not manages or role = 'requester'", name="managed_by_a_requester"),
        Index("practice_access_by_practice", "practice_id"),
    )

    user_id: Mapped[PersonId] = mapped_column(primary_key=True)
    practice_id: Mapped[PracticeId] = mapped_column(primary_key=True)
    role: Mapped[Words] = mapped_column(Text, primary_key=True)
    granted_at: Mapped[Instant]
    granted_by_id: Mapped[PersonId | None]
    # A requester who also keeps the practice's staff and facts: its manager, or a deputy.
    manages: Mapped[bool] = mapped_column(server_default=text("false"))
    # Since when a clinician can sign in to the practice's clinical system; null: not yet.
    system_ready_on: Mapped[dt.date | None] = mapped_column(Date)


class SignOff(Base):
    """A kind of task (subtype "": all of it) that a clinician may do: who signed, and until when.

    `supervised`: only while a supervisor is at work, the one named or anyone who may.
    """

    __tablename__ = "sign_off"
    __table_args__ = (
        CheckConstraint("signed_by <> ''", name="somebody_signed"),
        CheckConstraint("supervisor_id is null or supervised", name="supervisor_if_supervised"),
        CheckConstraint("supervisor_id <> user_id", name="supervised_by_another"),
    )

    user_id: Mapped[PersonId] = mapped_column(primary_key=True)
    kind: Mapped[Words] = mapped_column(Text, primary_key=True)
    subtype: Mapped[Words] = mapped_column(Text, primary_key=True, server_default="")
    expires_on: Mapped[dt.date | None] = mapped_column(Date)
    signed_by: Mapped[Words]
    signed_on: Mapped[dt.date] = mapped_column(Date)
    supervised: Mapped[bool] = mapped_column(server_default=text("false"))
    supervisor_id: Mapped[PersonId | None]


class Competence(Base):
    """Something a clinician is signed off for, until a date (or without end)."""

    __tablename__ = "competence"

    user_id: Mapped[PersonId] = mapped_column(primary_key=True)
    code: Mapped[Words] = mapped_column(Text, primary_key=True)
    expires_on: Mapped[dt.date | None] = mapped_column(Date)


class WeeklyShift(Base):
    """A shift that repeats each week; an end at or before the start runs past midnight."""

    __tablename__ = "weekly_shift"
    __table_args__ = (
        CheckConstraint("weekday between 0 and 6", name="weekday_known"),
        CheckConstraint("break_minutes >= 0", name="break_not_negative"),
    )

    id: Mapped[Key]
    user_id: Mapped[PersonId] = mapped_column(index=True)
    weekday: Mapped[int] = mapped_column(SmallInteger)
    starts: Mapped[dt.time] = mapped_column(Time)
    ends: Mapped[dt.time] = mapped_column(Time)
    break_minutes: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    valid_from: Mapped[dt.date] = mapped_column(Date)
    valid_to: Mapped[dt.date | None] = mapped_column(Date)
    # Breaks at set times: [["10:30", "10:45"], ...].
    breaks: Mapped[list[list[str]]] = mapped_column(JSONB, server_default="[]")


class Meeting(Base):
    """Minutes lost to a meeting, each week or (first day = last day) once; of one person, or of everyone."""

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("weekday between 0 and 6", name="weekday_known"),
        CheckConstraint("ends > starts", name="times_in_order"),
        CheckConstraint("valid_to is null or valid_to >= valid_from", name="days_in_order"),
    )

    id: Mapped[Key]
    user_id: Mapped[PersonId | None] = mapped_column(index=True)
    title: Mapped[Words]
    weekday: Mapped[int] = mapped_column(SmallInteger)
    starts: Mapped[dt.time] = mapped_column(Time)
    ends: Mapped[dt.time] = mapped_column(Time)
    valid_from: Mapped[dt.date] = mapped_column(Date)
    valid_to: Mapped[dt.date | None] = mapped_column(Date)


class OnCall(Base):
    """When someone may be given what cannot wait although nobody is at work, and how they are reached."""

    __tablename__ = "on_call"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="times_in_order"),
        CheckConstraint("telephone <> ''", name="can_be_reached"),
        Index("on_call_ends", "ends_at"),
    )

    id: Mapped[Key]
    user_id: Mapped[PersonId] = mapped_column(index=True)
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    telephone: Mapped[Words]


class ExtraShift(Base):
    """A shift on one day only."""

    __tablename__ = "extra_shift"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="times_in_order"),)

    id: Mapped[Key]
    user_id: Mapped[PersonId] = mapped_column(index=True)
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]


class Absence(Base):
    """Leave, sickness or training: time that a shift does not count."""

    __tablename__ = "absence"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="times_in_order"),)

    id: Mapped[Key]
    user_id: Mapped[PersonId] = mapped_column(index=True)
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    reason: Mapped[Words] = mapped_column(Text, server_default="")


class ClinicianDay(Base):
    """A clinician's minutes for one day: locked first whenever work is given or taken back.

    `granted` is what a lead's reason or band 1 added beyond the shift.
    """

    __tablename__ = "clinician_day"
    __table_args__ = (
        CheckConstraint("minutes >= 0", name="minutes_not_negative"),
        CheckConstraint("booked >= 0", name="booked_not_negative"),
        CheckConstraint("booked <= minutes + granted", name="booked_within_shift"),
    )

    user_id: Mapped[PersonId] = mapped_column(primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    minutes: Mapped[int] = mapped_column(server_default="0")
    booked: Mapped[int] = mapped_column(server_default="0")
    granted: Mapped[int] = mapped_column(server_default="0")


class StaffVersion(Base):
    """One row: which version of the staff is stored (`placing.known_staff_queries`). Triggers write it."""

    __tablename__ = "staff_version"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[uuid.UUID] = mapped_column(Uuid)


class FormKey(Base):
    """A form that was sent once: the same key leads to the first result, never to a second."""

    __tablename__ = "form_key"
    __table_args__ = (UniqueConstraint("user_id", "key"),)

    id: Mapped[Key]
    user_id: Mapped[PersonId]
    key: Mapped[Words]
    form: Mapped[Words]
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)
    ref: Mapped[Words]
    created_at: Mapped[Instant]


class AdminLog(Base):
    """Who changed an account, a practice or a network, when, and to what. Append-only.

    `what` is a sentence about the change; it never holds a password or anything about a patient.
    """

    __tablename__ = "admin_log"
    __table_args__ = (
        one_of("actor_system", SystemActor),
        CheckConstraint("num_nonnulls(actor_id, actor_system) = 1", name="someone_acted"),
        CheckConstraint("num_nonnulls(user_id, practice_id, network_id) >= 1", name="about_something"),
        Index("admin_log_user", "user_id", "id"),
        Index("admin_log_practice", "practice_id", "id"),
        Index("admin_log_network", "network_id", "id"),
    )

    id: Mapped[BigKey]
    at: Mapped[Instant]
    actor_id: Mapped[PersonId | None]
    actor_system: Mapped[str | None] = mapped_column(Text)
    user_id: Mapped[PersonId | None]
    practice_id: Mapped[PracticeId | None]
    network_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("network.id"))
    what: Mapped[Words]
