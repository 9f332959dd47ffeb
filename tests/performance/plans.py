"""Invented hubs to plan for: kinds, people, shifts, access, and work that is partly on someone."""

import random
from dataclasses import dataclass, replace

from hub.domain.rebalancing.problem import Person, Problem, Task

WEIGHTS = {1: 64, 2: 16, 3: 4, 4: 2, 5: 1}
# 25 kinds: band, minutes, the competence needed beyond the profession ("" for none), who may.
KINDS = tuple(
    (band, minutes, competence, professions)
    for band, minutes, competence, professions in (
        (1, 15, "", "p"), (1, 10, "", "pt"), (2, 15, "", "p"), (2, 20, "anticoagulation", "p"),
        (2, 10, "", "pt"), (2, 25, "", "p"), (3, 20, "", "pt"), (3, 15, "", "pt"), (3, 30, "diabetes", "p"),
        (3, 25, "", "p"), (3, 12, "", "t"), (3, 10, "", "pt"), (3, 45, "", "p"), (4, 30, "asthma", "p"),
        (4, 30, "copd", "p"), (4, 30, "diabetes", "p"), (4, 45, "", "p"), (4, 60, "", "p"), (4, 20, "", "pt"),
        (4, 8, "", "t"), (4, 5, "", "pt"), (5, 10, "", "pt"), (5, 15, "", "t"), (5, 5, "", "pt"),
        (5, 20, "anticoagulation", "p"),
    )
)  # fmt: skip
SHARE_OF_BAND = {1: 3, 2: 10, 3: 37, 4: 35, 5: 15}
# How far ahead, in working minutes, work of a band falls due; some of it is late already.
SLACK = {1: (-60, 240), 2: (-200, 900), 3: (-600, 3000), 4: (-1500, 9000), 5: (-2000, 20000)}
SHIFTS = (0, 0, 60, 120, 180, 225, 225, 300, 330, 375, 420, 450, 450, 450, 450)
COMPETENCES = ("anticoagulation", "diabetes", "asthma", "copd")


@dataclass(frozen=True)
class _Clinician:
    person: Person
    pharmacist: bool
    competences: frozenset[str]
    access: frozenset[int]


def hub(tasks: int, clinicians: int, load: float, seed: int, shape: str = "") -> Problem:
    """Return an invented problem: all tasks' minutes are `load` times all people's.

    Kinds keep their relation to each other; their minutes are scaled to meet the load.
    Three in four people are pharmacists, about the share of the minutes that only they may do.
    About 35 % of all pairs of task and person may be, and 60 % of tasks are on someone.
    `shape` asks for a harder hub: "familiar", where work is mostly on who knows its practice
    already, or "scarce", where only two in three are pharmacists.
    """
    chance = random.Random(f"{tasks} {clinicians} {load} {seed}")
    practices = range(max(12, clinicians // 4))
    people = [
        _clinician(number, practices, chance, 3 if shape == "scarce" else 4)
        for number in range(1, clinicians + 1)
    ]
    kinds = chance.choices(KINDS, [SHARE_OF_BAND[kind[0]] / _alike(kind[0]) for kind in KINDS], k=tasks)
    capacity = sum(one.person.minutes for one in people)
    scale = load * capacity / sum(kind[1] for kind in kinds)
    groups: dict[tuple[str, str, int], int] = {}
    made = []
    for number, (band, minutes, competence, professions) in enumerate(kinds, start=1):
        practice = chance.choice(practices)
        slack = chance.randint(*SLACK[band])
        exact = minutes * scale
        rounded = int(exact) + (chance.random() < exact - int(exact))
        made.append(
            Task(
                number, max(1, rounded), WEIGHTS[band], _breach(slack), slack,
                groups.setdefault((competence, professions, practice), len(groups)), practice,
                patient_id=chance.randint(1, 3 * tasks), rank=number,
            )
        )  # fmt: skip
    able = tuple(_able(people, *group) for group in groups)
    persons = [one.person for one in people]
    given_out = _given_out(made, able, persons, shape == "familiar", chance)
    return Problem(tuple(given_out), tuple(persons), able)


def _alike(band: int) -> int:
    return sum(kind[0] == band for kind in KINDS)


def _breach(slack: int) -> float:
    """A chance that falls from 1 for what is late to little for what is due in ten days."""
    return round(min(1.0, max(0.02, 1.0 - slack / 4500)), 2)


def _clinician(number: int, practices: range, chance: random.Random, one_in: int) -> _Clinician:
    access = frozenset(chance.sample(practices, round(len(practices) * chance.uniform(0.3, 0.7))))
    regular = chance.sample(sorted(access), min(len(access), chance.randint(3, 8)))
    person = Person(
        number, f"Person {number}", chance.choice(SHIFTS), practices=frozenset(regular),
        patients=frozenset(chance.randint(1, 30_000) for _ in range(60)),
    )  # fmt: skip
    competences = frozenset(one for one in COMPETENCES if chance.random() < 0.6)
    return _Clinician(person, number % one_in > 0, competences, access)


def _able(people: list[_Clinician], competence: str, professions: str, practice: int) -> frozenset[int]:
    return frozenset(
        one.person.id
        for one in people
        if practice in one.access
        and ("p" if one.pharmacist else "t") in professions
        and (not competence or competence in one.competences)
    )


def _given_out(
    tasks: list[Task],
    able: tuple[frozenset[int], ...],
    people: list[Person],
    familiar: bool,
    chance: random.Random,
) -> list[Task]:
    knowing = {one.id: one.practices for one in people}
    found = []
    for task in tasks:
        holders = sorted(able[task.group])
        if familiar:
            holders = [one for one in holders if task.practice_id in knowing[one]] or holders
        given = bool(holders) and chance.random() < 0.6
        found.append(replace(task, person_id=chance.choice(holders)) if given else task)
    return found
