"""The tables, shared because one task passes through every stage."""

from hub.models.access import AccessLog
from hub.models.directory import Contract, Network, NetworkMembership, Practice
from hub.models.drafts import IntakeDraft
from hub.models.forecast import Forecast, ForecastRun, Prediction
from hub.models.handouts import Handout
from hub.models.imports import ImportMapping, ImportPart, ImportRow, ImportRun
from hub.models.invitation import Invitation
from hub.models.minutes import LearnedMinutes
from hub.models.notices import Letter, Notice, NoticeSetting
from hub.models.password_link import PasswordLink
from hub.models.people import (
    Absence,
    AdminLog,
    ClinicianDay,
    Competence,
    ExtraShift,
    FormKey,
    Meeting,
    OnCall,
    PracticeAccess,
    SignOff,
    StaffVersion,
    User,
    UserRole,
    UserSession,
    WeeklyShift,
)
from hub.models.plan import Plan, PlanMove
from hub.models.policy import PolicyDraft
from hub.models.recalls import Recall, RecallChange, RecallMember, RecallRaise
from hub.models.running import Heartbeat, KindVersion, Outbox, PolicyVersion, ReserveDay, Tick
from hub.models.work import DataKey, Event, Message, OutcomeRecord, Patient, Task, ToDo

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
    "Forecast",
    "ForecastRun",
    "FormKey",
    "Handout",
    "Heartbeat",
    "ImportMapping",
    "ImportPart",
    "ImportRow",
    "ImportRun",
    "IntakeDraft",
    "Invitation",
    "KindVersion",
    "LearnedMinutes",
    "Letter",
    "Meeting",
    "Message",
    "Network",
    "NetworkMembership",
    "Notice",
    "NoticeSetting",
    "OnCall",
    "Outbox",
    "OutcomeRecord",
    "PasswordLink",
    "Patient",
    "Plan",
    "PlanMove",
    "PolicyDraft",
    "PolicyVersion",
    "Practice",
    "PracticeAccess",
    "Prediction",
    "Recall",
    "RecallChange",
    "RecallMember",
    "RecallRaise",
    "ReserveDay",
    "SignOff",
    "StaffVersion",
    "Task",
    "Tick",
    "ToDo",
    "User",
    "UserRole",
    "UserSession",
    "WeeklyShift",
]
