"""A policy in plain words: every field that a lead may set is shown when it differs."""

import copy
from typing import Any

import pytest

from hub.domain.policy import DEFAULT_POLICY, parse_policy
from hub.domain.policy_words import SETTINGS, Names, differences, needs_differ, rule_then, rule_when
from hub.domain.routing import Needs
from hub.domain.vocabulary import Band, Profession

NAMES = Names({"SMR": "Structured medication review"}, {"asthma": "Asthma"}, {7: "Cedar Court"})


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the default policy with one field set."""
    body = copy.deepcopy(DEFAULT_POLICY)
    *outer, last = path.split(".")
    found = body
    for name in outer:
        found = found[name]
    found[last] = value
    return body


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one.path)
def test_each_number_is_told_when_it_differs(setting: Any) -> None:
    before = parse_policy(DEFAULT_POLICY)
    was = DEFAULT_POLICY
    for part in setting.path.split("."):
        was = was[part]
    other: Any = was - 1 if was else 1  # type: ignore[operator]
    after = parse_policy(changed(setting.path, other))
    assert differences(before, after, NAMES) == (f"{setting.words}: {other} instead of {was}.",)
    assert setting.about, "say what happens when it is raised"


def test_every_field_of_the_policy_is_looked_at() -> None:
    """A field that nobody compares would be changed without anyone being told."""
    looked_at = {one.path for one in SETTINGS} | {
        "version", "rules", "targets", "order", "order.band_weights", "order.signal_weights",
        "order.unpleasant_kinds",
    }  # fmt: skip
    own = set(DEFAULT_POLICY) | {f"order.{name}" for name in DEFAULT_POLICY["order"]}
    assert own <= looked_at, own - looked_at


def test_lists_are_compared_whatever_their_order() -> None:
    before = parse_policy(DEFAULT_POLICY)
    weights = DEFAULT_POLICY["order"]["signal_weights"]
    assert differences(before, parse_policy(changed("order.signal_weights", weights[::-1])), NAMES) == ()
    fewer = parse_policy(changed("order.signal_weights", weights[1:]))
    assert differences(before, fewer, NAMES) == (
        "What the safety fact “high-risk medicine” counts: nothing instead of 150 percent.",
    )
    more = parse_policy(changed("order.signal_weights", [{**weights[0], "percent": 180}, *weights[1:]]))
    assert differences(before, more, NAMES) == (
        "What the safety fact “high-risk medicine” counts: 180 percent instead of 150 percent.",
    )
    even = parse_policy(changed("order.unpleasant_kinds", ["SMR"]))
    assert differences(before, even, NAMES) == (
        "Shared out evenly among people: Structured medication review, too.",
        "Not shared out evenly any more: DOCWF.",
    )


def test_rules_that_come_go_change_and_move_are_told() -> None:
    before = parse_policy(DEFAULT_POLICY)
    rules = DEFAULT_POLICY["rules"]
    moved = parse_policy(changed("rules", [rules[1], rules[0], *rules[2:]]))
    assert differences(before, moved, NAMES) == ("The rules are asked in another order.",)
    gone = parse_policy(changed("rules", rules[1:]))
    assert differences(before, gone, NAMES) == ("The rule “Reviews in a care home” is taken away.",)
    signals = rules[1]["signals"]
    other = {"minutes": 50, "signals": [*signals[:0:-1], "care home"], "professions": ["pharmacist"]}
    longer = parse_policy(changed("rules", [rules[0], {**rules[1], **other}, *rules[2:]]))
    assert differences(before, longer, NAMES) == (
        f"The rule “Complex reviews” is changed: also where signal is care home; no more where signal is "
        f"{signals[0]}; by a pharmacist instead of by whom its kind names; "
        "planned at 50 minutes instead of 45 minutes.",
    )
    turned = parse_policy(changed("rules", [rules[0], {**rules[1], "signals": signals[::-1]}, *rules[2:]]))
    assert differences(before, turned, NAMES) == (), "which signal is named first changes nothing"


def test_a_rule_in_words() -> None:
    body = {
        "name": "x", "kinds": ["SMR"], "subtypes": ["asthma"], "practices": [7], "signals": ["a", "b"],
        "stages": [1, 2], "queue": "queries", "professions": ["pharmacist"], "needs_prescriber": True,
        "competences": ["asthma"], "minutes": 20,
    }  # fmt: skip
    rule = parse_policy(changed("rules", [body])).rules[0]
    assert rule_when(rule, NAMES) == (
        "kind is Structured medication review", "sort is Asthma", "practice is Cedar Court",
        "signal is a or b", "stage is 1 or 2",
    )  # fmt: skip
    assert rule_then(rule) == (
        "goes to Queries", "by a pharmacist", "who prescribes", "with asthma competence",
        "planned at 20 minutes",
    )  # fmt: skip


def test_what_would_change_for_a_task() -> None:
    before = Needs(1, "P", "queries", (Profession.PHARMACIST,), False, (), 10, Band.PLANNED)
    after = Needs(1, "P", "queries", (Profession.PHARMACIST,), True, ("asthma",), 20, Band.PLANNED)
    assert needs_differ(before, before) == ()
    assert needs_differ(before, after) == (
        "prescribing pharmacist instead of pharmacist",
        "asthma competence instead of no competence",
        "20 minutes instead of 10 minutes",
    )
