"""Whole ledgers on invented lives of a task: every due time is that of walking through the minutes.

The slow way knows no calendar arithmetic: it lists the open minutes of three weeks, ticks off one for each
minute in which the target stands still, and then walks that many open minutes on.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.deadlines import Request
from hub.domain.kinds import Target
from hub.domain.ledger import Happening, Ledger, ledger
from hub.domain.vocabulary import CLOCK_STOPPERS, RequestedUrgency, WaitingOn
from hub.domain.worktime import LONDON, Hours, WorkCalendar
from tests.domain.examples import kind

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAYS = 42  # of which the first 12 hold the events: the rest is room for what they push on
BUSY_MINUTES = 12 * 24 * 60
FIRST_DAYS = [
    date(2026, 3, 25),  # the clocks go forward on the 29th; Good Friday and Easter Monday follow
    date(2026, 10, 19),  # they go back on the 25th
    date(2026, 12, 18),  # Christmas, Boxing Day kept on the 28th, New Year
    date(2026, 6, 1),
]
HUB = WorkCalendar()


def _hours(**days: list[list[str]]) -> WorkCalendar:
    return WorkCalendar(Hours.from_json(days))


CALENDARS = [
    WorkCalendar(),
    _hours(  # a long lunch, an early close, open on Saturday
        mon=[["08:00", "12:30"], ["14:00", "18:00"]],
        tue=[["09:00", "13:00"]],
        thu=[["07:30", "20:00"]],
        fri=[["08:00", "18:30"]],
        sat=[["09:00", "12:00"]],
    ),
    _hours(  # through the hours in which the clocks change
        mon=[["00:30", "24:00"]], wed=[["10:00", "16:00"]], sat=[["22:00", "24:00"]], sun=[["00:00", "03:30"]]
    ),
]


@lru_cache(maxsize=8)
def walls(first: date) -> list[tuple[datetime, date, int]]:
    """Each minute from midnight on: the moment, its local day, and how far the day's clock has come."""
    found, furthest = [], dict[date, int]()
    moment = datetime.combine(first, time(0), tzinfo=LONDON).astimezone(UTC)
    for _ in range(DAYS * 24 * 60):
        wall = moment.astimezone(LONDON)
        furthest[wall.date()] = max(furthest.get(wall.date(), 0), wall.hour * 60 + wall.minute)
        found.append((moment, wall.date(), furthest[wall.date()]))
        moment += MINUTE
    return found


@lru_cache(maxsize=32)
def open_minutes(calendar: WorkCalendar, first: date) -> list[bool]:
    assert callable(calendar.holidays)
    spans = [
        [(s.hour * 60 + s.minute, e.hour * 60 + e.minute or 1440) for s, e in day]
        for day in calendar.hours.days
    ]
    off = {day for year in (2026, 2027) for day in calendar.holidays(year)}
    return [
        day not in off and any(s <= minute < e for s, e in spans[day.weekday()])
        for _, day, minute in walls(first)
    ]


@dataclass(frozen=True)
class Life:
    """An invented life: minutes counted from the first midnight; `steps` are (minute, act, data)."""

    first: date
    calendar: WorkCalendar
    target: Target
    receipt_day: int
    raised: int
    steps: tuple[tuple[int, str, dict[str, Any]], ...]


ACTIVE = ("assigned", "moved", "started", "paused", "flagged", "decided", "asked", "promoted", "released")
WAKING = ("woken", "resumed", "released", "sent_back")


@st.composite
def lives(draw: st.DrawFn) -> Life:
    raised = draw(st.integers(0, 3 * 24 * 60))
    minutes = sorted(draw(st.sets(st.integers(raised + 1, BUSY_MINUTES), max_size=9)))
    steps: list[tuple[int, str, dict[str, Any]]] = [(raised, "raised", {"band": draw(st.integers(1, 4))})]
    waiting = False
    for minute in minutes:
        acts = ("end", "chased", "asked") if waiting else ("wait", "chased", "other")
        # A policy gives another target to what is planned, whether it waits or not.
        planned = next(data["band"] for _, _, data in reversed(steps) if "band" in data) > 2
        act = draw(st.sampled_from((*acts, "retimed") if planned else acts))
        if act == "wait":
            waiting = True
            steps.append((minute, "waited", {"on": draw(st.sampled_from(list(WaitingOn))).value}))
        elif act == "end":
            waiting = False
            steps.append((minute, draw(st.sampled_from(WAKING)), {}))
        elif act == "retimed":
            steps.append((minute, "retimed", {"length": draw(st.integers(1, 6))}))
        elif act == "chased":
            steps.append((minute, "chased", {"band": draw(st.integers(1, 4))}))
        else:
            steps.append((minute, "asked" if waiting else draw(st.sampled_from(ACTIVE)), {}))
    target = draw(
        st.one_of(
            st.builds(Target, st.integers(1, 6), st.none(), st.just("")),
            st.builds(Target, st.none(), st.integers(1, 2000), st.just("")),
        )
    )
    receipt_day = draw(st.integers(0, raised // (24 * 60)))
    return Life(
        draw(st.sampled_from(FIRST_DAYS)),
        draw(st.sampled_from(CALENDARS)),
        target,
        receipt_day,
        raised,
        tuple(steps),
    )


class Slow:
    """The clocks, by walking."""

    def __init__(self, life: Life) -> None:
        self.moments = [moment for moment, _, _ in walls(life.first)]
        self.days = [day for _, day, _ in walls(life.first)]
        self.own = open_minutes(life.calendar if life.target.working_days else HUB, life.first)
        self.hub = open_minutes(HUB, life.first)
        self.life = life
        self.length = life.target.working_days or life.target.hub_minutes or 0

    def walk(self, minute: int, steps: int) -> int:
        """The minute after `steps` more open ones."""
        while steps > 0:
            steps -= self.own[minute]
            minute += 1
        return minute

    def close_after(self, is_open: list[bool], day: date, days: int) -> int:
        """The minute after the last open one of the `days`-th day after `day` that opens at all."""
        lasts = {self.days[n]: n + 1 for n, on in enumerate(is_open) if on and self.days[n] > day}
        return sorted(lasts.values())[days - 1]

    def target(self, stopped: int) -> int:
        life = self.life
        if life.target.working_days is not None:
            received = life.first + life.receipt_day * DAY
            return self.walk(self.close_after(self.own, received, self.length), stopped)
        return self.walk(life.raised, self.length + stopped)

    def promise(self, band: int, minute: int, target: int) -> int:
        """What a band promises at this minute."""
        if band == 1:
            return minute + 60
        next_day = self.close_after(self.hub, self.days[minute], 1)
        return next_day if target <= minute else min(next_day, target)

    def run(self) -> tuple[datetime, int]:
        """Return the due time and the minutes stood still, over pauses that have ended."""
        standing, band, made, promise = "", 9, 0, None
        stopped: list[int] = []
        steps = {minute: (act, data) for minute, act, data in self.life.steps}
        end = max(steps)
        running: list[int] = []
        for minute in range(self.life.raised, end + 1):
            act, data = steps.get(minute, ("", {}))
            if act == "waited":
                standing = data["on"]
            elif act in WAKING:
                standing, stopped, running = "", stopped + running, []
            self.length = data.get("length", self.length)
            if "band" in data:
                if data["band"] > 2:
                    promise = None
                elif data["band"] != band:
                    target = self.target(len(stopped + running))
                    promise, made = min(target, self.promise(data["band"], minute, target)), minute
                band = data["band"]
            if standing in set(CLOCK_STOPPERS) and self.own[minute]:
                running.append(minute)
        due = self.target(len(stopped))
        if promise is not None:
            due = min(due, self.walk(promise, sum(made <= one for one in stopped)))
        return self.moments[due], len(stopped)


def counted(life: Life) -> Ledger:
    """The ledger as the rules make it, from events that tell what the actions make them tell."""
    midnight = walls(life.first)[0][0]

    def at(minute: int) -> datetime:
        return midnight + minute * MINUTE

    events, band, last = [], None, None
    request = Request(
        kind(target=life.target),
        "",
        RequestedUrgency.ROUTINE,
        {},
        receipt_on=life.first + life.receipt_day * DAY,
        raised_at=at(life.raised),
        calendar=life.calendar,
    )
    far = at(DAYS * 24 * 60).isoformat()
    for minute, act, data in life.steps:
        told = dict(data)
        if "band" in data:
            clocks: dict[str, Any] = {"band": data["band"]}
            if data["band"] <= 2:
                kept = band == data["band"]
                clocks |= {"promise": "kept"} if kept else {"promise": "made", "working_due_at": far}
            band = data["band"]
            told = {"clocks": clocks}
        if "length" in data:
            told = {"clocks": {"band": band, "target": data["length"]}}
        events.append(Happening(at(minute), act, told))
        last = at(minute)
    assert last is not None
    return ledger(events, request, HUB, last)


@settings(max_examples=60)
@given(lives())
def test_every_ledger_is_that_of_walking_through_the_minutes(life: Life) -> None:
    last = life.steps[-1][0]
    ended = replace(life, steps=(*life.steps, (last + 1, "released", {})))  # so that no pause is left open
    found = counted(ended)
    assert (found.due_at, found.stopped_minutes) == Slow(ended).run()
    assert found.paused_since is None


@settings(max_examples=40)
@given(lives())
def test_what_is_no_clock_moves_none(life: Life) -> None:
    """Leaving out every act that neither tells the clocks nor begins or ends a wait changes nothing."""
    bare = replace(
        life,
        steps=tuple(
            step for step in life.steps if step[1] in ("waited", *WAKING) or {"band", "length"} & set(step[2])
        ),
    )
    one, other = counted(life), counted(bare)
    assert (one.due_at, one.stopped_minutes, one.deadline_at) == (
        other.due_at,
        other.stopped_minutes,
        other.deadline_at,
    )


@settings(max_examples=40)
@given(lives())
def test_a_pause_never_brings_a_target_forward_and_never_costs_more_than_it_lasted(life: Life) -> None:
    unpaused = replace(life, steps=tuple(s for s in life.steps if s[1] != "waited" and "band" not in s[2]))
    steps = [s for s in life.steps if "band" not in s[2]]
    raised = (life.raised, "raised", {"band": 3})
    one = counted(replace(unpaused, steps=(raised, *unpaused.steps)))
    other = counted(replace(life, steps=(raised, *steps, (BUSY_MINUTES + 1, "released", {}))))
    own = life.calendar if life.target.working_days else HUB
    assert other.due_at >= one.due_at
    assert own.minutes_between(one.due_at, other.due_at) == other.stopped_minutes
