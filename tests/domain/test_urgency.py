"""The ladder of bands: what lifts a task, how far, and that nothing ever lowers one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.hours import Hours
from hub.domain.kinds import Kind, SafetyFact, Target
from hub.domain.urgency import Placement, Promotion, Request, band_of, clocks, promotion
from hub.domain.vocabulary import Band, FactAnswer, RequestedUrgency
from hub.domain.worktime import WorkCalendar
from tests.domain.examples import HIGH_RISK, LETTER, NOW, TODAY, kind

HUB = WorkCalendar(
    Hours.from_json({day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")})
)
YES, NO, NOT_SURE = FactAnswer.YES, FactAnswer.NO, FactAnswer.NOT_SURE
ROUTINE, SOON, URGENT = RequestedUrgency.ROUTINE, RequestedUrgency.SOON, RequestedUrgency.URGENT

CALM = {"high_risk": NO, "ran_out": NO}
PLANNED = kind(band=Band.PLANNED, target=Target(20, None, ""))


def request(of: Kind = LETTER, **changes: Any) -> Request:
    plain = Request(of, "", ROUTINE, CALM, receipt_on=TODAY, raised_at=NOW)
    return replace(plain, **changes)


def placed(of: Request, now: datetime = NOW) -> Placement:
    return band_of(of, clocks(of, HUB, HUB, None, 0), now, HUB)


def rise(current: Band, of: Request, now: datetime = NOW) -> Promotion | None:
    return promotion(current, of, clocks(of, HUB, HUB, None, 0), now, HUB)


def codes(placement: Placement) -> list[str]:
    return [reason.code for reason in placement.reasons]


def test_a_calm_request_keeps_its_kinds_band() -> None:
    found = placed(request())
    assert (found.band, found.signals, found.not_told, found.not_sure) == (Band.INSIDE_TARGET, (), (), ())
    assert [reason.sentence for reason in found.reasons] == [
        "Letter: in its usual time, unless something lifts it."
    ]


def test_a_fact_answered_yes_lifts_to_its_own_band() -> None:
    risky = placed(request(answers={**CALM, "high_risk": YES}))
    assert (risky.band, risky.signals) == (Band.BY_TOMORROW, ("high-risk medicine",))
    assert risky.reasons[-1].sentence == "High-risk medicine: by tomorrow."
    now = placed(request(answers={**CALM, "ran_out": YES}))
    assert (now.band, now.reasons[-1].code) == (Band.NOW, "yes:ran_out")


def test_a_fact_without_a_band_is_shown_and_lifts_nothing() -> None:
    blister = SafetyFact("blister", "Blister pack?", "", "blister pack", None, False)
    found = placed(request(kind(facts=(blister,)), answers={"blister": YES}))
    assert (found.band, found.signals, codes(found)) == (
        Band.INSIDE_TARGET,
        ("blister pack",),
        ["kind", "yes:blister"],
    )


@pytest.mark.parametrize(
    ("answers", "code", "sentence"),
    [
        (
            {"ran_out": NO},
            "not_told:high_risk",
            "Not told: high-risk medicine. Until it is known: by tomorrow.",
        ),
        (
            {"ran_out": NO, "high_risk": NOT_SURE},
            "not_sure:high_risk",
            "The practice is not sure: high-risk medicine. Until it is known: by tomorrow.",
        ),
    ],
)
def test_what_is_unknown_lifts_one_band(answers: dict[str, FactAnswer], code: str, sentence: str) -> None:
    found = placed(request(answers=answers))
    assert found.band == Band.BY_TOMORROW
    assert (found.reasons[-1].code, found.reasons[-1].sentence) == (code, sentence)
    assert placed(request(PLANNED, answers=answers)).band == Band.INSIDE_TARGET


def test_unknown_facts_are_told_apart_and_only_where_they_raise() -> None:
    found = placed(request(answers={"high_risk": NOT_SURE}))
    assert (found.not_sure, found.not_told) == (("high-risk medicine",), ())
    assert placed(request(answers={})).not_told == ("high-risk medicine",)


def test_a_fact_the_kind_does_not_name_as_raising_may_stay_unknown() -> None:
    assert placed(request(answers={"high_risk": NO})).band == Band.INSIDE_TARGET


def test_however_many_are_missing_it_is_one_band() -> None:
    facts = tuple(replace(HIGH_RISK, code=f"fact_{number}") for number in range(5))
    assert placed(request(replace(PLANNED, facts=facts), answers={})).band == Band.INSIDE_TARGET


def test_unknown_never_lifts_above_what_yes_would() -> None:
    mild = replace(HIGH_RISK, band_if_yes=Band.PLANNED)
    found = placed(request(replace(PLANNED, facts=(mild,)), answers={}))
    assert found.band == Band.PLANNED


@pytest.mark.parametrize(
    ("of", "asked", "band"),
    [
        (LETTER, SOON, Band.BY_TOMORROW),
        (PLANNED, SOON, Band.INSIDE_TARGET),
        (replace(PLANNED, band=Band.WHEN_CAPACITY_ALLOWS), SOON, Band.PLANNED),
        (LETTER, URGENT, Band.BY_TOMORROW),
        (PLANNED, URGENT, Band.BY_TOMORROW),
        (kind(band=Band.BY_TOMORROW), SOON, Band.BY_TOMORROW),
        (kind(band=Band.NOW), SOON, Band.NOW),
        (kind(band=Band.NOW), URGENT, Band.NOW),
    ],
)
def test_what_the_requester_asks_for_is_weighed(of: Kind, asked: RequestedUrgency, band: Band) -> None:
    assert placed(request(of, requested=asked)).band == band


def test_urgent_says_why_it_is_not_now() -> None:
    found = placed(request(requested=URGENT))
    assert found.reasons[-1].sentence == (
        "The practice asks for today: by tomorrow, as none of its answers means now."
    )


def test_urgent_is_now_when_a_safety_fact_bears_it_out() -> None:
    found = placed(request(requested=URGENT, answers={**CALM, "ran_out": YES}))
    assert found.band == Band.NOW
    assert found.reasons[-1].sentence == (
        "The practice asks for today, and its answers bear that out (out of a critical medicine): now."
    )


def test_urgent_with_the_deciding_fact_unknown_stays_below_now() -> None:
    for answers in ({"high_risk": YES}, {"high_risk": YES, "ran_out": NOT_SURE}):
        assert placed(request(requested=URGENT, answers=answers)).band == Band.BY_TOMORROW


@pytest.mark.parametrize(
    ("of", "chases", "band"),
    [
        (LETTER, 1, Band.INSIDE_TARGET),
        (LETTER, 2, Band.BY_TOMORROW),
        (PLANNED, 2, Band.INSIDE_TARGET),
        (PLANNED, 7, Band.INSIDE_TARGET),
        (kind(band=Band.BY_TOMORROW), 2, Band.BY_TOMORROW),
        (kind(band=Band.NOW), 2, Band.NOW),
    ],
)
def test_the_second_chase_lifts_one_band_up_to_2(of: Kind, chases: int, band: Band) -> None:
    assert placed(request(of, chases=chases)).band == band


def test_a_second_chase_counts_on_top_of_what_was_asked() -> None:
    found = placed(request(PLANNED, requested=SOON, chases=2))
    assert (found.band, found.reasons[-1].sentence) == (Band.BY_TOMORROW, "Chased 2 times: by tomorrow.")


ISSUE_THURSDAY = request(
    next_issue_on=date(2026, 11, 26)
)  # deadline 00:00 on Thursday, last minute Wed 17:00


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "band", "code"),
    [
        (at(24, 16, 59), Band.INSIDE_TARGET, "kind"),
        (at(24, 17), Band.INSIDE_TARGET, "kind"),
        (at(25, 9), Band.INSIDE_TARGET, "kind"),
        (at(25, 9, 1), Band.BY_TOMORROW, "deadline_near"),
        (at(25, 23), Band.BY_TOMORROW, "deadline_near"),
        (at(26, 0), Band.BY_TOMORROW, "deadline_passed"),
        (at(30, 9), Band.BY_TOMORROW, "deadline_passed"),
    ],
)
def test_a_hard_deadline_lifts_when_less_than_a_working_day_is_left(
    now: datetime, band: Band, code: str
) -> None:
    found = placed(ISSUE_THURSDAY, now)
    assert (found.band, found.reasons[-1].code) == (band, code)


def test_a_deadline_later_today_lifts_before_the_hub_opens() -> None:
    last_day = at(30, 8, 30)
    found = placed(request(), last_day)
    assert (found.band, found.reasons[-1].sentence) == (
        Band.BY_TOMORROW,
        "Its deadline is today: Mon 30-Nov-2026 23:59.",
    )


def test_a_weekend_before_the_deadline_is_no_working_time() -> None:
    sunday = request(next_issue_on=date(2026, 11, 30))  # deadline 00:00 on Monday, last minute Friday 17:00
    assert placed(sunday, at(27, 9)).band == Band.INSIDE_TARGET
    assert placed(sunday, at(27, 9, 1)).band == Band.BY_TOMORROW


def test_the_second_stage_brings_the_lift_forward() -> None:
    two_stages = clocks(ISSUE_THURSDAY, HUB, HUB, None, 60)
    assert band_of(ISSUE_THURSDAY, two_stages, at(24, 16, 30), HUB).band == Band.BY_TOMORROW


def test_an_overdue_target_alone_lifts_nothing() -> None:
    assert placed(request(PLANNED), at(30, 9) + timedelta(days=200)).band == Band.PLANNED


def test_time_promotes_with_the_reason_that_lifted_it() -> None:
    assert rise(Band.INSIDE_TARGET, ISSUE_THURSDAY, at(24, 16)) is None
    found = rise(Band.INSIDE_TARGET, ISSUE_THURSDAY, at(25, 10))
    assert found is not None
    assert (found.band, found.reason.code) == (Band.BY_TOMORROW, "deadline_near")
    assert rise(Band.BY_TOMORROW, ISSUE_THURSDAY, at(25, 10)) is None


def test_a_chase_promotes_with_its_own_reason() -> None:
    found = rise(Band.INSIDE_TARGET, request(chases=2))
    assert found is not None
    assert (found.band, found.reason.code) == (Band.BY_TOMORROW, "chased")


def test_a_promotion_never_lowers() -> None:
    assert rise(Band.NOW, request()) is None
    assert rise(Band.BY_TOMORROW, request()) is None


BANDS = st.sampled_from(Band)
FACTS = st.lists(
    st.builds(
        SafetyFact, st.just(""), st.just("?"), st.just(""), st.just("word"), st.none() | BANDS, st.booleans()
    ),
    max_size=4,
).map(lambda facts: tuple(replace(fact, code=f"fact_{number}") for number, fact in enumerate(facts)))
ODD_HOURS = st.sampled_from(
    [
        HUB,
        WorkCalendar(),
        WorkCalendar(Hours.from_json({"mon": [["08:00", "20:00"]], "sat": [["10:00", "11:00"]]})),
        WorkCalendar(
            Hours.from_json({"fri": [["22:00", "24:00"]], "sat": [["00:00", "01:00"], ["09:00", "12:00"]]})
        ),
    ]
)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    facts = draw(FACTS)
    return Request(
        kind=kind(
            band=draw(BANDS),
            facts=facts,
            target=draw(st.sampled_from([Target(2, None, "nice_discharge"), Target(5, None, "")])),
        ),
        subtype="",
        requested=draw(st.sampled_from(RequestedUrgency)),
        answers=draw(
            st.fixed_dictionaries({}, optional={fact.code: st.sampled_from(FactAnswer) for fact in facts})
        ),
        receipt_on=TODAY - timedelta(days=draw(st.integers(0, 9))),
        raised_at=NOW,
        next_issue_on=draw(st.none() | st.integers(-3, 9).map(lambda days: TODAY + timedelta(days=days))),
        chases=draw(st.integers(0, 4)),
    )


MINUTES = st.integers(0, 15 * 24 * 60)


@given(requests(), ODD_HOURS, MINUTES, MINUTES, st.integers(0, 120))
def test_time_alone_never_lowers_a_band(
    of: Request, hub: WorkCalendar, first: int, more: int, second: int
) -> None:
    fixed = clocks(of, hub, hub, None, second)
    early = NOW + timedelta(minutes=first)
    late = early + timedelta(minutes=more)
    before, after = band_of(of, fixed, early, hub), band_of(of, fixed, late, hub)
    assert after.band <= before.band
    found = promotion(before.band, of, fixed, late, hub)
    assert (after.band if after.band < before.band else None) == (found and found.band)
    assert found is None or found.reason in after.reasons


@given(requests())
def test_an_unknown_fact_never_counts_less_than_no_nor_more_than_yes(of: Request) -> None:
    for fact in of.kind.facts:
        if fact.band_if_yes is None and fact.raises_if_unknown:
            continue  # such a kind cannot be published
        others = {code: answer for code, answer in of.answers.items() if code != fact.code}
        no, unsure, yes = (
            placed(replace(of, answers={**others, fact.code: a})).band for a in (NO, NOT_SURE, YES)
        )
        assert yes <= unsure == placed(replace(of, answers=others)).band <= no


@given(requests())
def test_only_the_kind_or_a_fact_answered_yes_makes_it_now(of: Request) -> None:
    told_now = any(
        fact.band_if_yes == Band.NOW and of.answers.get(fact.code) == YES for fact in of.kind.facts
    )
    assert (placed(of).band == Band.NOW) is (told_now or of.kind.band == Band.NOW)


@given(requests())
def test_asking_for_more_or_chasing_never_lowers(of: Request) -> None:
    routine, soon, urgent = (placed(replace(of, requested=asked)).band for asked in (ROUTINE, SOON, URGENT))
    assert of.kind.band >= routine >= soon >= urgent
    assert placed(replace(of, chases=of.chases + 1)).band <= placed(of).band
