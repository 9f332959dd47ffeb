"""Why a task has its band and its place, in words: without a database."""

from types import SimpleNamespace
from typing import Any

from hub.domain.vocabulary import Band
from hub.worklist import place_presenters
from hub.worklist.reason_presenters import reason_words


def test_a_fact_that_lifts_nothing_says_so_and_every_other_reason_stands() -> None:
    assert reason_words(
        [
            "Structured medication review: planned, unless something lifts it.",
            "Care home: planned.",
            "New or returned to a care home: inside target.",
            "Not told: severe frailty. Until it is known: planned.",
            "Chased 2 times: planned.",
        ]
    ) == [
        "Structured medication review: planned, unless something lifts it.",
        "Care home: no reason by itself to do it sooner.",
        "New or returned to a care home: in its usual time (inside target).",
        "Not told: severe frailty. Until it is known: planned.",
        "Chased 2 times: planned.",
    ]


def test_no_time_to_spare_is_as_far_forward_as_time_puts_anything() -> None:
    slack: Any = SimpleNamespace(code="slack", words="No time to spare", value=0)
    people: Any = SimpleNamespace(code="people", words="Many people may work for its practice", value=-80_000)
    rows = [place_presenters._row(one, Band.PLANNED) for one in (slack, people)]
    assert rows[0].counts == "puts it as far forward as time can"
    assert rows[1].why == "Work that few people may do goes sooner, other work a little later"
