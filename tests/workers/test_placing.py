"""Placing a raised request: where it goes, how soon, by when, and why; all of it kept in the event."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.domain.vocabulary import FactAnswer, RequestedUrgency
from hub.placing import system_actions
from tests.support.factories import Make
from tests.workers.conftest import Hub

LONDON = ZoneInfo("Europe/London")


def london(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=LONDON)


@dataclass(frozen=True)
class Expected:
    """What the rules make of a plain request of a kind, received on Monday 23 November 2026 at ten."""

    kind: str
    queue: str
    band: int
    minutes: int
    professions: list[str]
    competences: list[str]
    due: str  # the close of the practice (18:30) on the Nth working day after receipt


PLAIN = (
    Expected("SMR", "medication-reviews", 4, 30, ["pharmacist"], [], "2026-12-21T18:30"),
    Expected("LTC", "ltc-reviews", 4, 20, ["pharmacist"], ["asthma"], "2026-12-21T18:30"),
    Expected("DISCH", "documents", 3, 15, ["technician", "pharmacist"], [], "2026-11-25T18:30"),
    Expected("OPLET", "documents", 3, 10, ["technician", "pharmacist"], [], "2026-11-25T18:30"),
    Expected("DOCWF", "documents", 3, 5, ["technician"], [], "2026-11-26T18:30"),
    Expected("MEDQ", "queries", 3, 10, ["technician", "pharmacist"], [], "2026-11-25T18:30"),
)


@pytest.fixture
def staffed(hub: Hub) -> Hub:
    """The hub with someone for every kind of work, all of them at home today."""
    away = {"works": False}
    hub.make.pharmacist(hub.practice, competences=("asthma",), **away)
    hub.make.technician(hub.practice, **away)
    return hub


@pytest.mark.parametrize("expected", PLAIN, ids=lambda one: one.kind)
def test_each_kind_is_placed_by_its_own_rules(staffed: Hub, expected: Expected) -> None:
    task = staffed.queued(expected.kind)
    assert (task.status, task.version) == ("queued", 2)
    found = (task.queue, task.band, task.minutes, task.professions, task.competences)
    assert found == (
        expected.queue,
        expected.band,
        expected.minutes,
        expected.professions,
        expected.competences,
    )
    assert task.due_at == london(expected.due)
    assert task.policy_version == 1
    assert task.decide_since is None
    _, placed = staffed.events(task)
    assert (placed.kind, placed.actor_system, placed.status) == ("placed", "placing", "queued")
    assert placed.data["band"] == expected.band
    assert placed.data["policy"] == 1
    assert placed.data["because"][0] == "kind"
    assert placed.data["reasons"] == task.reasons
    assert task.reasons, "no band without a sentence"
    assert placed.data["route"][0].startswith("It goes to ")


def test_a_discharge_gets_the_nice_deadline_and_a_working_due_that_leaves_time_for_the_second_stage(
    hub: Hub,
) -> None:
    # At work Monday to Friday, 08:00 to 18:00: the last staffed minute before Monday's
    # midnight is Monday 30 November, 18:00, and the pharmacist's stage takes 20 minutes.
    hub.make.pharmacist(hub.practice)
    task = hub.queued("DISCH")
    assert task.deadline_at == london("2026-11-30T23:59:59")
    assert "seventh day" in task.deadline_why
    assert task.working_due_at == london("2026-11-30T17:40")
    assert task.late_on_arrival is False


def test_the_next_issue_makes_a_discharge_sooner(hub: Hub) -> None:
    hub.make.pharmacist(hub.practice)
    task = hub.queued("DISCH", next_issue_on=dt.date(2026, 11, 25))
    assert task.deadline_at == london("2026-11-25T00:00")
    assert task.working_due_at == london("2026-11-24T17:40")


def test_raised_late_keeps_the_clinical_deadline_and_says_so(hub: Hub) -> None:
    hub.make.pharmacist(hub.practice)
    task = hub.queued("DISCH", receipt_on=dt.date(2026, 11, 11))
    assert task.deadline_at == london("2026-11-18T23:59:59")
    assert task.late_on_arrival is True
    assert task.band == 2
    assert "deadline_passed" in hub.last(task).data["because"]


def test_an_answer_that_means_now_is_band_1_and_goes_to_a_pharmacist(staffed: Hub) -> None:
    task = staffed.queued(
        "MEDQ",
        answers={"out_of_critical_medicine": FactAnswer.YES},
        requested=RequestedUrgency.URGENT,
        urgency_reason="No tablets left.",
    )
    assert (task.band, task.professions) == (1, ["pharmacist"])
    assert task.signals == ["out of a critical medicine"]


def test_not_told_raises_to_band_2_and_is_counted(staffed: Hub) -> None:
    task = staffed.queued("MEDQ", answers={"pregnancy": FactAnswer.NOT_SURE})
    assert (task.band, task.not_sure, task.not_told) == (2, ["pregnancy or breastfeeding"], [])


def test_urgent_stays_above_what_came_before_it(hub: Hub) -> None:
    plain = [hub.raised("MEDQ") for _ in range(3)]
    urgent = hub.raised("MEDQ", requested=RequestedUrgency.URGENT, urgency_reason="Asked twice.")
    hub.run(system_actions.place_batch)
    pharmacist = hub.make.pharmacist(hub.practice)
    hub.run(system_actions.top_up)
    with hub.session():
        from hub.worklist import queries as worklist

        order = [one.task.id for one in worklist.mine(pharmacist.id)]
    assert order == [urgent.id, *(task.id for task in plain)]


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("nobody", "No clinician has an account that is switched on."),
        ("technician", "The hub has no pharmacist."),
        ("not signed off", "No pharmacist has asthma competence in date."),
        ("no access", "No pharmacist with asthma competence has access to Elm Surgery."),
    ],
)
def test_what_nobody_could_do_is_flagged_with_the_sentence(hub: Hub, who: str, sentence: str) -> None:
    if who == "technician":
        hub.make.technician(hub.practice)
    elif who == "not signed off":
        hub.make.pharmacist(hub.practice)
    elif who == "no access":
        hub.make.pharmacist(competences=("asthma",))
    task = hub.queued("LTC")
    assert task.decide_why == sentence
    assert task.decide_since is not None
    assert hub.last(task).data["unplaceable"] == task.decide_why


def test_placing_twice_places_once(staffed: Hub) -> None:
    task = staffed.raised()
    assert staffed.run(system_actions.place_batch) == 1
    assert staffed.run(system_actions.place_batch) == 0
    assert staffed.run(system_actions.place, task.id) == 0
    assert [event.kind for event in staffed.events(task)] == ["raised", "placed"]


def test_a_lost_job_is_made_up_for_and_what_cannot_wait_reaches_someone_with_it(hub: Hub, jobs: Any) -> None:
    hub.make.pharmacist(hub.practice)
    task = hub.raised("MEDQ", answers={"serious_reaction": FactAnswer.YES})
    assert hub.run(system_actions.place_raised) == 1
    assert hub.make.again(task).status == "assigned"


def test_more_than_one_transaction_takes_go_on_in_a_further_job(
    staffed: Hub, jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_actions, "CHUNK", 2)
    monkeypatch.setattr(system_actions, "CHUNKS", 2)
    for _ in range(7):
        staffed.raised()
    assert staffed.run(system_actions.place_raised) == 4
    assert jobs() == 1
    assert {task.status for task in staffed.tasks()} == {"queued"}


def test_the_policy_in_force_decides_and_its_version_is_kept(staffed: Hub, make: Make) -> None:
    from hub.domain.policy import DEFAULT_POLICY
    from hub.extensions import clock, db
    from hub.models import PolicyVersion

    rule = {"name": "Queries take long here", "kinds": ["MEDQ"], "minutes": 25}
    with staffed.session():
        body = {**DEFAULT_POLICY, "version": 7, "rules": [rule]}
        db.session.add(PolicyVersion(version=7, body=body, published_at=clock.now(), why="a test"))
    task = staffed.queued("MEDQ")
    assert (task.minutes, task.policy_version) == (25, 7)
    assert staffed.last(task).data["policy"] == 7


def test_placing_takes_the_same_statements_however_many_tasks(
    staffed: Hub, make: Make, statements: Any
) -> None:
    def count(tasks: int) -> int:
        practices = [make.practice() for _ in range(tasks)]
        for practice in practices:
            make.request(practice, make.requester(practice), "DISCH")
        staffed.forget_jobs()
        with statements() as seen:
            assert staffed.run(system_actions.place_batch) == tasks
        return int(seen.count)

    few = count(2)
    assert count(9) == few
