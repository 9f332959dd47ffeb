"""Taking what a practice tells later into its open request: at once, and in the event of its telling."""

import datetime as dt
from typing import Any

from hub import records
from hub.domain.actor import Actor
from hub.domain.news import Lift, News, Said
from hub.domain.news import lift as lift_of
from hub.domain.vocabulary import Band, FactAnswer, RequestedUrgency
from hub.models import Task
from hub.placing import actions as placing
from hub.placing import queries as placing_queries
from hub.protocols.queries import kind_of

TOLD_NOW = "The practice has told more: it must be done now, and it is on {name}'s worklist."


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
    before = task.band
    clocks = placing.recompute(task, at=at)
    return {**lift.told(), "band_before": before, "band": task.band, **clocks}


def told(news: News) -> dict[str, Any]:
    """Return what was answered, whether it lifts anything or not, for the event's data: codes."""
    return {"told": {code: answer.value for code, answer in news.answers.items()}} if news.answers else {}


def make_seen(task: Task, *, by: Actor) -> None:
    """See to it that nobody overlooks a task that has risen on a list: it waits for no one any longer.

    If it must be done now, the lead is told as well as the one who has it.
    """
    placing.wake_one(task, by=by)
    if task.band == Band.NOW and task.assignee_id is not None:
        name = placing_queries.names([task.assignee_id]).get(task.assignee_id, "someone")
        placing.flag(task, TOLD_NOW.format(name=name), by=by)
