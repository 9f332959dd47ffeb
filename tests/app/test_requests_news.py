"""Danger signs that come up later: with a chase, or with an answer, they count as much as at first."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain.lifecycle import Act
from hub.domain.vocabulary import Band, FactAnswer, Status, WaitingOn
from hub.extensions import db
from hub.models import Event, Message, Task
from hub.records import URGENCY, unsealed
from tests.support.factories import Make
from tests.support.form_fields import form_values
from tests.support.pages import text_of
from tests.support.request_form import as_it_stands, filled, typed

KEY = {"form_key": "a-key-of-one-form"}
WITHIN_THE_HOUR = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)
NEW = "/requests/new?kind=MEDQ"


@pytest.fixture
def practice(make: Make) -> Any:
    return make.practice("Highfield Surgery")


@pytest.fixture
def manager(make: Make, practice: Any) -> Any:
    return make.requester(practice, name="Sam Okoro")


@pytest.fixture
def pharmacist(make: Make, practice: Any) -> Any:
    return make.pharmacist(practice, name="Priya Nair")


@pytest.fixture
def client(as_user: Any, manager: Any) -> Any:
    return as_user(manager)


@pytest.fixture
def change(acting: Any) -> Callable[..., None]:
    """Return `change(who, ref, act)`: the person does `act(task, actor)` on the task and commits."""

    def do(who: Any, ref: str, act: Callable[[Task, Any], Any]) -> None:
        from hub.placing import queries

        with acting(who) as actor:
            act(queries.get(ref, lock=True), actor)

    return do


def chased(ref: str, **told: str) -> dict[str, str]:
    """A chase with everything as it stands, but for what is `told`."""
    more = {f"chase-{ref}-{name.replace('_fact_', 'fact-')}": value for name, value in told.items()}
    return KEY | as_it_stands(ref) | {"chase_reason": "Widespread rash now"} | more


def events(acting: Any, who: Any, task: Task, act: Act | None = None) -> list[Any]:
    with acting(who):
        query = select(Event).where(Event.task_id == task.id).order_by(Event.seq)
        return [one for one in db.session.scalars(query) if act is None or one.kind == act]


def wait_on(on: WaitingOn) -> Callable[[Task, Any], None]:
    from hub.worklist import actions, queries

    def act(task: Task, actor: Any) -> None:
        until = queries.chase_times(task)[-1].date()
        actions.wait(task, on=on, until=until, words="Which inhaler does she use?", by=actor)

    return act


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


class TestRaisedAgain:
    """What was typed for a new request goes onto the open one when that is chased instead."""

    GRAVE = {"fact-serious_reaction": "yes", "fact-high_risk_medicine": "yes", "requested": "urgent"}

    @pytest.fixture
    def open_one(
        self, client: Any, make: Make, acting: Any, manager: Any, pharmacist: Any, jobs: Any
    ) -> Task:
        sent = typed(client, NEW, data=filled("MEDQ", step="send"))
        jobs()
        with acting(manager):
            return db.session.scalars(select(Task).where(Task.ref == sent.location.rsplit("/", 1)[1])).one()

    def again(self, client: Any, **changed: str) -> Any:
        data = filled("MEDQ", step="check", form_key="another-key", urgency_reason="Widespread rash now")
        return typed(client, NEW, data=data | changed)

    def test_it_says_so_and_the_chase_carries_everything(
        self, make: Make, client: Any, open_one: Task
    ) -> None:
        page = self.again(client, **self.GRAVE)
        words = text_of(page)
        assert (
            "What you typed now is graver than this request. Chase it, and all of this goes onto it" in words
        )
        assert (
            "Could a medicine be making the patient seriously ill? Yes (the open request says: No)" in words
        )
        assert "Today (the open request says: In its usual turn)" in words
        assert "If it cannot wait, telephone the hub or your duty clinician." in words
        path = f"/requests/{open_one.ref}/chase"
        fields = form_values(page.text, path)
        assert fields["chase_reason"].strip().startswith("Widespread rash now")
        assert client.post(path, data=fields).status_code == 302
        after = make.again(open_one)
        assert (after.band, after.requested) == (Band.NOW, "urgent")
        assert (after.answers["serious_reaction"], after.answers["high_risk_medicine"]) == ("yes", "yes")
        assert after.due_at == WITHIN_THE_HOUR

    def test_what_is_no_graver_is_not_called_so(self, client: Any, open_one: Task) -> None:
        assert "is graver than this request" not in text_of(self.again(client))

    def test_what_was_carried_survives_an_error(self, make: Make, client: Any, open_one: Task) -> None:
        path = f"/requests/{open_one.ref}/chase"
        fields = form_values(self.again(client, **self.GRAVE).text, path)
        refused = client.post(path, data=fields | {"chase_reason": " "})
        assert refused.status_code == 422
        again = form_values(refused.text, path) | {"chase_reason": "Rash", "form_key": "one-more-key"}
        assert client.post(path, data=again).status_code == 302
        assert make.again(open_one).answers["high_risk_medicine"] == "yes"

    def test_one_that_was_sent_back_is_corrected_with_what_was_typed(
        self, make: Make, client: Any, open_one: Task, pharmacist: Any, change: Any
    ) -> None:
        from hub.placing import actions

        change(
            pharmacist,
            open_one.ref,
            lambda task, by: actions.send_back(task, reason_code="unclear", reason="Which one?", by=by),
        )
        page = self.again(client, **self.GRAVE)
        path = f"/requests/{open_one.ref}/correct"
        form = typed(client, path, data=form_values(page.text, path) | {"step": "change"})
        fields = form_values(form.text, path)
        assert (fields["fact-serious_reaction"], fields["requested"]) == ("yes", "urgent")
        check = typed(client, path, data=fields | {"step": "check"})
        sent = typed(client, path, data=form_values(check.text, path) | {"step": "send"})
        assert sent.status_code == 302
        assert make.again(open_one).band == Band.NOW

    def test_one_that_waits_for_an_answer_is_chased_only_with_something_graver(
        self, make: Make, client: Any, open_one: Task, pharmacist: Any, change: Any
    ) -> None:
        from hub.worklist import actions

        change(pharmacist, open_one.ref, lambda task, by: actions.start(task, confirmed=True, by=by))
        change(pharmacist, open_one.ref, wait_on(WaitingOn.PRACTICE))
        path = f'action="/requests/{open_one.ref}/chase"'
        calm = self.again(client)
        assert path not in calm.text
        assert "The hub waits for your answer to a question." in text_of(calm)
        assert path in self.again(client, **self.GRAVE).text


class TestWhatTheClinicianSees:
    def test_the_newest_chase_stands_first_and_the_facts_say_when_they_were_answered(
        self, make: Make, client: Any, as_user: Any, practice: Any, manager: Any, pharmacist: Any, clock: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        for number, words in enumerate(("She rang.", "Face swelling\nsince noon"), 1):
            clock.tick(minutes=10)
            told = {"_fact_serious_reaction": "not_sure"} if number == 2 else {}
            data = chased(task.ref, **told) | {"chase_reason": words, "form_key": f"chase-number-{number}"}
            client.post(f"/requests/{task.ref}/chase", data=data)
        work = as_user(pharmacist)
        page = text_of(work.get(f"/tasks/{task.ref}"))
        assert page.index("Face swelling since noon") < page.index("What is asked")
        assert "Chased 2 times, last by Sam Okoro, Mon 23-Nov-2026 10:20" in page
        assert re.search(
            r"It is urgent now: it moved up, from “.+?” to “by tomorrow”\. It is due \w+ 2", page
        )
        assert re.search(
            r"Why me\? .*Since then the practice has asked again or told more: it is “by tomorrow” now", page
        )
        assert "As answered on Mon 23-Nov-2026 10:00, before the chase; told since then:" in page
        later = re.search(r"With the chase on Mon 23-Nov-2026 10:20: (.*?)\.", page)
        assert later
        assert "suspected serious reaction: not sure" in later[1]
        row = text_of(work.get("/worklist"))
        assert "Chased: “Face swelling”" in row
        assert "since noon" not in row

    def test_a_chase_that_wakes_a_task_is_not_called_an_answer_and_the_lead_is_told_by_the_hub(
        self, make: Make, client: Any, as_user: Any, practice: Any, manager: Any, pharmacist: Any, change: Any
    ) -> None:
        ref = make.started(practice, manager, pharmacist).ref
        change(pharmacist, ref, wait_on(WaitingOn.HOSPITAL))
        client.post(f"/requests/{ref}/chase", data=chased(ref, _fact_serious_reaction="yes"))
        work = as_user(pharmacist)
        page = text_of(work.get(f"/tasks/{ref}"))
        assert "chased it: it came back to the worklist it was on." in page
        assert "the practice has chased it" in page
        assert "the practice has chased it" in text_of(work.get("/worklist"))
        assert "answered: it came back" not in page
        assert "The hub put it on the lead's list: The practice has told more" in page

    def test_without_a_chase_nothing_is_said_of_one(
        self, make: Make, as_user: Any, practice: Any, manager: Any, pharmacist: Any
    ) -> None:
        task = make.started(practice, manager, pharmacist)
        page = text_of(as_user(pharmacist).get(f"/tasks/{task.ref}"))
        assert "As answered on Mon 23-Nov-2026 10:00." in page
        assert "chase" not in page.lower()
