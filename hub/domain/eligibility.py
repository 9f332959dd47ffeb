"""May this person do this task? A ladder of questions; each refusal is one plain sentence.

The same sentence stands in the tooltip, on the 403 page and in the audit reason.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from hub.domain.errors import NotAllowed
from hub.domain.kinds import Outcome, SafetyFact
from hub.domain.people import Person as Person
from hub.domain.people import competence_in_date, never_supervised_words, signed_off_words, unsupervised_words
from hub.domain.routing import Needs, competence_words, who_phrase
from hub.domain.vocabulary import Band, FactAnswer, Profession

ForAct = Literal["assign", "take", "start", "complete"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not. `hard` is for good: nobody may override it; a soft one yields to a lead's reason."""

    rung: str
    hard: bool
    sentence: str


def refusals(person: Person, needs: Needs, *, today: date, for_act: ForAct = "assign") -> tuple[Refusal, ...]:
    """Return every reason why `person` may not do this, in ladder order; empty means they may.

    Hard rungs count for every act, but whether a supervisor is on shift now does not for
    "complete", where it is asked who supervised. At work and minutes left count for "assign" and
    "take" (minutes already bound are gone), and for "start" (where the task itself is
    among the bound ones, so only the shift's end matters). "complete" asks neither: what
    was done must be recordable after the shift. Band 1 overrides minutes; whoever is on call
    may be given it. Whoever takes or starts something is there, whatever meeting is on.
    """
    if for_act == "complete":
        return standing_refusals(person, needs, today=today)
    return (*hard_refusals(person, needs, today=today), *_soft_refusals(person, needs, for_act))


def hard_refusals(person: Person, needs: Needs, *, today: date) -> tuple[Refusal, ...]:
    """Return the refusals that nobody overrides, as they stand now, in ladder order."""
    return _refusals(_HARD_RUNGS, person, needs, today)


def standing_refusals(person: Person, needs: Needs, *, today: date) -> tuple[Refusal, ...]:
    """Return the hard refusals that do not pass when a colleague comes to work."""
    return _refusals(_STANDING_RUNGS, person, needs, today)


def may_do(person: Person, needs: Needs, *, today: date) -> bool:
    """Say whether no hard rung refuses now: all that may still be missing is their own time at work."""
    return all(ask(person, needs, today) is None for _, ask in _HARD_RUNGS)


def may_ever_do(person: Person, needs: Needs, *, today: date) -> bool:
    """Say whether this person could do it on some day, with whoever supervises them at work too."""
    return all(ask(person, needs, today) is None for _, ask in _STANDING_RUNGS)


def nobody_words(needs: Needs) -> dict[str, str]:
    """Return, rung by rung down the ladder, what to say of the whole hub when it leaves nobody."""
    who = who_phrase(needs)
    asked = " and ".join(map(competence_words, needs.competences))
    able = f"{who} with {asked} competence" if asked else who
    return {
        "account": "No clinician has an account that is switched on.",
        "profession": f"The hub has no {' or '.join(needs.professions)}.",
        "prescriber": f"The hub has no {who}.",
        "competence": f"No {who} has {asked} competence in date.",
        "sign_off": f"No {able} is signed off for {needs.what}.",
        "registration": f"No {able} has a registration in date.",
        "access": f"No {able} has access to {needs.practice_name}.",
        "sign_in": f"No {able} can sign in to the clinical system of {needs.practice_name} yet.",
        "supervision": f"No {able} may do {needs.what} without supervision, and nobody may supervise it.",
    }


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
        if not competence_in_date(person, code, today):
            return f"{person.name}'s {name} competence ended on {person.competences[code]:%d-%b-%Y}."
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


def _sign_in(person: Person, needs: Needs, today: date) -> str | None:
    if needs.practice_id not in person.no_sign_in:
        return None
    return f"{person.name} cannot sign in to the clinical system of {needs.practice_name} yet."


def _refusals(
    rungs: "tuple[tuple[str, _Rung], ...]", person: Person, needs: Needs, today: date
) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(rung, True, sentence)
        for rung, ask in rungs
        if (sentence := ask(person, needs, today)) is not None
    )


def _not_there_words(person: Person, needs: Needs, for_act: ForAct) -> str | None:
    if person.at_work or (person.on_call and needs.band is Band.NOW):
        return None
    if not person.busy:
        return f"{person.name} is not at work now."
    return f"{person.name} is {person.busy}." if for_act == "assign" else None


def _soft_refusals(person: Person, needs: Needs, for_act: ForAct) -> tuple[Refusal, ...]:
    found = []
    if (sentence := _not_there_words(person, needs, for_act)) is not None:
        found.append(Refusal("at_work", False, sentence))
    bound = 0 if for_act == "start" else person.bound_minutes
    free = max(person.minutes_left - bound, 0)
    if needs.minutes > free and needs.band is not Band.NOW:
        sentence = f"{person.name} has {free} minutes free today; this needs {needs.minutes}."
        found.append(Refusal("minutes", False, sentence))
    return tuple(found)


_Rung = Callable[[Person, Needs, date], str | None]

# The order is the ladder: the first refusal is the one a person reads.
_STANDING_RUNGS: tuple[tuple[str, _Rung], ...] = (
    ("account", _account),
    ("profession", _profession),
    ("prescriber", _prescriber),
    ("competence", _competence),
    ("sign_off", signed_off_words),
    ("registration", _registration),
    ("access", _access),
    ("sign_in", _sign_in),
    ("supervision", never_supervised_words),
)
_HARD_RUNGS: tuple[tuple[str, _Rung], ...] = (*_STANDING_RUNGS, ("supervised_now", unsupervised_words))
