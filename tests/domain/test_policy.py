"""What leads may set: read strictly, or refused with a sentence that names the field."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.domain import kinds
from hub.domain.policy import DEFAULT_POLICY, Policy, Rule, names_nothing, parse_policy
from hub.domain.vocabulary import Profession
from tests.domain.examples import LETTER

KINDS = Path(__file__).parents[2] / "hub" / "protocols" / "kinds"


def policy_json(**changes: Any) -> dict[str, Any]:
    return {**DEFAULT_POLICY, **changes}


def with_rule(**fields: Any) -> dict[str, Any]:
    return policy_json(rules=[{"name": "Ours", **fields}])


def with_order(**fields: Any) -> dict[str, Any]:
    return policy_json(order={**DEFAULT_POLICY["order"], **fields})


def test_a_version_from_before_a_field_existed_goes_on_to_be_readable() -> None:
    before = {name: value for name, value in DEFAULT_POLICY.items() if name != "order"}
    assert parse_policy(before) == parse_policy(DEFAULT_POLICY)
    some = policy_json(order={"hard_bands": 1})
    assert parse_policy(some).order == replace(parse_policy(DEFAULT_POLICY).order, hard_bands=1)


def test_the_default_policy_is_readable_and_says_what_the_design_says() -> None:
    policy = parse_policy(DEFAULT_POLICY)
    assert (policy.version, policy.buffer_minutes, policy.chase_working_days_max) == (1, 45, 10)
    assert (policy.released_limit, policy.sent_back_limit) == (2, 2)


def test_a_rule_is_read_whole() -> None:
    policy = parse_policy(
        with_rule(
            kinds=["LETTER"],
            subtypes=["asthma"],
            practices=[7],
            signals=["high-risk medicine"],
            queue="queries",
            professions=["pharmacist"],
            needs_prescriber=True,
            competences=["asthma"],
            minutes=30,
            stages=[1, 2],
        )
    )
    assert policy.rules == (
        Rule(
            name="Ours",
            kinds=("LETTER",),
            subtypes=("asthma",),
            practices=(7,),
            signals=("high-risk medicine",),
            queue="queries",
            professions=(Profession.PHARMACIST,),
            needs_prescriber=True,
            competences=("asthma",),
            minutes=30,
            stages=(1, 2),
        ),
    )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (policy_json(version=0), "The policy, version: must be from 1"),
        (policy_json(buffer_minutes=121), "The policy, buffer_minutes: must be from 0 to 120"),
        (policy_json(buffer_minutes=True), "buffer_minutes"),
        (policy_json(chase_working_days_max=11), "chase_working_days_max: must be from 1 to 10"),
        (policy_json(released_limit=0), "released_limit"),
        (policy_json(sent_back_limit="2"), "sent_back_limit"),
        (policy_json(buffer=45), "buffer: there is no such field"),
        ({"version": 1}, "is missing"),
        (policy_json(rules={}), "rules"),
        (policy_json(order=[]), "The policy, order: must be an object"),
        (with_order(hard_bands=3), "The policy, order, hard_bands: must be from 1 to 2"),
        (with_order(hard_bands=0), "hard_bands"),
        (with_order(lookahead_percent=4), "lookahead_percent: must be from 5 to 100"),
        (with_order(band_weights=[64, 16, 4, 2]), "band_weights: must be 5 numbers from 1 to 1000"),
        (with_order(band_weights=[64, 16, 4, 2, 0]), "band_weights"),
        (with_order(band_weights=[64, 16, 4, 5, 1]), "a later band may not weigh more"),
        (with_order(signal_weights=[{"signal": "x", "percent": 99}]), "signal_weights, x: must be from 100"),
        (with_order(signal_weights=[{"signal": "x", "percent": 110}] * 2), "a signal stands there twice"),
        (with_order(fairness_most_percent=201), "fairness_most_percent: must be from 100 to 200"),
        (with_order(reserve_percent=21), "reserve_percent: must be from 0 to 20"),
        (with_order(ceiling_percent=99), "ceiling_percent: must be from 100"),
        (with_order(weight=1), "order, weight: there is no such field"),
        (policy_json(rules=[{}]), "name: is missing"),
        (policy_json(rules=[{"name": "A"}, {"name": "A"}]), "two rules have the same name"),
        (with_rule(queue="nowhere"), "The rule 'Ours', queue: must be one of medication-reviews"),
        (with_rule(professions=[]), "The rule 'Ours', professions: name at least one"),
        (with_rule(professions=["nurse"]), "professions"),
        (with_rule(professions=["technician"], needs_prescriber=True), "a technician does not prescribe"),
        (with_rule(minutes=0), "The rule 'Ours', minutes: must be from 1"),
        (with_rule(kind="LETTER"), "kind: there is no such field"),
    ],
)
def test_a_slip_is_refused_with_the_field_named(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        parse_policy(wrong)


MATCHING = {
    "kind": "LETTER",
    "subtype": "asthma",
    "practice_id": 7,
    "signals": ("frail", "housebound"),
    "stage": 1,
}


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        (Rule("any"), True),
        (Rule("kind", kinds=("OTHER", "LETTER")), True),
        (Rule("kind", kinds=("OTHER",)), False),
        (Rule("subtype", subtypes=("asthma",)), True),
        (Rule("subtype", subtypes=("copd",)), False),
        (Rule("practice", practices=(8, 7)), True),
        (Rule("practice", practices=(8,)), False),
        (Rule("signal", signals=("care home", "housebound")), True),
        (Rule("signal", signals=("care home",)), False),
        (Rule("stage", stages=(2,)), False),
        (Rule("stage", stages=()), True),
        (Rule("both", kinds=("LETTER",), practices=(8,)), False),
    ],
)
def test_a_rule_matches_when_every_filled_column_holds(rule: Rule, matches: bool) -> None:
    assert rule.matches(**MATCHING) is matches  # type: ignore[arg-type]


def test_a_rule_speaks_about_the_first_stage_unless_it_says_otherwise() -> None:
    assert not Rule("any").matches(**{**MATCHING, "stage": 2})  # type: ignore[arg-type]


def test_words_that_no_kind_has_are_named() -> None:
    policy = parse_policy(
        with_order(
            signal_weights=[{"signal": "care hoem", "percent": 110}],
            unpleasant_kinds=["LETER"],
        )
        | {
            "rules": [
                {
                    "name": "Good",
                    "kinds": ["LETTER"],
                    "subtypes": ["asthma"],
                    "signals": ["high-risk medicine"],
                },
                {"name": "Typo", "kinds": ["LETER"], "signals": ["high risk medicine"]},
            ]
        }
    )
    assert names_nothing(policy, [LETTER]) == (
        "The rule 'Typo' names 'LETER' in kinds, which no kind has.",
        "The rule 'Typo' names 'high risk medicine' in signals, which no kind has.",
        "The order names 'care hoem' in signals, which no kind has.",
        "The order names 'LETER' in kinds, which no kind has.",
    )


def test_the_default_rules_speak_of_kinds_subtypes_and_signals_that_exist() -> None:
    published = [kinds.parse(json.loads(path.read_text())) for path in KINDS.glob("*.json")]
    assert published
    assert names_nothing(parse_policy(DEFAULT_POLICY), published) == ()


def test_the_fields_are_the_ones_of_the_default() -> None:
    assert set(DEFAULT_POLICY) == set(Policy.__dataclass_fields__)
