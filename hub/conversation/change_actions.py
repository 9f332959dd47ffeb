"""What a practice changes of its open request: how soon it is wanted, its facts, who the patient is.

Unlike what is told with a chase or an answer, these may also lower: whoever changes it has the
whole request before them, and says why. A danger sign that was told stays (see `domain.news`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub import background, records
from hub.conversation import queries
from hub.domain.actor import Actor
from hub.domain.errors import Conflict, Invalid
from hub.domain.lifecycle import Act
from hub.domain.news import Lift
from hub.domain.notices import Code
from hub.domain.patient import Identity, before_words
from hub.domain.vocabulary import OPEN_STATUSES, FactAnswer, PatientStatus, RequestedUrgency, Status
from hub.extensions import clock, db
from hub.intake import actions as intake
from hub.intake import news_actions, patients
from hub.models import Task
from hub.models.history import record
from hub.notices import actions as notices
from hub.placing import actions as placing
from hub.protocols.queries import kind_of

LONGEST_REASON = 1000
NOTHING = "You have changed nothing. Choose another answer, or write to the hub instead."
STANDS = "You told us Yes: that stands. If it was a slip, write to the hub."
SAME_PERSON = "These are the details that we hold already."


@dataclass(frozen=True, slots=True)
class Change:
    """What the practice wants now: how soon, and its answers (codes that are missing stay as they are)."""

    requested: RequestedUrgency
    reason: str
    answers: Mapping[str, FactAnswer] = field(default_factory=dict)


def change(task: Task, wanted: Change, *, by: Actor) -> None:
    """Change how soon an open request is wanted, or what is told of it; one event, with the reason.

    The request is judged anew at once; what must be done sooner wakes if it waits.

    Raises:
        Conflict: it is over, or was sent back (then it is corrected).
        Invalid: nothing changes, a Yes would be taken back, or no reason is given.
    """
    _check_open(task)
    lift = _lift(task, wanted)
    grave = {fact.code for fact in kind_of(task).facts if fact.band_if_yes is not None}
    problems = {
        f"fact-{code}": STANDS
        for code, (before, _) in lift.answers.items()
        if before == FactAnswer.YES and code in grave
    }
    if not lift and not problems:
        problems = {"requested": NOTHING}
    if problems:
        raise Invalid(problems)
    missing = "Say what has changed, so that the clinician understands."
    intake.check_reason("change_reason", wanted.reason, missing, LONGEST_REASON)
    before, now = task.band, clock.now()
    with db.session.no_autoflush:  # a task goes to the database once per event
        data: dict[str, Any] = {"told": {code: answer.value for code, (_, answer) in lift.answers.items()}}
        data = {name: value for name, value in data.items() if value}
        data |= news_actions.take_in(task, lift, wanted.reason, at=now)
        sealed = records.sealed(task, wanted.reason.strip(), records.REASON)
        record(task, Act.CHANGED, by=by, at=now, data=data, reason_sealed=sealed)
    notices.tell_holder(Code.CHANGED, task, by=by)
    news_actions.make_seen(task, risen=task.band < before, by=by, after=Act.CHANGED)
    _go_on(task)


def correct_identity(task: Task, identity: Identity, *, by: Actor, same_person: bool = False) -> list[str]:
    """Correct the details of the patient a request is about; returns the names of what changed.

    `same_person` says that they were asked, where both name and date of birth change. Every open request of
    this patient gets an event, because whoever has it checks these details against the open record; what
    they were before is sealed with it. Lock the patient before any task: call it with one not locked.

    Raises:
        Conflict: the request is over, or the patient has died or moved.
        Invalid: the details are another patient's, or those that are held.
    """
    _check_open(task)
    patient = queries.lock_patient(task)
    if patient.status != PatientStatus.REGISTERED:
        raise Conflict("Your practice has told us that this patient has died or moved. Undo that first.")
    held = records.identity_of(patient)
    before = held.as_data()
    names = [name for name, value in identity.as_data().items() if before.get(name) != value]
    if not names:
        raise Invalid({"family": SAME_PERSON})
    patients.correct(patient, identity, same_person=same_person)
    now = clock.now()
    for one in queries.open_of_patient(patient.id, lock=True):
        sealed = records.sealed(one, before_words(held, names), records.REASON)
        record(one, Act.CHANGED, by=by, at=now, data={"identity": names}, reason_sealed=sealed)
        notices.tell_holder(Code.CHANGED, one, by=by)
    return names


def _lift(task: Task, wanted: Change) -> Lift:
    """Return what changes, up or down; unlike `domain.news.lift` also what becomes less urgent."""
    said = news_actions.said(task)
    answers = {
        code: (said.answers.get(code), answer)
        for code, answer in wanted.answers.items()
        if said.answers.get(code) != answer
    }
    other = wanted.requested != said.requested
    return Lift(answers, (said.requested, wanted.requested) if other else None)


def _check_open(task: Task) -> None:
    if task.status not in OPEN_STATUSES:
        raise Conflict("This request is over, so it cannot be changed. Write to the hub, or raise a new one.")
    if task.status == Status.SENT_BACK:
        raise Conflict("This request was sent back to you: correct it, and it goes on.")


def _go_on(task: Task) -> None:
    if task.status == Status.RAISED:
        placing.replace(task)
    else:
        background.later("top_up", key=f"top_up:{task.id}:{task.version}")
