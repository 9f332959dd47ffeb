"""What clinician and practice say to each other about a request, and what the practice does with it."""

import datetime as dt
from typing import Any

from sqlalchemy import func, select

from hub import background, records
from hub.conversation import queries, to_do_actions
from hub.conversation.sent_back_actions import LEFT_ALONE
from hub.domain.actor import Actor
from hub.domain.errors import Conflict, Invalid
from hub.domain.lifecycle import Act
from hub.domain.news import NOTHING_NEW, News
from hub.domain.notices import Code
from hub.domain.urgency import SeenBy
from hub.domain.vocabulary import OPEN_STATUSES, CancelReason, PatientStatus, Status
from hub.extensions import clock, db
from hub.intake import actions as intake
from hub.intake import news_actions, patients
from hub.intake.drafts import Draft
from hub.models import Message, Patient, Task, ToDo
from hub.models.history import record
from hub.notices import actions as notices
from hub.placing import actions as placing

LONGEST_ANSWER = 2000


def ask(task: Task, question: str, *, by: Actor) -> Message:
    """Ask the practice something on its request. Whoever then waits for the answer says so apart.

    Raises:
        Invalid: there is no question.
        Conflict: the request is closed.
    """
    _check_open(task)
    if not question.strip():
        raise Invalid({"question": "Write the question for the practice."})
    _check_length(question, "question")
    message = _say(task, question, by=by, from_hub=True, asks=True)
    record(task, Act.ASKED, by=by, at=message.at, data={"message": message.id})
    notices.tell_practice(Code.ASKED, task, by=by)
    return message


def write(task: Task, text: str, *, by: Actor, from_hub: bool) -> Message:
    """Write to the other side without asking anything: nothing waits, and nothing wakes.

    The clinician who has the task is told of what the practice writes; of what the hub writes,
    everyone at the practice. To a request that is over, either side may still write.

    Raises:
        Invalid: there is nothing written, or it is too long.
    """
    if not text.strip():
        raise Invalid({"message": "Write your message."})
    _check_length(text, "message")
    message = _say(task, text, by=by, from_hub=from_hub, asks=False)
    record(task, Act.WROTE, by=by, at=message.at, data={"message": message.id, "from_hub": from_hub})
    if from_hub:
        notices.tell_practice(Code.WROTE, task, by=by)
    else:
        notices.tell_holder(Code.TOLD, task, by=by)
    return message


def answer(task: Task, message_id: int, text: str, *, by: Actor, news: News = NOTHING_NEW) -> Message:
    """Answer a question of the hub; with the last one answered a waiting task wakes.

    `news` are answers and haste told with it, taken in as with a chase (`intake.actions.chase`):
    a task that they lift wakes whatever else is still open.

    Raises:
        Invalid: there is no answer, or it is too long.
        Conflict: the question is answered already, or the request is closed.
    """
    _check_open(task)
    question = db.session.scalars(
        select(Message).where(Message.id == message_id, Message.task_id == task.id, Message.asks)
    ).one_or_none()
    if question is None or question.answered_at is not None:
        raise Conflict("This question has been answered already.")
    _check_answer(text, f"answer-{message_id}")
    question.answered_at = clock.now()
    message = _say(task, text, by=by, from_hub=False, asks=False)
    data: dict[str, Any] = {"message": message.id, "question": question.id, **news_actions.told(news)}
    added, before = news_actions.weigh(task, news), task.band
    with db.session.no_autoflush:  # a task goes to the database once per event
        if added:
            data |= news_actions.take_in(task, added, text, at=message.at)
        record(task, Act.ANSWERED, by=by, at=message.at, data=data)
    # First, because waking may take it from whoever asked; they hear of it all the same.
    notices.tell_holder(Code.ANSWERED, task, by=by)
    if not _open_questions(task):
        placing.wake_one(task, by=by)
    if added:
        news_actions.make_seen(task, risen=task.band < before, by=by)
        background.later("top_up", key=f"top_up:{task.id}:{task.version}")
    return message


def tick(task: Task, to_do_id: int, *, by: Actor) -> None:
    """Tick a to-do, by name; one that is ticked already stays as it was.

    Raises:
        Conflict: the request has no such to-do.
    """
    to_do = db.session.scalars(select(ToDo).where(ToDo.id == to_do_id, ToDo.task_id == task.id)).one_or_none()
    if to_do is None:
        raise Conflict("This request has no such to-do.")
    if to_do.ticked_at is not None:
        return
    to_do.ticked_at, to_do.ticked_by_id = clock.now(), by.user_id
    record(task, Act.TO_DO_TICKED, by=by, at=to_do.ticked_at, data={"to_do": to_do.id})
    to_do_actions.all_ticked(task)


def withdraw(task: Task, *, reason: str, by: Actor) -> None:
    """End an open request because the practice no longer wants it.

    Raises:
        Invalid: no reason was given, or it is too long.
        Conflict: it is closed already.
    """
    _check_open(task)
    missing = "Say why it is no longer needed, so that nobody wonders later."
    intake.check_reason("withdraw_reason", reason, missing)
    cancel(task, CancelReason.WITHDRAWN, by=by, at=clock.now(), reason=reason.strip())


def cancel(
    task: Task,
    why: CancelReason,
    *,
    by: Actor,
    at: dt.datetime,
    reason: str = "",
    with_file: bool = False,
) -> None:
    """End a task without it being done; whoever had it has their minutes back.

    `with_file` says that the practice took back the file of requests that it came from.

    Raises:
        Conflict: it is closed already.
    """
    former, before = task.assignee_id, task.status
    placing.off_list(task, at=at)
    placing.settle(task)
    task.cancel_reason, task.closed_at = why, at
    record(
        task,
        Act.CANCELLED,
        by=by,
        at=at,
        data={"reason": why.value, "from": former, "status_before": before}
        | ({"with_file": True} if with_file else {}),
        reason_sealed=records.sealed(task, reason or None, records.REASON),
    )


def correct(task: Task, draft: Draft, *, by: Actor, warning: SeenBy | None = None) -> Task:
    """Raise again what was sent back, with what the practice corrected. Its age stays.

    Raises:
        Conflict: it is not sent back (any more).
        Invalid: the details are another patient's.
    """
    if task.status != Status.SENT_BACK:
        raise Conflict("Only a request that was sent back can be corrected.")
    if draft.identity is not None:
        patients.correct(queries.lock_patient(task), draft.identity, same_person=draft.update_stored)
    with db.session.no_autoflush:  # a task goes to the database once per event
        now = clock.now()
        intake.put_facts(task, draft, task.data_key)
        placing.unflag(task, LEFT_ALONE)
        record(task, Act.CORRECTED, by=by, at=now, data=placing.recompute(task, at=now))
    if warning is not None:
        intake.note_warning(task, warning, by=by)
    placing.replace(task)
    return task


def patient_gone(patient: Patient, *, status: PatientStatus, by: Actor) -> list[Task]:
    """Note that the patient has died or moved: every open request of theirs stops. Return those.

    Raises:
        Conflict: it is noted already.
    """
    if patient.status != PatientStatus.REGISTERED:
        raise Conflict("Your practice has told us already that this patient has died or moved.")
    now = clock.now()
    stopped = queries.open_of_patient(patient.id, lock=True)
    placing.lock_lists(stopped)
    patient.status, patient.status_since = status, now
    for task in stopped:
        cancel(task, CancelReason(status.value), by=by, at=now)
    return stopped


def patient_back(patient: Patient, *, by: Actor) -> list[Task]:
    """Take back that the patient has died or moved: exactly what that stopped is raised again.

    Raises:
        Conflict: the patient is registered.
    """
    if patient.status == PatientStatus.REGISTERED:
        raise Conflict("This patient is registered at your practice; there is nothing to undo.")
    stopped = queries.stopped_with_patient(patient, lock=True)
    patient.status, patient.status_since = PatientStatus.REGISTERED, None
    for task in stopped:
        with db.session.no_autoflush:
            now = clock.now()
            task.cancel_reason = task.closed_at = None
            record(task, Act.REOPENED, by=by, at=now, data=placing.recompute(task, at=now))
        placing.replace(task)
    return stopped


def _say(task: Task, text: str, *, by: Actor, from_hub: bool, asks: bool) -> Message:
    body = records.sealed(task, text.strip(), records.MESSAGE)
    assert body is not None
    message = Message(
        task_id=task.id,
        practice_id=task.practice_id,
        at=clock.now(),
        author_id=by.user_id,
        from_hub=from_hub,
        asks=asks,
        body_sealed=body,
    )
    db.session.add(message)
    db.session.flush()
    return message


def _check_answer(text: str, field: str) -> None:
    if not text.strip():
        raise Invalid({field: "Write your answer."})
    _check_length(text, field)


def _check_length(text: str, field: str) -> None:
    if len(text) > LONGEST_ANSWER:
        raise Invalid({field: f"Use {LONGEST_ANSWER} characters or fewer; this has {len(text)}."})


def _check_open(task: Task) -> None:
    if task.status not in OPEN_STATUSES:
        raise Conflict("This request is closed; raise a new one if you need more.")


def _open_questions(task: Task) -> int:
    query = select(func.count()).where(
        Message.task_id == task.id, Message.asks, Message.answered_at.is_(None)
    )
    return db.session.scalar(query) or 0
