"""Taking what a practice tells later into its open request: at once, and in the event of its telling."""

import datetime as dt
from typing import Any

from hub import records
from hub.domain.actor import Actor
from hub.domain.eligibility import standing_refusals
from hub.domain.lifecycle import Act
from hub.domain.news import Lift, News, Said
from hub.domain.news import lift as lift_of
from hub.domain.vocabulary import Band, FactAnswer, RequestedUrgency, Status
from hub.domain.worktime import LONDON
from hub.extensions import clock
from hub.models import Task
from hub.models.history import record
from hub.placing import actions as placing
from hub.placing import queries as placing_queries
from hub.protocols.queries import kind_of

TOLD_NOW = "The practice has told more: it must be done now, and it is on {name}'s worklist."
TAKEN_BACK = "The practice has told more: it must be done now, and it has gone from {name} back to its queue."


def said(task: Task) -> Said:
    """Return what this request says so far."""
    return Said(
        answers={code: FactAnswer(answer) for code, answer in task.answers.items()},
        requested=RequestedUrgency(task.requested),
        receipt_on=task.receipt_on,
        next_issue_on=task.next_issue_on,
    )


def weigh(task: Task, news: News) -> Lift:
    """Return what these news lift in the request."""
    return lift_of(kind_of(task), said(task), news)


def take_in(task: Task, lift: Lift, words: str, *, at: dt.datetime) -> dict[str, Any]:
    """Write what was lifted into the task's columns and judge it anew.

    `words` are what the practice wrote; where it asks for more haste they are the reason.
    Returns what belongs into the data of the event that the caller records at `at`: codes
    and dates before and after, and the clocks. Call it where nothing is flushed.
    """
    task.answers = task.answers | {code: after.value for code, (_, after) in lift.answers.items()}
    if lift.requested is not None:
        task.requested = lift.requested[1]
        held = records.unsealed(task, task.urgency_reason_sealed, records.URGENCY)
        reason = "\n".join(filter(None, (held, words.strip())))
        task.urgency_reason_sealed = records.sealed(task, reason, records.URGENCY)
    if lift.receipt_on is not None:
        task.receipt_on = lift.receipt_on[1]
    if lift.next_issue_on is not None:
        task.next_issue_on = lift.next_issue_on[1]
    before, due_before = task.band, task.due_at
    clocks = placing.recompute(task, at=at)
    if lift and task.assignee_id is not None:
        # Who may do it follows from what is known now; the minutes that are booked stay as they are.
        minutes = task.minutes
        placing.apply_route(task)
        task.minutes = minutes
        placing.set_order(task)
    placing.note_rise(task, (before, due_before), "the practice has asked again or told more")
    return {**lift.told(), "band_before": before, "band": task.band, **clocks}


def told(news: News) -> dict[str, Any]:
    """Return what was answered, whether it lifts anything or not, for the event's data: codes."""
    return {"told": {code: answer.value for code, answer in news.answers.items()}} if news.answers else {}


def make_seen(task: Task, *, risen: bool, by: Actor, after: Act | None = None) -> None:
    """See to it that nobody overlooks or wrongly does a task whose practice told more (`after` what).

    One that has `risen` to another band waits for no one any longer. What whoever has it may
    no longer do goes back to its queue, unless work on it has begun (the lead decides then).
    If it must be done now, the lead is told as well as the one who has it.
    """
    if risen:
        placing.wake_one(task, by=by, after=after)
    holder = task.assignee_id
    _give_back(task, by=by)
    if risen and task.band == Band.NOW and holder is not None:
        name = placing_queries.names([holder]).get(holder, "someone")
        where = TOLD_NOW if task.assignee_id is not None else TAKEN_BACK
        placing.flag(task, where.format(name=name), by=by, anew=True)


def _give_back(task: Task, *, by: Actor) -> None:
    """Put a task that nobody has begun back into its queue if the one who has it may not do it now."""
    if task.status != Status.ASSIGNED or task.started_at is not None or task.assignee_id is None:
        return
    person, now = placing_queries.person(task.assignee_id), clock.now()
    today = now.astimezone(LONDON).date()
    if person is not None and not standing_refusals(person, placing_queries.needs_of(task), today=today):
        return
    former = task.assignee_id
    placing.off_list(task, at=now)
    placing.apply_route(task)
    record(task, Act.RELEASED, by=by, at=now, data={"from": former, "because": "told_more"})
