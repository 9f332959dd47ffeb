"""The tables, shared because one task passes through every stage."""

from hub.models.directory import Contract, Network, NetworkMembership, Practice
from hub.models.people import (
    Absence,
    AdminLog,
    ClinicianDay,
    Competence,
    ExtraShift,
    FormKey,
    PracticeAccess,
    User,
    UserRole,
    UserSession,
    WeeklyShift,
)
from hub.models.running import Heartbeat, KindVersion, Outbox, PolicyVersion, Tick
from hub.models.work import AccessLog, DataKey, Event, Message, OutcomeRecord, Patient, Task, ToDo

__all__ = [
    "Absence",
    "AccessLog",
    "AdminLog",
    "ClinicianDay",
    "Competence",
    "Contract",
    "DataKey",
    "Event",
    "ExtraShift",
    "FormKey",
    "Heartbeat",
    "KindVersion",
    "Message",
    "Network",
    "NetworkMembership",
    "Outbox",
    "OutcomeRecord",
    "Patient",
    "PolicyVersion",
    "Practice",
    "PracticeAccess",
    "Task",
    "Tick",
    "ToDo",
    "User",
    "UserRole",
    "UserSession",
    "WeeklyShift",
]
