"""Who could do a task, and why not the others: sentences in groups, so that it reads well with 300 people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.domain.eligibility import Person, Refusal
from hub.domain.routing import Needs, who_phrase
from hub.domain.vocabulary import Band, Profession, Status, WaitingOn
from hub.worklist.presenters import WAITING_FOR, hours

FEW = 5  # so many stand on the page at once; more are one click away


@dataclass(frozen=True)
class Group:
    """People who meet the same answer: what it is in a few words, and one sentence for each of them."""

    title: str
    lines: list[str]

    @property
    def is_small(self) -> bool:
        """Say whether all of its lines may stand on the page at once."""
        return len(self.lines) <= FEW


@dataclass(frozen=True)
class Could:
    """Who could do a task: in a few words how many, then who now, who with a lead's reason, and who not.

    `not_now` says why nobody is given it at present, whoever could do it, or "".
    """

    words: str
    not_now: str
    now: Group | None
    soft: list[Group]
    hard: list[Group]


def could_do(
    judged: Sequence[tuple[Person, tuple[Refusal, ...]]],
    needs: Needs,
    closes: Mapping[Profession, bool],
    not_now: str = "",
    *,
    holder_id: int | None = None,
) -> Could:
    """Return who could do it, and why not; `closes` says which profession may also finish it.

    `holder_id` is whose list it is on, if anyone's.
    `not_now` is as `not_now()` says it: then nobody stands there as if they could have it now.

    Everyone stands in the group of the first rung that refuses them, with that rung's sentence: the same
    that they are told themselves. Whoever only lacks time also reads how much.
    """
    able = [person for person, refusals in judged if not refusals]
    preparing = sum(not closes[person.profession] for person in able)
    words = f"{len(able)} now" + (f", {preparing} of them only to prepare it" if preparing else "")
    title = "may do it once that is over" if not_now else "now"
    now = Group(
        _people(len(able), title),
        [_free(person, closes[person.profession], has_it=person.id == holder_id) for person in able],
    )
    refused = [refusals for _, refusals in judged if refusals]
    titles = _titles(needs)
    return Could(
        "nobody now" if not_now else words,
        not_now,
        now if able else None,
        _groups([one for one in refused if not any(each.hard for each in one)], titles, whole=True),
        _groups([one for one in refused if any(each.hard for each in one)], titles),
    )


def without_its_own(people: Sequence[Person], task: Any) -> list[Person]:
    """Return the people; what is booked for the task itself does not count against whoever has it."""
    if task.booked_on is None:
        return list(people)
    return [
        replace(one, bound_minutes=max(one.bound_minutes - task.minutes, 0))
        if one.id == task.assignee_id
        else one
        for one in people
    ]


_AWAY = " is not at work now."


def not_now(task: Any, *, held: str, kept_for: str) -> str:
    """Say why nobody is given the task now, whoever may do it; "" if somebody could have it.

    `held` names its practice while a lead holds that, `kept_for` whom it is reserved for.
    """
    status = Status(task.status)
    if status is Status.SENT_BACK:
        return "Nobody now: it is with the practice, which must correct or stop it."
    if status is Status.RAISED:
        return "Nobody now: the hub is still placing it."
    if status is Status.WAITING:
        on = WAITING_FOR[WaitingOn(task.waiting_on)] if task.waiting_on else "someone"
        return f"Nobody now: it waits for {on}, and then goes back to whoever has it."
    if status is Status.QUEUED and held:
        return f"Nobody is given it now: {held} is held, so the hub gives out none of its work."
    if status is Status.QUEUED and kept_for and task.effective_band != Band.NOW:
        return f"Nobody but {kept_for} now: it is reserved for {kept_for}."
    return ""


def _free(person: Person, may_close: bool, *, has_it: bool) -> str:
    left = hours(max(person.minutes_left - person.bound_minutes, 0))
    time = f"has it; {left} free today for it and others" if has_it else f"{left} free today"
    words = f"{person.name}, {person.profession}: {time}."
    return words if may_close else f"{words} May prepare it; a pharmacist must finish it."


def _groups(
    refused: Sequence[tuple[Refusal, ...]], titles: Mapping[str, str], *, whole: bool = False
) -> list[Group]:
    """Return one group per first refusal, down the ladder; `whole` shows every sentence of each person."""
    found: dict[str, list[str]] = {}
    for refusals in refused:
        sentences = [one.sentence for one in refusals]
        found.setdefault(refusals[0].rung, []).append(_joined(sentences if whole else sentences[:1]))
    order = {rung: place for place, rung in enumerate(titles)}
    return [
        Group(_people(len(found[rung]), titles.get(rung, rung)), found[rung])
        for rung in sorted(found, key=lambda rung: order.get(rung, len(order)))
    ]


def _joined(sentences: Sequence[str]) -> str:
    """Return one person's sentences as one text, in which the name stands once where two may be joined."""
    first, *others = sentences
    name = first.removesuffix(_AWAY)
    if name != first and len(others) == 1 and others[0].startswith(f"{name} has "):
        return f"{first[:-1]}, and{others[0].removeprefix(name)}"
    return " ".join(sentences)


def _people(count: int, what: str) -> str:
    return f"{what[:1].upper()}{what[1:]}: {count:,} {'person' if count == 1 else 'people'}"


def _titles(needs: Needs) -> dict[str, str]:
    """Return each rung in a few words, in the order of the ladder."""
    return {
        "account": "account switched off",
        "profession": f"not a {' or '.join(needs.professions)}",
        "prescriber": f"not a {who_phrase(needs)}",
        "competence": "without the competence in date",
        "sign_off": f"not signed off for {needs.what}",
        "registration": "registration not in date",
        "access": f"no access to {needs.practice_name}",
        "sign_in": f"no sign-in yet at {needs.practice_name}",
        "supervision": "only under supervision, and nobody may supervise it",
        "supervised_now": "only under supervision, and nobody supervises now",
        "at_work": "not at work now",
        "minutes": "not enough minutes left today",
    }
