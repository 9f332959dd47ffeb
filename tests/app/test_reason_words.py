"""Why a task has its band and its place, in words: without a database."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from hub.domain.vocabulary import Band
from hub.worklist import history_presenters, place_presenters
from hub.worklist.reason_presenters import band_words, place_words, reason_words
from hub.worklist.sheet_presenters import clock_lines


def test_a_fact_that_lifts_nothing_says_so_and_every_other_reason_stands() -> None:
    assert reason_words(
        [
            "Structured medication review: planned, unless something lifts it.",
            "Care home: planned.",
            "New or returned to a care home: inside target.",
            "Not told: severe frailty. Until it is known: planned.",
            "Chased 2 times: planned.",
        ],
        {"Care home"},
    ) == [
        "Structured medication review: planned, unless something lifts it.",
        "Care home: does not change how soon it must be seen, but puts it forward in its line (see below).",
        "New or returned to a care home: in its usual time.",
        "Not told: severe frailty. Until it is known: planned.",
        "Chased 2 times: planned.",
    ]


def test_only_a_fact_whose_reason_names_how_soon_is_told_as_its_cause() -> None:
    at = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
    task: Any = SimpleNamespace(
        effective_band=3, signals=["new to a care home", "care home"], not_told=["severe frailty"],
        not_sure=[], due_at=at, deadline_at=None, raised_at=at, waiting_on=None, waiting_since=None,
        reasons=[
            "Review: planned, unless something lifts it.", "Care home: planned.",
            "New to a care home: inside target.", "Not told: severe frailty. Until it is known: planned.",
        ],
    )  # fmt: skip
    also = "Also: care home, not told: severe frailty."
    told = "(new to a care home), {} Mon 23-Nov-2026 10:00, raised today. " + also
    soon, late = at - dt.timedelta(hours=1), at + dt.timedelta(hours=1)
    assert place_words(task, 1, soon) == f"First: in its usual time {told.format('due')}"
    assert place_words(task, 1, late) == f"First: overdue, usual time {told.format('was due')}"
    assert band_words(task, late) == "How soon: usual time, and it is overdue."
    task.reasons = ["Query: inside target, unless something lifts it.", "New to a care home: inside target."]
    assert place_words(task, 1, late).startswith("First: overdue, was due")
    assert reason_words(task.reasons)[1:] == ["New to a care home: does not change how soon it must be seen."]


def test_the_clock_that_counts_is_named_and_what_changed_the_order() -> None:
    at = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
    task: Any = SimpleNamespace(
        due_at=at, deadline_at=at + dt.timedelta(days=1), deadline_why="", late_on_arrival=False,
        waiting_on=None, stopped_minutes=0,
    )  # fmt: skip
    (line,) = clock_lines(task, at)
    assert line.startswith("Have it done by its due time")
    task.deadline_at = at
    assert clock_lines(task, at) == ["Have it done by its deadline, which comes first."]
    weighed = history_presenters._TELLERS["weighed"]
    kind: Any = None
    assert weighed({"policy": 3, "from": 1, "to": 2}, {}, kind).endswith(
        "weighs what is told of it otherwise"
    )
    assert weighed({"policy": 3, "from": 1, "to": 1}, {}, kind).endswith("because the opening hours changed")


def test_no_time_to_spare_is_as_far_forward_as_time_puts_anything() -> None:
    slack: Any = SimpleNamespace(code="slack", words="No time to spare", value=0, share=0.0)
    few: Any = {"code": "slack", "value": -2_400_000}
    people: Any = SimpleNamespace(
        code="people", words="Many people may work for its practice", value=-80_000, share=0.0
    )
    half, most = (
        SimpleNamespace(words="9 working hours to spare", share=share, **few) for share in (0.47, 0.9)
    )
    rows = [place_presenters._row(one, Band.PLANNED) for one in (slack, people, half, most)]
    assert [row.counts for row in rows[2:]] == ["puts it back for now", "puts it far back for now"]
    assert rows[0].counts == "puts it as far forward as time can"
    assert rows[1].why == "Work that few people may do goes sooner, other work a little later"
