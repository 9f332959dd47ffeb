"""Working time on invented hours: every answer is that of walking through the minutes of a wall clock."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub.domain.worktime import LONDON, Hours, WorkCalendar

MINUTE = timedelta(minutes=1)

WEEKS = [
    date(2026, 3, 25),  # spring change
    date(2026, 10, 21),  # autumn change
    date(2026, 12, 23),  # Christmas
    date(2026, 12, 30),  # New Year
    date(2026, 4, 1),  # Easter
    date(2028, 2, 26),  # leap day
]
DAYS = 7


@lru_cache(maxsize=64)
def wall_clock(first: date) -> list[tuple[datetime, date, int]]:
    """Return each minute of a week: its moment, its local day, the furthest the day's clock has come.

    When the clock goes back, "the furthest it has come" stands still: so a time that
    comes twice counts as its first, which is the rule under test told another way.
    """
    minutes, furthest = [], dict[date, int]()
    moment = datetime.combine(first, time(0), tzinfo=LONDON).astimezone(UTC)
    while (wall := moment.astimezone(LONDON)).date() < first + timedelta(days=DAYS):
        day = wall.date()
        furthest[day] = max(furthest.get(day, 0), wall.hour * 60 + wall.minute)
        minutes.append((moment, day, furthest[day]))
        moment += MINUTE
    return minutes


def open_minutes(calendar: WorkCalendar, first: date) -> list[bool]:
    assert callable(calendar.holidays)
    spans = [
        [(s.hour * 60 + s.minute, e.hour * 60 + e.minute or 1440) for s, e in day]
        for day in calendar.hours.days
    ]
    return [
        day not in calendar.holidays(day.year) and any(s <= minute < e for s, e in spans[day.weekday()])
        for _, day, minute in wall_clock(first)
    ]


@st.composite
def day_spans(draw: st.DrawFn) -> tuple[tuple[time, time], ...]:
    """Return the spans of a day; often in the small hours, where the clocks change."""
    minute = st.one_of(st.integers(0, 1440), st.integers(30, 180))
    edges = sorted(draw(st.sets(minute, max_size=3)) | draw(st.sets(minute, max_size=3)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple((time(s // 60, s % 60), time(e // 60 % 24, e % 60)) for s, e in pairs)


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    days = tuple(draw(day_spans()) for _ in range(7))
    assume(any(days))
    return WorkCalendar(Hours(days))


FIRST_DAYS = st.one_of(st.sampled_from(WEEKS), st.dates(date(2020, 1, 1), date(2035, 12, 1)))
PLACES = st.integers(0, (DAYS * 24 - 1) * 60 - 1)  # a week with a spring change is an hour short


@settings(max_examples=40)
@given(st.one_of(calendars(), st.just(WorkCalendar())), FIRST_DAYS, PLACES, PLACES)
def test_every_answer_is_that_of_walking_through_the_minutes(
    calendar: WorkCalendar, first: date, a: int, b: int
) -> None:
    a, b = sorted((a, b))
    is_open = open_minutes(calendar, first)
    moments = [moment for moment, _, _ in wall_clock(first)]

    assert calendar.is_open(moments[a]) == is_open[a]
    assert calendar.minutes_between(moments[a], moments[b]) == sum(is_open[a:b])
    assert calendar.minutes_between(moments[b], moments[a]) == 0

    following = [place for place in range(a, len(moments)) if is_open[place]]
    if following:
        assert calendar.next_open(moments[a]) == moments[following[0]]
        minutes = 1 + b % len(following)
        assert calendar.add_minutes(moments[a], minutes) == moments[following[minutes - 1]] + MINUTE

    earlier = [place for place in range(b) if is_open[place]]
    if earlier:
        assert calendar.previous_working_minute(moments[b]) == moments[earlier[-1]] + MINUTE


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(calendars(), MOMENTS, st.integers(0, 20_000))
def test_adding_minutes_and_counting_them_are_the_same_thing(
    calendar: WorkCalendar, start: datetime, minutes: int
) -> None:
    end = calendar.add_minutes(start, minutes)
    assert calendar.minutes_between(start, end) == minutes
    assert minutes == 0 or calendar.minutes_between(start, end - timedelta(microseconds=1)) == minutes - 1


@given(calendars(), MOMENTS, st.integers(0, 5_000), st.integers(0, 5_000))
def test_minutes_can_be_added_in_two_steps(calendar: WorkCalendar, start: datetime, a: int, b: int) -> None:
    assert calendar.add_minutes(calendar.add_minutes(start, a), b) == calendar.add_minutes(start, a + b)
