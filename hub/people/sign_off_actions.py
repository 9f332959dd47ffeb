"""What a clinician is signed off for, and where they can sign in. Each change is in the log."""

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from hub import background
from hub.domain.actor import Actor
from hub.domain.errors import Invalid, NotAllowed
from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Practice, PracticeAccess, SignOff, User
from hub.models.admin import note
from hub.people import queries
from hub.people.drafts import SignOffDraft

NOT_ONESELF = "You cannot sign yourself off: ask another lead or an administrator."


def sign_off_kind(user: User, draft: SignOffDraft, *, by: Actor) -> None:
    """Record that somebody signed this person off for a kind of task; one that is there is replaced.

    Raises:
        NotAllowed: it is their own.
        Invalid: the person is no clinician, or is to supervise themselves.
    """
    _check_not_own(user, by)
    if Role.CLINICIAN not in queries.roles_of(user):
        raise Invalid({"kind": f"{user.name} is no clinician: give them that role first."})
    if draft.supervisor_id == user.id:
        raise Invalid({"supervisor": "Nobody supervises themselves: choose somebody else."})
    values = {
        "expires_on": draft.expires_on,
        "signed_by": draft.signed_by,
        "signed_on": clock.now().astimezone(LONDON).date(),
        "supervised": draft.supervised,
        "supervisor_id": draft.supervisor_id,
    }
    row = insert(SignOff).values(user_id=user.id, kind=draft.kind, subtype=draft.subtype, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["user_id", "kind", "subtype"], set_=values))
    until = f"until {draft.expires_on:%d-%b-%Y}" if draft.expires_on else "without end"
    how = ", under supervision" if draft.supervised else ""
    words = queries.kind_words(draft.kind, draft.subtype)
    _note(f"Signed off for {words}, {until}{how}, by {draft.signed_by}.", by, user)
    _watch(user)


def withdraw_sign_off(user: User, kind: str, subtype: str, *, by: Actor) -> bool:
    """Take a sign-off away; return whether there was one.

    Raises:
        NotAllowed: it is their own.
    """
    _check_not_own(user, by)
    mine = (SignOff.user_id == user.id, SignOff.kind == kind, SignOff.subtype == subtype)
    gone = db.session.execute(delete(SignOff).where(*mine).returning(SignOff.kind)).first() is not None
    if gone:
        _note(f"No longer signed off for {queries.kind_words(kind, subtype)}.", by, user)
        _watch(user)
    return gone


def set_sign_in(user: User, practice: Practice, works: bool, *, by: Actor) -> bool:
    """Say whether a clinician can sign in to a practice's clinical system; return whether that is new."""
    ready = clock.now().astimezone(LONDON).date() if works else None
    statement = (
        update(PracticeAccess)
        .where(
            PracticeAccess.user_id == user.id,
            PracticeAccess.practice_id == practice.id,
            PracticeAccess.role == Role.CLINICIAN,
            PracticeAccess.system_ready_on.is_(None)
            if works
            else PracticeAccess.system_ready_on.is_not(None),
        )
        .values(system_ready_on=ready)
        .returning(PracticeAccess.user_id)
    )
    changed = db.session.execute(statement).first() is not None
    if changed:
        can = "Can" if works else "Can no longer"
        what = f"{can} sign in to the clinical system of {practice.ods_code} {practice.name}."
        note(what, by=by, at=clock.now(), user_id=user.id, practice_id=practice.id)
        _watch(user)
    return changed


def _check_not_own(user: User, by: Actor) -> None:
    if user.id == by.user_id:
        raise NotAllowed(NOT_ONESELF)


def _note(what: str, by: Actor, user: User) -> None:
    note(what, by=by, at=clock.now(), user_id=user.id)


def _watch(user: User) -> None:
    """Have the hub follow what this person may do at once: take back, flag, or give."""
    for job in ("watch", "top_up"):
        background.later(job, key=f"{job}:sign_off:{user.id}:{clock.now().isoformat()}")
