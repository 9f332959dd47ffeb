"""What people read about a recall: its rhythm, and why somebody is skipped."""

import calendar
from collections.abc import Mapping
from datetime import date
from typing import Any

from hub.domain.kinds import Kind
from hub.domain.recalls.plan import Skip
from hub.domain.recalls.rhythm import (
    Every,
    Member,
    Rhythm,
    Rule,
    Unit,
    Why,
    last_day_to_raise,
    year_end,
)
from hub.domain.worktime import WorkCalendar

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# For a list: what the reason is called, and how to say it of one.
WHY_TITLES: dict[Why, str] = {
    Why.OPEN: "Open now",
    Why.GONE: "Died or moved",
    Why.COUNTED: "Done already for this time",
    Why.BUFFER: "Done too recently",
    Why.NO_BIRTH: "No date of birth",
}


def distance_words(every: Every) -> str:
    """Return "10 months", "1 week", "28 days"."""
    return f"{every.count} {every.unit.value}{'' if every.count == 1 else 's'}"


def every_words(every: Every) -> str:
    """Return "every month", "every 2 weeks"."""
    return f"every {every.unit.value}" if every.count == 1 else f"every {distance_words(every)}"


def said_words(rule: Rule, kind: Kind, subtype: str, answers: Mapping[str, str]) -> dict[str, str]:
    """Return what a recall says by its parts, shortly: for "from 3 to 6 months" when one is changed."""
    told = {fact.code: fact.signal for fact in kind.facts}
    said = [f"{told[code]}: {answer.replace('_', ' ')}" for code, answer in answers.items() if code in told]
    return {
        "condition": next((one.name for one in kind.subtypes if one.code == subtype), "none"),
        "answers": "; ".join(said) or "none",
        "rhythm": distance_words(rule.every),
        "starts": f"{rule.starts_on:%d-%b-%Y}",
        "buffer": distance_words(rule.buffer) if rule.buffer else "none",
        "limit": str(rule.daily_limit) if rule.daily_limit else "worked out",
    }


def from_to(was: str, now: str) -> str:
    """Return "from 3 to 6 months": the unit once, where it is the same."""
    before, _, unit = was.partition(" ")
    after, _, same = now.partition(" ")
    once = before.isdigit() and after.isdigit() and unit.rstrip("s") == same.rstrip("s")
    return f"from {before if once else was} to {now}"


def rhythm_words(rule: Rule) -> str:
    """Say when somebody is due, in a sentence."""
    if rule.rhythm == Rhythm.BIRTH_MONTH:
        return "Once a year, from the beginning of the month of birth."
    if rule.rhythm == Rhythm.SINCE_DONE:
        return f"{distance_words(rule.every)} after it was last done; at once for whom no date is known."
    on = f", on a {WEEKDAYS[rule.starts_on.weekday()]}" if rule.every.unit == Unit.WEEK else ""
    return f"{every_words(rule.every).capitalize()}{on}, counted from {rule.starts_on:%d-%b-%Y}."


def buffer_words(rule: Rule) -> str:
    """Say what keeps it from being raised too early; "" where nothing does."""
    if rule.buffer is None:
        return ""
    return f"Not again within {distance_words(rule.buffer)} of the last one done."


def year_end_words(rule: Rule, today: date, work: WorkCalendar) -> str:
    """Say until when it is raised before 31 March; "" for a kind that need not be done by then."""
    if rule.stop_days is None:
        return ""
    end = year_end(today)
    last = last_day_to_raise(end, rule.stop_days, work)
    return (
        f"It has to be done by {end:%d-%b-%Y} and may take {rule.stop_days} working days, so nothing is "
        f"raised from {_next(last):%d-%b-%Y} to that day: what is due then waits for 1 April. "
        "Whoever was born in March is due from 1 February."
    )


def answers_words(data: Mapping[str, Any], raised: date) -> str:
    """Say that a request's safety answers came from a recall, from its event's data; "" if they did not.

    They were given once for a whole list, so nobody may take them for answers about this patient.
    """
    if "recall" not in data:
        return ""
    given = f", on {date.fromisoformat(data['answered']):%d-%b-%Y}," if data.get("answered") else ""
    return (
        f"These answers came from the recall that raised this on {raised:%d-%b-%Y}. "
        f"They were given once{given} for everyone on its list, not for this patient: "
        "confirm each of them with the record."
    )


def skip_words(skip: Skip, rule: Rule, member: Member, today: date) -> str:
    """Say why this one is skipped and until when; and what moved them out of their month of birth."""
    done = today if skip.why == Why.OPEN else member.last_done
    if done and (moved := _moved_words(skip, rule, member, done)):
        return f"A request of this kind is open. If it is done today: {moved}" if member.is_open else moved
    until = f"{skip.until:%d-%b-%Y}" if skip.until else ""
    on = f" on {member.last_done:%d-%b-%Y}" if member.last_done else ""
    again = f" Due again from {until}." if until else ""
    return {
        Why.OPEN: f"A request of this kind is open. When it is done, the next is due from about {until}."
        if until
        else "A request of this kind is open.",
        Why.GONE: "Your practice told us that they have died or moved.",
        Why.COUNTED: f"It was done{on}, which counts for this time.{again}",
        Why.BUFFER: f"It was done{on}, too recently.{again}",
        Why.NO_BIRTH: "Their date of birth is not known to us, so their month cannot be told.",
        Why.NONE: f"Due since {until}; the daily limit leaves no room within the twelve months.",
    }[skip.why]


def _moved_words(skip: Skip, rule: Rule, member: Member, done: date) -> str:
    """Say that the buffer since `done` put off somebody's time; "" where it did not."""
    if rule.buffer is None or skip.until is None or skip.until != rule.buffer.after(done):
        return ""
    by_month = rule.rhythm == Rhythm.BIRTH_MONTH and member.born is not None
    born = f"born in {calendar.month_name[member.born.month]}; " if by_month and member.born else ""
    last = "" if member.is_open else f"the last one was on {done:%d-%b-%Y}, and "
    words = (
        f"{born}{last}the next may not be before {skip.until:%d-%b-%Y}, {distance_words(rule.buffer)} later."
    )
    return words if member.is_open else words[0].upper() + words[1:]


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
