"""Where a task goes, and what it asks of the person who does it."""

from typing import Any

import pytest

from hub.domain.kinds import Kind
from hub.domain.policy import DEFAULT_POLICY, Policy, parse_policy
from hub.domain.routing import Routed, route
from hub.domain.vocabulary import Band
from tests.domain.examples import LETTER, MILL_LANE, PHARMACIST, TECHNICIAN, kind


def policy(*rules: dict[str, Any]) -> Policy:
    return parse_policy({**DEFAULT_POLICY, "rules": list(rules)})


def routed(of: Kind = LETTER, rules: Policy | None = None, **changes: Any) -> Routed:
    given: dict[str, Any] = {
        "subtype": "",
        "practice_id": MILL_LANE,
        "practice_name": "Mill Lane Surgery",
        "signals": (),
        "stage": 1,
        "band": Band.INSIDE_TARGET,
        "policy": rules or policy(),
    }
    return route(of, **{**given, **changes})


def test_without_a_rule_the_kind_decides() -> None:
    needs = routed().needs
    assert (needs.queue, needs.professions, needs.needs_prescriber) == (
        "documents",
        (TECHNICIAN, PHARMACIST),
        False,
    )
    assert (needs.minutes, needs.competences, needs.band) == (15, (), Band.INSIDE_TARGET)
    assert (needs.practice_id, needs.practice_name) == (MILL_LANE, "Mill Lane Surgery")


def test_the_reasons_read_as_sentences() -> None:
    assert routed().reasons == (
        "It goes to Documents and workflow, the queue of its kind.",
        "It needs a technician or pharmacist for 15 minutes.",
    )


def test_the_second_stage_has_its_own_people_and_minutes() -> None:
    needs = routed(stage=2).needs
    assert (needs.professions, needs.needs_prescriber, needs.minutes) == ((PHARMACIST,), True, 20)


def test_the_first_matching_rule_wins_and_is_named() -> None:
    rules = policy(
        {"name": "Elsewhere", "practices": [99], "minutes": 90},
        {"name": "Risky", "signals": ["high-risk medicine"], "professions": ["pharmacist"], "minutes": 25},
        {"name": "Any letter", "kinds": ["LETTER"], "queue": "queries", "minutes": 40},
    )
    risky = routed(rules=rules, signals=("high-risk medicine",))
    assert (risky.needs.professions, risky.needs.minutes, risky.needs.queue) == (
        (PHARMACIST,),
        25,
        "documents",
    )
    assert risky.reasons[0] == "It goes to Documents and workflow, by the rule 'Risky'."
    plain = routed(rules=rules)
    assert (plain.needs.queue, plain.needs.minutes) == ("queries", 40)


def test_a_rule_about_who_screens_does_not_send_the_second_stage_to_a_technician() -> None:
    rules = policy({"name": "Technicians screen", "kinds": ["LETTER"], "professions": ["technician"]})
    assert routed(rules=rules).needs.professions == (TECHNICIAN,)
    assert routed(rules=rules, stage=2).needs.professions == (PHARMACIST,)


def test_a_rule_may_ask_for_a_prescriber_or_say_that_none_is_needed() -> None:
    asked = policy({"name": "Prescriber", "needs_prescriber": True})
    spared = policy({"name": "Anyone", "needs_prescriber": False, "stages": [2]})
    assert routed(rules=asked).needs.needs_prescriber is True
    assert routed(rules=spared, stage=2).needs.needs_prescriber is False
    assert "It needs a prescribing pharmacist for 15 minutes." in routed(rules=asked).reasons


@pytest.mark.parametrize(("minutes", "planned"), [(5, 10), (10, 10), (11, 11)])
def test_planned_minutes_never_fall_below_the_kinds_floor(minutes: int, planned: int) -> None:
    result = routed(rules=policy({"name": "Quick", "minutes": minutes}))
    assert result.needs.minutes == planned
    assert ("Its kind never gets less than 10 minutes." in result.reasons) is (minutes < planned)


def test_the_floor_holds_against_the_kinds_own_stage() -> None:
    assert routed(kind(floor_minutes=30)).needs.minutes == 30


def test_a_subtypes_competence_is_added_to_the_rules_own_once() -> None:
    rules = policy({"name": "Signed off", "competences": ["letters", "asthma"]})
    result = routed(rules=rules, subtype="asthma")
    assert result.needs.competences == ("asthma", "letters")
    assert "Competence needed: asthma, letters." in result.reasons
    assert routed(subtype="plain").needs.competences == ()


def test_an_unknown_subtype_is_refused() -> None:
    with pytest.raises(ValueError, match="LETTER has no subtype 'copd'"):
        routed(subtype="copd")
