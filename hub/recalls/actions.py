"""Setting up a recall, changing it, pausing and ending it, and who is on its list."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from hub import records, vault
from hub.domain.actor import Actor, process
from hub.domain.errors import Conflict, Invalid, NotFound
from hub.domain.kinds import Kind
from hub.domain.notices import Code
from hub.domain.permissions import Permission, check_may
from hub.domain.recalls.words import said_words
from hub.domain.vocabulary import SystemActor
from hub.extensions import clock, db
from hub.intake import queries as intake
from hub.models import DataKey, Recall, RecallChange, RecallMember
from hub.models.recalls import ENDED, NEW, PAUSED, RUNNING, STOPPED
from hub.notices import actions as notices
from hub.recalls import joining_queries, queries
from hub.recalls.drafts import Joining, RecallDraft

MOST_MEMBERS = 10_000
LONGEST_PAUSE = dt.timedelta(days=366)


def set_up(draft: RecallDraft, *, by: Actor, start: bool = True) -> Recall:
    """Store a new recall in the name of the one who acts; its list is empty. Does not commit.

    Without `start` it raises nothing until somebody has looked at it and resumes it.

    A kind that needs no patient is about the practice itself, which is then its whole list.

    Raises:
        NotFound: it is of a practice that this person does not raise for.
    """
    check_may(by.roles, Permission.RAISE_REQUEST)
    if draft.practice_id not in queries.practice_ids_of(by):
        raise NotFound(queries.GONE)
    assert by.user_id is not None
    recall = Recall(
        practice_id=draft.practice_id,
        kind=draft.kind.code,
        subtype=draft.subtype,
        rhythm=draft.rule.rhythm,
        starts_on=draft.rule.starts_on,
        status=RUNNING if start else NEW,
        stopped_why="",
        owner_id=by.user_id,
        made_at=clock.now(),
        edits=1,
    )
    _put(recall, draft)
    db.session.add(recall)
    db.session.flush()
    if not draft.kind.needs_patient:
        _put_on(recall, [None], by=by)
    note(recall, "set_up", by=by)
    return recall


def change(recall: Recall, draft: RecallDraft, *, seen: int, by: Actor) -> None:
    """Change what a recall says; `seen` is the number of changes that the form was filled in from.

    Raises:
        Conflict: it was changed meanwhile, or has ended.
    """
    _check_going_on(recall)
    if seen != recall.edits:
        raise Conflict("Somebody has changed this recall since you opened it. Open it again, then change it.")
    key = vault.practice_key(recall.practice_id)
    before, old = _said(recall, key), _words(recall, draft.kind)
    _put(recall, draft)
    recall.starts_on = draft.rule.starts_on
    recall.edits += 1
    after, new = _said(recall, key), _words(recall, draft.kind)
    parts = [part for part in after if after[part] != before[part]]
    was_and_is = {part: [old[part], new[part]] for part in parts if part in new and old[part] != new[part]}
    note(recall, "changed", by=by, parts=parts, was_and_is=was_and_is)


def pause(recall: Recall, *, by: Actor, until: dt.date | None = None) -> None:
    """Raise nothing until it is resumed; `until`: on that day it goes on by itself.

    Raises:
        Conflict: it does not run.
        Invalid: the day has come already, or is more than a year ahead.
    """
    if recall.status != RUNNING:
        raise Conflict("This recall does not run at the moment, so it cannot be paused.")
    today = intake.today()
    if until is not None and not today < until <= today + LONGEST_PAUSE:
        raise Invalid({"until": "Enter a day after today, within a year, or leave it empty."})
    recall.status, recall.resumes_on = PAUSED, until
    note(recall, "paused", by=by, **({"until": until.isoformat()} if until else {}))


def resume(recall: Recall, *, by: Actor) -> None:
    """Start a new recall, or let a paused or stopped one raise again, from now on in the name of who acts.

    Raises:
        Conflict: it runs already, or has ended.
    """
    _check_going_on(recall)
    if recall.status == RUNNING:
        raise Conflict("This recall runs already.")
    assert by.user_id is not None
    what = "started" if recall.status == NEW else "resumed"
    recall.status, recall.stopped_why, recall.owner_id = RUNNING, "", by.user_id
    recall.resumes_on = None
    note(recall, what, by=by)


def end_pauses(today: dt.date) -> int:
    """Let each recall go on whose pause was to end by `today`, in the name it had. Returns how many."""
    query = select(Recall).where(Recall.status == PAUSED, Recall.resumes_on <= today).order_by(Recall.id)
    found = db.session.scalars(query.with_for_update()).all()
    for recall in found:
        recall.status, recall.resumes_on = RUNNING, None
        note(recall, "went_on", by=None)
    return len(found)


def end(recall: Recall, *, by: Actor) -> None:
    """End it for good; what it has raised stays.

    Raises:
        Conflict: it has ended already.
    """
    _check_going_on(recall)
    recall.status, recall.stopped_why, recall.resumes_on = ENDED, "", None
    note(recall, "ended", by=by)


def stop(recall: Recall, why: str) -> None:
    """Stop a recall that the hub cannot go on with, and say why; a person resumes it."""
    recall.status, recall.stopped_why = STOPPED, why
    note(recall, "stopped", by=None)
    notices.notify(
        Code.RECALL_STOPPED,
        to=notices.staff_of(recall.practice_id),
        by=process(SystemActor.TIMETABLE),
        practice_id=recall.practice_id,
        about=str(recall.id),
    )


def add(recall: Recall, joining: Iterable[Joining], *, by: Actor) -> int:
    """Put patients of this practice onto the list; return how many were not on it already.

    Who is on it stays as they are, but for a later date on which it was last done.

    Raises:
        Conflict: the recall has ended, is about the practice itself, or its list would be too long; or
            one of them is on another running recall that raises the same.
    """
    _check_going_on(recall)
    wanted = {one.patient_id: one for one in joining}
    held = {one.patient_id: one for one in db.session.scalars(_rows(recall))}
    if None in held:
        raise Conflict("This recall is about the practice itself: it has no list of patients.")
    there = sum(one.removed_at is None for one in held.values())
    new = [one for one in wanted.values() if one.patient_id not in held or held[one.patient_id].removed_at]
    if there + len(new) > MOST_MEMBERS:
        raise Conflict(f"A list holds {MOST_MEMBERS:,} patients at most. Set up another recall for the rest.")
    others = joining_queries.elsewhere(recall) if new else {}
    for one in new:
        if one.patient_id in others:
            raise Conflict(joining_queries.elsewhere_words(others[one.patient_id]))
    for one in wanted.values():
        if one.patient_id in held:
            _tell_last_done(held[one.patient_id], one.last_done)
    _put_on(recall, [one.patient_id for one in new], by=by, last_done={one.patient_id: one for one in new})
    if new:
        note(recall, "added", by=by, count=len(new))
        records.note_list_access([recall.practice_id], by=by, what="patients put on a recall")
    return len(new)


def remove(recall: Recall, member: RecallMember, *, by: Actor) -> None:
    """Take one off the list; what was raised for them stays.

    Raises:
        Conflict: the recall has ended, or is about the practice itself.
    """
    _check_going_on(recall)
    if member.patient_id is None:
        raise Conflict("This recall is about the practice itself. End it instead.")
    member.removed_at, member.removed_by_id = clock.now(), by.user_id
    member.trouble_at = member.trouble_sealed = None
    note(recall, "removed", by=by, count=1)


def note(recall: Recall, what: str, *, by: Actor | None, **data: Any) -> None:
    """Write one line of a recall's history; `by` is None for the hub's own process."""
    db.session.add(
        RecallChange(
            recall_id=recall.id,
            practice_id=recall.practice_id,
            at=clock.now(),
            by_id=by.user_id if by else None,
            what=what,
            data=data,
        )
    )


def _put(recall: Recall, draft: RecallDraft) -> None:
    rule = draft.rule
    recall.answers = {code: answer.value for code, answer in draft.answers.items()}
    said = {"name": draft.name, "ask": draft.ask, "buffer_because": draft.buffer_because}
    recall.words_sealed = vault.seal_data(vault.practice_key(draft.practice_id), said, queries.WORDS)
    recall.subtype = draft.subtype
    recall.every_count, recall.every_unit = rule.every.count, rule.every.unit
    recall.buffer_count = rule.buffer.count if rule.buffer else None
    recall.buffer_unit = rule.buffer.unit if rule.buffer else None
    recall.daily_limit = rule.daily_limit


def _said(recall: Recall, key: DataKey) -> dict[str, Any]:
    """Return what a recall says, by the part that a person changes."""
    words = queries.words_of(recall, key)
    return {
        "name": words.name,
        "ask": words.ask,
        "condition": recall.subtype,
        "answers": dict(recall.answers),
        "rhythm": (recall.every_count, recall.every_unit),
        "starts": recall.starts_on,
        "buffer": (recall.buffer_count, recall.buffer_unit),
        "because": words.buffer_because,
        "limit": recall.daily_limit,
    }


def _words(recall: Recall, kind: Kind) -> dict[str, str]:
    """Return what a recall says in words, of what need not be sealed."""
    return said_words(queries.rule_of(recall, kind), kind, recall.subtype, recall.answers)


def _rows(recall: Recall) -> Any:
    return select(RecallMember).where(RecallMember.recall_id == recall.id).with_for_update()


def _put_on(
    recall: Recall,
    patient_ids: list[int] | list[None],
    *,
    by: Actor,
    last_done: dict[int, Joining] | None = None,
) -> None:
    today = intake.today()
    held = {one.patient_id: one for one in db.session.scalars(_rows(recall))}
    for patient_id in patient_ids:
        row = held.get(patient_id)
        if row is None:
            row = RecallMember(recall_id=recall.id, practice_id=recall.practice_id, patient_id=patient_id)
            db.session.add(row)
        row.added_on, row.added_by_id = today, by.user_id or 0
        row.removed_at = row.removed_by_id = None
        joining = (last_done or {}).get(patient_id or 0)
        _tell_last_done(row, joining.last_done if joining else None)
    db.session.flush()


def _tell_last_done(row: RecallMember, day: dt.date | None) -> None:
    if day is not None and (row.last_done_on is None or day > row.last_done_on):
        row.last_done_on = day


def _check_going_on(recall: Recall) -> None:
    if recall.status == ENDED:
        raise Conflict("This recall has ended. Set up a new one.")
