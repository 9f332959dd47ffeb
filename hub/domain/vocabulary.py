"""The product's words: one word, one thing, the same in code, page, URL and table."""

from enum import IntEnum, StrEnum


class Role(StrEnum):
    """What a signed-in person may be; one person may be several."""

    REQUESTER = "requester"
    CLINICIAN = "clinician"
    LEAD = "lead"
    ADMIN = "admin"


class Profession(StrEnum):
    """A clinician's registered profession (General Pharmaceutical Council)."""

    PHARMACIST = "pharmacist"
    TECHNICIAN = "technician"


class Status(StrEnum):
    """Where a task is in its life; `hub.domain.lifecycle` says what may follow."""

    RAISED = "raised"
    QUEUED = "queued"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    SENT_BACK = "sent_back"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


OPEN_STATUSES = frozenset(
    {
        Status.RAISED,
        Status.QUEUED,
        Status.ASSIGNED,
        Status.IN_PROGRESS,
        Status.WAITING,
        Status.SENT_BACK,
    }
)


class Band(IntEnum):
    """How soon by rule; a score never crosses a band."""

    NOW = 1
    BY_TOMORROW = 2
    INSIDE_TARGET = 3
    PLANNED = 4
    WHEN_CAPACITY_ALLOWS = 5


class RequestedUrgency(StrEnum):
    """What the requester says; weighed by the rules, never obeyed blindly."""

    ROUTINE = "routine"
    SOON = "soon"  # by tomorrow
    URGENT = "urgent"  # today


class WaitingOn(StrEnum):
    """Whom a waiting task waits for; only the first two stop a target clock."""

    PRACTICE = "practice"
    PATIENT = "patient"
    HOSPITAL = "hospital"
    RESULTS = "results"


CLOCK_STOPPERS = frozenset({WaitingOn.PRACTICE, WaitingOn.PATIENT})


class PatientStatus(StrEnum):
    """Whether the practice still looks after this patient."""

    REGISTERED = "registered"
    MOVED = "moved"
    DIED = "died"


class CancelReason(StrEnum):
    """Why a task ended without being done."""

    WITHDRAWN = "withdrawn"
    RAISED_IN_ERROR = "raised_in_error"
    DIED = "died"
    MOVED = "moved"


class ClinicalSystem(StrEnum):
    """The record system a practice uses, and so how a clinician gets in."""

    EMIS = "EMIS Web"
    SYSTMONE = "SystmOne"
    MEDICUS = "Medicus"
    VISION = "Vision"
    OTHER = "Other"


class FactAnswer(StrEnum):
    """An answer to a safety fact; `NOT_SURE` is an answer, absence is "not told"."""

    YES = "yes"
    NO = "no"
    NOT_SURE = "not_sure"


class SystemActor(StrEnum):
    """Named processes that may change a task; each event says which."""

    PLACING = "placing"
    TIMETABLE = "timetable"
    SEED = "seed"
