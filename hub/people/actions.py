"""Changing accounts: who there is, what they may do, where, and until when. Each change is in the log."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from hub import background
from hub.domain.actor import Actor
from hub.domain.errors import Invalid, NotAllowed
from hub.domain.permissions import check_may_manage
from hub.domain.routing import competence_words
from hub.domain.vocabulary import Role
from hub.domain.worktime import LONDON
from hub.extensions import clock, db
from hub.models import Competence, Practice, PracticeAccess, User, UserRole, UserSession
from hub.models.admin import note
from hub.people import queries, sessions
from hub.people.drafts import PersonDraft
from hub.people.passwords import new_phrase

_DETAILS = {
    "name": "name",
    "email": "e-mail address",
    "profession": "profession",
    "gphc_number": "GPhC number",
    "registration_expires_on": "end of registration",
    "is_prescriber": "prescriber",
    "all_kinds": "kinds of task they may do",
    "supervises": "supervision of others",
}


def create(draft: PersonDraft, *, by: Actor) -> tuple[User, str]:
    """Open an account; return the person and the pass phrase, which is shown once and stored nowhere.

    Raises:
        NotAllowed: they may not give these roles.
        Invalid: the e-mail address or the GPhC number belongs to another account.
    """
    _check_may(by, draft.roles)
    _check_unique(draft, None)
    user = User(created_at=clock.now(), active=True, **_details(draft))
    db.session.add(user)
    db.session.flush()
    _add_roles(user, draft.roles)
    _note(f"Account opened as {_words(draft.roles)}.", by, user)
    return user, _give_phrase(user)


def change(user: User, draft: PersonDraft, *, by: Actor) -> list[str]:
    """Set a person's details and roles; return the words for what changed.

    Raises:
        NotAllowed: they may not change an account with the roles it has or is to have.
        Invalid: the e-mail address or the GPhC number belongs to another account.
    """
    before = queries.roles_of(user)
    _check_may(by, before | draft.roles)
    if user.id == by.user_id and Role.ADMIN in before - draft.roles:
        raise Invalid({"roles": "You cannot take the administrator's role from yourself: ask another one."})
    if user.id == by.user_id and (user.all_kinds, user.supervises) != (draft.all_kinds, draft.supervises):
        raise Invalid({"kinds": "You cannot sign yourself off: ask another lead or an administrator."})
    _check_unique(draft, user.id)
    new = _details(draft)
    changed = [words for name, words in _DETAILS.items() if getattr(user, name) != new[name]]
    for name, value in new.items():
        setattr(user, name, value)
    if changed:
        _note(f"Changed: {', '.join(changed)}.", by, user)
    if before != draft.roles:
        changed.append("roles")
        _change_roles(user, before, draft.roles, by)
    if changed and Role.CLINICIAN in before | draft.roles:
        _later(user, "watch")
    return changed


def _details(draft: PersonDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in _DETAILS}


def _change_roles(user: User, before: frozenset[Role], after: frozenset[Role], by: Actor) -> None:
    gone = before - after
    db.session.execute(delete(UserRole).where(UserRole.user_id == user.id, UserRole.role.in_(gone)))
    # What a role opened must not stay open without it: row-level security reads this table.
    db.session.execute(
        delete(PracticeAccess).where(PracticeAccess.user_id == user.id, PracticeAccess.role.in_(gone))
    )
    _add_roles(user, after - before)
    _note(f"Roles changed from {_words(before)} to {_words(after)}.", by, user)


def _add_roles(user: User, roles: Iterable[Role]) -> None:
    db.session.add_all(UserRole(user_id=user.id, role=role) for role in sorted(roles))
    db.session.flush()


def _check_unique(draft: PersonDraft, own_id: int | None) -> None:
    problems = {}
    others = select(User.name).where(User.id != (own_id or 0))
    if other := db.session.scalar(others.where(User.email == draft.email)):
        problems["email"] = f"{other} has an account with this e-mail address."
    if draft.gphc_number and (
        other := db.session.scalar(others.where(User.gphc_number == draft.gphc_number))
    ):
        problems["gphc_number"] = f"{other} has an account with this GPhC number."
    if problems:
        raise Invalid(problems)


def renew_phrase(user: User, *, by: Actor) -> str:
    """Give an account a new pass phrase and end its sessions; return the phrase, which is stored nowhere.

    Raises:
        NotAllowed: they may not change this account, or it is switched off.
    """
    _check_may(by, queries.roles_of(user))
    if not user.active:
        raise NotAllowed("This account is switched off. Switch it on first.")
    phrase = _give_phrase(user)
    sessions.end_all(user.id)
    _note("New pass phrase made; every session ended.", by, user)
    return phrase


def _give_phrase(user: User) -> str:
    phrase = new_phrase()
    user.password_hash = sessions.hash_password(phrase)
    return phrase


def change_own_password(user: User, password: str, *, session_id: int, by: Actor) -> None:
    """Set one's own password, already checked; every session but this one ends.

    Raises:
        NotAllowed: it is someone else's account.
    """
    if by.user_id != user.id:
        raise NotAllowed("You can change your own password only.")
    user.password_hash = sessions.hash_password(password)
    others = select(UserSession.id).where(
        UserSession.user_id == user.id, UserSession.ended_at.is_(None), UserSession.id != session_id
    )
    for other in db.session.scalars(others):
        sessions.end_by_id(other, user_id=user.id)
    _note("Own password changed.", by, user)


def switch_off(user: User, *, by: Actor) -> None:
    """Switch an account off: its sessions end, and its work goes back or to the lead's list.

    Raises:
        NotAllowed: they may not change this account, or it is their own.
    """
    _check_may(by, queries.roles_of(user))
    if user.id == by.user_id:
        raise NotAllowed("You cannot switch off your own account: ask a lead or an administrator.")
    if not user.active:
        return
    user.active = False
    sessions.end_all(user.id)
    _note("Account switched off.", by, user)
    # By the hub and not by the person who acts: an administrator sees no tasks.
    _later(user, "go_off_shift", "watch")


def _later(user: User, *jobs: str) -> None:
    """Have the hub follow what this person may do at once instead of at the next tick."""
    for job in jobs:
        background.later(job, key=f"{job}:person:{user.id}:{clock.now().isoformat()}")


def switch_on(user: User, *, by: Actor) -> None:
    """Switch an account on again.

    Raises:
        NotAllowed: they may not change this account.
    """
    _check_may(by, queries.roles_of(user))
    if not user.active:
        user.active = True
        _note("Account switched on.", by, user)
        _later(user, "watch")


def sign_off(user: User, code: str, expires_on: dt.date | None, *, by: Actor) -> None:
    """Record a competence and its last day (None: no end); one that is there gets the new day.

    Raises:
        Invalid: the person is no clinician.
    """
    if Role.CLINICIAN not in queries.roles_of(user):
        raise Invalid({"code": f"{user.name} is no clinician: give them that role first."})
    row = insert(Competence).values(user_id=user.id, code=code, expires_on=expires_on)
    row = row.on_conflict_do_update(
        index_elements=["user_id", "code"], set_={"expires_on": row.excluded.expires_on}
    )
    db.session.execute(row)
    until = f"until {expires_on:%d-%b-%Y}" if expires_on else "without end"
    _note(f"Competence added: {competence_words(code)}, {until}.", by, user)
    _later(user, "watch")


def remove_competence(user: User, code: str, *, by: Actor) -> bool:
    """Take a competence away; return whether there was one."""
    statement = delete(Competence).where(Competence.user_id == user.id, Competence.code == code)
    gone = db.session.execute(statement.returning(Competence.code)).first() is not None
    if gone:
        _note(f"Competence removed: {competence_words(code)}.", by, user)
    return gone


def grant(
    user: User, role: Role, practices: Collection[Practice], *, by: Actor, can_sign_in: bool = False
) -> int:
    """Let a person raise for, or work in, these practices; return at how many that is new.

    `can_sign_in`: they can sign in to the clinical system there already, so work may come at once.

    Raises:
        Invalid: they do not have that role.
    """
    if role not in queries.roles_of(user):
        raise Invalid({"role": f"{user.name} does not have the role {role.value}: give it first."})
    ready = clock.now().astimezone(LONDON).date() if can_sign_in and role is Role.CLINICIAN else None
    rows = [
        {
            "user_id": user.id,
            "practice_id": practice.id,
            "role": role,
            "granted_at": clock.now(),
            "granted_by_id": by.user_id,
            "system_ready_on": ready,
            # Whom the hub itself lets in for a practice is its manager; they let in their own staff.
            "manages": role is Role.REQUESTER,
        }
        for practice in practices
    ]
    statement = insert(PracticeAccess).on_conflict_do_nothing().returning(PracticeAccess.practice_id)
    new = set(db.session.scalars(statement, rows)) if rows else set()
    for practice in practices:
        if practice.id in new:
            _note(f"Access to {practice.ods_code} {practice.name} as {role.value}.", by, user, practice)
    if new and role is Role.CLINICIAN:
        _later(user, "watch")
    return len(new)


def revoke(user: User, role: Role, practice: Practice, *, by: Actor) -> bool:
    """Take access in one role to one practice away; return whether there was any."""
    statement = delete(PracticeAccess).where(
        PracticeAccess.user_id == user.id,
        PracticeAccess.practice_id == practice.id,
        PracticeAccess.role == role,
    )
    gone = db.session.execute(statement.returning(PracticeAccess.role)).first() is not None
    if gone:
        _note(f"No more access to {practice.ods_code} {practice.name} as {role.value}.", by, user, practice)
    return gone


def _check_may(by: Actor, roles: frozenset[Role]) -> None:
    # A process of the hub acts for whoever may use the machine's terminal: the first account is made so.
    if by.system is None:
        check_may_manage(by.roles, roles)


def _words(roles: Collection[Role]) -> str:
    return ", ".join(role.value for role in Role if role in roles) or "nothing"


def _note(what: str, by: Actor, user: User, practice: Practice | None = None) -> None:
    note(what, by=by, at=clock.now(), user_id=user.id, practice_id=practice.id if practice else None)
