"""A clinician as the rules see one: what they may do, where, under whom, and whether they are there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from hub.domain.routing import Needs, competence_words
from hub.domain.vocabulary import Profession

# From so many days before its last day, whatever ends is shown to the lead and to the person.
ENDS_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SignOff:
    """That a person may do a kind of task: until when (None: no end), and whether only under supervision.

    `supervisor_id` names who must supervise; None leaves it to anyone who may.
    """

    ends: date | None = None
    supervised: bool = False
    supervisor_id: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A clinician as the rules see one, today.

    `competences` maps a code to its last day, None for no end. `registration_expires`
    is the last day of the registration; None means that nobody recorded it, which
    counts as not registered. `practices` are the ids they have access to, and
    `no_sign_in` those among them where they cannot sign in to the clinical system yet.

    `sign_offs` maps a kind and subtype ("" for the whole kind) to what was signed; with
    `all_kinds` whatever is not listed there is theirs by their profession.
    `supervises` says that they may supervise others; `supervisors` are those who
    might supervise this person, whether at work or not.

    `minutes_left` is what the shift still holds from now on, booked appointments taken
    out; `bound_minutes` is the planned time of what stands on their worklist already.
    `busy` says in which meeting or break they are: on shift, though not at work just now.
    `on_call` says that what cannot wait may be given to them now, at work or not.
    """

    id: int
    name: str
    profession: Profession
    is_prescriber: bool = False
    competences: Mapping[str, date | None] = field(default_factory=dict)
    registration_expires: date | None = None
    practices: frozenset[int] = frozenset()
    active: bool = True
    at_work: bool = False
    minutes_left: int = 0
    bound_minutes: int = 0
    all_kinds: bool = True
    sign_offs: Mapping[tuple[str, str], SignOff] = field(default_factory=dict)
    no_sign_in: frozenset[int] = frozenset()
    supervises: bool = False
    supervisors: "tuple[Person, ...]" = field(default=(), repr=False, compare=False)
    busy: str = ""
    on_call: bool = False

    @property
    def on_shift(self) -> bool:
        """Whether they are at work, or will be again after a meeting or a break."""
        return self.at_work or bool(self.busy)


def sign_off_for(person: Person, needs: Needs) -> SignOff | None:
    """Return what was signed for this kind of task: for its subtype, or else for the whole kind."""
    return person.sign_offs.get((needs.kind, needs.subtype)) or person.sign_offs.get((needs.kind, ""))


def signed_off_words(person: Person, needs: Needs, today: date) -> str | None:
    """Say why this person is not signed off for this kind of task, or None if they are.

    What was signed for a subtype counts before what was signed for its kind. What has ended
    refuses, also someone who may otherwise do every kind of their profession.
    """
    signed = sign_off_for(person, needs)
    if signed is None:
        return None if person.all_kinds else f"{person.name} is not signed off for {needs.what}."
    if signed.ends is not None and signed.ends < today:
        return f"{person.name}'s sign-off for {needs.what} ended on {signed.ends:%d-%b-%Y}."
    return None


def competence_title(code: str) -> str:
    """Return a competence's code as a title: "copd" is "COPD", "heart_failure" is "Heart failure"."""
    words = competence_words(code)
    return words[:1].upper() + words[1:]


def competence_in_date(person: Person, code: str, today: date) -> bool:
    """Say whether this person holds a competence today."""
    ends = person.competences.get(code)
    return code in person.competences and (ends is None or ends >= today)


def registered(person: Person, today: date) -> bool:
    """Say whether this person's registration is in date."""
    return person.registration_expires is not None and person.registration_expires >= today


def is_supervised(person: Person, needs: Needs) -> bool:
    """Say whether this person does this kind of task under supervision only."""
    signed = sign_off_for(person, needs)
    return signed is not None and signed.supervised


def may_supervise(supervisor: Person, needs: Needs, today: date) -> bool:
    """Say whether someone could stand for this task themselves, whether or not they may supervise at all.

    They need no access to the practice and need not prescribe, but everything else: account,
    registration, the competences asked for, and a sign-off of their own without supervision.
    A pharmacist may supervise what technicians do, never the other way round.
    """
    profession_fits = supervisor.profession in (Profession.PHARMACIST, *needs.professions)
    return (
        supervisor.active
        and registered(supervisor, today)
        and profession_fits
        and all(competence_in_date(supervisor, code, today) for code in needs.competences)
        and signed_off_words(supervisor, needs, today) is None
        and not is_supervised(supervisor, needs)
    )


def supervisors_for(person: Person, needs: Needs, today: date) -> tuple[Person, ...]:
    """Return who may supervise this person with this task, at work or not: whoever is named, or anyone."""
    signed = sign_off_for(person, needs)
    if signed is None or not signed.supervised:
        return ()
    named = signed.supervisor_id
    return tuple(
        one
        for one in person.supervisors
        if one.id != person.id
        and (one.supervises if named is None else one.id == named)
        and may_supervise(one, needs, today)
    )


def never_supervised_words(person: Person, needs: Needs, today: date) -> str | None:
    """Say that nobody in the hub may supervise this person with this task, or None if somebody may."""
    if not is_supervised(person, needs) or supervisors_for(person, needs, today):
        return None
    named = _named(person, needs)
    who = f"{named.name} may not supervise it now" if named else "nobody in the hub may supervise it"
    return f"{person.name} does {needs.what} only under supervision, and {who}."


def unsupervised_words(person: Person, needs: Needs, today: date) -> str | None:
    """Say that whoever may supervise this person is not on shift now, or None if somebody is."""
    able = supervisors_for(person, needs, today)
    if not able or any(one.on_shift for one in able):
        return None
    who = able[0].name if _named(person, needs) else "nobody who may supervise it"
    verb = "is not at work now" if _named(person, needs) else "is at work now"
    return f"{person.name} does {needs.what} only under supervision, and {who} {verb}."


def _named(person: Person, needs: Needs) -> Person | None:
    signed = sign_off_for(person, needs)
    wanted = signed.supervisor_id if signed else None
    return next((one for one in person.supervisors if one.id == wanted), None) if wanted else None
