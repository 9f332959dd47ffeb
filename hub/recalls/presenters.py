"""How recalls are shown: what they say, the next twelve months, and why somebody is skipped."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.domain.kinds import Kind, SafetyFact
from hub.domain.recalls.advance import LATER, OF_THE_DAY, asks_ahead
from hub.domain.recalls.plan import Plan, Raise
from hub.domain.recalls.ready import Ready
from hub.domain.recalls.rhythm import Member, Rhythm, Rule, Unit, Why, next_due
from hub.domain.recalls.words import WHY_TITLES, buffer_words, rhythm_words, skip_words
from hub.domain.vocabulary import FactAnswer
from hub.domain.worktime import WorkCalendar

TAGS = {
    "new": ("Not started", "yellow"),
    "running": ("Running", "green"),
    "paused": ("Paused", "grey"),
    "stopped": ("Stopped", "red"),
    "ended": ("Ended", "white"),
}
RHYTHMS = {
    Rhythm.BIRTH_MONTH: (
        "By month of birth",
        "Each patient once a year, from the first of the month of birth. For long-term condition reviews.",
    ),
    Rhythm.SINCE_DONE: (
        "A set time after it was last done",
        "For example every 3 months. For the monitoring of high-risk medicines.",
    ),
    Rhythm.FIXED: (
        "On fixed days",
        "Every so many days, weeks or months from a first day. For example a care home's weekly round.",
    ),
}
UNITS = {Unit.DAY: "days", Unit.WEEK: "weeks", Unit.MONTH: "months"}
ANSWERS = {FactAnswer.YES: "Yes", FactAnswer.NO: "No", FactAnswer.NOT_SURE: "Not sure"}
DEFAULT_BUFFER_WHY = (
    "A review done early still counts for its year; a second one so soon would take the place of a patient "
    "who has had none."
)
COMING_DAYS = 31
ALSO_OPEN = "Not skipped: another request of this kind is open. Look whether it does the same"


@dataclass(frozen=True, slots=True)
class Count:
    """A number of the preview: its words, how many requests and patients, and what its link asks for."""

    words: str
    requests: int
    patients: int
    asks: dict[str, str]


@dataclass(frozen=True, slots=True)
class Next:
    """What comes next for one on the list, or why nothing does."""

    when: dt.date | None
    words: str
    short: str = ""


def lines(rule: Rule, kind: Kind, subtype: str, limit: int) -> list[tuple[str, str]]:
    """Return what a recall says, as pairs of a label and its words."""
    usual = "" if rule.daily_limit else ", worked out from the length of the list"
    found = [
        ("Raises", sort_words(kind, subtype)),
        ("When", rhythm_words(rule)),
        ("Not too early", buffer_words(rule)),
        ("Counts from", f"{rule.starts_on:%d-%b-%Y}" if rule.rhythm != Rhythm.FIXED else ""),
        ("At most", f"{limit} a working day{usual}"),
    ]
    return [(label, words) for label, words in found if words]


def sort_words(kind: Kind, subtype: str) -> str:
    """Return "Long-term condition review: Asthma", or the kind alone where no such sort is asked for."""
    name = next((one.name for one in kind.subtypes if one.code == subtype), "")
    return f"{kind.name}: {name}" if name else kind.name


def fact_lines(kind: Kind, answers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the answers that go with every request of a recall."""
    said = {code: ANSWERS[FactAnswer(answer)] for code, answer in answers.items()}
    later = {one.code: "Asked when it is raised" for one in kind.facts if one.code in OF_THE_DAY}
    found = later | said
    return [(fact.question, found[fact.code]) for fact in kind.facts if fact.code in found]


def months(plan: Plan, today: dt.date) -> list[Count]:
    """Return the months of the preview, each with its numbers; those with nothing too.

    Twelve months from a day within a month are the rest of it, eleven whole ones, and a beginning.
    """
    found, day, last = [], today.replace(day=1), plan.until - dt.timedelta(days=1)
    parts = {f"{day:%b-%Y}": f" (from {today.day})", f"{last:%b-%Y}": f" (to {last.day})"}
    if today.day == 1:
        parts = {}
    while day < plan.until:
        these = [one for one in plan.raises if (one.on.year, one.on.month) == (day.year, day.month)]
        words = f"{day:%b-%Y}"
        found.append(_count(words + parts.get(words, ""), these, {"month": f"{day:%Y-%m}"}))
        day = (day + dt.timedelta(days=32)).replace(day=1)
    return found


def days(plan: Plan, today: dt.date) -> list[Count]:
    """Return the working days of the month that comes on which something is raised, each with its number."""
    coming = [today + dt.timedelta(days=number) for number in range(COMING_DAYS)]
    on = {day: [one for one in plan.raises if one.on == day] for day in coming}
    return [_count(f"{day:%a %d-%b-%Y}", on[day], {"day": day.isoformat()}) for day in coming if on[day]]


def _count(words: str, raises: Sequence[Raise], asks: dict[str, str]) -> Count:
    return Count(words, len(raises), len({one.member_id for one in raises}), asks)


def skipped(plan: Plan, troubles: Mapping[int, str], also_open: Collection[int]) -> list[Count]:
    """Return who is skipped or waits, by reason, those whom somebody should look at first.

    `also_open` have a request of the same kind open that holds nothing up.
    """
    counts = Counter(one.why for one in plan.skips)
    found = [
        ("Could not be raised", "trouble", len(troubles)),
        (ALSO_OPEN, "also_open", len(also_open)),
        ("No room within twelve months under the daily limit", "waiting", len(plan.waiting)),
        ("Wait for 1 April, because 31 March is too near", "year_end", len(plan.late_year)),
        *((WHY_TITLES[why], why.value, counts[why]) for why in WHY_TITLES),
    ]
    return [Count(words, number, number, {"why": why}) for words, why, number in found if number]


def chosen(
    plan: Plan, troubles: Mapping[int, str], also_open: Collection[int], asked: Mapping[str, str]
) -> tuple[set[int] | None, str]:
    """Return the members behind one number of the preview (None: everyone), and its words."""
    month, day, why = (asked.get(name, "") for name in ("month", "day", "why"))
    if month:
        return _raised_then(plan, "%Y-%m", month, "%b-%Y", "in")
    if day:
        return _raised_then(plan, "%Y-%m-%d", day, "%d-%b-%Y", "on")
    lists: dict[str, tuple[Iterable[int], str]] = {
        "trouble": (troubles, "Could not be raised"),
        "also_open": (also_open, "Another request of this kind is open"),
        "waiting": ({one.member_id for one in plan.waiting}, "No room under the daily limit"),
        "year_end": (plan.late_year, "Wait for 1 April"),
    }
    if why in lists:
        return set(lists[why][0]), lists[why][1]
    if why in {one.value for one in WHY_TITLES}:
        return {one.member_id for one in plan.skips if one.why == why}, WHY_TITLES[Why(why)]
    return None, "Everyone on the list"


def _raised_then(plan: Plan, form: str, asked: str, shown: str, at: str) -> tuple[set[int], str]:
    """Return who is raised at that time and its words; `asked` is typed, so it is not shown as it is."""
    these = [one for one in plan.raises if one.on.strftime(form) == asked]
    when = these[0].on.strftime(shown) if these else "another time"
    return {
        one.member_id for one in these
    }, f"To be raised {at} {when}" if these else f"To be raised at {when}"


def next_of(
    plan: Plan, troubles: Mapping[int, str], rule: Rule, members: Iterable[Member], today: dt.date
) -> dict[int, Next]:
    """Return what comes next for each member; where it is no day, shortly why."""
    listed = {one.id: one for one in members}
    first: dict[int, dt.date] = {}
    for one in plan.raises:
        first.setdefault(one.member_id, one.on)
    said = {
        one.member_id: skip_words(one, rule, listed[one.member_id], today)
        for one in (*plan.waiting, *plan.skips)
    }
    for member_id in listed.keys() - first.keys() - said.keys():
        if due := next_due(rule, listed[member_id], today, WorkCalendar()):
            said[member_id] = f"Due from {due.on:%d-%b-%Y}, after the twelve months shown."
    for member_id in plan.late_year:
        said.setdefault(member_id, "31 March is too near for it to be done in time, so it waits for 1 April.")
    said |= troubles
    short = {one.member_id: WHY_TITLES[one.why] for one in plan.skips}
    short |= {one.member_id: "No room under the daily limit" for one in plan.waiting}
    short |= dict.fromkeys(troubles, "Could not be raised")
    return {
        member: Next(first.get(member), said.get(member, ""), short.get(member, "Not within twelve months"))
        for member in first.keys() | said.keys()
    }


def start_values(rhythm: Rhythm, kind: Kind, today: dt.date) -> dict[str, str]:
    """Return what stands in the form of a new recall."""
    values = {"every_count": "1", "every_unit": Unit.WEEK.value}
    first = today + dt.timedelta(days=1)
    if rhythm == Rhythm.BIRTH_MONTH:
        values = {"buffer": "10", "buffer_because": DEFAULT_BUFFER_WHY}
        first = today.replace(day=1)
    elif rhythm == Rhythm.SINCE_DONE:
        values = {"every_count": "3", "every_unit": Unit.MONTH.value}
    day = {"starts-day": str(first.day), "starts-month": str(first.month), "starts-year": str(first.year)}
    return values | day


def ready_values(ready: Ready) -> dict[str, str]:
    """Return what stands in the form of a recall that starts from a ready one."""
    values = {"name": ready.name, "ask": ready.ask, "subtype": ready.subtype}
    if ready.rhythm != Rhythm.BIRTH_MONTH:
        values |= {"every_count": str(ready.every.count), "every_unit": ready.every.unit.value}
    return values


def facts_of(kind: Kind) -> list[SafetyFact]:
    """Return the questions of a kind as a list answers them: it has no "How soon" to choose on."""
    there = "choose Today under How soon, or telephone"
    here = "raise a request for that patient yourself and choose Today there, or telephone"
    return [replace(one, hint=one.hint.replace(there, here)) for one in kind.facts if asks_ahead(one)]


def left_for_later(kind: Kind) -> list[str]:
    """Return the questions that are about the day itself and not asked for a list."""
    return [one.question for one in kind.facts if not asks_ahead(one)]


def answer_options(code: str) -> list[dict[str, str]]:
    """Return the answers as radios; No is given for patients whom nobody may have looked at."""
    hint = "No counts for every patient on the list; choose Not sure if you have not looked."
    found = options(ANSWERS)
    if code in OF_THE_DAY:
        told = "Until somebody answers it on a request, that one goes ahead of others as not told."
        found.append({"value": LATER, "text": "Ask when it is raised", "hint": told})
    return [one | {"hint": hint} if one["value"] == FactAnswer.NO else one for one in found]


def alike_words(names: Sequence[str]) -> str:
    """Say that there are recalls of these names which raise the same, and what to do."""
    named = ", ".join(f"“{name}”" for name in names)
    return (
        f"Your practice already has a recall that raises the same: {named}. "
        "Put patients on that list, or tick the box above the button to have a second list as well."
    )


def options(words: Mapping[Any, str], empty: str = "") -> list[dict[str, str]]:
    """Return a table of codes and words as the options of a select or of radios."""
    first = [{"value": "", "text": empty}] if empty else []
    return [*first, *({"value": str(code), "text": text} for code, text in words.items())]


def rhythm_options() -> list[dict[str, str]]:
    """Return the rhythms as radios, each with its hint."""
    return [{"value": one.value, "text": text, "hint": hint} for one, (text, hint) in RHYTHMS.items()]
