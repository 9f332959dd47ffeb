"""When someone sees the request: said before it is sent, and recorded when that is too late."""

from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.lifecycle import Act
from hub.extensions import db
from hub.models import Event, Outbox
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.request_form import filled, stored


@pytest.fixture
def place(make: Make) -> Any:
    """A practice with its manager and a pharmacist at work."""
    practice = make.practice("Highfield Surgery")
    manager = make.requester(practice, name="Sam Okoro")
    pharmacist = make.pharmacist(practice, name="Priya Nair", competences=("asthma",))
    make.technician(practice, name="Tom Reid")
    return practice, manager, pharmacist


class TestWhenSomeoneSeesIt:
    def test_the_panel_follows_the_answers(self, as_user: Any, place: Any) -> None:
        client = as_user(place[1])
        urgent = filled("MEDQ", step="when", **{"fact-serious_reaction": "yes"}, requested="urgent")
        headers = {"HX-Request": "true"}
        calm = client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="when"), headers=headers)
        soon = client.post("/requests/new?kind=MEDQ", data=urgent, headers=headers)
        assert "<html" not in calm.text
        assert "should see this by Wed 25-Nov-2026" in calm.text
        assert "should see this by Mon 23-Nov-2026 11:00" in soon.text

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({}, ""),
            ({"requested": "urgent"}, "You ask for today. It goes by tomorrow, because no answer says"),
            ({"fact-high_risk_medicine": "yes"}, "High-risk medicine: by tomorrow."),
            ({"fact-pregnancy": "not_sure"}, "You are not sure: pregnancy or breastfeeding. Until it is"),
            ({"requested": "soon", "fact-high_risk_medicine": "yes"}, ""),
            ({"requested": "urgent", "fact-serious_reaction": "yes"}, ""),
        ],
    )
    def test_it_says_why_where_that_is_not_what_was_asked(
        self, as_user: Any, place: Any, changed: dict[str, str], why: str
    ) -> None:
        client, action = as_user(place[1]), "/requests/new?kind=MEDQ"
        data = filled("MEDQ", urgency_reason="A holiday", **changed)
        panel = client.post(action, data=data | {"step": "when"}, headers={"HX-Request": "true"}).text
        check = client.post(action, data=data | {"step": "check"}).text
        assert ("Why then:" in panel) is ("Why then:" in check) is bool(why)
        assert why in panel
        assert why in check

    @pytest.mark.parametrize(("day", "asks"), [("8", True), ("9", False)])
    def test_a_receipt_long_ago_is_asked_about_and_may_be_sent(
        self, as_user: Any, place: Any, day: str, asks: bool
    ) -> None:
        client, action = as_user(place[1]), "/requests/new?kind=MEDQ"
        check = client.post(action, data=filled("MEDQ", step="check", **{"receipt-day": day}))
        assert ("You say it reached you 15 days ago: is that right?" in check.text) is asks
        sent = client.post(action, data=form_values(check.text, action) | {"step": "send"})
        assert sent.status_code == 302

    def test_it_never_refuses_half_a_form(self, as_user: Any, place: Any) -> None:
        answer = as_user(place[1]).post(
            "/requests/new?kind=DISCH",
            data={"step": "when", "receipt-day": "99"},
            headers={"HX-Request": "true"},
        )
        assert answer.status_code == 200

    def test_a_warning_is_recorded_and_the_lead_is_told(
        self, app: Any, make: Make, as_user: Any, acting: Any
    ) -> None:
        practice = make.practice()
        manager, lead = make.requester(practice), make.lead()
        client = as_user(manager)
        data = filled("MEDQ", step="send", **{"fact-serious_reaction": "yes"})
        check = client.post("/requests/new?kind=MEDQ", data=data)
        assert "Do not rely on this" in check.text, "it is never sent unseen"
        assert stored(acting, lead) == []
        sent = client.post(
            "/requests/new?kind=MEDQ",
            data=form_values(check.text, "/requests/new?kind=MEDQ") | {"step": "send"},
        )
        assert sent.status_code == 302
        (task,) = stored(acting, lead)
        assert task.decide_since is not None
        with acting(lead):
            events = db.session.scalars(select(Event).order_by(Event.seq)).all()
            assert [one.kind for one in events][:3] == [Act.RAISED, Act.WARNED, Act.FLAGGED]
            assert "Do not rely on this" in events[1].data["sentence"]
            assert db.session.scalars(select(Outbox.job)).all() == ["place"]
        assert "Do not rely on this" in client.get(sent.location).text

    def test_a_practice_on_hold_is_told_so(self, make: Make, as_user: Any, acting: Any, place: Any) -> None:
        practice, manager, _ = place
        lead = make.lead()
        with acting(lead) as actor:
            from hub.placing import actions, queries

            actions.hold(queries.practice(practice.id), reason="EMIS Web is down", by=actor)
        answer = as_user(manager).post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="check"))
        assert "EMIS Web is down. Do not rely" in answer.text
        assert "Do not rely on this" in answer.text
        action = "/requests/new?kind=MEDQ"
        sent = as_user(manager).post(action, data=form_values(answer.text, action) | {"step": "send"})
        page = as_user(manager).get(sent.location).text
        assert "You were told that the hub could not work for your practice at the moment." in page
        assert "nobody would be at work" not in page
        (task,) = stored(acting, lead)
        assert task.decide_why == "Work for this practice is on hold; the practice was told to telephone."

    def test_the_warning_goes_when_someone_has_it(self, make: Make, as_user: Any, jobs: Any) -> None:
        practice = make.practice()
        client = as_user(make.requester(practice))
        data = filled("MEDQ", step="send", warned="yes")
        page = client.post("/requests/new?kind=MEDQ", data=data).location
        told = "You were told when you sent this"
        assert told in client.get(page).text
        make.pharmacist(practice, name="Priya Nair")
        jobs()
        later = client.get(page).text
        assert "With Priya Nair" in later
        assert told not in later
        assert "You were told that nobody would be at work in time." in later


def test_the_warning_names_the_hubs_number_if_it_has_one(
    app: Any, make: Make, as_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "HUB_TELEPHONE", "01632 960100")
    client = as_user(make.requester(make.practice()))
    page = client.post("/requests/new?kind=MEDQ", data=filled("MEDQ", step="check"))
    assert "telephone the hub on 01632 960100 or your duty clinician" in " ".join(page.text.split())
