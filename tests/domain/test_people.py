"""What a person is signed off for, and under whom: each refusal in its own words, at every act."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.assignment import unplaceable
from hub.domain.eligibility import (
    ForAct,
    Person,
    check_may_do,
    hard_refusals,
    may_do,
    may_ever_do,
    nobody_words,
    refusals,
    standing_refusals,
)
from hub.domain.errors import NotAllowed
from hub.domain.on_call import called_out, why_called, with_on_call
from hub.domain.people import SignOff, competence_title, supervisors_for
from hub.domain.promises import SeenBy
from hub.domain.routing import Needs, what_words
from hub.domain.vocabulary import Band
from tests.domain.examples import LETTER, MILL_LANE, SAM, TECHNICIAN, TODAY, needs, person
from tests.domain.waiting_examples import task

YESTERDAY = TODAY - timedelta(days=1)
ASTHMA_LETTER = needs(kind="LETTER", subtype="asthma", what="Letter (Asthma)", competences=("asthma",))
LETTERS = needs(kind="LETTER", what="Letter")
VERA = replace(SAM, id=2, name="Vera Moss", practices=frozenset(), supervises=True)
NELL = replace(SAM, id=3, name="Nell Gray", at_work=False)


def told(who: Person, what: Needs, for_act: ForAct = "assign") -> list[str]:
    return [refusal.sentence for refusal in refusals(who, what, today=TODAY, for_act=for_act)]


def learner(*supervisors: Person, supervisor_id: int | None = None, **more: Any) -> Person:
    """Sam, who does letters under supervision."""
    signed = {("LETTER", ""): SignOff(supervised=True, supervisor_id=supervisor_id)}
    return person(sign_offs=signed, supervisors=supervisors, **more)


STANDING = [
    ({"all_kinds": False}, "sign_off", "Sam Lee is not signed off for Letter (Asthma)."),
    (
        {"all_kinds": False, "sign_offs": {("OTHER", ""): SignOff(), ("LETTER", "plain"): SignOff()}},
        "sign_off",
        "Sam Lee is not signed off for Letter (Asthma).",
    ),
    (
        {"sign_offs": {("LETTER", ""): SignOff(YESTERDAY)}},
        "sign_off",
        "Sam Lee's sign-off for Letter (Asthma) ended on 22-Nov-2026.",
    ),
    (
        {
            "all_kinds": False,
            "sign_offs": {("LETTER", ""): SignOff(), ("LETTER", "asthma"): SignOff(YESTERDAY)},
        },
        "sign_off",
        "Sam Lee's sign-off for Letter (Asthma) ended on 22-Nov-2026.",
    ),
    (
        {"no_sign_in": frozenset({MILL_LANE})},
        "sign_in",
        "Sam Lee cannot sign in to the clinical system of Mill Lane Surgery yet.",
    ),
    (
        {"sign_offs": {("LETTER", ""): SignOff(supervised=True)}},
        "supervision",
        "Sam Lee does Letter (Asthma) only under supervision, and nobody in the hub may supervise it.",
    ),
    (
        {
            "sign_offs": {("LETTER", ""): SignOff(supervised=True, supervisor_id=3)},
            "supervisors": (replace(NELL, registration_expires=YESTERDAY), VERA),
        },
        "supervision",
        "Sam Lee does Letter (Asthma) only under supervision, and Nell Gray may not supervise it now.",
    ),
]


@pytest.mark.parametrize(("changed", "rung", "sentence"), STANDING)
@pytest.mark.parametrize("for_act", ["assign", "take", "start", "complete"])
def test_each_standing_rung_refuses_every_act_in_its_own_words(
    changed: dict[str, Any], rung: str, sentence: str, for_act: ForAct
) -> None:
    who = person(**changed)
    (refusal,) = refusals(who, ASTHMA_LETTER, today=TODAY, for_act=for_act)
    assert (refusal.rung, refusal.hard, refusal.sentence) == (rung, True, sentence)
    assert standing_refusals(who, ASTHMA_LETTER, today=TODAY) == (refusal,)
    assert not may_do(who, ASTHMA_LETTER, today=TODAY)
    assert not may_ever_do(who, ASTHMA_LETTER, today=TODAY)
    with pytest.raises(NotAllowed):
        check_may_do(who, ASTHMA_LETTER, today=TODAY, for_act=for_act, lead_reason="We need it")


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"all_kinds": False, "sign_offs": {("LETTER", ""): SignOff(TODAY)}},
        {"all_kinds": False, "sign_offs": {("LETTER", "asthma"): SignOff()}},
        {"sign_offs": {("LETTER", ""): SignOff(YESTERDAY), ("LETTER", "asthma"): SignOff()}},
        {"sign_offs": {("OTHER", ""): SignOff(YESTERDAY)}, "no_sign_in": frozenset({8})},
    ],
)
def test_what_is_signed_and_in_date_passes(changed: dict[str, Any]) -> None:
    assert told(person(**changed), ASTHMA_LETTER) == []


@pytest.mark.parametrize("for_act", ["assign", "take", "start"])
def test_supervision_is_asked_for_now_and_at_completion_only_in_principle(for_act: ForAct) -> None:
    away = replace(VERA, at_work=False)
    who = learner(away)
    sentence = "Sam Lee does Letter only under supervision, and nobody who may supervise it is at work now."
    assert told(who, LETTERS, for_act) == [sentence]
    with pytest.raises(NotAllowed):
        check_may_do(who, LETTERS, today=TODAY, for_act=for_act, lead_reason="I take it on me")
    assert told(who, LETTERS, "complete") == []
    assert may_ever_do(who, LETTERS, today=TODAY)
    assert not may_do(who, LETTERS, today=TODAY)
    assert told(learner(replace(away, busy="in a meeting until 11:00")), LETTERS, for_act) == []
    assert told(learner(away, VERA), LETTERS, for_act) == []


def test_whoever_is_named_supervises_and_nobody_else() -> None:
    who = learner(VERA, NELL, supervisor_id=3)
    assert told(who, LETTERS) == [
        "Sam Lee does Letter only under supervision, and Nell Gray is not at work now."
    ]
    assert supervisors_for(who, LETTERS, TODAY) == (NELL,), "named, she needs no leave to supervise others"
    assert told(learner(VERA, replace(NELL, at_work=True), supervisor_id=3), LETTERS) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"active": False},
        {"registration_expires": None},
        {"competences": {}},
        {"all_kinds": False},
        {"sign_offs": {("LETTER", ""): SignOff(supervised=True)}},
        {"profession": TECHNICIAN},
        {"supervises": False},
        {"id": SAM.id},
    ],
)
def test_who_could_not_stand_for_it_alone_supervises_nobody(changed: dict[str, Any]) -> None:
    who = learner(replace(VERA, **changed))
    assert supervisors_for(who, ASTHMA_LETTER, TODAY) == ()
    assert not may_do(who, ASTHMA_LETTER, today=TODAY)


def test_a_pharmacist_supervises_what_technicians_do() -> None:
    for_technicians = replace(LETTERS, professions=(TECHNICIAN,))
    who = learner(VERA, profession=TECHNICIAN)
    assert told(who, for_technicians) == []
    assert told(learner(replace(VERA, profession=TECHNICIAN), profession=TECHNICIAN), for_technicians) == []


def test_a_meeting_refuses_giving_and_neither_taking_nor_starting() -> None:
    who = person(at_work=False, busy="in a meeting until 11:00")
    assert told(who, needs()) == ["Sam Lee is in a meeting until 11:00."]
    assert told(who, needs(), "take") == told(who, needs(), "start") == []
    check_may_do(who, needs(), today=TODAY, for_act="assign", lead_reason="She left the meeting")


@pytest.mark.parametrize("for_act", ["assign", "take", "start"])
def test_whoever_is_on_call_may_be_given_what_cannot_wait_and_nothing_else(for_act: ForAct) -> None:
    who = person(at_work=False, on_call=True, minutes_left=0)
    assert told(who, needs(band=Band.NOW), for_act) == []
    assert told(who, needs(), for_act)[0] == "Sam Lee is not at work now."


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"all_kinds": False}, "No pharmacist is signed off for Letter."),
        ({"no_sign_in": frozenset({MILL_LANE})},
         "No pharmacist can sign in to the clinical system of Mill Lane Surgery yet."),
        ({"sign_offs": {("LETTER", ""): SignOff(supervised=True)}},
         "No pharmacist may do Letter without supervision, and nobody may supervise it."),
    ],
)  # fmt: skip
def test_the_lead_reads_which_rung_leaves_nobody(changed: dict[str, Any], sentence: str) -> None:
    assert unplaceable(task(1, needs=LETTERS), [person(**changed)], TODAY) == sentence


def test_a_supervisor_who_is_at_home_leaves_nothing_unplaceable() -> None:
    who = learner(replace(VERA, at_work=False))
    assert unplaceable(task(1, needs=LETTERS), [who], TODAY) is None


def test_every_hard_rung_has_a_sentence_for_the_whole_hub() -> None:
    from hub.domain import eligibility

    assert [rung for rung, _ in eligibility._STANDING_RUNGS] == list(nobody_words(LETTERS))


def test_the_words_for_a_kind_and_a_competence() -> None:
    assert what_words(LETTER, "asthma") == "Letter (Asthma)"
    assert what_words(LETTER, "") == "Letter"
    assert (competence_title("copd"), competence_title("heart_failure")) == ("COPD", "Heart failure")


def test_on_shift_comes_before_on_call_and_least_work_first() -> None:
    meets = person(id=1, at_work=False, busy="in a meeting until 11:00", bound_minutes=90)
    free, busy = (
        person(id=2, at_work=False, on_call=True),
        person(id=3, on_call=True, at_work=False, bound_minutes=5),
    )
    home = person(id=4, at_work=False)
    assert called_out([home, busy, free, meets]) is meets
    assert called_out([home, busy, free]) is free
    assert called_out([home]) is None
    assert why_called(meets) == "It cannot wait, and Sam Lee is on shift, though in a meeting until 11:00."


def test_on_call_stays_a_warning_and_takes_nothing_from_what_is_in_time() -> None:
    late = SeenBy(None, False, "Nobody who may do this is on the rota. Do not rely on this: telephone us.")
    told = with_on_call(late, "Cal Reed", "01632 960111")
    assert (told.in_time, told.at) == (False, None)
    assert told.sentence == (
        "Nobody who may do this is on the rota. It goes at once to Cal Reed, who is on call. Do not rely on "
        "this alone: telephone them on 01632 960111, or your duty clinician."
    )
    in_time = SeenBy(None, True, "A clinician should see this.")
    assert with_on_call(in_time, "Cal Reed", "1") is in_time


DAYS = st.sampled_from([None, YESTERDAY, TODAY, date(2027, 1, 1)])
KEYS = st.sampled_from([("LETTER", ""), ("LETTER", "asthma"), ("OTHER", "")])
SIGNED = st.builds(SignOff, DAYS, st.booleans(), st.sampled_from([None, 2, 3]))
STAFF = st.builds(
    lambda at_work, flag, own, kinds: replace(
        VERA, at_work=at_work, supervises=flag, sign_offs=own, all_kinds=kinds
    ),
    st.booleans(), st.booleans(), st.dictionaries(KEYS, SIGNED, max_size=2), st.booleans(),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, SIGNED), st.booleans(), STAFF, st.sampled_from([LETTERS, ASTHMA_LETTER]))
def test_nobody_unsigned_or_unsupervised_may_and_nobody_else_is_refused(
    sign_offs: dict[tuple[str, str], SignOff], all_kinds: bool, other: Person, what: Needs
) -> None:
    who = person(sign_offs=sign_offs, all_kinds=all_kinds, supervisors=(other,))

    def signed(of: Person) -> tuple[bool, bool, int | None]:
        """Spelled out a second time: signed off in date, under supervision, by whom."""
        keys = [key for key in ((what.kind, what.subtype), (what.kind, "")) if key in of.sign_offs]
        if not keys:
            return of.all_kinds, False, None
        one = of.sign_offs[keys[0]]
        return one.ends is None or one.ends >= TODAY, one.supervised, one.supervisor_id

    mine, supervised, named = signed(who)
    theirs, theirs_supervised, _ = signed(other)
    watched = other.at_work and theirs and not theirs_supervised and (
        other.supervises if named is None else named == other.id
    )  # fmt: skip
    assert may_do(who, what, today=TODAY) is (mine and (not supervised or watched))
    assert (hard_refusals(who, what, today=TODAY) == ()) is may_do(who, what, today=TODAY)
    assert {one.rung for one in hard_refusals(who, what, today=TODAY)} <= {
        "sign_off", "supervision", "supervised_now",
    }  # fmt: skip
