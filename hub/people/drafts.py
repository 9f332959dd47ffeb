"""What an account is to be, once it has been read from a form."""

import datetime as dt
from dataclasses import dataclass

from hub.domain.vocabulary import Profession, Role


@dataclass(frozen=True)
class PersonDraft:
    """A person's account; profession, registration and prescriber are a clinician's only."""

    name: str
    email: str
    roles: frozenset[Role]
    profession: Profession | None = None
    gphc_number: str | None = None
    registration_expires_on: dt.date | None = None
    is_prescriber: bool = False
    all_kinds: bool = False
    supervises: bool = False


@dataclass(frozen=True)
class AccessDraft:
    """Access in one role to one practice or to every practice of a network that the hub works for.

    `can_sign_in`: a clinician can sign in to the clinical system there already.
    """

    role: Role
    practice_id: int | None
    network_id: int | None
    can_sign_in: bool = False


@dataclass(frozen=True)
class SignOffDraft:
    """What somebody signed that a clinician may do: a kind, or (subtype) a part of it.

    `supervisor_id` names who must supervise; None leaves it to anyone who may.
    """

    kind: str
    subtype: str
    signed_by: str
    expires_on: dt.date | None
    supervised: bool
    supervisor_id: int | None


@dataclass(frozen=True)
class InvitationDraft:
    """Whom a practice invites; `manages`: they may let others in and change the practice's facts."""

    name: str
    email: str
    manages: bool
