"""In what order is waiting work done? One key, of whole numbers only, with every term shown.

The hard bands stand in front by rule: by band, then by earliest hard deadline, due time and age. All
others form one pool by the apparent-tardiness-cost index (Vepsalainen and Morton 1987) in logarithmic form

    ln(weight) - ln(minutes) - max(slack - margin, 0) / (lookahead x own target)

in working minutes (slack = due - now - minutes; margin and lookahead are the policy's), kept in millionths of
its natural logarithm. Whole numbers, because PostgreSQL sorts by the same expression
(`hub.placing.order_queries`) and must find exactly the same order.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hub.domain.kinds import Target
from hub.domain.order_policy import OrderPolicy
from hub.domain.promises import BAND_WORDS
from hub.domain.vocabulary import Band, RequestedUrgency
from hub.domain.worktime import WorkCalendar, start_of_day

SCALE = 1_000_000
# Working minutes are counted from here. Any moment would do; a near one spares building old calendars.
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
# A working day of core hours, 08:00 to 18:30.
ONE_DAY = 630
_DAY = timedelta(days=1)
# Stands for no deadline, and for what plays no part outside the hard bands.
FAR = datetime(9999, 1, 1, tzinfo=UTC)
_PERCENT = 100

Key = tuple[int, bool, datetime, datetime, int, datetime, int]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the index is made of, as stored with the task.

    `fixed` is the sum of the terms that time does not change, save the band's (see `fixed_terms`);
    `due_number` and `paused_number` are working minutes since `EPOCH` in the calendar of its target, the
    latter set while its clock stands still; `credit` and `people` (few or many may do it) are its practice's,
    in the index's own unit.
    """

    band: Band
    minutes: int
    target_minutes: int
    due_number: int
    fixed: int
    paused_number: int | None = None
    credit: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Everything that decides where a task stands; `now_number` is now in the calendar of its target."""

    facts: Facts
    deadline_at: datetime | None
    due_at: datetime
    raised_at: datetime
    id: int
    now_number: int
    first: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of the index: a code to count by, the words people read, and its value.

    `share` is, of the time to spare, how much of the whole target that is.
    """

    code: str
    words: str
    value: int
    share: float = 0.0


def number(calendar: WorkCalendar, at: datetime) -> int:
    """Return the working minutes of `calendar` from `EPOCH` to `at`, rounded down; negative before it."""
    if at < EPOCH:
        return -calendar.minutes_between(at, EPOCH)
    return calendar.minutes_between(EPOCH, at)


def target_minutes(target: Target, receipt_on: date, calendar: WorkCalendar) -> int:
    """Return a target's own length in working minutes, at least 1.

    One in working days is as long as the days after `receipt_on` are open in `calendar`.
    """
    if target.working_days is None:
        return max(target.hub_minutes or 1, 1)
    promised_at = calendar.after_working_days(receipt_on, target.working_days)
    length = number(calendar, promised_at) - number(calendar, start_of_day(receipt_on + _DAY, calendar.zone))
    return max(length, 1)


def own_target(facts: Facts) -> int:
    """Return the target that counts in the index: for what a rule lifted to band 2, one working day."""
    return min(facts.target_minutes, ONE_DAY) if facts.band <= Band.BY_TOMORROW else facts.target_minutes


def log(factor: float) -> int:
    """Return the natural logarithm of a factor in the index's unit, millionths."""
    return round(math.log(factor) * SCALE)


def effective_band(band: int, override: int | None) -> int:
    """Return the band in which a task stands: the override, but never behind a band 1 or 2 given by rule."""
    if override is None:
        return band
    return min(band, override) if band <= Band.BY_TOMORROW else override


def fixed_terms(
    *, signals: Iterable[str], requested: RequestedUrgency, minutes: int, policy: OrderPolicy
) -> tuple[Term, ...]:
    """Return the terms that time does not change: signals (bounded), the requester's word, length."""
    weights = {one.signal: one.percent for one in policy.signal_weights}
    terms = [
        Term(f"signal:{signal}", f"{_capital(signal)}: {_times(weights[signal])}", _log(weights[signal]))
        for signal in signals
        if weights.get(signal, _PERCENT) > _PERCENT
    ]
    over = sum(term.value for term in terms) - _log(policy.signals_most_percent)
    if over > 0:
        most = _times(policy.signals_most_percent)
        terms.append(Term("signals_most", f"All signals together: at most {most}", -over))
    asked = {
        RequestedUrgency.SOON: (policy.asked_soon_percent, "The practice asks for tomorrow"),
        RequestedUrgency.URGENT: (policy.asked_urgent_percent, "The practice asks for today"),
    }.get(requested)
    if asked is not None and asked[0] > _PERCENT:
        terms.append(Term("asked", f"{asked[1]}: {_times(asked[0])}", _log(asked[0])))
    return (*terms, Term("minutes", f"{minutes} minutes of work: short work goes first", -log(minutes)))


def fixed_weight(
    *, signals: Iterable[str], requested: RequestedUrgency, minutes: int, policy: OrderPolicy
) -> int:
    """Return the sum of `fixed_terms`, which is stored with the task."""
    terms = fixed_terms(signals=signals, requested=requested, minutes=minutes, policy=policy)
    return sum(term.value for term in terms)


def slack_of(facts: Facts, now_number: int) -> int:
    """Return the working minutes until it must be begun to be done when due; a paused clock stands still."""
    paused = facts.paused_number
    return facts.due_number - (now_number if paused is None else paused) - facts.minutes


def patience(facts: Facts, now_number: int, policy: OrderPolicy) -> int:
    """Return by how much the slack that is left beyond the margin lowers the index: 0 when there is none."""
    slack = max(slack_of(facts, now_number) - policy.margin_minutes, 0)
    return slack * _PERCENT * SCALE // (policy.lookahead_percent * own_target(facts))


def index_of(facts: Facts, now_number: int, policy: OrderPolicy) -> int:
    """Return the index: the higher, the sooner. Never lower as time passes."""
    band = log(policy.band_weights[facts.band - 1])
    return band + facts.fixed + facts.credit + facts.people - patience(facts, now_number, policy)


def past_ceiling(facts: Facts, now_number: int, policy: OrderPolicy) -> int:
    """Return by how many working minutes a task is older than its age ceiling; 0 if it is not.

    Its age runs from a whole target before its due time, and stands still while its clock does.
    """
    paused = facts.paused_number
    late = (now_number if paused is None else paused) - facts.due_number
    return max(late - (policy.ceiling_percent - _PERCENT) * own_target(facts) // _PERCENT, 0)


def order_key(place: Place, policy: OrderPolicy) -> Key:
    """Return what tasks are sorted by, smallest first.

    What a person has set first stands before the others of its hard band, or of the pool.
    """
    facts, hard = place.facts, place.facts.band <= policy.hard_bands
    return key(
        band=facts.band,
        first=place.first,
        index=0 if hard else index_of(facts, place.now_number, policy),
        deadline_at=place.deadline_at,
        due_at=place.due_at,
        raised_at=place.raised_at,
        number=place.id,
        hard_bands=policy.hard_bands,
    )


def key(
    *,
    band: int,
    first: bool,
    index: int,
    deadline_at: datetime | None,
    due_at: datetime,
    raised_at: datetime,
    number: int,
    hard_bands: int,
) -> Key:
    """Return the key of a task whose index is known; `order_key` for where it is not."""
    if band <= hard_bands:
        return band, not first, deadline_at or FAR, due_at, 0, raised_at, number
    return hard_bands + 1, not first, FAR, FAR, -index, raised_at, number


def terms_of(
    facts: Facts,
    *,
    signals: Iterable[str],
    requested: RequestedUrgency,
    now_number: int,
    policy: OrderPolicy,
) -> tuple[Term, ...]:
    """Return every term of the index; their values add up to it when `facts.fixed` is of this policy."""
    weight = policy.band_weights[facts.band - 1]
    slack = max(slack_of(facts, now_number), 0)
    stands = "while its clock stands still" if facts.paused_number is not None else "to spare"
    left = f"{work_hours(slack)} {stands}, of a target of {work_hours(own_target(facts))}"
    if slack <= policy.margin_minutes:
        left = f"{work_hours(slack)} {stands}: counts as none" if slack else "No time to spare"
    terms = [
        Term("band", f"{_capital(BAND_WORDS[facts.band])}: weight {weight}", log(weight)),
        *fixed_terms(signals=signals, requested=requested, minutes=facts.minutes, policy=policy),
        Term("slack", left, -patience(facts, now_number, policy), slack / own_target(facts)),
    ]
    if facts.people:
        few = "Few" if facts.people > 0 else "Many"
        words = f"{few} people may work for its practice: {_times(_percent(facts.people))}"
        terms.append(Term("people", words, facts.people))
    if facts.credit:
        words = f"Its practice has had less than its contracted share: {_times(_percent(facts.credit))}"
        terms.append(Term("credit", words, facts.credit))
    return tuple(terms)


def work_hours(minutes: int) -> str:
    """Return a length of working time as people say it: "40 minutes", "12 working hours"."""
    if minutes < 60:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    hours = round(minutes / 60)
    return f"{hours} working hour{'' if hours == 1 else 's'}"


def override_refusal(band: Band, wanted: Band | None) -> str | None:
    """Say why a person may not set this band, or None if they may.

    What a rule put into band 1 or 2 is there for safety; nobody may put it behind that.
    """
    if wanted is None or band > Band.BY_TOMORROW or wanted <= band:
        return None
    return (
        f"A safety rule put this into “{BAND_WORDS[band]}”, so nobody may set it to “{BAND_WORDS[wanted]}”. "
        "If a safety answer is wrong, have the practice correct it."
    )


def _log(percent: int) -> int:
    return log(percent / _PERCENT)


def _percent(value: int) -> int:
    return round(math.exp(value / SCALE) * _PERCENT)


def _times(percent: int) -> str:
    return f"weighs {percent / _PERCENT:g} times"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
