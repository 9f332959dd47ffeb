"""Forecasts as lines of tables: queues, contracts, tasks that are likely late, and how good it all was."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from hub.domain.forecast_words import day_words, percent
from hub.domain.kinds import QUEUES
from hub.domain.promises import when_words


def queue_rows(figures: Mapping[str, Any]) -> list[tuple[str, str, int, str, str]]:
    """Return each queue: its code, name, open tasks, when it is clear, and what is left at the horizon."""
    days = figures.get("days", 0)
    return [
        (name, QUEUES.get(name, name), one["open"], _clear(one, days), f"{one['left']:g}")
        for name, one in figures.get("queues", {}).items()
    ]


def late_words(figures: Mapping[str, Any]) -> tuple[str, str]:
    """Say how many open tasks will be late: those that were overdue already, and how many more to expect.

    The former is "" for a forecast that was made before these were told apart.
    """
    already = figures.get("late_already", 0)
    on, usual = (max(figures.get(one, 0.0) - already, 0) for one in ("late_if_on", "late_if_usual"))
    more = f"{on:.1f} if demand goes on, {usual:.1f} if it returns to usual"
    if "late_already" not in figures:
        return "", f"So many of these tasks will be late on average: {more}."
    were = f"{already} {'was' if already == 1 else 'were'} overdue already when this was made"
    return were, f"Of the others, so many will become late on average: {more}."


def contract_rows(outlooks: Any) -> list[dict[str, str]]:
    """Return each network's contract in words."""
    return [
        {
            "network": one.network,
            "code": one.code,
            "until": f"{one.ends_on:%d-%b-%Y}",
            "contracted": f"{one.contracted:,}",
            "left": f"{one.contracted - one.spent:,}",
            "open": f"{one.open_minutes:,}",
            "a_day": f"{one.a_day:,.0f}",
            "says": _lasts(one),
        }
        for one in outlooks
    ]


def bin_rows(score: Any) -> list[tuple[str, int, str, str]]:
    """Return the reliability table: what was said, how often, its mean, and what share was late."""
    return [
        (f"{one.low:.0%} to {one.high:.0%}", one.count, f"{one.said:.0%}", f"{one.happened:.0%}")
        for one in score.reliability
    ]


def late_rows(rows: Any, kinds: Mapping[str, str], now: dt.datetime) -> list[dict[str, str]]:
    """Return open tasks that are likely late, as lines of their table."""
    return [
        {
            "ref": row.ref,
            "kind": kinds.get(row.kind, row.kind),
            "practice": row.practice,
            "who": row.who or QUEUES.get(row.queue, row.queue),
            "due": when_words(row.due_at),
            "done": day_words(row.middle_at, now) if row.middle_at else "not within ten working days",
            "chance": percent(row.late),
        }
        for row in rows
    ]


def _clear(one: Mapping[str, Any], days: int) -> str:
    """Say when a queue is clear, and what was left out: what waits for somebody, what nobody may do."""
    left_out = [
        f"{one.get(name, 0)} {words}"
        for name, words in (("waiting", "waiting for somebody else"), ("nobody", "that nobody may do now"))
        if one.get(name, 0)
    ]
    without = f"; not counted: {' and '.join(left_out)}" if left_out else ""
    return _days(one, days) + without


def _days(one: Mapping[str, Any], days: int) -> str:
    if one["days"] is None:
        return f"not within {days} working days"
    if one["days"] == 0:
        return "clear now"
    later = "later" if one["days_80"] is None else f"{one['days_80']:g}"
    unit = "working day" if one["days"] == 1 else "working days"
    return f"{one['days']:g} {unit} (in 8 of 10 runs: {later})"


def _lasts(one: Any) -> str:
    if one.lasts is None:
        return (
            f"Enough until then, with {one.spare:,.0f} minutes to spare, if work goes on arriving as lately."
        )
    return f"Enough for {one.lasts:,.0f} more working days; {-one.spare:,.0f} minutes short until then."
