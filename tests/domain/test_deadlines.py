"""The target clock and the safety deadline: by when is it promised, and by when is it safe?"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.deadlines import Clocks, Request, clocks
from hub.domain.hours import Hours
from hub.domain.kinds import Target
from hub.domain.rota import Interval, last_staffed_minute_before
from hub.domain.vocabulary import RequestedUrgency
from hub.domain.worktime import WorkCalendar
from tests.domain.examples import LETTER, NOW, TODAY, kind

PRACTICE = WorkCalendar()  # 08:00 to 18:30, Monday to Friday
HUB = WorkCalendar(
    Hours.from_json({day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")})
)
SLOW = kind(target=Target(20, None, ""))
QUICK = kind(target=Target(None, 240, ""))

LETTER_TODAY = Request(LETTER, "", RequestedUrgency.ROUTINE, {}, receipt_on=TODAY, raised_at=NOW)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def of(
    request: Request = LETTER_TODAY, staffed: list[Interval] | None = None, second_stage: int = 0
) -> Clocks:
    return clocks(request, PRACTICE, HUB, staffed, second_stage)


def test_a_target_in_working_days_ends_when_the_practice_closes() -> None:
    assert of().due_at == at(25, 18, 30)


def test_it_counts_from_receipt_and_leaves_out_the_weekend() -> None:
    assert of(replace(LETTER_TODAY, receipt_on=date(2026, 11, 20))).due_at == at(24, 18, 30)


def test_a_target_in_minutes_runs_in_hub_hours_from_raising() -> None:
    assert of(replace(LETTER_TODAY, kind=QUICK)).due_at == at(23, 14)
    late_friday = replace(LETTER_TODAY, kind=QUICK, raised_at=at(20, 16))
    assert of(late_friday).due_at == at(23, 12)


def test_stopped_minutes_move_the_target_in_its_own_calendar_and_never_the_deadline() -> None:
    stopped = of(replace(LETTER_TODAY, stopped_minutes=60))
    assert stopped.due_at == at(26, 9)
    assert stopped.deadline_at == of().deadline_at
    assert stopped.working_due_at == of().working_due_at
    assert of(replace(LETTER_TODAY, kind=QUICK, stopped_minutes=300)).due_at == at(24, 11)


def test_a_kind_without_a_deadline_has_none_and_its_working_due_is_the_target() -> None:
    found = of(replace(LETTER_TODAY, kind=SLOW))
    assert (found.deadline_at, found.deadline_why, found.working_due_at) == (None, "", found.due_at)


def test_a_discharge_is_safe_for_seven_days_from_receipt() -> None:
    found = of()
    assert found.deadline_at == datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    assert "NICE QS120" in found.deadline_why


def test_or_until_the_next_issue_if_that_is_sooner() -> None:
    assert of(replace(LETTER_TODAY, next_issue_on=date(2026, 11, 26))).deadline_at == at(26, 0)


def test_without_a_rota_the_working_due_is_the_hubs_last_minute_less_the_second_stage() -> None:
    sunday = replace(LETTER_TODAY, next_issue_on=date(2026, 11, 29))
    assert of(sunday).working_due_at == at(27, 17)
    assert of(sunday, second_stage=20).working_due_at == at(27, 16, 40)
    assert of(sunday, second_stage=8 * 60 + 30).working_due_at == at(26, 16, 30)


STAFFED = [
    Interval(at(25, 9), at(25, 9, 10)),
    Interval(at(24, 13), at(24, 17)),
    Interval(at(24, 15), at(24, 18)),
]


@pytest.mark.parametrize(
    ("second_stage", "expected"),
    [(0, at(25, 9, 10)), (10, at(25, 9)), (20, at(24, 17, 50)), (310, at(24, 13)), (311, NOW)],
)
def test_with_a_rota_it_is_the_last_staffed_minute_less_staffed_time(
    second_stage: int, expected: datetime
) -> None:
    before_issue = replace(LETTER_TODAY, next_issue_on=date(2026, 11, 26))
    assert of(before_issue, STAFFED, second_stage).working_due_at == expected


def test_time_at_work_after_the_deadline_does_not_help() -> None:
    before_issue = replace(LETTER_TODAY, next_issue_on=date(2026, 11, 26))
    later = [*STAFFED, Interval(at(26, 9), at(26, 17))]
    assert of(before_issue, later).working_due_at == at(25, 9, 10)


@pytest.mark.parametrize("staffed", [None, []])
def test_when_it_is_too_late_already_the_working_due_is_the_moment_of_raising(
    staffed: list[Interval] | None,
) -> None:
    passed = replace(LETTER_TODAY, receipt_on=date(2026, 11, 2))
    assert of(passed, staffed).working_due_at == NOW


def test_raised_late_is_said_and_moves_no_clock() -> None:
    late = of(replace(LETTER_TODAY, receipt_on=date(2026, 11, 9)))
    assert late.late_on_arrival
    assert late.deadline_at == datetime(2026, 11, 16, 23, 59, 59, tzinfo=UTC)
    assert late.due_at == at(11, 18, 30)
    assert not of().late_on_arrival


def test_late_stays_late_when_the_target_is_moved_by_a_pause() -> None:
    late = replace(LETTER_TODAY, kind=SLOW, receipt_on=date(2026, 10, 1), stopped_minutes=60 * 10 * 40)
    assert of(late).due_at > NOW
    assert of(late).late_on_arrival


def test_the_next_issue_alone_can_make_it_late() -> None:
    assert of(replace(LETTER_TODAY, next_issue_on=TODAY)).late_on_arrival


def test_an_unknown_deadline_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="LETTER names a deadline rule that does not exist: soon"):
        of(replace(LETTER_TODAY, kind=kind(target=Target(2, None, "soon"))))


MOMENTS = st.integers(0, 14 * 24 * 60).map(lambda m: at(22, 0) + timedelta(minutes=m))
SHIFTS = st.lists(
    st.builds(lambda start, m: Interval(start, start + timedelta(minutes=m)), MOMENTS, st.integers(1, 600)),
    max_size=8,
)


@given(SHIFTS, st.integers(0, 120))
def test_the_working_due_leaves_the_second_stage_enough_staffed_time(
    shifts: list[Interval], second: int
) -> None:
    found = of(LETTER_TODAY, shifts, second)
    assert found.deadline_at is not None
    assert NOW <= found.working_due_at <= found.deadline_at
    staffed = {
        minute
        for shift in shifts
        for m in range(shift.minutes)
        if found.working_due_at <= (minute := shift.start + timedelta(minutes=m)) < found.deadline_at
    }
    assert len(staffed) >= second or found.working_due_at == NOW
    if second == 0:
        assert found.working_due_at == max(last_staffed_minute_before(shifts, found.deadline_at) or NOW, NOW)
