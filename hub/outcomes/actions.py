"""What was done, recorded once: the outcome, the minutes, and what the practice must now do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DBAPIError

from hub import records
from hub.domain.actor import Actor
from hub.domain.eligibility import Person, may_record
from hub.domain.errors import Conflict, HubError, Invalid, NotAllowed
from hub.domain.kinds import Kind, Outcome, SafetyFact
from hub.domain.lifecycle import Act, status_after
from hub.domain.notices import Code
from hub.domain.people import supervisors_for
from hub.domain.vocabulary import Band, FactAnswer, Profession, Status
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import OutcomeRecord, Task, ToDo
from hub.models.history import record as record_event
from hub.notices import actions as notices
from hub.outcomes import queries
from hub.placing import actions as placing
from hub.placing import queries as placing_queries
from hub.protocols.queries import kind_of

DONE = "done"
NOT_APPLICABLE = "not_applicable"
NOTHING_TO_RECORD = "nothing"
NOT_FOUND_OUT = "not_found_out"
FOUND_OUT = ("yes", "no", NOT_FOUND_OUT)
FACT = "fact:"  # before a safety fact's code among the checklist's answers
NOT_SUPERVISED = "Say who supervised you: this kind of task is yours under supervision only."
PAUSED = "You paused this task. Go on with it, then complete it."
NOT_STARTED = "You have not started this task yet. Start it, then complete it."
REPLY_MISSING = "Write the answer for the practice: what you decided, and what they should tell the patient."


@dataclass(frozen=True)
class Completion:
    """What the clinician says at the end.

    `checklist` maps an item's code to "" (done) or to why it does not apply; an item
    that is missing was not answered. `facts` answers, by code, what the practice was not sure of or
    did not tell: "yes", "no" or `NOT_FOUND_OUT`. `recorded_in` is the clinical system's name or
    `NOTHING_TO_RECORD`, `recorded_code` the SNOMED code used, or "". `note` is for the
    hub; `reply` is the answer that the practice reads. `supervised_by` is the id of whoever
    supervised, for someone who does this under supervision. `band_should` is what its urgency should
    have been, as this person sees it afterwards; None: nothing said.
    """

    confirmed: bool
    checklist: dict[str, str]
    outcome: str
    minutes: int
    to_dos: tuple[str, ...]
    note: str
    recorded_in: str
    recorded_code: str
    reply: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    supervised_by: int | None = None
    band_should: Band | None = None


def record(task: Task, *, completion: Completion, by: Actor) -> None:
    """Complete a task that this person has in progress.

    Raises:
        Conflict: it is done already (says by whom and when), someone else's, or not in progress.
        NotAllowed: a hard rung refuses the person, or their profession this outcome.
        Invalid: identity not confirmed, a required checklist item or the practice's question not
            answered, nothing recorded where the outcome must stand in the clinical record, or nobody
            named who supervised where somebody had to; or a safety fact is open still.
    """
    check_open_to(task, by=by)
    assert by.user_id is not None
    person = placing.check_eligible(task, by.user_id, "complete")
    kind = kind_of(task)
    _check_outcome(kind, completion.outcome, person.profession, task)
    _check_answered(kind, completion, task.answers)
    said: dict[str, Any] = dict(_supervised_by(supervisors(task, person), completion))
    said |= {"facts": completion.facts} if completion.facts else {}
    now = clock.now()
    db.session.add(_row(task, kind, completion, by))
    for text in completion.to_dos:
        sealed = records.sealed(task, text, records.TO_DO)
        assert sealed is not None
        db.session.add(
            ToDo(task_id=task.id, practice_id=task.practice_id, text_sealed=sealed, created_at=now)
        )
    with db.session.no_autoflush:  # a task goes to the database once per event
        placing.unbook(task)
        placing.settle(task)
        task.outcome, task.closed_at = completion.outcome, now
        data = {"outcome": completion.outcome, "minutes": completion.minutes, **said}
        if completion.band_should is not None:
            data |= {"band": task.band, "band_should": int(completion.band_should)}
        record_event(task, Act.COMPLETED, by=by, at=now, data=data)
    if completion.to_dos:
        notices.tell_practice(Code.DONE_TO_DO, task, by=by)
    else:
        notices.tell_raiser(Code.DONE, task, by=by)


def open_facts(kind: Kind, answers: Mapping[str, str]) -> tuple[SafetyFact, ...]:
    """Return the safety facts that the practice was not sure of, or did not tell, in the kind's order.

    Whoever had the record open knows more: they are answered when the task is completed.
    """
    return tuple(fact for fact in kind.facts if answers.get(fact.code) in (None, FactAnswer.NOT_SURE))


def supervisors(task: Task, person: Person) -> tuple[Person, ...]:
    """Return who may have supervised this person with this task; nobody where no supervision is needed."""
    return supervisors_for(person, placing_queries.needs_of(task), clock.now().astimezone(LONDON).date())


def _supervised_by(able: tuple[Person, ...], completion: Completion) -> dict[str, int]:
    if not able:
        return {}
    if completion.supervised_by not in {one.id for one in able}:
        raise Invalid({"supervised_by": NOT_SUPERVISED})
    assert completion.supervised_by is not None
    return {"supervised_by": completion.supervised_by}


def pulled(*, by: Actor) -> Task | None:
    """Return the next task out of the queues, now this person's; None if there is none.

    What goes wrong with that must not undo the completion before it.
    """
    try:
        with db.session.begin_nested():
            return placing.next_task(by=by)
    except (HubError, DBAPIError):
        return None


def check_open_to(task: Task, *, by: Actor) -> None:
    """Let pass only a task that this person has in progress.

    Raises:
        Conflict: it is done already, someone else's, or not in progress; says who and when.
    """
    done = queries.completion_of(task) if task.status == Status.COMPLETED else None
    if done is not None:
        raise Conflict(f"{done.name} has completed this task already.", who=done.name, when=done.at)
    if task.assignee_id not in (None, by.user_id):
        name = placing_queries.names([task.assignee_id]).get(task.assignee_id or 0, "someone else")
        raise Conflict(f"This task is on {name}'s worklist.", who=name, when=task.assigned_at)
    if task.assignee_id == by.user_id and task.status == Status.ASSIGNED:
        raise Conflict(PAUSED if task.started_at else NOT_STARTED)
    status_after(Status(task.status), Act.COMPLETED)


def _check_outcome(kind: Kind, code: str, profession: Profession, task: Task) -> None:
    answers = {fact: FactAnswer(answer) for fact, answer in task.answers.items()}
    refusal = may_record(kind.outcome(code), profession, answers, kind.facts)
    if refusal is not None:
        raise NotAllowed(refusal.sentence)


def _check_answered(kind: Kind, completion: Completion, answers: Mapping[str, str]) -> None:
    problems = {}
    if not completion.confirmed:
        problems["identity"] = "Check name, date of birth and NHS number against the open record once more."
    for item in kind.checklist:
        if item.required and item.code not in completion.checklist:
            problems[f"check-{item.code}"] = f"Answer “{item.text}”."
    for fact in open_facts(kind, answers):
        if completion.facts.get(fact.code) not in FOUND_OUT:
            problems[f"fact-{fact.code}"] = f"Answer: {fact.signal}."
    if kind.needs_reply and not completion.reply.strip():
        problems["reply"] = REPLY_MISSING
    outcome = kind.outcome(completion.outcome)
    if completion.recorded_in == NOTHING_TO_RECORD and not outcome.may_be_unrecorded:
        problems["recorded"] = must_be_recorded(outcome)
    if problems:
        raise Invalid(problems)


def must_be_recorded(outcome: Outcome) -> str:
    """Say that an outcome like this cannot end with nothing written into the clinical record."""
    return f"“{outcome.label}” must stand in the patient's record. Record it there, then say so here."


def _row(task: Task, kind: Kind, completion: Completion, by: Actor) -> OutcomeRecord:
    checklist = {code: NOT_APPLICABLE if why else DONE for code, why in completion.checklist.items()}
    checklist |= {f"{FACT}{code}": answer for code, answer in completion.facts.items()}
    return OutcomeRecord(
        task_id=task.id,
        practice_id=task.practice_id,
        at=clock.now(),
        by_id=by.user_id,
        code=completion.outcome,
        minutes=completion.minutes,
        checklist=checklist,
        recorded_in=completion.recorded_in,
        recorded_code=completion.recorded_code,
        note_sealed=records.sealed(task, _note(kind, completion) or None, records.NOTE),
        band_should=completion.band_should,
        reply_sealed=records.sealed(task, completion.reply.strip() or None, records.REPLY),
    )


def _note(kind: Kind, completion: Completion) -> str:
    """Return the note with the reasons for what did not apply: free text is kept sealed, and in one place."""
    texts = {item.code: item.text for item in kind.checklist}
    lines = [
        f"Not applicable: {texts[code]}. Because: {why}" for code, why in completion.checklist.items() if why
    ]
    return "\n".join([*([completion.note] if completion.note else []), *lines])
