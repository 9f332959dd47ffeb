"""Set breaks, being away from now on, meetings and on-call on their pages, on Monday 23-Nov-2026 at 10:00."""

import datetime as dt
import itertools
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from hub.balancing import released_presenters
from hub.domain.vocabulary import FactAnswer
from hub.domain.worktime import LONDON
from hub.extensions import db
from hub.models import Absence, AdminLog, Event, Meeting, OnCall, WeeklyShift
from tests.support.factories import Make
from tests.support.pages import text_of
from tests.support.request_form import filled

WEEKLY = {
    "weekdays": ["0"], "starts": "09:00", "ends": "17:00", "break_minutes": "0", "valid_from-day": "23",
    "valid_from-month": "11", "valid_from-year": "2026",
}  # fmt: skip
MEETING = {
    "title": "Team meeting", "who": "everyone", "starts": "11", "ends": "12:30", "repeats": "weekly",
    "weekdays": ["0", "2"], "first-day": "23", "first-month": "11", "first-year": "2026",
}  # fmt: skip
ON_CALL = {
    "starts-day": "23", "starts-month": "11", "starts-year": "2026", "starts_time": "18:00",
    "ends-day": "24", "ends-month": "11", "ends-year": "2026", "ends_time": "08:30",
    "telephone": "01632 960111",
}  # fmt: skip
_keys = itertools.count(1)


def post(client: Any, path: str, **typed: Any) -> Any:
    return client.post(path, data={"form_key": f"duty-{next(_keys):08d}"} | typed)


def rows(app: Any, table: Any) -> list[Any]:
    with app.app_context():
        return list(db.session.scalars(select(table).order_by(table.id)))


def day(name: str, number: int, month: int = 11, year: int = 2026) -> dict[str, str]:
    return {f"{name}-day": str(number), f"{name}-month": str(month), f"{name}-year": str(year)}


class TestSetBreaks:
    def test_several_breaks_are_taken_off_and_shown(self, app: Any, lead: Any, make: Make) -> None:
        user = make.pharmacist(works=False)
        typed = WEEKLY | {"breaks": "10.30 to 10:45, 13:00-13:30", "break_minutes": "15"}
        assert post(lead, f"/rota/{user.id}/weekly", **typed).status_code == 302
        assert [one.breaks for one in rows(app, WeeklyShift)] == [[["10:30", "10:45"], ["13:00", "13:30"]]]
        assert "15 min, 10:30 to 10:45, 13:00 to 13:30" in text_of(lead.get(f"/rota/{user.id}"))
        assert "7 h 09:00 to 17:00" in text_of(lead.get("/rota"))

    @pytest.mark.parametrize(
        ("breaks", "says"),
        [
            ("lunch", "Write each break as from and to"),
            ("10:30", "Write each break as from and to"),
            ("08:00 to 09:30", "A break must lie within the shift"),
            ("12:00 to 13:00, 12:30 to 13:30", "Two breaks overlap"),
        ],
    )
    def test_breaks_that_cannot_be_are_refused(
        self, app: Any, lead: Any, make: Make, breaks: str, says: str
    ) -> None:
        page = post(lead, f"/rota/{make.pharmacist(works=False).id}/weekly", **(WEEKLY | {"breaks": breaks}))
        assert page.status_code == 422
        assert 'href="#breaks"' in page.text
        assert says in text_of(page)
        assert breaks in page.text
        assert rows(app, WeeklyShift) == []


class TestAwayFromNowOn:
    def test_work_goes_back_in_the_same_moment_with_its_age(
        self, app: Any, lead: Any, make: Make, owner: Any
    ) -> None:
        practice = make.practice()
        asks, user = make.requester(practice), make.pharmacist(practice, name="Asha Patel")
        started, waits = make.started(practice, asks, user), make.placed(practice, asks)
        assert make.again(waits).assignee_id == user.id
        answer = post(lead, f"/rota/{user.id}/away", away_reason="Sickness", away_until="today")
        # No job has run: what was done was done with the absence itself.
        back = make.again(waits)
        assert (back.status, back.assignee_id) == ("queued", None)
        assert (back.raised_at, back.due_at, back.released_count) == (waits.raised_at, waits.due_at, 0)
        assert make.again(started).decide_since is not None
        (absence,) = rows(app, Absence)
        assert absence.starts_at == dt.datetime(2026, 11, 23, 10, tzinfo=LONDON)
        assert absence.ends_at == dt.datetime(2026, 11, 24, tzinfo=LONDON)
        words = text_of(lead.get(answer.location))
        assert "Asha Patel is away from now on." in words
        assert "1 task went back to its queue since 10:00" in words
        assert "Nobody who is at work now may do it." in words
        assert "1 that Asha Patel had started stays with them until a lead decides." in words
        last = owner.execute(
            "select actor_system, data from event where task_id = %s order by seq desc limit 1", [back.id]
        ).fetchone()
        assert (last[0], last[1]["because"]) == ("timetable", "off_shift")

    def test_what_went_back_is_listed_with_where_it_is_and_why_it_waits(
        self, lead: Any, make: Make, jobs: Any, statements: Any
    ) -> None:
        practice = make.practice()
        asks, user = make.requester(practice), make.pharmacist(practice, name="Asha Patel")
        urgent, plain = (
            make.placed(practice, asks, answers=answers)
            for answers in ({"serious_reaction": FactAnswer.YES}, {})
        )
        post(lead, f"/rota/{user.id}/away", away_reason="Sickness", away_until="today")
        page, other = f"/rota/{user.id}", make.pharmacist(practice, name="Bo Lee")
        assert "It is being given out." in text_of(lead.get(page)), "somebody is there, with room"
        shown = lead.get(f"{page}?back=urgent").text
        assert (urgent.ref in shown, plain.ref in shown) == (True, False)
        assert 'hx-get="/rota/' in shown, "it follows what the top-up does"
        jobs()
        with statements() as seen:
            words = text_of(lead.get(page))
        assert seen.count <= 32, "whatever went back"
        assert "2 tasks with somebody else already, or done" in words
        assert "waiting for somebody" not in words
        assert f"Assigned to {other.name}" in words
        assert 'hx-get="/rota/' not in lead.get(page).text

    @pytest.mark.parametrize(
        ("band", "left", "bound", "says"),
        [
            (2, 100, 45, "It goes by its place in the order to the first list that falls below that."),
            (2, 100, 44, "It is being given out."),
            (2, 40, 36, "Nobody at work who may do it has 5 minutes left today."),
            (1, 40, 36, "It is being given out."),
        ],
    )
    def test_why_something_waits_though_people_are_there(
        self, band: int, left: int, bound: int, says: str
    ) -> None:
        row: Any = SimpleNamespace(held_since=None, minutes=5, effective_band=band)
        able: Any = [SimpleNamespace(name="Bo", minutes_left=left, bound_minutes=bound)]
        assert says in released_presenters.why_waits(row, able, 45)

    def test_who_leaves_a_night_shift_does_not_come_back_for_its_rest(
        self, app: Any, lead: Any, make: Make
    ) -> None:
        user = make.pharmacist(works=False)
        typed = {"extra_starts": "09:30", "extra_ends": "01:00"} | day("day", 23)
        post(lead, f"/rota/{user.id}/extra", **typed)
        assert "The end of this shift" in text_of(lead.get(f"/rota/{user.id}"))
        post(lead, f"/rota/{user.id}/away", away_reason="Sickness", away_until="today")
        (absence,) = rows(app, Absence)
        assert absence.ends_at == dt.datetime(2026, 11, 24, 1, tzinfo=LONDON)

    def test_one_that_begins_later_leaves_todays_work_where_it_is(self, lead: Any, make: Make) -> None:
        practice = make.practice()
        user = make.pharmacist(practice)
        task = make.placed(practice, make.requester(practice))
        typed = {"reason": "Leave"} | day("first", 24) | day("last", 24)
        assert post(lead, f"/rota/{user.id}/absence", **typed).status_code == 302
        assert make.again(task).assignee_id == user.id

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ({"away_until": "today"}, "Choose why they are away."),
            ({"away_reason": "Sickness"}, "Say until when they are away."),
            ({"away_reason": "Sickness", "away_until": "later"}, "Enter the last day away."),
            (
                {"away_reason": "Sickness", "away_until": "later"} | day("away_last", 22),
                "The last day away is over",
            ),
            (
                {"away_reason": "Sickness", "away_until": "later"} | day("away_last", 22, 12, 2028),
                "longer than a year",
            ),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, app: Any, lead: Any, make: Make, typed: dict[str, str], says: str
    ) -> None:
        page = post(lead, f"/rota/{make.pharmacist().id}/away", **typed)
        assert page.status_code == 422
        assert says in text_of(page)
        assert rows(app, Absence) == []


class TestMeetings:
    def test_a_meeting_of_everyone_takes_minutes_of_everyone(self, app: Any, lead: Any, make: Make) -> None:
        user = make.pharmacist(name="Asha Patel")
        make.technician(name="Tom Reid")
        assert post(lead, "/rota/meetings", **MEETING).status_code == 302
        assert [(one.weekday, one.user_id) for one in rows(app, Meeting)] == [(0, None), (2, None)]
        week = text_of(lead.get("/rota"))
        assert week.count("8 h 30 min 08:00 to 18:00, 1 h 30 min in meetings") == 4
        assert "Team meeting Everyone Every Monday, 11:00 to 12:30 Since 23-Nov-2026" in text_of(
            lead.get("/rota/meetings")
        )
        assert "Team meeting: Every Monday, 11:00 to 12:30" in text_of(lead.get(f"/rota/{user.id}"))
        with app.app_context():
            said = db.session.scalars(select(AdminLog.what).where(AdminLog.user_id == user.id)).all()
        assert said == [
            "Meeting added: Team meeting, 11:00 to 12:30, every Monday, Wednesday from 23-Nov-2026."
        ]

    def test_a_meeting_of_one_person_on_one_day_is_theirs(self, app: Any, lead: Any, make: Make) -> None:
        user, other = make.pharmacist(name="Asha Patel"), make.technician(name="Tom Reid")
        typed = MEETING | {"who": str(user.id), "repeats": "once", "weekdays": []} | day("first", 24)
        assert post(lead, "/rota/meetings", **typed).status_code == 302
        (one,) = rows(app, Meeting)
        assert (one.user_id, one.weekday, one.valid_from, one.valid_to) == (
            user.id, 1, dt.date(2026, 11, 24), dt.date(2026, 11, 24),
        )  # fmt: skip
        assert "Tue 24-Nov-2026, 11:00 to 12:30 Once" in text_of(lead.get("/rota/meetings"))
        assert "Team meeting" not in text_of(lead.get(f"/rota/{other.id}"))
        post(lead, f"/rota/meetings/{one.id}/remove")
        assert rows(app, Meeting) == []

    def test_what_has_taken_place_keeps_its_minutes(
        self, app: Any, lead: Any, clock: Any, make: Make
    ) -> None:
        make.pharmacist()
        post(lead, "/rota/meetings", **MEETING)
        clock.tick(minutes=5)
        first, _ = rows(app, Meeting)
        with app.app_context():
            db.session.get_one(Meeting, first.id).valid_from = dt.date(2026, 11, 16)
            db.session.commit()
        post(lead, f"/rota/meetings/{first.id}/remove")
        assert rows(app, Meeting)[0].valid_to == dt.date(2026, 11, 22)
        assert lead.post("/rota/meetings/999/remove").status_code == 404

    @pytest.mark.parametrize(
        ("change", "field", "says"),
        [
            ({"title": ""}, "title", "Enter what it is"),
            ({"who": "999"}, "who", "Choose whose meeting it is."),
            ({"ends": "10"}, "ends", "must end after it starts"),
            ({"starts": "noon"}, "starts", "Write the start as hours and minutes"),
            ({"repeats": ""}, "repeats", "Say whether it repeats."),
            ({"weekdays": []}, "weekdays", "Tick at least one day of the week."),
            (day("first", 31), "first-day", "must be a real date"),
            (day("last", 23), "last-day", "The last day must come after the first day."),
            ({"repeats": "once", "first-day": ""}, "first-day", "Add the day of the day."),
        ],
    )
    def test_a_meeting_that_cannot_be_is_refused(
        self, app: Any, lead: Any, change: dict[str, Any], field: str, says: str
    ) -> None:
        page = post(lead, "/rota/meetings", **(MEETING | change))
        assert page.status_code == 422
        assert "<title>Error: Meetings" in page.text
        assert f'href="#{field}"' in page.text
        assert says in text_of(page)
        assert rows(app, Meeting) == []


def _told(client: Any, **answers: str) -> str:
    """What the form says, with these answers, about when someone sees the request."""
    data = filled("MEDQ", step="when", **answers)
    return text_of(client.post("/requests/new?kind=MEDQ", data=data, headers={"HX-Request": "true"}))


class TestOnCall:
    def test_who_is_on_call_now_and_next_stands_on_the_rota(
        self, app: Any, lead: Any, make: Make, clock: Any, as_user: Any
    ) -> None:
        user = make.pharmacist(name="Cal Reed")
        assert "nobody." in text_of(lead.get("/rota"))
        assert post(lead, "/rota/on-call", who=str(user.id), **ON_CALL).status_code == 302
        (row,) = rows(app, OnCall)
        assert row.starts_at == dt.datetime(2026, 11, 23, 18, tzinfo=LONDON)
        when = "Mon 23-Nov-2026, 18:00 to Tue 24-Nov-2026, 08:30"
        assert f"nobody. Next: Cal Reed, {when}." in text_of(lead.get("/rota"))
        assert when in text_of(lead.get(f"/rota/{user.id}"))
        again = post(lead, "/rota/on-call", who=str(user.id), **ON_CALL)
        assert "They are on call from 23-Nov-2026 18:00 already" in text_of(again)
        clock.tick(hours=9)
        assert (
            "On call now, for what cannot wait while nobody is at work: Cal Reed (01632 960111)."
            in text_of(as_user(make.lead()).get("/rota"))
        )

    def test_off_call_is_from_now_on_once_it_has_begun(self, app: Any, lead: Any, make: Make) -> None:
        user = make.pharmacist()
        begun = make.on_call(user, hours=2, starts_at=dt.datetime(2026, 11, 23, 9, tzinfo=LONDON))
        later = make.on_call(user, starts_at=dt.datetime(2026, 11, 23, 20, tzinfo=LONDON))
        for one in (begun, later):
            assert post(lead, f"/rota/on-call/{one.id}/remove").status_code == 302
        (left,) = rows(app, OnCall)
        assert (left.id, left.ends_at) == (begun.id, dt.datetime(2026, 11, 23, 10, tzinfo=LONDON))
        assert "Nobody is on call, now or later." in text_of(lead.get("/rota/on-call"))

    @pytest.mark.parametrize(
        ("change", "field", "says"),
        [
            ({"who": ""}, "who", "Choose who is on call."),
            ({"telephone": ""}, "telephone", "Enter the number on which they are reached."),
            ({"telephone": "call me"}, "telephone", "Enter a telephone number"),
            ({"ends_time": "soon"}, "ends_time", "Write the time of the end"),
            (day("ends", 23) | {"ends_time": "17:00"}, "ends-day", "must end after it starts"),
            (day("ends", 23, 12), "ends-day", "longer than 14 days"),
            (day("starts", 20) | day("ends", 21), "ends-day", "This is over already"),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, app: Any, lead: Any, make: Make, change: dict[str, str], field: str, says: str
    ) -> None:
        page = post(lead, "/rota/on-call", **({"who": str(make.pharmacist().id)} | ON_CALL | change))
        assert page.status_code == 422
        assert f'href="#{field}"' in page.text
        assert says in text_of(page)
        assert rows(app, OnCall) == []

    def test_the_form_says_who_is_called_and_still_tells_to_telephone(
        self, app: Any, make: Make, as_user: Any, jobs: Any, clock: Any
    ) -> None:
        clock.set(dt.datetime(2026, 11, 23, 20, tzinfo=LONDON))
        practice = make.practice()
        cal = make.pharmacist(practice, name="Cal Reed")
        make.on_call(cal)
        client = as_user(make.requester(practice))
        said = _told(client, **{"fact-serious_reaction": "yes"})
        assert (
            "Nobody who may do this is at work until Tue 24-Nov-2026 08:00. It goes at once to Cal Reed, who "
            "is on call. Do not rely on this alone: telephone them on 01632 960111, or your duty clinician."
            in said
        )
        assert "Cal Reed" not in _told(client)

    def test_whoever_may_not_do_it_is_not_promised(self, make: Make, as_user: Any, clock: Any) -> None:
        clock.set(dt.datetime(2026, 11, 23, 20, tzinfo=LONDON))
        practice = make.practice()
        make.pharmacist(practice)
        make.on_call(make.pharmacist(practice, name="Cal Reed", all_kinds=False))
        client = as_user(make.requester(practice))
        assert "Cal Reed" not in _told(client, **{"fact-serious_reaction": "yes"})

    def test_the_history_says_that_it_was_a_call(self, app: Any, make: Make, jobs: Any, clock: Any) -> None:
        clock.set(dt.datetime(2026, 11, 23, 20, tzinfo=LONDON))
        practice = make.practice()
        make.on_call(make.pharmacist(practice, name="Cal Reed"))
        task = make.request(practice, make.requester(practice), answers={"serious_reaction": FactAnswer.YES})
        jobs()
        with app.app_context():
            from hub.domain.actor import process
            from hub.domain.vocabulary import SystemActor
            from hub.models.acting import act_as

            act_as(process(SystemActor.SEED))
            found = db.session.scalars(
                select(Event).where(Event.task_id == task.id).order_by(Event.seq)
            ).all()
        assert found[-1].data["reasons"] == [
            "It cannot wait, nobody who may do it is at work, and Cal Reed is on call."
        ]
