"""When someone sees the request: said before it is sent, and recorded when that is too late."""

from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.lifecycle import Act
from hub.extensions import db
from hub.models import Event, Outbox
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.pages import text_of
from tests.support.request_form import filled, stored, typed


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
        calm = typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="when"), headers=headers)
        soon = typed(client, "/requests/new?kind=MEDQ", data=urgent, headers=headers)
        assert "<html" not in calm.text
        assert "should be done by Wed 25-Nov-2026" in calm.text
        assert "should see it by Mon 23-Nov-2026 11:00" in soon.text

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({}, "This is its usual time. Should be done within 2 working days."),
            ({"requested": "urgent"}, "You asked for today; it goes by tomorrow, because no answer says"),
            ({"requested": "urgent"}, "If it cannot wait, telephone the hub on 01632 960100 or your duty"),
            ({"fact-high_risk_medicine": "yes"}, "High-risk medicine: by tomorrow."),
            ({"fact-pregnancy": "not_sure"}, "You are not sure: pregnancy or breastfeeding. Until it is"),
            ({"requested": "soon", "fact-high_risk_medicine": "yes"}, "You asked for tomorrow."),
            (
                {"requested": "urgent", "fact-serious_reaction": "yes"},
                "You asked for today, and your answers bear that out (suspected serious reaction)",
            ),
            ({"fact-serious_reaction": "yes"}, "Suspected serious reaction: within the hour."),
        ],
    )
    def test_it_always_says_why_then(
        self,
        app: Any,
        as_user: Any,
        place: Any,
        changed: dict[str, str],
        why: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setitem(app.config, "HUB_TELEPHONE", "01632 960100")
        client, action = as_user(place[1]), "/requests/new?kind=MEDQ"
        data = filled("MEDQ", urgency_reason="A holiday", **changed)
        panel = typed(client, action, data=data | {"step": "when"}, headers={"HX-Request": "true"})
        check = typed(client, action, data=data | {"step": "check"})
        for page in (panel.text, check.text):
            assert "Why then:" in page
            assert why in page
            assert ": in its usual time" not in page.lower()

    @pytest.mark.parametrize("answer", ["yes", "not_sure"])
    def test_an_answer_that_moves_no_date_says_so(self, as_user: Any, place: Any, answer: str) -> None:
        data = filled("LTC", step="check", **{"fact-result_needs_action": answer})
        check = text_of(typed(as_user(place[1]), "/requests/new?kind=LTC", data=data))
        assert "esult that needs action" in check
        assert "it goes ahead of planned work, but not by an earlier date." in check
        assert "If it cannot wait, telephone the hub or your duty clinician." in check
        assert ": in its usual time" not in check.lower()

    @pytest.mark.parametrize("reason", ["urgent", "ASAP please!", "It is needed today.", "!!!"])
    def test_a_reason_that_says_only_how_urgent_it_is_is_none(
        self, as_user: Any, place: Any, reason: str
    ) -> None:
        data = filled("MEDQ", step="check", requested="urgent", urgency_reason=reason)
        answer = typed(as_user(place[1]), "/requests/new?kind=MEDQ", data=data)
        assert answer.status_code == 422
        assert "what happens if it waits?" in answer.text

    @pytest.mark.parametrize(("day", "asks"), [("8", True), ("9", False)])
    def test_a_receipt_long_ago_is_asked_about_and_may_be_sent(
        self, as_user: Any, place: Any, day: str, asks: bool
    ) -> None:
        client, action = as_user(place[1]), "/requests/new?kind=MEDQ"
        check = typed(client, action, data=filled("MEDQ", step="check", **{"receipt-day": day}))
        assert ("You say it reached you 15 days ago: is that right?" in check.text) is asks
        sent = typed(client, action, data=form_values(check.text, action) | {"step": "send"})
        assert sent.status_code == 302

    def test_it_never_refuses_half_a_form(self, as_user: Any, place: Any) -> None:
        answer = typed(
            as_user(place[1]),
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
        check = typed(client, "/requests/new?kind=MEDQ", data=data)
        assert "Do not rely on this" in check.text, "it is never sent unseen"
        assert stored(acting, lead) == []
        sent = typed(
            client,
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
        answer = typed(as_user(manager), "/requests/new?kind=MEDQ", data=filled("MEDQ", step="check"))
        assert "EMIS Web is down. Do not rely" in answer.text
        assert "Do not rely on this" in answer.text
        action = "/requests/new?kind=MEDQ"
        sent = typed(as_user(manager), action, data=form_values(answer.text, action) | {"step": "send"})
        page = as_user(manager).get(sent.location).text
        assert "You were told that the hub could not work for your practice at the moment." in page
        assert "nobody would be at work" not in page
        (task,) = stored(acting, lead)
        assert task.decide_why == "Work for this practice is on hold; the practice was told to telephone."

    def test_the_warning_goes_when_someone_has_it(self, make: Make, as_user: Any, jobs: Any) -> None:
        practice = make.practice()
        client = as_user(make.requester(practice))
        data = filled("MEDQ", step="send", warned="yes")
        page = typed(client, "/requests/new?kind=MEDQ", data=data).location
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
    page = typed(client, "/requests/new?kind=MEDQ", data=filled("MEDQ", step="check"))
    assert "telephone the hub on 01632 960100 or your duty clinician" in " ".join(page.text.split())
