"""Danger signs that come up later: with a chase, or with an answer, they count as much as at first."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.lifecycle import Act
from hub.domain.vocabulary import Band, FactAnswer, Status, WaitingOn
from hub.extensions import db
from hub.models import Event, Message
from hub.records import URGENCY, unsealed
from tests.app.news_examples import KEY, WITHIN_THE_HOUR, chased, events, wait_on
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.pages import text_of
from tests.support.request_form import as_it_stands


class TestWithAChase:
    def test_a_danger_sign_moves_it_to_now_in_the_same_act(
        self, make: Make, client: Any, practice: Any, manager: Any, acting: Any
    ) -> None:
        task = make.placed(practice, manager)
        assert task.band == Band.INSIDE_TARGET
        sent = client.post(f"/requests/{task.ref}/chase", data=chased(task.ref, _fact_serious_reaction="yes"))
        assert sent.status_code == 302
        after = make.again(task)  # no worker has run
        assert (after.band, after.due_at) == (Band.NOW, WITHIN_THE_HOUR)
        assert after.answers["serious_reaction"] == "yes"
        (event,) = events(acting, manager, task, Act.CHASED)
        assert event.data["facts"] == {"serious_reaction": ["no", "yes"]}
        assert (event.data["band_before"], event.data["band"]) == (3, 1)
        assert "rash" not in str(event.data)
        assert "It moved up" in client.get(f"/requests/{task.ref}").text

    def test_more_haste_lifts_it_too_and_keeps_both_reasons(
        self, make: Make, client: Any, practice: Any, manager: Any, acting: Any
    ) -> None:
        from hub.domain.vocabulary import RequestedUrgency
        from hub.placing import queries

        task = make.placed(
            practice, manager, requested=RequestedUrgency.SOON, urgency_reason="A holiday on Thursday"
        )
        client.post(f"/requests/{task.ref}/chase", data=chased(task.ref, requested="urgent"))
        after = make.again(task)
        assert (after.band, after.requested) == (Band.BY_TOMORROW, "urgent")
        with acting(manager):
            found = queries.get(task.ref)
            reason = unsealed(found, found.urgency_reason_sealed, URGENCY)
        assert reason == "A holiday on Thursday\nWidespread rash now"

    def test_nothing_is_lowered(self, make: Make, client: Any, practice: Any, manager: Any) -> None:
        yes = {"serious_reaction": FactAnswer.YES, "high_risk_medicine": FactAnswer.YES}
        task = make.placed(practice, manager, answers=yes)
        told = chased(
            task.ref, _fact_serious_reaction="no", _fact_high_risk_medicine="no", requested="routine"
        )
        client.post(f"/requests/{task.ref}/chase", data=told)
        after = make.again(task)
        assert (after.band, after.due_at) == (Band.NOW, task.due_at)
        assert (after.answers["serious_reaction"], after.answers["high_risk_medicine"]) == ("yes", "yes")

    def test_the_gravest_questions_must_be_answered_and_what_was_typed_is_kept(
        self, make: Make, client: Any, practice: Any, manager: Any
    ) -> None:
        task = make.placed(practice, manager)
        answer = client.post(f"/requests/{task.ref}/chase", data=KEY | {"chase_reason": "Rash"})
        assert answer.status_code == 422
        assert f'href="#chase-{task.ref}-fact-serious_reaction"' in answer.text
        assert form_values(answer.text, f"/requests/{task.ref}/chase")["chase_reason"].strip() == "Rash"
        assert make.again(task).chases == 0

    def test_what_was_answered_no_stands_there_in_a_line_and_is_sent_all_the_same(
        self, make: Make, client: Any, practice: Any, manager: Any
    ) -> None:
        task = make.placed(practice, manager)
        action, name = f"/requests/{task.ref}/chase", f"chase-{task.ref}-fact-serious_reaction"
        page = client.get(f"/requests/{task.ref}").text
        assert "Still No to both: is anything new?" in page
        assert form_values(page, action)[name] == "no"
        sent = client.post(action, data=form_values(page, action) | {"chase_reason": "Any news?"})
        assert sent.status_code == 302
        unsure = make.placed(practice, manager, answers={"serious_reaction": FactAnswer.NOT_SURE})
        page = client.get(f"/requests/{unsure.ref}").text
        assert "Still No" not in page
        values = form_values(page, f"/requests/{unsure.ref}/chase")
        assert values[f"chase-{unsure.ref}-fact-serious_reaction"] == "not_sure"

    def test_who_has_it_and_the_lead_see_it(
        self, make: Make, client: Any, as_user: Any, practice: Any, manager: Any, pharmacist: Any, clock: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        work = as_user(pharmacist)
        since = clock.now().isoformat()
        clock.tick(minutes=1)
        client.post(f"/requests/{task.ref}/chase", data=chased(task.ref, _fact_serious_reaction="yes"))
        after = make.again(task)
        assert (after.status, after.assignee_id) == (Status.IN_PROGRESS, pharmacist.id)
        assert "it must be done now, and it is on Priya Nair's worklist" in after.decide_why
        asked = {"poll": 1, "since": since, "had": 1}
        poll = work.get("/worklist", query_string=asked, headers={"HX-Request": "true"})
        assert "The practice has told more: 1 task on your list to be done NOW" in text_of(poll)
        decisions = text_of(as_user(make.lead()).get("/board/decisions"))
        assert task.ref in decisions

    def test_what_its_clinician_may_do_no_longer_goes_to_who_may(
        self, make: Make, client: Any, practice: Any, manager: Any, jobs: Any, owner: Any
    ) -> None:
        technician = make.technician(practice, name="Tom Reid")
        task = make.placed(practice, manager)
        assert task.assignee_id == technician.id
        client.post(f"/requests/{task.ref}/chase", data=chased(task.ref, _fact_serious_reaction="yes"))
        after = make.again(task)
        assert (after.status, after.assignee_id, after.professions) == (Status.QUEUED, None, ["pharmacist"])
        assert "it must be done now, and it has gone from Tom Reid back to its queue" in after.decide_why
        assert owner.execute("select booked from clinician_day").fetchall() == [(0,)]
        pharmacist = make.pharmacist(practice)
        jobs()
        assert make.again(task).assignee_id == pharmacist.id

    def test_what_its_clinician_has_begun_stays_for_the_lead_to_decide(
        self, make: Make, client: Any, practice: Any, manager: Any
    ) -> None:
        technician = make.technician(practice, name="Tom Reid")
        task = make.started(practice, manager, technician)
        client.post(f"/requests/{task.ref}/chase", data=chased(task.ref, _fact_serious_reaction="yes"))
        after = make.again(task)
        assert (after.status, after.assignee_id) == (Status.IN_PROGRESS, technician.id)
        assert (after.professions, after.minutes) == (["pharmacist"], task.minutes)
        assert "on Tom Reid's worklist" in after.decide_why

    def test_it_wakes_what_waits_for_somebody_else(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, change: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        change(pharmacist, task.ref, wait_on(WaitingOn.HOSPITAL))
        client.post(f"/requests/{task.ref}/chase", data=chased(task.ref))
        assert make.again(task).status == Status.WAITING, "nothing graver was told"
        again = chased(task.ref, _fact_out_of_critical_medicine="yes") | {"form_key": "another-key"}
        client.post(f"/requests/{task.ref}/chase", data=again)
        after = make.again(task)
        assert (after.status, after.assignee_id, after.band) == (Status.ASSIGNED, pharmacist.id, Band.NOW)
        assert after.decide_since is not None

    def test_a_danger_sign_need_not_wait_for_an_answer_to_something_else(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, change: Any, clock: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        change(pharmacist, task.ref, wait_on(WaitingOn.PRACTICE))
        clock.tick(minutes=20)
        path = f"/requests/{task.ref}/chase"
        assert client.post(path, data=chased(task.ref)).status_code == 409
        assert client.post(path, data=chased(task.ref, _fact_serious_reaction="yes")).status_code == 302
        after = make.again(task)
        assert (after.status, after.band) == (Status.ASSIGNED, Band.NOW)
        assert after.due_at == WITHIN_THE_HOUR + dt.timedelta(minutes=20), "the wait does not put it off"


class TestWithAnAnswer:
    @pytest.fixture
    def asked(
        self, make: Make, practice: Any, manager: Any, pharmacist: Any, change: Any, acting: Any, clock: Any
    ) -> Any:
        """A task that has waited for the practice for a while, and the number of the question."""
        task = make.started(practice, manager, pharmacist)
        change(pharmacist, task.ref, wait_on(WaitingOn.PRACTICE))
        clock.tick(minutes=20)
        with acting(manager):
            return task, db.session.scalars(select(Message.id)).one()

    def sent(self, client: Any, asked: Any, **told: str) -> Any:
        task, number = asked
        data = KEY | as_it_stands(number, form="answer") | {f"answer-{number}": "Rash on trunk and arms"}
        data |= {f"answer-{number}-{name.replace('_fact_', 'fact-')}": value for name, value in told.items()}
        return client.post(f"/requests/{task.ref}/answers/{number}", data=data)

    def test_a_danger_sign_moves_it_to_now(
        self, make: Make, client: Any, asked: Any, acting: Any, manager: Any, owner: Any
    ) -> None:
        assert self.sent(client, asked, _fact_serious_reaction="yes").status_code == 302
        after = make.again(asked[0])
        assert (after.status, after.band) == (Status.ASSIGNED, Band.NOW)
        assert after.due_at == WITHIN_THE_HOUR + dt.timedelta(minutes=20)
        assert "it must be done now" in after.decide_why
        kinds = [one.kind for one in events(acting, manager, asked[0])]
        assert kinds[-3:] == [Act.ANSWERED, Act.WOKEN, Act.FLAGGED]
        (event,) = events(acting, manager, asked[0], Act.ANSWERED)
        assert event.data["facts"] == {"serious_reaction": ["no", "yes"]}

    def test_its_events_alone_give_its_clocks_again(
        self, app: Any, make: Make, client: Any, asked: Any, acting: Any
    ) -> None:
        from hub.placing import clock_queries, queries

        self.sent(client, asked, _fact_serious_reaction="yes")
        lead = make.lead()
        with acting(lead):
            task = queries.get(asked[0].ref)
            query = select(Event.at, Event.kind.label("act"), Event.data).where(Event.task_id == task.id)
            rows = db.session.execute(query.order_by(Event.seq)).all()
            found = clock_queries.ledger_of(task, rows, task.raised_at)
            assert (found.due_at, found.stopped_minutes) == (task.due_at, task.stopped_minutes)

    def test_it_wakes_although_another_question_is_open(
        self, make: Make, client: Any, practice: Any, manager: Any, pharmacist: Any, change: Any, acting: Any
    ) -> None:
        from hub.conversation import actions

        task = make.started(practice, manager, pharmacist)
        change(pharmacist, task.ref, lambda found, by: actions.ask(found, "How old is she?", by=by))
        change(pharmacist, task.ref, wait_on(WaitingOn.PRACTICE))
        with acting(manager):
            first = db.session.scalars(select(Message.id).order_by(Message.id)).first()
        self.sent(client, (task, first), _fact_serious_reaction="not_sure")
        after = make.again(task)
        assert (after.status, after.band) == (Status.ASSIGNED, Band.BY_TOMORROW)

    def test_an_answer_that_tells_nothing_graver_moves_nothing(
        self, make: Make, client: Any, asked: Any
    ) -> None:
        self.sent(client, asked)
        after = make.again(asked[0])
        assert (after.band, after.decide_since) == (Band.INSIDE_TARGET, None)

    def test_the_questions_must_be_answered(self, make: Make, client: Any, asked: Any) -> None:
        task, number = asked
        data = KEY | {f"answer-{number}": "Rash on trunk and arms"}
        answer = client.post(f"/requests/{task.ref}/answers/{number}", data=data)
        assert answer.status_code == 422
        assert f'href="#answer-{number}-fact-serious_reaction"' in answer.text
        kept = form_values(answer.text, f"/requests/{task.ref}/answers/{number}")
        assert kept[f"answer-{number}"].strip() == "Rash on trunk and arms"
