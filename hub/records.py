"""Reading and writing what is sealed about a patient, and noting who looked."""

from collections.abc import Iterable

from sqlalchemy import insert

from hub import vault
from hub.domain.actor import Actor
from hub.domain.patient import Identity
from hub.extensions import clock, db
from hub.models import AccessLog, Patient, Task

# The context words bound into sealed texts; a text sealed as one thing cannot be shown as another.
IDENTITY = "identity"
ASK = "ask"
URGENCY = "urgency"
DOCUMENT = "document"
REASON = "reason"
NOTE = "note"
REPLY = "reply"
TO_DO = "to-do"
MESSAGE = "message"
DRAFT = "draft"


def identity_of(patient: Patient) -> Identity:
    """Return who this patient is. The patient's data key must be loaded."""
    return Identity.from_data(vault.unseal_data(patient.data_key, patient.identity_sealed, IDENTITY))


def unsealed(task: Task, sealed: bytes | None, context: str) -> str:
    """Return a text of this task (or of its events, to-dos, messages). Its data key must be loaded."""
    return vault.unseal(task.data_key, sealed, context)


def sealed(task: Task, text: str | None, context: str) -> bytes | None:
    """Seal a text that belongs to this task. Its data key must be loaded."""
    return vault.seal(task.data_key, text, context)


def note_access(task: Task, *, by: Actor, what: str) -> None:
    """Note that this person looked at (or printed, exported ...) this task. Does not commit."""
    db.session.add(
        AccessLog(
            at=clock.now(), user_id=by.user_id, practice_id=task.practice_id, task_id=task.id, what=what
        )
    )


def note_list_access(practice_ids: Iterable[int], *, by: Actor, what: str) -> None:
    """Note that this person saw a list that names patients: one line per practice. Does not commit."""
    now = clock.now()
    rows = [
        {"at": now, "user_id": by.user_id, "practice_id": practice_id, "what": what}
        for practice_id in sorted(set(practice_ids))
    ]
    if rows:
        db.session.execute(insert(AccessLog), rows)
