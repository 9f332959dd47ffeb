"""How people, their registration and their competences are shown: words and warnings."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hub.domain.people import ENDS_SOON
from hub.domain.people import competence_title as competence_title  # templates and views show with it
from hub.domain.routing import competence_words
from hub.domain.vocabulary import Role

ROLE_WORDS = {
    Role.REQUESTER: "Requester",
    Role.CLINICIAN: "Clinician",
    Role.LEAD: "Lead",
    Role.ADMIN: "Administrator",
}
ROLE_HINTS = {
    Role.REQUESTER: "Works at a practice: raises requests and answers questions",
    Role.CLINICIAN: "A pharmacist or pharmacy technician who does the work",
    Role.LEAD: "Balances the work and staffs the hub",
    Role.ADMIN: "Looks after accounts and settings; sees no patients",
}


@dataclass(frozen=True)
class Step:
    """An act that is asked about first: the question, what the act does, and its button."""

    title: str
    effects: tuple[str, ...]
    button: str


NEW_PHRASE = Step(
    "Make a new pass phrase for {name}?",
    (
        "The password or pass phrase that they have now stops working at once.",
        "They are signed out everywhere; what they have typed and not sent is lost.",
        "The new pass phrase is shown to you once, and you tell it to them yourself.",
    ),
    "Make a new pass phrase",
)
SWITCH_OFF = Step(
    "Switch off the account of {name}?",
    (
        "They are signed out everywhere at once and cannot sign in.",
        "Work on their worklist that they have not started goes back to its queues, with its age.",
        "Work that they have started goes onto the leads' list of decisions.",
        "Nothing is deleted: their history stays, and the account can be switched on again.",
    ),
    "Switch the account off",
)


@dataclass(frozen=True)
class ToStaff:
    """One of the things that a clinician needs before work comes to them; where it is given."""

    words: str
    done: bool
    endpoint: str = ""
    anchor: str | None = None


def to_staff(*, may_do: bool, has_practices: bool, has_shifts: bool) -> list[ToStaff]:
    """Return what a clinician needs, in the order of giving it; nothing once all of it is there."""
    steps = [
        ToStaff("Competences, and kinds of task they may do", may_do, "people.person", "competences"),
        ToStaff("Practices they work in", has_practices, "people.person", "access"),
        ToStaff("Shifts", has_shifts, "rota.person"),
    ]
    return [] if all(step.done for step in steps) else steps


@dataclass(frozen=True)
class Tag:
    """A short state with its colour in the design system."""

    text: str
    colour: str


@dataclass(frozen=True)
class Signed:
    """One competence as its row shows it."""

    code: str
    name: str
    until: str
    tag: Tag | None


def role_options(offered: Collection[Role] = tuple(Role)) -> list[dict[str, str]]:
    """Return the roles as boxes to tick: those that whoever fills in the form may give."""
    return [
        {"value": role, "text": ROLE_WORDS[role], "hint": ROLE_HINTS[role]}
        for role in Role
        if role in offered
    ]


def role_list(roles: Collection[Role]) -> str:
    """Return roles in words: "Clinician, Lead"."""
    return ", ".join(ROLE_WORDS[role] for role in Role if role in roles) or "None"


def profession_words(profession: str | None, is_prescriber: bool) -> str:
    """Return "Pharmacist, prescriber" and the like."""
    if profession is None:
        return "None"
    return profession.capitalize() + (", prescriber" if is_prescriber else "")


def ends_tag(ends_on: dt.date | None, today: dt.date) -> Tag | None:
    """Return the warning for something whose last day is `ends_on`; None while it is far away."""
    if ends_on is None:
        return None
    if ends_on < today:
        return Tag("Ended", "red")
    return Tag("Ends soon", "orange") if is_ending(ends_on, today) else None


def registration_over(ends_on: dt.date | None, today: dt.date) -> str:
    """Say what a registration that has ended means, or ""."""
    if ends_on is None or ends_on >= today:
        return ""
    return (
        f"The registration ended on {ends_on:%d-%b-%Y}, so no work will be given to them. "
        "Enter the new day when it is renewed."
    )


def competence_over(code: str, ends_on: dt.date | None, today: dt.date) -> str:
    """Say what a competence that has ended means, or ""."""
    if ends_on is None or ends_on >= today:
        return ""
    name = competence_words(code)
    return f"It ended on {ends_on:%d-%b-%Y}, so no work that needs {name} will be given to them."


def ends_shown(ends: Sequence[tuple[dt.date, str]], today: dt.date) -> list[tuple[str, Tag | None]]:
    """Return what has ended or ends soon, else what ends first, as "Asthma, 03-Mar-2027" with its tag."""
    soon = [one for one in ends if is_ending(one[0], today)]
    return [(f"{words}, {day:%d-%b-%Y}", ends_tag(day, today)) for day, words in soon or ends[:1]]


def is_ending(day: dt.date, today: dt.date) -> bool:
    """Say whether something whose last day this is has ended, or ends within `ENDS_SOON`."""
    return day - today <= ENDS_SOON


def ending_lines(ends: Iterable[tuple[dt.date, str]], today: dt.date) -> list[str]:
    """Say in a sentence each what has ended or ends within `ENDS_SOON`, first to end first."""
    return [
        f"{words} ended on {day:%d-%b-%Y}: no work that needs it is given."
        if day < today
        else f"{words} ends on {day:%d-%b-%Y}."
        for day, words in ends
        if is_ending(day, today)
    ]


def kinds_words(all_kinds: bool, profession: str | None) -> str:
    """Say which kinds of task someone may do."""
    if all_kinds:
        return f"Every kind that a {profession} may do, except what has ended below"
    return "Only what they are signed off for below"


@dataclass(frozen=True)
class SignedKind:
    """One sign-off as its row shows it."""

    kind: str
    subtype: str
    name: str
    signed: str
    until: str
    tag: Tag | None
    how: str


def signed_kind(one: Any, supervisor: str | None, name: str, today: dt.date) -> SignedKind:
    """Return one sign-off for its row; `one` is a `SignOff`, `name` the words for its kind."""
    how = "On their own"
    if one.supervised:
        how = f"Under supervision by {supervisor or 'anyone who may supervise'}"
    until = f"{one.expires_on:%d-%b-%Y}" if one.expires_on else "No end"
    signed = f"{one.signed_by}, {one.signed_on:%d-%b-%Y}"
    return SignedKind(one.kind, one.subtype, name, signed, until, ends_tag(one.expires_on, today), how)


def competence_row(code: str, expires_on: dt.date | None, today: dt.date) -> Signed:
    """Return one competence for its row."""
    until = f"{expires_on:%d-%b-%Y}" if expires_on else "No end"
    return Signed(code, competence_title(code), until, ends_tag(expires_on, today))
