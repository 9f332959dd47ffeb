"""What was typed about people, read into plain values or refused with sentences."""

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence

from hub.domain.errors import Invalid
from hub.domain.identifiers import gphc_number
from hub.domain.vocabulary import Profession, Role
from hub.forms import Reader
from hub.people import passwords
from hub.people.drafts import AccessDraft, PersonDraft, SignOffDraft

ALL_KINDS, LISTED_KINDS = KIND_CHOICES = ("all", "listed")
ACCESS_ROLES = (Role.REQUESTER, Role.CLINICIAN)
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def parse_person(form: Mapping[str, str], roles: Sequence[str]) -> PersonDraft:
    """Read the form of a person; `roles` are the boxes ticked. Raises Invalid with every problem."""
    reader = Reader(form)
    name = reader.text("name", "Enter the person's name.", longest=100)
    email = reader.email("email", "Enter the person's e-mail address.")
    chosen = frozenset(Role(role) for role in roles if role in list(Role))
    if not chosen:
        reader.problem("roles", "Choose at least one role.")
    if Role.CLINICIAN not in chosen:
        reader.done()
        return PersonDraft(name, email, chosen)
    profession = _profession(reader)
    draft = PersonDraft(
        name=name,
        email=email,
        roles=chosen,
        profession=profession,
        gphc_number=_registration(reader, profession),
        registration_expires_on=_expiry(reader, "registration", "the day the registration ends"),
        is_prescriber=reader.choice("prescriber", ("yes", "no"), "Say whether they prescribe.") == "yes",
        all_kinds=reader.choice("kinds", KIND_CHOICES, "Say which kinds of task they may do.") == ALL_KINDS,
        supervises=reader.choice("supervises", ("yes", "no"), "Say whether they may supervise others.")
        == "yes",
    )
    if draft.is_prescriber and profession is Profession.TECHNICIAN:
        reader.problem("prescriber", "A pharmacy technician does not prescribe: choose No.")
    reader.done()
    return draft


def _profession(reader: Reader) -> Profession | None:
    value = reader.choice(
        "profession", list(Profession), "A clinician is a pharmacist or a technician: choose."
    )
    return Profession(value) if value else None


def _registration(reader: Reader, profession: Profession | None) -> str | None:
    typed = reader.text("gphc_number", "Enter the GPhC number: it has 7 digits.", longest=20)
    if not typed or profession is None:
        return None
    try:
        return gphc_number(typed, profession)
    except ValueError as error:
        reader.problem("gphc_number", str(error))
        return None


def _expiry(reader: Reader, name: str, what: str, *, required: bool = True) -> dt.date | None:
    day = reader.date(name, what, required=required)
    if day is not None and not 2000 <= day.year <= 2099:
        reader.problem(name, "Enter a year from 2000 to 2099.")
    return day


def parse_competence(form: Mapping[str, str], known: Collection[str]) -> tuple[str, dt.date | None]:
    """Read a competence's code, chosen or typed, and its last day (None: no end). Raises Invalid."""
    reader = Reader(form)
    code = reader.choice("code", [*known, "other"], "Choose a competence.")
    if code == "other":
        code = re.sub(r"[\s-]+", "_", reader.text("other_code", "Enter the competence.", longest=40).lower())
        if code and not _CODE.fullmatch(code):
            reader.problem("other_code", "Use letters, digits and spaces, for example minor illness.")
    expires_on = _expiry(reader, "expires_on", "the last day", required=False)
    reader.done()
    return code, expires_on


def parse_access(
    form: Mapping[str, str], practice_ids: Collection[int], network_ids: Collection[int]
) -> AccessDraft:
    """Read a role and either a practice or a network, from those offered. Raises Invalid."""
    reader = Reader(form)
    role = reader.choice("role", ACCESS_ROLES, "Say whether they raise requests or do the work there.")
    practice = reader.choice(
        "practice", [str(one) for one in practice_ids], "Choose a practice from the list.", required=False
    )
    network = reader.choice(
        "network", [str(one) for one in network_ids], "Choose a network from the list.", required=False
    )
    if not practice and not network:
        reader.problem("practice", "Choose a practice, or a network for all of its practices.")
    if practice and network:
        reader.problem("practice", "Choose either a practice or a network, not both.")
    reader.done()
    return AccessDraft(
        Role(role),
        int(practice) if practice else None,
        int(network) if network else None,
        can_sign_in=form.get("can_sign_in") == "yes",
    )


def parse_sign_off(
    form: Mapping[str, str], kinds: Collection[str], supervisors: Collection[int]
) -> SignOffDraft:
    """Read for what somebody was signed off, by whom, until when and how; `kinds` are "SMR", "LTC:AST" ...

    Raises Invalid with every problem.
    """
    reader = Reader(form)
    kind, _, subtype = reader.choice("kind", kinds, "Choose a kind of task.").partition(":")
    signed_by = reader.text(
        "signed_by", "Enter who signed: the name and post of whoever checked this.", longest=100
    )
    expires_on = _expiry(reader, "signed_until", "the last day", required=False)
    how = reader.choice("how", ("alone", "supervised"), "Say whether they do it on their own.")
    ids = [str(one) for one in supervisors]
    named = reader.choice("supervisor", ids, "Choose a supervisor from the list.", required=False)
    if named and how == "alone":
        reader.problem("supervisor", "Nobody supervises what is done on one's own: choose one or the other.")
    reader.done()
    return SignOffDraft(
        kind, subtype, signed_by, expires_on, how == "supervised", int(named) if named else None
    )


def parse_own_password(form: Mapping[str, str], *, own_words: tuple[str, ...]) -> tuple[str, str]:
    """Read the present and the new password. Raises Invalid; neither is ever shown again."""
    now, new = form.get("password", ""), form.get("new_password", "")
    problems = {}
    if not now:
        problems["password"] = "Enter the password that you have now."  # noqa: S105, a sentence
    refusal = passwords.check(new, own_words=own_words)
    if refusal:
        problems["new_password"] = refusal
    elif new == now:
        problems["new_password"] = "This is the password that you have now. Choose another."  # noqa: S105
    if problems:
        raise Invalid(problems)
    return now, new
