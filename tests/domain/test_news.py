"""What is told later lifts what a request said, and never lowers it."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.news import NOTHING_NEW, News, Said, gravest, lift, more_urgent
from hub.domain.vocabulary import FactAnswer, RequestedUrgency
from hub.protocols.files import kinds_on_disk

KINDS = {kind.code: kind for kind in kinds_on_disk()}
MEDQ, DISCH = KINDS["MEDQ"], KINDS["DISCH"]
DAY = dt.date(2026, 11, 23)
YES, NO, NOT_SURE = FactAnswer.YES, FactAnswer.NO, FactAnswer.NOT_SURE
GRAVITY = [None, NO, NOT_SURE, YES]


def said(**more: object) -> Said:
    values = {"answers": {}, "requested": RequestedUrgency.ROUTINE, "receipt_on": DAY}
    return Said(**(values | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "lifts"),
    [
        (NO, YES, True),
        (None, YES, True),
        (NOT_SURE, YES, True),
        (NO, NOT_SURE, True),
        (None, NOT_SURE, True),
        (YES, NO, False),
        (YES, NOT_SURE, False),
        (NOT_SURE, NO, False),
        (None, NO, False),
        (NO, NO, False),
    ],
)
def test_only_a_graver_answer_counts(before: FactAnswer | None, after: FactAnswer, lifts: bool) -> None:
    answers = {"serious_reaction": before} if before else {}
    found = lift(MEDQ, said(answers=answers), News({"serious_reaction": after}))
    assert dict(found.answers) == ({"serious_reaction": (before, after)} if lifts else {})
    assert bool(found) is lifts


def test_a_fact_that_this_kind_does_not_know_is_left_out() -> None:
    assert not lift(MEDQ, said(), News({"moon_phase": YES}))


def test_only_more_haste_and_earlier_days_count() -> None:
    urgent = said(requested=RequestedUrgency.URGENT)
    assert not lift(MEDQ, urgent, News(requested=RequestedUrgency.SOON))
    assert lift(MEDQ, said(), News(requested=RequestedUrgency.SOON)).requested == ("routine", "soon")
    later, earlier = DAY + dt.timedelta(days=5), DAY - dt.timedelta(days=5)
    known = said(next_issue_on=DAY)
    assert not lift(DISCH, known, News(receipt_on=later, next_issue_on=later))
    found = lift(DISCH, known, News(receipt_on=earlier, next_issue_on=earlier))
    assert (found.receipt_on, found.next_issue_on) == ((DAY, earlier), (DAY, earlier))
    assert lift(DISCH, said(), News(next_issue_on=later)).next_issue_on == (None, later)
    assert not lift(MEDQ, said(), News(next_issue_on=earlier)), "this kind does not ask for it"


def test_an_event_keeps_codes_and_days_before_and_after() -> None:
    told = News({"serious_reaction": YES}, RequestedUrgency.URGENT, DAY - dt.timedelta(days=1))
    assert lift(MEDQ, said(answers={"serious_reaction": NO}), told).told() == {
        "facts": {"serious_reaction": ["no", "yes"]},
        "requested": ["routine", "urgent"],
        "receipt_on": ["2026-11-23", "2026-11-22"],
    }
    assert lift(MEDQ, said(), NOTHING_NEW).told() == {}


_answers = st.dictionaries(
    st.sampled_from([fact.code for fact in MEDQ.facts]), st.sampled_from([YES, NO, NOT_SURE])
)


@settings(max_examples=60)
@given(before=_answers, after=_answers)
def test_nothing_is_ever_less_grave_than_before(
    before: dict[str, FactAnswer], after: dict[str, FactAnswer]
) -> None:
    found = lift(MEDQ, said(answers=before), News(after))
    merged = before | {code: answer for code, (_, answer) in found.answers.items()}
    for fact in MEDQ.facts:
        held, told, now = (one.get(fact.code) for one in (before, after, merged))
        assert GRAVITY.index(now) >= GRAVITY.index(held)
        if told in (YES, NOT_SURE):
            assert GRAVITY.index(now) >= GRAVITY.index(told)


def test_the_gravest_questions_are_those_that_lift_the_furthest() -> None:
    assert [fact.code for fact in gravest(MEDQ, {})] == ["out_of_critical_medicine", "serious_reaction"]
    left = gravest(MEDQ, {"serious_reaction": YES, "out_of_critical_medicine": NOT_SURE})
    assert [fact.code for fact in left] == ["out_of_critical_medicine"], "what is yes is not asked again"
    assert all(gravest(kind, {}) for kind in KINDS.values())


def test_only_more_haste_may_be_asked_for() -> None:
    assert more_urgent(RequestedUrgency.ROUTINE) == (RequestedUrgency.SOON, RequestedUrgency.URGENT)
    assert more_urgent(RequestedUrgency.URGENT) == ()
