"""A task's life: the table is whole, every refusal is a sentence, the diagram is drawn from it."""

import pytest

from hub.domain.errors import Conflict
from hub.domain.lifecycle import STATUS_IN_A_SENTENCE, TRANSITIONS, TURN, Act, can, mermaid, status_after
from hub.domain.vocabulary import OPEN_STATUSES, Status

ENDS = {Status.COMPLETED, Status.CANCELLED}


def following(status: Status) -> set[Status]:
    return {step.after for step in TRANSITIONS.values() if status in step.before}


def reachable(start: Status) -> set[Status]:
    found: set[Status] = set()
    to_visit = {start}
    while to_visit:
        status = to_visit.pop()
        found.add(status)
        to_visit |= following(status) - found
    return found


def test_every_status_is_reached_from_a_raised_task() -> None:
    assert reachable(Status.RAISED) == set(Status)


@pytest.mark.parametrize("status", sorted(OPEN_STATUSES))
def test_every_open_task_can_still_be_completed_or_cancelled(status: Status) -> None:
    assert reachable(status) >= ENDS
    assert Status.CANCELLED in following(status)


def test_only_completed_and_cancelled_tasks_are_not_open() -> None:
    assert set(Status) - OPEN_STATUSES == ENDS


def test_nothing_follows_completion_and_only_reopening_follows_cancelling() -> None:
    assert not following(Status.COMPLETED)
    assert [act for act, step in TRANSITIONS.items() if Status.CANCELLED in step.before] == [Act.REOPENED]


def test_only_raising_makes_a_task() -> None:
    assert [act for act, step in TRANSITIONS.items() if not step.before] == [Act.RAISED]
    assert status_after(None, Act.RAISED) == Status.RAISED


def test_every_status_says_whose_turn_it_is_and_reads_as_a_sentence() -> None:
    assert set(TURN) == set(Status)
    assert set(STATUS_IN_A_SENTENCE) == set(Status)
    assert len(set(STATUS_IN_A_SENTENCE.values())) == len(Status)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("act", list(Act))
def test_an_act_is_done_or_refused_with_a_sentence_that_names_the_status(status: Status, act: Act) -> None:
    step = TRANSITIONS.get(act)
    if can(status, act):
        assert status_after(status, act) == (step.after if step else status)
    else:
        with pytest.raises(Conflict) as refusal:
            status_after(status, act)
        sentence = str(refusal.value)
        assert sentence.startswith(f"This task {STATUS_IN_A_SENTENCE[status]}, so it cannot be ")
        assert sentence.endswith(".")


@pytest.mark.parametrize("act", [act for act in TRANSITIONS if act is not Act.RAISED])
def test_nothing_is_done_to_a_task_that_does_not_exist(act: Act) -> None:
    with pytest.raises(Conflict, match="does not exist"):
        status_after(None, act)


@pytest.mark.parametrize("act", [act for act in Act if act not in TRANSITIONS])
def test_the_other_acts_leave_the_status_alone(act: Act) -> None:
    assert {status_after(status, act) for status in Status} == set(Status)


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ([Act.RAISED, Act.PLACED, Act.ASSIGNED, Act.STARTED, Act.COMPLETED], Status.COMPLETED),
        ([Act.RAISED, Act.PLACED, Act.TAKEN, Act.STARTED, Act.WAITED, Act.WOKEN, Act.STARTED], "in_progress"),
        ([Act.RAISED, Act.PLACED, Act.ASSIGNED, Act.STARTED, Act.HANDED_OVER], Status.QUEUED),
        ([Act.RAISED, Act.PLACED, Act.SENT_BACK, Act.CORRECTED, Act.PLACED], Status.QUEUED),
        ([Act.RAISED, Act.CANCELLED, Act.REOPENED], Status.RAISED),
        ([Act.RAISED, Act.PLACED, Act.ASSIGNED, Act.STARTED, Act.PAUSED, Act.RELEASED], Status.QUEUED),
    ],
)
def test_a_life_ends_where_it_should(path: list[Act], end: str) -> None:
    status: Status | None = None
    for act in path:
        status = status_after(status, act)
    assert status == end


def test_a_task_that_was_not_started_cannot_be_completed() -> None:
    with pytest.raises(Conflict, match="is waiting in its queue, so it cannot be completed"):
        status_after(Status.QUEUED, Act.COMPLETED)


def test_the_diagram_has_each_change_once_in_order() -> None:
    first, *lines = mermaid().splitlines()
    expected = {
        f"    {before} --> {step.after}: {act}" for act, step in TRANSITIONS.items() for before in step.before
    }
    expected |= {"    [*] --> raised: raised", "    completed --> [*]", "    cancelled --> [*]"}
    assert first == "stateDiagram-v2"
    assert lines == sorted(expected)
