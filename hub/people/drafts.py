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


@dataclass(frozen=True)
class AccessDraft:
    """Access in one role to one practice or to every practice of a network that the hub works for."""

    role: Role
    practice_id: int | None
    network_id: int | None
