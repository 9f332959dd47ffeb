"""Recurring requests: who is due when, and what may never happen whatever the list and the calendar."""

import calendar
import datetime as dt
import itertools
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.recalls.intervals import USUAL
from hub.domain.recalls.plan import LEAST_WORKING_DAYS, Plan, daily_limit, plan
from hub.domain.recalls.ready import MONITORING, READY
from hub.domain.recalls.rhythm import (
    Due,
    Every,
    Member,
    Rhythm,
    Rule,
    Unit,
    Why,
    add_months,
    last_day_to_raise,
    next_due,
    year_end,
)
from hub.domain.recalls.words import skip_words
from hub.domain.vocabulary import PatientStatus
from hub.domain.worktime import WorkCalendar
from hub.protocols.files import kinds_on_disk

WORK = WorkCalendar()
TEN_MONTHS = Every(10, Unit.MONTH)
YEARLY = Rule(Rhythm.BIRTH_MONTH, Every(12, Unit.MONTH), dt.date(2026, 4, 1), TEN_MONTHS)
REVIEW = replace(YEARLY, stop_days=20)
TODAY = dt.date(2026, 11, 23)


def day(text: str) -> dt.date:
    return dt.datetime.strptime(text, "%d-%b-%Y").replace(tzinfo=dt.UTC).date()


def born_in(month: int, done: str = "") -> Member:
    return Member(1, TODAY, dt.date(1950, month, 9), day(done) if done else None)


@pytest.mark.parametrize(
    ("month", "done", "rule", "due", "why"),
    [
        (12, "", YEARLY, "01-Dec-2026", Why.NONE),
        (11, "", YEARLY, "01-Nov-2026", Why.NONE),  # its month is under way
        (6, "", YEARLY, "01-Jun-2026", Why.NONE),  # passed since the recall counts, and made up
        (2, "", YEARLY, "01-Feb-2027", Why.NONE),  # before the recall counts: not made up
        (12, "15-Oct-2026", YEARLY, "01-Dec-2027", Why.COUNTED),  # done in or just before the month
        (12, "15-Jul-2026", YEARLY, "15-May-2027", Why.BUFFER),  # too recent, so later, but not a year later
        (12, "31-Jan-2026", YEARLY, "01-Dec-2026", Why.NONE),
        # A review in March is the old contract year's: the new one is not left without its own.
        (4, "20-Mar-2027", YEARLY, "01-Apr-2028", Why.COUNTED),
        (4, "20-Mar-2027", REVIEW, "20-Jan-2028", Why.BUFFER),
        (3, "", REVIEW, "01-Feb-2027", Why.NONE),  # March itself is too late
        (3, "", YEARLY, "01-Mar-2027", Why.NONE),
    ],
)
def test_by_birth_month(month: int, done: str, rule: Rule, due: str, why: Why) -> None:
    today = max(TODAY, day(done)) if done else TODAY
    found = next_due(rule, born_in(month, done), today, WORK)
    assert found is not None
    assert (found.on, found.why) == (day(due), why)


def test_an_interval_counts_from_the_last_one_done_and_month_ends_come_back() -> None:
    monthly = Rule(Rhythm.SINCE_DONE, Every(1, Unit.MONTH), day("31-Jan-2028"))
    assert next_due(monthly, born_in(1, "30-Jan-2028"), day("01-Feb-2028"), WORK) == Due(
        day("29-Feb-2028"), day("29-Feb-2028")
    )
    fixed = replace(monthly, rhythm=Rhythm.FIXED)
    member = replace(born_in(1), since=day("31-Jan-2028"))
    seen, today = [], day("31-Jan-2028")
    for _ in range(4):
        due = next_due(fixed, member, today, WORK)
        assert due is not None
        seen.append(f"{due.on:%d-%b}")
        member, today = replace(member, raised=member.raised | {due.period}), due.on
    assert seen == ["31-Jan", "29-Feb", "31-Mar", "30-Apr"]


def test_a_weekly_round_that_was_missed_is_made_up_once_and_moves_past_a_bank_holiday() -> None:
    weekly = Rule(Rhythm.FIXED, Every(1, Unit.WEEK), day("04-Dec-2026"))  # Fridays
    round_ = Member(1, TODAY)
    made = plan(weekly, [round_], TODAY, WORK, until=day("10-Jan-2027"))
    # 25-Dec and 01-Jan are bank holidays; the days kept instead of 26-Dec is Monday 28-Dec.
    assert [f"{one.on:%d-%b}" for one in made.raises] == [
        "04-Dec",
        "11-Dec",
        "18-Dec",
        "29-Dec",
        "04-Jan",
        "08-Jan",
    ]
    away = plan(weekly, [round_], day("23-Dec-2026"), WORK, until=day("25-Dec-2026"))
    assert [(one.period, one.on) for one in away.raises] == [(day("18-Dec-2026"), day("23-Dec-2026"))]


def test_31_march() -> None:
    assert last_day_to_raise(day("31-Mar-2027"), 20, WORK) == day("01-Mar-2027")
    late = born_in(12, "15-May-2026")  # the buffer ends on 15 March
    made = plan(REVIEW, [late], TODAY, WORK)
    assert [one.on for one in made.raises] == [day("01-Apr-2027")]
    assert made.late_year == {1}


def test_who_is_skipped_and_why() -> None:
    people = [
        replace(born_in(12), is_open=True),
        replace(born_in(12), id=2, status=PatientStatus.DIED),
        replace(born_in(12, "15-Jul-2026"), id=3),
        replace(born_in(12), id=4, born=None),
    ]
    made = plan(YEARLY, people, TODAY, WORK)
    assert {one.member_id: one.why for one in made.skips} == {
        1: Why.OPEN, 2: Why.GONE, 3: Why.BUFFER, 4: Why.NO_BIRTH,
    }  # fmt: skip
    assert {one.member_id for one in made.raises} == {3}, "what is open now is taken as done"
    by_id = {one.id: one for one in people}
    said = {one.member_id: skip_words(one, YEARLY, by_id[one.member_id], TODAY) for one in made.skips}
    assert said[3] == (
        "Born in December; the last one was on 15-Jul-2026, and the next may not be before 15-May-2027, "
        "10 months later."
    )
    april = replace(born_in(4), is_open=True)
    (waits,) = plan(YEARLY, [april], TODAY, WORK).skips
    assert skip_words(waits, YEARLY, april, TODAY) == (
        "A request of this kind is open. If it is done today: born in April; the next may not be before "
        "23-Sep-2027, 10 months later."
    )


def test_the_usual_limit_lets_the_fullest_month_in() -> None:
    assert min(
        sum(WORK.is_working_day(dt.date(y, m, d)) for d in range(1, calendar.monthrange(y, m)[1] + 1))
        for y in range(2026, 2041)
        for m in range(1, 13)
    ) == LEAST_WORKING_DAYS  # fmt: skip
    hundred = [replace(born_in(6), id=n) for n in range(100)]
    assert daily_limit(YEARLY, hundred, WORK, TODAY) == 6
    assert daily_limit(replace(YEARLY, daily_limit=2), hundred, WORK, TODAY) == 2
    residents = [Member(n, TODAY, dt.date(1940, 1, 1)) for n in range(8)]
    assert daily_limit(Rule(Rhythm.FIXED, Every(1, Unit.WEEK), TODAY), residents, WORK, TODAY) == 10


DATES = st.dates(dt.date(2025, 6, 1), TODAY)
EVERY = st.builds(Every, st.integers(1, 3), st.sampled_from(Unit))
RULES = st.builds(
    Rule,
    st.sampled_from(Rhythm),
    EVERY,
    st.dates(dt.date(2026, 1, 1), dt.date(2027, 3, 31)),
    st.none() | st.builds(Every, st.integers(1, 11), st.just(Unit.MONTH)),
    st.integers(1, 4),
    st.none() | st.just(20),
)
MEMBERS = st.lists(
    st.builds(
        Member,
        st.integers(1, 99),
        DATES,
        st.dates(dt.date(1930, 1, 1), dt.date(2000, 12, 31)),
        st.none() | DATES,
        st.booleans(),
        st.sampled_from([PatientStatus.REGISTERED, PatientStatus.REGISTERED, PatientStatus.MOVED]),
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)


def day_by_day(
    rule: Rule, members: list[Member], until: dt.date, off: set[int]
) -> list[tuple[int, dt.date, dt.date]]:
    """What the job does that looks at each day alone, twice a day, except on those days when it is down."""
    now = {one.id: replace(one, last_done=TODAY, is_open=False) if one.is_open else one for one in members}
    raised: list[tuple[int, dt.date, dt.date]] = []
    for number in range((until - TODAY).days):
        today = TODAY + dt.timedelta(days=number)
        for _ in range(0 if number in off else 2):
            count = sum(on == today for _, _, on in raised)
            made = plan(
                rule, list(now.values()), today, WORK, until=today + dt.timedelta(days=1), raised_today=count
            )
            for one in made.raises:
                raised.append((one.member_id, one.period, today))
                member = now[one.member_id]
                now[one.member_id] = replace(member, last_done=today, raised=member.raised | {one.period})
    return raised


@settings(max_examples=25, deadline=None)
@given(rule=RULES, members=MEMBERS, off=st.sets(st.integers(0, 90), max_size=30))
def test_whatever_the_list(rule: Rule, members: list[Member], off: set[int]) -> None:
    until = TODAY + dt.timedelta(days=100)
    made = plan(rule, members, TODAY, WORK, until=until)
    assert made == plan(rule, members[::-1], TODAY, WORK, until=until), "the same list, the same answer"
    found = [(one.member_id, one.period, one.on) for one in made.raises]
    assert found == day_by_day(rule, members, until, set()), "the plan is what the job does"
    for raises in (found, day_by_day(rule, members, until, off)):
        keeps_its_word(rule, members, raises)
    oldest_first(made)


def keeps_its_word(rule: Rule, members: list[Member], raises: list[tuple[int, dt.date, dt.date]]) -> None:
    limit = rule.daily_limit
    assert limit is not None
    assert max(Counter(on for _, _, on in raises).values(), default=0) <= limit
    assert len({(who, period) for who, period, _ in raises}) == len(raises), "time alone never raises twice"
    done = {one.id: TODAY if one.is_open else one.last_done for one in members}
    gone = {one.id for one in members if one.status != PatientStatus.REGISTERED}
    for who, period, on in raises:
        assert WORK.is_working_day(on)
        assert who not in gone
        if rule.rhythm != Rhythm.BIRTH_MONTH:
            assert period <= on
        before = done[who]
        if before is not None and rule.buffer is not None and rule.rhythm != Rhythm.SINCE_DONE:
            assert on >= rule.buffer.after(before), "never before the buffer"
        if before is not None and rule.rhythm == Rhythm.SINCE_DONE:
            assert on >= rule.every.after(before)
        if rule.stop_days is not None:
            assert on <= last_day_to_raise(year_end(on), rule.stop_days, WORK)
        done[who] = on


def oldest_first(made: Plan) -> None:
    for first, then in itertools.pairwise(made.raises):
        if first.on == then.on:
            assert (first.due, first.member_id) < (then.due, then.member_id)
        elif then.due <= first.on and then.member_id != first.member_id:
            assert (first.due, first.member_id) < (then.due, then.member_id), "whoever waited is not passed"


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.none() | DATES, st.booleans())
def test_everyone_is_seen_once_in_each_year_and_a_bit(month: int, done: dt.date | None, stop: bool) -> None:
    rule = replace(REVIEW if stop else YEARLY, starts_on=TODAY)
    made = plan(rule, [replace(born_in(month), last_done=done)], TODAY, WORK, until=add_months(TODAY, 72))
    days = [one.on for one in made.raises]
    assert len(days) >= 4
    for before, after in itertools.pairwise(days):
        assert add_months(before, 10) <= after <= add_months(before, 14) + dt.timedelta(days=10)
    if stop:  # each whole contract year has one, from the second on
        years = [year_end(one).year for one in days]
        assert set(range(years[0], 2032)) <= set(years)


def test_every_ready_recall_names_what_there_is_and_keeps_the_interval_of_the_table() -> None:
    kinds = {kind.code: kind for kind in kinds_on_disk()}
    monitored = {one.subtype for one in MONITORING}
    assert monitored == {one.code for one in kinds["HRDM"].subtypes} and len(READY) == len(MONITORING) + 2
    for one in READY.values():
        kind = kinds[one.kind]
        assert not one.subtype or one.subtype in {sort.code for sort in kind.subtypes}
        assert one.source and not kind.needs_document
    for usual in USUAL:
        months = {str(one.every.count) for one in MONITORING if one.name.split()[0] in usual.medicine}
        assert months <= {usual.interval.split()[0]} or usual.medicine.startswith("DOACs")
