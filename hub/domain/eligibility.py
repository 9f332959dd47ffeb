"""May this person do this task? A ladder of questions; each refusal is one plain sentence.

The same sentence stands in the tooltip, on the 403 page and in the audit reason.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from hub.domain.errors import NotAllowed
from hub.domain.kinds import Outcome, SafetyFact
from hub.domain.routing import Needs, competence_words
from hub.domain.vocabulary import Band, FactAnswer, Profession

ForAct = Literal["assign", "take", "start", "complete"]


@dataclass(frozen=True, slots=True)
class Person:
    """A clinician as the rules see one, today.

    `competences` maps a code to its last day, None for no end. `registration_expires`
    is the last day of the registration; None means that nobody recorded it, which
    counts as not registered. `practices` are the ids they have access to.
    `minutes_left` is what the shift still holds from now on, booked appointments taken
    out; `bound_minutes` is the planned time of what stands on their worklist already.
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


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not. `hard` is for good: nobody may override it; a soft one yields to a lead's reason."""

    rung: str
    hard: bool
    sentence: str


def refusals(person: Person, needs: Needs, *, today: date, for_act: ForAct = "assign") -> tuple[Refusal, ...]:
    """Return every reason why `person` may not do this, in ladder order; empty means they may.

    Hard rungs count for every act. At work and minutes left count for "assign" and
    "take" (minutes already bound are gone), and for "start" (where the task itself is
    among the bound ones, so only the shift's end matters). "complete" asks neither: what
    was done must be recordable after the shift. Band 1 overrides minutes.
    """
    hard = hard_refusals(person, needs, today=today)
    return hard if for_act == "complete" else (*hard, *_soft_refusals(person, needs, for_act))


def hard_refusals(person: Person, needs: Needs, *, today: date) -> tuple[Refusal, ...]:
    """Return the refusals that nobody overrides, in ladder order."""
    return tuple(
        Refusal(rung, True, sentence)
        for rung, ask in _HARD_RUNGS
        if (sentence := ask(person, needs, today)) is not None
    )


def may_do(person: Person, needs: Needs, *, today: date) -> bool:
    """Say whether no hard rung refuses: this person could do it on some day at work."""
    return all(ask(person, needs, today) is None for _, ask in _HARD_RUNGS)


def check_may_do(
    person: Person, needs: Needs, *, today: date, for_act: ForAct, lead_reason: str = ""
) -> None:
    """Let the act pass, or say why not.

    `lead_reason` is what a lead typed to override the soft rungs; hard rungs ignore it.

    Raises:
        NotAllowed: with the sentence of the first refusal.
    """
    for refusal in refusals(person, needs, today=today, for_act=for_act):
        if refusal.hard or not lead_reason.strip():
            raise NotAllowed(refusal.sentence)


def who_could(
    people: Iterable[Person], needs: Needs, today: date
) -> list[tuple[Person, tuple[Refusal, ...]]]:
    """Return everyone with their refusals: first who may now, then who could with a lead's reason.

    Within each group the person with most time free stands first.
    """
    judged = [(person, refusals(person, needs, today=today)) for person in people]
    return sorted(
        judged,
        key=lambda pair: (
            any(refusal.hard for refusal in pair[1]),
            len(pair[1]),
            pair[0].bound_minutes - pair[0].minutes_left,
            pair[0].name,
            pair[0].id,
        ),
    )


def may_record(
    outcome: Outcome,
    profession: Profession,
    answers: Mapping[str, FactAnswer],
    facts: Sequence[SafetyFact] = (),
) -> Refusal | None:
    """Say why this profession may not record `outcome`, or None if it may.

    `answers` maps a fact's code to its answer; a code that is missing was not told.
    A technician outside `outcome.professions` may record it only where the outcome names
    facts and every one of them was answered no. `facts` lend their words to the sentence.
    """
    if profession in outcome.professions:
        return None
    if profession is Profession.TECHNICIAN and outcome.technician_unless:
        return _technician_refusal(outcome, answers, {fact.code: fact.signal for fact in facts})
    allowed = " or ".join(outcome.professions)
    return Refusal("outcome", True, f"Only a {allowed} may record '{outcome.label}'.")


def _technician_refusal(
    outcome: Outcome, answers: Mapping[str, FactAnswer], words: Mapping[str, str]
) -> Refusal | None:
    said = {FactAnswer.YES: "is answered yes", FactAnswer.NOT_SURE: "is answered not sure"}
    for code in outcome.technician_unless:
        answer = answers.get(code)
        if answer != FactAnswer.NO:
            fact = words.get(code, code.replace("_", " "))
            told = "was not told" if answer is None else said[answer]
            return Refusal(
                "outcome", True, f"A technician may not record '{outcome.label}' here: {fact} {told}."
            )
    return None


def _account(person: Person, needs: Needs, today: date) -> str | None:
    return None if person.active else f"{person.name}'s account is switched off."


def _profession(person: Person, needs: Needs, today: date) -> str | None:
    if person.profession in needs.professions:
        return None
    allowed = " or ".join(needs.professions)
    return f"{person.name} is a {person.profession}; this needs a {allowed}."


def _prescriber(person: Person, needs: Needs, today: date) -> str | None:
    if person.is_prescriber or not needs.needs_prescriber:
        return None
    return f"{person.name} is not a prescriber; this needs one."


def _competence(person: Person, needs: Needs, today: date) -> str | None:
    for code in needs.competences:
        name = competence_words(code)
        if code not in person.competences:
            return f"{person.name} is not signed off for {name}."
        ends = person.competences[code]
        if ends is not None and ends < today:
            return f"{person.name}'s {name} competence ended on {ends:%d-%b-%Y}."
    return None


def _registration(person: Person, needs: Needs, today: date) -> str | None:
    ends = person.registration_expires
    if ends is None:
        return f"{person.name}'s registration has no end date on record."
    return f"{person.name}'s registration ended on {ends:%d-%b-%Y}." if ends < today else None


def _access(person: Person, needs: Needs, today: date) -> str | None:
    if needs.practice_id in person.practices:
        return None
    return f"{person.name} has no access to {needs.practice_name}."


def _soft_refusals(person: Person, needs: Needs, for_act: ForAct) -> tuple[Refusal, ...]:
    found = []
    if not person.at_work:
        found.append(Refusal("at_work", False, f"{person.name} is not at work now."))
    bound = 0 if for_act == "start" else person.bound_minutes
    free = max(person.minutes_left - bound, 0)
    if needs.minutes > free and needs.band is not Band.NOW:
        sentence = f"{person.name} has {free} minutes free today; this needs {needs.minutes}."
        found.append(Refusal("minutes", False, sentence))
    return tuple(found)


_Rung = Callable[[Person, Needs, date], str | None]

# The order is the ladder: the first refusal is the one a person reads.
_HARD_RUNGS: tuple[tuple[str, _Rung], ...] = (
    ("account", _account),
    ("profession", _profession),
    ("prescriber", _prescriber),
    ("competence", _competence),
    ("registration", _registration),
    ("access", _access),
)
