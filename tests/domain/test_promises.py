"""What people are told: why it stands here, and when someone will see it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.domain.promises import Standing, due_of, in_full, promised, seen_by, when_words, why_here
from hub.domain.urgency import Clocks
from hub.domain.vocabulary import Band
from hub.domain.worktime import WorkCalendar
from tests.domain.examples import NOW

HUB = WorkCalendar()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


RISKY = Standing(
    band=Band.BY_TOMORROW,
    signals=("high-risk medicine",),
    not_told=(),
    due_at=at(25, 18, 30),
    deadline_at=at(24, 17),
    raised_at=at(21, 16),
)


def test_why_here_reads_as_one_sentence() -> None:
    assert why_here(RISKY, 3, NOW) == (
        "Third: by tomorrow (high-risk medicine), deadline Tue 24-Nov-2026 17:00, waited 2 days."
    )


def test_what_is_unknown_is_named() -> None:
    unknown = replace(RISKY, not_sure=("palliative care",), not_told=("pregnancy", "care home"))
    assert "(high-risk medicine; not sure: palliative care; not told: pregnancy, care home)" in why_here(
        unknown, 1, NOW
    )
    assert "(not told: pregnancy)" in why_here(replace(RISKY, signals=(), not_told=("pregnancy",)), 1, NOW)


def test_without_facts_and_deadline_it_says_the_target() -> None:
    plain = replace(RISKY, band=Band.PLANNED, signals=(), deadline_at=None, raised_at=NOW)
    assert why_here(plain, 1, NOW) == "First: planned, due Wed 25-Nov-2026 18:30, raised today."


def test_what_has_passed_is_said_as_passed() -> None:
    assert "deadline passed Tue 24-Nov-2026 17:00" in why_here(RISKY, 1, at(24, 17))
    overdue = replace(RISKY, deadline_at=None)
    assert "was due Wed 25-Nov-2026 18:30" in why_here(overdue, 1, at(26, 9))


def test_what_is_overdue_is_not_in_its_usual_time_and_what_did_not_lift_it_is_no_cause() -> None:
    usual = replace(RISKY, band=Band.INSIDE_TARGET, signals=(), deadline_at=None, beside=("care home",))
    ends = "25-Nov-2026 18:30, waited"
    assert why_here(usual, 1, NOW) == f"First: in its usual time, due Wed {ends} 2 days. Also: care home."
    assert why_here(usual, 1, at(26, 9)) == f"First: usual time, was due Wed {ends} 5 days. Also: care home."


@pytest.mark.parametrize(("position", "word"), [(1, "First"), (10, "Tenth"), (11, "Number 11")])
def test_positions_are_counted_from_one(position: int, word: str) -> None:
    assert why_here(RISKY, position, NOW).startswith(f"{word}: ")


def test_waiting_is_counted_in_days_of_the_calendar() -> None:
    assert why_here(replace(RISKY, raised_at=at(22, 23)), 1, NOW).endswith("waited 1 day.")


def test_a_moment_is_written_in_local_time() -> None:
    assert when_words(datetime(2026, 7, 1, 12, 0, tzinfo=UTC)) == "Wed 01-Jul-2026 13:00"


FUTURE = Clocks(at(30, 18, 30), None, "", at(30, 18, 30), False)


def promise(band: Band, clocks: Clocks = FUTURE) -> datetime:
    return promised(band, clocks, raised_at=NOW, hub_calendar=HUB)


def test_each_band_makes_its_own_promise() -> None:
    assert promise(Band.NOW) == NOW + timedelta(hours=1)
    assert promise(Band.BY_TOMORROW) == at(24, 18, 30)
    for band in (Band.INSIDE_TARGET, Band.PLANNED, Band.WHEN_CAPACITY_ALLOWS):
        assert promise(band) == at(30, 18, 30)


def test_tomorrow_is_the_hubs_next_working_day() -> None:
    friday = promised(Band.BY_TOMORROW, FUTURE, raised_at=at(20, 16), hub_calendar=HUB)
    assert friday == at(23, 18, 30)


def test_no_promise_outlasts_the_target_or_the_working_due() -> None:
    assert promise(Band.BY_TOMORROW, replace(FUTURE, due_at=at(23, 14))) == at(23, 14)
    assert promise(Band.INSIDE_TARGET, replace(FUTURE, working_due_at=at(26, 12))) == at(26, 12)


def test_what_arrived_late_is_promised_for_the_next_working_day() -> None:
    passed = replace(FUTURE, due_at=at(16, 18, 30), working_due_at=NOW)
    for band in (Band.BY_TOMORROW, Band.INSIDE_TARGET):
        assert promise(band, passed) == at(24, 18, 30)


def test_the_form_names_the_moment_when_someone_is_there_in_time() -> None:
    told = seen_by(at(24, 17), at(24, 17))
    assert (told.at, told.in_time) == (at(24, 17), True)
    assert told.sentence == "A clinician should see it by Tue 24-Nov-2026 17:00."


def test_it_warns_when_cover_comes_later_than_promised() -> None:
    told = seen_by(at(24, 17), at(25, 9), telephone="01632 960123")
    assert (told.at, told.in_time) == (at(25, 9), False)
    assert told.sentence == (
        "Nobody who may do this is at work until Wed 25-Nov-2026 09:00. "
        "Do not rely on this: telephone 01632 960123 or your duty clinician."
    )


def test_it_warns_when_nobody_is_on_the_rota_at_all() -> None:
    told = seen_by(at(24, 17), None)
    assert (told.at, told.in_time) == (None, False)
    assert told.sentence == (
        "Nobody who may do this is on the rota. Do not rely on this: "
        "telephone the hub or your duty clinician."
    )


TARGET = Clocks(at(25, 18, 30), None, "", at(25, 18, 30), False)


def test_what_is_promised_sooner_than_the_target_is_due_then() -> None:
    due = {band: due_of(band, TARGET, now=at(23, 10), hub_calendar=HUB) for band in Band}
    assert due[Band.NOW] == at(23, 11)
    assert due[Band.BY_TOMORROW] == at(24, 18, 30)
    assert {due[band] for band in Band if band > Band.BY_TOMORROW} == {TARGET.due_at}


def test_a_promise_stands_until_the_band_changes() -> None:
    def later(band: Band) -> datetime:
        made = Band.BY_TOMORROW, at(24, 18, 30)
        return due_of(band, TARGET, now=at(24, 9), hub_calendar=HUB, before=made)

    assert later(Band.BY_TOMORROW) == at(24, 18, 30)
    assert later(Band.NOW) == at(24, 10)
    assert later(Band.INSIDE_TARGET) == TARGET.due_at


def test_a_target_that_is_sooner_than_the_promise_is_kept() -> None:
    passed = replace(TARGET, due_at=at(20, 18, 30))
    assert due_of(Band.NOW, passed, now=at(23, 10), hub_calendar=HUB) == passed.due_at


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("Query: inside target, unless", "Query: in its usual time, unless"),
        ("Query: in its usual time, unless", "Query: in its usual time, unless"),
        ("First: by tomorrow, due", "First: by tomorrow, due"),
    ],
)
def test_the_third_bands_name_of_old_is_said_in_the_words_of_today(short: str, full: str) -> None:
    assert in_full(short) == full
