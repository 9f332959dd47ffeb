"""Taking a file, and noting on requests what came of reaching their patients."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from hub import records
from hub.domain.actor import Actor
from hub.domain.contact import FROM_REPLIES, Contact
from hub.domain.errors import Conflict, Invalid
from hub.domain.handouts import RECIPES, Left, Tool
from hub.domain.lifecycle import STATUS_IN_A_SENTENCE, Act
from hub.domain.vocabulary import OPEN_STATUSES, Status
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.handouts.queries import Standing, by_number, contacts_of, is_noted
from hub.handouts.replies import Reply
from hub.models import Event, Handout, Practice, Task
from hub.models.history import record
from hub.placing import actions as placing

LONGEST_NOTE = 1100  # a reply as its report gives it fits in
# What a lead reads where somebody of the hub has to act.
TO_THE_LEAD = {
    Contact.WROTE: "The patient wrote back to an invitation: read what they wrote.",
    Contact.WANTS_TO_BOOK: "The patient wants to book: give them an appointment.",
}
NOBODY = "Nobody can stand in this file, so there is nothing to download."


def take(practice: Practice, tool: Tool, found: Sequence[Standing], *, by: Actor) -> list[tuple[str, ...]]:
    """Note that a file is taken, and return its lines: the columns' names first.

    Raises:
        Conflict: nobody can stand in it.
    """
    in_it = [(one, one.line) for one in found if not isinstance(one.line, Left)]
    if not in_it:
        raise Conflict(NOBODY)
    db.session.add(
        Handout(
            practice_id=practice.id,
            at=clock.now(),
            by_id=by.user_id,
            tool=tool.value,
            patients=len(in_it),
            task_ids=[task.id for one, _ in in_it for task in one.tasks],
        )
    )
    what = f"file: {RECIPES[tool].title}, {len(in_it)} of its patients"
    records.note_list_access([practice.id], by=by, what=what)
    return [RECIPES[tool].columns, *(line for _, line in in_it)]


def note_contact(
    task: Task,
    *,
    contact: Contact,
    on: dt.date,
    note: str,
    by: Actor,
    via: str = "",
    time: str = "",
    replied: bool = False,
) -> None:
    """Note one attempt to reach the patient on their task. `time` is when they are booked for, if known.

    `replied`: `on` is the day on which they replied, and not that of their appointment.

    Raises:
        Conflict: the task is closed, or is about no patient.
        Invalid: the day has not come yet, or the note is too long.
    """
    if Status(task.status) not in OPEN_STATUSES:
        raise Conflict(f"This task {STATUS_IN_A_SENTENCE[Status(task.status)]}, so nothing is noted on it.")
    if task.patient_id is None:
        raise Conflict("This task is about no patient.")
    today = clock.now().astimezone(LONDON).date()
    if on > today and (replied or contact is not Contact.BOOKED):
        raise Invalid({"on-day": "This day has not come yet: enter the day on which you tried."})
    if len(note) > LONGEST_NOTE:
        raise Invalid({"note": f"Use {LONGEST_NOTE} characters or fewer; this has {len(note)}."})
    data: dict[str, Any] = {"contact": contact.value, "day": on.isoformat()}
    data |= {name: value for name, value in (("via", via), ("time", time), ("replied", replied)) if value}
    sealed = records.sealed(task, note.strip(), records.REASON)
    record(task, Act.CONTACTED, by=by, at=clock.now(), data=data, reason_sealed=sealed)


def note_invited(handout: Handout, *, by: Actor) -> int:
    """Note on every request of a file that is still open that its patient was invited. Returns how many.

    Raises:
        Conflict: that was noted before.
    """
    if handout.noted_at is not None:
        raise Conflict("This was noted already.", when=handout.noted_at)
    on = clock.now().astimezone(LONDON).date()
    tasks = _locked(handout.task_ids)
    noted = contacts_of([task.id for task in tasks])
    done = 0
    for task in tasks:
        if not is_noted(noted.get(task.id, ()), Contact.INVITED, on):
            note_contact(task, contact=Contact.INVITED, on=on, note="", via=handout.tool, by=by)
            done += 1
    handout.noted_at, handout.noted_by_id = clock.now(), by.user_id
    return done


def note_replies(
    practice: Practice, replies: Mapping[str, Sequence[Reply]], *, on: dt.date, by: Actor
) -> tuple[int, list[str]]:
    """Note what patients replied, by their NHS number, on their open reviews at this practice.

    Each with its own day, or `on` where the report has none.

    Returns how often something was noted, and the numbers of patients without an open review. What was
    noted before for the same day is not noted again. What somebody must read goes to the lead as well.
    """
    found = by_number(practice.id, list(replies))
    tasks = {task.id: task for task in _locked([one.id for theirs in found.values() for one in theirs])}
    noted, done = contacts_of(list(tasks)), 0
    for number, said in replies.items():
        for task in (tasks[one.id] for one in found.get(number, ()) if one.id in tasks):
            for contact, words, own in said:
                same = [one for one in noted.get(task.id, ()) if _says(task, one, words)]
                if is_noted(same, contact, own or on):
                    continue
                note_contact(
                    task,
                    contact=contact,
                    on=own or on,
                    note=words,
                    via=FROM_REPLIES,
                    replied=own is not None and contact is Contact.BOOKED,
                    by=by,
                )
                done += 1
                if contact in TO_THE_LEAD:
                    placing.flag(task, TO_THE_LEAD[contact], by=by, anew=True)
    return done, [number for number in replies if number not in found]


def _says(task: Task, event: Event, words: str) -> bool:
    """Say whether this attempt was noted with these words: a second message of a day is not the first."""
    return records.unsealed(task, event.reason_sealed, records.REASON) == words


def _locked(task_ids: Sequence[int]) -> list[Task]:
    """Return those of these tasks that are still open, locked in the order of their ids."""
    query = (
        select(Task)
        .where(Task.id.in_(task_ids), Task.status.in_(OPEN_STATUSES))
        .options(joinedload(Task.data_key))
        .order_by(Task.id)
        .with_for_update(of=Task)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query).unique())
