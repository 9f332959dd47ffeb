"""Small hubs to plan for, built by hand or by Hypothesis."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from hub.domain.rebalancing.problem import Person, Problem, Task

PRACTICES = st.integers(1, 3)
PATIENTS = st.integers(1, 4)


def task(number: int, minutes: int = 30, **changes: Any) -> Task:
    """A task of band 3 on nobody's list, that group 0 may do."""
    return replace(Task(number, minutes, 4.0, 0.5, 600, 0, 1), **changes)


def person(number: int, minutes: int = 60, **changes: Any) -> Person:
    return replace(Person(number, f"Person {number}", minutes), **changes)


@st.composite
def problems(draw: st.DrawFn, most_tasks: int = 12, most_people: int = 4) -> Problem:
    """Any hub of a few people: some away, some with more frozen work than minutes, some known to nobody."""
    people = draw(
        st.lists(
            st.builds(
                person, st.just(0), st.sampled_from([0, 20, 45, 60, 100]), starts_in=st.sampled_from([0, 30]),
                practices=st.frozensets(PRACTICES), patients=st.frozensets(PATIENTS, max_size=2),
            ),
            max_size=most_people,
        )
    )  # fmt: skip
    ids = list(range(1, len(people) + 1))
    someone = st.sampled_from([None, *ids])
    few = st.frozensets(st.sampled_from(ids), max_size=1) if ids else st.just(frozenset[int]())
    able = draw(
        st.lists(st.frozensets(st.sampled_from(ids)) if ids else st.just(frozenset()), min_size=1, max_size=3)
    )
    tasks = draw(
        st.lists(
            st.builds(
                task, st.just(0), st.sampled_from([5, 11, 16, 20, 45]),
                weight=st.sampled_from([64.0, 4.0, 1.0]), breach_chance=st.sampled_from([0.0, 0.4, 1.0]),
                slack_minutes=st.integers(-50, 200), group=st.integers(0, len(able) - 1),
                practice_id=PRACTICES, patient_id=st.none() | PATIENTS, person_id=someone,
                frozen=st.integers(0, 4).map(lambda n: n == 0), rank=st.integers(0, 3), not_for=few,
            ),
            max_size=most_tasks,
        )
    )  # fmt: skip
    return Problem(
        tuple(replace(one, id=100 + n) for n, one in enumerate(tasks)),
        tuple(replace(one, id=n, name=f"Person {n}") for n, one in zip(ids, people, strict=True)),
        tuple(able),
    )
