"""How a task's time was counted, line by line: what pauses, what moves, what never does."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from hub.domain.deadlines import Request
from hub.domain.kinds import Target
from hub.domain.ledger import Change, Happening, Ledger, differences, facts_told, ledger
from hub.domain.vocabulary import RequestedUrgency
from hub.domain.worktime import WorkCalendar
from tests.domain.examples import LETTER, kind
from tests.domain.moments import london

HUB = WorkCalendar()
TWO_DAYS = kind(target=Target(2, None, ""))
TEN_DAYS = kind(target=Target(10, None, ""))
YEAR = kind(target=Target(20, None, "", "contract_year_end"))
FAR = "2026-12-31T00:00:00+00:00"


def request(of: Any = TWO_DAYS, received: str = "2026-11-23", **more: Any) -> Request:
    day = date.fromisoformat(received)
    return Request(of, "", RequestedUrgency.ROUTINE, {}, day, london(f"{received} 10:00"), **more)


def event(at: str, act: str, **data: Any) -> Happening:
    return Happening(london(at), act, data)


def raised(of: Request, band: int = 3, hours: Any = None) -> Happening:
    told: dict[str, Any] = {"band": band}
    if band <= 2:
        told |= {"promise": "made", "working_due_at": FAR}
    return Happening(of.raised_at, "raised", {"clocks": facts_told(of, hours) | told})


def told(at: str, act: str, band: int, promise: str = "", **more: Any) -> Happening:
    clocks: dict[str, Any] = {"band": band, **more}
    if promise:
        clocks |= {"promise": promise, "working_due_at": FAR}
    return event(at, act, clocks=clocks)


def of(request: Request, *events: Happening, now: str = "2026-11-24 10:00", band: int = 3) -> Ledger:
    return ledger((raised(request, band), *events), request, HUB, london(now))


def changes(found: Ledger) -> list[str]:
    return [str(entry.change) for entry in found.entries]


def test_a_target_starts_with_the_receipt_and_says_so() -> None:
    found = of(request())
    assert found.due_at == london("2026-11-25 18:30")
    assert [entry.sentence for entry in found.entries] == [
        "The target is 2 working days after receipt on 23-Nov-2026, in the practice's hours: "
        "Wed 25-Nov-2026 18:30."
    ]


def test_a_target_in_minutes_runs_in_the_hubs_hours() -> None:
    found = of(request(kind(target=Target(None, 240, ""))))
    assert found.due_at == london("2026-11-23 14:00")
    assert "4 h of the hub's working time" in found.entries[0].sentence


@pytest.mark.parametrize("on", ["practice", "patient"])
def test_waiting_on_practice_or_patient_pauses_the_target(on: str) -> None:
    found = of(
        request(), event("2026-11-24 17:30", "waited", on=on), event("2026-11-25 09:30", "woken", to=1),
        now="2026-11-25 10:00",
    )  # fmt: skip
    assert found.stopped_minutes == 60 + 90
    assert found.due_at == london("2026-11-26 10:30")
    assert changes(found) == ["started", "paused", "resumed"]
    assert found.entries[-1].sentence == (
        "The target goes on. It stood still for 2 h 30 min of working time, "
        "so it moved to Thu 26-Nov-2026 10:30."
    )


@pytest.mark.parametrize("on", ["hospital", "results"])
def test_waiting_on_anyone_else_does_not(on: str) -> None:
    found = of(request(), event("2026-11-23 12:00", "waited", on=on), event("2026-11-24 09:00", "woken"))
    assert (found.stopped_minutes, found.due_at) == (0, london("2026-11-25 18:30"))
    assert changes(found) == ["started", "ran_on"]


def test_nothing_pauses_a_deadline() -> None:
    letter = request(replace(LETTER, target=Target(2, None, "nice_discharge")))
    waits = event("2026-11-24 10:00", "waited", on="practice"), event("2026-12-02 10:00", "released")
    found = of(letter, *waits, now="2026-12-02 11:00")
    assert found.deadline_at == of(letter).deadline_at
    assert found.due_at > of(letter).due_at
    assert [e.at for e in found.entries if "deadline passed" in e.sentence] == [found.deadline_at]


def test_a_pause_that_goes_on_is_not_counted_yet_and_lateness_is_judged_where_it_began() -> None:
    waits = event("2026-11-24 10:00", "waited", on="patient")
    found = of(request(), waits, now="2026-12-24 10:00")
    assert (found.paused_since, found.stopped_minutes) == (waits.at, 0)
    assert found.due_at == london("2026-11-25 18:30")
    assert Change.MISSED not in {entry.change for entry in found.entries}


def test_a_task_may_wait_longer_than_its_own_target() -> None:
    # Three weeks over Christmas: 21 to 23 and 24 December, 29 to 31, 4 to 8 and 11 January are open days.
    waits = event("2026-12-18 18:30", "waited", on="patient"), event("2027-01-11 18:30", "woken")
    found = of(request(received="2026-12-17"), *waits, now="2027-01-11 19:00")
    assert found.stopped_minutes == 13 * 630
    assert found.due_at == london("2027-01-12 18:30")


@pytest.mark.parametrize(
    ("received", "paused", "woken", "due"),
    [
        ("2026-03-26", "2026-03-27 18:00", "2026-03-30 08:30", "2026-03-31 09:00"),  # forward on the 29th
        ("2026-10-22", "2026-10-23 18:00", "2026-10-26 08:30", "2026-10-27 09:00"),  # back on the 25th
        ("2026-04-01", "2026-04-02 18:00", "2026-04-07 08:30", "2026-04-08 09:00"),  # Good Friday to Monday
        ("2026-12-23", "2026-12-24 18:00", "2026-12-29 08:30", "2026-12-30 09:00"),  # Boxing Day on the 28th
    ],
)
def test_it_is_right_across_clock_changes_and_bank_holidays(
    received: str, paused: str, woken: str, due: str
) -> None:
    waits = event(paused, "waited", on="practice"), event(woken, "woken")
    found = of(request(received=received), *waits, now=woken)
    assert found.stopped_minutes == 60
    assert found.due_at == london(due)


class TestTheContractYear:
    def test_31_march_is_the_last_day(self) -> None:
        found = of(request(YEAR, "2027-03-22"), now="2027-03-22 12:00")
        assert found.due_at == london("2027-03-31 18:30")
        assert "stop" in changes(found)

    def test_a_pause_moves_nothing_beyond_it(self) -> None:
        waits = event("2027-03-05 10:00", "waited", on="patient"), event("2027-04-20 10:00", "woken")
        found = of(request(YEAR, "2027-03-01"), *waits, now="2027-04-20 11:00")
        assert found.due_at == london("2027-03-31 18:30")

    def test_in_time_it_plays_no_part(self) -> None:
        assert of(request(YEAR), now="2026-11-23 12:00").due_at == london("2026-12-21 18:30")

    def test_raised_after_the_last_working_minute_there_is_the_evening_left(self) -> None:
        # 31 March 2029 is a Saturday.
        late = replace(request(YEAR, "2029-03-31"), raised_at=london("2029-03-31 10:00"))
        found = of(late, now="2029-03-31 11:00")
        assert found.due_at == london("2029-03-31 23:59:59")
        assert not found.late_on_arrival

    def test_a_day_later_it_is_next_years(self) -> None:
        assert of(request(YEAR, "2027-04-01"), now="2027-04-01 11:00").due_at < london("2027-05-01 00:00")


class TestPromises:
    def test_band_2_is_promised_by_the_next_working_day_and_keeps_it(self) -> None:
        found = of(request(TEN_DAYS), told("2026-11-24 09:00", "placed", 2, "kept"), band=2)
        assert found.due_at == london("2026-11-24 18:30")
        assert found.entries[1].sentence == (
            "The target moved to Tue 24-Nov-2026 18:30, because it must be seen by tomorrow."
        )

    def test_a_promise_made_while_it_waits_stands_still_from_then_on(self) -> None:
        found = of(
            request(TEN_DAYS),
            event("2026-11-24 08:00", "waited", on="patient"),
            told("2026-11-25 08:00", "chased", 2, "made"),
            event("2026-11-25 09:00", "woken"),
        )
        assert found.due_at == london("2026-11-27 09:00"), "an hour, not the day before it was made"

    def test_back_in_a_later_band_the_target_holds_again(self) -> None:
        found = of(request(TEN_DAYS), told("2026-11-24 09:00", "corrected", 3), band=2)
        assert found.due_at == london("2026-12-07 18:30")
        assert "because the practice corrected its request" in found.entries[-1].sentence


class TestWhatResetsNothing:
    def test_acts_that_are_no_clocks(self) -> None:
        acts = "placed assigned moved started paused released flagged decided asked answered promoted warned"
        events = [event(f"2026-11-24 09:{n:02d}", act) for n, act in enumerate(acts.split())]
        assert of(request(), *events).due_at == of(request()).due_at
        assert changes(of(request(), *events)) == ["started"]

    def test_hours_changed_later(self) -> None:
        told_hours = {"mon": [["08:00", "12:00"]], "wed": [["08:00", "12:00"]]}
        then = request()
        first = raised(then, hours=told_hours)
        now = replace(then, calendar=WorkCalendar())  # what the practice has today
        assert ledger([first], now, HUB, then.raised_at).due_at == london("2026-11-30 12:00")

    def test_the_request_as_it_stands_gives_way_to_what_its_events_told(self) -> None:
        then = request()
        now = replace(then, receipt_on=date(2026, 11, 2), stopped_minutes=99)
        assert ledger([raised(then)], now, HUB, then.raised_at).due_at == london("2026-11-25 18:30")

    def test_sent_back_it_goes_on(self) -> None:
        found = of(request(), event("2026-11-23 12:00", "sent_back"), event("2026-11-24 09:00", "corrected"))
        assert found.due_at == of(request()).due_at
        assert "Sent back to the practice: the target goes on." in {e.sentence for e in found.entries}


def test_a_correction_moves_target_and_deadline() -> None:
    letter = request(replace(LETTER, target=Target(2, None, "nice_discharge")))
    new = {"receipt_on": "2026-11-20", "next_issue_on": "2026-11-25"}
    found = of(letter, told("2026-11-23 12:00", "corrected", 3, **new))
    assert found.due_at == london("2026-11-24 18:30")
    assert found.deadline_at == london("2026-11-25 00:00")
    assert changes(found) == ["started", "deadline", "deadline", "moved"]


class TestTheEnd:
    def test_met_with_time_to_spare(self) -> None:
        found = of(request(), event("2026-11-25 10:00", "completed"))
        assert (
            found.entries[-1].sentence
            == "The target was met: completed 8 h 30 min of working time before it."
        )

    def test_missed(self) -> None:
        found = of(request(), event("2026-11-26 08:10", "completed"), now="2026-12-26 10:00")
        assert (
            found.entries[-1].sentence == "The target was missed: completed 10 min of working time after it."
        )

    def test_met_at_the_very_moment(self) -> None:
        assert changes(of(request(), event("2026-11-25 18:30", "completed")))[-1] == "met"

    def test_cancelled_it_was_neither(self) -> None:
        assert changes(of(request(), event("2026-11-30 10:00", "cancelled"))) == ["started", "ended"]

    def test_reopened_the_time_between_counts(self) -> None:
        ends = event("2026-11-24 10:00", "cancelled"), told("2026-11-30 10:00", "reopened", 3)
        found = of(request(), *ends, now="2026-11-30 11:00")
        assert found.due_at == london("2026-11-25 18:30")
        assert changes(found) == ["started", "missed"]

    def test_lines_stand_in_the_order_of_time(self) -> None:
        found = of(request(), event("2026-11-30 10:00", "waited", on="results"), now="2026-12-01 10:00")
        assert [entry.at for entry in found.entries] == sorted(entry.at for entry in found.entries)
        assert changes(found) == ["started", "missed", "ran_on"]


class TestAgainstWhatIsStored:
    def stored(self, found: Ledger) -> dict[str, Any]:
        names = ("due_at", "deadline_at", "stopped_minutes", "late_on_arrival")
        return {name: getattr(found, name) for name in names}

    def test_the_same_is_no_difference(self) -> None:
        found = of(request())
        assert differences(found, self.stored(found)) == []

    def test_each_clock_that_differs_is_named(self) -> None:
        found = of(request())
        other: dict[str, datetime | int] = {"due_at": london("2026-11-26 18:30"), "stopped_minutes": 5}
        assert differences(found, self.stored(found) | other) == [
            "due_at: Thu 26-Nov-2026 18:30 stored, Wed 25-Nov-2026 18:30 by its events",
            "stopped_minutes: 5 stored, 0 by its events",
        ]

    def test_events_of_before_they_told_are_not_held_against_a_task(self) -> None:
        then = request()
        found = ledger([Happening(then.raised_at, "raised", {})], then, HUB, then.raised_at)
        assert not found.told
        assert found.due_at == london("2026-11-25 18:30"), "counted from the request as it stands"
        assert differences(found, {**self.stored(found), "stopped_minutes": 5}) == []


def test_a_task_without_events_is_refused() -> None:
    with pytest.raises(ValueError, match="at least the event that raised it"):
        ledger([], request(), HUB, london("2026-11-24 10:00"))
