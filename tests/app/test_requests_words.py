"""Where a request stands, in words: every status, every act, without a database."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from hub.conversation import (
    export_presenters,
    holding_presenters,
    list_presenters,
    presenters,
    story_presenters,
)
from hub.conversation.queries import Line
from hub.domain.lifecycle import Act
from hub.domain.vocabulary import Band, CancelReason, Status, WaitingOn
from hub.protocols.files import kinds_on_disk

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
KIND = {kind.code: kind for kind in kinds_on_disk()}["MEDQ"]
CONTACT = {"contact": "booked", "day": "2026-11-24"}
RETIMED = {"target": "1 working day instead of 2", "due": "2026-11-24T18:30:00+00:00"}
NOT_FOR_THE_PRACTICE = {
    Act.PAUSED, Act.DECIDED, Act.ROUTED_ANEW, Act.WEIGHED, Act.OVERRIDDEN, Act.OVERRIDE_CLEARED,
    Act.OVERRIDE_EXPIRED,
    Act.PINNED, Act.UNPINNED, Act.RESERVED, Act.UNRESERVED,
}  # fmt: skip


def a_task(**changed: Any) -> Any:
    """A task with the columns that are read, assigned this morning."""
    values: dict[str, Any] = {
        "ref": "K7QM-4TXN",
        "kind": "MEDQ",
        "requested": "routine",
        "status": Status.ASSIGNED,
        "receipt_on": NOON.date(),
        "raised_at": NOON,
        "band": Band.INSIDE_TARGET,
        "signals": [],
        "not_told": [],
        "not_sure": [],
        "due_at": NOON + dt.timedelta(days=2),
        "target_length": None,
        "deadline_at": None,
        "deadline_why": "",
        "late_on_arrival": False,
        "chases": 0,
        "assigned_at": NOON,
        "started_at": None,
        "waiting_on": None,
        "waiting_since": None,
        "closed_at": None,
        "cancel_reason": None,
        "outcome": None,
    }
    return SimpleNamespace(**(values | changed))


@pytest.mark.parametrize(
    ("changed", "said", "sentence"),
    [
        ({"status": Status.RAISED}, {}, "The hub is putting it in line"),
        ({"status": Status.QUEUED}, {}, "In line for the next free clinician who may do it"),
        (
            {"status": Status.QUEUED},
            {"held": True},
            "The hub cannot work for your practice at the moment",
        ),
        ({}, {"who": "Priya Nair, pharmacist"}, "With Priya Nair, pharmacist, since Mon 23-Nov-2026 12:00"),
        (
            {"status": Status.IN_PROGRESS},
            {"who": "Priya Nair, pharmacist"},
            "Priya Nair, pharmacist, is working on it",
        ),
        (
            {"status": Status.WAITING, "waiting_on": WaitingOn.HOSPITAL, "waiting_since": NOON},
            {"who": "Priya Nair, pharmacist"},
            "Waiting for the hospital since Mon 23-Nov-2026 12:00. With Priya Nair, pharmacist",
        ),
        ({"status": Status.QUEUED}, {"has_question": True}, "The hub asks you something"),
        ({"status": Status.SENT_BACK}, {}, "It is with you: correct it or stop it"),
        ({"status": Status.COMPLETED, "closed_at": NOON}, {}, "Done on Mon 23-Nov-2026 12:00"),
        (
            {"status": Status.COMPLETED, "closed_at": NOON},
            {"to_dos": 2},
            "Done on Mon 23-Nov-2026 12:00. You have 2 things to do",
        ),
        (
            {"status": Status.CANCELLED, "closed_at": NOON, "cancel_reason": CancelReason.DIED},
            {},
            "Stopped because the patient has died, Mon 23-Nov-2026 12:00",
        ),
    ],
)
def test_the_first_rung_that_holds_says_where_it_stands(
    changed: dict[str, Any], said: dict[str, Any], sentence: str
) -> None:
    told: dict[str, Any] = {"who": "", "has_question": False, "to_dos": 0, "held": False} | said
    assert presenters.where_it_stands(a_task(**changed), **told).sentence == sentence


def test_every_status_has_words() -> None:
    for status in Status:
        task = a_task(status=status, cancel_reason="moved", waiting_on="results", closed_at=NOON)
        standing = presenters.where_it_stands(task, who="", has_question=False, to_dos=0, held=False)
        assert standing.tag
        assert standing.sentence


def line(act: Act, **data: Any) -> Line:
    return Line(act=act, at=NOON, actor="Sam Okoro", system=False, to="", data=data, text="")


def test_every_act_is_told_or_left_out_on_purpose() -> None:
    data = {"on": "patient", "reason": "withdrawn", "outcome": "advised", **CONTACT, **RETIMED}
    told = {act for act in Act if story_presenters.story([line(act, **data)], KIND)}
    assert set(Act) - told == NOT_FOR_THE_PRACTICE


def test_the_story_has_no_word_of_the_hubs_own() -> None:
    data = {"on": "practice", "reason": "raised_in_error", "outcome": "advised", **CONTACT, **RETIMED}
    words = " ".join(
        step.sentence for act in Act for step in story_presenters.story([line(act, **data)], KIND)
    )
    for jargon in ("band", "queue", "assign", "outbox", "triage", "ticket", "_"):
        assert jargon not in words.lower(), jargon


@pytest.mark.parametrize(
    ("ahead", "relative", "is_late"),
    [
        (dt.timedelta(hours=1), "today", False),
        (dt.timedelta(days=1), "tomorrow", False),
        (dt.timedelta(days=9), "in 9 days", False),
        (-dt.timedelta(hours=1), "late since today", True),
        (-dt.timedelta(days=1), "1 day late", True),
    ],
)
def test_how_far_away_it_is(ahead: dt.timedelta, relative: str, is_late: bool) -> None:
    task = a_task(due_at=NOON + ahead)
    due = presenters.due(task, NOON)
    assert (due.relative, due.is_late, due.also, due.verb) == (relative, is_late, (), "Done by")
    assert due.promise == f"It should {'have been' if is_late else 'be'} done by"


def test_what_came_too_late_is_called_so_as_the_report_and_the_filter_do() -> None:
    task = a_task(due_at=NOON - dt.timedelta(days=6), late_on_arrival=True)
    assert presenters.due(task, NOON).relative == "late on arrival, 6 days by now"
    row: Any = SimpleNamespace(due=presenters.due(task, NOON))
    assert export_presenters.late_words(task, row) == "On arrival"
    assert export_presenters.late_words(a_task(due_at=NOON - dt.timedelta(days=6)), row) == "Yes"


def test_what_is_urgent_says_by_when_it_is_seen() -> None:
    hour = dt.timedelta(hours=1)
    task = a_task(band=Band.NOW, due_at=NOON + hour)
    due = presenters.due(task, NOON, "01632 960100")
    assert (due.promise, due.verb) == ("A clinician should see it by", "Seen by")
    whom = "telephone the hub on 01632 960100 or your duty clinician."
    assert due.also == (f"If that is too late for the patient, {whom}",)
    later = a_task(band=Band.BY_TOMORROW, due_at=NOON + hour, deadline_at=NOON + 3 * hour)
    assert presenters.due(later, NOON).also[0] == "It should be done by Mon 23-Nov-2026 15:00."
    sooner = a_task(band=Band.BY_TOMORROW, due_at=NOON + 9 * hour, deadline_at=NOON + 3 * hour)
    assert presenters.due(sooner, NOON).promise == "It should be done by"
    late = presenters.due(task, NOON + 2 * hour, "01632 960100")
    assert (late.promise, late.also) == (
        "A clinician should have seen it by",
        (f"If it cannot wait, {whom}",),
    )
    started = presenters.due(a_task(band=Band.NOW, started_at=NOON), NOON)
    assert started.promise == "It should be done by"


def test_who_has_it_whether_it_was_opened_and_why_it_was_passed_on() -> None:
    def held(*lines: Line, opened: dt.datetime | None = None, **changed: Any) -> str:
        return " ".join(
            holding_presenters.holding(a_task(**changed), lines, "Priya Nair, pharmacist", opened)
        )

    passed = Line(
        Act.RELEASED,
        NOON,
        "",
        True,
        "",
        {"because": "not_opened", "from": 7},
        "",
        "Daniel Okafor, pharmacist",
    )
    words = held(passed, line(Act.ASSIGNED), band=Band.NOW)
    assert words.startswith(
        "Daniel Okafor, pharmacist, had not begun it within a quarter of an hour, so it was offered"
    )
    assert "Priya Nair has not opened it yet. What cannot wait" in words
    assert held(opened=NOON) == "Priya Nair opened it Mon 23-Nov-2026 12:00 and has not begun it yet."
    assert held(passed, line(Act.STARTED), line(Act.RELEASED), status=Status.QUEUED) == (
        "Sam Okoro put it back in line for the next free clinician."
    )
    assert held(passed, started_at=NOON, status=Status.IN_PROGRESS) == ""


def test_nothing_to_do_is_said_only_where_that_is_so() -> None:
    def said(has_question: bool = False, to_dos: int = 0, asks: bool = False, **changed: Any) -> bool:
        task = a_task(**changed)
        return bool(
            holding_presenters.nothing_to_do(task, has_question=has_question, to_dos=to_dos, asks=asks)
        )

    assert said() and said(status=Status.QUEUED) and said(status=Status.WAITING, waiting_on="hospital")
    assert not (said(has_question=True) or said(to_dos=1) or said(asks=True))
    assert not (said(status=Status.SENT_BACK) or said(status=Status.WAITING, waiting_on="practice"))
    assert not (said(status=Status.COMPLETED) or said(status=Status.CANCELLED))


def test_a_safety_deadline_that_comes_first_is_what_counts() -> None:
    task = a_task(deadline_at=NOON + dt.timedelta(days=1))
    assert presenters.due(task, NOON).relative == "tomorrow"


@pytest.mark.parametrize(
    ("changed", "said", "unsaid"),
    [
        ({}, "Should be done within 2 working days from 23-Nov-2026", "You asked"),
        (
            {"band": Band.NOW, "signals": ["suspected serious reaction"]},
            "It goes before other",
            "Should be done within",
        ),
        (
            {"deadline_at": NOON, "deadline_why": "The deadline is near."},
            "The deadline is near.",
            "Should be done within",
        ),
        (
            {"band": Band.BY_TOMORROW, "requested": "urgent"},
            "You asked for today; it goes by tomorrow. If it cannot wait, telephone the hub on 01632 960100",
            "Should be done within",
        ),
        (
            {"requested": "soon"},
            "You asked for tomorrow; it goes ahead of its usual turn.",
            "in its usual time",
        ),
        ({"band": Band.BY_TOMORROW, "requested": "soon"}, "You asked for tomorrow.", "telephone"),
    ],
)
def test_why_then_is_always_said_once(changed: dict[str, Any], said: str, unsaid: str) -> None:
    words = " ".join(presenters.why_then(a_task(**changed), KIND, "01632 960100"))
    assert said in words
    assert unsaid not in words


def test_the_first_chase_is_not_told_what_a_second_would_do() -> None:
    assert "second" not in presenters.chase_hint(0)
    assert "moves up" in presenters.chase_hint(1)


def sentences(*lines: Line) -> list[str]:
    return [step.sentence for step in story_presenters.story(lines, KIND)][::-1]


def test_going_on_after_a_pause_is_no_news() -> None:
    start, pause = line(Act.STARTED), line(Act.PAUSED)
    assert sentences(start, pause, start, pause, start) == ["Sam Okoro started work on it."]
    chased = line(Act.CHASED)
    assert sentences(start, pause, chased, start)[-1] == "Sam Okoro went on with it."
    given = line(Act.MOVED)
    assert sentences(start, given, start)[-1] == "Sam Okoro started work on it."


def test_a_question_and_waiting_for_its_answer_are_one_line() -> None:
    waits = line(Act.WAITED, on="practice")
    assert sentences(line(Act.ASKED), waits) == ["Sam Okoro asked you a question."]
    assert sentences(waits) == ["Sam Okoro is waiting for your answer."]
    assert len(sentences(line(Act.ASKED), line(Act.WAITED, on="hospital"))) == 2


@pytest.mark.parametrize(
    ("current", "last", "shown"),
    [
        (1, 1, [1]),
        (1, 2, [1, 2]),
        (5, 9, [1, None, 4, 5, 6, None, 9]),
        (2, 4, [1, 2, 3, 4]),
        (9, 9, [1, None, 8, 9]),
    ],
)
def test_page_numbers_always_hold_first_and_last(current: int, last: int, shown: list[int | None]) -> None:
    assert list(list_presenters.page_numbers(current, last)) == shown
