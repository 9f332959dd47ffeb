"""A report as sections of rows, the same for the page, the CSV file and the PDF."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hub.domain.kinds import Kind
from hub.domain.measures import Turnaround, turnarounds
from hub.domain.promises import local_day, when_words
from hub.domain.request_list import ANY, Wanted, next_month
from hub.domain.request_list_words import month_words, outcome_label
from hub.domain.sending_back import REASONS, avoid_words


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, what it counts, and the words of the address of exactly its rows."""

    value: int
    words: str
    query: dict[str, str]
    is_bad: bool = False


class Measure(str):
    """Words with a number in them, such as "3 working days"; number and unit are for a spreadsheet."""

    number: float
    unit: str

    def __new__(cls, words: str, number: float, unit: str) -> "Measure":
        """Return the words with their number and unit."""
        made = super().__new__(cls, words)
        made.number, made.unit = number, unit
        return made


Cell = str | Measure | Figure
_NONE_COUNTED = "All were late on arrival"  # which is the only reason why nothing is left to say it of


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: a table, or where there is nothing, a sentence that says so.

    `id` names it in files; `tiles` asks the page to show two columns as boxes.
    """

    id: str
    title: str
    head: tuple[str, ...]
    rows: list[list[Cell]]
    notes: tuple[str, ...] = ()
    nothing: str = ""
    tiles: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """All of it, with what it is about, which month, when it was made, and what is counted how."""

    about: str
    month: str
    month_name: str
    made: str
    sections: list[Section]
    rules: list[str] = field(default_factory=list)


def report(
    about: str,
    which: str,
    now: dt.datetime,
    *,
    standing: Mapping[str, int],
    happened: Any,
    share: float,
    kinds: Mapping[str, Kind],
    coming: Section | None = None,
) -> Report:
    """Return the report of a month such as "2026-11".

    `standing` is as `queries.now_counts` returns it, `happened` as `queries.month`; `share` the contracted
    minutes of the month.
    """
    sections = [
        _now(standing, now),
        _month(which, happened),
        _sent_back(which, happened),
        _times(which, turnarounds(happened.done), kinds),
        _minutes(which, happened, share, now),
        _outcomes(which, happened.outcomes, kinds),
        _not_told(which, happened),
    ]
    sections += [coming] if coming else []
    return Report(about, which, month_words(which), when_words(now), sections, _RULES)


def months(which: str, now: dt.datetime) -> tuple[str, str]:
    """Return the months before and after, each "" where a report of it would make no sense."""
    first = dt.date.fromisoformat(f"{which}-01")
    before = f"{first - dt.timedelta(days=1):%Y-%m}"
    after = f"{next_month(first):%Y-%m}"
    return before if before >= "2000-01" else "", after if after <= f"{local_day(now):%Y-%m}" else ""


def month_choices(which: str, now: dt.datetime) -> list[tuple[str, str]]:
    """Return the last thirteen months, and the one that is shown, as (month, words), newest first."""
    found, day = {which}, local_day(now)
    for _ in range(13):
        found.add(f"{day:%Y-%m}")
        day = day.replace(day=1) - dt.timedelta(days=1)
    return [(one, month_words(one)) for one in sorted(found, reverse=True)]


def _now(standing: Mapping[str, int], now: dt.datetime) -> Section:
    still = Wanted(show="all", status="open")
    figures = [
        Figure(standing["open"], "Open", still.query()),
        Figure(standing["due"], "Still due this week", _with(still, due="week")),
        Figure(standing["late"], "Late now", _with(still, late="late"), is_bad=True),
        Figure(standing["arrival"], "Late on arrival", _with(still, late="arrival")),
        Figure(standing["sent_back"], "Sent back to the practice", _with(still, status="sent-back")),
        Figure(standing["to_do"], "With to-dos for the practice", Wanted(show="all", to_do=True).query()),
    ]
    things = standing["things"]
    return Section(
        "now",
        f"Now, {when_words(now)}",
        ("What", "Requests"),
        [[one.words, one] for one in figures],
        notes=(f"The to-dos are {things} {'thing' if things == 1 else 'things'} to tick.",) if things else (),
        tiles=True,
    )


def _month(which: str, happened: Any) -> Section:
    first, last = _days(which)
    raised = Wanted(show="all", raised_from=first, raised_to=last)
    done = sum(one.count for one in happened.done)
    figures = [
        Figure(happened.raised, "Raised", raised.query()),
        Figure(happened.stopped, "Raised, and stopped since", replace(raised, show="stopped").query()),
        Figure(done, "Done", Wanted(show="all", done=which).query()),
        Figure(happened.sent_back, "Sent back at least once", Wanted(show="all", sent_back=which).query()),
    ]
    gone = happened.taken_back
    taken_back = (
        f"Of those raised, {gone:,} {'was' if gone == 1 else 'were'} taken back with the file they came from."
    )
    return Section(
        "month",
        f"In {month_words(which)}",
        ("What", "Requests"),
        [[one.words, one] for one in figures],
        notes=(taken_back,) if gone else (),
        tiles=True,
    )


def _sent_back(which: str, happened: Any) -> Section:
    rows: list[list[Cell]] = []
    for code, count in sorted(happened.by_reason.items(), key=lambda one: (-one[1], one[0])):
        words = REASONS.get(code, code)
        query = Wanted(show="all", sent_back=which, reason=code).query()
        rows.append([words, Figure(count, f"sent back because: {words}", query), avoid_words(code)])
    return Section(
        "sent_back",
        f"Why requests were sent back in {month_words(which)}, and how to avoid it",
        ("Reason", "Requests", "How to avoid it"),
        rows,
        nothing="None was sent back.",
        notes=("A request that was sent back for two reasons stands under both.",) if len(rows) > 1 else (),
    )


def _times(which: str, found: Sequence[Turnaround], kinds: Mapping[str, Kind]) -> Section:
    rows = [_time(which, one, kinds) for one in found]
    return Section(
        "times",
        f"How long it took: done in {month_words(which)}",
        (
            "Kind", "Target", "Done", "Half within", "9 of 10 within", "Within target", "Share within target",
            "Late", "Late on arrival",
        ),
        rows,
        nothing="Nothing was done.",
    )  # fmt: skip


def _time(which: str, one: Turnaround, kinds: Mapping[str, Kind]) -> list[Cell]:
    wanted = Wanted(show="all", kind=one.kind, done=which)
    name = kinds[one.kind].name if one.kind in kinds else one.kind
    share = one.share_in_time

    def figure(count: int, words: str, late: str, *, is_bad: bool = False) -> Figure:
        return Figure(count, f"{name}: {words}", _with(wanted, late=late), is_bad)

    return [
        name,
        _target(kinds.get(one.kind)),
        figure(one.done, "done", ""),
        _working_days(one.half),
        _working_days(one.nine_of_ten),
        figure(one.in_time, "within target", "no"),
        _NONE_COUNTED if share is None else _percent(share),
        figure(one.late, "late", "late", is_bad=True),
        figure(one.arrival, "late on arrival", "arrival"),
    ]


def _minutes(which: str, happened: Any, share: float, now: dt.datetime) -> Section:
    count = sum(one.count for one in happened.done)
    requests = Figure(
        count, "requests on which minutes were recorded", Wanted(show="all", done=which).query()
    )
    rows: list[list[Cell]] = [
        ["Requests done", requests],
        ["Minutes recorded on them", _minutes_of(happened.minutes)],
    ]
    notes: tuple[str, ...] = ("No contract covers this month, so nothing says how many minutes were bought.",)
    if share:
        rows.append(["Minutes bought for the month", _minutes_of(share)])
        rows.append(["Used of bought", _percent(happened.minutes / share)])
        notes = ("Bought: the network's contract, shared evenly over its days and over its practices.",)
        first, last = _days(which)
        if first <= local_day(now) < last:
            passed, length = (local_day(now) - first).days + 1, (last - first).days + 1
            notes += (f"The month is not over: day {passed} of {length}.",)
    return Section(
        "minutes", f"Minutes in {month_words(which)}", ("What", "How much"), rows, notes=notes, tiles=True
    )


def _outcomes(which: str, outcomes: Mapping[tuple[str, str], int], kinds: Mapping[str, Kind]) -> Section:
    rows: list[list[Cell]] = []
    for (kind, code), count in sorted(outcomes.items(), key=lambda one: (one[0][0], -one[1], one[0][1])):
        name, label = kinds[kind].name if kind in kinds else kind, outcome_label(kinds, kind, code)
        query = Wanted(show="all", kind=kind, done=which, outcome=code).query()
        rows.append([name, label, Figure(count, f"{name}: {label}", query)])
    return Section(
        "outcomes", f"How requests ended in {month_words(which)}", ("Kind", "Outcome", "Requests"), rows,
        nothing="Nothing was done.",
    )  # fmt: skip


def _not_told(which: str, happened: Any) -> Section:
    first, last = _days(which)
    wanted = Wanted(show="all", raised_from=first, raised_to=last, not_told=ANY)
    rows: list[list[Cell]] = []
    for words, count in sorted(happened.by_question.items(), key=lambda one: (-one[1], one[0])):
        figure = Figure(count, f"not answered: {words}", _with(wanted, not_told=words))
        rows.append([f"{words[:1].upper()}{words[1:]}", figure])
    if rows:
        rows.append(
            ["Requests with any of them", Figure(happened.not_told, "not answered: any", wanted.query())]
        )
    return Section(
        "not_told",
        f"Safety questions left open on what was raised in {month_words(which)}",
        ("Question about", "Requests"),
        rows,
        nothing="Every safety question that can make a request more urgent was answered.",
        notes=("Until it is known, the request is treated as more urgent. “Not sure” is an answer.",)
        if rows
        else (),
    )


def _with(wanted: Wanted, **more: Any) -> dict[str, str]:
    return replace(wanted, **more).query()


def _days(which: str) -> tuple[dt.date, dt.date]:
    first = dt.date.fromisoformat(f"{which}-01")
    return first, next_month(first) - dt.timedelta(days=1)


def _target(kind: Kind | None) -> str:
    if kind is None:
        return "Not known"
    if kind.target.working_days is None:
        hours = (kind.target.hub_minutes or 0) // 60
        return Measure(f"{hours} working hours", hours, "working hours")
    return _working_days(kind.target.working_days)


def _working_days(count: int | None) -> str:
    if count is None:
        return _NONE_COUNTED
    words = "The same day" if count == 0 else "1 working day" if count == 1 else f"{count} working days"
    return Measure(words, count, "working days")


def _minutes_of(count: float) -> Measure:
    return Measure(f"{count:,.0f}", round(count), "minutes")


def _percent(share: float) -> Measure:
    return Measure(f"{share:.0%}", round(100 * share), "per cent")


_RULES = [
    "Everything is counted from what happened to each request: raised, sent back, completed with an outcome.",
    "How long it took: working days (Monday to Friday without bank holidays in England) from the day the "
    "practice received the letter or result, which does not count, to the day it was done. Days on which it "
    "waited for the practice or the patient are in it.",
    "Half within: half of them were done within that many working days. 9 of 10 within: nine tenths of them.",
    "Within target: done before its target and its safety deadline had passed. While it waits for the "
    "practice or the patient, the target stands still.",
    "Late on arrival: it reached the hub after it should have been done. It is counted apart: neither as "
    "within target nor as late, and not in how long it took.",
    "Still due this week: open, not late, and due by Sunday.",
    "Minutes: what clinicians recorded as the time they took, on the day a request was completed.",
    "Safety questions left open: not answered when it was raised, and not since.",
]
