"""What the timetable starts each day: what is due today is raised, each request for itself.

A recall is locked while its day is raised, and (member, period) is unique: two jobs at once, or one
that runs twice, raise once. Whoever cannot be raised is listed with the reason and tried again.
"""

import datetime as dt
import logging
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError

from hub import background, records, vault
from hub.domain.actor import Actor
from hub.domain.errors import HubError, Invalid
from hub.domain.kinds import Kind
from hub.domain.recalls.plan import Raise
from hub.domain.vocabulary import FactAnswer, Role
from hub.domain.worktime import WorkCalendar
from hub.extensions import clock, db
from hub.intake import actions as intake
from hub.intake import queries as intake_queries
from hub.intake.drafts import Draft
from hub.models import DataKey, Practice, PracticeAccess, Recall, RecallRaise, User, UserRole
from hub.models.recalls import RUNNING
from hub.recalls import actions, list_queries, queries
from hub.recalls.list_queries import TROUBLE, Listed
from hub.recalls.queries import Words

log = logging.getLogger(__name__)
ERASED = "Their details were erased, so nobody could be asked to see them. Take them off the list."
CHANGED = "The number under which they are held now names another patient. Tell the hub lead."
NOT_STORED = "It could not be stored. It is tried again on the next working day."


def raise_recalls() -> int:
    """Give each running recall its own job for today; none on a day when nobody works. Returns how many."""
    today = intake_queries.today()
    if not WorkCalendar().is_working_day(today):
        return 0
    actions.end_pauses(today)
    running = db.session.scalars(select(Recall.id).where(Recall.status == RUNNING).order_by(Recall.id)).all()
    for recall_id in running:
        background.later(
            "raise_recall", key=f"raise_recall:{recall_id}:{today}", lane="upkeep", recall_id=recall_id
        )
    return len(running)


def raise_recall(recall_id: int) -> int:
    """Raise what this recall has due today, up to its daily limit. Returns how many were raised."""
    _lock_alike(recall_id)
    query = select(Recall).where(Recall.id == recall_id, Recall.status == RUNNING).with_for_update()
    recall = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if recall is None:
        return 0
    why = _cannot_go_on(recall)
    kind = intake_queries.kind_named(recall.kind)
    if why or kind is None:
        actions.stop(recall, why or "There is no such kind of request any more.")
        return 0
    found = list_queries.members(recall)
    today = intake_queries.today()
    due = list_queries.foresee(recall, kind, found, until=today + dt.timedelta(days=1)).raises
    _forget_troubles(found)
    return _raise_all(recall, kind, found, due)


def _lock_alike(recall_id: int) -> None:
    """Wait for the other recalls of this practice and kind: each sees what the one before has raised.

    A patient on two lists is then open on the second, instead of raised twice in the same moment.
    """
    this = select(Recall.practice_id, Recall.kind).where(Recall.id == recall_id).subquery()
    same = select(Recall.id).where(Recall.practice_id == this.c.practice_id, Recall.kind == this.c.kind)
    db.session.execute(same.order_by(Recall.id).with_for_update(of=Recall))


def _forget_troubles(found: list[Listed]) -> None:
    """Take away the reasons of those for whom somebody has raised it by hand meanwhile."""
    for one in found:
        done, since = one.member.last_done, one.row.trouble_at
        if since is not None and (one.member.is_open or (done is not None and done >= since.date())):
            one.row.trouble_at = one.row.trouble_sealed = None


def _raise_all(recall: Recall, kind: Kind, found: list[Listed], due: tuple[Raise, ...]) -> int:
    """Raise what is due, each in a savepoint of its own."""
    key = vault.practice_key(recall.practice_id)
    words, owner = queries.words_of(recall, key), _owner(recall)
    told = {"recall": recall.id, "answered": queries.answered_on(recall).isoformat()} if due else {}
    by_id, count = {one.member.id: one for one in found}, 0
    for one in due:
        listed = by_id[one.member_id]
        try:
            with db.session.begin_nested():
                _raise_one(recall, _draft(recall, kind, words, listed, owner), listed, one, owner, told)
        except (HubError, IntegrityError, DataError, InvalidTag, ValueError) as error:
            if not isinstance(error, HubError):
                log.warning("recall %s, member %s: %s", recall.id, one.member_id, type(error).__name__)
            _note_trouble(listed, key, str(error) if isinstance(error, HubError) else NOT_STORED)
        else:
            count += 1
            listed.row.trouble_at = listed.row.trouble_sealed = None
    return count


def _raise_one(
    recall: Recall, draft: Draft, listed: Listed, due: Raise, owner: Actor, told: dict[str, Any]
) -> None:
    """Raise one request and keep that it was raised for this period; `told` goes into its first event.

    Raises:
        Invalid: this patient cannot be raised for; the sentence says why.
    """
    task = intake.raise_request(draft, by=owner, more=told)
    if task.patient_id != listed.row.patient_id:
        raise Invalid({"nhs_number": CHANGED})
    db.session.add(
        RecallRaise(
            member_id=listed.row.id,
            period_on=due.period,
            recall_id=recall.id,
            practice_id=recall.practice_id,
            task_id=task.id,
            due_on=due.due,
            raised_on=due.on,
        )
    )
    db.session.flush()


def _draft(recall: Recall, kind: Kind, words: Words, listed: Listed, owner: Actor) -> Draft:
    patient = listed.patient
    if patient is not None and patient.data_key.wrapped is None:
        raise Invalid({"nhs_number": ERASED})
    name = f"Raised by recall “{words.name}”"
    told = f"{name} for {owner.name}. Its answers were given once for the whole list, not for this patient."
    return Draft(
        practice_id=recall.practice_id,
        kind=kind,
        receipt_on=intake_queries.today(),
        identity=records.identity_of(patient) if patient else None,
        subtype=recall.subtype,
        ask=f"{words.ask}\n\n{told}",
        answers={
            code: FactAnswer(answer)
            for code, answer in recall.answers.items()
            if code in {fact.code for fact in kind.facts}
        },
        another_because=f"{name}.",
    )


def _cannot_go_on(recall: Recall) -> str:
    """Return why nothing can be raised in this recall's name; "" if it can."""
    owner, practice = db.session.get(User, recall.owner_id), db.session.get(Practice, recall.practice_id)
    assert owner is not None and practice is not None
    if not practice.served or practice.status != "active":
        return f"The hub does not work for {practice.name} at the moment."
    still = select(PracticeAccess.user_id).where(
        PracticeAccess.user_id == owner.id,
        PracticeAccess.practice_id == recall.practice_id,
        PracticeAccess.role == Role.REQUESTER,
    )
    if not owner.active:
        return f"The account of {owner.name}, in whose name it raised, was switched off."
    if db.session.scalar(still) is None:
        return f"{owner.name}, in whose name it raised, does not raise requests for this practice any more."
    return ""


def _owner(recall: Recall) -> Actor:
    owner = db.session.get(User, recall.owner_id)
    assert owner is not None
    roles = db.session.scalars(select(UserRole.role).where(UserRole.user_id == owner.id)).all()
    return Actor(user_id=owner.id, name=owner.name, roles=frozenset(map(Role, roles)))


def _note_trouble(listed: Listed, key: DataKey, why: str) -> None:
    # A sentence of refusal may quote what is held about the patient.
    listed.row.trouble_sealed = vault.seal(key, why, TROUBLE)
    listed.row.trouble_at = clock.now()
