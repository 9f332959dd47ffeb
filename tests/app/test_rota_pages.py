"""The rota in minutes, and the forms for shifts and absence, seen on Monday 23-Nov-2026 at 10:00."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select

from hub.balancing import rota_presenters as presenters
from hub.domain.worktime import LONDON
from hub.extensions import db
from hub.models import Absence, AdminLog, ExtraShift, WeeklyShift
from tests.support.factories import Make
from tests.support.pages import text_of

WEEKLY = {
    "weekdays": ["0", "1", "4"],
    "starts": "09:00",
    "ends": "17.30",
    "break_minutes": "30",
    "valid_from-day": "23",
    "valid_from-month": "11",
    "valid_from-year": "2026",
}


def rows(app: Any, table: Any) -> list[Any]:
    with app.app_context():
        return list(db.session.scalars(select(table).order_by(table.id)))


def post(client: Any, path: str, **typed: Any) -> Any:
    post.count = getattr(post, "count", 0) + 1  # type: ignore[attr-defined]
    return client.post(path, data={"form_key": f"rota-{post.count:08d}"} | typed)  # type: ignore[attr-defined]


def day(name: str, year: int, month: int, number: int) -> dict[str, str]:
    return {f"{name}-day": str(number), f"{name}-month": str(month), f"{name}-year": str(year)}


def test_a_weekly_shift_shows_as_minutes_without_its_break(app: Any, lead: Any, make: Make) -> None:
    user = make.pharmacist(name="Asha Patel", works=False)
    assert "Off Off Off Off Off Off Off 0 h" in text_of(lead.get("/rota"))
    assert post(lead, f"/rota/{user.id}/weekly", **WEEKLY).status_code == 302
    assert [shift.weekday for shift in rows(app, WeeklyShift)] == [0, 1, 4]
    words = text_of(lead.get("/rota"))
    assert "8 h 09:00 to 17:30" in words
    assert "24 h" in words
    before = text_of(lead.get("/rota?week=2026-11-18"))
    assert "week of 16-Nov-2026" in before
    assert "8 h" not in before, "not before its first day"


def test_the_same_form_twice_adds_one_shift(app: Any, lead: Any, make: Make) -> None:
    user = make.pharmacist(works=False)
    data = WEEKLY | {"form_key": "the-same-form", "weekdays": ["2"]}
    for _ in range(2):
        assert lead.post(f"/rota/{user.id}/weekly", data=data).status_code == 302
    assert len(rows(app, WeeklyShift)) == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"weekdays": []}, "Tick at least one day of the week."),
        ({"starts": "nine"}, "Write the start as hours and minutes"),
        ({"starts": "25"}, "Write the start as hours and minutes"),
        (
            {"break_minutes": "900"},
            "The break must be shorter than the shift: 15 h of break, 8 h 30 min of shift.",
        ),
        ({"break_minutes": "241"}, "A break of 4 h 1 min is longer than 4 hours: add two shifts instead"),
        ({"ends": ""}, "Write the end as hours and minutes"),
        ({"break_minutes": "-1"}, "Enter the minutes of break"),
        ({"starts": "09:00", "ends": "09:30"}, "The break must be shorter than the shift"),
        ({"valid_from-day": ""}, "Add the day of the first day"),
        (day("valid_to", 2026, 11, 1), "The last day of a shift cannot come before its first day."),
        (day("valid_from", 1999, 1, 1), "Enter a year from 2000 to 2098."),
    ],
)
def test_a_weekly_shift_that_cannot_be_is_refused(
    app: Any, lead: Any, make: Make, change: dict[str, Any], says: str
) -> None:
    user = make.pharmacist(works=False)
    page = post(lead, f"/rota/{user.id}/weekly", **(WEEKLY | change))
    assert page.status_code == 422
    assert says in text_of(page)
    assert rows(app, WeeklyShift) == []


def test_two_shifts_at_the_same_time_are_refused(app: Any, lead: Any, make: Make) -> None:
    user = make.pharmacist(works=False)
    post(lead, f"/rota/{user.id}/weekly", **WEEKLY)
    page = post(
        lead, f"/rota/{user.id}/weekly", **(WEEKLY | {"weekdays": ["4"], "starts": "17:00", "ends": "20:00"})
    )
    assert page.status_code == 422
    assert "Friday has a shift from 09:00 to 17:30 in that time already" in text_of(page)
    later = WEEKLY | {"weekdays": ["4"], "starts": "18:00", "ends": "20:00"}
    assert post(lead, f"/rota/{user.id}/weekly", **later).status_code == 302


def test_a_weekly_shift_ends_on_a_day_or_is_removed_as_a_mistake(app: Any, lead: Any, make: Make) -> None:
    user = make.pharmacist(works=False)
    post(lead, f"/rota/{user.id}/weekly", **(WEEKLY | {"weekdays": ["0", "1"]}))
    first, second = rows(app, WeeklyShift)
    path = f"/rota/{user.id}/weekly/{first.id}"
    assert post(lead, path, **day("valid_to", 2026, 11, 1)).status_code == 422
    assert post(lead, path, **day("valid_to", 2026, 12, 31)).status_code == 302
    assert rows(app, WeeklyShift)[0].valid_to == dt.date(2026, 12, 31)
    post(lead, f"/rota/{user.id}/weekly/{second.id}/remove")
    assert [shift.id for shift in rows(app, WeeklyShift)] == [first.id]
    other = make.pharmacist(works=False)
    assert lead.get(f"/rota/{other.id}/weekly/{first.id}").status_code == 404, "another person's shift"


def test_an_absence_takes_minutes_and_says_so(app: Any, lead: Any, make: Make) -> None:
    user = make.pharmacist()
    typed = (
        {"first_time": "12:00", "reason": "Leave"} | day("first", 2026, 11, 25) | day("last", 2026, 11, 26)
    )
    assert post(lead, f"/rota/{user.id}/absence", **typed).status_code == 302
    (absence,) = rows(app, Absence)
    assert absence.starts_at == dt.datetime(2026, 11, 25, 12, tzinfo=LONDON)
    assert absence.ends_at == dt.datetime(2026, 11, 27, tzinfo=LONDON)
    words = text_of(lead.get("/rota"))
    assert "4 h 08:00 to 12:00, away for part" in words
    assert "Away" in words
    with app.app_context():
        lines = db.session.scalars(select(AdminLog.what)).all()
    assert lines == ["Absence added: 25-Nov-2026 12:00 to 27-Nov-2026 00:00."], (
        "why is nobody else's business"
    )
    post(lead, f"/rota/{user.id}/absence/{absence.id}/remove")
    assert rows(app, Absence) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"reason": "Bored"}, "Choose why they are away."),
        (day("last", 2026, 11, 20), "The absence must end after it begins."),
        (day("last", 2028, 11, 20), "longer than a year"),
        ({"last_time": "noon"}, "Write the time as hours and minutes"),
    ],
)
def test_an_absence_that_cannot_be_is_refused(
    app: Any, lead: Any, make: Make, change: dict[str, str], says: str
) -> None:
    user = make.pharmacist()
    typed = {"reason": "Leave"} | day("first", 2026, 11, 25) | day("last", 2026, 11, 26) | change
    page = post(lead, f"/rota/{user.id}/absence", **typed)
    assert page.status_code == 422
    assert says in text_of(page)
    assert rows(app, Absence) == []


def test_an_absence_now_sends_work_back_at_once(lead: Any, make: Make, jobs: Any) -> None:
    practice = make.practice()
    user = make.pharmacist(practice)
    task = make.placed(practice, make.requester(practice))
    assert make.again(task).assignee_id == user.id
    typed = {"reason": "Sickness"} | day("first", 2026, 11, 23) | day("last", 2026, 11, 23)
    post(lead, f"/rota/{user.id}/absence", **typed)
    jobs()
    assert make.again(task).status == "queued"


def test_a_shift_added_now_brings_work_at_once(lead: Any, make: Make, jobs: Any) -> None:
    practice = make.practice()
    user = make.pharmacist(practice, works=False)
    task = make.placed(practice, make.requester(practice))
    assert make.again(task).status == "queued"
    typed = {"extra_starts": "09:30", "extra_ends": "13:00"} | day("day", 2026, 11, 23)
    assert post(lead, f"/rota/{user.id}/extra", **typed).status_code == 302
    jobs()
    assert make.again(task).assignee_id == user.id


def test_a_night_shift_ends_on_the_next_day(app: Any, lead: Any, make: Make) -> None:
    user = make.pharmacist(works=False)
    typed = {"extra_starts": "22:00", "extra_ends": "06:00"} | day("day", 2026, 11, 28)
    post(lead, f"/rota/{user.id}/extra", **typed)
    (shift,) = rows(app, ExtraShift)
    assert shift.ends_at - shift.starts_at == dt.timedelta(hours=8)
    words = text_of(lead.get("/rota"))
    assert "2 h 22:00 to 00:00" in words
    assert "6 h 00:00 to 06:00" in words
    too_long = typed | {"extra_ends": "21:00"}
    assert "longer than 16 hours" in text_of(post(lead, f"/rota/{user.id}/extra", **too_long))
    post(lead, f"/rota/{user.id}/extra/{shift.id}/remove")
    assert rows(app, ExtraShift) == []


def test_a_bank_holiday_has_no_weekly_shift(lead: Any, make: Make) -> None:
    make.pharmacist()
    words = text_of(lead.get("/rota?week=2026-12-25"))
    assert "Fri 25-Dec, bank holiday" in words
    assert "40 h" in words, "four days of ten hours"


@pytest.mark.parametrize("typed", ["9", "09", "9:00", "9.00", "0900", "900", " 09:00 "])
def test_a_time_is_read_as_people_write_it(app: Any, lead: Any, make: Make, typed: str) -> None:
    post(lead, f"/rota/{make.pharmacist(works=False).id}/weekly", **(WEEKLY | {"starts": typed}))
    assert {shift.starts for shift in rows(app, WeeklyShift)} == {dt.time(9)}


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 h"), (45, "45 min"), (450, "7 h 30 min"), (480, "8 h"), (60061, "1,001 h 1 min")],
)
def test_minutes_are_shown_as_hours_and_minutes(minutes: int, words: str) -> None:
    assert presenters.hours_words(minutes) == words


def test_at_a_weekend_off_the_coming_week_is_shown(make: Make, as_user: Any, clock: Any) -> None:
    user, leader = make.pharmacist(works=False), make.lead()
    lead = as_user(leader)
    post(lead, f"/rota/{user.id}/weekly", **WEEKLY)
    clock.tick(days=5)  # Saturday
    lead = as_user(leader)
    words = text_of(lead.get("/rota"))
    assert "week of 30-Nov-2026" in words
    assert "Nobody is at work any more this week" in words
    assert 'href="/rota?week=2026-11-28">This week</a>' in lead.get("/rota").text
    assert "week of 23-Nov-2026" in text_of(lead.get("/rota?week=2026-11-28")), "when asked for, it is shown"
    typed = {"extra_starts": "9", "extra_ends": "13"} | day("day", 2026, 11, 29)
    assert post(lead, f"/rota/{user.id}/extra", **typed).status_code == 302
    assert "week of 23-Nov-2026" in text_of(lead.get("/rota")), "somebody works on Sunday"


@pytest.mark.parametrize("week", ["", "nonsense", "2026-02-31", "9999-01-01"])
def test_a_week_that_is_none_is_this_week(lead: Any, week: str) -> None:
    assert "week of 23-Nov-2026" in text_of(lead.get("/rota", query_string={"week": week}))


def test_the_rota_costs_the_same_however_many_people(
    app: Any, lead: Any, make: Make, statements: Any
) -> None:
    def count() -> int:
        with statements() as seen:
            lead.get("/rota")
        return int(seen.count)

    make.absent(make.pharmacist())
    lead.get("/rota")
    one = count()
    for _ in range(5):
        make.absent(make.technician())
    assert count() == one
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(WeeklyShift)) == 30


def test_only_clinicians_have_a_rota_and_only_leads_see_it(lead: Any, make: Make, as_user: Any) -> None:
    user = make.pharmacist()
    assert lead.get(f"/rota/{make.requester().id}").status_code == 404
    for other in (make.admin(), make.requester(), user):
        assert as_user(other).get(f"/rota/{user.id}").status_code == 403
        assert post(as_user(other), f"/rota/{user.id}/weekly", **WEEKLY).status_code == 403


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ((25, 0), (26, 0), "25-Nov-2026"),
        ((25, 0), (28, 0), "25-Nov-2026 to 27-Nov-2026"),
        ((25, 12), (25, 17), "Wed 25-Nov-2026, 12:00 to 17:00"),
        ((25, 12), (27, 0), "Wed 25-Nov-2026, 12:00 to Thu 26-Nov-2026, 24:00"),
        ((25, 22), (26, 6), "Wed 25-Nov-2026, 22:00 to Thu 26-Nov-2026, 06:00"),
    ],
)
def test_a_stretch_of_time_in_words(first: tuple[int, int], last: tuple[int, int], words: str) -> None:
    moments = [dt.datetime(2026, 11, number, hour, tzinfo=LONDON) for number, hour in (first, last)]
    assert presenters.stretch(*moments) == words
