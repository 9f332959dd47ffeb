"""Targets that leads set: their bounds, their words, and what they can never do to a clock."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.deadlines import Request, clocks
from hub.domain.kinds import Kind, Target
from hub.domain.policy import DEFAULT_POLICY, parse_policy
from hub.domain.policy_words import Names, differences
from hub.domain.targets import TargetRule, bounds, length, refusals, set_length
from hub.domain.vocabulary import RequestedUrgency
from hub.domain.worktime import WorkCalendar
from hub.protocols.files import kinds_on_disk
from tests.domain.examples import kind

KINDS = {one.code: one for one in kinds_on_disk()}
LTC, DISCH = KINDS["LTC"], KINDS["DISCH"]
QUICK = kind(code="QUICK", target=Target(None, 240, ""))
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
HUB = WorkCalendar()


def rules(*said: tuple[str, str, int]) -> tuple[TargetRule, ...]:
    return tuple(TargetRule(code, subtype, working_days=days) for code, subtype, days in said)


@given(st.sampled_from([*KINDS.values(), QUICK]), st.integers(-5, 500), DAYS, st.none() | DAYS)
def test_whatever_is_set_stays_in_bounds_and_no_deadline_or_stop_is_passed(
    of: Kind, number: int, receipt: date, issue: date | None
) -> None:
    in_days = of.target.working_days is not None
    rule = TargetRule(of.code, "", number if in_days else None, None if in_days else number)
    found = set_length(of, "", [rule])
    least, most = bounds(of)
    assert found is None or (least <= found <= most and found != length(of.target))
    at = datetime.combine(receipt, time(10), tzinfo=UTC)
    request = Request(
        of, "", RequestedUrgency.ROUTINE, {}, receipt, at, issue if of.asks_next_issue else None
    )
    own, other = (
        clocks(replace(request, target_length=one, stopped_minutes=3000), HUB, HUB, (), 0)
        for one in (None, found)
    )
    assert (other.deadline_at, other.stop_at) == (own.deadline_at, own.stop_at), "safety is not theirs to set"
    if found is not None:
        assert other.due_at <= min(filter(None, (other.deadline_at, other.stop_at)), default=other.due_at)
    if found is not None and found < length(of.target):
        assert other.due_at <= own.due_at
    assert other.working_due_at == (own.working_due_at if own.deadline_at else other.due_at)


def test_a_discharge_ends_before_its_seven_days_in_an_ordinary_week_by_its_bound_alone() -> None:
    monday = date(2026, 6, 1)
    for day in range(7):
        received = monday + timedelta(days=day)
        assert HUB.after_working_days(received, bounds(DISCH)[1]).date() < received + timedelta(days=7)


def test_a_sort_of_work_goes_before_its_kind_and_another_unit_says_nothing() -> None:
    said = rules(("LTC", "", 28), ("LTC", "DM", 15))
    assert [set_length(LTC, code, said) for code in ("", "AST", "DM")] == [28, 28, 15]
    assert set_length(LTC, "DM", rules(("LTC", "DM", 20))) is None, "that is what it is anyway"
    assert set_length(LTC, "", [TargetRule("LTC", hub_minutes=600)]) is None
    assert set_length(QUICK, "", [TargetRule("QUICK", hub_minutes=120)]) == 120


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            TargetRule("DISCH", working_days=5),
            "from 1 to 4 working days, because it must be done within 7 days",
        ),
        (
            TargetRule("LTC", "DM", 41),
            "Diabetes): must be from 1 to 40 working days, because its kind promises",
        ),
        (TargetRule("LTC", hub_minutes=600), "its target counts in working days"),
        (TargetRule("MEDQ", "DM", 2), "which it does not have"),
        (TargetRule("XRAY", working_days=2), "which no kind is called"),
    ],
)
def test_a_refusal_says_why_in_a_sentence(rule: TargetRule, sentence: str) -> None:
    found = refusals([rule], KINDS.values())
    assert list(found) == [rule.field]
    assert sentence in found[rule.field]
    assert not refusals(rules(("DISCH", "", 4), ("LTC", "DM", 40)), KINDS.values())


def test_what_differs_is_said_with_both_numbers() -> None:
    before = parse_policy({**DEFAULT_POLICY, "targets": [{"kind": "LTC", "working_days": 28}]})
    after = parse_policy(
        {
            **DEFAULT_POLICY,
            "targets": [
                {"kind": "LTC", "subtype": "DM", "working_days": 28},
                {"kind": "LTC", "subtype": "AST", "working_days": 10},
                {"kind": "MEDQ", "working_days": 1},
            ],
        }
    )
    names = Names({}, {}, {}, KINDS)
    name, sorts = LTC.name, {one.code: one.name for one in LTC.subtypes}
    assert set(differences(before, after, names)) == {
        f"{name}: 20 working days instead of 28.",
        f"{name} ({sorts['DM']}): stays at 28 working days.",
        f"{name} ({sorts['AST']}): 10 working days instead of 28.",
        "Medication query: 1 working day instead of 2.",
    }
    assert differences(after, after, names) == ()
    written_out = parse_policy({**DEFAULT_POLICY, "targets": [{"kind": "MEDQ", "working_days": 2}]})
    assert differences(parse_policy(DEFAULT_POLICY), written_out, names) == (), "it says nothing new"


@pytest.mark.parametrize(
    "wrong",
    [
        [{"kind": "LTC"}],
        [{"kind": "LTC", "working_days": 5, "hub_minutes": 5}],
        [{"kind": "LTC", "working_days": 0}],
        [{"kind": "LTC", "working_days": 5}, {"kind": "LTC", "working_days": 6}],
    ],
)
def test_a_policy_with_targets_that_cannot_be_is_refused(wrong: list[dict[str, object]]) -> None:
    with pytest.raises(ValueError, match="targets, LTC"):
        parse_policy({**DEFAULT_POLICY, "targets": wrong})
