"""Waiting tasks and people at work, for tests of who gets what."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hub.domain.assignment import Waiting, Worklist, top_up
from hub.domain.eligibility import Person
from hub.domain.policy import DEFAULT_POLICY, Policy, parse_policy
from hub.domain.vocabulary import Band
from tests.domain.examples import MILL_LANE, NOW, TODAY, needs, person

HIGH_STREET = 8
# Numbers of its own, which examples are reckoned with; the product's default may change.
_ORDER = {**DEFAULT_POLICY["order"], "lookahead_percent": 20, "same_practice_percent": 150}
POLICY = parse_policy({**DEFAULT_POLICY, "order": _ORDER})


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def task(number: int, band: Band = Band.INSIDE_TARGET, **changes: Any) -> Waiting:
    of_needs = ("minutes", "professions", "competences", "kind")
    needed = {key: changes.pop(key) for key in of_needs if key in changes}
    practice = changes.get("practice_id", MILL_LANE)
    plain = Waiting(
        id=number,
        needs=needs(band=band, practice_id=practice, **needed),
        band=band,
        deadline_at=None,
        working_due_at=None,
        due_at=at(25),
        raised_at=NOW,
        patient_id=None,
        practice_id=practice,
    )
    return replace(plain, **changes)


def worker(number: int = 1, name: str = "Sam Lee", **changes: Any) -> Person:
    both = frozenset({MILL_LANE, HIGH_STREET})
    return person(**{"id": number, "name": name, "practices": both, "minutes_left": 120, **changes})


def given_to(
    worklists: list[Worklist], waiting: list[Waiting], policy: Policy = POLICY
) -> list[tuple[int, int]]:
    return [(choice.task_id, choice.person_id) for choice in top_up(worklists, waiting, policy, TODAY)]


def soon(number: int, **changes: Any) -> Waiting:
    return task(number, Band.BY_TOMORROW, **changes)


def given_tasks(worklists: list[Worklist], waiting: list[Waiting]) -> list[int]:
    return [task_id for task_id, _ in given_to(worklists, waiting)]
