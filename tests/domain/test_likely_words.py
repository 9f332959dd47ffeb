"""When a request will likely be done: never more certain than it is, and never silent about why not."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from hub.conversation.likely_presenters import likely_words
from hub.domain.forecast_words import about_words, done_words

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def said(*, held: bool = False, forecast: Any = "usual", kind: str = "DISCH", **more: Any) -> str:
    values = {"status": "queued", "band": 3, "due_at": NOW + 3 * DAY, "deadline_at": None, "waiting_on": None}
    values |= {"started_at": None, "kind": kind}
    if forecast == "usual":
        forecast = SimpleNamespace(middle_at=NOW + DAY, by_80_at=NOW + 2 * DAY, at=NOW)
    task: Any = SimpleNamespace(**(values | more))
    return " ".join(likely_words(task, forecast, NOW, held=held))


def test_it_says_how_sure_it_is_and_when_that_was_worked_out() -> None:
    words = said()
    assert "done by tomorrow morning, Tue 24-Nov-2026, in 8 of 10 cases by the morning of Wed" in words
    assert "Worked out Mon 23-Nov-2026 10:00" in words and "It is no promise" in words
    assert "later than it should be" not in words


@pytest.mark.parametrize("more", [{"due_at": NOW}, {"deadline_at": NOW + DAY / 2}])
def test_it_says_when_that_is_too_late(more: dict[str, Any]) -> None:
    assert "That is later than it should be." in said(**more)


def test_it_says_why_nothing_can_be_said() -> None:
    assert said(status="sent_back") == "When it will be done can be said once you have corrected it."
    assert said(status="waiting", waiting_on="practice") == "When it will be done depends on your answer."
    assert "while the hub cannot work for your practice" in said(held=True)
    assert "not worked out yet" in said(forecast=None)
    beyond = SimpleNamespace(middle_at=None, by_80_at=None, at=NOW)
    assert said(forecast=beyond).startswith("It is not likely to be done within the next ten working days.")
    assert said(status="completed") == ""


def test_what_cannot_wait_is_told_as_much_as_any_other() -> None:
    soon = SimpleNamespace(middle_at=NOW + DAY / 12, by_80_at=None, at=NOW)
    words = said(band=1, due_at=NOW, forecast=soon)
    assert words.startswith("It goes before all other work. It will likely be done by this afternoon, but")
    assert "later than it should be" not in words, "due is when it should be seen"
    assert "not worked out yet" in said(band=1, forecast=None)
    assert "before all other" not in said(band=1, started_at=NOW)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-11-23T13:20", "this afternoon"),
        ("2026-11-23T21:40", "this evening"),
        ("2026-11-24T00:18", "tomorrow morning, Tue 24-Nov-2026"),
        ("2026-11-24T23:50", "the morning of Wed 25-Nov-2026"),
        ("2026-11-28T11:00", "the morning of Mon 30-Nov-2026"),
    ],
)
def test_no_practice_is_told_an_hour_of_the_night(at: str, words: str) -> None:
    assert about_words(dt.datetime.fromisoformat(f"{at}+00:00"), NOW) == words


@pytest.mark.parametrize("kind", ["SMR", "LTC"])
def test_a_review_not_begun_promises_a_clinician_and_no_more(kind: str) -> None:
    """No forecast knows when the patient comes."""
    words = said(kind=kind)
    assert "A clinician will likely take it up by tomorrow" in words and "be done by" not in words
    assert "the review itself waits for an appointment with the patient." in words
    assert "appointment" not in said(kind=kind, started_at=NOW), "it is under way"
    beyond = SimpleNamespace(middle_at=None, by_80_at=None, at=NOW)
    assert "not likely to be taken up by a clinician" in said(kind=kind, forecast=beyond)


def test_the_clinician_reads_the_same_of_a_review() -> None:
    forecast = SimpleNamespace(middle_at=NOW + DAY, by_80_at=None, at=NOW, late=None, runs=20)
    assert "will probably be done by" in done_words(forecast, NOW, due_at=NOW + DAY)[0]
    first = done_words(forecast, NOW, due_at=NOW + DAY, appointment=True)[0]
    assert first.startswith("A clinician will probably take it up by") and "be done" not in first
    assert "The review itself waits for an appointment with the patient." in first


def test_what_is_late_has_no_chance_of_being_late() -> None:
    forecast = SimpleNamespace(
        middle_at=NOW + DAY, by_80_at=None, at=NOW, runs=20, late=1.0, late_if_on=1.0, late_if_usual=1.0
    )
    words = " ".join(done_words(forecast, NOW, due_at=NOW - DAY))
    assert "It is late already: it was due Sun 22-Nov-2026 10:00." in words and "chance" not in words
    assert done_words(forecast, NOW, "Nobody now: it waits for results.", due_at=NOW + DAY) == [
        "That cannot be said as things stand. Nobody now: it waits for results."
    ], "nothing that holds only once somebody may do it"
    assert done_words(forecast, NOW, due_at=NOW + DAY)[0].startswith(
        "It will probably be done by 10:00 tomorrow, Tue 24-Nov-2026, in half of the runs"
    )
    assert "The chance that it is late is above 99%." in done_words(forecast, NOW, due_at=NOW + DAY)
