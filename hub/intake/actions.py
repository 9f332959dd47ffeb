"""Raising a request and chasing it."""

import dataclasses
import logging
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError

from hub import background, records, vault
from hub.domain.actor import Actor
from hub.domain.errors import Conflict, Invalid
from hub.domain.identifiers import new_reference
from hub.domain.lifecycle import Act
from hub.domain.news import NOTHING_NEW, Lift, News
from hub.domain.notices import Code
from hub.domain.urgency import SeenBy
from hub.domain.vocabulary import OPEN_STATUSES, Status, WaitingOn
from hub.extensions import clock, db
from hub.intake import news_actions, patients
from hub.intake.drafts import Draft
from hub.models import DataKey, Task
from hub.models.history import begin, record
from hub.notices import actions as notices
from hub.placing import actions as placing
from hub.placing import clock_queries, duty_queries
from hub.placing import queries as placing_queries

log = logging.getLogger(__name__)

REFERENCE_TRIES = 5
LONGEST_REASON = 1000
LONGEST_CHASE = 1500  # what was typed for a new request, a question and its reason, fits in
NOBODY_IN_TIME = "Nobody who may do this is at work in time; the practice was told to telephone."
HELD = "Work for this practice is on hold; the practice was told to telephone."


def raise_request(
    draft: Draft, *, by: Actor, warning: SeenBy | None = None, more: Mapping[str, Any] | None = None
) -> Task:
    """Store a request as a task, with its first event and its placing job. Does not commit.

    `warning` is what the form said when nobody is at work in time: it is recorded, and the
    task goes onto the lead's list. `more` goes into the first event: which recall raised it.

    Raises:
        Invalid: the patient's details cannot be used (see `patients.find_or_add`).
    """
    patient_id, key = _whose(draft, by)
    task = new_task(draft, patient_id, key, by)
    _begin(task, draft, key, by, {**placing.recompute(task, at=task.raised_at), **(more or {})})
    if warning is not None:
        note_warning(task, warning, by=by)
    background.later("place", key=f"place:{task.id}:{task.version}", task_id=task.id)
    return task


def chase(task: Task, *, reason: str, by: Actor, news: News = NOTHING_NEW) -> Task:
    """Note that the practice asks again; from the second chase on the task stands a band higher.

    `news` are the answers and the haste told with it: what is graver than what the request
    says goes onto it, and it is judged anew at once, all in the event of this chase.

    Raises:
        Invalid: no reason was given, or it is too long.
        Conflict: it is closed, or the practice itself has the next step.
    """
    added = news_actions.weigh(task, news)
    _check_chaseable(task, added)
    check_reason("chase_reason", reason, "Say why you chase it, for example what has changed.", LONGEST_CHASE)
    before = task.band
    with db.session.no_autoflush:  # a task goes to the database once per event
        task.chases, now = task.chases + 1, clock.now()
        data = {"chases": task.chases, **news_actions.told(news)}
        data |= news_actions.take_in(task, added, reason, at=now)
        sealed = records.sealed(task, reason.strip(), records.REASON)
        record(task, Act.CHASED, by=by, at=now, data=data, reason_sealed=sealed)
    notices.tell_holder(Code.CHASED, task, by=by)
    if added:
        news_actions.make_seen(task, risen=task.band < before, by=by, after=Act.CHASED)
    if task.status == Status.RAISED:
        placing.replace(task)
    else:
        background.later("top_up", key=f"top_up:{task.id}:{task.version}")
    return task


def check_reason(field: str, text: str, missing: str, longest: int = LONGEST_REASON) -> None:
    """Let pass a reason of one to `longest` characters.

    Raises:
        Invalid: there is none (says `missing`), or it is too long.
    """
    if not text.strip():
        raise Invalid({field: missing})
    if len(text) > longest:
        raise Invalid({field: f"Use {longest} characters or fewer; this has {len(text)}."})


def put_facts(task: Task, draft: Draft, key: DataKey) -> None:
    """Write what the practice said into the task's columns."""
    task.subtype = draft.subtype
    task.requested = draft.requested
    task.answers = {code: answer.value for code, answer in draft.answers.items()}
    task.ask_sealed = vault.seal(key, draft.ask or None, records.ASK)
    task.urgency_reason_sealed = vault.seal(key, draft.urgency_reason or None, records.URGENCY)
    task.document_sealed = vault.seal(key, draft.document or None, records.DOCUMENT)
    task.receipt_on = draft.receipt_on
    task.next_issue_on = draft.next_issue_on


def _whose(draft: Draft, by: Actor) -> tuple[int | None, DataKey]:
    """Return the patient's id and the key that seals this request: the patient's, or the practice's."""
    if draft.identity is None:
        return None, vault.practice_key(draft.practice_id)
    patient = patients.find_or_add(
        draft.practice_id, draft.identity, by=by, update_stored=draft.update_stored
    )
    return patient.id, patient.data_key


def new_task(draft: Draft, patient_id: int | None, key: DataKey, by: Actor) -> Task:
    """Return the request that `draft` becomes, in no session yet, without reference, status and clocks."""
    task = Task(
        practice_id=draft.practice_id,
        patient_id=patient_id,
        data_key_id=key.id,
        kind=draft.kind.code,
        kind_version=draft.kind.version,
        stage=1,
        raised_at=clock.now(),
        raised_by_id=by.user_id,
        chases=0,
        stopped_minutes=0,
        practice_hours=clock_queries.hours_of(draft.practice_id),
    )
    put_facts(task, draft, key)
    return task


def _begin(task: Task, draft: Draft, key: DataKey, by: Actor, told: dict[str, Any]) -> None:
    """Add the task under a reference that nobody has; a collision is rare, and tried again."""
    because = vault.seal(key, draft.another_because or None, records.REASON)
    for attempt in range(REFERENCE_TRIES):
        task.ref = new_reference(secrets.token_bytes(5))
        try:
            with db.session.begin_nested():
                begin(task, by=by, at=task.raised_at, data=told, reason_sealed=because)
            return
        except IntegrityError as error:
            if "task_ref" not in str(error.orig) or attempt == REFERENCE_TRIES - 1:
                raise
            log.warning("a reference was taken already; trying another")


def note_warning(task: Task, warning: SeenBy, *, by: Actor) -> None:
    """Record that the practice was told not to rely on it, and tell the lead which cause that has."""
    held = placing_queries.practice(task.practice_id).held_since is not None
    record(task, Act.WARNED, by=by, at=clock.now(), data=warned_of(warning, held=held))
    placing.flag(task, why_flagged(held=held), by=by)
    notices.notify(Code.NOBODY_IN_TIME, to=duty_queries.leads_on_duty(), by=by, task=task)


def warned_of(warning: SeenBy, *, held: bool) -> dict[str, Any]:
    """Return what the event of a warning tells; `held` says that the practice's work was on hold."""
    return dataclasses.asdict(warning) | {"at": warning.at.isoformat() if warning.at else None, "held": held}


def why_flagged(*, held: bool) -> str:
    """Return why what nobody sees in time stands on the lead's list."""
    return HELD if held else NOBODY_IN_TIME


def _check_chaseable(task: Task, added: Lift) -> None:
    if task.status not in OPEN_STATUSES:
        raise Conflict("This request is closed, so it cannot be chased. Raise a new one.")
    if task.status == Status.SENT_BACK:
        raise Conflict("This request was sent back to you: correct it, and it goes on.")
    # A danger sign does not wait for an answer to something else.
    if task.waiting_on == WaitingOn.PRACTICE and not added:
        raise Conflict("The hub waits for your answer to a question: answer it, and it goes on.")
