"""The ladder: may this person do this task, and in which words are they told why not?"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.eligibility import (
    ForAct,
    Person,
    check_may_do,
    hard_refusals,
    may_do,
    may_record,
    refusals,
    who_could,
)
from hub.domain.errors import NotAllowed
from hub.domain.routing import Needs
from hub.domain.vocabulary import Band, FactAnswer
from tests.domain.examples import (
    CHANGED,
    HIGH_RISK,
    MILL_LANE,
    NO_CHANGES,
    PHARMACIST,
    SAM,
    TECHNICIAN,
    TODAY,
    needs,
    person,
)

YESTERDAY = TODAY - timedelta(days=1)


def told(who: Person, what: Needs, for_act: ForAct = "assign") -> list[str]:
    return [refusal.sentence for refusal in refusals(who, what, today=TODAY, for_act=for_act)]


def test_whom_nothing_refuses_may() -> None:
    assert refusals(SAM, needs(), today=TODAY) == ()


ASTHMA = {"competences": ("asthma",)}


@pytest.mark.parametrize(
    ("changed", "needed", "rung", "sentence"),
    [
        ({"active": False}, {}, "account", "Sam Lee's account is switched off."),
        ({"profession": TECHNICIAN}, {}, "profession", "Sam Lee is a technician; this needs a pharmacist."),
        (
            {"is_prescriber": False},
            {"needs_prescriber": True},
            "prescriber",
            "Sam Lee is not a prescriber; this needs one.",
        ),
        ({"competences": {}}, ASTHMA, "competence", "Sam Lee is not signed off for asthma."),
        (
            {"competences": {"asthma": date(2026, 3, 3)}},
            ASTHMA,
            "competence",
            "Sam Lee's asthma competence ended on 03-Mar-2026.",
        ),
        (
            {"registration_expires": YESTERDAY},
            {},
            "registration",
            "Sam Lee's registration ended on 22-Nov-2026.",
        ),
        (
            {"registration_expires": None},
            {},
            "registration",
            "Sam Lee's registration has no end date on record.",
        ),
        ({"practices": frozenset({8})}, {}, "access", "Sam Lee has no access to Mill Lane Surgery."),
    ],
)
@pytest.mark.parametrize("for_act", ["assign", "take", "start", "complete"])
def test_each_hard_rung_refuses_every_act_in_its_own_words(
    changed: dict[str, Any], needed: dict[str, Any], rung: str, sentence: str, for_act: ForAct
) -> None:
    who, what = person(**changed), needs(**needed)
    (refusal,) = refusals(who, what, today=TODAY, for_act=for_act)
    assert (refusal.rung, refusal.hard, refusal.sentence) == (rung, True, sentence)
    assert hard_refusals(who, what, today=TODAY) == (refusal,)
    assert not may_do(who, what, today=TODAY)
    with pytest.raises(NotAllowed, match=sentence.replace(".", r"\.")):
        check_may_do(who, what, today=TODAY, for_act=for_act, lead_reason="We need it")


def test_the_last_day_itself_still_counts() -> None:
    who = person(registration_expires=TODAY, competences={"asthma": TODAY})
    assert refusals(who, needs(**ASTHMA), today=TODAY) == ()


def test_every_competence_is_asked_for() -> None:
    assert told(SAM, needs(competences=("asthma", "heart_failure"))) == [
        "Sam Lee is not signed off for heart failure."
    ]


SOFT: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"at_work": False}, {}, "Sam Lee is not at work now."),
    ({"minutes_left": 14}, {}, "Sam Lee has 14 minutes free today; this needs 15."),
    ({"minutes_left": 60, "bound_minutes": 50}, {}, "Sam Lee has 10 minutes free today; this needs 15."),
    ({"minutes_left": 20, "bound_minutes": 50}, {}, "Sam Lee has 0 minutes free today; this needs 15."),
]


@pytest.mark.parametrize(("changed", "needed", "sentence"), SOFT)
@pytest.mark.parametrize("for_act", ["assign", "take"])
def test_a_soft_rung_yields_to_a_leads_reason(
    changed: dict[str, Any], needed: dict[str, Any], sentence: str, for_act: ForAct
) -> None:
    who, what = person(**changed), needs(**needed)
    assert told(who, what, for_act) == [sentence]
    with pytest.raises(NotAllowed):
        check_may_do(who, what, today=TODAY, for_act=for_act)
    with pytest.raises(NotAllowed):
        check_may_do(who, what, today=TODAY, for_act=for_act, lead_reason="  ")
    check_may_do(who, what, today=TODAY, for_act=for_act, lead_reason="Cover agreed by telephone")


def test_what_fits_exactly_fits() -> None:
    assert told(person(minutes_left=15), needs()) == []
    assert told(person(minutes_left=60, bound_minutes=45), needs()) == []


def test_band_1_overrides_minutes_but_not_absence() -> None:
    assert told(person(minutes_left=0), needs(band=Band.NOW)) == []
    assert told(person(at_work=False), needs(band=Band.NOW)) == ["Sam Lee is not at work now."]


def test_starting_asks_only_whether_the_shift_still_holds_it() -> None:
    bound_to_it = person(minutes_left=20, bound_minutes=45)
    assert told(bound_to_it, needs(), "start") == []
    assert told(replace(bound_to_it, minutes_left=10), needs(), "start") == [
        "Sam Lee has 10 minutes free today; this needs 15."
    ]


def test_what_was_done_can_be_recorded_after_the_shift() -> None:
    assert told(person(at_work=False, minutes_left=0), needs(), "complete") == []


def test_the_first_refusal_is_the_one_that_is_read() -> None:
    nobody = person(profession=TECHNICIAN, practices=frozenset(), at_work=False)
    assert [refusal.rung for refusal in refusals(nobody, needs(), today=TODAY)] == [
        "profession",
        "access",
        "at_work",
    ]
    with pytest.raises(NotAllowed, match="is a technician"):
        check_may_do(nobody, needs(), today=TODAY, for_act="take")


def test_who_could_lists_the_able_first_then_the_nearly_able() -> None:
    free = person(id=1, name="Free", minutes_left=300)
    busy = person(id=2, name="Busy", minutes_left=300, bound_minutes=200)
    off = person(id=3, name="Off", at_work=False)
    barred = person(id=4, name="Barred", practices=frozenset())
    listed = who_could([barred, off, busy, free], needs(), TODAY)
    assert [who.name for who, _ in listed] == ["Free", "Busy", "Off", "Barred"]
    assert [bool(why) for _, why in listed] == [False, False, True, True]


NO, YES, NOT_SURE = FactAnswer.NO, FactAnswer.YES, FactAnswer.NOT_SURE


def test_a_profession_the_outcome_names_may_record_it_whatever_was_answered() -> None:
    assert may_record(NO_CHANGES, PHARMACIST, {"high_risk": YES}) is None
    assert may_record(CHANGED, PHARMACIST, {}) is None


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"high_risk": YES}, "is answered yes"),
        ({"high_risk": NOT_SURE}, "is answered not sure"),
        ({}, "was not told"),
    ],
)
def test_a_technician_may_not_close_what_is_or_may_be_risky(
    answers: dict[str, FactAnswer], told: str
) -> None:
    refusal = may_record(NO_CHANGES, TECHNICIAN, answers, [HIGH_RISK])
    assert refusal is not None
    assert refusal.hard
    assert refusal.sentence == (
        f"A technician may not record 'Reconciled, no changes' here: high-risk medicine {told}."
    )


def test_a_technician_may_close_what_is_certainly_not_risky() -> None:
    assert may_record(NO_CHANGES, TECHNICIAN, {"high_risk": NO}) is None


def test_one_risky_fact_among_several_is_enough() -> None:
    two = replace(NO_CHANGES, technician_unless=("high_risk", "blister_pack"))
    refusal = may_record(two, TECHNICIAN, {"high_risk": NO, "blister_pack": YES})
    assert refusal is not None
    assert "blister pack is answered yes" in refusal.sentence


def test_an_outcome_without_named_facts_is_closed_to_technicians() -> None:
    refusal = may_record(CHANGED, TECHNICIAN, {"high_risk": NO})
    assert refusal is not None
    assert refusal.sentence == "Only a pharmacist may record 'Reconciled, with changes'."


DAYS = st.sampled_from([None, YESTERDAY, TODAY, TODAY + timedelta(days=90)])
PEOPLE = st.builds(
    person,
    profession=st.sampled_from([PHARMACIST, TECHNICIAN]),
    is_prescriber=st.booleans(),
    competences=st.dictionaries(st.sampled_from(["asthma", "copd"]), DAYS),
    registration_expires=DAYS,
    practices=st.frozensets(st.sampled_from([MILL_LANE, 8])),
    active=st.booleans(),
    at_work=st.booleans(),
    minutes_left=st.integers(-10, 60),
    bound_minutes=st.integers(0, 60),
)
NEEDED = st.builds(
    needs,
    professions=st.sampled_from([(PHARMACIST,), (TECHNICIAN,), (TECHNICIAN, PHARMACIST)]),
    needs_prescriber=st.booleans(),
    competences=st.sampled_from([(), ("asthma",), ("asthma", "copd")]),
    minutes=st.integers(5, 60),
    band=st.sampled_from(Band),
)


def spelled_out(who: Person, what: Needs) -> bool:
    """The ladder of the design, written down a second time in one breath."""
    ends = who.registration_expires
    return (
        who.active
        and who.profession in what.professions
        and (who.is_prescriber or not what.needs_prescriber)
        and all(
            code in who.competences and (who.competences[code] or TODAY) >= TODAY for code in what.competences
        )
        and ends is not None
        and ends >= TODAY
        and what.practice_id in who.practices
    )


@given(PEOPLE, NEEDED)
def test_nobody_is_refused_who_may_and_nobody_may_who_is_refused(who: Person, what: Needs) -> None:
    able = spelled_out(who, what)
    assert may_do(who, what, today=TODAY) is able
    assert (hard_refusals(who, what, today=TODAY) == ()) is able
    fits = who.minutes_left - who.bound_minutes >= what.minutes or what.band is Band.NOW
    assert (refusals(who, what, today=TODAY) == ()) is (able and who.at_work and fits)


@given(PEOPLE, NEEDED)
def test_hard_refusals_come_before_soft_ones_and_each_names_the_person(who: Person, what: Needs) -> None:
    found = refusals(who, what, today=TODAY)
    assert [refusal.hard for refusal in found] == sorted((refusal.hard for refusal in found), reverse=True)
    assert all(refusal.sentence.startswith("Sam Lee") for refusal in found)
